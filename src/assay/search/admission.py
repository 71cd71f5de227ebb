"""The proposals that run: drawn from the director, admitted if all their folds can end in time."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from assay.core.experiment import Experiment
from assay.models.cheaper_variants import cheaper_recipes
from assay.research.human import HUMAN
from assay.research.portfolio import BASELINE, FLOOR, is_of_portfolio
from assay.search.code_gate import CodeGate
from assay.search.confirmation import SHARE as CONFIRM_SHARE
from assay.search.director import Director
from assay.search.experiment_run import ExperimentRun
from assay.search.fit_cost import SAFETY, CostModel
from assay.search.second_level import lay_out
from assay.search.session import Session
from assay.search.stop_rule import StopRule

GENERATION = 8
"""Experiments proposed at once in an exact run: proposals depend on earlier generations only, so that the number of
workers changes nothing."""
MOST_PASSED, MOST_SEARCHED_PASSED = 40, 6
"""Proposals in a row that cannot be afforded, and those among them that came from a searching researcher."""
DEAR_SHARE = 0.25
"""Share of the time left, with all workers, above which an entry of the portfolio waits for the others."""


@dataclass
class Admission:
    """Takes proposals and turns those that can end in time into runs.

    exhausted: no proposal is left that could run; short_of_time: because of the time.
    """

    session: Session
    director: Director
    cost: CostModel
    stop_rule: StopRule
    code: CodeGate
    passed_over: set[str] = field(default_factory=set)
    dear: set[str] = field(default_factory=set)
    """Entries that wait because each would take a large share of the time; proposed again when nothing else is left."""
    takes_dear: bool = False
    dropped: dict[str, int] = field(default_factory=dict)
    """Families that failed too often in the same way, and how often."""
    short_of_time: bool = False
    exhausted: bool = False

    @property
    def n_folds(self) -> int:
        return self.session.folder.split.n_folds

    @property
    def count_reached(self) -> bool:
        """Whether the wanted number of experiments was proposed."""
        is_full = self.stop_rule.experiments is not None and self.session.state.proposed >= self.stop_rule.experiments
        return is_full and not self._confirmations(1)

    def _confirmations(self, n: int) -> Sequence[Experiment]:
        """Runs that a keep waits for; they come first and do not count against a budget of experiments."""
        return self.director.confirmations(self.session.state, n=n, passed=frozenset(self.passed_over))

    def may_ask(self, runs: Mapping[int, ExperimentRun]) -> bool:
        """Whether anything may be added to what runs; an exact run proposes by generations."""
        if self.exhausted or self.count_reached or self.stop_rule.freeze().is_over:
            return False
        return not (self.stop_rule.exact and runs)

    def admit(self, waiting_seconds: float) -> tuple[ExperimentRun, ...]:
        """The next runs, one except in an exact run; () when nothing fits, which then holds for good.

        waiting_seconds: of queued work until the workers are free for it.
        """
        searched = 0
        for _ in range(MOST_PASSED):
            asked, found = self._try(waiting_seconds)
            if found:
                return found
            searched += any(one.pool != "fixed" for one in asked)
            if not asked or searched >= MOST_SEARCHED_PASSED:
                break
        self.exhausted = True  # after so many in a row that cannot be afforded, what is left is too short for anything
        return ()

    def admit_ahead(self, waiting_seconds: float) -> tuple[ExperimentRun, ...]:
        """One try of the same while all workers are busy: () does not mean that nothing is left."""
        return self._try(waiting_seconds)[1]

    def steered(self) -> None:
        """After a person's hint: there may be proposals again."""
        self.exhausted = False

    def _try(self, waiting_seconds: float) -> tuple[tuple[Experiment, ...], tuple[ExperimentRun, ...]]:
        wanted = GENERATION if self.stop_rule.exact else 1
        asked = tuple(self._confirmations(wanted) or self._proposals(wanted))
        runs = (self._admitted(proposal, waiting_seconds) for proposal in asked)
        return asked, tuple(run for run in runs if run is not None)

    def _proposals(self, n: int) -> Sequence[Experiment]:
        if self.stop_rule.experiments is not None:
            n = min(n, self.stop_rule.experiments - self.session.state.proposed)
        left = None if self.stop_rule.exact else self.stop_rule.freeze().left
        passed = frozenset(self.passed_over | self.dear)
        found = self.director.ask(self.session.state, n=n, seconds_left=left, passed=passed)
        if not self.dear or any(map(is_of_portfolio, found)):
            return found
        self.dear, self.takes_dear = set(), True
        return self.director.ask(self.session.state, n=n, seconds_left=left, passed=frozenset(self.passed_over))

    def _admitted(self, proposal: Experiment, waiting_seconds: float) -> ExperimentRun | None:
        family = proposal.recipe.model.name
        why = self.code.why_waits(proposal.recipe)
        if why:
            self._pass_over(proposal, f"{why}: it waits for one that has")
            return None
        if family in self.dropped:
            self._pass_over(proposal, f"{family} failed {self.dropped[family]} times in the same way and is left out")
            return None
        fits = self._fits(proposal, waiting_seconds)
        if not fits or self._is_dear(proposal):
            self.short_of_time = self.short_of_time or not fits
            cheaper = self._cheaper(proposal, waiting_seconds)
            if cheaper is None and fits:
                self.dear.add(proposal.key)
                return None
            if cheaper is None:
                seconds = self.n_folds * self.cost.fold_seconds(proposal)
                self._pass_over(proposal, f"its folds would take about {seconds:.0f} s, longer than what is left")
                return None
            self.passed_over.add(proposal.key)
            proposal = cheaper
        self.session.journal.write("asked", proposal, experiment=proposal.number)
        lay_out(self.session.folder, self.session.journal.ledger, self.session.state, proposal)
        # An exact run never races: what is known at a gate depends on which results came first.
        may_race = proposal.repeat_of is None and not self._is_new_family(proposal)
        races = not self.stop_rule.exact and self.n_folds > 2 and may_race
        seconds = 0.0 if self.stop_rule.exact else self.cost.fold_seconds(proposal)
        return ExperimentRun(proposal, self.n_folds, races, seconds)

    def _pass_over(self, proposal: Experiment, why: str) -> None:
        """Leave a proposal for a session with more time, and record it in the ledger."""
        self.passed_over.add(proposal.key)
        if is_of_portfolio(proposal) or proposal.by == HUMAN:
            self.session.journal.write("passed", {"what": proposal.what, "key": proposal.key, "why": why})

    def _cheaper(self, proposal: Experiment, waiting_seconds: float) -> Experiment | None:
        """The same configuration for less time, if there is one that fits; else None."""
        for recipe in cheaper_recipes(proposal.recipe) if is_of_portfolio(proposal) else ():
            cheaper = replace(proposal, recipe=recipe, what=f"{proposal.what}, in a hurry", entry=proposal.entry)
            if recipe.key in self.session.state.index.keys:
                continue
            if self._fits(cheaper, waiting_seconds) and not self._is_dear(cheaper):
                return cheaper
        return None

    def _is_dear(self, proposal: Experiment) -> bool:
        """Whether an entry would take a large share of the time that others, each as likely to help, need."""
        if self.stop_rule.exact or self.takes_dear or not is_of_portfolio(proposal) or proposal.entry == BASELINE:
            return False
        if all(entry.experiment.entry in FLOOR for entry in self.session.state.entries.values()):
            return False  # without the first, which reads all columns, what follows may leave no model to ship
        seconds = self.n_folds * self.cost.fold_seconds(proposal) / self.session.workers
        return seconds > DEAR_SHARE * max(self.stop_rule.freeze().left, 0.0)

    def _fits(self, proposal: Experiment, waiting_seconds: float) -> bool:
        if self.stop_rule.exact:
            return True
        waves = math.ceil(self.n_folds / self.session.workers)
        left = self.stop_rule.freeze().left * (CONFIRM_SHARE if proposal.is_confirmation else 1.0)
        return SAFETY * self.cost.fold_seconds(proposal) * waves + waiting_seconds <= left

    def _is_new_family(self, proposal: Experiment) -> bool:
        family, entries = proposal.recipe.model.name, self.session.state.entries.items()
        others = (e.experiment.recipe.model.name for n, e in entries if n != proposal.number)
        return is_of_portfolio(proposal) and family not in others
