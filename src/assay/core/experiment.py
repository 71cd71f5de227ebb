"""A recipe, and the question it answers."""

from dataclasses import dataclass

from assay.core.recipe import Recipe, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One proposal: what is tried, why, by whom, and what is expected of it before the run.

    number: given by the lab, from 1. what: for people, e.g. "lightgbm, standard"; entry: the portfolio's name for
    it, or "". predicted_sigma: expected gain over the champion in units of noise, None when nothing was predicted.
    partition: which fold partition it is scored on. fixed_pool: drawn from a pool fixed before any score was seen.
    adds: the steps of the recipe that are the set of engineered columns it tries; () where it tries something else.
    """

    number: int
    recipe: Recipe
    what: str
    question: str
    by: str
    entry: str = ""
    parents: tuple[int, ...] = ()
    predicted_sigma: float | None = None
    predicted_keep: float | None = None
    partition: int = 0
    seed: int = 0
    fixed_pool: bool = True
    adds: tuple[Step, ...] = ()

    @property
    def key(self) -> str:
        """What makes it this try and no other: its recipe, and the folds where they are not the first."""
        return self.recipe.key if not self.partition else f"{self.recipe.key}-p{self.partition}"

    @property
    def repeat_of(self) -> int | None:
        """The experiment whose recipe is fitted again here, on other folds; None for a recipe's first."""
        return self.parents[0] if self.partition and self.parents else None
