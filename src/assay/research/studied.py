"""The researcher of studies: what they propose, first come first served."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from assay.core.contract import LabView, ResearcherTraits
from assay.core.experiment import Experiment
from assay.core.study import MOST_PROPOSALS
from assay.research import register

STUDIED = "study"


@register(STUDIED)
@dataclass(frozen=True)
class Studied:
    """Proposes the recipes that studies propose, as far as nobody tried them; at most five of each.

    Studies look at scores, so that these are no fixed pool. The director asks it before those who search: what a person
    asked a study for, in any lab; what a plateau's studies propose, where a vault is set aside.
    """

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(pool="adaptive", queue=85, needs_vault=True)

    seed: int = 0
    name: str = STUDIED

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        out: list[Experiment] = []
        asked, known = set(view.asked), {past.experiment.number for past in view.history}
        for note in view.studies:
            for one in note.proposals[:MOST_PROPOSALS]:
                is_able = set(one.cites) | set(one.recipe.on) <= known and one.recipe.model.name not in view.without
                if len(out) == n or one.recipe.key in asked or not is_able:
                    continue
                asked.add(one.recipe.key)
                out.append(
                    Experiment(
                        number=view.next_number + len(out), recipe=one.recipe, what=one.what, question=one.question,
                        by=self.name, parents=one.cites, seed=self.seed, adds=one.adds, move=one.move,
                        reason=f"study {note.number} ({note.kind}) proposes it",
                    )
                )  # fmt: skip
        return tuple(out)
