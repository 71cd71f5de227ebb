"""Proposals under the rules of a person: researchers see a lab without what is barred, and propose as if it were so."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assay.core.contract import LabView, Observation, Researcher
from assay.core.experiment import Experiment
from assay.core.feature_idea import FeatureSet
from assay.core.recipe import Recipe, Step
from assay.journal.state import LabState
from assay.journal.steering_records import QueuedRecord
from assay.research.feature_sets import with_set
from assay.research.human import HUMAN
from assay.steering.steering_rules import SteeringRules

MOST_REFUSED = 60
"""Times that a researcher is asked in a row where all that it proposes breaks a rule."""
KEPT_WEIGHT = 0.05
"""Weight that researchers see of an experiment that a person keeps, where it has less."""


@dataclass
class RuledProposals:
    """refused: keys, as researchers see recipes, of what was proposed and breaks a rule, or was asked for already in
    the form that the rules give it."""

    rules: SteeringRules = field(default_factory=SteeringRules)
    refused: set[str] = field(default_factory=set)
    _known: tuple[int, frozenset[str]] = (-1, frozenset())

    def begin(self, state: LabState) -> SteeringRules:
        """The rules that hold now."""
        rules = SteeringRules.of(state.hints)
        if rules != self.rules:
            self.rules, self.refused, self._known = rules, set(), (-1, frozenset())
        return rules

    @property
    def are_none(self) -> bool:
        return self.rules == SteeringRules()

    def asked(self, state: LabState) -> frozenset[str]:
        """Keys of what was proposed, as researchers see recipes; what breaks a rule was never proposed to them."""
        if self.are_none:
            return frozenset(state.index.keys)
        if self._known[0] != state.last_record:
            able = (e.experiment for e in state.entries.values() if not self.rules.broken_by(e.experiment))
            self._known = state.last_record, frozenset(self._seen(one).key for one in able)
        return self._known[1] | self.refused

    def history(self, found: tuple[Observation, ...]) -> tuple[Observation, ...]:
        """Observations of what keeps the rules."""
        if self.are_none:
            return found
        able = (past for past in found if not self.rules.broken_by(past.experiment))
        return tuple(self._shown(past) for past in able)

    def _shown(self, past: Observation) -> Observation:
        """As researchers see it; what a person keeps is a parent, whatever its weight."""
        is_kept = past.experiment.number in self.rules.parents and past.gain is not None
        weight = max(past.weight, KEPT_WEIGHT) if is_kept else past.weight
        return replace(past, experiment=self._seen(past.experiment), weight=weight)

    def ask(self, researcher: Researcher, view: LabView, *, n: int) -> Sequence[Experiment]:
        """A researcher's proposals in the form that the rules give them, without those that break one."""
        if self.are_none:
            return researcher.ask(view, n=n)
        for _ in range(MOST_REFUSED):
            found = researcher.ask(replace(view, asked=view.asked | self.refused), n=n)
            bound = [(one, replace(one, recipe=self._bound(one.recipe))) for one in found]
            out = [one for _, one in bound if one.key not in view.asked and not self.rules.broken_by(one)]
            if out or not found:
                return tuple(replace(one, number=view.next_number + place) for place, one in enumerate(out))
            self.refused.update(seen.key for seen, _ in bound)
        return ()

    def added(self, state: LabState, view: LabView, *, n: int, seed: int) -> Sequence[Experiment]:
        """What a person added and nobody has tried, in order of arrival."""
        out: list[Experiment] = []
        for queued in state.steering.queue:
            recipe = self._bound(self.rules.seen(queued.recipe))
            if any(state.entries[number].is_void for number in recipe.on):
                continue
            one = Experiment(
                number=state.next_number + len(out), recipe=recipe, what=queued.what, by=HUMAN,
                parents=recipe.on or (() if queued.to is None else (queued.to,)),
                seed=seed, reason=f"added by {queued.by or 'hand'}", adds=queued.adds, question=_question(queued),
            )  # fmt: skip
            known = state.index.keys | view.asked | {other.key for other in out}
            is_new = not {one.key, queued.recipe.key} & known
            if len(out) < n and is_new and not self.rules.broken_by(one):
                out.append(one)
        return tuple(out)

    def _bound(self, recipe: Recipe) -> Recipe:
        """A recipe without the barred columns and with the steps that a person keeps."""
        have = {step.name for step in recipe.steps}
        for name in sorted(self.rules.kept_steps - have):
            recipe = with_set(recipe, FeatureSet(name=name, what=name, steps=(Step.of(name),)))
        return self.rules.bound(recipe)

    def _seen(self, experiment: Experiment) -> Experiment:
        return replace(experiment, recipe=self.rules.seen(experiment.recipe))


def _question(queued: QueuedRecord) -> str:
    if queued.adds and queued.to is not None:
        return f"What do the columns that {queued.by or 'a person'} added bring #{queued.to}: {queued.what}?"
    return f"How good is what was added by {queued.by or 'hand'}: {queued.what}?"
