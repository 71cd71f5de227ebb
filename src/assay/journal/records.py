"""What the ledger says of a lab's experiments and sessions, one record a kind."""

import math
from dataclasses import dataclass

from assay.core.figure import Difference, Figure
from assay.core.labels import LabelThreshold
from assay.core.text_model import TextModel
from assay.core.time_stretches import Blocks, UnknownNextPeriod
from assay.core.views import StoppedBy
from assay.core.word_effects import WordEffects
from assay.ensemble.candidate import Blend
from assay.evidence.noise import Excess
from assay.evidence.permutation_guard import Guard


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRecord:
    """The judge's verdict on an experiment, as recorded. excess: fold variance beyond what rows explain."""

    kept: bool
    rule: str
    why: str
    against: Difference | None = None
    excess: Excess | None = None
    confirm: Difference | None = None
    """Its gain over the same champion on other folds; None where those were not fitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRecord:
    """What permuted copies of an experiment's engineered columns gained, as recorded.

    folds: those tested; seconds: of work; failed: why there is no answer, or "".
    """

    guard: Guard
    folds: tuple[int, ...] = ()
    seconds: float = 0.0
    failed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """The shipped model.

    estimated_ms: of one row, from counts (core.effort), compared with limits; measured_ms: on the machine that
    made it, None where there was no time. most_ms, most_bytes: limits set by the user (inf: none); limits: the words
    they were set with.
    """

    size_bytes: int
    estimated_ms: float
    measured_ms: float | None
    form: str
    blend: Blend
    most_ms: float = math.inf
    most_bytes: float = math.inf
    limits: str = ""
    bag_left: bool = False
    """Whether fold models stayed behind because the model would have been too large with them."""
    labels: LabelThreshold | None = None
    unread: tuple[str, ...] = ()
    """Columns that models of folds read and this one does not."""

    @property
    def row_ms(self) -> float:
        """Milliseconds of one row for display: measured, or else estimated."""
        return self.estimated_ms if self.measured_ms is None else self.measured_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRecord:
    """Members that were left out because they could not be fitted on all rows in time."""

    members: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRecord:
    """How a search ended and what may be promised. price: what a readable model gains over the best of any kind."""

    stopped_by: StoppedBy
    expect: Figure | None
    search: Figure | None
    optimism: float | None
    gain: Difference | None
    learned: str
    columns: tuple[tuple[str, float, float, float], ...] = ()
    utilisation: float | None = None
    sigma: float | None = None
    seconds: float = 0.0
    price: Difference | None = None
    limit: Difference | None = None
    """What the user's limits of time and size cost in score; None where they changed nothing."""
    free: tuple[int, ...] = ()
    """Experiments that would be in the model without those limits."""
    adaptive: tuple[str, ...] = ()
    """Why no correction for choosing covers the figure."""
    blocks: Blocks | None = None
    """Of rows in order of time: how what ships scored in each stretch."""
    unknown_next_period: UnknownNextPeriod | None = None
    """Why nothing is known of the next stretch, where rows are in order of time."""
    further: tuple[tuple[float, ...], ...] = ()
    """There, what the fit before each block scores in it and in all later ones; () where that was not measured."""
    uncut: float | None = None
    """The optimism estimated by resampling, where less was subtracted: no gain turns into a loss of more than σ."""
    told_by: tuple[int, ...] = ()
    """Members of the model whose columns were shuffled, as one blend."""
    by_time: tuple[str, ...] = ()
    """Columns that are not among `columns`, as drift explains what they seem to carry."""
    words: WordEffects | None = None
    """What words do, where a member reads texts and there was time to ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """One stretch of work on the lab by one process."""

    pid: int
    seed: int
    seconds: float | None
    experiments: int | None
    workers: int
    versions: tuple[tuple[str, str], ...]
    without: tuple[str, ...] = ()
    asked: str = ""
    """The user's other settings, in canonical words."""
    strays: tuple[str, ...] = ()
    """Artifacts that no record named when the session began: of work that was cut off, or of records that are gone."""
    labels: str = ""
    """How rows of two classes are to be labelled (core.labels.LabelRule); "" as the metric gains by."""
    settings: str = ""
    """The settings that a later session goes on with, as JSON; "" of sessions that recorded none."""
    until: float | None = None
    """The lab's seconds at which this session ends, where that is before its time limit."""
    text_models: tuple[TextModel, ...] = ()
    """The encoders of texts that it could use."""
    priors: tuple[tuple[str, float], ...] = ()
    """By move, what it was expected to gain by the memory of other labs, so that a later state of that changes nothing.
    """
    held: float = 0.0
    """σ that a keep must gain on other folds, too (evidence.judge.HELD); 0: any gain, as earlier versions asked."""
