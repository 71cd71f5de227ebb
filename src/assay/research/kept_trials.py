"""Optuna trials that a study takes as they are."""

import copy
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

MADE = datetime(2000, 1, 1)
"""When a trial is said to have run; never read, but Optuna asks for some moment."""

Make = Callable[["dict[str, float | int | str]", "tuple[float, ...] | None"], "FrozenTrial"]


def trial_maker(distributions: "dict[str, BaseDistribution]") -> Make:
    """A function that makes finished trials of settings and values; values None: one that was stopped.

    Nobody changes their settings, and a study that adds one copies its frame alone: copied in depth, a thousand of them
    take a quarter of a second for every proposal.
    """
    from optuna.trial import FrozenTrial, TrialState

    class KeptTrial(FrozenTrial):
        def __deepcopy__(self, memo: dict[int, object]) -> "KeptTrial":
            return copy.copy(self)

    def make(settings: "dict[str, float | int | str]", values: tuple[float, ...] | None) -> FrozenTrial:
        state = TrialState.PRUNED if values is None else TrialState.COMPLETE
        return KeptTrial(
            number=-1, trial_id=-1, state=state, value=None, values=values, datetime_start=MADE, datetime_complete=MADE,
            params=settings, distributions={name: distributions[name] for name in settings}, user_attrs={},
            system_attrs={}, intermediate_values={},
        )  # fmt: skip

    return make
