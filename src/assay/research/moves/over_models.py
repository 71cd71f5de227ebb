"""Families over the parent's: bags, a trend with trees on what it leaves, two stages, segments, other questions."""

from dataclasses import dataclass
from typing import ClassVar

from assay.core.contract import Facts, Recipe, Step
from assay.core.move import MoveTraits
from assay.models import traits_of
from assay.research.moves import register
from assay.research.moves.model_change import BOOSTERS, SQUARED, ModelChange, over

FEW_FOR_SEGMENTS = 800
MOST_CLASSES = 20
SKEW = 1.0


def is_unstable(family: str) -> bool:
    """Whether another seed gives another model: boosters and networks, of which a mean is better than one."""
    own = traits_of(family)
    return (family in BOOSTERS or "torch" in own.libraries) and not own.is_bag


@register("seed_bag")
@dataclass(frozen=True)
class SeedBag(ModelChange):
    """Averages fits with other seeds."""

    name: str = "seed_bag"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="averages five fits with seeds of their own",
        why="What differs between seeds is noise, and a mean of five has a fifth of its variance.",
        applies="boosters and networks", source="Breiman (1996)", prior=0.83, cost="minutes",
    )  # fmt: skip
    words: ClassVar[str] = "as a bag of five"

    def suits_table(self, facts: Facts) -> bool:
        return facts.n_rows >= 50

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        model = recipe.model
        return Step.of("bag", base=model.name, settings=model.params) if is_unstable(model.name) else None


@register("subspace_bag")
@dataclass(frozen=True)
class SubspaceBag(ModelChange):
    """Averages fits that each see half of the columns."""

    name: str = "subspace_bag"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="averages eight fits on half of the columns each",
        why="Fits that cannot all lean on the same strong columns err less alike, so that their mean errs less.",
        applies="eight columns or more, boosters", source="Ho (1998)", prior=0.21, cost="minutes",
    )  # fmt: skip
    words: ClassVar[str] = "as a bag on halves of the columns"

    def suits_table(self, facts: Facts) -> bool:
        return facts.n_features >= 8

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        return over("bag", recipe.model, *BOOSTERS, n=8, columns=0.5)


@register("trend_residual")
@dataclass(frozen=True)
class TrendResidual(ModelChange):
    """Fits a linear trend, then trees on what it leaves."""

    name: str = "trend_residual"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="a linear trend, with boosted trees on what it leaves",
        why="Trees need many steps for a straight line and none of them reaches beyond the rows, a line needs one.",
        applies="a number among the columns, LightGBM", source="Granger and Teräsvirta (1993)", prior=1.26,
        cost="minutes",
    )  # fmt: skip
    words: ClassVar[str] = "on what a linear trend leaves"

    def suits_table(self, facts: Facts) -> bool:
        return facts.n_numeric > 0

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        return over("residual", recipe.model, "lightgbm")


@register("zero_then_amount")
@dataclass(frozen=True)
class HurdleStages(ModelChange):
    """Asks first whether a row is zero, then how much the others are."""

    name: str = "zero_then_amount"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="first whether a row is zero, then how much the others are",
        why="Whether and how much often follow different laws, and a mean of both fits neither.",
        applies="regression of a skewed target whose least value is zero, boosters", source="Mullahy (1986)",
        prior=0.3, cost="minutes",
    )  # fmt: skip
    words: ClassVar[str] = "in two stages"

    def suits_table(self, facts: Facts) -> bool:
        is_of_means = not facts.problem.is_class and facts.metric in SQUARED
        return is_of_means and facts.target_min == 0.0 and facts.target_skew > SKEW

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        return over("two_stage", recipe.model, *BOOSTERS)


@register("segment_models")
@dataclass(frozen=True)
class SegmentModels(ModelChange):
    """Fits a model for each segment, drawn to that of all rows."""

    name: str = "segment_models"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="a model for each segment of rows, drawn to that of all rows",
        why="Where slopes differ between segments, one model of all rows must learn every slope anew in each.",
        applies="800 rows or more, boosters", source="Gelman and Hill (2007)", prior=0.1, cost="minutes",
    )  # fmt: skip
    words: ClassVar[str] = "with a model for each segment"

    def suits_table(self, facts: Facts) -> bool:
        return facts.n_rows >= FEW_FOR_SEGMENTS

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        return over("segmented", recipe.model, *BOOSTERS)


