"""The distribution of one column: its ends, its middle, outliers, its most frequent levels."""

import numpy as np

from assay.core.array import Floats, Index
from assay.core.inspection import Frequent, Spread
from assay.core.schema import LEVELLED
from assay.inspect.bins import Cells
from assay.inspect.open_questions import moment_of

FENCE = 3.0
"""Interquartile ranges beyond the quartiles from which a number is an outlier ("far out"; Tukey, 1977): of a million
draws of a normal distribution two or three are."""
SHOWN_LEVELS = 3


def spread_of(cells: Cells | None) -> Spread | None:
    """Of numbers and dates; None for others, and where all cells are missing."""
    filled = np.empty(0) if cells is None or cells.values is None else cells.values[~np.isnan(cells.values)]
    if cells is None or not len(filled):
        return None
    low, median, high = (float(value) for value in (filled.min(), np.median(filled), filled.max()))
    if cells.column.kind == "datetime":
        form = "%H:%M" if cells.column.is_clock else "%Y-%m-%d" if high - low >= 1 else "%Y-%m-%d %H:%M"
        texts = [moment_of(days, cells.zone).strftime(form) for days in (low, median, high)]
        return Spread(low=texts[0], median=texts[1], high=texts[2])
    return Spread(low=low, median=median, high=high, outliers=outliers(filled))


def outliers(filled: Floats) -> float | None:
    """Share of the numbers outside the fences; None where half of them are equal, so that there are no fences."""
    size = float(np.abs(filled).max()) or 1.0
    scaled = filled / size  # the range of numbers beyond 1e308 would overflow
    low, high = np.quantile(scaled, [0.25, 0.75])
    if not high > low:
        return None
    return float(((scaled < low - FENCE * (high - low)) | (scaled > high + FENCE * (high - low))).mean())


def frequent_of(cells: Cells | None) -> tuple[Frequent, ...]:
    """The most frequent levels and their share of the filled cells; () for columns without levels."""
    counts = level_counts(cells)
    if cells is None or not len(counts) or not cells.column.levels:
        return ()
    filled = max(int((cells.codes != cells.missing).sum()), 1)
    order = np.argsort(-counts, kind="stable")[:SHOWN_LEVELS]
    return tuple(Frequent(level=cells.column.levels[i], share=float(counts[i] / filled)) for i in order if counts[i])


def level_counts(cells: Cells | None) -> Index:
    """Rows of each known level; empty for columns without levels."""
    if cells is None or cells.values is not None or cells.column.kind not in LEVELLED:
        return np.empty(0, dtype=np.int64)
    return np.bincount(cells.codes, minlength=cells.n_bins)[: cells.n_bins - 2].astype(np.int64)
