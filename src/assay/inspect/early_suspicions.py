"""The suspicions that a fit asks about before it begins: columns that alone determine too much of the target."""

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.inspection import LABEL_IN_TEXT, LeakFound, UnivariateScore, advice_on_kept
from assay.core.schema import Column, Schema
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.core.task import Notice, Task
from assay.data.options import TaskOptions
from assay.features.row_sample import sampled_rows
from assay.inspect.bins import Cells, of_values
from assay.inspect.column_score import dealt, univariate_score
from assay.inspect.key_parts import leaks_of_parts
from assay.inspect.label_in_text import label_in_text
from assay.inspect.open_questions import asks_of, tells
from assay.inspect.suspicion import apart, leaks_of_column

SUSPECTED = frozenset({"leak/nearly-target", "leak/gaps", "leak/known-later", LABEL_IN_TEXT})
"""Codes of notices about columns that are kept unless the user decides otherwise."""
LEFT_OUT = ". Left out as answered"
_GRAVE = {"ask/time": ". If new rows will be later, folds drawn at random promise too much for them", "ask/group": ""}
_SAMPLED, _WIDEST = 20_000, 1_000
"""Rows that are scored; columns beyond which only `inspect` looks. 45,000 rows of 16 columns take 50 ms."""
_TAKEN_APART = 5_000
"""Rows whose keys are split into parts, and whose texts are read."""


def suspected(
    schema: Schema, table: Table, target: Target, *, kept: tuple[str, ...], seeds: Seeds, units: Index | None = None
) -> tuple[Notice, ...]:
    """A notice for each suspicious feature and key, the strongest first, without the columns in `kept` and without
    texts.

    units: (n,) codes of rows that stay together, as the search will keep them.
    """
    if len(schema.features) > _WIDEST:
        return ()
    rng = seeds.child("suspected").rng()
    rows = np.arange(len(target)) if len(target) <= _SAMPLED else np.sort(rng.choice(len(target), _SAMPLED, False))
    known, folds = target.take(rows), dealt(len(rows), rng, None if units is None else units[rows])
    each: list[tuple[Cells, LeakFound]] = []
    for column in schema.features:
        cells = None if column.name in kept else _cells(column, table, rows)
        if cells is not None:
            alone = univariate_score(cells.codes, cells.n_bins, known, folds)
            each += [(cells, leak) for leak in leaks_of_column(cells, alone, known, folds)]
    found = apart(each, known, seeds)
    if table.strings is not None:
        found += _of_parts(schema, table, target, kept=kept, units=units, seeds=seeds)
    found.sort(key=lambda leak: -(leak.score or 0.0))
    return tuple(
        Notice(
            code=leak.code,
            column=leak.column,
            do=leak.do,
            message=leak.what.removesuffix("?") + (f". {advice_on_kept(leak.code)}" if leak.code in SUSPECTED else ""),
        )
        for leak in found
    )


def labels_said(task: Task, table: Table, target: Target, *, kept: tuple[str, ...], seeds: Seeds) -> tuple[Notice, ...]:
    """A notice for each column of texts, but those in `kept`, whose texts contain the class of their row."""
    if not task.classes:
        return ()
    rows = sampled_rows(len(target), _TAKEN_APART, seeds.child("labels"))
    own, labels = target.values[rows].astype(np.int64), tuple(map(str, task.classes))
    said = (label_in_text(name, table.column(name)[rows].tolist(), own, labels, target=task.target)
            for name in table.text_names if name not in kept)  # fmt: skip
    return tuple(
        Notice(code=leak.code, column=leak.column, do=leak.do, message=f"{leak.what}. {advice_on_kept(leak.code)}")
        for leak in said if leak is not None
    )  # fmt: skip


def _of_parts(
    schema: Schema, table: Table, target: Target, *, kept: tuple[str, ...], units: Index | None, seeds: Seeds
) -> list[LeakFound]:
    rows = sampled_rows(len(target), _TAKEN_APART, seeds.child("rows"))
    folds = dealt(len(rows), seeds.child("parts").rng(), None if units is None else units[rows])
    return leaks_of_parts(schema, table.take(rows), target.take(rows), folds, kept=kept, seeds=seeds)


def unasked(
    schema: Schema, table: Table, target: Target, *, options: TaskOptions, seeds: Seeds, units: Index | None = None
) -> tuple[Notice, ...]:
    """Questions whose answers change the figure: an order in time that predicts the target, and units.

    units: (n,) codes of what the group column, which is no feature, names.
    """
    if len(schema.features) > _WIDEST:
        return ()
    rng = seeds.child("asked").rng()
    rows = sampled_rows(len(target), _SAMPLED, seeds.child("rows"))
    columns = {c.name: cells for c in schema.features if (cells := _cells(c, table, rows)) is not None}
    if options.group_column is not None and units is not None:
        own = units[rows].astype(np.int64)
        columns[options.group_column] = Cells(schema[options.group_column], None, own, int(own.max()) + 2)
    known, folds = target.take(rows), dealt(len(rows), rng)

    def score(name: str) -> UnivariateScore:
        return univariate_score(columns[name].codes, columns[name].n_bins, known, folds)

    scores = {c.name: score(c.name) for c in schema.of_kind("datetime", "category") if c.name in columns}
    asks = asks_of(schema, columns, scores, options)
    scores |= {a.column: score(a.column) for a in asks if a.column in columns and a.column not in scores}
    is_told = bool(options.drifts)  # of its order in time, with the way back
    grave = (a for a in asks if a.code == "ask/group"
             or (a.code == "ask/time" and not is_told and tells(scores.get(a.column or ""))))  # fmt: skip
    return tuple(Notice(code=a.code, column=a.column, message=f"{a.message}{_GRAVE[a.code]}", do=a.do) for a in grave)


def _cells(column: Column, table: Table, rows: AnyArray) -> Cells | None:
    name = column.name
    if name in table.code_names:
        codes = table.column(name)[rows].astype(np.int64)
        levels = table.levels[table.code_names.index(name)]
        return Cells(column, None, np.where(codes < 0, levels + 1, codes), levels + 2)
    if name not in (*table.numeric_names, *table.date_names):
        return None
    return of_values(table.column(name)[rows].astype(np.float64), column)
