"""Comparable cells for the search of near duplicates: normalised spelling, numbers at a given precision."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import Floats, Index, Objects
from assay.data import vectorized as vector
from assay.data.fingerprint import Hashes
from assay.terms.near_texts import near_texts

if TYPE_CHECKING:
    import pandas as pd

_PARTS = re.compile(r"[,;|/]+")
_LONG, _SENTENCE = 20, 30
"""Characters of a text from which equality is not by chance, and of one of which a few words may differ."""
_MANY = 500  # columns from which numbers are looked at together
_SOME = 20_000  # cells by which a spread is told
_OFFSETS = (0.381966, 0.7236, 0.055728)
"""Offsets of the grids, in cells: far from each other and from round numbers, so that no edges coincide."""
OFFSETS = range(len(_OFFSETS))


def one_spelling(text: str) -> str:
    """The text without blanks, in lower case, its listed parts in order: "Red; blue" and "blue;red" are one."""
    bare = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    parts = _PARTS.split(bare)
    return bare if len(parts) == 1 else ";".join(sorted(part for part in parts if part))


def bare_spelling(text: str) -> str:
    """The letters and digits of a text alone, without accents: "Dark-Red." and "dark red" are one."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(letter for letter in plain if letter.isalnum())
    return bare or one_spelling(text)


