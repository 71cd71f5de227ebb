"""The suspicions that a fit asks about before it begins: columns that alone say too much of the target."""

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.inspection import LeakFound
from assay.core.schema import Column, Schema
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.core.task import Notice
from assay.inspect.bins import Cells, of_values
from assay.inspect.score import FOLDS, score_alone
from assay.inspect.suspicion import leaks_of_column

SUSPECTED = frozenset({"leak/nearly-target", "leak/gaps", "leak/known-later"})
"""Codes of notices about columns that are kept unless a person says otherwise."""
KEPT, LEFT_OUT = ". Kept; leave it out if it is not known when you predict", ". Left out as answered"
_SAMPLED, _WIDEST = 20_000, 1_000
"""Rows that are scored; columns beyond which only `inspect` looks. 45,000 rows of 16 columns take 50 ms."""


def suspected(
    schema: Schema, table: Table, target: Target, *, kept: tuple[str, ...], seeds: Seeds
) -> tuple[Notice, ...]:
    """A notice for each suspicious feature, the strongest first; columns in `kept` are settled, texts not looked at."""
    if len(schema.features) > _WIDEST:
        return ()
    rng = seeds.child("suspected").rng()
    rows = np.arange(len(target)) if len(target) <= _SAMPLED else np.sort(rng.choice(len(target), _SAMPLED, False))
    known, folds = target.take(rows), rng.permutation(len(rows)) % FOLDS
    found: list[LeakFound] = []
    for column in schema.features:
        cells = None if column.name in kept else _cells(column, table, rows)
        if cells is not None:
            alone = score_alone(cells.codes, cells.n_bins, known, folds)
            found += leaks_of_column(cells, alone, known, folds)
    found.sort(key=lambda leak: -(leak.score or 0.0))
    return tuple(
        Notice(code=leak.code, column=leak.column, do=leak.do, message=f"{leak.what.removesuffix('?')}{KEPT}")
        for leak in found
    )


def _cells(column: Column, table: Table, rows: AnyArray) -> Cells | None:
    name = column.name
    if name in table.code_names:
        j = table.code_names.index(name)
        codes, levels = table.codes[rows, j].astype(np.int64), table.levels[j]
        return Cells(column, None, np.where(codes < 0, levels + 1, codes), levels + 2)
    values: Floats
    if name in table.numeric_names:
        values = table.numeric[rows, table.numeric_names.index(name)].astype(np.float64)
    elif name in table.date_names:
        values = table.dates[rows, table.date_names.index(name)]
    else:
        return None
    return of_values(values, column)
