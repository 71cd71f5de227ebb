"""Optuna trials that a study takes as they are. Imported where Optuna is needed: it takes half a second."""

import copy
from datetime import datetime

from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial, TrialState

MADE = datetime(2000, 1, 1)
"""When a trial is said to have run."""


class KeptTrial(FrozenTrial):
    """A finished trial, whose settings nobody changes: a study that adds it copies the frame, not what is in it.

    Copied in depth, a thousand of them take a quarter of a second for every proposal.
    """

    def __deepcopy__(self, memo: dict[int, object]) -> "KeptTrial":
        return copy.copy(self)


def kept_trial(
    settings: "dict[str, float | int | str]",
    distributions: dict[str, BaseDistribution],
    values: tuple[float, ...] | None,
) -> KeptTrial:
    """A finished trial with these settings; values None: one that was stopped."""
    state = TrialState.PRUNED if values is None else TrialState.COMPLETE
    return KeptTrial(
        number=-1, trial_id=-1, state=state, value=None, values=values, datetime_start=MADE, datetime_complete=MADE,
        params=settings, distributions={name: distributions[name] for name in settings}, user_attrs={},
        system_attrs={}, intermediate_values={},
    )  # fmt: skip
