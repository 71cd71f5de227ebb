"""Local search: small changes of the settings of blend members."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.contract import Frozen, LabView, Observation, Recipe, ResearcherTraits, Seeds, Step
from assay.core.experiment import Experiment
from assay.core.space import Choice, Float, Int, Space, When
from assay.research import register
from assay.research.family_history import FamilyHistory, histories

SPREAD = 0.4
"""Standard deviation of a log-parameter's change."""
TRIES = 20


def changed(value: Frozen, dimension: Float | Int, rng: np.random.Generator) -> float | int:
    """A number near the given one, within its dimension; log-scaled ones are multiplied by e^N(0, SPREAD)."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return dimension.sample(rng)
    if dimension.log and value > 0:
        moved = float(value) * math.exp(rng.normal(0, SPREAD))
    else:
        moved = float(value) + rng.normal(0, SPREAD) * (dimension.high - dimension.low) / 4
    moved = min(max(moved, dimension.low), dimension.high)
    return round(moved) if isinstance(dimension, Int) else float(f"{moved:.4g}")


def perturbed(step: Step, space: Space, rng: np.random.Generator) -> Step:
    """The step with every number changed a little and one choice redrawn."""
    params = dict(step.params)
    numbers = [(name, d) for name, d in space.dimensions if isinstance(d, Float | Int)]
    choices = [(name, d) for name, d in space.dimensions if isinstance(d, Choice)]
    for name, number in numbers:
        params[name] = changed(params.get(name), number, rng)
    if choices and rng.random() < 0.5:
        name, choice = choices[int(rng.integers(len(choices)))]
        params[name] = choice.sample(rng)
    for name, dimension in space.dimensions:
        if isinstance(dimension, When) and params.get(dimension.other) != dimension.equals:
            params.pop(name, None)
    return Step.of(step.name, **params)


@register("neighbours")
@dataclass(frozen=True)
class Neighbours:
    """Proposes variations of the blend's members, each equally often; before there is a blend, of any success."""

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(pool="bounded", queue=50)

    seed: int = 0
    name: str = "neighbours"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        known = [
            (history, past) for history in histories(view) for past in history.observations if past.gain is not None
        ]
        parents = [pair for pair in known if pair[1].weight > 0] or known
        asked = set(view.asked)
        out: list[Experiment] = []
        for number in range(view.next_number, view.next_number + n if parents else 0):
            rng = Seeds(self.seed).child(self.name, number).rng()
            found = self._propose(view.next_number + len(out), parents, asked, rng)
            if found is not None:
                asked.add(found.recipe.key)
                out.append(found)
        return tuple(out)

    def _propose(
        self,
        number: int,
        parents: Sequence[tuple[FamilyHistory, Observation]],
        asked: set[str],
        rng: np.random.Generator,
    ) -> Experiment | None:
        for _ in range(TRIES):
            history, past = parents[int(rng.integers(len(parents)))]
            recipe = past.experiment.recipe
            recipe = replace(recipe, model=perturbed(recipe.model, history.space, rng))
            if recipe.key not in asked:
                return self._experiment(number, past.experiment, recipe)
        return None

    def _experiment(self, number: int, of: Experiment, recipe: Recipe) -> Experiment:
        family = recipe.model.name
        return Experiment(
            number=number, recipe=recipe, what=f"{family}, near #{of.number}", by=self.name, parents=(of.number,),
            question=f"Do other settings near those of #{of.number} suit {family} better?",
            predicted_sigma=0.0, predicted_keep=0.1, seed=self.seed,
        )  # fmt: skip
