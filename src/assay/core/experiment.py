"""A recipe with the question it answers."""

from dataclasses import dataclass
from typing import Literal

from assay.core.recipe import Recipe, Step

Pool = Literal["fixed", "bounded", "adaptive"]
"""Where proposals come from: a list settled before any score is seen; a space that is bounded before; anything else."""
Role = Literal["proposal", "confirmation", "blend"]
"""Why it is run: to try something; to see whether a keep holds on other folds; to score what ships."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One proposal: recipe, reason, proposer, and expected gain.

    number: assigned by the lab, from 1. what: for people, e.g. "lightgbm, standard"; entry: its name in the portfolio,
    or "". predicted_sigma: expected gain over the champion in units of noise, None without a prediction. partition: the
    fold partition it is scored on. fixed_pool: drawn from a pool fixed before any score was seen. adds: the steps of
    the engineered columns it tries; () where it tries something else. move: the catalogue's name of what it changes, ""
    for none; hints: numbers of those it follows; reason: why it got this slot, "" where the order was fixed.
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
    move: str = ""
    hints: tuple[int, ...] = ()
    reason: str = ""

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
        """Identity of the proposal: its recipe, and its folds where they are not the first."""
        return self.recipe.key if not self.partition else f"{self.recipe.key}-p{self.partition}"

    @property
    def repeat_of(self) -> int | None:
        """The experiment whose recipe is fitted again here, on other folds; None for a recipe's first."""
        return self.parents[0] if self.partition and self.parents else None
