"""Records results and verdicts of experiments whose jobs are done, and keeps the blend up to date."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from assay.core.array import AnyArray
from assay.core.errors import DataError
from assay.core.event import Scored
from assay.core.experiment import Experiment
from assay.core.figure import Difference
from assay.core.fold_scores import FoldScore
from assay.core.result import Failure, Result
from assay.core.seed import Seeds
from assay.ensemble.candidate import BlendLimits, Candidate
from assay.ensemble.greedy import blend
from assay.evidence.noise import Excess
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.journal import Journal
from assay.journal.records import GuardRecord, VerdictRecord
from assay.pipeline.store import TaskFolder
from assay.research.portfolio import FLOOR
from assay.search.blend_verdict import blend_verdict, compared_with
from assay.search.column_guard import UNGUARDED, Guarding, SillySets, record_of
from assay.search.confirmation import pair_of, waiting
from assay.search.disk_room import DiskRoom
from assay.search.experiment_run import ExperimentRun
from assay.search.fold_models import FoldModels
from assay.search.fold_results import FoldResults
from assay.search.scorer import Scorer
from assay.search.stop_rule import PlateauDetector
from assay.search.stored_predictions import StoredPredictions
from assay.search.verdicts import VerdictMaker


@dataclass
class ResultRecorder:
    """Writes results and verdicts; knows the out-of-fold predictions of complete experiments.

    own: predictions of each complete experiment. oof: of each recipe, by the number of its first experiment: the mean
    over its fold partitions. Experiments are judged on `own`, one run against one run. The blend is chosen on `oof`, as
    a mean is nearer to the bag that ships, and a recipe that was fitted twice must not count as two candidates.
    """

    folder: TaskFolder
    journal: Journal
    scorer: Scorer
    seeds: Seeds
    limits: BlendLimits
    on_scored: Callable[[Scored], None]
    own: StoredPredictions = field(default_factory=StoredPredictions)
    oof: StoredPredictions = field(default_factory=StoredPredictions)
    plateau: PlateauDetector = field(default_factory=PlateauDetector)
    _flat: tuple[AnyArray, AnyArray, bool] | None = None
    """Two blends that were compared, and whether they are alike: needed at every turn of the loop."""
    _best: tuple[tuple[int, int], int | None] = ((-1, 0), None)
    """How many stood, after how many turns of steering, when the best of them was looked up; and which it is."""
    _known: dict[int, tuple[int, Candidate]] = field(default_factory=dict)
    """Recipes as candidates, with the number of repeats that each is a mean of."""
    _silly: SillySets = field(default_factory=SillySets)
    models: FoldModels = field(init=False)
    room: DiskRoom = field(init=False)

    def __post_init__(self) -> None:
        self.room = DiskRoom(self.folder)
        self.models = FoldModels(self.folder, self.journal, self.scorer.metric.higher_is_better, self.room)

    @classmethod
    def resume(
        cls,
        folder: TaskFolder,
        journal: Journal,
        scorer: Scorer,
        *,
        limits: BlendLimits,
        on_scored: Callable[[Scored], None],
    ) -> "ResultRecorder":
        """A recorder with the stored predictions of the ledger's experiments."""
        recorder = cls(folder, journal, scorer, Seeds(folder.task.seed), limits, on_scored)
        for entry in journal.state.scored():
            if entry.result is not None and entry.result.oof is not None and not entry.experiment.is_blend:
                recorder.keep(entry.experiment, entry.result.oof)
        for entry in journal.state.entries.values():
            recorder.models.look_for(entry)
        return recorder

    def keep(self, experiment: Experiment, key: str, now: AnyArray | None = None) -> None:
        """Know a complete experiment's predictions, and its recipe's mean over partitions.

        key: of the artifact; now: what it holds, where that is in memory.
        """
        self.own.put(experiment.number, lambda: np.asarray(self.journal.ledger.array(key)), now=now)
        first = experiment.repeat_of or experiment.number
        if first in self.own:
            self.oof.put(first, lambda: self._mean_of(first))

    def _mean_of(self, first: int) -> AnyArray:
        """A recipe's predictions, the mean over its runs."""
        own = self.own[first]
        known = [n for n in (first, *self.journal.state.repeats(first)) if n in self.own]
        return own if len(known) == 1 else np.asarray(np.mean([self.own[n] for n in known], axis=0), dtype=own.dtype)

    @property
    def _results(self) -> FoldResults:
        return FoldResults(self.folder, self.scorer, self.journal.ledger)

    # -- folds --------------------------------------------------------------------------------------------------

    def scored(self, experiment: Experiment, outcome: FoldScore) -> FoldScore | Failure:
        """A fold's outcome with the user's metric, computed here from the stored predictions.

        A Failure where the metric refuses them, as some do below zero: the experiment fails, and the search goes on.
        """
        rows = self.folder.split.held(outcome.fold, experiment.partition)
        prediction = self.folder.predictions(outcome.predictions)
        try:
            return replace(outcome, score=self.scorer.score(prediction, rows))
        except DataError as error:
            return Failure(kind="invalid", step="score", message=error.message, fold=outcome.fold)

    def hopeless(self, run: ExperimentRun) -> str:
        """Why a racing experiment can neither win nor help, or ""."""
        best = self._best_single()  # never itself, which has no score yet
        if best is None:
            return ""
        prediction = self._results.partial(run)
        return self.scorer.hopeless(prediction, best=self.own[best], blend=self.blended(), folds_done=len(run.folds))

    def _best_single(self) -> int | None:
        """The best recipe by score; looked up anew when another stands."""
        state = self.journal.state
        standing, turns = state.standing(), state.steering.turns
        if self._best[0] != (len(standing), turns):
            found = [e for e in standing if e.experiment.number in self.oof and e.experiment.entry not in FLOOR]
            sign = 1.0 if self.scorer.metric.higher_is_better else -1.0
            best = max(found, key=lambda e: sign * _score_of(e.result), default=None)
            self._best = (len(standing), turns), None if best is None else best.experiment.number
        return self._best[1]

    def blended(self) -> AnyArray | None:
        """The current blend's out-of-fold predictions; None before there is one."""
        current = self.journal.state.blend
        if current is None or not all(number in self.oof for number in current.numbers):
            return None
        return current.predict(self.oof)

    # -- experiments --------------------------------------------------------------------------------------------

    def end(self, run: ExperimentRun) -> tuple[int, ...]:
        """Record the result, then conclude."""
        number = run.experiment.number
        result, prediction = self._results.of(run)
        self.journal.write("result", result, experiment=number)
        self.models.look_for(self.journal.state.entries[number])
        if result.complete and result.oof is not None:
            self.keep(run.experiment, result.oof, prediction)
        self.room.record(0 if prediction is None else prediction.nbytes)
        self._results.forget(run, result)
        return self.conclude(number)

    def conclude(self, number: int) -> tuple[int, ...]:
        """Judge a recorded result and choose the blend anew; also after a crash between the two records.

        Returns the judged: the experiment, and those whose keep it confirmed, refuted or overtook.
        """
        entry = self.journal.state.entries[number]
        if entry.result is None:
            raise ValueError(f"Experiment {number} has no result to judge.")
        if entry.experiment.is_blend:  # of a process that was killed while it saved it
            prediction = self.journal.ledger.array(entry.result.oof or "")
            against, _ = self.compare(over := compared_with(self.journal.state, entry.experiment), prediction)
            self.journal.write("verdict", blend_verdict(against, over=over), experiment=number)
            return (number,)
        verdict = self.verdict(entry.experiment, entry.result)
        self.journal.write("verdict", verdict, experiment=number, durable=verdict.kept)
        is_confirmation = entry.experiment.is_confirmation  # nothing new was tried
        if not is_confirmation:
            blends = number in self.own and entry.experiment.entry not in FLOOR
            self.plateau.note(self.journal.session_seconds, self._reblended() if blends else None)
        self.models.make_room()
        self._emit(entry.experiment, verdict)
        return (number, *(self.judge_waiting() if verdict.kept or is_confirmation else ()))

    def judge_waiting(self) -> tuple[int, ...]:
        """Judge again, and return, those whose keep waits for other folds, where these or a new champion decide."""
        judged: list[int] = []
        champion = -1
        while champion != (self.journal.state.champion or 0):  # a keep among them is the champion of all others
            champion = self.journal.state.champion or 0
            for entry in waiting(self.journal.state):
                verdict = self._judged_anew(entry)
                judged += [] if verdict is None else [entry.experiment.number]
                if verdict is not None and verdict.kept:
                    break
        return tuple(judged)

    def _judged_anew(self, entry: ExperimentEntry) -> VerdictRecord | None:
        """The verdict on one that waits, recorded; None where nothing has changed for it."""
        before, result, state = entry.verdict, entry.result, self.journal.state
        if before is None or result is None:
            return None
        number, partitions = entry.experiment.number, self.folder.split.n_repeats
        if _over(before) == state.champion and pair_of(state, number, partitions=partitions) is None:
            return None
        verdict = self.verdict(entry.experiment, result)
        if (verdict.rule, _over(verdict)) == (before.rule, _over(before)):
            return None
        self.journal.write("verdict", verdict, experiment=number, durable=verdict.kept)
        self._emit(entry.experiment, verdict)
        return verdict

    def guarding(self, experiment: Experiment) -> Guarding | None:
        """The guard that its engineered columns must pass to be a keep; None where none is needed."""
        verdict = self.journal.state.entries[experiment.number].verdict
        if verdict is None or verdict.rule != UNGUARDED or record_of(self.journal.state, experiment) is not None:
            return None
        return Guarding.of(self.journal.state, experiment, self.scorer)

    def unguarded(self) -> list[ExperimentEntry]:
        """Experiments of an earlier session that would be kept but for a guard that was not begun or never ended."""
        state = self.journal.state
        waiting = [e for n, e in state.entries.items() if e.verdict and e.verdict.rule == UNGUARDED and n in self.own]
        return [
            e
            for e in waiting
            if e.experiment.number not in state.guards
            and e.result is not None
            and self.verdict(e.experiment, e.result).rule == UNGUARDED
        ]

    def guarded(self, number: int, found: GuardRecord) -> tuple[int, ...]:
        """Record a guard's result, and judge again."""
        self.journal.write("guard", found, experiment=number)
        return self.conclude(number)

    def verdict(self, experiment: Experiment, result: Result) -> VerdictRecord:
        """The verdict on an experiment as of now."""
        return VerdictMaker(self.journal.state, self.scorer, self.own).verdict(experiment, result)

    def compare(self, number: int, prediction: AnyArray) -> tuple[Difference, Excess | None]:
        """What a prediction gains over a recipe, and the fold variance it adds to what is known of noise."""
        noise = self.scorer.noise(self.journal.state)
        return self.scorer.weigh(self.oof[number], prediction, noise=noise, over=number)

    # -- the blend ----------------------------------------------------------------------------------------------

    def candidates(self) -> list[Candidate]:
        """Every complete experiment that may be a member and whose fold models exist, with what it costs to ship; the
        others stay in `tried`, which figures are corrected for."""
        sizes, are_silly = self.models.sizes, self._silly.of(self.journal.state)
        able = (entry for entry in self._recipes() if entry.experiment.number in sizes and not entry.is_void)
        return [self._candidate(entry) for entry in able if not are_silly(entry.experiment)]

    def tried(self) -> list[Candidate]:
        """Every complete recipe with what it costs to ship, whether or not it may."""
        return [self._candidate(entry) for entry in self._recipes()]

    def has_recipe(self) -> bool:
        """Whether any complete recipe could be chosen."""
        return any(True for _ in self._recipes())

    def _recipes(self) -> Iterator[ExperimentEntry]:
        for entry in self.journal.state.scored():
            one = entry.experiment
            if one.number in self.oof and not one.is_blend and one.entry not in FLOOR:
                yield entry

    def _candidate(self, entry: ExperimentEntry) -> Candidate:
        """A recipe as a candidate. Its score: as recorded, or of its mean predictions where it has repeats."""
        number, result = entry.experiment.number, entry.result
        repeats = self.journal.state.repeats(number)
        known = self._known.get(number)
        if known is None or known[0] != len(repeats):
            assert result is not None  # it has a score
            score = self.scorer.figure_score(self.oof[number]) if repeats else _score_of(result)
            one = Candidate(
                number=number, family=entry.experiment.recipe.model.name, read=partial(self.oof.__getitem__, number),
                score=score, seconds=result.wall_seconds, row_ms=result.row_ms, size_bytes=result.model_bytes,
            )  # fmt: skip
            known = self._known[number] = (len(repeats), one)
        return known[1]

    def floor(self) -> list[Candidate]:
        """The trivial models as candidates: they ship, with a warning, when nothing better was fitted."""
        return [
            Candidate(
                number=e.experiment.number, family=e.experiment.recipe.model.name,
                read=partial(self.oof.__getitem__, e.experiment.number), score=_score_of(e.result),
            )
            for e in self.journal.state.standing()
            if e.experiment.entry in FLOOR and e.experiment.number in self.oof
        ]  # fmt: skip

    def _reblended(self) -> AnyArray | None:
        """The blend chosen anew and its predictions, None where there is nothing to blend."""
        candidates = self.candidates()
        if not candidates:
            return None
        known = {candidate.number for candidate in candidates}
        last = self.journal.state.blend
        if last is not None and not set(last.numbers) <= known:
            last = None  # a member's models were deleted from outside: choose anew
        found = blend(
            candidates, self.folder.chosen_by, metric=self.scorer.metric, seeds=self.seeds.child("blend"),
            limits=self.limits, last=last,
        )  # fmt: skip
        self.journal.write("blend", found)
        return self.blended()

    def steered(self) -> None:
        """After a person's hint: the blend is chosen anew among what stands."""
        if self.journal.state.blend is None:
            self._reblended()

    def is_flat(self, seconds: float) -> bool:
        """Whether the blend moved by less than can be seen, over so many seconds and plateau.FEWEST experiments."""
        span = self.plateau.span(self.journal.session_seconds, seconds)
        if span is None:
            return False
        before, after = span
        if self._flat is None or self._flat[0] is not before or self._flat[1] is not after:
            self._flat = before, after, self.scorer.is_flat(before, after)
        return self._flat[2]

    def _emit(self, experiment: Experiment, verdict: VerdictRecord) -> None:
        number = experiment.number
        scorer = self.scorer.on(experiment.partition)
        figure = scorer.quick_figure(self.own[number]) if number in self.own else None
        self.on_scored(
            Scored(
                elapsed_seconds=self.journal.seconds, number=number, what=experiment.what,
                status=self.journal.state.entries[number].status, score=figure, against=verdict.against,
                detail=verdict.why if figure is None else "",
            )
        )  # fmt: skip


def _over(verdict: VerdictRecord) -> int | None:
    """The champion that a verdict compared with."""
    return None if verdict.against is None else verdict.against.over


def _score_of(result: Result | None) -> float:
    return float("nan") if result is None or result.score is None else result.score
