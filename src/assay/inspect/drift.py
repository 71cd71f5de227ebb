"""Drift of one table from another: column by column, and by a classifier that separates their rows."""

import math
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import Codes, Floats, Index, Singles
from assay.core.figure import Figure
from assay.core.inspection import ColumnDrift, Drift
from assay.core.problem.binary import Binary
from assay.core.schema import FEATURES, Column, Schema
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.data.encode import encode_frame
from assay.evidence.evaluation_rows import Rows
from assay.evidence.interval import figure
from assay.inspect.bins import binned
from assay.metrics import registry as metrics

if TYPE_CHECKING:
    import pandas as pd

_BINS = 10
_ROUNDS, _LEAVES, _FOLDS = 40, 15, 5
_MOST = 10_000
_CHANCE = 0.05


def drift_of(old: "pd.DataFrame", new: "pd.DataFrame", schema: Schema, *, other: str, rows: int, seeds: Seeds) -> Drift:
    """How `new` (called `other`, of `rows` rows in all) differs from `old`; both are samples already.

    Only columns that both have are compared, read by the schema of the first. Columns come with the largest distance
    first.
    """
    shared = Schema(columns=tuple(c for c in schema.features if c.name in new.columns))
    lacking = tuple(c.name for c in schema.features if c.name not in new.columns)
    known = frozenset(schema.names)
    extra = tuple(str(name) for name in new.columns if str(name) not in known)
    if not shared.columns:
        return Drift(other=other, rows=rows, columns=(), separability=None, lacking=lacking, extra=extra)
    tables = encode_frame(shared, old), encode_frame(shared, new)
    compared = [column for column in shared if column.kind in FEATURES - {"text"}]
    found = [column_drift(column, *tables, of=len(shared.columns)) for column in compared]
    found.sort(key=lambda item: (-item.distance, item.column))
    return Drift(other=other, rows=rows, columns=tuple(found), separability=separability(*tables, seeds),
                 lacking=lacking, extra=extra)  # fmt: skip


def column_drift(column: Column, old: Table, new: Table, *, of: int) -> ColumnDrift:
    """One column of two encoded tables; the false alarm rate is shared among `of` columns (Bonferroni)."""
    share = _CHANCE / max(of, 1)
    if column.name in old.code_names:
        j = old.code_names.index(column.name)
        return levels_drift(column.name, old.codes[:, j], new.codes[:, j], old.levels[j], share)
    before, after = (table.column(column.name).astype(np.float64) for table in (old, new))
    return values_drift(column.name, before, after, share)


def values_drift(name: str, old: Floats, new: Floats, share: float) -> ColumnDrift:
    """Of numbers, by the largest distance of their distributions; share: of false alarms by chance."""
    a, b = np.sort(old[~np.isnan(old)]), np.sort(new[~np.isnan(new)])
    edges = np.unique(np.quantile(a, np.linspace(0, 1, _BINS + 1)[1:-1])) if len(a) else np.empty(0)
    counts = [np.bincount(binned(values, edges), minlength=len(edges) + 2) for values in (old, new)]
    both = np.concatenate([a, b])
    gaps = np.isnan(new).mean() - np.isnan(old).mean()
    apart = 0.0
    if len(a) and len(b):
        ranks = [np.searchsorted(part, both, side="right") / len(part) for part in (a, b)]
        apart = float(np.abs(ranks[0] - ranks[1]).max())
    distance = max(apart, abs(float(gaps)))
    return ColumnDrift(column=name, psi=psi(*counts), distance=distance, chance=_ks_chance(len(a), len(b), share))


def _ks_chance(n: int, m: int, share: float) -> float:
    """The two-sample Kolmogorov-Smirnov distance that equal tables exceed with probability `share` (Smirnov, 1948)."""
    if not n or not m:
        return 1.0
    return math.sqrt(-math.log(share / 2) / 2 * (n + m) / (n * m))


def levels_drift(name: str, old: Codes, new: Codes, levels: int, share: float) -> ColumnDrift:
    """Of levels, by total variation: 0 to levels - 1, never seen = levels, missing = -1."""
    counts = [np.bincount(codes + 1, minlength=levels + 2) for codes in (old, new)]
    p, q = (count / max(count.sum(), 1) for count in counts)
    return ColumnDrift(
        column=name, psi=psi(*counts), distance=float(np.abs(p - q).sum() / 2), unseen=float(q[levels + 1]),
        chance=_variation_chance(p, len(old), len(new), share),
    )  # fmt: skip


def _variation_chance(p: Floats, n: int, m: int, share: float) -> float:
    """Mean of the total variation distance of equal tables, plus a bound on its excess (McDiarmid, 1989)."""
    each = 1 / max(n, 1) + 1 / max(m, 1)
    mean = float(np.sqrt(2 / np.pi * p * (1 - p) * each).sum() / 2)
    return min(mean + math.sqrt(-math.log(share) * each / 2), 1.0)


def psi(old: Index, new: Index) -> float:
    """Population stability index of two rows of counts; half a row is added to each bin, so that none is empty."""
    p, q = ((count + 0.5) / (count + 0.5).sum() for count in (old, new))
    return float(((p - q) * np.log(p / q)).sum())


def separability(old: Table, new: Table, seeds: Seeds) -> Figure | None:
    """ROC AUC with its interval of boosted trees that separate rows of the two tables, 5-fold out of fold.

    At most 10,000 rows of each; text is left out. None where a table has under 50 rows.
    """
    import lightgbm

    rng = seeds.child("two samples").rng()
    parts = [_matrix(table)[rng.permutation(table.n_rows)[:_MOST]] for table in (old, new)]
    if min(map(len, parts)) < _FOLDS * 10 or parts[0].shape[1] == 0:
        return None
    x = np.concatenate(parts)
    y = np.repeat([0, 1], [len(part) for part in parts]).astype(np.int32)
    folds = _folds(x, rng)
    said = np.empty(len(y))
    settings = {
        "objective": "binary", "num_leaves": _LEAVES, "learning_rate": 0.1, "min_data_in_leaf": 20, "verbosity": -1,
        "num_threads": 1, "seed": 0, "deterministic": True, "is_unbalance": True,
    }  # fmt: skip
    for fold in range(_FOLDS):
        train = folds != fold
        rows = lightgbm.Dataset(x[train], y[train], free_raw_data=True)
        booster = lightgbm.train(settings, rows, num_boost_round=_ROUNDS)
        said[~train] = booster.predict(x[~train], num_threads=1)
    return figure(metrics.get("roc_auc")(), Rows(y=y, problem=Binary(), folds=folds), said)


def _folds(x: Singles, rng: np.random.Generator) -> Index:
    """(n,) fold numbers; equal rows share one, as a model that learned one of a pair would misjudge the other."""
    unit = np.unique(x.view(np.uint32) @ _mixer(x.shape[1]), return_inverse=True)[1]
    return np.asarray(rng.permutation(int(unit.max()) + 1)[unit] % _FOLDS, dtype=np.int64)


def _mixer(width: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Odd multipliers, one a column, that make the bits of a row one number."""
    return np.asarray(np.random.default_rng(0).integers(1, 2**63, width, dtype=np.uint64) | np.uint64(1))


def _matrix(table: Table) -> Singles:
    """Numbers, days and codes side by side, NaN for missing."""
    codes = np.where(table.codes < 0, np.nan, table.codes)
    return np.concatenate([table.numeric, table.dates, codes], axis=1).astype(np.float32)
