"""What moves that change the model have in common: one other model on the parent's own columns.

Their priors are measured where a table of benchmarks/moves.py suits them (500 rows, five folds, one to six tables): the
mean of the gains, losses as 0, with 0.1 in place of two more tables. Those of Tweedie, two stages, segments, gradient
sampling and ordered boosting are judged.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import numpy as np

from assay.core.contract import Facts, LabView, Recipe, Step
from assay.core.move import Changed, MoveTraits, Parent
from assay.models import registry as models
from assay.pipeline.monotone_recipes import honours

BOOSTERS = ("lightgbm", "xgboost", "catboost")
"""Whose settings these moves know."""
SQUARED = frozenset({"rmse", "mse", "r2", "gini", "pearson", "spearman"})
"""Metrics of numbers that are judged by a mean, or by an order that any of these losses can learn."""


class ModelChange(ABC):
    """Base of moves that put another model on the parent's columns. words: what it then is, behind "as" or "with"."""

    name: str
    traits: ClassVar[MoveTraits]
    words: ClassVar[str]

    @abstractmethod
    def suits_table(self, facts: Facts) -> bool:
        """Whether it is for tables with these facts."""

    @abstractmethod
    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        """The other model; None where the recipe has it already, or cannot take it."""

    def suits(self, view: LabView) -> bool:
        return self.suits_table(view.facts)

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        model = None if of.recipe.on else self.changed_model(of.recipe, view.facts)
        if model is None or model == of.recipe.model or model.name in view.without:
            return
        recipe = replace(of.recipe, model=model)
        if honours(recipe, view.facts):
            yield Changed(
                recipe=recipe, what=f"{of.what}, {self.words}", parents=(of.number,),
                question=f"Is #{of.number}, {of.what}, better {self.words}?",
            )  # fmt: skip


def setting(model: Step, name: str) -> object:
    """A setting of a model, its family's default where the step does not say."""
    return dict(model.params).get(name, getattr(models.build(Step(model.name)), name, None))


def number_of(model: Step, name: str) -> float:
    """The same of a setting that is a number."""
    found = setting(model, name)
    return float(found) if isinstance(found, int | float) else 0.0


def over(family: str, model: Step, *families: str, **params: object) -> Step | None:
    """A family over the parent's, with its settings; None for a parent of another family than these."""
    if model.name not in families:
        return None
    given = {"base": model.name, **params} if len(families) > 1 else params
    return Step.of(family, settings=model.params, **given)
