"""An executor whose jobs answer with made predictions, so that a lab of thousands of experiments grows in minutes.

Folds leave what a worker leaves: predictions of the held-out rows, and a model, here the class shares or the mean. All
other jobs are run as they are.
"""

import zlib
from collections import defaultdict
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Timer
from time import perf_counter, thread_time

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.clock import Deadline
from assay.core.contract import State
from assay.core.fold_scores import FoldScore
from assay.core.job import Job, LocalStore, WorkerOptions
from assay.core.result import Guarded, Rescored
from assay.core.target import Target
from assay.execute import register
from assay.models.constant import best_constant
from assay.pipeline.fit_jobs import fold_name, placed
from assay.pipeline.states import write_states
from assay.pipeline.store import TaskFolder
from assay.pipeline.table_files import save_array
from assay.search.worker_jobs import run

SIGNAL, NOISE = 1.2, 0.35
"""What predictions know of the target, and what each recipe adds of its own."""
ROUNDS = 100


@dataclass
class Pace:
    """How jobs of made executors behave. seconds: a fold takes; model_bytes: its model's size.

    making, making_cpu: seconds that predictions took in the main process, which are no part of a loop; worked: seconds
    that the folds so far took of the two workers.
    """

    seconds: float = 0.0
    model_bytes: int = 0
    making: float = 0.0
    making_cpu: float = 0.0
    worked: float = 0.0


PACE = Pace()


@register("made")
class MadeExecutor:
    """See the module. Two workers; a fold takes PACE.seconds of a clock and no processor."""

    def __init__(self) -> None:
        self._tasks: dict[LocalStore, tuple[TaskFolder, Floats, State]] = {}
        self._held: defaultdict[tuple[int, int], dict[int, AnyArray]] = defaultdict(dict)

    @classmethod
    def start(cls, options: WorkerOptions) -> "MadeExecutor":
        return cls()

    @property
    def workers(self) -> int:
        return 2

    def submit(self, job: Job, *, deadline: Deadline) -> "Future[object]":
        began, cpu = perf_counter(), thread_time()
        future: Future[object] = Future()
        outcome = self._outcome(job)
        if PACE.seconds and job.kind == "fold":
            PACE.worked += PACE.seconds
            timer = Timer(PACE.seconds, future.set_result, args=(outcome,))
            timer.daemon = True
            timer.start()
        else:
            future.set_result(outcome)
        PACE.making += perf_counter() - began
        PACE.making_cpu += thread_time() - cpu
        return future

    def hurry(self, deadline: Deadline) -> None:
        """Nothing runs for long."""

    def close(self, *, now: bool = False) -> None:
        """Nothing is held."""

    def _outcome(self, job: Job) -> object:
        if not isinstance(job.store, LocalStore) or job.kind not in ("fold", "rescore", "guard"):
            return run(job)
        if job.store not in self._tasks:
            self._tasks[job.store] = _opened(TaskFolder(job.store.path))
        folder, signal, model = self._tasks[job.store]
        return {"fold": self._fold, "rescore": self._rescored, "guard": self._guarded}[job.kind](
            job, folder, signal, model
        )

    def _fold(self, job: Job, folder: TaskFolder, signal: Floats, model: State) -> FoldScore:
        rows = folder.split.held(job.fold, job.experiment.partition)
        name, prediction = fold_name(job.experiment, job.fold), _made(job, folder.target, signal)[rows]
        save_array(folder.work / f"{name}.npy", prediction)
        self._held[job.experiment.number, job.experiment.partition][job.fold] = prediction
        size = write_states(folder.work / f"{name}.state", [model])
        return FoldScore(
            fold=job.fold, partition=job.experiment.partition, score=float("nan"), ended="converged", rounds=ROUNDS,
            rounds_done=ROUNDS + 20, wall_seconds=0.2, cpu_seconds=0.2, peak_bytes=10**8, model_bytes=size,
            row_ms=0.05, piece_ms=0.01, predictions=f"{name}.npy", model=f"{name}.state",
        )  # fmt: skip

    def _rescored(self, job: Job, folder: TaskFolder, signal: Floats, model: State) -> Rescored:
        out: AnyArray | None = None
        held = self._held.pop((job.experiment.number, job.experiment.partition), {})
        for fold in range(folder.split.n_folds):
            rows = folder.split.held(fold, job.experiment.partition)
            known = held[fold] if fold in held else _made(job, folder.target, signal)[rows]
            out = placed(out, known, rows, target=folder.target)
        name = f"{job.experiment.number}-p{job.experiment.partition}.npy"
        assert out is not None
        save_array(folder.work / name, out)
        return Rescored(predictions=name, wall_seconds=0.01, cpu_seconds=0.01)

    def _guarded(self, job: Job, folder: TaskFolder, signal: Floats, model: State) -> Guarded:
        rows = folder.split.held(job.fold, job.experiment.partition)
        shown = np.stack([_made(job, folder.target, signal, copy=copy)[rows] for copy in job.copies])
        name = f"{job.experiment.number}-guard-{job.fold}-{job.copies[0]}.npy"
        save_array(folder.work / name, shown)
        return Guarded(fold=job.fold, copies=job.copies, predictions=name, columns=1, wall_seconds=0.2, cpu_seconds=0.2)


def _opened(folder: TaskFolder) -> tuple[TaskFolder, Floats, State]:
    target, rng = folder.target, np.random.default_rng(0)
    truth = np.asarray(target.values, dtype=np.float64)
    signal = SIGNAL * (truth - truth.mean()) / truth.std() + rng.normal(size=len(truth))
    answer = best_constant(target, folder.task.loss, folder.task.quantile)
    arrays: dict[str, AnyArray] = {"answer": answer, "padding": np.zeros(PACE.model_bytes, dtype=np.uint8)}
    return folder, signal, State("constant", {"is_class": target.is_class}, arrays)


def _made(job: Job, target: Target, signal: Floats, *, copy: int = 0) -> AnyArray:
    """Predictions of all rows in stored form: of a value, or a probability of the second of two classes."""
    key = f"{job.experiment.key}-{copy}" if copy else job.experiment.key
    rng = np.random.default_rng(zlib.crc32(key.encode()))
    own = signal + NOISE * (0.8 + 0.4 * rng.random()) * rng.standard_normal(len(signal))
    if target.is_class:
        return np.asarray(1.0 / (1.0 + np.exp(-own)))
    truth = np.asarray(target.values, dtype=np.float64)
    return np.asarray(truth.mean() + truth.std() * own / (1.0 + SIGNAL**2) ** 0.5)
