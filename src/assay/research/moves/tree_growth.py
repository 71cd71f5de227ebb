"""Other ways in which boosters grow their trees: held back, smoothed, shallow, dropped out, ordered, monotone, few."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.contract import Facts, LabView, Recipe, Step
from assay.core.move import Changed, MoveTraits, Parent
from assay.research.moves import register
from assay.research.moves.model_change import BOOSTERS, ModelChange, number_of, over, setting

FEW_ROWS = 10_000
STRONG = 10.0
"""The penalty on squared leaves that marks a booster as held back."""
SHALLOW, SMOOTHED = 2, 20.0
SMALL_COLUMNS, SMALL_ROUNDS = 20, 60
MANY_FOR_GOSS, MOST_ORDERED, MOST_DART = 5_000, 20_000, 50_000


@register("shrinkage")
@dataclass(frozen=True)
class Shrinkage(ModelChange):
    """Holds trees back: fewer leaves, more rows in each, a strong penalty, all at once."""

    name: str = "shrinkage"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="holds trees back: fewer leaves, more rows in each, a stronger penalty",
        why="Of few rows a tree of usual size learns by heart, and what holds it back works only together.",
        applies="10,000 rows or less, boosters", source="Hastie, Tibshirani and Friedman (2009), 10.12", prior=0.49,
    )  # fmt: skip
    words: ClassVar[str] = "held back for few rows"

    def suits_table(self, facts: Facts) -> bool:
        return facts.n_rows <= FEW_ROWS

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        model = recipe.model
        if model.name not in BOOSTERS or number_of(model, "l2") >= STRONG:
            return None
        if model.name == "lightgbm":
            leaves, least = number_of(model, "leaves"), number_of(model, "min_data")
            return model.with_params(leaves=max(4, round(leaves / 2.5)), min_data=max(10, round(2 * least)), l2=STRONG)
        depth = max(2, round(number_of(model, "depth")) - 2)
        more = {"min_hessian": max(3.0, number_of(model, "min_hessian"))} if model.name == "xgboost" else {}
        return model.with_params(depth=depth, l2=STRONG, **more)


@register("smoothed_leaves")
@dataclass(frozen=True)
class SmoothedLeaves(ModelChange):
    """Draws each node towards its parent, most where it has few rows."""

    name: str = "smoothed_leaves"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="draws every leaf towards the nodes above it, most where it has few rows",
        why="A leaf of few rows knows little that the node above it does not, and a penalty draws it to zero instead.",
        applies="LightGBM", source="Agarwal et al. (2022), hierarchical shrinkage", prior=0.6,
    )  # fmt: skip
    words: ClassVar[str] = "with leaves drawn to their parents"

    def suits_table(self, facts: Facts) -> bool:
        return True

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        model = recipe.model
        if model.name != "lightgbm" or setting(model, "smoothing"):
            return None
        return model.with_params(smoothing=SMOOTHED, min_data=max(2, round(number_of(model, "min_data"))))


@register("two_way_trees")
@dataclass(frozen=True)
class TwoWayTrees(ModelChange):
    """Trees of depth two: sums of curves of pairs of columns."""

    name: str = "two_way_trees"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="trees of two questions, so that no more than two columns act together",
        why="Most laws are sums of single columns and pairs, and deeper trees mistake noise for more.",
        applies="boosters", source="Lou et al. (2013)", prior=0.27,
    )  # fmt: skip
    words: ClassVar[str] = "with trees of two questions"

    def suits_table(self, facts: Facts) -> bool:
        return facts.n_features >= 2

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        model = recipe.model
        if model.name == "lightgbm":
            is_done = 0 < number_of(model, "max_depth") <= SHALLOW or number_of(model, "leaves") <= SHALLOW + 1
            return None if is_done else model.with_params(max_depth=SHALLOW, leaves=2**SHALLOW, learning_rate=0.1)
        if model.name not in BOOSTERS or number_of(model, "depth") <= SHALLOW:
            return None
        return model.with_params(depth=SHALLOW, learning_rate=0.1)


@register("gradient_sampling")
@dataclass(frozen=True)
class GradientSampling(ModelChange):
    """Grows each tree on the rows of large gradients and a sample of the others."""

    name: str = "gradient_sampling"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="grows each tree on the rows that are still wrong and a sample of the others",
        why="Rows with large gradients decide splits, and a sample of the others keeps their weight at less cost.",
        applies="5,000 rows or more, LightGBM", source="Ke et al. (2017), GOSS", prior=0.05,
    )  # fmt: skip
    words: ClassVar[str] = "with rows sampled by gradient"

    def suits_table(self, facts: Facts) -> bool:
        return facts.n_rows >= MANY_FOR_GOSS

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        model = recipe.model
        return None if model.name != "lightgbm" or setting(model, "goss") else model.with_params(goss=True)


@register("ordered_boosting")
@dataclass(frozen=True)
class OrderedBoosting(ModelChange):
    """Computes each row's residual by trees that did not learn it."""

    name: str = "ordered_boosting"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="computes each row's residual by trees that did not learn it",
        why="Residuals of rows that a tree learned are too small, which shifts every later tree, most of few rows.",
        applies="20,000 rows or less, CatBoost", source="Prokhorenkova et al. (2018)", prior=0.1, cost="minutes",
    )  # fmt: skip
    words: ClassVar[str] = "with ordered boosting"

    def suits_table(self, facts: Facts) -> bool:
        return facts.n_rows <= MOST_ORDERED

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        model = recipe.model
        return None if model.name != "catboost" or setting(model, "ordered") else model.with_params(ordered=True)


