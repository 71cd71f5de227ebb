"""Columns as a few bins, so that plots, scores and distances of a million rows cost one pass."""

from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import Floats, Index
from assay.core.schema import LEVELLED, Column
from assay.data import vectorized as vector
from assay.data.cell import LevelReader
from assay.data.number_format import NumberReader

if TYPE_CHECKING:
    import pandas as pd

MOST_BINS = 64
SPARK_BINS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The cells of one column. values: (n,) numbers or days, NaN missing, None for coded ones; codes: (n,) the bin of
    each cell, missing a bin of its own (`missing`). zone: of moments that have one; their days are those of UTC."""

    column: Column
    values: Floats | None
    codes: Index
    n_bins: int
    zone: tzinfo | None = None

    @property
    def missing(self) -> int:
        """The bin of missing cells."""
        return self.n_bins - 1


def cells_of(series: "pd.Series", column: Column) -> Cells | None:
    """The column in bins, None where its kind has none (bytes, constants)."""
    series = vector.plain(series)
    if column.kind == "numeric" or (column.kind == "identifier" and vector.is_number(series)):
        return of_values(vector.raw_numbers(series, NumberReader(column)), column)
    if column.kind == "datetime":
        return replace(of_values(vector.date_days(series, column), column), zone=getattr(series.dtype, "tz", None))
    if column.kind in LEVELLED | {"text", "identifier", "group"}:
        return _of_levels(series, column)
    return None


def of_values(values: Floats, column: Column) -> Cells:
    """Numbers in at most 63 bins of equal count, edges at their own quantiles; few different ones keep their own."""
    filled = values[~np.isnan(values)]
    edges = np.unique(np.quantile(filled, np.linspace(0, 1, MOST_BINS)[1:-1])) if len(filled) else np.empty(0)
    return Cells(column, values, binned(values, edges), len(edges) + 2)


def binned(values: Floats, edges: Floats) -> Index:
    """(n,) the bin of each number, len(edges) + 1 for missing."""
    codes = np.searchsorted(edges, values, side="right")
    return np.asarray(np.where(np.isnan(values), len(edges) + 1, codes), dtype=np.int64)


def _of_levels(series: "pd.Series", column: Column) -> Cells:
    """Levels by falling frequency, the rest together; a level of its own each, so that a score can be read off."""
    if not column.levels:
        codes, texts = vector.texts_of(series, frozenset(column.missing_marks))
        counts = np.bincount(codes[codes >= 0], minlength=len(texts))
        order = np.argsort(-counts, kind="stable")[: 10 * MOST_BINS]
        column = replace(column, levels=tuple(texts[i] for i in order if counts[i] > 1))
    reader = LevelReader(column)
    codes, texts = vector.texts_of(series, frozenset(column.missing_marks))
    known = np.array([reader.of_text(text) for text in texts] + [len(column.levels) + 1], dtype=np.int64)
    return Cells(column, None, known[codes], len(column.levels) + 2)


def spark(cells: Cells) -> tuple[float, ...]:
    """Shares of eight bins of equal width over the middle 98 % of the values; levels: of the eight most frequent."""
    if cells.values is None:
        counts = np.bincount(cells.codes, minlength=cells.n_bins)[: min(cells.n_bins - 2, SPARK_BINS)]
        if cells.column.kind not in LEVELLED or len(counts) == 0:
            return ()
        return tuple((counts / max(counts.sum(), 1)).tolist())
    filled = cells.values[np.isfinite(cells.values)]
    if len(filled) == 0:
        return ()
    filled = filled / max(float(np.abs(filled).max()), 1.0)  # widths of the largest numbers have no number
    low, high = np.quantile(filled, [0.01, 0.99])
    if not high > low:
        low, high = float(filled.min()), float(filled.max())
    if not high - low > SPARK_BINS * np.spacing(max(abs(low), abs(high))):
        return ()
    counts = np.histogram(np.clip(filled, low, high), bins=SPARK_BINS, range=(float(low), float(high)))[0]
    return tuple((counts / counts.sum()).tolist())
