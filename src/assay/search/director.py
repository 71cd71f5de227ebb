"""The choice of researcher for each free slot: fixed pools first, then by what searching ones have earned."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from assay.core.contract import ColumnCard, LabView
from assay.core.experiment import Experiment
from assay.core.recipe import Step
from assay.core.schema import Facts
from assay.core.study import PLATEAU
from assay.core.task import Notice
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.state import LabState
from assay.models import registry as models
from assay.models import traits_of
from assay.research import pool_of, queue, takes_turns
from assay.research import registry as researchers
from assay.research.ablate import FEWEST
from assay.research.earned_turns import Earned
from assay.research.human import HUMAN
from assay.research.studied import STUDIED
from assay.search import confirmation as confirm
from assay.search.known_so_far import findings, is_ending, since_keep, until_ending
from assay.search.observations import Observed
from assay.search.ruled_proposals import RuledProposals
from assay.search.turns import Turn, earned, next_turn
from assay.steering.leaning import avoided_families

FAILS_TO_DROP = 2


def dropped(state: LabState) -> tuple[str, ...]:
    """Families that failed on every try, FAILS_TO_DROP of them or more: they are not proposed any more. Not those that
    run functions of people: two files that fail say nothing of a third.
    """
    index = state.index
    known = [(name, fails) for name, fails in index.failures.items() if not traits_of(name).runs_code]
    failed = [(name, fails) for name, fails in known if fails >= FAILS_TO_DROP]
    return tuple(sorted(name for name, fails in failed if fails == index.families[name]))


def dropped_notices(state: LabState) -> tuple[Notice, ...]:
    """Notices with their names and the last error of each."""
    said = {
        entry.experiment.recipe.model.name: entry.result.failure.message
        for _, entry in sorted(state.entries.items())
        if entry.result is not None and entry.result.failure is not None
    }
    return tuple(
        Notice(
            code="budget/dropped-family", message=f"{name} failed on every try and was dropped: {said.get(name, '')}"
        )
        for name in dropped(state)
    )


@dataclass(frozen=True)
class Director:
    """Asks researchers with a fixed pool, in the order of names; then shares the slots out among searching ones.

    sigma: the lab's noise in a given state, the unit of gains. families, partitions, n_folds: see LabView.
    applicable_steps: those of some steps that find something in the table, always the same; called only for
    researchers that look for some. facts_without: the facts where some columns are barred. columns, priors: LabView.
    budget: of experiments, None without one.
    """

    facts: Facts
    without: frozenset[str]
    seed: int
    names: tuple[str, ...] = field(default_factory=lambda: queue(has_vault=False))
    families: frozenset[str] = frozenset()
    partitions: int = 1
    n_folds: int = 5
    higher_is_better: bool = True
    sigma: Callable[[LabState], float | None] = lambda state: None
    applicable_steps: Callable[[tuple[Step, ...]], frozenset[str]] = lambda steps: frozenset()
    facts_without: Callable[[frozenset[str]], Facts] | None = None
    columns: tuple[ColumnCard, ...] = ()
    priors: tuple[tuple[str, float], ...] = ()
    budget: int | None = None
    _observed: Observed = field(default_factory=Observed, init=False, repr=False, compare=False)
    _ruled: RuledProposals = field(default_factory=RuledProposals, init=False, repr=False, compare=False)

    _estimates: dict[Step, float] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._observed.higher_is_better = self.higher_is_better

    def view(self, state: LabState, *, seconds_left: float | None, passed: frozenset[str] = frozenset()) -> LabView:
        """What researchers see; `passed` are experiments that were proposed and cannot be afforded now.

        Recipes are shown as if barred columns had never been there; what breaks a rule is not shown at all.
        """
        ruled = self._ruled
        rules = ruled.begin(state)
        is_other = bool(rules.columns) and self.facts_without is not None
        facts = self.facts_without(rules.columns) if is_other and self.facts_without else self.facts
        return LabView(
            facts=facts, without=self.without | rules.families | frozenset(dropped(state)),
            asked=passed | ruled.asked(state), seconds_left=seconds_left, hints=state.hints,
            history=ruled.history(self._observed.of(state, sigma=self.sigma(state))),
            next_number=state.next_number, partitions=self.partitions, families=self.families,
            columns=tuple(card for card in self.columns if card.name not in rules.columns),
            since_keep=since_keep(state), findings=findings(state), studies=tuple(state.studies),
            n_folds=self.n_folds, priors=self.priors,
            is_ending=is_ending(state, budget=self.budget, seconds_left=seconds_left),
        )  # fmt: skip

    def ask(
        self, state: LabState, *, n: int, seconds_left: float | None, passed: frozenset[str] = frozenset()
    ) -> Sequence[Experiment]:
        """At most n new experiments, numbered; () when no researcher has anything left to propose."""
        view = self.view(state, seconds_left=seconds_left, passed=passed)
        n = self._before_end(state, n)
        own = self._by_hand(state, view, n)
        if own:
            return own
        avoided = avoided_families(view.hints) - view.without
        if avoided:  # they wait until nothing else is left
            others = replace(view, without=view.without | avoided)
            found = self._known(state, others, n) or self._searched(state, others, n)
            if found:
                return found
        return self._known(state, view, n) or self._searched(state, view, n)

    def _before_end(self, state: LabState, n: int) -> int:
        """n, or fewer, where more would skip the moment at which those are asked who propose at the end alone."""
        if (
            self.budget is None
            or self.budget <= FEWEST
            or not any(researchers.get(name).traits.is_for_end for name in self.names)
        ):
            return n
        left = until_ending(state, budget=self.budget)
        return min(n, left) if left > 0 else n

    def _by_hand(self, state: LabState, view: LabView, n: int) -> Sequence[Experiment]:
        """What a person added and nobody has tried, then what hints ask for, then what studies propose."""
        added = self._ruled.added(state, view, n=n, seed=self.seed)
        return added or (self._asked(HUMAN, view, n) if view.hints else ()) or self._studied(view, n)

    def _studied(self, view: LabView, n: int) -> Sequence[Experiment]:
        """What studies propose that a person asked for; of others where the lab takes what builds on scores."""
        heard = tuple(note for note in view.studies if note.asked_by != PLATEAU or STUDIED in self.names)
        return self._asked(STUDIED, replace(view, studies=heard), n) if heard else ()

    def confirmations(self, state: LabState, *, n: int, passed: frozenset[str] = frozenset()) -> Sequence[Experiment]:
        """At most n known recipes on other folds, where a keep waits for them; they come before anything new."""
        if not confirm.waiting(state):  # called at every turn of the loop, and mostly nothing waits
            return ()
        asked = passed | state.index.keys
        return confirm.wanted(state, n=n, partitions=self.partitions, asked=asked, seed=self.seed)

    def waiting(self, state: LabState, *, passed: frozenset[str] = frozenset()) -> Sequence[Experiment]:
        """The next experiment that needs no search: of a fixed pool, or a keep's confirmation."""
        known = self.confirmations(state, n=1, passed=passed)
        view = self.view(state, seconds_left=None, passed=passed)
        return known or self._by_hand(state, view, 1) or self._known(state, view, 1)

    def known(self, state: LabState, *, n: int) -> Sequence[Experiment]:
        """The first n of the first fixed pool that has a proposal, whatever time is left."""
        return self._known(state, self.view(state, seconds_left=None), n)

    def searching(self, state: LabState) -> list[str]:
        """Those who take turns in this lab."""
        return [name for name in self.names if takes_turns(name, has_vault=state.vault is not None)]

    def _known(self, state: LabState, view: LabView, n: int) -> Sequence[Experiment]:
        for name in self.names:
            in_turns = takes_turns(name, has_vault=state.vault is not None)
            proposals = () if in_turns else self._asked(name, view, n)
            if proposals:
                return proposals
        return ()

    def _asked(self, name: str, view: LabView, n: int) -> Sequence[Experiment]:
        researcher = researchers.get(name)
        steps = researcher.traits.looks_for()
        if steps and view.history:  # before that the workers wait for the first proposals
            view = replace(view, applicable_steps=self.applicable_steps(steps))
        found = self._ruled.ask(researcher(seed=self.seed), view, n=n)
        return tuple(replace(one, pool=pool_of(name)) for one in found)

    def _searched(self, state: LabState, view: LabView, n: int) -> Sequence[Experiment]:
        """Slot by slot: the researcher whose turn it is proposes; one without a proposal is left out from then on."""
        left = self.searching(state)
        out: list[Experiment] = []
        while left and len(out) < n:
            turn = self._turn(state, left, out, is_exact=view.seconds_left is None)
            seen = replace(view, next_number=view.next_number + len(out), asked=view.asked | {one.key for one in out})
            out += self._of_turn(turn, seen, left)
        return tuple(out)

    def _of_turn(self, turn: Turn, view: LabView, left: list[str]) -> Sequence[Experiment]:
        """The proposal of the first that has one, of a family that did not have too many in a row if anyone has such;
        who has nothing at all leaves those who are left."""
        if turn.without:
            others = replace(view, without=view.without | {turn.without})
            for name in turn.names:
                found = self._asked(name, others, 1)
                if found and found[0].recipe.model.name != turn.without:
                    return (replace(found[0], reason=turn.why[name]),)
        for name in turn.names:
            found = self._asked(name, view, 1)
            if found:
                return (replace(found[0], reason=turn.why[name]),)
            left.remove(name)
        return ()

    def earned(self, state: LabState, names: Sequence[str], *, is_exact: bool) -> dict[str, Earned]:
        """What those who search earned so far, by name."""
        return earned(state, names, self._estimated if is_exact else _measured)

    def _turn(self, state: LabState, names: Sequence[str], out: Sequence[Experiment], *, is_exact: bool) -> Turn:
        seconds = self._estimated if is_exact else _measured
        return next_turn(state, names, out, seconds, seed=self.seed, is_exact=is_exact)

    def _estimated(self, entry: ExperimentEntry) -> float:
        """Seconds by the family's estimate, as an exact run reads no clock."""
        model = entry.experiment.recipe.model
        if model not in self._estimates:
            known = model.name in models
            self._estimates[model] = models.build(model).cost(self.facts).seconds if known else 1.0
        return self._estimates[model]


def _measured(entry: ExperimentEntry) -> float:
    return 0.0 if entry.result is None else entry.result.wall_seconds
