"""Preparation of a task from a raw table and options: schema, target, split, table and notices."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import Floats, Index, JsonObject
from assay.core.block.moment import MomentBlock
from assay.core.codec import to_json
from assay.core.contract import Metric
from assay.core.errors import DataError, TaskError, UsageError, Where
from assay.core.period_columns import period_of
from assay.core.problem import Problem
from assay.core.recipe import canonical
from assay.core.schema import Column, Facts, Schema
from assay.core.seed import Seeds
from assay.core.split import Split
from assay.core.table import Table
from assay.core.target import Target
from assay.core.task import Notice, Task
from assay.data import fingerprint, leak
from assay.data import vectorized as vector
from assay.data.candidate_labels import candidates_of
from assay.data.column_ranges import with_ranges
from assay.data.encode import encode_frame
from assay.data.facts import facts_of, group_spread
from assay.data.infer_schema import check_names, infer_schema
from assay.data.make_split import USUAL, make_split
from assay.data.monotone_constraints import monotone_notices, monotone_signs
from assay.data.named_files import names_files
from assay.data.number_format import NumberReader
from assay.data.options import TaskOptions
from assay.data.read import RawTable
from assay.data.repairs import repair_notices
from assay.data.row_groups import row_groups_of
from assay.data.target_reading import TargetReading, read_target
from assay.data.time_order import order_notice
from assay.data.unlabelled_rows import UnlabelledRows, refuse_order, unlabelled_rows, with_advice
from assay.data.user_split import user_split
from assay.data.weight_scale import in_usual_scale

if TYPE_CHECKING:
    import pandas as pd

_FEW_ROWS = 50
_FEW_OF_CLASS = 10
"""As evidence.interval.FEW_OF_CLASS: below it there is no interval."""
MOST_COLUMNS = 20_000
"""Each column costs about a millisecond to understand, hash and encode before anything is learned."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Prepared:
    """A task and its rows, ready to be written as blocks.

    target.values: class codes or raw float64 values. content: hash of what is learnt from; described: of all that
    the columns are read by, as text. groups: (n_rows,) codes of rows that are one unit of every statistic: the group
    column's, or of rows with equal features where more than 1 % of the rows repeat another (fewer hardly move an
    interval, and bootstraps of groups cannot be stratified by class).
    rows: (n_rows,) positions among the rows of the file, of which those of a vault and those without a target were left
    out; None where rows of a second file are among them. unlabelled: rows without a target that the lab keeps, in no
    fold.
    also: what else --problem could make of the target. metric: what the task is judged by, once it was found.
    """

    task: Task
    table: Table
    target: Target
    split: Split
    rows: Index | None
    content: str
    described: str
    groups: Index | None = None
    also: tuple[Problem, ...] = ()
    metric: Metric | None = None
    unlabelled: UnlabelledRows | None = None

    @property
    def judged_by(self) -> Metric:
        """The metric that was found."""
        assert self.metric is not None, "prepared without a metric"
        return self.metric

    def with_metric(self, metric: Metric, *, reason: str) -> "Prepared":
        """The same question asked with another metric (its hash differs)."""
        task = replace(self.task, metric=metric.name, metric_reason=reason,
                       facts=replace(self.task.facts, metric=metric.name))  # fmt: skip
        return replace(
            self, task=replace(task, hash=_hash_of(task, self.described, self.content, self.unlabelled)), metric=metric
        )


