"""Repeats: known recipes on other folds, which reduces the noise of blending without adding choices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from assay.core.contract import LabView, ResearcherTraits
from assay.core.experiment import Experiment
from assay.research import register
from assay.research.portfolio import FLOOR

FEW_ROWS = 1000
"""Rows below which recipes are repeated: there scores are noisy and fits cheap."""
PARTITIONS = 3
"""Fold partitions of a recipe in all (5 folds x 3 for 500 rows)."""
NEAR = -2.0
"""Recipes further behind the champion of their time are not repeated."""


@register("repeats")
@dataclass(frozen=True)
class Repeats:
    """Proposes, on tables of few rows, other folds for every recipe with weight or near those that have it.

    Repeated cross-validation (Krstajic et al., 2014): the blend is chosen by the mean of a recipe's predictions over
    partitions. All possible members are repeated, so that none looks better for being averaged more.
    """

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(pool="fixed", queue=40, in_turns_with_vault=True)

    seed: int = 0
    name: str = "repeats"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        out: list[Experiment] = []
        for one in self._wanted(view):
            if len(out) == n:
                break
            if one.key not in view.asked:
                out.append(replace(one, number=view.next_number + len(out)))
        return tuple(out)

    def _wanted(self, view: LabView) -> Iterator[Experiment]:
        """By partition, members first, the heaviest first."""
        if view.facts.n_rows >= FEW_ROWS:
            return
        heads = [t for t in view.history if t.z is not None and t.experiment.partition == 0]
        heads = [t for t in heads if t.experiment.entry not in FLOOR and not t.experiment.recipe.on]
        heads = [t for t in heads if t.experiment.recipe.model.name not in view.without]
        wanted = [t for t in heads if t.weight > 0 or (t.z or 0.0) >= NEAR]
        wanted.sort(key=lambda t: (-t.weight, t.experiment.number))
        for partition in range(1, min(view.partitions, PARTITIONS)):
            for past in wanted:
                yield self._again(past.experiment, partition)

    def _again(self, of: Experiment, partition: int) -> Experiment:
        return Experiment(
            number=of.number, recipe=of.recipe, what=f"{of.what}, folds {partition + 1}", by=self.name,
            question=f"How much of what #{of.number} shows is the luck of its folds?",
            parents=(of.number,), predicted_sigma=0.0, predicted_keep=0.0, partition=partition, seed=self.seed,
        )  # fmt: skip
