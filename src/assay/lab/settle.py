"""What becomes of an experiment whose jobs are done: a result, a verdict, a place in the blend."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from assay.core.array import AnyArray
from assay.core.errors import DataError
from assay.core.event import Scored
from assay.core.experiment import Experiment
from assay.core.figure import Difference
from assay.core.result import Failure, FoldScore, Result
from assay.core.seed import Seeds
from assay.ensemble.candidate import BlendLimits, Candidate
from assay.ensemble.greedy import blend
from assay.evidence.judge import judge
from assay.evidence.noise import Excess
from assay.lab.book import Book
from assay.lab.course import Course
from assay.lab.scorer import Scorer
from assay.lab.state import VerdictRecord
from assay.pipeline.fit import placed
from assay.pipeline.store import TaskFolder
from assay.research.portfolio import FLOOR

FLAT_AFTER = 8
"""Experiments without a visible gain of the blend after which a patient search ends (engine.md section 1)."""


@dataclass
class Settler:
    """Writes results and verdicts; keeps the out-of-fold predictions of complete experiments at hand."""

    folder: TaskFolder
    book: Book
    scorer: Scorer
    seeds: Seeds
    limits: BlendLimits
    told: Callable[[Scored], None]
    oof: dict[int, AnyArray] = field(default_factory=dict)
    flat: "deque[bool]" = field(default_factory=lambda: deque(maxlen=FLAT_AFTER))

    @classmethod
    def resume(
        cls, folder: TaskFolder, book: Book, scorer: Scorer, *, limits: BlendLimits, told: Callable[[Scored], None]
    ) -> "Settler":
        """A settler that knows what the ledger's experiments predicted."""
        settler = cls(folder, book, scorer, Seeds(folder.task.seed), limits, told)
        for entry in book.state.scored():
            result, number = entry.result, entry.experiment.number
            if result is not None and result.oof is not None and entry.experiment.by != "ensemble":
                settler.oof[number] = np.asarray(book.ledger.array(result.oof))
        return settler

    # -- folds --------------------------------------------------------------------------------------------------

    def scored(self, experiment: Experiment, outcome: FoldScore) -> FoldScore | Failure:
        """A fold's outcome with the user's metric, computed here from the stored predictions.

        A Failure where the metric refuses them, as some do below zero: that is the model's loss, not the search's end.
        """
        rows = self.folder.split.fold(outcome.fold, experiment.partition).test
        prediction = self.folder.predictions(outcome.predictions)
        try:
            return replace(outcome, score=self.scorer.score(prediction, rows))
        except DataError as error:
            return Failure(kind="invalid", step="score", message=error.message, fold=outcome.fold)

    def hopeless(self, course: Course) -> str:
        """Why a racing experiment can neither win nor help, or "" (engine.md section 3, Racing)."""
        best = self._best_single(other_than=course.experiment.number)
        if best is None:
            return ""
        prediction = self._partial(course)
        return self.scorer.hopeless(prediction, best=self.oof[best], blend=self.blended(), folds_done=len(course.folds))

    def _partial(self, course: Course) -> AnyArray:
        out: AnyArray | None = None
        for number, score in course.folds.items():
            rows = self.folder.split.fold(number, course.experiment.partition).test
            out = placed(out, self.folder.predictions(score.predictions), rows, n_rows=len(self.folder.target))
        assert out is not None  # a gate is reached with a fold done
        return out

    def _best_single(self, *, other_than: int) -> int | None:
        found = [e for e in self.book.state.scored() if e.experiment.number in self.oof]
        found = [e for e in found if e.experiment.number != other_than and e.experiment.entry not in FLOOR]
        sign = 1.0 if self.scorer.metric.higher_is_better else -1.0
        best = max(found, key=lambda e: sign * _score_of(e.result), default=None)
        return None if best is None else best.experiment.number

    def blended(self) -> AnyArray | None:
        """The current blend's out-of-fold predictions; None before there is one."""
        current = self.book.state.blend
        if current is None or not all(number in self.oof for number in current.numbers):
            return None
        return current.predict(self.oof)

    # -- experiments --------------------------------------------------------------------------------------------

    def end(self, course: Course) -> None:
        """Record the result and the verdict, and let the blend reconsider."""
        number = course.experiment.number
        result, prediction = self._result(course)
        self.book.write("result", result, experiment=number)
        verdict = self._verdict(course, prediction if result.complete else None)
        if result.complete and prediction is not None:
            self.oof[number] = prediction
        self.book.write("verdict", verdict, experiment=number, durable=verdict.kept)
        if number in self.oof and course.experiment.entry not in FLOOR:
            self._reblend()
        self._forget_models(course)
        self._tell(course, result, verdict)

    def _result(self, course: Course) -> tuple[Result, AnyArray | None]:
        folds = tuple(course.folds[f] for f in sorted(course.folds))
        complete = course.failure is None and not course.stopped and len(folds) == course.n_folds
        prediction = self._prediction(course) if complete else None
        score = None if prediction is None else self.scorer.figure_score(prediction)
        settled = course.settled
        result = Result(
            score=score if score is None or np.isfinite(score) else None,
            folds=folds,
            oof=None if prediction is None else self.book.ledger.put_array(prediction),
            complete=complete,
            wall_seconds=sum(f.wall_seconds for f in folds) + (settled.wall_seconds if settled else 0.0),
            cpu_seconds=sum(f.cpu_seconds for f in folds) + (settled.cpu_seconds if settled else 0.0),
            peak_bytes=max((f.peak_bytes for f in folds), default=0),
            model_bytes=round(sum(f.model_bytes for f in folds) / len(folds)) if folds else 0,
            row_ms=float(np.median([f.row_ms for f in folds])) if folds else 0.0,
            rounds=course.rounds_for_all(),
            failure=course.failure,
        )
        return result, prediction

    def _prediction(self, course: Course) -> AnyArray:
        if course.settled is None:
            return self._partial(course)
        return self.folder.predictions(course.settled.predictions)

    def _verdict(self, course: Course, prediction: AnyArray | None) -> VerdictRecord:
        if course.failure is not None:
            return VerdictRecord(kept=False, rule="failed", why=course.failure.message)
        if prediction is None:
            return VerdictRecord(kept=False, rule="stopped early", why=course.stopped)
        if course.experiment.entry in FLOOR:
            return VerdictRecord(kept=False, rule="floor", why="It is the floor that every model must beat.")
        champion = self.book.state.champion
        if champion is None or champion not in self.oof:
            verdict = judge(None)
            return VerdictRecord(kept=verdict.kept, rule=verdict.rule, why=verdict.why)
        against, excess = self.compare(champion, prediction)
        verdict = judge(against)
        return VerdictRecord(kept=verdict.kept, rule=verdict.rule, why=verdict.why, against=against, excess=excess)

    def compare(self, number: int, prediction: AnyArray) -> tuple[Difference, Excess | None]:
        """What a prediction gains over an experiment, and the fold variance it adds to what is known of noise."""
        noise = self.scorer.noise(self.book.state)
        against = self.scorer.gap(self.oof[number], prediction, noise=noise, over=number)
        return against, self.scorer.excess(self.oof[number], prediction)

    # -- the blend ----------------------------------------------------------------------------------------------

    def candidates(self) -> list[Candidate]:
        """Every complete experiment that may be a member, with what it would cost to ship."""
        out = []
        for entry in self.book.state.scored():
            result, experiment = entry.result, entry.experiment
            if result is None or experiment.number not in self.oof or experiment.entry in FLOOR:
                continue
            out.append(
                Candidate(
                    number=experiment.number, family=experiment.recipe.model.name, oof=self.oof[experiment.number],
                    score=_score_of(result), seconds=result.wall_seconds, row_ms=result.row_ms,
                    size_bytes=result.model_bytes,
                )
            )  # fmt: skip
        return out

    def _reblend(self) -> None:
        before = self.blended()
        candidates = self.candidates()
        if not candidates:
            return
        found = blend(
            candidates, self.folder.target, metric=self.scorer.metric, seeds=self.seeds.child("blend"),
            limits=self.limits, last=self.book.state.blend,
        )  # fmt: skip
        self.book.write("blend", found)
        after = self.blended()
        if before is not None and after is not None:
            self.flat.append(self.scorer.is_flat(before, after))

    @property
    def is_flat(self) -> bool:
        """Whether the last experiments moved the blend by less than can be seen."""
        return len(self.flat) == FLAT_AFTER and all(self.flat)

    def _forget_models(self, course: Course) -> None:
        """Delete fold models that neither the blend nor a family's best needs; replay can make them again."""
        for number, entry in self.book.state.entries.items():
            if entry.result is None or self._is_needed(number):
                continue
            for score in entry.result.folds:
                (self.folder.work / score.model).unlink(missing_ok=True)
                (self.folder.work / score.predictions).unlink(missing_ok=True)

    def _is_needed(self, number: int) -> bool:
        state = self.book.state
        if state.weight_of(number) > 0 or number in (state.champion, state.baseline):
            return True
        family = state.entries[number].experiment.recipe.model.name
        kin = [
            e for e in state.scored() if e.experiment.recipe.model.name == family and e.experiment.number in self.oof
        ]
        sign = 1.0 if self.scorer.metric.higher_is_better else -1.0
        best = max(kin, key=lambda e: sign * _score_of(e.result), default=None)
        return best is not None and best.experiment.number == number

    def _tell(self, course: Course, result: Result, verdict: VerdictRecord) -> None:
        number = course.experiment.number
        figure = self.scorer.quick_figure(self.oof[number]) if number in self.oof else None
        self.told(
            Scored(
                elapsed_seconds=self.book.seconds, number=number, what=course.experiment.what,
                status=self.book.state.entries[number].status, score=figure, against=verdict.against,
                detail=verdict.why if figure is None else "",
            )
        )  # fmt: skip


def _score_of(result: Result | None) -> float:
    return float("nan") if result is None or result.score is None else result.score
