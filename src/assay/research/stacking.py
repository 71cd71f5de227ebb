"""Stacking: second-level models on the out-of-fold predictions of the best first-level ones, beside the columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.core.contract import LabView, ResearcherTraits, Seeds
from assay.core.experiment import Experiment
from assay.core.move import Parent, as_experiment
from assay.research import register
from assay.research.moves.on_members import OnMembers
from assay.research.portfolio import entries

ABOVE = ("linear", "lgb_small", "et")
"""Portfolio entries used as a second level, the cheapest and, on most tables, best one first."""


@register("stack")
@dataclass(frozen=True)
class Stack:
    """Proposes a few cheap models on the heaviest members of the blend (Wolpert, 1992), each once."""

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(pool="bounded", queue=70)

    seed: int = 0
    name: str = "stack"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        return tuple(self._proposals(view))[:n] if OnMembers().suits(view) else ()

    def _proposals(self, view: LabView) -> Iterator[Experiment]:
        known = {entry.name: entry for entry in entries(view.facts, without=view.without)}
        move, rng, number = OnMembers(), Seeds(self.seed).rng(), view.next_number
        for entry in (known[name] for name in ABOVE if name in known):
            for made in move.changes(Parent(recipe=entry.recipe, what=entry.what), view, rng):
                if made.recipe.key not in view.asked:
                    yield as_experiment(made, move, number=number, by=self.name, seed=self.seed, expected=(0.0, 0.1))
                    number += 1