@register("stable_trends")
@dataclass(frozen=True)
class StableTrends(ModelChange):
    """Holds the model to trends that single columns show in every part of the training rows."""

    name: str = "stable_trends"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="keeps the model monotone in columns whose trend is the same in all parts of the training rows",
        why="A dip in a curve that rises everywhere else is noise more often than law, and need not be learned.",
        applies="a number among the columns, one or two outputs, LightGBM", source="Potharst and Feelders (2002)",
        prior=0.43,
    )  # fmt: skip
    words: ClassVar[str] = "monotone along stable trends"

    def suits_table(self, facts: Facts) -> bool:
        return facts.n_numeric > 0 and facts.n_classes <= 2 and not facts.monotone

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        model = recipe.model
        if model.name != "lightgbm" or setting(model, "trends") or setting(model, "objective") == "absolute":
            return None
        return model.with_params(trends=True)


@register("dropout_trees")
@dataclass(frozen=True)
class DropoutTrees(ModelChange):
    """Fits each tree with some earlier ones left out."""

    name: str = "dropout_trees"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="fits each tree with some of the earlier ones left out",
        why="Late trees of usual boosting correct single rows; with earlier ones dropped each must carry its share.",
        applies="50,000 rows or less, LightGBM", source="Vinayak and Gilad-Bachrach (2015)", prior=0.38, cost="minutes",
    )  # fmt: skip
    words: ClassVar[str] = "with dropout of trees"

    def suits_table(self, facts: Facts) -> bool:
        return facts.n_rows <= MOST_DART

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        return over("dart", recipe.model, "lightgbm")


@register("smaller_model")
@dataclass(frozen=True)
class SmallerModel(ModelChange):
    """Few small trees, on the columns that matter most where there are many: a challenger that is simpler."""

    name: str = "smaller_model"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="sixty small trees, of more than twenty columns on those that matter most",
        why="A model of a tenth of the size that is as good is worth more, and of few rows it is often better.",
        applies="LightGBM", source="Rudin et al. (2022)", prior=0.13,
    )  # fmt: skip
    words: ClassVar[str] = "as a much smaller model"

    def suits_table(self, facts: Facts) -> bool:
        return True

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        model = recipe.model
        if model.name != "lightgbm" or number_of(model, "max_rounds") <= SMALL_ROUNDS:
            return None
        return model.with_params(max_rounds=SMALL_ROUNDS, leaves=8, learning_rate=0.15, min_data=20)

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        for made in super().changes(of, view, rng):
            steps = made.recipe.steps
            selects = any(step.name.startswith("select_") for step in steps)
            if view.facts.n_features > SMALL_COLUMNS and not selects and not view.facts.monotone:
                steps = (*steps, Step.of("select_trees", method="gain"))
            yield replace(made, recipe=replace(made.recipe, steps=steps))
