"""Relations of columns: correlations that fit their kinds, repeated columns, gaps that come together."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.core.inspection import Measure, Relation
from assay.core.schema import LEVELLED
from assay.core.seed import Seeds
from assay.data import fingerprint
from assay.features.row_sample import sampled_rows
from assay.inspect.bins import Cells

if TYPE_CHECKING:
    import pandas as pd

LEAST = 0.3
"""Size below which a relation is not reported; chance alone stays under it in tables of a few hundred rows."""
MOST = 50
SAMPLED = 10_000
"""Rows: a correlation of 0 is known to ±0.02 from them (95 %)."""
WIDEST = 200
"""Columns that are compared with each other; of more, the first."""
_LEVELS = 64
_FEW_ROWS = 30
_Z = 4.0
"""Standard errors of a correlation of 0 beyond which it is no chance: 0.00006, before it is shared out among pairs."""
_GAPS = (0.005, 0.995)
"""Share of missing cells between which gaps are compared."""
_RANKS_AHEAD = 0.05
"""Excess of the rank correlation over that of the numbers from which it is reported instead."""

_RENAMED = 0.5
"""Distinct values per row up to which a column may repeat another with renamed values."""


@dataclass(frozen=True, slots=True, eq=False)
class _Numbers:
    """Columns of numbers side by side, NaN missing. gaps: whether a column is the gaps of that name."""

    names: tuple[str, ...]
    gaps: Bools
    values: Floats


def relations_of(
    frame: "pd.DataFrame", cells: Mapping[str, Cells], names: Sequence[str], *, seeds: Seeds
) -> tuple[Relation, ...]:
    """The strongest relations between these columns, at most MOST, columns that repeat another before others.

    Two columns of numbers or dates: Pearson's r, or Spearman's where that is larger. Two of levels: Cramér's V,
    corrected for chance (Bergsma, 2013). Of one of each: the correlation ratio, corrected alike (Kelley, 1935). Gaps
    count as a column of zeros and ones. Each on the rows where both are filled, of at most SAMPLED drawn ones.
    """
    names = [name for name in names if name in cells][:WIDEST]
    rows = sampled_rows(len(frame), SAMPLED, seeds.child("relations"))
    equal = tuple(_equal(frame, names, len(frame)))
    known = {frozenset((one.a, one.b)) for one in equal}
    numbers, levels = _numbers(cells, names, rows), _levels(cells, names, rows)
    found = [*_between_numbers(numbers), *_between_levels(levels), *_across(numbers, levels)]
    width = len(numbers.names) + len(levels)
    limit = _Z + math.sqrt(2 * math.log(max(width, 1)))
    visible = [
        one for one in found
        if one.rows >= _FEW_ROWS and abs(one.value) >= max(LEAST, limit / math.sqrt(one.rows))
        and (one.gaps != "" or frozenset((one.a, one.b)) not in known)
    ]  # fmt: skip
    visible.sort(key=lambda one: (-abs(one.value), one.a, one.b))
    return (*equal, *visible)[:MOST]


def _equal(frame: "pd.DataFrame", names: Sequence[str], n_rows: int) -> Iterator[Relation]:
    """Columns of equal information in every row: each value of one comes with one value of the other."""
    seen: dict[bytes, str] = {}
    for name in names:
        hashes = fingerprint.column_hashes(frame[name])
        _, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        place = np.empty(len(first), dtype=np.uint64)  # values numbered in order of appearance
        place[np.argsort(first)] = np.arange(len(first))
        # Of two columns whose values hardly repeat each "renames" the other: there only equal cells count.
        is_renamed = len(first) <= _RENAMED * n_rows
        other = seen.setdefault(sha256((place[inverse] if is_renamed else hashes).tobytes()).digest(), name)
        if other != name:
            yield Relation(a=other, b=name, measure="equal", value=1.0, rows=n_rows)


def _numbers(cells: Mapping[str, Cells], names: Sequence[str], rows: Index) -> _Numbers:
    values, of, gaps = [], [], []
    for name in names:
        one = cells[name]
        is_missing = one.codes[rows] == one.missing
        if one.values is not None:
            values.append(one.values[rows])
            of.append(name)
            gaps.append(False)
        if _GAPS[0] <= is_missing.mean() <= _GAPS[1]:
            values.append(is_missing.astype(np.float64))
            of.append(name)
            gaps.append(True)
    matrix = np.column_stack(values) if values else np.empty((len(rows), 0))
    return _Numbers(tuple(of), np.array(gaps, dtype=bool), matrix)


def _levels(cells: Mapping[str, Cells], names: Sequence[str], rows: Index) -> dict[str, Index]:
    """Codes of the levels, rare ones together, -1 missing."""
    found = {}
    for name in names:
        one = cells[name]
        if one.values is None and one.column.kind in LEVELLED:
            codes = one.codes[rows]
            found[name] = np.where(codes == one.missing, -1, np.minimum(codes, _LEVELS))
    return found


def _between_numbers(numbers: _Numbers) -> Iterator[Relation]:
    from scipy.stats import rankdata

    if len(numbers.names) < 2:
        return
    plain, n = _correlations(numbers.values)
    ranks, _ = _correlations(rankdata(numbers.values, axis=0, nan_policy="omit"))
    for i, j in combinations(range(len(numbers.names)), 2):
        gaps = _which_gaps(bool(numbers.gaps[i]), bool(numbers.gaps[j]))
        if numbers.names[i] == numbers.names[j]:
            continue
        is_ranked = gaps == "" and abs(ranks[i, j]) > abs(plain[i, j]) + _RANKS_AHEAD
        measure: Measure = "Spearman" if is_ranked else "phi" if gaps == "both" else "Pearson"
        yield Relation(a=numbers.names[i], b=numbers.names[j], measure=measure, gaps=gaps,
                       value=float((ranks if is_ranked else plain)[i, j]), rows=int(n[i, j]))  # fmt: skip


def _which_gaps(of_a: bool, of_b: bool) -> str:
    return "both" if of_a and of_b else "a" if of_a else "b" if of_b else ""


def _correlations(values: Floats) -> tuple[Floats, Floats]:
    """(k, k) correlations over the rows where both are filled, 0 where one does not vary, and how many rows."""
    filled = np.isfinite(values)
    mask = filled.astype(np.float64)
    with np.errstate(all="ignore"):
        count = np.maximum(mask.sum(axis=0), 1.0)
        centred = np.where(filled, values, 0.0) - np.where(filled, values, 0.0).sum(axis=0) / count
        centred = np.where(filled, centred, 0.0)
        size = np.abs(centred).max(axis=0)
        centred = centred / np.where(np.isfinite(size) & (size > 0), size, 1.0)
        n = mask.T @ mask
        total = centred.T @ mask  # of a column over the rows the other has, too
        square = (centred**2).T @ mask - total**2 / np.maximum(n, 1.0)
        product = centred.T @ centred - total * total.T / np.maximum(n, 1.0)
        scale = np.sqrt(np.clip(square, 0.0, None) * np.clip(square.T, 0.0, None))
        found = np.where(scale > 1e-12, product / scale, 0.0)
    return np.clip(np.nan_to_num(found), -1.0, 1.0), n


def _between_levels(levels: Mapping[str, Index]) -> Iterator[Relation]:
    for a, b in combinations(levels, 2):
        both = (levels[a] >= 0) & (levels[b] >= 0)
        n = int(both.sum())
        if n >= _FEW_ROWS:
            yield Relation(a=a, b=b, measure="Cramér's V", value=cramer(levels[a][both], levels[b][both]), rows=n)


def cramer(a: Index, b: Index) -> float:
    """Cramér's V corrected for chance (Bergsma, 2013); 0 where one of them is constant."""
    _, left = np.unique(a, return_inverse=True)
    _, right = np.unique(b, return_inverse=True)
    r, k, n = int(left.max()) + 1, int(right.max()) + 1, len(a)
    if min(r, k) < 2 or n < 2:
        return 0.0
    seen = np.bincount(left * k + right, minlength=r * k).reshape(r, k).astype(np.float64)
    expected = seen.sum(axis=1, keepdims=True) * seen.sum(axis=0, keepdims=True) / n
    phi = max(float(((seen - expected) ** 2 / expected).sum()) / n - (r - 1) * (k - 1) / (n - 1), 0.0)
    least = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    return min(math.sqrt(phi / least), 1.0) if least > 0 else 0.0


def _across(numbers: _Numbers, levels: Mapping[str, Index]) -> Iterator[Relation]:
    for name, codes in levels.items():
        for j, other in enumerate(numbers.names):
            both = (codes >= 0) & np.isfinite(numbers.values[:, j])
            n = int(both.sum())
            if other != name and n >= _FEW_ROWS:
                yield Relation(a=other, b=name, measure="correlation ratio", gaps="a" if numbers.gaps[j] else "",
                               value=correlation_ratio(codes[both], numbers.values[both, j]), rows=n)  # fmt: skip


def correlation_ratio(codes: Index, values: Floats) -> float:
    """Root of the share of the variance that lies between levels, corrected for chance (Kelley, 1935)."""
    _, level = np.unique(codes, return_inverse=True)
    n, k = len(values), int(level.max()) + 1
    scaled = values / (float(np.abs(values).max()) or 1.0)
    centred = scaled - scaled.mean()
    total = float((centred**2).sum())
    if k < 2 or n <= k or not total > 0:
        return 0.0
    between = float((np.bincount(level, weights=centred) ** 2 / np.bincount(level)).sum()) / total
    return math.sqrt(max(1.0 - (1.0 - between) * (n - 1) / (n - k), 0.0))
