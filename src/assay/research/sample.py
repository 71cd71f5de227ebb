"""Random search: half the proposals change what already has weight, half are drawn from a family's space."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.contract import LabView, Told
from assay.core.experiment import Experiment
from assay.core.recipe import Frozen, Recipe, Step
from assay.core.seed import Seeds
from assay.core.space import Choice, Float, Int, Space, When
from assay.models import registry as models
from assay.research import register
from assay.research.portfolio import FLOOR

SPREAD = 0.4
"""Standard deviation of a log-parameter's change (engine.md section 3, Search)."""
TRIES = 20


def changed(value: Frozen, dimension: Float | Int, rng: np.random.Generator) -> float | int:
    """A number near the given one, inside its dimension; log-scaled ones move by a factor e^N(0, SPREAD)."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return dimension.sample(rng)
    if dimension.log and value > 0:
        moved = float(value) * math.exp(rng.normal(0, SPREAD))
    else:
        moved = float(value) + rng.normal(0, SPREAD) * (dimension.high - dimension.low) / 4
    moved = min(max(moved, dimension.low), dimension.high)
    return round(moved) if isinstance(dimension, Int) else float(f"{moved:.4g}")


def perturbed(step: Step, space: Space, rng: np.random.Generator) -> Step:
    """The step with every number moved a little and one choice drawn anew."""
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


def drawn(step: Step, space: Space, rng: np.random.Generator) -> Step:
    """The step with everything its space knows drawn from the prior."""
    chosen = {name: float(f"{v:.4g}") if isinstance(v, float) else v for name, v in space.sample(rng).items()}
    return step.with_params(**chosen)


@register("random")
@dataclass(frozen=True)
class RandomSearch:
    """Proposes around what works; says nothing before the portfolio has told of one success."""

    seed: int = 0
    name: str = "random"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        parents = [
            t for t in view.told if t.z is not None and t.experiment.entry not in FLOOR and self._searchable(t, view)
        ]
        if not parents or view.facts.n_rows < 1000:
            return ()
        asked = set(view.asked)
        out: list[Experiment] = []
        for number in range(view.next_number, view.next_number + n):
            proposal = self._propose(number, parents, asked, view)
            if proposal is not None:
                asked.add(proposal.recipe.key)
                out.append(proposal)
        return tuple(out)

    def _searchable(self, told: Told, view: LabView) -> bool:
        model = told.experiment.recipe.model.name
        return model in models and model not in view.without and bool(models.get(model).space(view.facts).dimensions)

    def _propose(self, number: int, parents: Sequence[Told], asked: set[str], view: LabView) -> Experiment | None:
        rng = Seeds(self.seed).child("random", number).rng()
        weighted = [p for p in parents if p.weight > 0] or list(parents)
        for _ in range(TRIES):
            near = rng.random() < 0.5
            parent = weighted[int(rng.integers(len(weighted)))] if near else _weighted_choice(parents, view, rng)
            recipe = parent.experiment.recipe
            space = models.get(recipe.model.name).space(view.facts)
            model = (perturbed if near else drawn)(recipe.model, space, rng)
            candidate = Recipe(steps=recipe.steps, model=model, transform=recipe.transform)
            if candidate.key not in asked:
                return self._experiment(number, candidate, parent, near=near)
        return None

    def _experiment(self, number: int, recipe: Recipe, parent: Told, *, near: bool) -> Experiment:
        of = parent.experiment
        family = of.recipe.model.name
        what = f"{family}, {'near' if near else 'drawn like'} #{of.number}"
        question = (
            f"Do other settings near those of #{of.number} suit {family} better?"
            if near
            else f"Is there a better place in the space of {family}, on the columns of #{of.number}?"
        )
        return Experiment(
            number=number, recipe=recipe, what=what, question=question, by=self.name,
            parents=(of.number,), predicted_sigma=0.0, predicted_keep=0.1, seed=self.seed, fixed_pool=False,
        )  # fmt: skip


def _weighted_choice(parents: Sequence[Told], view: LabView, rng: np.random.Generator) -> Told:
    """Cheaper and better parents more often: e^z over the square root of their seconds."""
    scores = np.array([math.exp(p.z or 0.0) / math.sqrt(max(_seconds(p, view), 0.05)) for p in parents])
    return parents[int(rng.choice(len(parents), p=scores / scores.sum()))]


def _seconds(told: Told, view: LabView) -> float:
    """What a parent took; in an exact run what its family expects to take, as no decision may read a clock there."""
    if view.seconds_left is not None:
        return told.wall_seconds
    return models.build(told.experiment.recipe.model).cost(view.facts).seconds