def prepare(
    raw: RawTable,
    options: TaskOptions,
    *,
    most_folds: Callable[[Facts], int] | None = None,
) -> Prepared:
    """Prepare the task. Rows with a missing target are left out, with a notice.

    A metric by name is taken unchecked (with_metric puts the one that was found). most_folds: from the facts to how
    many folds there is time for, unless options.n_folds is given; 1 is one holdout. Raises UsageError, DataError,
    TaskError or SplitError.
    """
    refuse_order(options)
    frame, question = _question(raw, options)
    rows = np.flatnonzero(question.rows) if raw.rows is None else raw.rows[question.rows]
    schema = infer_schema(frame, options)
    target = Target(question.values, len(question.classes), row_weights(frame, options, positions=rows))
    leaks = leak.find_leaks(frame, schema, target, name=options.target or "", classes=question.classes)
    schema, leak_notices = leak.without(schema, leaks, options.keep)
    if not schema.features:
        raise _no_feature(raw, schema, options)
    schema = _with_target(schema, question, options)
    table = encode_frame(schema, frame)
    schema = with_ranges(schema, table)
    name, why = _metric(options, question.problem)
    signs = monotone_signs(options.monotone, schema, problem=question.problem)
    facts = replace(facts_of(schema, table, target, problem=question.problem, metric=name), monotone=signs)
    found = candidates_of(frame, schema, target, options, question.problem)
    if found is not None:
        schema, table = found.schema, table.with_blocks(candidates=found.values)
    row_groups, tie_notices = row_groups_of(frame, schema, options, target)
    if row_groups.order is not None:
        table = table.with_blocks(moment=MomentBlock(np.asarray(row_groups.order, dtype=np.float64)))
        facts = replace(facts, ordered=True, period=period_of(table))
    if options.valid is not None:
        split, row_groups, tie_notices = user_split(frame, options, schema, target, question.classes)
    else:
        most = USUAL if most_folds is None else most_folds(facts)
        split = make_split(target, seeds=Seeds(options.seed), n_folds=options.n_folds, most=most, row_groups=row_groups)
    unlabelled = unlabelled_rows(raw, raw.frame.loc[~question.rows], options, schema, n_labelled=len(target))
    facts = replace(
        facts, group_spread=group_spread(row_groups.units),
        n_unlabelled=0 if unlabelled is None else unlabelled.table.n_rows,
    )  # fmt: skip
    left = with_advice(question.notices, options, n_left=len(raw.frame) - len(frame), n_labelled=len(target))
    kept = () if unlabelled is None else unlabelled.notices
    notices = (*raw.notices, *left, *kept, *_column_notices(schema), *leak_notices, *tie_notices,
               *repair_notices(schema), *monotone_notices(signs), *order_notice(schema, table, options),
               *_few_rows(target))  # fmt: skip
    task = Task(
        source=raw.name, target=str(options.target), schema=schema, problem=question.problem,
        problem_reason=question.reason, classes=question.classes, metric=name, metric_reason=why,
        split_kind=split.kind, split_reason=split.reason, n_folds=split.n_folds, n_rows=len(target),
        n_columns=raw.frame.shape[1] - bool(options.valid_file), facts=facts,
        data_hash=fingerprint.data_hash(frame), seed=options.seed,
        notices=notices, sheet=options.sheet or "", raw=options.refused.of_file,
        candidates=None if found is None else found.candidates, steps_in_fold=True,
    )  # fmt: skip
    content = fingerprint.content_hash(table=table, target=target, split=split, units=row_groups.units)
    described = canonical([_as_hashed(column) for column in schema])
    return Prepared(
        task=replace(task, hash=_hash_of(task, described, content, unlabelled)), table=table, target=target,
        split=split, rows=None if options.valid_file else rows, content=content, described=described,
        groups=row_groups.units,
        also=question.also, unlabelled=unlabelled,
    )  # fmt: skip


def _question(raw: RawTable, options: TaskOptions) -> "tuple[pd.DataFrame, TargetReading]":
    """(rows with a target, the target read)"""
    frame, target, source = raw.frame, options.target, raw.source
    names = tuple(map(str, frame.columns))
    if target is None:
        likely = source.command("fit", "--target", names[-1])
        raise UsageError("No target is named. Say which column to predict.", do=likely,
                         where=Where(file=raw.name, option="--target"))  # fmt: skip
    check_names(names, options, source=source)
    if target in raw.repeated:
        raise TaskError(
            f'{raw.name}: two columns are named "{target}" and differ, so the target is ambiguous.',
            where=Where(file=raw.name, column=target), do=("rename one of them in the file",),
        )  # fmt: skip
    check_predictable(raw, options)
    check_width(raw, options)
    question = read_target(frame[target], options, source=source, padded=raw.padded, table=frame)
    kept = frame if question.rows.all() else frame.loc[question.rows].reset_index(drop=True)
    return kept, question


def check_predictable(raw: RawTable, options: TaskOptions) -> None:
    """Refuse a table in which nothing is left beside the target (DataError)."""
    names, where = tuple(map(str, raw.frame.columns)), Where(file=raw.name, column=options.target)
    more = "a model needs at least one more to predict it from."
    if len(names) < 2:
        raise DataError(
            f'{raw.name} has one column, "{options.target}"; {more}', where=where,
            do=("add columns, or check the delimiter of the file",),
        )  # fmt: skip
    if not set(names) - {options.target, *options.drop}:
        raise DataError(f'{raw.name}: every column but "{options.target}" is dropped; {more}', where=where,
                        do=("take a column out of --drop",))  # fmt: skip


def check_width(raw: RawTable, options: TaskOptions) -> None:
    """Refuse more columns than a search can look at, those to be dropped aside (DataError)."""
    n_columns = raw.frame.shape[1] - len(options.drop)
    if n_columns > MOST_COLUMNS:
        raise DataError(
            f"{raw.name} has {n_columns:,} columns; {MOST_COLUMNS:,} are the most that can be looked at one by one.",
            where=Where(file=raw.name), do=("keep the columns that may matter and save the table again",),
        )  # fmt: skip


