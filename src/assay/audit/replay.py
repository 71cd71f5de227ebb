"""A replay: experiments of the ledger fitted again, without a clock, and compared bit for bit."""

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray
from assay.core.clock import Clock, Deadline, SystemClock
from assay.core.errors import LabError, MissingExtraError
from assay.core.fold_scores import FoldScore
from assay.core.job import Executor, Job
from assay.core.recipe import Recipe
from assay.core.result import Failure, Rescored, Result
from assay.core.scratch import ScratchFolder
from assay.journal.experiment_entry import ExperimentEntry
from assay.pipeline.fit_jobs import placed
from assay.pipeline.stacking_inputs import StackingBase, store_base
from assay.pipeline.store import TaskFolder
from assay.search.experiment_run import rescores_after, rounds_of_others
from assay.search.second_level import with_below
from assay.views.open_lab import OpenLab


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedExperiment:
    """One experiment fitted again. same: None where it could not be, with the reason in `why`.

    differ: rows whose predictions differ; most: the largest absolute difference.
    """

    number: int
    what: str
    same: bool | None
    why: str = ""
    differ: int = 0
    most: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """replay/1. versions: libraries that are not those the lab was made with, as (name, then, now)."""

    lab: str
    experiments: tuple[ReplayedExperiment, ...]
    versions: tuple[tuple[str, str, str], ...]
    elapsed_seconds: float

    @property
    def ok(self) -> bool:
        return not any(again.same is False for again in self.experiments)

    @property
    def replayed(self) -> int:
        return sum(again.same is not None for again in self.experiments)


@dataclass
class Replayer:
    """Fits the folds of experiments again in a folder of its own, over the lab's own rows."""

    lab: OpenLab
    executor: Executor
    folder: TaskFolder
    clock: Clock

    def experiment(self, entry: ExperimentEntry) -> ReplayedExperiment:
        """Fit every fold again for the rounds it had, predict at the rounds the others chose, compare."""
        started = self.clock.now()
        result, number, what = entry.result, entry.experiment.number, entry.experiment.what
        assert result is not None  # only scored experiments are replayed
        why = _why_not(result) or unread_texts(entry.experiment.recipe, self.lab.folder)
        if why:
            return ReplayedExperiment(number=number, what=what, same=None, why=why)
        self._lay_out(entry)
        found = self._prediction(entry, result)
        if isinstance(found, Failure):
            return ReplayedExperiment(number=number, what=what, same=False, why=found.message)
        stored = np.array(self.lab.ledger.array(result.oof or ""))
        return replace(
            compared(stored, found), number=number, what=what, seconds=self.clock.now() - started
        )  # fmt: skip

    def _lay_out(self, entry: ExperimentEntry) -> None:
        """Put predictions of other experiments that this one's recipe reads where workers look for them."""
        for other in with_below(self.lab.state, (entry.experiment.number,))[1:]:
            prediction, below = self.lab.oof(other), self.lab.entry(other)
            if prediction is None or below.result is None:
                raise LabError(f"#{entry.experiment.number} reads predictions of #{other}, which are not in the lab.")
            store_base(self.folder, StackingBase(experiment=below.experiment, rounds=below.result.rounds), prediction)

    def _prediction(self, entry: ExperimentEntry, result: Result) -> AnyArray | Failure:
        outcomes = self._run([self._fold(entry, fold) for fold in result.folds])
        out: AnyArray | None = None
        for outcome in outcomes:
            if isinstance(outcome, Failure):
                return outcome
            assert isinstance(outcome, FoldScore)
            rows = self.folder.split.held(outcome.fold, entry.experiment.partition)
            out = placed(out, self.folder.predictions(outcome.predictions), rows, target=self.folder.target)
        if not rescores_after(entry.experiment, result.folds, n_folds=self.folder.split.n_folds):
            return np.empty(0) if out is None else out
        rounds = rounds_of_others(result.folds)
        rescore = Job(kind="rescore", store=self.folder.store, experiment=entry.experiment, fold_rounds=rounds)
        (rescored,) = self._run([rescore])
        if isinstance(rescored, Failure):
            return rescored
        assert isinstance(rescored, Rescored)
        return self.folder.predictions(rescored.predictions)

    def _fold(self, entry: ExperimentEntry, done: FoldScore) -> Job:
        """Trained for as many rounds as it was, predicted at those it chose, which a correction of the mean needs."""
        return Job(
            kind="fold", store=self.folder.store, experiment=entry.experiment, fold=done.fold, rounds=done.rounds_done,
            fold_rounds=() if done.rounds is None else (done.rounds,),
        )  # fmt: skip

    def _run(self, jobs: Sequence[Job]) -> list[object]:
        futures: list[Future[object]] = [self.executor.submit(job, deadline=Deadline()) for job in jobs]
        return [future.result() for future in futures]


