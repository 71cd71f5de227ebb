"""Local search: small changes of the settings of blend members."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.contract import LabView, Observation, ResearcherTraits, Seeds
from assay.core.experiment import Experiment
from assay.core.move import Changed, Parent, as_experiment
from assay.research import register
from assay.research.family_history import histories
from assay.research.moves.near_settings import NearSettings

TRIES = 20


@register("neighbours")
@dataclass(frozen=True)
class Neighbours:
    """Proposes variations of the blend's members, each equally often; before there is a blend, of any success."""

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(pool="bounded", queue=50)

    seed: int = 0
    name: str = "neighbours"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        known = [past for history in histories(view) for past in history.observations if past.gain is not None]
        parents = [past for past in known if past.weight > 0] or known
        move, asked, out = NearSettings(), set(view.asked), list[Experiment]()
        for number in range(view.next_number, view.next_number + n if parents else 0):
            made = _fresh(view, parents, asked, Seeds(self.seed).child(self.name, number).rng())
            if made is not None:
                asked.add(made.recipe.key)
                place = view.next_number + len(out)
                out.append(as_experiment(made, move, number=place, by=self.name, seed=self.seed, expected=(0.0, 0.1)))
        return tuple(out)


def _fresh(view: LabView, parents: Sequence[Observation], asked: set[str], rng: np.random.Generator) -> Changed | None:
    """A variation that was not asked for; None where many draws give none."""
    for _ in range(TRIES):
        past = parents[int(rng.integers(len(parents)))]
        for made in NearSettings().changes(Parent.of(past.experiment), view, rng):
            if made.recipe.key not in asked:
                return made
    return None
