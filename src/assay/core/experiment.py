"""A recipe, and the question it answers."""

from dataclasses import dataclass
from typing import Literal

from assay.core.recipe import Recipe, Step

Pool = Literal["fixed", "bounded", "adaptive"]
"""Where proposals come from: a list settled before any score is seen; a space that is bounded before; anything else."""
Role = Literal["proposal", "confirmation", "blend"]
"""Why it is run: to try something; to see whether a keep holds on other folds; to score what ships."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One proposal: what is tried, why, by whom, and what is expected of it before the run.

    number: given by the lab, from 1. what: for people, e.g. "lightgbm, standard"; entry: the portfolio's name for it,
    or "". predicted_sigma: expected gain over the champion in units of noise, None when nothing was predicted.
    partition: which fold partition it is scored on. pool: where the proposal comes from, put in by the director as
    the researcher declares it; adaptive, the least that can be claimed, unless said. role: why it is run. adds: the
    steps of the recipe that are the set of engineered columns it tries; () where it tries something else.
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
    pool: Pool = "adaptive"
    role: Role = "proposal"
    adds: tuple[Step, ...] = ()

    @property
    def is_blend(self) -> bool:
        """Whether it scores a blend of others and fits nothing itself."""
        return self.role == "blend"

    @property
    def is_confirmation(self) -> bool:
        """Whether it fits a known recipe on other folds for a keep's sake."""
        return self.role == "confirmation"

    @property
    def key(self) -> str:
        """What makes it this try and no other: its recipe, and the folds where they are not the first."""
        return self.recipe.key if not self.partition else f"{self.recipe.key}-p{self.partition}"

    @property
    def repeat_of(self) -> int | None:
        """The experiment whose recipe is fitted again here, on other folds; None for a recipe's first."""
        return self.parents[0] if self.partition and self.parents else None
