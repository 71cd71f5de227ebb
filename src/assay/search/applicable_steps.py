"""Steps that find something in a table, by trying them on some of its rows, without the target."""

from collections.abc import Iterable

import numpy as np

from assay.core.array import Index, Singles
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features import registry as steps_registry
from assay.pipeline.store import TaskFolder

MOST_ROWS, FEWEST_ROWS, CELLS, MOST_COLUMNS = 2_000, 300, 200_000, 500
"""Sizes of the sample: small enough to be looked at between two experiments."""


def applicable_steps(folder: TaskFolder, steps: Iterable[Step]) -> frozenset[str]:
    """Names of those steps, none of which may need the target, that make columns of these rows or change their numbers.
    Texts are columns too; one that is the same in all rows, as a count of nothing, is none.

    The sample is taken at equal distances, of rows and, where there are many, of numeric columns. Codes are not
    compared: what a step makes of them is a new column. Cost: about ten milliseconds a step.
    """
    n, width = len(folder.target), max(folder.task.facts.n_features, 1)
    rows = min(n, MOST_ROWS, max(FEWEST_ROWS, CELLS // width))
    sample = _some_columns(folder.table).take(_spaced(n, rows))
    return frozenset(
        step.name for step in steps if _changes_something(step, sample, Seeds(folder.task.seed).child("makings"))
    )


def _some_columns(table: Table) -> Table:
    width = table.numeric.shape[1]
    return table if width <= MOST_COLUMNS else table.select(numeric=_spaced(width, MOST_COLUMNS).tolist())


def _spaced(n: int, most: int) -> Index:
    return np.unique(np.linspace(0, n - 1, most).astype(np.int64))


def _changes_something(step: Step, sample: Table, seeds: Seeds) -> bool:
    made = steps_registry.build(step).fit(sample, None, seeds=seeds.child(step.name)).transform(sample)
    kinds = ("codes", "text")
    known = frozenset(sample.numeric_names)
    new = [j for j, name in enumerate(made.numeric_names) if name not in known]
    is_new = any(_varies(made.numeric[:, j]) for j in new)
    if is_new or any(not set(made.blocks[kind].names) <= set(sample.blocks[kind].names) for kind in kinds):
        return True
    kept = [j for j, name in enumerate(made.numeric_names) if name in known]
    return not np.array_equal(made.numeric[:, kept], sample.numeric, equal_nan=True)


def _varies(column: Singles) -> bool:
    """Whether two rows differ; a gap differs from a number."""
    return bool(len(column)) and not np.array_equal(column, np.full_like(column, column[0]), equal_nan=True)