@dataclass(frozen=True, slots=True, eq=False)
class ComparableCells:
    """A column's cells. said: (n,) hashes, equal for cells of equal meaning. numbers: (n,) float64 of numbers and of
    dates (microseconds), None of all else. measured: whether these are numbers with decimals, the last digits of which
    may differ between copies. alike: (n,) hashes, equal for texts that are nearly alike; None where cells are no long
    texts. spread: of numbers, between their first and last tenth, among the rows by which the rule was made
    (`with_spread`). texts: those that there are.
    """

    said: Hashes
    numbers: Floats | None = None
    measured: bool = False
    dated: bool = False
    spread: float = 1.0
    texts: tuple[str, ...] = ()
    alike: Hashes | None = None

    @classmethod
    def of(cls, series: "pd.Series", *, spelling: Callable[[str], str] = one_spelling) -> "ComparableCells":
        """Those of a column of a frame. spelling: texts of one are the same."""
        plain = vector.plain(series)
        if vector.is_number(plain) or vector.is_date(plain):
            numbers, dated = _numbers(plain), vector.is_date(plain)
            measured = not dated and has_decimals(numbers)
            return cls(mixed(numbers), numbers, measured, dated, _spread(numbers[:: len(numbers) // _SOME + 1]))
        codes, texts = vector.texts_of(plain)
        spelled = of_texts(np.array([spelling(text) for text in texts], dtype=object))
        near = _least_of_near(texts, spelled) if _typical_length(texts) >= _SENTENCE else None
        return cls(
            np.append(spelled, np.uint64(0))[codes], texts=texts,
            alike=None if near is None else np.append(near, np.uint64(0))[codes],
        )  # fmt: skip

    @classmethod
    def of_columns(cls, frame: "pd.DataFrame", names: Sequence[str]) -> "dict[str, ComparableCells]":
        """Those of several columns; thousands of numbers are looked at together."""
        kinds = frame.dtypes.to_dict() if len(names) > _MANY else {}
        floats = [name for name in names if isinstance(kinds.get(name), np.dtype) and kinds[name].kind == "f"]
        made = cls._of_numbers(frame[floats].to_numpy(dtype=np.float64)) if floats else iter(())
        whole = dict(zip(floats, made, strict=True))
        return {name: whole[name] if name in whole else cls.of(frame[name]) for name in names}

    @classmethod
    def _of_numbers(cls, values: Floats) -> "Iterator[ComparableCells]":
        """Those of the columns of a matrix."""
        said = mixed(values)
        known = np.isfinite(values)
        measured = ((values != np.floor(values)) & known).any(axis=0)
        sample, is_whole = values[:: len(values) // _SOME + 1], known.all(axis=0)
        low, high = np.quantile(sample[:, is_whole], [0.1, 0.9], axis=0)
        spreads = np.zeros(values.shape[1])
        spreads[is_whole] = high - low
        for j in range(values.shape[1]):
            spread = spreads[j] or _spread(sample[:, j])
            yield cls(said[:, j], values[:, j], bool(measured[j]), dated=False, spread=float(spread))

    def with_spread(self, spread: float | None) -> "ComparableCells":
        """The same cells with a stored spread, so that hashes do not depend on other rows. None: not measured then."""
        if spread is None or self.numbers is None:
            return replace(self, measured=False)
        return replace(self, measured=True, spread=spread)

    @property
    def is_inexact(self) -> bool:
        """Whether copies may differ in such cells by little."""
        return self.measured or self.alike is not None

    def hashes(self, grid: float, offset: int = 0) -> Hashes:
        """(n,) hashes. grid: 0 compares cells as they are, else measured ones by the cell in which they lie of a grid
        so wide as this share of their spread, and texts by most of their words. offset: which of the grids of that
        width.
        """
        if grid and self.alike is not None:
            return self.alike
        if not grid or not self.measured or self.numbers is None:
            return self.said
        return mixed(np.floor(self.numbers * (1.0 / (grid * self.spread)) + _OFFSETS[offset]))

    def places(self, grid: float) -> float:
        """How many different cells there is room for: of numbers in their middle nine tenths by the least step in them,
        or by the grid; of long texts endlessly many; of other texts those that there are.
        """
        if self.numbers is None:
            return np.inf if _typical_length(self.texts) >= _LONG else float(len(self.texts))
        values = np.unique(self.numbers[np.isfinite(self.numbers)])
        if len(values) < 3:
            return float(len(values))
        low, high = np.quantile(values, [0.05, 0.95])
        if grid and self.measured:
            return float((high - low) / (grid * self.spread))
        inner = values[(values >= low) & (values <= high)]
        return float((high - low) / np.diff(inner).min()) if len(inner) > 2 else float(len(values))


def _typical_length(texts: Sequence[str]) -> float:
    """The median of their characters."""
    return float(np.median([len(text) for text in texts])) if texts else 0.0


def _least_of_near(texts: Sequence[str], hashes: Hashes) -> Hashes:
    """(k,) of each text the least hash of those that are nearly alike, so that it does not depend on their order."""
    first = near_texts(texts)
    least = hashes.copy()
    np.minimum.at(least, first, hashes)
    return np.asarray(least[first])


def of_texts(texts: Objects) -> Hashes:
    """(k,) 64 bits of each text."""
    import pandas as pd

    return np.asarray(pd.util.hash_array(texts, categorize=False), dtype=np.uint64)


def mixed(values: Floats | Index) -> Hashes:
    """(n,) 64 bits of each number, mixed so that sums of them collide by chance alone (splitmix64; Steele, 2014)."""
    if values.dtype.kind == "f":
        values = np.asarray(values, dtype=np.float64) + 0.0  # one zero, and below one NaN
        values[np.isnan(values)] = np.nan
    bits = np.ascontiguousarray(values).view(np.uint64).copy()
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        bits ^= bits >> np.uint64(shift)
        bits *= np.uint64(factor)
    return bits


def has_decimals(values: Floats) -> bool:
    """Whether any of these numbers is not whole."""
    known = values[np.isfinite(values)]
    return bool((known != np.floor(known)).any())


def _numbers(plain: "pd.Series") -> Floats:
    if not vector.is_date(plain):
        return np.asarray(plain.astype("float64"), dtype=np.float64)
    local = plain.dt.tz_localize(None) if plain.dt.tz is not None else plain
    moments = np.asarray(local, dtype="datetime64[us]")
    return np.where(np.isnat(moments), np.nan, moments.astype(np.int64).astype(np.float64))


def _spread(values: Floats) -> float:
    known = values[np.isfinite(values)]
    if not len(known):
        return 1.0
    low, high = np.quantile(known, [0.1, 0.9])
    return float(high - low) or float(np.ptp(known)) or 1.0
