"""Results of jobs and experiments: measurements, or failures."""

from dataclasses import dataclass
from typing import Literal

from assay.core.fold_scores import FoldScores

FailureKind = Literal["error", "memory", "time", "crash", "invalid", "disk"]
"""Kind of a failure. A full "disk" is no recipe's fault: it ends a search (search.job_outcomes), whose experiments stay
open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Expected cost of one fit on one thread: seconds = setup + rounds * per_round."""

    setup_seconds: float
    round_seconds: float = 0.0
    rounds: int = 0
    bytes: int = 0

    @property
    def seconds(self) -> float:
        return self.setup_seconds + self.rounds * self.round_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCost:
    """Expected cost of one step in one fold: seconds on one thread, numeric columns that it adds, and cells of terms a
    row, all of which the model reads."""

    seconds: float = 0.0
    columns: int = 0
    cells: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescored:
    """All folds of an experiment predicted at the rounds the other folds chose; predictions is a file of all rows."""

    predictions: str
    wall_seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Refitted:
    """The recipe trained on all rows; model names a file in the work folder.

    rounds: as trained; of a bag, its trees if their number was given.
    """

    model: str
    rounds: int | None
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    model_bytes: int
    row_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Time of one row of a frame in a saved bundle: estimated from counts, and measured here (processor time). unread:
    columns, of those asked about, that it does not read.
    """

    estimated_ms: float
    measured_ms: float
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shuffled:
    """Predictions with one column shuffled at a time, for permutation importance.

    predictions: file of (1 + n_columns, n_rows[, n_classes]), the first being unshuffled; rows: file of row positions;
    columns: names of those reached before the deadline. further, further_rows: the same of what the fit before each
    block of time answers in it and later, (blocks, n_rows[, n_classes]); "" for rows in no order of time.
    """

    predictions: str
    rows: str
    columns: tuple[str, ...]
    cpu_seconds: float
    further: str = ""
    further_rows: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """One fold predicted with a set of engineered columns as it is (copy 0) and with permuted copies of it.

    predictions: file of (len(copies), n_test[, n_classes]); columns: number of columns the set made.
    """

    fold: int
    copies: tuple[int, ...]
    predictions: str
    columns: int
    wall_seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Failure of an experiment, which is a result. `step`: a step's name, "fit", "predict"."""

    kind: FailureKind
    step: str
    message: str
    fold: int | None = None
    traceback: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """An experiment's outcome over its folds.

    oof: content hash of the stored out-of-fold predictions (all rows; NaN where never scored). complete: all folds of
    the partition are there; False when stopped early, with the reason in `stopped`. row_ms, piece_ms: medians of the
    folds'.
    """

    score: float | None
    folds: FoldScores
    oof: str | None
    complete: bool
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    model_bytes: int
    row_ms: float
    piece_ms: float = 0.0
    rounds: int | None = None
    failure: Failure | None = None
    stopped: str = ""
