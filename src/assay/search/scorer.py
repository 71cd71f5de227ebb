"""The lab's statistics on this task's rows: scores, comparisons, noise and the figure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.clock import Deadline
from assay.core.contract import Metric
from assay.core.errors import DataError
from assay.core.figure import Z95, Difference, Figure, decimals_for
from assay.core.prediction import scored_rows
from assay.core.seed import Seeds
from assay.core.time_stretches import Blocks, UnknownNextPeriod
from assay.evidence.bbc import ModelChoice, correct
from assay.evidence.evaluation_rows import Rows
from assay.evidence.further_ahead import FurtherScores, by_distance, gets_worse
from assay.evidence.influence_scores import ScoreInfluence, batch_size, score_influences
from assay.evidence.interval import figure, level, levels, quick_figure
from assay.evidence.next_period import (
    next_period,
    next_period_difference,
    next_period_figure,
    next_period_gain,
    spans_everything,
    time_blocks,
)
from assay.evidence.noise import Excess, Noise
from assay.evidence.paired import compare, compare_with_excess, fold_excess, quick_compare
from assay.evidence.permutation_importance import permutation_importance
from assay.evidence.racing import blend_share, is_hopeless, row_loss, unit_sums
from assay.journal.state import LabState
from assay.metrics.choose_metric import evaluate, find
from assay.pipeline.store import TaskFolder

FLAT_SHARE = 0.25
"""A blend that moved by less than this share of its noise counts as unmoved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What may be promised, what the search showed, and how much of that was the luck of choosing."""

    expect: Figure | None
    """None where the rows cannot tell what to expect."""
    search: Figure
    optimism: float | None
    """None where nothing could be corrected."""
    gain: Difference | None = None
    """Over the baseline, corrected by as much; None where nothing could be, or without a baseline."""
    draws: int = 0
    """Number of resamples of the correction."""
    blocks: Blocks | None = None
    """Of rows in order of time: how what ships scored in each stretch; None where that is not informative."""
    unknown_next_period: UnknownNextPeriod | None = None
    """Why it is not; None for rows in no order of time."""
    uncut: float | None = None
    """The optimism estimated by resampling, where less was subtracted (`bbc.Corrected`)."""


@dataclass(frozen=True)
class Scorer:
    """Bound to one task's rows and metric. Predictions are in stored form, NaN where never scored."""

    folder: TaskFolder
    metric: Metric
    rows: Rows

    @classmethod
    def of(cls, folder: TaskFolder, metric: Metric) -> "Scorer":
        target = folder.target
        rows = Rows(
            y=target.values, problem=folder.task.problem, folds=folder.split.numbers[:, 0], weight=target.weight,
            groups=folder.units,
            unit="groups" if folder.blocks is None else "blocks of time", in_time=folder.blocks is not None,
            seeds=Seeds(folder.task.seed).child("evidence"),
        )  # fmt: skip
        return cls(folder, metric, rows)

    def on(self, partition: int) -> "Scorer":
        """The same rows in the folds of another partition, for metrics that rank within an experiment's own folds."""
        if partition == 0:
            return self
        return replace(self, rows=replace(self.rows, folds=self.folder.split.numbers[:, partition]))

    @cached_property
    def scored(self) -> Bools:
        """(n,) rows that get an out-of-fold prediction."""
        return self.folder.split.scored()

    @property
    def n_scored(self) -> int:
        return int(self.scored.sum())

    # -- scores -------------------------------------------------------------------------------------------------

    def score(self, prediction: AnyArray, rows: Index) -> float:
        """The metric on some rows; prediction covers these rows only."""
        weight = None if self.rows.weight is None else self.rows.weight[rows]
        return evaluate(self.metric, self.rows.y[rows], prediction, self.rows.problem, weight=weight)

    def figure(self, prediction: AnyArray) -> Figure:
        """The out-of-fold score with its interval."""
        return figure(self.metric, self.rows, prediction)

    def quick_figure(self, prediction: AnyArray) -> Figure:
        """The out-of-fold score with a t interval: cheap at any size, for boards and displays."""
        return quick_figure(self.metric, self.rows, prediction)

    def figure_score(self, prediction: AnyArray) -> float:
        """The out-of-fold score alone."""
        return level(self.metric, self.rows, prediction)

    def fold_scores(self, prediction: AnyArray) -> tuple[float, dict[int, float]]:
        """The out-of-fold score, and that of each fold."""
        return levels(self.metric, self.rows, prediction)

    def known_figure(self, state: LabState, number: int) -> Figure | None:
        """A recorded score with decimals by the lab's noise; cheap, for displays that are redrawn."""
        result = state.entries[number].result
        if result is None or result.score is None:
            return None
        sigma = self.noise(state).sigma
        return Figure(
            value=result.score, metric=self.metric.name, title=self.metric.title, origin="oof", rows=self.n_scored,
            digits=None if sigma is None else decimals_for(sigma),
        )  # fmt: skip

    def leader(self, state: LabState) -> int | None:
        """The experiment with the best score, ties go to the earlier; never a repeat, which luck of folds favours."""
        found = [e for e in state.standing() if e.result is not None and e.result.score is not None]
        found = [e for e in found if e.experiment.repeat_of is None]
        sign = 1.0 if self.metric.higher_is_better else -1.0
        best = max(found, key=lambda e: sign * (e.result.score or 0.0) if e.result else 0.0, default=None)
        return None if best is None else best.experiment.number

    # -- comparisons --------------------------------------------------------------------------------------------

    def noise(self, state: LabState) -> Noise:
        """The lab's noise: pooled fold excess, the typical sigma of a comparison, the A/A floor."""
        return state.heard.noise(self._planned)

    @cached_property
    def _planned(self) -> Noise:
        return Noise.planned(
            self.metric.name, self.rows.problem, self.rows.y[self.scored], is_grouped=self.rows.groups is not None
        )

    def gap(self, a: AnyArray, b: AnyArray, *, noise: Noise, over: int | None = None) -> Difference:
        """What b gains over a, for decisions: value and sigma, no resampling."""
        return quick_compare(self.metric, self.rows, a, b, noise=noise, over=over)

    def weigh(
        self, a: AnyArray, b: AnyArray, *, noise: Noise, over: int | None = None
    ) -> tuple[Difference, Excess | None]:
        """`quick_compare` and `excess` in one go."""
        return compare_with_excess(self.metric, self.rows, a, b, noise=noise, over=over)

    def compare(self, a: AnyArray, b: AnyArray, *, noise: Noise, over: int | None = None) -> Difference:
        """What b gains over a on the same rows."""
        return compare(self.metric, self.rows, a, b, noise=noise, over=over)

    def standings(self, predictions: Iterable[AnyArray]) -> Iterator[ScoreInfluence]:
        """What gaps and figures of a list follow from; each prediction is read once, some at a time."""
        waiting = iter(predictions)
        while batch := tuple(islice(waiting, batch_size(self.rows))):
            yield from score_influences(self.metric, self.rows, batch)

    def excess(self, a: AnyArray, b: AnyArray) -> Excess | None:
        """Fold variance of a difference beyond what rows explain."""
        return fold_excess(self.metric, self.rows, a, b)

    def is_no_better(self, prediction: AnyArray, *, than: AnyArray) -> bool:
        """Whether a prediction scores no better out of fold, by the metric and, where that counts labels alone, by log
        loss too: with a rare class every label may be the common one while the probabilities are informative.

        False where the metric is undefined for one of the two, as a correlation is for a constant.
        """
        is_of_labels = self.rows.is_class and self.metric.needs == "label"
        asked = [self.metric, find("log_loss", self.rows.problem)] if is_of_labels else [self.metric]
        gains = [
            (1.0 if metric.higher_is_better else -1.0)
            * (level(metric, self.rows, prediction) - level(metric, self.rows, than))
            for metric in asked
        ]
        return all(gain <= 0.0 for gain in gains)

    def is_flat(self, before: AnyArray, after: AnyArray) -> bool:
        """Whether a blend moved by less than a quarter of the noise of its move."""
        if np.array_equal(before, after, equal_nan=True):
            return True
        moved = quick_compare(self.metric, self.rows, before, after)
        whole = self.quick_figure(after)
        spread = (
            (whole.high - whole.low) / (2 * Z95) if whole.high is not None and whole.low is not None else moved.sigma
        )
        return abs(moved.value) < FLAT_SHARE * spread

    def hopeless(self, candidate: AnyArray, *, best: AnyArray, blend: AnyArray | None, folds_done: int) -> str:
        """Why an experiment with some folds done can neither win nor help the blend; "" if it may."""
        done = scored_rows(candidate) & scored_rows(best)
        mass, task = self.rows.mass()[done], self.folder.task

        def loss_of(stored: AnyArray) -> Floats:
            y, problem = self.rows.y[done], self.rows.problem
            return np.asarray(mass * row_loss(problem, y, stored, loss=task.loss, quantile=task.quantile))

        losses = [loss_of(prediction[done]) for prediction in (candidate, best)]
        if self.rows.groups is not None:
            losses = [unit_sums(loss, self.rows.groups[done]) for loss in losses]
        share = 0.0 if blend is None else blend_share(blend[done], candidate[done], loss_of)
        n_test = int(done.sum()) // folds_done
        stop = is_hopeless(
            losses[0], losses[1], share=share, folds_done=folds_done, n_test=n_test, n_train=len(self.rows) - n_test
        )
        return f"after {folds_done} fold{'s' if folds_done > 1 else ''} it could neither win nor help" if stop else ""

    # -- what may be promised -----------------------------------------------------------------------------------

    def promise(self, choice: ModelChoice, deadline: Deadline) -> Promise:
        """The figure corrected for the choice, the search's own, and the optimism between them (oriented); of the
        labels as answered, where the choice has these.

        Where the rows allow no correction, the score of what ships is returned.
        """
        found, search = correct(self.metric, self.rows, choice, deadline=deadline), self.figure(_promised(choice))
        expect = found.figure
        if found.optimism is None:
            expect = replace(search, method=expect.method)
        elif expect.low == expect.high:  # no resample holds an error; the rows alone bound how rare errors are
            expect = replace(expect, low=search.low, high=search.high)
        promise = Promise(expect=expect, search=search, optimism=found.optimism, gain=found.gain, draws=found.draws,
                          uncut=found.uncut)  # fmt: skip
        return self._ahead(promise, choice) if self.folder.split.kind == "time" else promise

    def _ahead(self, promise: Promise, choice: ModelChoice) -> Promise:
        """The same for the next stretch of time, assumed to differ from earlier ones as they do from each other."""
        if promise.expect is None:
            return promise
        shift, shown = (promise.search.value, promise.expect.value), _promised(choice)
        found = next_period(self.metric, self._in_stretches, shown, shift=shift)
        if isinstance(found, UnknownNextPeriod):
            return replace(promise, unknown_next_period=found)
        expect: Figure | None = next_period_figure(promise.expect, found)
        unknown = None
        if spans_everything(self.metric, self._in_stretches, shown, found):
            expect, unknown = None, found.as_unknown()
        promise = replace(promise, expect=expect, unknown_next_period=unknown, blocks=found.blocks)
        if promise.gain is None or choice.baseline is None:
            return promise
        gain = next_period_gain(
            self.metric, self._in_stretches, choice.baseline, _promised(choice), shift=-(promise.optimism or 0.0)
        )
        return promise if gain is None else replace(promise, gain=next_period_difference(promise.gain, gain))

    def further(self, predictions: AnyArray, rows: Index) -> FurtherScores:
        """What the fit before each block scores in it and in all later ones; () where one is undefined.

        predictions: (blocks, n[, k]) of these rows, NaN before the block.
        """
        assert self.rows.folds is not None  # rows in order of time have blocks
        block = self.rows.folds[rows]
        numbers = np.unique(block)
        try:
            found = tuple(
                tuple(self.score(one[block == later], rows[block == later]) for later in numbers[place:])
                for place, one in enumerate(predictions)
            )
        except DataError:  # of one class only
            return ()
        return found if np.isfinite(np.concatenate(found)).all() else ()

    def beyond_next(self, promise: Promise, further: FurtherScores) -> Promise:
        """The same, or none where models answer worse and worse the further ahead rows are."""
        expect, blocks = promise.expect, promise.blocks
        if expect is None or blocks is None or not gets_worse(self.metric, expect, further):
            return promise
        scored = len(blocks.scores)
        unknown = UnknownNextPeriod(
            scored=scored, blocks=scored + len(blocks.unscored), low=expect.low, high=expect.high,
            further=by_distance(further),
        )  # fmt: skip
        return replace(promise, expect=None, unknown_next_period=unknown)

    @cached_property
    def _in_stretches(self) -> Rows:
        """The rows in blocks of time, three or more wherever they can be had."""
        moment = self.folder.table.moment
        if moment is None or self.rows.folds is None:
            return self.rows
        return replace(self.rows, folds=time_blocks(self.rows.folds, moment, self.rows.groups))

    def gain(self, promise: Promise, chosen: AnyArray, baseline: AnyArray, *, noise: Noise, over: int) -> Difference:
        """What the promised figure gains over the baseline, as much corrected; uncorrected, the paired difference."""
        if promise.gain is not None:
            return replace(promise.gain, over=over)
        return replace(self.compare(baseline, chosen, noise=noise, over=over), p=None, e=None)

    def column_loss(self, base: AnyArray, shuffled: AnyArray, rows: Index) -> tuple[float, float, float]:
        """Loss of the metric when a column is shuffled: value, low, high."""
        return permutation_importance(self.metric, self.rows.take(rows), base, [shuffled])


def _promised(choice: ModelChoice) -> AnyArray:
    """The predictions that a promise is made of: labels as they are answered, where these exist."""
    promised = choice.shipped if choice.answered is None else choice.answered
    assert promised is not None  # a figure is promised of a model
    return promised
