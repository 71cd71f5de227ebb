"""Jobs for tests of executors, among them ones that crash or hang. A worker finds `act` by name.

What a job does is in its experiment's `what`; jobs never end by themselves where a kill is to be tested.
"""

import ctypes
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from assay.core.contract import Experiment, Recipe, Step
from assay.core.job import Job, LocalStore

RUN = "assay.testing.jobs:act"
"""The `run` to give an executor."""


class StepError(ValueError):
    """An error that names the step at which it happened."""

    step = "impute"


def job_that(action: str, *, folder: Path = Path(), fold: int = 0, memory_bytes: int = 0) -> Job:
    """A job whose worker runs the action of that name; `folder` is where it may leave notes."""
    experiment = Experiment(
        number=1, recipe=Recipe(model=Step.of("constant")), what=action, question="", by="testing"
    )  # fmt: skip
    return Job(kind="fold", store=LocalStore(folder), experiment=experiment, fold=fold, memory_bytes=memory_bytes)


def act(job: Job) -> object:
    """Run the action that the job's experiment names; KeyError for an unknown action."""
    return _ACTIONS[job.experiment.what](job)


def _answer(job: Job) -> object:
    return ("answer", job.fold)


def _pid(job: Job) -> object:
    return os.getpid()


def _raise(job: Job) -> object:
    raise StepError("column 'age' is empty")


def _raise_memory(job: Job) -> object:
    raise MemoryError("cannot have 1 TB")


def _raise_time(job: Job) -> object:
    raise TimeoutError("a linear model needs about 9 s, and 2 s are left")


def _exit(job: Job) -> object:
    raise SystemExit(3)


def _exit_hard(job: Job) -> object:
    os._exit(3)


def _warn(job: Job) -> object:
    for _ in range(3):
        warnings.warn("did not converge", RuntimeWarning, stacklevel=1)
    return "warned"


def _shout(job: Job) -> object:
    os.write(1, b"[LightGBM] [Info] hello\n" * 1000)
    os.write(2, b"error\n" * 1000)
    sys.stdout.write("hello\n")
    sys.stdout.flush()
    return "shouted"


def _answer_badly(job: Job) -> object:
    return lambda: None  # cannot be pickled


def _crash(job: Job) -> object:
    return ctypes.string_at(0)


def _spin(job: Job) -> object:
    _note(job)
    while True:
        pass


def _spin_in_c(job: Job) -> object:
    """Hold the interpreter's lock and ignore signals, as a long call into a library may."""
    _note(job)
    return _count_for_ever()


def _count_for_ever() -> int:
    return sum(range(10**15))


def _spawn_and_spin(job: Job) -> object:
    """Leave a child behind that would outlive its parent."""
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    _note(job, child.pid)
    return _count_for_ever()


def _grow(job: Job) -> object:
    """Take 50 MB at a time, for ever; pages are written to, so that they count."""
    blocks: list[bytes] = []
    while True:
        if len(blocks) < 20:
            blocks.append(b"\x01" * 50_000_000)


def _boost(job: Job) -> object:
    """Train LightGBM on two threads: hangs for ever in a process forked from one that has done so before."""
    import lightgbm

    rows = np.arange(200.0)[:, None]
    data = lightgbm.Dataset(rows, label=rows[:, 0] % 7)
    parameters = {"num_threads": 2, "verbosity": 1, "min_data_in_leaf": 5}
    return lightgbm.train(parameters, data, num_boost_round=3).num_trees()


def _environment(job: Job) -> object:
    return {name: value for name, value in os.environ.items() if name.startswith(("OMP_", "OPENBLAS_", "MKL_"))}


def _main_module(job: Job) -> object:
    return getattr(sys.modules["__main__"], "__file__", None)


def _note(job: Job, *pids: int) -> None:
    """Leave a file that names processes, written before it gets its name."""
    with job.store.opened(job) as folder:
        partial = folder / f".{os.getpid()}"
        partial.write_text(" ".join(str(pid) for pid in (os.getpid(), *pids)))
        partial.rename(folder / f"started-{job.fold}")


_ACTIONS: dict[str, Callable[[Job], object]] = {
    "answer": _answer, "tell its pid": _pid, "raise": _raise, "raise MemoryError": _raise_memory,
    "raise TimeoutError": _raise_time, "exit": _exit,
    "exit hard": _exit_hard, "warn": _warn, "shout": _shout, "answer badly": _answer_badly, "crash": _crash,
    "spin": _spin, "spin in C": _spin_in_c, "spawn and spin": _spawn_and_spin, "grow": _grow,
    "boost": _boost, "tell its environment": _environment, "tell its main module": _main_module,
}  # fmt: skip
