"""Values rendered by terminal, brief, notebook and JSON, so that all of them agree."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from assay.core.event import Dot
from assay.core.figure import Difference, Figure
from assay.core.lab_views import HintView, Record
from assay.core.labels import LabelThreshold
from assay.core.long_run_views import LongRun
from assay.core.quality import Quality
from assay.core.study import StudyNote
from assay.core.task import Notice, Task
from assay.core.time_stretches import Blocks, UnknownNextPeriod
from assay.core.uncounted_runs import UncountedRuns
from assay.core.usage import ColumnLoss, Usage
from assay.core.vault_views import VaultView

StoppedBy = Literal["time", "experiments", "patience", "pool", "interrupt", "goal", "until"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberView:
    """One model of the shipped blend."""

    number: int
    what: str
    family: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """The shipped model: path, size and speed. form: "half fold bag, half refit", "refit", "fold bag". labels: the
    labelling rule of two classes where it is not the likelier one."""

    path: str
    size_bytes: int
    row_ms: float
    members: tuple[MemberView, ...]
    form: str
    labels: LabelThreshold | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitView:
    """Cost of user-set limits of time and size: asked: as typed; cost: gain over the unlimited model, negative where
    score was lost; free: the experiments of the unlimited model."""

    asked: str
    cost: Difference
    free: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoreRows:
    """Expected gain of more rows by the learning curve of an experiment, positive is better, low and high at 95 %;
    is_visible: whether 80 % of it lies above zero."""

    number: int
    rows: int
    value: float
    low: float
    high: float
    is_visible: bool
    of_rows: int = 0
    """Training rows that the curve was measured with; 0 where nothing is known of half of them."""
    half_rows: int = 0
    half: float = 0.0
    """What all of them gain over half_rows of them, measured on the same rows, and its 95 % interval."""
    half_low: float = 0.0
    half_high: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A model family, or the baseline, without an experiment scored on every fold, and why.

    folds: most folds completed by one of its experiments, of n_folds; 0 where it was never begun. busy: share of a core
    that the session's fits got where that was little, else None.
    """

    family: str
    is_baseline: bool
    why: Literal["cut off", "not begun", "failed"]
    folds: int
    n_folds: int
    busy: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The result of `fit` (fit/1)."""

    lab: str
    lab_path: str
    task: Task
    metric_title: str
    higher_is_better: bool
    experiments: int
    kept: int
    failed: int
    stopped_early: int
    elapsed_seconds: float
    stopped_by: StoppedBy
    expect: Figure | None
    search: Figure | None
    optimism: float | None
    gain: Difference | None
    baseline_number: int | None
    baseline_score: Figure | None
    champion: int | None
    sigma: float | None
    detectable: float | None
    model: ModelView | None
    learned: str
    brief_md: str
    brief_html: str
    utilisation: float | None
    warnings: tuple[Notice, ...] = ()
    price: Difference | None = None
    """Gain of the best experiment of any kind over the readable model; None for other presets."""
    limit: LimitView | None = None
    vault: VaultView | None = None
    claimable: float | None = None
    """The smallest gain that the vault can let claim with 80 % power; None without a vault or noise."""
    more: MoreRows | None = None
    """The gain of more rows; None where there was no time left to estimate it."""
    unfinished: tuple[Unfinished, ...] = ()
    """The baseline and families without a score, in the order of the portfolio."""
    blocks: Blocks | None = None
    """Scores of the shipped model by stretch, where rows are in order of time."""
    unknown_next_period: UnknownNextPeriod | None = None
    """Why no interval for the next stretch is known; None where it is, and for rows in no order of time."""
    beside: UncountedRuns = field(default=UncountedRuns())
    """Runs not counted in `experiments`, `kept` and the other counts."""
    is_sigma_planned: bool = False
    """Whether sigma was computed from the number of rows; else it was measured over the experiments."""

    def __post_init__(self) -> None:
        if self.expect is not None and self.gain is not None and self.expect.origin != self.gain.origin:
            raise ValueError(f"A figure of {self.expect.origin} and a gain of {self.gain.origin} do not go together.")

    @property
    def is_unpromised(self) -> bool:
        """Whether no figure is promised of later rows, as stretches of time tell none."""
        why = self.unknown_next_period
        return self.expect is None and why is not None and why.leaves_no_promise


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One ranked experiment. `tied`: no significant difference to the first of its rank (paired difference under 2
    sigma).

    kept: "kept", "unconfirmed" (no fresh partition yet; shown as an en dash beside the mark) or "".
    """

    rank: int
    tied: bool
    number: int
    what: str
    family: str
    score: Figure
    to_best: Difference | None
    kept: Literal["kept", "unconfirmed", ""]
    by: str
    fit_seconds: float
    row_ms: float
    size_bytes: int
    is_baseline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unranked:
    """An experiment without a score on every fold: why, and details in a word or sentence."""

    number: int
    what: str
    reason: Literal["stopped early", "failed", "running", "not ended", "void"]
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The leaderboard (leaderboard/1), best first, ties sharing a rank. left_out: number of ranked rows omitted."""

    lab: str
    target: str
    metric: str
    metric_title: str
    higher_is_better: bool
    scored_rows: int
    n_folds: int
    sigma: float | None
    rows: tuple[BoardRow, ...]
    unranked: tuple[Unranked, ...]
    expect: Figure | None
    left_out: int = 0
    is_sigma_planned: bool = False


FIRST_ROWS = 5


def telling_rows(rows: Sequence[tuple[str, bool]]) -> tuple[int, ...]:
    """Indices of the informative rows of a long board of (family, is baseline): the first five, the baseline's, and the
    best of each further family."""
    first_places, families = [], set[str]()
    for place, (family, is_baseline) in enumerate(rows):
        if place < FIRST_ROWS or is_baseline or family not in families:
            first_places.append(place)
        families.add(family)
    return tuple(first_places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plateau:
    """What was measured where a search gained nothing any more; what rows would bring is a MoreRows of its own.

    number: the champion, whose columns were shuffled one at a time. gain: how the blend moved, over so many experiments
    in so many seconds; None where that was not looked at. unmeasured: seconds that its learning curve would have taken,
    where that was too long; else 0.
    """

    number: int
    experiments: int = 0
    seconds: float = 0.0
    gain: Difference | None = None
    columns: tuple[ColumnLoss, ...] = ()
    unmeasured: float = 0.0


Origin = Literal["portfolio", "search", "features", "human", "ensemble"]
"""What kind of proposal an experiment was: of the portfolio, of other settings or forms, of engineered columns, asked
for by a person, a blend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """The one-page report (report/1), as values; a sentence appears only when its number exists."""

    summary: Summary
    board: Board
    dots: tuple[Dot, ...]
    kept: tuple[tuple[int, str, Difference | None, str, float], ...]
    """(number, what, gain over the champion of its time, proposer, wall seconds)"""
    vain: tuple[tuple[int, str, float | None], ...]
    """(number, what, z against the champion of its time)"""
    records: tuple[Record, ...]
    date: str
    assay_version: str
    python_version: str
    cores: int
    """Workers; 0 for an exact search."""
    seed: int
    head: str = ""
    """Number and hash of the ledger's last record (ledger.anchor)."""
    hints: tuple[HintView, ...] = ()
    """What a person said, that which ended too."""
    origins: tuple[tuple[int, Origin], ...] = ()
    """(number, what kind of proposal it was) of those kept"""
    quality: Quality | None = None
    """Errors and calibration of the shipped model on the rows it was measured on."""
    studies: tuple[StudyNote, ...] = ()
    """Studies that ended, in order."""
    usage: Usage = field(default_factory=Usage)
    """What the model uses: columns, and words where it reads texts and there was time to ask."""
    long: LongRun | None = None
    """The parts of a long run; None for a short one that nobody steered and no study looked at."""
