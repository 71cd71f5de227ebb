"""What a search starts from: a family's told results, its space, and the columns it was tried on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.core.contract import LabView, Told
from assay.core.recipe import Frozen, Recipe, Step
from assay.core.space import Space
from assay.models import registry as models
from assay.research.portfolio import FLOOR

LEAST_SECONDS = 0.05
MOST_BEHIND = 6.0
"""Families further behind, and without a part in the blend, are out of reach: gains are told in units of noise."""
FEW_ROWS = 1000
"""Below so many rows more tries are mostly more luck, so nothing is searched.

Measured with some 24 searched experiments on 600 rows of phoneme, abalone and telco_churn: the corrected figure got
better in 5 of 5 runs, the score of fresh rows worse in 4. On 1,500 rows fresh rows gained, 3 of 3 (docs/log.md).
"""


Kind = tuple[Recipe, tuple[tuple[str, Frozen], ...]]
"""Columns and target of a recipe, its model nothing but a name; and what that model fixes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """One family, as far as it was told of.

    told: its results in order, those raced out among them (gain None). bases: the first recipe of each kind, which
    differ by more than the space says: columns, target, fixed settings. kinds: what names each of these.
    """

    family: str
    space: Space
    told: tuple[Told, ...]
    bases: tuple[Recipe, ...]
    kinds: tuple[Kind, ...]

    @property
    def best(self) -> Told:
        """The result with the highest gain; ties go to the earlier."""
        return max(self.told, key=lambda t: (promise(t), -t.experiment.number))

    def kind(self, recipe: Recipe) -> int:
        """Which of the bases a recipe is like in all that the space says nothing of."""
        return self.kinds.index(_kind(recipe, self.space))

    def settings(self, recipe: Recipe) -> dict[str, Frozen]:
        """What a recipe sets of the space's dimensions, the family's own defaults where it says nothing."""
        model = models.build(recipe.model)
        return {name: getattr(model, name) for name, _ in self.space.dimensions if hasattr(model, name)}


def promise(told: Told) -> float:
    """Gain of what has one; the rest is behind everything."""
    return -math.inf if told.gain is None else told.gain


def grounds(view: LabView) -> tuple[Ground, ...]:
    """The families that can be searched: with a space, within reach, and a success that the time left has room for once
    more. None below 1,000 rows.
    """
    if view.facts.n_rows < FEW_ROWS:
        return ()
    by_family: dict[str, list[Told]] = {}
    for told in view.told:
        if _may_be_searched(told):
            by_family.setdefault(told.experiment.recipe.model.name, []).append(told)
    found = []
    for family, results in by_family.items():
        space = _space(family, view)
        if space.dimensions and any(t.gain is not None for t in results):
            found.append(_ground(family, space, results))
    found = [ground for ground in found if _is_in_reach(ground, found)]
    left = math.inf if view.seconds_left is None else view.seconds_left
    return tuple(ground for ground in found if _seconds(ground.best, view) <= left)


def _is_in_reach(ground: Ground, all_grounds: Sequence[Ground]) -> bool:
    """Whether a family has a part in the blend, or its best is so near the best of all that a search could give it one.

    That all others cannot be afforded is no reason to search one that is out of reach.
    """
    best = max(promise(one.best) for one in all_grounds)
    return promise(ground.best) > best - MOST_BEHIND or any(told.weight > 0 for told in ground.told)


def _ground(family: str, space: Space, results: Sequence[Told]) -> Ground:
    bases: dict[Kind, Recipe] = {}
    for told in results:
        bases.setdefault(_kind(told.experiment.recipe, space), told.experiment.recipe)
    return Ground(
        family=family, space=space, told=tuple(results), bases=tuple(bases.values()), kinds=tuple(bases)
    )  # fmt: skip


def _may_be_searched(told: Told) -> bool:
    """Whether more like it may be tried where its family has a space: a first fit, of the table's own columns."""
    experiment = told.experiment
    is_first = experiment.repeat_of is None and not experiment.recipe.on
    return is_first and experiment.entry not in FLOOR and told.status != "failed"


def _space(family: str, view: LabView) -> Space:
    """Where a family may be searched; nowhere if it is left out, or no longer there."""
    is_known = family in models and family not in view.without
    return models.get(family).space(view.facts) if is_known else Space()


def _kind(recipe: Recipe, space: Space) -> Kind:
    searched = {name for name, _ in space.dimensions}
    fixed = tuple((name, value) for name, value in recipe.model.params if name not in searched)
    return replace(recipe, model=Step(recipe.model.name)), fixed


def chosen(known: Sequence[Ground], view: LabView, rng: np.random.Generator) -> Ground:
    """Better and cheaper families more often: e^gain of their best over the square root of its seconds."""
    gains = np.array([promise(ground.best) for ground in known])
    ahead = np.maximum(gains - gains.max(), -MOST_BEHIND)
    seconds = np.array([max(_seconds(ground.best, view), LEAST_SECONDS) for ground in known])
    chances = np.exp(ahead) / np.sqrt(seconds)
    return known[int(rng.choice(len(known), p=chances / chances.sum()))]


def _seconds(told: Told, view: LabView) -> float:
    """What a result took; in an exact run what its family expects to take, as no decision may read a clock there."""
    if view.seconds_left is not None:
        return told.wall_seconds
    return models.build(told.experiment.recipe.model).cost(view.facts).seconds
