"""Readable models, and the best unreadable single model for comparison (preset interpretable)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.core.contract import Entry, Facts, LabView, ResearcherTraits
from assay.core.experiment import Experiment
from assay.models import registry as models
from assay.pipeline.monotone_recipes import honours
from assay.research import register
from assay.research.portfolio import FLOOR, entries, fitting

PURPOSE = "interpretable"
YARDSTICK = ("lgb_std", "cat_std", "lgb_fe", "et")
"""Entries that readable models are compared with; the difference to the best of them is the price of reading.
Names, so that the price stays comparable whatever is installed beside them."""


def order(facts: Facts, *, without: frozenset[str] = frozenset()) -> tuple[Entry, ...]:
    """The floor, every readable entry, then the yardstick."""
    found = {entry.name: entry for entry in entries(facts, without=without, purpose=PURPOSE)}
    readable = {
        entry.name: fitting(entry, facts)
        for family, model in models
        if family not in without and model.traits.readable
        for entry in model.portfolio(facts)
        if honours(entry.recipe, facts)
    }
    found |= readable
    wanted = dict.fromkeys((*FLOOR, *readable, *YARDSTICK))
    return tuple(found[name] for name in wanted if name in found)


@register("readable")
@dataclass(frozen=True)
class Readable:
    """Proposes each of them once, in order."""

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(pool="fixed", queue=20, purpose=PURPOSE)

    seed: int = 0
    name: str = "readable"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        waiting = [entry for entry in order(view.facts, without=view.without) if entry.recipe.key not in view.asked][:n]
        return tuple(
            Experiment(
                number=view.next_number + i, recipe=entry.recipe, what=entry.what, by=self.name, entry=entry.name,
                seed=self.seed, question=f"How far does {entry.what} get on these columns?",
            )
            for i, entry in enumerate(waiting)
        )  # fmt: skip
