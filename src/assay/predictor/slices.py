"""Slices of a table by the values of a column, and differences of a score between them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray
from assay.core.errors import DataError, Where, nearest_names
from assay.core.figure import Figure
from assay.core.p_value_corrections import holm
from assay.data.cell import text_of
from assay.data.vectorized import is_number, plain

if TYPE_CHECKING:
    import pandas as pd

BINS = 4
MOST_VALUES = 12
"""Values of a column with a slice of their own; the others share one."""
LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """Rows that share a value, or a range, of a column; mask: (n,)."""

    column: str
    label: str
    mask: AnyArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A part with its score. gain: over the score of all other rows, positive is better, sigma its standard deviation;
    p: two-sided, for no difference to the rest, corrected for all slices (Holm). why: why there is no figure."""

    column: str
    label: str
    rows: int
    figure: Figure | None
    why: str = ""
    gain: float | None = None
    sigma: float | None = None
    p: float | None = None

    @property
    def differs(self) -> bool:
        return self.p is not None and self.p < LEVEL


def parts_of(frame: "pd.DataFrame", column: str, name: str) -> list[Part]:
    """By value; numbers of more than a few values by quarters of the rows. DataError for a column that is not there."""
    known = [str(one) for one in frame.columns]
    if column not in known:
        raise DataError(
            f'{name} has no column "{column}" to slice by. Columns: {", ".join(known[:8])}.',
            where=Where(file=name, column=column, option="--by"), nearest=nearest_names(column, known),
        )  # fmt: skip
    cells = plain(frame[column])
    if is_number(cells) and cells.nunique() > MOST_VALUES:
        return _by_range(column, np.asarray(cells, dtype=np.float64))
    texts = cells.map(text_of)
    counts = texts.value_counts()
    shown = [str(value) for value in counts.index[:MOST_VALUES]]
    parts = [Part(column=column, label=value, mask=np.asarray(texts == value)) for value in shown]
    rest = np.asarray(texts.notna() & ~texts.isin(shown))
    others = Part(column=column, label=f"{len(counts) - len(shown):,} other values", mask=rest)
    missing = Part(column=column, label="missing", mask=np.asarray(texts.isna()))
    return [part for part in (*parts, others, missing) if part.mask.any()]


def _by_range(column: str, values: AnyArray) -> list[Part]:
    filled = values[np.isfinite(values)]
    edges = np.unique(np.quantile(filled, np.linspace(0, 1, BINS + 1)[1:-1], method="lower"))
    place = np.searchsorted(edges, values, side="left")
    parts = []
    for at in range(len(edges) + 1):
        mask = (place == at) & np.isfinite(values)
        if mask.any():
            low, high = values[mask].min(), values[mask].max()
            parts.append(Part(column=column, label=f"{low:g} to {high:g}" if low < high else f"{low:g}", mask=mask))
    missing = ~np.isfinite(values)
    return [*parts, Part(column=column, label="missing", mask=missing)] if missing.any() else parts


def compared(slices: Sequence[Slice]) -> tuple[Slice, ...]:
    """The same with p, corrected for the number of slices."""
    from scipy.special import ndtr

    known = [at for at, one in enumerate(slices) if one.gain is not None and one.sigma]
    p = [float(2.0 * ndtr(-abs((slices[at].gain or 0.0) / (slices[at].sigma or 1.0)))) for at in known]
    corrected = dict(zip(known, holm(p).tolist() if known else (), strict=True))
    return tuple(replace(one, p=corrected.get(at)) for at, one in enumerate(slices))
