"""What faces draw of single experiments, of two of them, and of where a lab stands."""

from dataclasses import dataclass, field
from typing import Literal

from assay.core.array import JsonObject
from assay.core.event import Status
from assay.core.figure import Difference, Figure, number_text
from assay.core.fold_scores import FoldScore
from assay.core.result import Failure
from assay.core.study import StudyNote
from assay.core.uncounted_runs import UncountedRuns
from assay.core.vault_views import ChangeView, VaultView


@dataclass(frozen=True, slots=True, kw_only=True)
class HintView:
    """A hint, and what came of it. tries: experiments that follow it; kept: of those; gained: σ of those kept."""

    id: str
    kind: str
    what: str
    effect: str
    tries: int = 0
    kept: int = 0
    gained: float = 0.0
    void: int = 0
    """Experiments that it took out of the lineage."""
    ended: str = ""
    """Why it holds no more, "" while it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxView:
    """A message. state: "waiting", "acted on", "refused" or "expired"."""

    id: str
    kind: str
    what: str
    state: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HintStory:
    """A hint, the words it was read from, and what came of each experiment that follows it: (number, what, verdict)."""

    hint: HintView
    words: str
    by: str
    at_experiment: int
    tries: tuple[tuple[int, str, str], ...]
    void: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Record:
    """Everything about one experiment (show/1)."""

    lab: str
    number: int
    key: str
    what: str
    question: str
    by: str
    asked_at_seconds: float
    parents: tuple[int, ...]
    predicted_sigma: float | None
    predicted_keep: float | None
    recipe: JsonObject
    status: Status
    score: Figure | None
    folds: tuple[FoldScore, ...]
    against: Difference | None
    confirm: Difference | None
    verdict_rule: str
    verdict_why: str
    failure: Failure | None
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    size_bytes: int
    row_ms: float
    rounds: int | None
    weight: float
    children: tuple[int, ...]
    n_rows: int
    has_vault: bool = False
    gained: Difference | None = None
    """Gain of a set of engineered columns over the experiment it builds on; None where nothing was engineered."""
    change: ChangeView | None = None
    """Its test on the vault, if it was one of the changes tested there."""
    move: str = ""
    """The change of its parent by its name in the catalogue of moves."""
    reason: str = ""
    """Why it got its slot."""
    hints: tuple[HintView, ...] = ()
    """What a person said that it follows."""
    void_by: HintView | None = None
    """The hint that took it out of the lineage."""

    def __repr__(self) -> str:
        """`<Experiment #17 kept: catboost depth 6, ROC AUC 0.8068 out-of-fold, 2.7 σ over #9>`."""
        text = f"<Experiment #{self.number} {self.status}: {self.what}"
        if self.score is not None:
            text += f", {self.score.title or self.score.metric} {self.score.text} out-of-fold"
        if self.against is not None and self.against.over is not None:
            text += f", {number_text(self.against.z, 1)} σ over #{self.against.over}"
        return text + ">"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChange:
    """One line of a recipe diff: sign "+", "-" or "~"; a change names the parameter, from and to."""

    sign: Literal["+", "-", "~"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """Differences of two experiments, and their effect (b over a)."""

    lab: str
    a: int
    b: int
    a_what: str
    b_what: str
    changes: tuple[StepChange, ...]
    difference: Difference | None
    metric_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabStatus:
    """Status of a lab (status/1)."""

    lab: str
    path: str
    state: Literal["running", "paused", "idle", "finished"]
    pid: int | None
    elapsed_seconds: float
    left_seconds: float | None
    experiments: int
    kept: int
    dropped: int
    failed: int
    stopped_early: int
    running: tuple[str, ...]
    best: Figure | None
    best_number: int | None
    best_what: str
    champion: int | None
    sigma: float | None
    detectable: float | None
    expect: Figure | None
    proposers: tuple[tuple[str, int, int], ...]
    """(name, experiments, kept)"""
    has_model: bool
    vault: VaultView | None = None
    claimable: float | None = None
    """The smallest gain that the vault can let claim with 80 % power; None without a vault or noise."""
    since_keep: int | None = None
    """Experiments since the last keep; None where none was compared."""
    advice: str = ""
    """Whether continuing promises anything, once that can be said; a search started with --no-patience goes on."""
    would_help: tuple[str, ...] = ()
    """What was measured at a plateau of the champion: what rows, columns and time would bring; () where nothing was."""
    head: str = ""
    """Number and hash of the ledger's last record (ledger.anchor)."""
    unfinished: int = 0
    """Experiments that were begun and not ended by the search; not counted in `experiments`."""
    beside: UncountedRuns = field(default=UncountedRuns())
    """Runs not counted in `experiments`, `kept` and the other counts."""
    studies: tuple[StudyNote, ...] = ()
    """Studies that ended, in order."""
    restricted: str = ""
    """How labels are restricted by a column; "" where they are not."""
    is_sigma_planned: bool = False
    """Whether sigma was computed from the number of rows; else it was measured over the experiments."""
    hints: tuple[HintView, ...] = ()
    """What a person said and what holds."""
    inbox: tuple[InboxView, ...] = ()
    """Messages that no session has taken yet, and the last that were answered."""
    void: int = 0
    """Experiments that hints took out of the lineage; among the others in `experiments`."""
    repeats: int = 0
    """Experiments that tried a recipe again on other folds; among the others in `experiments`."""
    is_certified: bool = False
    """Whether the vault was opened for what ships now."""
    is_outdated: bool = False
    """Whether what ships holds experiments that are void."""
    why_paused: str = ""
    snapshot: str = ""
    """The folder of the model so far, where no search has ended with one since it was written."""
