"""Moves that change which rows teach, and how much: by time, by likeness to the rows to come, by doubt, by group."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.contract import Facts, LabView
from assay.core.move import Changed, MoveTraits, Parent
from assay.pipeline.row_weights import NONE, words_of
from assay.research.moves import register

FEWEST_ROWS = 300
"""Below it weights cost more variance than they can gain."""
FEWEST_FOR_HALF = 1_000
"""On 1,000 ordered rows of bike_sharing half of them erred by 39 % more than all."""
UNEVEN = 0.5
"""Spread of the sizes of groups, relative to their mean, from which it matters whether rows or groups count alike."""
FEWEST_OF_CLASS = 30
"""Rows of the rarest class, below which no inner prediction can contradict a label."""


def has_time(facts: Facts) -> bool:
    """Whether rows have a place in time: an order of the task, or dates."""
    return facts.ordered or facts.n_dates > 0


class RowWeighting(ABC):
    """Base of moves that give the parent one weighting of its training rows."""

    weighting: ClassVar[str]

    @abstractmethod
    def fits(self, facts: Facts) -> bool:
        """Whether tables of these facts have what it weighs by."""

    def suits(self, view: LabView) -> bool:
        return view.facts.n_rows >= FEWEST_ROWS and self.fits(view.facts)

    def changes(self, of: Parent, view: LabView, rng: np.random.Generator) -> Iterator[Changed]:
        if of.recipe.weighting != NONE:
            return
        words = words_of(self.weighting)
        yield Changed(
            recipe=replace(of.recipe, weighting=self.weighting), what=f"{of.what}, {words}", parents=(of.number,),
            question=f"Is #{of.number}, {of.what}, better with {words}?",
        )  # fmt: skip


@register("recency_weights")
@dataclass(frozen=True)
class RecencyWeights(RowWeighting):
    """Weights the latest rows twice as much as the first: steeper weights lost more than they gained on few rows."""

    name: str = "recency_weights"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="weights recent rows more", why="What holds changes; the rows to come are most like the latest ones.",
        applies="rows in order of time or with a date, 300 or more", prior=0.1,
        source="Gama, Žliobaitė, Bifet, Pechenizkiy and Bouchachia (2014)",
    )  # fmt: skip

    weighting: ClassVar[str] = "recent:1"

    def fits(self, facts: Facts) -> bool:
        return has_time(facts)


@register("training_window")
@dataclass(frozen=True)
class TrainingWindow(RowWeighting):
    """Learns from the later half of the rows alone."""

    name: str = "training_window"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="learns from the latest half of the rows",
        why="After a break the rows before it teach what does not hold any more, at any weight.",
        applies="rows in order of time or with a date, 1,000 or more", prior=0.1,
        source="Pesaran and Timmermann (2007)",
    )  # fmt: skip

    weighting: ClassVar[str] = "window:0.5"

    def fits(self, facts: Facts) -> bool:
        return has_time(facts) and facts.n_rows >= FEWEST_FOR_HALF


@register("drift_weights")
@dataclass(frozen=True)
class DriftWeights(RowWeighting):
    """Weights rows by how much they look like those to come, told by a classifier."""

    name: str = "drift_weights"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="weights rows that look like those to come",
        why="Where the mix of rows has moved, a model should be right where the new rows are.",
        applies="rows in order of time or with a date, or rows without a target; 300 or more", prior=0.1,
        source="Bickel, Brückner and Scheffer (2009)",
    )  # fmt: skip

    weighting: ClassVar[str] = "drift"

    def fits(self, facts: Facts) -> bool:
        compares = facts.n_numeric + facts.n_category + facts.n_dates > 0
        return compares and (has_time(facts) or facts.n_unlabelled >= FEWEST_ROWS)


@register("trusted_rows")
@dataclass(frozen=True)
class TrustedRows(RowWeighting):
    """Weights rows less whose label is contradicted by models that did not learn from it."""

    name: str = "trusted_rows"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="weights rows of doubted labels less",
        why="A wrong label teaches the opposite of what is true; a flexible model learns it by heart.",
        applies="classes of 30 rows or more each, 300 rows or more", prior=0.1,
        source="Northcutt, Jiang and Chuang (2021)",
    )  # fmt: skip

    weighting: ClassVar[str] = "trusted"

    def fits(self, facts: Facts) -> bool:
        has_cells = facts.n_numeric + facts.n_category + facts.n_dates > 0
        return has_cells and facts.problem.is_class and facts.minority >= FEWEST_OF_CLASS


@register("fewer_outliers")
@dataclass(frozen=True)
class FewerOutliers(RowWeighting):
    """Weights rows less whose value is far from what models say that did not learn from it."""

    name: str = "fewer_outliers"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="weights outliers less",
        why="A few values far from all that is known of their rows pull a squared loss towards themselves.",
        applies="regression, 300 rows or more", prior=0.1, source="Huber (1964)",
    )  # fmt: skip

    weighting: ClassVar[str] = "outliers_less"

    def fits(self, facts: Facts) -> bool:
        return facts.n_numeric + facts.n_category + facts.n_dates > 0 and not facts.problem.is_class


@register("groups_alike")
@dataclass(frozen=True)
class GroupsAlike(RowWeighting):
    """Lets every group, or set of equal rows, count once."""

    name: str = "groups_alike"
    traits: ClassVar[MoveTraits] = MoveTraits(
        what="lets every group count alike",
        why="A customer with a hundred rows is one customer; new groups are like groups, not like rows.",
        applies="rows in groups of uneven sizes, 300 rows or more", prior=0.3,
        source="Seaman, Pavlou and Copas (2014)",
    )  # fmt: skip

    weighting: ClassVar[str] = "groups_alike"

    def fits(self, facts: Facts) -> bool:
        return facts.group_spread >= UNEVEN
