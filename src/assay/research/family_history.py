"""A family's past results, search space, and the column sets it was tried on: the starting point of a search."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.contract import Frozen, LabView, Observation, Recipe, Space
from assay.models import registry as models
from assay.research.portfolio import FLOOR

LEAST_SECONDS = 0.05
MOST_BEHIND = 6.0
"""Gain in units of noise by which a family outside the blend may trail before it is not searched."""
FEW_ROWS = 1000
"""Below this many rows nothing is searched, as further tries mostly overfit.

Measured with some 24 searched experiments on 600 rows of phoneme, abalone and telco_churn: the corrected figure
improved in 5 of 5 runs, the score of fresh rows got worse in 4. On 1,500 rows fresh rows gained, 3 of 3 (docs/log.md).
"""

Kind = tuple[object, ...]
"""A recipe without its model's searched settings: columns, target and fixed settings; to be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyHistory:
    """What is known of one family.

    observations: in order, with those that were stopped early (gain None). bases: the first recipe of each kind; kinds
    differ in what the space leaves open: columns, target, fixed settings. kinds: what names each of these. best: the
    result with the highest gain; ties go to the earlier.
    """

    family: str
    space: Space
    observations: tuple[Observation, ...]
    bases: tuple[Recipe, ...]
    kinds: tuple[Kind, ...]
    best: Observation

    def kind(self, recipe: Recipe) -> int:
        """Index of the base that a recipe equals apart from its searched settings."""
        return self.kinds.index(_kind(recipe, frozenset(name for name, _ in self.space.dimensions)))

    def settings(self, recipe: Recipe) -> dict[str, Frozen]:
        """A recipe's values for the dimensions of the space, with the family's defaults."""
        model = models.build(recipe.model)
        return {name: getattr(model, name) for name, _ in self.space.dimensions if hasattr(model, name)}


def promise(past: Observation) -> float:
    """The gain; minus infinity without one."""
    return -math.inf if past.gain is None else past.gain


def histories(view: LabView) -> tuple[FamilyHistory, ...]:
    """The families worth searching: with a space, within reach, and with a success that fits into the time left again.
    None below 1,000 rows."""
    if view.facts.n_rows < FEW_ROWS:
        return ()
    by_family: dict[str, list[Observation]] = {}
    for past in view.history:
        if _may_be_searched(past):
            by_family.setdefault(past.experiment.recipe.model.name, []).append(past)
    found = []
    for family, results in by_family.items():
        space = _space(family, view)
        if space.dimensions and any(t.gain is not None for t in results):
            found.append(_history(family, space, results))
    best = max((promise(history.best) for history in found), default=-math.inf)
    found = [history for history in found if _is_in_reach(history, best)]
    left = math.inf if view.seconds_left is None else view.seconds_left
    return tuple(history for history in found if _seconds(history.best, view) <= left)


def _is_in_reach(history: FamilyHistory, best: float) -> bool:
    """Whether a family is in the blend, or its best result so near the best of all that a search could bring it there.

    Other families being too expensive is no reason to search one that is out of reach.
    """
    return promise(history.best) > best - MOST_BEHIND or any(past.weight > 0 for past in history.observations)


def _history(family: str, space: Space, results: Sequence[Observation]) -> FamilyHistory:
    bases: dict[Kind, Recipe] = {}
    searched = frozenset(name for name, _ in space.dimensions)
    for past in results:
        bases.setdefault(_kind(past.experiment.recipe, searched), past.experiment.recipe)
    return FamilyHistory(
        family=family, space=space, observations=tuple(results), bases=tuple(bases.values()), kinds=tuple(bases),
        best=max(results, key=lambda past: (promise(past), -past.experiment.number)),
    )  # fmt: skip


def _may_be_searched(past: Observation) -> bool:
    """Whether variations of it may be proposed: a first fit, on the table's own columns."""
    experiment = past.experiment
    is_first = experiment.repeat_of is None and not experiment.recipe.on
    return is_first and experiment.entry not in FLOOR and past.status != "failed"


def _space(family: str, view: LabView) -> Space:
    """The family's space; empty if it is excluded or no longer installed."""
    is_known = family in models and family not in view.without
    return models.get(family).space(view.facts) if is_known else Space()


def _kind(recipe: Recipe, searched: frozenset[str]) -> Kind:
    model = recipe.model
    fixed = tuple((name, value) for name, value in model.params if name not in searched)
    return recipe.steps, recipe.transform, recipe.on, recipe.weighting, recipe.pseudo_labels, model.name, fixed


def chosen(known: Sequence[FamilyHistory], view: LabView, rng: np.random.Generator) -> FamilyHistory:
    """A random family, better and cheaper ones more often: e^gain of its best over the square root of its seconds."""
    gains = np.array([promise(history.best) for history in known])
    ahead = np.maximum(gains - gains.max(), -MOST_BEHIND)
    seconds = np.array([max(_seconds(history.best, view), LEAST_SECONDS) for history in known])
    chances = np.exp(ahead) / np.sqrt(seconds)
    return known[int(rng.choice(len(known), p=chances / chances.sum()))]


def _seconds(past: Observation, view: LabView) -> float:
    """Measured seconds of a result; in an exact run the family's cost estimate, as no decision may
    read a clock there."""
    if view.seconds_left is not None:
        return past.wall_seconds
    return models.build(past.experiment.recipe.model).cost(view.facts).seconds
