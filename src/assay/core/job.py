"""Jobs, where their files are, and who runs them: the smallest unit of work, as names and numbers."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from assay.core.clock import Deadline
from assay.core.experiment import Experiment

JobKind = Literal["fold", "rescore", "refit", "importance", "words", "measure", "guard", "read"]


class TaskStore(Protocol):
    """Where a task's rows lie and its jobs' files go, as jobs name it: a small value that can be hashed and pickled.

    A lab's own is LocalStore. An executor whose workers have other disks sends them jobs with a store of its own.
    """

    def opened(self, job: "Job") -> AbstractContextManager[Path]:
        """A folder of this machine to do a job in, beside others: what the job reads is there, below `data`, `work` and
        `model`. Once the block has ended without an exception, the files that the job wrote below `work` are in the
        lab's folder, each whole, and nothing else there is changed; `cache` need not come back."""
        ...


@dataclass(frozen=True, slots=True)
class LocalStore:
    """The lab's folder itself, for workers that see the same disk."""

    path: Path

    @contextmanager
    def opened(self, job: "Job") -> Iterator[Path]:
        yield self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendPart:
    """A member of a blend that a job asks as a whole; fold_rounds: as a job's."""

    experiment: Experiment
    weight: float
    fold_rounds: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The smallest unit of work: names and numbers, never arrays; the rows lie in `store`.

    kind "fold": fit one fold and predict it, at the rounds it chooses or at the one number in `fold_rounds`. "rescore":
    predict every fold's rows at the rounds in `fold_rounds`.
    "refit": fit on all rows for `rounds`. "importance": predict with one column shuffled at a time; rows in order of
    time first by the fits of all earlier blocks. "words": predict with words left out. "measure": time the saved
    bundle. "guard": fit one fold with the set the experiment adds as it is (copy 0) or permuted, once for each of
    `copies`. "read": read the texts of a part of the rows by the encoders of the recipe's steps; `copies`: which part,
    of how many.
    seconds: soft limit for the work (inf: none). hard_seconds: an executor that can kills it so long after it begins;
    what it waited before, for a worker or for memory, does not count.
    parts: of "importance" and "words", the blend that is asked; () for the experiment alone. on_logits: whether logits
    are blended. columns: of "measure", those of which it is asked whether the bundle reads them.
    """

    kind: JobKind
    store: TaskStore
    experiment: Experiment
    fold: int = 0
    rounds: int | None = None
    fold_rounds: tuple[int, ...] = ()
    copies: tuple[int, ...] = ()
    parts: tuple[BlendPart, ...] = ()
    on_logits: bool = False
    columns: tuple[str, ...] = ()
    seconds: float = float("inf")
    hard_seconds: float = float("inf")
    threads: int = 1
    memory_bytes: int = 0

    @property
    def told_by(self) -> tuple[int, ...]:
        """Numbers of the experiments that are asked."""
        return tuple(part.experiment.number for part in self.parts) or (self.experiment.number,)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerOptions:
    """What the workers of a lab run and may use.

    run: the function of a job as "module:function", importable wherever workers are. workers: jobs at once. preload:
    modules to import before the first job. memory_bytes: limit of one worker, 0: none. needs: bytes a job is expected
    to use at its peak, 0 where nothing is known; free: bytes of this machine that can still be used.
    """

    run: str
    workers: int
    preload: tuple[str, ...]
    memory_bytes: int
    needs: Callable[[Job], int]
    free: Callable[[], int]


class Executor(Protocol):
    """Runs jobs and decides nothing. A job's future gives its outcome or a core Failure, never an exception."""

    @classmethod
    def start(cls, options: WorkerOptions) -> "Executor":
        """Workers that are ready, or get ready, for jobs."""
        ...

    @property
    def workers(self) -> int: ...
    def submit(self, job: Job, *, deadline: Deadline) -> "Future[object]": ...
    def hurry(self, deadline: Deadline) -> None:
        """All jobs submitted so far must end by then."""
        ...

    def close(self, *, now: bool = False) -> None: ...