def compared(stored: AnyArray, found: AnyArray) -> ReplayedExperiment:
    """Whether two predictions are the same bits, NaN where NaN; if not, in how many rows and by how much."""
    if stored.shape != found.shape:
        return ReplayedExperiment(
            number=0, what="", same=False, why=f"{len(found):,} rows predicted, {len(stored):,} stored"
        )
    if stored.tobytes() == found.astype(stored.dtype).tobytes():
        return ReplayedExperiment(number=0, what="", same=True)
    unlike = ~((stored == found) | (np.isnan(stored) & np.isnan(found)))
    rows = unlike if unlike.ndim == 1 else unlike.any(axis=1)
    most = float(np.nanmax(np.abs(np.where(unlike, stored.astype(np.float64) - found, 0.0)), initial=0.0))
    return ReplayedExperiment(number=0, what="", same=not rows.any(), differ=int(rows.sum()), most=most)


def _why_not(result: Result) -> str:
    """Why an experiment cannot be fitted again as it was; "" if it can."""
    cut = [fold.fold for fold in result.folds if fold.ended == "deadline" and fold.rounds_done is None]
    return f"fold {cut[0]} was cut by the clock, and its family counts no rounds" if cut else ""


def unread_texts(recipe: Recipe, folder: TaskFolder) -> str:
    """Which encoder of texts a recipe needs that is not on this machine; "" where it needs none, or has it."""
    for step in recipe.steps:
        wanted = dict(step.params)
        if step.name == "text_embeddings" and wanted.get("model"):
            try:
                folder.text_models.files(str(wanted["model"]), str(wanted["digest"]))
            except MissingExtraError as error:
                return error.message
    return ""


def replay(
    lab: OpenLab,
    number: int | None,
    executor: Executor,
    *,
    on_progress: Callable[[int, int], None],
    clock: Clock | None = None,
) -> Replayed:
    """Fit one experiment again, or all that have a score.

    on_progress: called with (done, all). Raises LabError where the experiment has no predictions to compare with. The
    lab is not touched: models go to a temporary folder, which is deleted.
    """
    clock = clock or SystemClock()
    started = clock.now()
    entries = _asked(lab, number)
    with ScratchFolder() as place:
        replayer = Replayer(lab, executor, _beside(lab.folder, place.path), clock)
        found = []
        for done, entry in enumerate(entries):
            on_progress(done, len(entries))
            found.append(replayer.experiment(entry))
            shutil.rmtree(replayer.folder.work)
            replayer.folder.work.mkdir()
    return Replayed(
        lab=lab.name, experiments=tuple(found), versions=changed_versions(lab),
        elapsed_seconds=clock.now() - started,
    )  # fmt: skip


def _asked(lab: OpenLab, number: int | None) -> list[ExperimentEntry]:
    scored = [e for e in lab.state.scored() if not e.experiment.is_blend and e.result is not None and e.result.oof]
    if number is None:
        return scored
    entry = lab.entry(number)
    if entry.experiment.is_blend:
        members = " ".join(f"#{member}" for member in entry.experiment.parents)
        raise LabError(f"#{number} is a blend of {members}: replay those.", do=(f"assay audit {lab.name}",))
    if entry not in scored:
        raise LabError(f"#{number} has no predictions on every fold to compare with.", do=(f"assay show {number}",))
    return [entry]


def _beside(folder: TaskFolder, place: Path) -> TaskFolder:
    """A folder that has the lab's rows and nothing else of it."""
    try:
        (place / "data").symlink_to(folder.data.resolve(), target_is_directory=True)
    except OSError:  # where links need rights: Windows
        shutil.copytree(folder.data, place / "data")
    return TaskFolder.open(place)


def changed_versions(lab: OpenLab) -> tuple[tuple[str, str, str], ...]:
    """Libraries whose version is another one now; "–" for one that is gone."""
    import platform

    session = lab.state.session
    out = []
    for name, then in session.versions if session is not None else ():
        now = platform.python_version() if name == "python" else "–"
        with suppress(PackageNotFoundError):
            now = now if name == "python" else version(name)
        if now != then:
            out.append((name, then, now))
    return tuple(out)
