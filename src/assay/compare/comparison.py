"""Files of predictions and the truth: which of two is better, and how sure is that. Needs no lab."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.compare.prediction_files import Needed, matched_rows, other_spellings, stored_answers
from assay.core.array import AnyArray, Floats
from assay.core.contract import AnyMetric, ChecksTarget, Metric
from assay.core.errors import DataError, UsageError, Where, nearest_names
from assay.core.figure import Difference, Figure
from assay.core.seed import Seeds
from assay.data.options import TaskOptions
from assay.data.read import RawTable, read_table
from assay.data.refusal import Refusal
from assay.data.target_reading import TargetReading, read_target
from assay.data.vectorized import groups_of
from assay.evidence.evaluation_rows import Rows
from assay.evidence.interval import figure
from assay.evidence.paired import compare
from assay.metrics.choose_metric import choose, find


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How two files are compared. id_column names the rows in all three files (None: by order); column: where the
    predictions lie in both ("": found); group: column of the truth whose rows are one unit; weights: of the truth.
    """

    target: str | None = None
    metric: AnyMetric | None = None
    id_column: str | None = None
    column: str = ""
    group: str | None = None
    weights: str | None = None
    positive: str | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """compare/1. difference: what b gains over a, positive is better, its p one-sided, of "b is no better than a".

    p_of_a: the other side, of "a is no better than b"; the two sum to more than 1 where p has steps.
    """

    a: str
    b: str
    truth: str
    target: str
    metric: str
    metric_title: str
    higher_is_better: bool
    rows: int
    a_score: Figure
    b_score: Figure
    difference: Difference
    p_of_a: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def two_sided_p(self) -> float | None:
        """p of "both are equally good"."""
        return two_sided(self.difference.p, self.p_of_a)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What files are held against: truth, metric, rows with a true value. notes: on the truth and on single files.

    predictions: in stored form, of these rows, one for each of `names`.
    """

    truth: str
    target: str
    metric: Metric
    rows: Rows
    names: tuple[str, ...]
    predictions: tuple[AnyArray, ...]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def score(self, at: int) -> Figure:
        """Of one file, with its own interval."""
        return replace(figure(self.metric, self.rows, self.predictions[at]), certified=False)

    def gain(self, a: int, b: int) -> tuple[Difference, float | None]:
        """(what b gains over a, p of "a is no better than b")"""
        one, other = self.predictions[a], self.predictions[b]
        return compare(self.metric, self.rows, one, other), compare(self.metric, self.rows, other, one).p


def compare_files(a: object, b: object, truth: object, terms: Terms) -> Comparison:
    """Read three tables and compare b with a.

    a, b, truth: whatever data.read understands. Rows without a true value are left out and said. Raises AssayError in
    one clear sentence for predictions of other rows, missing or infinite ones, labels where probabilities are needed,
    one class only, weights or groups that are missing. Cost: 100,000 rows in about a second, most of it reading.
    """
    held = read_contest((a, b), truth, terms)
    found, p_of_a = held.gain(0, 1)
    return Comparison(
        a=held.names[0], b=held.names[1], truth=held.truth, target=held.target, metric=held.metric.name,
        metric_title=held.metric.title, higher_is_better=held.metric.higher_is_better, rows=len(held.rows),
        a_score=held.score(0), b_score=held.score(1), difference=found, p_of_a=p_of_a,
        notes=(*held.before, *found.notes, *held.after),
    )  # fmt: skip


def two_sided(p: float | None, other: float | None) -> float | None:
    """p of "both are equally good", from those of both sides."""
    return None if p is None or other is None else min(1.0, 2.0 * min(p, other))


def excludes_zero(gain: Difference) -> bool:
    """Whether the interval does, where there is one."""
    return gain.low is None or gain.high is None or gain.low > 0 or gain.high < 0


def read_contest(files: Sequence[object], truth: object, terms: Terms) -> Contest:
    """Read tables of predictions and the truth; raises as `compare_files` does."""
    spelled = Refusal(spelled=() if terms.id_column is None else (terms.id_column,))
    *tables, known = (
        source if isinstance(source, RawTable) else read_table(source, raw=spelled) for source in (*files, truth)
    )
    target = _target(known, terms)
    options = TaskOptions(target=target, positive=terms.positive)
    question = read_target(known.frame[target], options, source=known.source, padded=known.padded)
    metric = choose(question.problem) if terms.metric is None else find(terms.metric, question.problem)
    asked = Needed(
        target=target, problem=question.problem, classes=question.classes, metric=metric, column=terms.column,
        id_column=terms.id_column,
    )  # fmt: skip
    rows = _rows(known, question, terms)
    if isinstance(metric, ChecksTarget):
        metric.refuse(rows.y)
    predictions = tuple(_answers(table, known, asked)[question.rows] for table in tables)
    after = (*_flat(tables, predictions), *(text for table in tables if (text := other_spellings(table, asked))))
    return Contest(
        truth=known.name, target=target, metric=metric, rows=rows, names=tuple(table.name for table in tables),
        predictions=predictions, before=tuple(notice.message for notice in question.notices), after=after,
    )  # fmt: skip


def _target(truth: RawTable, terms: Terms) -> str:
    names = [str(name) for name in truth.frame.columns]
    if terms.target is not None:
        _check_column(truth, terms.target, "--target")
        return terms.target
    left = [name for name in names if name not in (terms.id_column, terms.group, terms.weights, "row")]
    if len(left) != 1:
        raise UsageError(
            f"{truth.name}: which column is the truth? It has {', '.join(names[:8])}.",
            where=Where(file=truth.name, option="--target"), do=(f"--target {left[-1] if left else 'COLUMN'}",),
        )  # fmt: skip
    return left[0]


def _check_column(table: RawTable, name: str, option: str) -> None:
    names = [str(column) for column in table.frame.columns]
    if name not in names:
        raise DataError(
            f'{table.name} has no column "{name}". Columns: {", ".join(names[:8])}.',
            where=Where(file=table.name, column=name, option=option), nearest=nearest_names(name, names),
        )  # fmt: skip


def _rows(truth: RawTable, question: TargetReading, terms: Terms) -> Rows:
    groups = None
    if terms.group is not None:
        _check_column(truth, terms.group, "--group")
        groups = groups_of(truth.frame[terms.group])[question.rows]
    return Rows(
        y=question.values, problem=question.problem, groups=groups, weight=_weights(truth, question, terms.weights),
        origin="test", seeds=Seeds(terms.seed).child("compare"),
    )  # fmt: skip


def _weights(truth: RawTable, question: TargetReading, name: str | None) -> Floats | None:
    import pandas as pd

    if name is None:
        return None
    _check_column(truth, name, "--weights")
    values = np.asarray(pd.to_numeric(truth.frame[name], errors="coerce"), dtype=np.float64)
    bad = np.flatnonzero(~((values > 0) & np.isfinite(values)) & question.rows)
    if bad.size:
        raise DataError(
            f'{truth.name}, column "{name}", row {bad[0] + 1}: a weight must be a number above 0.',
            where=Where(file=truth.name, column=name, row=int(bad[0]) + 1),
        )
    return np.asarray(values[question.rows])


def _answers(table: RawTable, truth: RawTable, asked: Needed) -> AnyArray:
    order = matched_rows(table, truth, asked.id_column)
    return np.asarray(stored_answers(table, asked)[order])


def _flat(tables: Sequence[RawTable], predictions: Sequence[AnyArray]) -> tuple[str, ...]:
    """A note for each file that says the same of every row."""
    return tuple(
        f"{table.name} gives every row the same prediction"
        for table, prediction in zip(tables, predictions, strict=True)
        if (prediction == prediction[:1]).all()
    )
