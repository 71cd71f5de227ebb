"""Other forms of the target: its logarithm, a power of it, and classes that weigh alike.

Measured on training rows (2,500 at most, three folds, RMSE against the raw target): on six tables with a skew above
1.5, log1p changed the error of LightGBM by −13 to +2 %, of CatBoost by −8 to +3 %, the power by −8 to +0.5 % and −8 to
+5 %; normal scores of ranks won by no more than 1 %. On two tables below it, the logarithm cost up to 37 %.
"""

from abc import ABC
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.contract import Facts, LabView, Recipe
from assay.core.move import Changed, MoveTraits, Parent
from assay.models import traits_of
from assay.research.moves import register

SKEWED = 1.5
EVEN_METRICS = frozenset({"balanced_accuracy", "macro_f1", "f1", "mcc"})
"""Metrics of labels that weight classes equally, or count the rare one only."""
LOG, POWER, RANK, CLIPPED = "log1p", "yeo_johnson", "normal", "clipped"
WORDS = {
    LOG: "on the logarithm of the target", POWER: "on a power of the target", RANK: "on ranks of the target",
    CLIPPED: "on a target without its ends",
}  # fmt: skip
MOVES = {LOG: "log_target", POWER: "power_target", RANK: "rank_target", CLIPPED: "clipped_target"}
FEWEST_ROWS = 300
"""For ends of 1 % to be more than a row or two."""
BALANCED, ALIKE = "balanced_classes", "classes weighed alike"


def transforms(facts: Facts) -> tuple[str, ...]:
    """The transforms raced against the raw target, the power last; () where there is no race."""
    if facts.problem.is_class or facts.metric == "rmsle":
        return ()
    if facts.target_skew > SKEWED and facts.target_min >= 0:
        return (LOG, POWER)
    return (POWER,) if abs(facts.target_skew) > SKEWED else ()


def transformed(recipe: Recipe, transform: str) -> Recipe:
    """The recipe with that target transform; unchanged if it has its own, or is of an averaging family."""
    if recipe.transform != "identity" or traits_of(recipe.model.name).averages:
        return recipe
    return replace(recipe, transform=transform)


def balances(facts: Facts) -> bool:
    """Whether weights by class are tried: the metric counts classes alike, or the rare one only."""
    return facts.problem.is_class and facts.metric in EVEN_METRICS


def balanced(recipe: Recipe) -> Recipe:
    """The recipe with training rows weighted so that all classes count equally."""
    return replace(recipe, weighting="balanced")


def _made(of: Parent, recipe: Recipe, words: str) -> Iterator[Changed]:
    if recipe != of.recipe:
        yield Changed(
            recipe=recipe, what=f"{of.what}, {words}", parents=(of.number,),
            question=f"Is #{of.number}, {of.what}, better {words}?",
        )  # fmt: skip


class TargetTransform(ABC):
    """Base of moves that differ by their transform alone."""

    transform: ClassVar[str]

    def suits(self, view: LabView) -> bool:
        return self.transform in transforms(view.facts)

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        yield from _made(of, transformed(of.recipe, self.transform), WORDS[self.transform])


@register(MOVES[LOG])
@dataclass(frozen=True)
class LogTarget(TargetTransform):
    """Learns log(1 + target)."""

    name: str = MOVES[LOG]
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="learns the logarithm of the target",
        why="Squared errors of a skewed target are those of a few large values; on its logarithm all rows count.",
        applies="regression, a target of skew above 1.5 and never negative", prior=4.0,
        source="measured: docs/log.md",
    )  # fmt: skip

    transform: ClassVar[str] = LOG


@register(MOVES[POWER])
@dataclass(frozen=True)
class PowerTarget(TargetTransform):
    """Learns a power of the target (Yeo and Johnson, 2000)."""

    name: str = MOVES[POWER]
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="learns a power of the target",
        why="A power that is fitted to the target makes it even, where a logarithm would bend too far or is not there.",
        applies="regression, a target of skew beyond 1.5 on either side", prior=4.0, source="Yeo and Johnson (2000)",
    )  # fmt: skip

    transform: ClassVar[str] = POWER


@register(MOVES[RANK])
@dataclass(frozen=True)
class RankTarget(TargetTransform):
    """Learns normal scores of the target's ranks."""

    name: str = MOVES[RANK]
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="learns normal scores of the target's ranks",
        why="Only the order of the rows counts in training, so that no value is too far, on either side.",
        applies="regression, a target of skew beyond 1.5 on either side", prior=0.1,
        source="van der Waerden (1952); measured: docs/log.md",
    )  # fmt: skip

    transform: ClassVar[str] = RANK

    def suits(self, view: LabView) -> bool:
        return bool(transforms(view.facts))


@register(MOVES[CLIPPED])
@dataclass(frozen=True)
class ClippedTarget(TargetTransform):
    """Learns the target within its 1st and 99th percentile."""

    name: str = MOVES[CLIPPED]
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="learns the target without its far ends",
        why="A squared loss spends most of its steps on the few farthest values, which may be luck.",
        applies="regression, a target of skew beyond 1.5, 300 rows or more", prior=0.1, source="Dixon (1960)",
    )  # fmt: skip

    transform: ClassVar[str] = CLIPPED

    def suits(self, view: LabView) -> bool:
        return bool(transforms(view.facts)) and view.facts.n_rows >= FEWEST_ROWS


@register(BALANCED)
@dataclass(frozen=True)
class BalancedClasses:
    """Weights training rows so that all classes count equally."""

    name: str = BALANCED
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="weights the classes alike",
        why="Where the metric counts a rare class as much as a common one, so should the loss.",
        applies="classes, judged by balanced accuracy, macro F1, F1 or MCC", prior=2.0,
        source="King and Zeng (2001)",
    )  # fmt: skip

    def suits(self, view: LabView) -> bool:
        return balances(view.facts)

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        if of.recipe.weighting == "none":
            yield from _made(of, balanced(of.recipe), f"with {ALIKE}")