@register("ordered_classes")
@dataclass(frozen=True)
class OrderedClasses(ModelChange):
    """Asks whether a row is above each class, in the order of the classes."""

    name: str = "ordered_classes"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="asks whether a row is above the first class, the second, and so on",
        why="Grades and stages have an order, which a loss of classes without one has to learn from the rows.",
        applies="3 to 12 classes, boosters", source="Frank and Hall (2001)", prior=0.07, cost="minutes",
    )  # fmt: skip
    words: ClassVar[str] = "as ordered classes"

    def suits_table(self, facts: Facts) -> bool:
        return 3 <= facts.n_classes <= 12

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        return over("ordinal", recipe.model, *BOOSTERS)


@register("ordered_bins")
@dataclass(frozen=True)
class OrderedBins(ModelChange):
    """Learns a number as ordered bins, of which each has the mean of its rows."""

    name: str = "ordered_bins"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="learns a number as eight ordered bins, and predicts the mean over them",
        why="Chances of bins are bounded, so that no row of a heavy tail pulls a tree, and shapes with gaps are kept.",
        applies="regression judged by a mean, a target of skew beyond 1, boosters", source="Frank and Hall (2001)",
        prior=0.05, cost="minutes",
    )  # fmt: skip
    words: ClassVar[str] = "as ordered bins"

    def suits_table(self, facts: Facts) -> bool:
        return not facts.problem.is_class and facts.metric in SQUARED and abs(facts.target_skew) > SKEW

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        return over("ordinal", recipe.model, *BOOSTERS)


@register("one_vs_rest")
@dataclass(frozen=True)
class OneAgainstRest(ModelChange):
    """Asks for each class whether a row is of it, with rounds of its own."""

    name: str = "one_vs_rest"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="asks for each class alone whether a row is of it",
        why="An easy class stops after few rounds and a hard one goes on, where one loss stops them together.",
        applies="3 to 20 classes, boosters", source="Rifkin and Klautau (2004)", prior=0.07, cost="minutes",
    )  # fmt: skip
    words: ClassVar[str] = "with one question a class"

    def suits_table(self, facts: Facts) -> bool:
        return 3 <= facts.n_classes <= MOST_CLASSES

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        return over("output_codes", recipe.model, *BOOSTERS)


@register("error_correcting_codes")
@dataclass(frozen=True)
class ErrorCorrecting(ModelChange):
    """Asks questions that each split the classes in halves, more of them than needed."""

    name: str = "error_correcting_codes"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="asks questions that split the classes in halves, more than are needed",
        why="Classes that are hard to tell apart are told by several questions, whose errors correct each other.",
        applies="5 to 20 classes, boosters", source="Dietterich and Bakiri (1995)", prior=0.07, cost="minutes",
    )  # fmt: skip
    words: ClassVar[str] = "by error-correcting questions"

    def suits_table(self, facts: Facts) -> bool:
        return 5 <= facts.n_classes <= MOST_CLASSES

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        return over("output_codes", recipe.model, *BOOSTERS, code="random")


@register("as_formula")
@dataclass(frozen=True)
class FormulaInstead(ModelChange):
    """Puts a formula of a few terms in the place of trees."""

    name: str = "as_formula"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="a formula of a few terms, found by symbolic regression, in place of trees",
        why="Where the law is a short formula it needs few rows and holds beyond them, and a blend gains what is new.",
        applies="two numbers or more among the columns, parents of LightGBM", source="Koza (1992); Keijzer (2003)",
        prior=0.4,
    )  # fmt: skip
    words: ClassVar[str] = "with a formula in place of trees"

    def suits_table(self, facts: Facts) -> bool:
        return facts.n_numeric >= 2 and facts.n_classes <= MOST_CLASSES

    def changed_model(self, recipe: Recipe, facts: Facts) -> Step | None:
        return Step.of("formula") if recipe.model.name == "lightgbm" else None
