"""Which experiment would get the next slot, and why: what `next_slot` says before it is proposed."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from assay.core.experiment import Experiment
from assay.journal.state import LabState
from assay.research.human import HUMAN
from assay.search.director import Director
from assay.search.turns import credit_of, is_long

Phase = Literal["confirmation", "added", "fixed pool", "turns", "credit", "nothing"]
WORDS: dict[Phase, str] = {
    "confirmation": "a keep waits to be tried on other folds", "added": "a person asked for it",
    "fixed pool": "pools that were fixed before any score was seen come first, in the order of the queue",
    "turns": "those who search take turns", "credit": "those who search share the slots by what they earned",
    "nothing": "nobody has anything left to propose",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposerTurns:
    """One who searches. slots: it had so far; keeps: of them; mean: σ that are expected of a try; seconds: that a try
    is expected to take, by estimates in an exact run."""

    name: str
    slots: int
    keeps: int
    mean: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NextSlot:
    """The experiment that is next if nothing else ends before, None for none; why; and how those who search stand."""

    phase: Phase
    reason: str
    experiment: Experiment | None
    proposers: tuple[ProposerTurns, ...]


def next_slot(director: Director, state: LabState, *, seconds_left: float | None) -> NextSlot:
    """seconds_left: until the end of the search; None in an exact run."""
    first = [*director.confirmations(state, n=1), *director.ask(state, n=1, seconds_left=seconds_left)]
    one = first[0] if first else None
    phase = _phase(one, state, director.searching(state), is_exact=seconds_left is None)
    reason = (one.reason if one is not None else "") or WORDS[phase]
    return NextSlot(phase=phase, reason=reason, experiment=one, proposers=_standing(director, state, seconds_left))


def _phase(one: Experiment | None, state: LabState, searching: Collection[str], *, is_exact: bool) -> Phase:
    if one is None:
        return "nothing"
    if one.is_confirmation:
        return "confirmation"
    if one.pool == "fixed" and one.by not in searching:
        return "fixed pool"
    if one.by == HUMAN:
        return "added"
    return "credit" if is_long(state, is_exact=is_exact) else "turns"


def _standing(director: Director, state: LabState, seconds_left: float | None) -> tuple[ProposerTurns, ...]:
    names = director.searching(state)
    found = director.earned(state, names, is_exact=seconds_left is None)
    index, keeps = state.index, [state.entries[number] for number in state.keeps]
    return tuple(
        ProposerTurns(
            name=name, slots=index.proposers[name], mean=one.mean, seconds=one.mean_cost,
            keeps=sum(entry.experiment.by == name and credit_of(entry) > 0 for entry in keeps),
        )
        for name, one in found.items()
    )  # fmt: skip
