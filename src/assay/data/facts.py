"""Facts: the counts of a task that choices may depend on."""

import numpy as np

from assay.core.array import Floats, Index
from assay.core.count_columns import count_columns
from assay.core.name_pieces import name_columns
from assay.core.offset_columns import How, offset_column
from assay.core.problem import Problem
from assay.core.schema import CODED, HIGH_LEVELS, Facts, Schema
from assay.core.table import Table
from assay.core.target import Target


def facts_of(schema: Schema, table: Table, target: Target, *, problem: Problem, metric: str) -> Facts:
    """Counts over the encoded rows; missing_share is over all feature cells."""
    coded = [column for column in schema.features if column.kind in CODED]
    cells = max(table.n_rows * len(schema.features), 1)
    empty = sum(int(block.missing().sum()) for block in table.cells.values())
    values = np.asarray(target.values, dtype=np.float64)
    return Facts(
        problem=problem, n_rows=table.n_rows, n_numeric=table.numeric.shape[1], n_category=table.codes.shape[1],
        n_dates=table.dates.shape[1], n_text=table.text.shape[1], n_classes=target.n_classes,
        minority=min(target.class_rows, default=len(target)),
        most_levels=max(table.levels, default=0),
        high_columns=sum(len(column.levels) > HIGH_LEVELS for column in coded), missing_share=empty / cells,
        target_skew=0.0 if target.is_class else _skew(values),
        target_min=0.0 if target.is_class else float(values.min()),
        metric=metric, text_chars=sum(map(len, table.text.ravel().tolist())) / max(table.n_rows, 1),
        ratio_column=_relative_to(table, target, "ratio"), difference_column=_relative_to(table, target, "difference"),
        n_names=len(name_columns(table)), n_counts=len(count_columns(table.numeric, table.numeric_names)),
    )  # fmt: skip


def _relative_to(table: Table, target: Target, how: How) -> str:
    at = None if target.is_class else offset_column(table.numeric, target.values, how)
    return "" if at is None else table.numeric_names[at]


def _skew(values: Floats) -> float:
    """Fisher's moment coefficient of skewness; 0 for a constant."""
    centred = values - values.mean()
    spread = float(np.sqrt(np.mean(centred**2)))
    return float(np.mean((centred / spread) ** 3)) if spread > 0 else 0.0


def group_spread(units: Index | None) -> float:
    """Standard deviation of the sizes of groups, relative to their mean; 0 without groups."""
    if units is None or not len(units):
        return 0.0
    sizes = np.unique(units, return_counts=True)[1]
    return float(sizes.std() / sizes.mean())
