"""What a researcher sees of a lab, and what it is: the contract of those who propose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from assay.core.experiment import Experiment, Pool
from assay.core.hint import Hint
from assay.core.recipe import Step
from assay.core.schema import Facts
from assay.core.study import StudyNote


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A researcher's knowledge of a finished experiment, without fold scores.

    z: difference to the champion of its time in units of noise, rounded to 0.5 and clipped to [-3, 3]; None if it
    failed. gain: over one experiment, the same for all observations, in one unit (the lab's current noise), rounded to
    0.5; None without a score. weight: its share in the current blend.
    """

    experiment: Experiment
    status: str
    z: float | None
    weight: float
    wall_seconds: float
    gain: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnCard:
    """A column as researchers see it, nothing of the target. levels: distinct codes, 0 for numbers; missing: share."""

    name: str
    kind: str
    levels: int
    missing: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LabView:
    """A researcher's view of a lab: facts of the task, and the history of finished experiments.

    asked: keys of experiments that have been proposed. seconds_left: until the end of the search; None in an exact
    run, where no proposal may depend on a measured time. partitions: number of fold partitions that score the same
    rows; 1: no repeats; n_folds: folds of each. applicable_steps: names of the steps that a researcher's traits
    look for and that add or change columns of this table, tried on some of its rows. families: those a person asked
    for by name; empty: all but `without`. columns: the features, without those that are barred, which recipes do
    not mention either; hints: what a person said and what holds now; since_keep: experiments since the last keep;
    findings: what an opening of the vault let claim, in words. is_ending: whether the last twentieth of the experiments
    or of the time has begun. studies: those that ended; priors: by move, what it is expected to gain over its parent
    before it was tried here, where other labs or the project have measured it.
    """

    facts: Facts
    without: frozenset[str]
    asked: frozenset[str]
    history: tuple[Observation, ...]
    seconds_left: float | None
    next_number: int
    partitions: int = 1
    applicable_steps: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()
    columns: tuple[ColumnCard, ...] = ()
    hints: tuple[Hint, ...] = ()
    since_keep: int = 0
    findings: tuple[str, ...] = ()
    is_ending: bool = False
    studies: tuple[StudyNote, ...] = ()
    priors: tuple[tuple[str, float], ...] = ()
    n_folds: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ResearcherTraits:
    """Traits of a researcher, which the director and a lab go by.

    pool: where its proposals come from; no correction for choosing covers an adaptive one. queue: its place among those
    who are asked when nobody is named, low ones first; None: only by name. needs_vault: it has that place only in labs
    that set a vault aside; not_with_vault: only in the others, as somebody who goes by scores does the same there.
    purpose: the preset that it is for, where it is asked in place of those without. looks_for: the steps of which it is
    told whether they find anything in this table. is_for_end: it proposes at the end of a search or on a plateau alone,
    and then before all others; it takes no turns. turns: slots that it gets for one of the others', and how many times
    their credit is expected of its tries, until it is known what each earns. in_turns_with_vault: its pool is fixed,
    and comes first only where the figure needs that; with a vault it takes turns with those who go by scores.
    """

    pool: Pool = "adaptive"
    queue: int | None = None
    needs_vault: bool = False
    not_with_vault: bool = False
    purpose: str = ""
    looks_for: Callable[[], tuple[Step, ...]] = tuple
    is_for_end: bool = False
    turns: int = 1
    in_turns_with_vault: bool = False

    def takes_turns(self, *, has_vault: bool) -> bool:
        """Whether it takes turns: those who build on what they see of scores share slots, after all with a fixed
        pool."""
        if self.pool == "fixed":
            return has_vault and self.in_turns_with_vault
        return not self.is_for_end


class Researcher(Protocol):
    """Proposes experiments and never runs them. A pure function of the view and its seed."""

    traits: ClassVar[ResearcherTraits]

    def __init__(self, *, seed: int) -> None: ...
    @property
    def name(self) -> str: ...
    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        """At most n proposals, numbered from view.next_number; none when it has nothing more to propose."""
        ...
