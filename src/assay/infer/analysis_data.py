"""The rows and columns of a question: target, features, groups, weights, and notes on what was left out."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.argument import list_argument
from assay.core.array import AnyArray, Floats, Index
from assay.core.errors import DataError, TaskError, UsageError, Where, nearest_names
from assay.core.problem import Problem
from assay.core.schema import Column, Schema
from assay.core.target import Target
from assay.core.task import Notice
from assay.data import leak
from assay.data import vectorized as vector
from assay.data.infer_schema import check_names, infer_schema
from assay.data.named_files import names_files
from assay.data.number_format import NumberReader
from assay.data.options import TaskOptions
from assay.data.prepare import check_width, row_weights
from assay.data.raw import RawTable
from assay.data.row_groups import order_of
from assay.data.target_reading import TargetReading, read_target
from assay.infer.family import PROBLEMS
from assay.infer.inference_question import Question
from assay.infer.ordered_levels import FEWEST_STEPS, OrderedLevels, are_consecutive, as_ordered_levels

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AnalysisData:
    """frame: rows with a target that may be used, in order of time where there is one; y, groups, weight: (n,).

    columns: those that go into the model, the effect first. classes: labels as text, the base or the no first.
    positions: (n,) of the rows in the table as read. is_scale: whole numbers that a fit would read as classes. steps:
    of a target whose classes have an order, y then holding their numbers, or places.
    exposure: (n,) what counts were counted over, above 0.
    """

    frame: "pd.DataFrame"
    schema: Schema
    columns: tuple[Column, ...]
    y: AnyArray
    problem: Problem
    reason: str
    classes: tuple[str, ...]
    groups: Index | None
    weight: Floats | None
    positions: Index
    left_out: tuple[str, ...]
    notices: tuple[Notice, ...]
    is_scale: bool = False
    ordered: OrderedLevels | None = None
    exposure: Floats | None = None

    @property
    def rate(self) -> AnyArray:
        """(n,) the target for each unit of exposure."""
        return self.y if self.exposure is None else np.asarray(self.y / self.exposure)

    @property
    def levels(self) -> tuple[str, ...]:
        """Labels of the steps that there are, from low to high; () for other targets."""
        steps = self.ordered
        return () if steps is None else tuple(steps.label_of(value) for value in np.unique(self.y).tolist())

    def take(self, rows: Index) -> "AnalysisData":
        """Some of the rows; weights keep a mean of 1, groups are numbered anew."""
        weight = None if self.weight is None else self.weight[rows] / self.weight[rows].mean()
        groups = None if self.groups is None else np.unique(self.groups[rows], return_inverse=True)[1].astype(np.int64)
        return replace(
            self, frame=self.frame.iloc[rows].reset_index(drop=True), y=self.y[rows], groups=groups, weight=weight,
            positions=self.positions[rows], exposure=None if self.exposure is None else self.exposure[rows],
        )  # fmt: skip


def analysis_data_of(raw: RawTable, options: TaskOptions, asked: Question) -> AnalysisData:
    """The data of a question. Raises UsageError for names, TaskError for unusable columns."""
    if options.target is None:
        raise UsageError("No target is named. Say what the question is about.", where=Where(option="--target"),
                         do=raw.source.command("infer", "--target", str(raw.frame.columns[-1])))  # fmt: skip
    if asked.family == "ordered":
        options = replace(options, problem="multiclass")
    elif asked.family is not None:
        options = replace(options, problem=PROBLEMS[asked.family].name)
    elif asked.exposure is not None:
        options = replace(options, problem="regression")
    names = tuple(map(str, raw.frame.columns))
    check_names(names, options, source=raw.source)
    _check_named(names, options, asked)
    check_width(raw, options)
    counted, unweighted = _counted(raw.frame, options.weights)
    question, steps, is_scale = _asked_of(raw.frame.iloc[counted], raw, options, asked)
    positions = counted[question.rows]
    frame = raw.frame.iloc[positions].reset_index(drop=True)
    schema, notices = _schema(frame, question, options)
    columns, left = _columns(schema, asked, raw.name)
    y, classes = _based(question)
    whole = AnalysisData(
        frame=frame, schema=schema, columns=columns, y=y, problem=question.problem, reason=question.reason,
        classes=classes, groups=_groups(frame, options), positions=positions, left_out=(*left, *unweighted),
        weight=row_weights(frame, options, positions=positions), is_scale=is_scale, ordered=steps,
        notices=(*raw.notices, *question.notices, *notices), exposure=_exposure(frame, asked.exposure, positions),
    )  # fmt: skip
    rows = np.arange(len(frame)) if options.order_by is None else np.argsort(
        order_of(frame, options.order_by), kind="stable"
    )  # fmt: skip
    if asked.unused.rows is not None:
        rows = rows[np.isin(positions[rows], asked.unused.rows)]
    return whole.take(rows)


def _check_named(names: tuple[str, ...], options: TaskOptions, asked: Question) -> None:
    for option, column in asked.named:
        if column not in names:
            raise UsageError(f'There is no column "{column}".', where=Where(option=option, column=column),
                             nearest=nearest_names(column, names))  # fmt: skip
        if column == options.target:
            raise UsageError(f'"{column}" is the target; it cannot be named in {option}.', where=Where(option=option))


def _schema(frame: "pd.DataFrame", question: TargetReading, options: TaskOptions) -> tuple[Schema, tuple[Notice, ...]]:
    """The columns, without copies of the target."""
    schema = infer_schema(frame, options)
    target = Target(question.values, len(question.classes))
    found = leak.find_leaks(frame, schema, target, name=options.target or "", classes=question.classes)
    return leak.without(schema, found, options.keep)


def _columns(schema: Schema, asked: Question, source: str) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """(the columns of the model, why others are not in it)"""
    effects = tuple(dict.fromkeys(name for name in (asked.effect, asked.moderator) if name is not None))
    named = {name for option, name in asked.named if option != "--exposure"}
    for column in schema:
        if column.name in named and not column.is_feature:
            raise TaskError(
                f'{source}: "{column.name}" cannot be used: {column.kind}, {column.reason}.',
                where=Where(file=source, column=column.name),
                do=(*(() if names_files(column) else (f"--keep {list_argument(column.name)}",)),
                    f"--kind {list_argument(column.name, '=category')}"),
            )  # fmt: skip
    if effects and asked.adjust is not None:
        return tuple(schema[name] for name in dict.fromkeys((*effects, *asked.adjust, *asked.jointly))), ()
    left = tuple(
        f"{c.name} left out: {c.reason}" for c in schema if not c.is_feature and c.kind in ("identifier", "constant")
    )
    features = tuple(column for column in schema.features if column.name != asked.exposure)
    if effects:
        features = (*(schema[name] for name in effects), *(c for c in features if c.name not in effects))
    if not features:
        raise TaskError(f"{source} has no column to ask about.", where=Where(file=source), do=("--keep COLUMN",))
    return features, left


def _counted(frame: "pd.DataFrame", weights: str | None) -> tuple[Index, tuple[str, ...]]:
    """(positions of rows that count, what is said of those of weight 0): surveys write 0 where a row is of another
    population. What is below 0 or missing `row_weights` refuses."""
    if weights is None:
        return np.arange(len(frame)), ()
    reader = NumberReader(Column(name=weights, kind="weight", reason=""))
    nothing = vector.raw_numbers(vector.plain(frame[weights]), reader) == 0
    if not nothing.any():
        return np.arange(len(frame)), ()
    return np.flatnonzero(~nothing), (f"{nothing.sum():,} of {len(frame):,} rows left out: their {weights} is 0",)


def _asked_of(
    frame: "pd.DataFrame", raw: RawTable, options: TaskOptions, asked: Question
) -> tuple[TargetReading, OrderedLevels | None, bool]:
    """(the target understood, its steps where it has some, whether it is a long scale of whole numbers)"""
    series = frame[str(options.target)]
    question = read_target(series, options, source=raw.source, padded=raw.padded)
    if (found := as_ordered_levels(series, question, options, asked)) is not None:
        return *found, False
    is_scale = options.problem is None and question.problem.form == "probabilities" and (
        len(question.classes) >= FEWEST_STEPS and are_consecutive(question.classes)
    )  # fmt: skip
    if is_scale:
        asked_so = replace(options, problem="regression")
        question = read_target(series, asked_so, source=raw.source, padded=raw.padded)
        question = replace(question, reason=f"a scale: {question.reason}")
    return question, None, is_scale


def _based(question: TargetReading) -> tuple[AnyArray, tuple[str, ...]]:
    """(codes, labels) with the most frequent of several classes first: what the others are held against."""
    labels = tuple(str(label) for label in question.classes)
    if len(labels) <= 2:
        return question.values, labels
    base = int(np.bincount(question.values).argmax())
    order = [base, *(code for code in range(len(labels)) if code != base)]
    place = np.argsort(order)
    return place[question.values], tuple(labels[code] for code in order)


def _exposure(frame: "pd.DataFrame", name: str | None, positions: Index) -> Floats | None:
    """(n,) numbers above 0; DataError where one is not. positions: (n,) of the rows in the table as read."""
    if name is None:
        return None
    values = vector.raw_numbers(vector.plain(frame[name]), NumberReader(Column(name=name, kind="numeric", reason="")))
    bad = np.flatnonzero(~((values > 0) & np.isfinite(values)))
    if len(bad):
        line = int(positions[bad[0]]) + 1
        raise DataError(
            f'The exposure "{name}" is not a positive number in {len(bad):,} rows, first row {line}.',
            where=Where(column=name, row=line), do=("fill or leave out those rows",),
        )  # fmt: skip
    return values


def _groups(frame: "pd.DataFrame", options: TaskOptions) -> Index | None:
    """(n,) codes; a row without a group is a group of its own."""
    return None if options.group_column is None else vector.groups_of(frame[options.group_column])