def row_weights(frame: "pd.DataFrame", options: TaskOptions, *, positions: Index) -> Floats | None:
    """(n,) how much each row counts, None where all count alike. DataError where one is not above 0.

    positions: (n,) of the rows in the table as read, by which a bad one is named.
    """
    if options.weights is None:
        return None
    reader = NumberReader(Column(name=options.weights, kind="weight", reason=""))
    weight = vector.raw_numbers(vector.plain(frame[options.weights]), reader)
    bad = np.flatnonzero(~(weight > 0))
    if len(bad):
        line = int(positions[bad[0]]) + 1
        rows = f"{len(bad):,} row{'' if len(bad) == 1 else 's'}"
        raise DataError(
            f'The weight "{options.weights}" is not a positive number in {rows}, first row {line}.',
            where=Where(column=options.weights, row=line), do=("fill or leave out those rows",),
        )  # fmt: skip
    return in_usual_scale(weight)


def _no_feature(raw: RawTable, schema: Schema, options: TaskOptions) -> DataError:
    """Why each column is none to predict from, and the command that uses one all the same."""
    others = [f"{column.name} ({column.kind}: {column.reason})" for column in schema if column.kind != "target"]
    return DataError(
        f"{raw.name} has no column to predict from: {'; '.join(others[:5])}.",
        where=Where(file=raw.name), do=(*_kept_anyway(raw, schema, options), "add columns that may tell the target"),
    )  # fmt: skip


def _kept_anyway(raw: RawTable, schema: Schema, options: TaskOptions) -> tuple[str, ...]:
    """The command that keeps a column which was taken for a number of the row, or for a leak."""
    names = [
        c.name
        for c in schema
        if c.kind in ("identifier", "dropped") and c.name not in options.drop and not names_files(c)
    ]
    if not names:
        return ()
    command = raw.source.command("fit", "--target", str(options.target), "--keep", names[0])
    return command[:1] or (f"--keep {shlex.quote(names[0])}",)


def _with_target(schema: Schema, question: TargetReading, options: TaskOptions) -> Schema:
    columns = tuple(
        replace(column, reason=question.reason, levels=tuple(str(label) for label in question.classes),
                n_levels=len(question.classes), number=question.number)
        if column.name == options.target else column
        for column in schema
    )  # fmt: skip
    return Schema(columns=columns)


def _metric(options: TaskOptions, problem: Problem) -> tuple[str, str]:
    if isinstance(options.metric, str):
        return options.metric, "as asked"
    return problem.metric, f"the default for {problem}"


def _column_notices(schema: Schema) -> tuple[Notice, ...]:
    return tuple(
        Notice(code="ask/code-value" if note.endswith("?") else "data/cells", message=f"{column.name}: {note}",
               column=column.name)
        for column in schema for note in column.notes
    )  # fmt: skip


def _few_rows(target: Target) -> tuple[Notice, ...]:
    n_rows = len(target)
    if n_rows >= _FEW_ROWS:
        rarest = int(np.bincount(target.values, minlength=2).min()) if target.n_classes == 2 else n_rows
        if rarest >= _FEW_OF_CLASS:
            return ()
        message = f"only {rarest} rows are of the rarer class: scores and suspicions rest on these, and will be rough"
        return (Notice(code="data/few-rows", message=message),)
    return (Notice(code="data/few-rows", message=f"only {n_rows} rows: few rows to learn from, scores will be rough"),)


def _hash_of(task: Task, columns: str, content: str, unlabelled: UnlabelledRows | None) -> str:
    """Data and question: what makes two results comparable. Columns with all they are read by, so that another mark
    for missing, another format or another positive class is another question.

    Folds are those before a search samples its training rows; the loss follows from the metric.
    """
    promised = {"monotone": canonical(to_json(task.facts.monotone))} if task.facts.monotone else {}
    if task.candidates is not None:
        promised["candidates"] = canonical(to_json(task.candidates))
    if unlabelled is not None:
        promised["unlabelled"] = unlabelled.content
    return fingerprint.question_hash(task.data_hash, {
        **promised,
        "target": task.target, "problem": task.problem.name, "metric": task.metric, "split": task.split_kind,
        "folds": task.n_folds, "seed": task.seed, "columns": columns, "classes": canonical(to_json(task.classes)),
        "content": content,
    })  # fmt: skip


def _as_hashed(column: Column) -> JsonObject:
    """All a column is read by. Left out is what changes no reading of these rows: hashes of rare values, ranges,
    whether numbers were whole.
    """
    body = to_json(replace(column, reason="", notes=(), number=replace(column.number, whole=False)))
    assert isinstance(body, dict)
    del body["rare"], body["span"]
    for part in ("restricts", "zone"):
        if not body[part]:
            del body[part]
    return body
