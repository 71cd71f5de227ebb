"""Scores of a model on new labelled rows: figures, slices, classes, and whether the promised score holds."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.contract import AnyMetric, ChecksTarget, Metric
from assay.core.errors import DataError, UsageError, Where
from assay.core.figure import Z95, Figure
from assay.core.seed import Seeds
from assay.evidence.evaluation_rows import Rows
from assay.evidence.interval import figure
from assay.evidence.part_covariance import part_covariance
from assay.metrics.choose_metric import find
from assay.predictor.class_scores import ClassScore, class_scores, confusion
from assay.predictor.next_rows import moments_of, next_rows
from assay.predictor.passport import Passport
from assay.predictor.slices import Part, Slice, compared, parts_of
from assay.predictor.truth import Truth, truth_of

if TYPE_CHECKING:
    import pandas as pd

LEAST = 0.01
"""Least share of a difference's variance that remains, however correlated its sides are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseCheck:
    """A score on new rows beside the promised one. inside: whether it lies in the promised interval. gain: its distance
    above the promise (positive is better), low, high: the 95 % interval of that, as both are of samples of rows; None
    where one of the two has no interval. differs: whether that excludes 0."""

    inside: bool | None
    gain: float
    low: float | None
    high: float | None

    @property
    def differs(self) -> bool:
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    @property
    def holds(self) -> bool | None:
        """Whether the score is no worse than promised beyond chance. None where that cannot be tested."""
        if self.inside is None and self.low is None:
            return None
        return bool(self.inside) or not (self.differs and self.gain < 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreReport:
    """score/1. figures: the model's own metric first, then others as asked; rows: those with a true value, of `given`.

    classes, confusion: by the labels the model gives, confusion[true][predicted] in rows; () for numbers. ahead: the
    figure of the first rows in order of time, of which the promise is and `kept` speaks; None where it is of them all.
    """

    name: str
    target: str
    given: int
    rows: int
    figures: tuple[Figure, ...]
    higher_is_better: tuple[bool, ...]
    promised: Figure | None
    kept: PromiseCheck | None
    labels: tuple[str, ...] = ()
    classes: tuple[ClassScore, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    slices: tuple[Slice, ...] = ()
    notes: tuple[str, ...] = ()
    ahead: Figure | None = None
    known: tuple[str, ...] = ()
    """What to know of rows that its lab knows; of a promise that holds on these nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TruthAndPrediction:
    """Labelled rows with their predictions; stored: (n,) or (n, k) as `Predictor.stored` gives."""

    passport: Passport
    truth: Truth
    stored: Floats

    def rows(self) -> Rows:
        """In the form of the statistics."""
        return Rows(
            y=self.truth.values, problem=self.passport.problem, weight=self.truth.weight, groups=self.truth.groups,
            origin="test", seeds=Seeds(0).child("score"),
        )  # fmt: skip

    def prediction(self, metric: Metric) -> AnyArray:
        """In stored form; for a metric of labels, the model's labels (its threshold may not be one half)."""
        if metric.needs != "label" or not self.passport.classes:
            return self.stored
        codes = self.codes()
        return codes.astype(np.float64) if self.stored.ndim == 1 else np.eye(len(self.passport.classes))[codes]

    def codes(self) -> Index:
        """(n,) predicted class codes."""
        return self.passport.labelling.codes(self.stored)

    def figure(self, metric: Metric) -> Figure:
        """The test figure of all rows."""
        if isinstance(metric, ChecksTarget):
            metric.refuse(self.truth.values)
        found = figure(metric, self.rows(), self.prediction(metric))
        return replace(found, certified=False)

    def at(self, metric: Metric, mask: AnyArray) -> Figure:
        """The test figure of some rows; DataError where the metric is undefined there."""
        found = figure(metric, self.rows().take(mask), self.prediction(metric)[mask])
        return replace(found, certified=False)


def score_rows(
    passport: Passport,
    answer: "Callable[[pd.DataFrame], Floats]",
    frame: "pd.DataFrame",
    *,
    name: str,
    metrics: Sequence[AnyMetric] = (),
    by: Sequence[str] = (),
) -> ScoreReport:
    """Score the predictions of `answer` (`Predictor.stored`) for the rows of a labelled frame.

    metrics: additional ones; by: columns of the frame whose values make slices. Raises DataError as `truth_of`, and
    where the model's own metric is undefined on these rows (one class only).
    """
    truth = truth_of(passport, frame, name)
    kept_rows = frame.iloc[truth.rows]
    scored = TruthAndPrediction(passport=passport, truth=truth, stored=answer(kept_rows.reset_index(drop=True)))
    asked = _metrics(passport, metrics)
    figures = tuple(scored.figure(metric) for metric in asked)
    promised = passport.expected if passport.expected and passport.expected.metric == asked[0].name else None
    ahead, untimed = _ahead(scored, asked[0], kept_rows, promised)
    parts = [part for column in by for part in parts_of(kept_rows, column, name)]
    return ScoreReport(
        name=name, target=passport.target, given=len(frame), rows=len(truth.rows), figures=figures,
        higher_is_better=tuple(metric.higher_is_better for metric in asked), promised=promised,
        kept=None if promised is None else promise_kept(promised, ahead or figures[0], asked[0]), ahead=ahead,
        labels=tuple(str(label) for label in passport.classes),
        classes=class_scores(scored.codes(), passport.classes, scored.rows()) if passport.classes else (),
        confusion=confusion(truth.values, scored.codes(), len(passport.classes)) if passport.classes else (),
        slices=compared([_slice(scored, asked[0], part) for part in parts]), notes=(*truth.notes, *untimed),
    )  # fmt: skip


def _ahead(
    scored: TruthAndPrediction, metric: Metric, frame: "pd.DataFrame", promised: Figure | None
) -> tuple[Figure | None, tuple[str, ...]]:
    """(the figure of the rows that a promise of the next stretch of time is of; None where it is of all, these have no
    score of their own or cannot be told, which notes then say)."""
    ahead = None if promised is None else promised.ahead
    if ahead is None or len(frame) <= ahead:
        return None, ()
    moments = moments_of(scored.passport, frame)
    if moments is None:
        said = f"when each row was is not known: what was promised of the next {ahead:,} rows is held against all"
        return None, (said,)
    first = next_rows(moments, ahead)
    try:
        return (None if first is None else scored.at(metric, first)), ()
    except DataError:  # one class only: then the promise is held against all rows
        return None, ()


def _metrics(passport: Passport, more: Sequence[AnyMetric]) -> list[Metric]:
    """The model's own metric, or its substitute, then the others."""
    wanted = [find(one, passport.problem) for one in more]
    try:
        own = find(passport.metric, passport.problem)
    except UsageError as error:
        if not wanted:
            raise UsageError(
                f"The model was judged by {passport.metric_title}, a function that it does not carry.",
                where=Where(option="--metric"), do=("--metric NAME of a known one",),
            ) from error  # fmt: skip
        return wanted
    return [own, *(one for one in wanted if one.name != own.name)]


def _slice(scored: TruthAndPrediction, metric: Metric, part: Part) -> Slice:
    """A part with its figure, and its difference to the figure of all other rows."""
    n = int(part.mask.sum())
    try:
        own = scored.at(metric, part.mask)
    except DataError as error:
        return Slice(column=part.column, label=part.label, rows=n, figure=None, why=error.message)
    try:
        rest = scored.at(metric, ~part.mask) if n < len(part.mask) else None
    except DataError:  # nothing to hold it against; its own figure stands
        rest = None
    sign = 1.0 if metric.higher_is_better else -1.0
    gain = None if rest is None else sign * (own.value - rest.value)
    sigma = None if rest is None else _joint_sigma(own, rest)
    if sigma is not None:  # groups with rows in both move both
        shared = part_covariance(metric, scored.rows(), scored.prediction(metric), part.mask)
        sigma = math.sqrt(max(sigma**2 - 2.0 * shared, LEAST * sigma**2))
    return Slice(column=part.column, label=part.label, rows=n, figure=own, gain=gain, sigma=sigma)


def _joint_sigma(a: Figure, b: Figure) -> float | None:
    """Standard deviation of the difference of two figures of different rows, from their intervals."""
    first, second = _sigma(a), _sigma(b)
    return None if first is None or second is None else math.hypot(first, second)


def _sigma(one: Figure) -> float | None:
    return None if one.low is None or one.high is None else (one.high - one.low) / (2 * Z95)


def _sigma_beside(promised: Figure, found: Figure) -> float | None:
    """Standard deviation of a test score minus a promise. A promise for the next stretch of time includes the noise of
    as many rows: fewer test rows add the excess of theirs, more reduce it."""
    first, second = _sigma(promised), _sigma(found)
    if promised.ahead is None or first is None or second is None:
        return _joint_sigma(promised, found)
    return math.sqrt(max(first**2 + second**2 * (1.0 - found.rows / promised.ahead), second**2))


def promise_kept(promised: Figure, found: Figure, metric: Metric) -> PromiseCheck:
    """A test figure compared with a promise."""
    sign = 1.0 if metric.higher_is_better else -1.0
    gain, sigma = sign * (found.value - promised.value), _sigma_beside(promised, found)
    inside = None
    if promised.low is not None and promised.high is not None:
        inside = promised.low <= found.value <= promised.high
    if sigma is None:
        return PromiseCheck(inside=inside, gain=gain, low=None, high=None)
    return PromiseCheck(inside=inside, gain=gain, low=gain - Z95 * sigma, high=gain + Z95 * sigma)
