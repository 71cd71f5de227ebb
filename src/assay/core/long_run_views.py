"""What a brief says of a long run beyond its first page: leagues, the path, removals, cost, marks on the plot."""

from dataclasses import dataclass, field
from typing import Literal

from assay.core.figure import Difference
from assay.core.process_measures import ProcessMetrics

LONG_RUN = 40
"""Experiments from which a brief has the parts of a long run; a hint or a study brings them sooner."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """How well somebody predicts what its proposals gain over the champion of their time, in σ.

    n: proposals with a prediction and a comparison; predicted, came: means, what came cut at ±3 σ, which is as far as
    gains are believed; error: root of the mean square of their differences.
    """

    n: int
    predicted: float
    came: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledGain:
    """What a kind of change gained over its parents on the same rows, the mean of `tries` paired differences.

    low, high: 95 %, from the mean of their σ: the tries share their rows, so that they are taken as fully dependent,
    which is never too narrow.
    """

    tries: int
    value: float
    sigma: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LeagueRow:
    """A proposer or a move. tries: proposals that ended; kept, failed, stopped: of them. credit: σ of its keeps, as the
    director counts it; cpu_seconds: that its tries took; gain: over their parents, None where nothing had one."""

    name: str
    tries: int
    kept: int
    failed: int
    stopped: int
    cpu_seconds: float
    credit: float
    gain: PooledGain | None = None
    calibration: Foresight | None = None

    @property
    def keep_rate(self) -> float:
        """Share of the tries that were kept."""
        return self.kept / self.tries if self.tries else 0.0

    @property
    def per_minute(self) -> float | None:
        """Credited σ per minute of processor time; None where no time was measured."""
        return 60.0 * self.credit / self.cpu_seconds if self.cpu_seconds > 0 else None


StillNeeded = Literal["needed", "not told apart", "better without"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A keep taken out of the champion's recipe. of: the experiment that brought it; number: the experiment without it.

    worth: what the recipe with it gains over the one without, on the same rows; word: what its interval says.
    """

    of: int
    number: int
    worth: Difference
    word: StillNeeded


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepRow:
    """A keep. over_champion: of its time; elsewhere: the same on other folds, None where it was not tried there;
    over_parent: over the first experiment that it was made of; removal: what taking it out again showed."""

    number: int
    what: str
    by: str
    over_champion: Difference | None
    elsewhere: Difference | None
    over_parent: Difference | None
    cpu_seconds: float
    hints: tuple[str, ...] = ()
    removal: Removal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """One experiment on the way from the first to the best. over: the one before it; gain: over that one."""

    number: int
    what: str
    by: str
    over: int | None
    gain: Difference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HintCost:
    """What a hint's experiments took. number: the hint's."""

    number: int
    tries: int
    credit: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyMark:
    """A study in the plot and the text. at: experiments that had been proposed; found: sentences of its facts."""

    number: int
    kind: str
    question: str
    at: float
    found: tuple[str, ...]
    seconds: float
    failed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HintMark:
    """Where a hint was given, on the axis of experiments. text: "h4"."""

    text: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LongRun:
    """The values of the parts of a long run; each empty where nothing is known of it."""

    keeps: tuple[KeepRow, ...]
    vain: tuple[LeagueRow, ...]
    """Moves that were tried and never kept, those tried most often first."""
    proposers: tuple[LeagueRow, ...]
    moves: tuple[LeagueRow, ...]
    path: tuple[PathStep, ...]
    process: ProcessMetrics
    hint_costs: tuple[HintCost, ...] = ()
    hint_marks: tuple[HintMark, ...] = ()
    studies: tuple[StudyMark, ...] = ()
    removals: tuple[Removal, ...] = ()
    adaptive: tuple[str, ...] = field(default=())
    """Why no correction for choosing covers the figure."""
    unconfirmed: tuple[int, ...] = ()
    """Keeps that were not tried on other folds, though they were chosen by their score."""
