"""The model that ships: the blend that was chosen last, or its only member."""

from collections.abc import Callable

import numpy as np

from assay.core.array import AnyArray
from assay.journal.state import LabState

Stored = Callable[[int], AnyArray | None]
"""The stored predictions of an experiment; None where it has none."""


def shipped_number(state: LabState) -> int | None:
    """The experiment that ships; None before a choice was made."""
    blend = state.blend
    if blend is None:
        return None
    if len(blend.numbers) == 1:
        return blend.numbers[0]
    found = (
        number
        for number, entry in state.entries.items()
        if entry.experiment.is_blend and entry.experiment.parents == blend.numbers
    )
    return max(found, default=None)


def shipped_choice(state: LabState, stored: Stored) -> tuple[int, AnyArray] | None:
    """(experiment, the out-of-fold predictions it was chosen by): for a single member the mean over the partitions it
    was fitted on. None where no choice was made or no predictions are stored.
    """
    number = shipped_number(state)
    own = None if number is None else stored(number)
    if number is None or own is None:
        return None
    again = [] if state.blend is None or len(state.blend.numbers) > 1 else state.repeats(number)
    others = [found for n in again if (found := stored(n)) is not None]
    return number, own if not others else np.asarray(np.mean([own, *others], axis=0), dtype=own.dtype)


def shipped_prediction(state: LabState, stored: Stored) -> AnyArray | None:
    """(n,) or (n, k) out-of-fold predictions of what ships; a single member's are on the blend's scale."""
    chosen, blend = shipped_choice(state, stored), state.blend
    if chosen is None or blend is None:
        return None
    number, found = chosen
    return found if len(blend.numbers) > 1 else blend.predict({number: found}).astype(found.dtype)
