"""Losses other than the metric's own: of counts, of amounts, of outliers, of ranks, of rare classes."""

from dataclasses import dataclass
from typing import ClassVar

from assay.core.contract import Facts, Recipe, Step
from assay.core.move import MoveTraits
from assay.models.objectives import OWN_LOSSES
from assay.research.moves import register
from assay.research.moves.model_change import BOOSTERS, SQUARED, ModelChange, over, setting

SKEW = 1.5
RANKED = frozenset({"roc_auc", "average_precision", "map@3"})
"""Metrics of classes that depend on the order of rows alone."""
RARE = 0.2
"""Share of the rarest class below which it is rare."""


def with_objective(recipe: Recipe, objective: str, *, lacks: tuple[str, ...] = ()) -> Step | None:
    """The booster that learns by this loss; None for other families, those that lack it, and transformed targets."""
    model = recipe.model
    if model.name not in BOOSTERS or model.name in lacks or recipe.transform != "identity":
        return None
    return None if setting(model, "objective") else model.with_params(objective=objective)


def is_amount(facts: Facts, objective: str) -> bool:
    """Whether the target is never below what the loss is defined for, skewed, and judged by a mean."""
    least = OWN_LOSSES[objective].least
    above = least is None or (facts.target_min > least if OWN_LOSSES[objective].is_above else facts.target_min >= least)
    return not facts.problem.is_class and facts.metric in SQUARED and above and abs(facts.target_skew) > SKEW


@register("poisson_loss")
@dataclass(frozen=True)
class PoissonLoss(ModelChange):
    """Learns the logarithm of the mean of a count."""

    name: str = "poisson_loss"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="learns by the Poisson loss, for counts",
        why="Effects on counts multiply, and the spread of a count grows with its mean, which squared errors ignore.",
        applies="regression judged by a mean, boosters, a target of skew above 1.5 and never negative",
        source="Nelder and Wedderburn (1972)", prior=1.2,
    )  # fmt: skip
    words: ClassVar[str] = "by the Poisson loss"

    def suits_table(self, facts: Facts) -> bool:
        return is_amount(facts, "poisson")

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        return with_objective(recipe, "poisson")


@register("tweedie_loss")
@dataclass(frozen=True)
class TweedieLoss(ModelChange):
    """Learns the logarithm of the mean of amounts of which many are zero."""

    name: str = "tweedie_loss"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="learns by the Tweedie loss, for amounts of which many are zero",
        why="A sum of a random number of amounts, as claims or sales, is zero or skewed, and no normal noise.",
        applies="regression judged by a mean, boosters, a target of skew above 1.5 whose least value is zero",
        source="Jørgensen (1987); M5 competition, first places", prior=0.5,
    )  # fmt: skip
    words: ClassVar[str] = "by the Tweedie loss"

    def suits_table(self, facts: Facts) -> bool:
        return is_amount(facts, "tweedie") and facts.target_min == 0.0

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        return with_objective(recipe, "tweedie")


@register("gamma_loss")
@dataclass(frozen=True)
class GammaLoss(ModelChange):
    """Learns the logarithm of the mean of positive amounts, by relative errors."""

    name: str = "gamma_loss"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="learns by the gamma loss, for positive amounts",
        why="Where the spread is a share of the value, as of prices, relative errors count, not absolute ones.",
        applies="regression judged by a mean, LightGBM and XGBoost, a positive target of skew above 1.5",
        source="McCullagh and Nelder (1989)", prior=1.35,
    )  # fmt: skip
    words: ClassVar[str] = "by the gamma loss"

    def suits_table(self, facts: Facts) -> bool:
        return is_amount(facts, "gamma")

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        return with_objective(recipe, "gamma", lacks=("catboost",))


@register("huber_loss")
@dataclass(frozen=True)
class HuberLoss(ModelChange):
    """Learns by squares of small errors and sizes of large ones."""

    name: str = "huber_loss"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="learns by the Huber loss, which large errors cannot rule",
        why="A few wild values of the target bend every split that squared errors choose.",
        applies="regression judged by a mean, boosters, a target of skew beyond 1.5", source="Huber (1964)", prior=0.95,
    )  # fmt: skip
    words: ClassVar[str] = "by the Huber loss"

    def suits_table(self, facts: Facts) -> bool:
        return is_amount(facts, "huber")

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        return with_objective(recipe, "huber")


@register("absolute_loss")
@dataclass(frozen=True)
class AbsoluteLoss(ModelChange):
    """Learns medians where means are asked for."""

    name: str = "absolute_loss"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="learns by absolute errors, though means are asked for",
        why="Of noise with heavy tails the median is a steadier guess of the centre than the mean.",
        applies="regression judged by a mean, boosters, a target of skew beyond 1.5", source="Laplace (1818)",
        prior=1.05,
    )  # fmt: skip
    words: ClassVar[str] = "by absolute errors"

    def suits_table(self, facts: Facts) -> bool:
        return is_amount(facts, "absolute") and not facts.monotone

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        return with_objective(recipe, "absolute")


@register("pairwise_loss")
@dataclass(frozen=True)
class PairwiseLoss(ModelChange):
    """Learns which of two rows of different classes comes first."""

    name: str = "pairwise_loss"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="learns by pairs of rows which comes first, for metrics of ranks",
        why="A metric of ranks asks for the order of rows alone, and log loss spends trees on levels of probability.",
        applies="classes judged by ranks (ROC AUC, average precision), LightGBM", prior=0.05, cost="minutes",
        source="Burges et al. (2005)",
    )  # fmt: skip
    words: ClassVar[str] = "by a loss of pairs"

    def suits_table(self, facts: Facts) -> bool:
        return facts.problem.is_class and facts.metric in RANKED and facts.n_classes <= 10

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        return over("scored_trees", recipe.model, "lightgbm", loss="pairwise")


@register("focal_loss")
@dataclass(frozen=True)
class FocalLoss(ModelChange):
    """Learns most from rows that are still wrong, then calibrates."""

    name: str = "focal_loss"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="learns by the focal loss, in which rows that are right already weigh little",
        why="Where one class is rare, most of the log loss is of common rows that no tree needs to learn any more.",
        applies="two classes, one with less than a fifth of the rows, judged by ranks or labels, LightGBM",
        prior=0.27, cost="minutes",
        source="Lin et al. (2017)",
    )  # fmt: skip
    words: ClassVar[str] = "by the focal loss"

    def suits_table(self, facts: Facts) -> bool:
        is_judged_by_chance = facts.metric in ("log_loss", "brier")
        return facts.n_classes == 2 and facts.minority < RARE * facts.n_rows and not is_judged_by_chance

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        return over("scored_trees", recipe.model, "lightgbm", loss="focal")
