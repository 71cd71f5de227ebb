"""Whose turn it is among those who search: first by turns, in a long search by credit.

A keep is worth what it gained over the champion, in units of noise and on other folds where it was tried on these. Two
thirds of that credit are its proposer's; a third goes to who proposed the experiments it was made of, as far as they
search, too, so that finding a good parent pays. Each hint that it follows gets all of it, in a count of its own. Credit
and cost fade with a half-life, and of each proposer a draw decides (research/earned_turns.py).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assay.core.experiment import Experiment
from assay.core.figure import number_text
from assay.core.seed import Seeds
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.state import LabState
from assay.research import turns_of
from assay.research.earned_turns import LIVES, Earned, by_turn, faded
from assay.research.search_settings import SHIPPED
from assay.search.confirmation import shown_z

CREDIT_EXPERIMENTS, CREDIT_SECONDS = round(SHIPPED.director["credit_experiments"]), 300.0
"""Until then those who search take turns; later slots go by credit."""
MOST_CREDIT = 3.0
"""Largest gain of a keep that is believed, in units of noise."""
SHARE_OF_PARENTS = 1 / 3
PRIOR_CREDIT, PRIOR_TRIES, SPREAD = 0.1, 5.0, 0.5
"""What a try of someone unknown is expected to earn (times its traits' turns), the number of tries that this counts as,
and how much tries vary.
"""
HALF_LIFE = SHIPPED.director["credit_half_life"]
"""Experiments after which what was earned counts half."""
FLOOR, MOST_FLOORED = SHIPPED.director["credit_floor"], 0.2
"""Share of the slots that everyone gets, whatever it earned, and the largest share that is dealt so."""
IN_A_ROW = round(SHIPPED.director["in_a_row"])
"""Most slots in a row for one family."""
LOOK_BACK = 30
"""Experiments before the last that are looked through for the last of those who search."""
LEAST_SECONDS = 0.05

Seconds = Callable[[ExperimentEntry], float]
"""What an experiment took: measured, or in an exact run estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The names to be asked for a slot, first come first, and why. without: a family that had too many in a row."""

    names: tuple[str, ...]
    why: Mapping[str, str]
    without: str = ""


def is_long(state: LabState, *, is_exact: bool) -> bool:
    """Whether slots go by credit; in an exact run by the number of experiments alone."""
    return len(state.entries) >= CREDIT_EXPERIMENTS or (not is_exact and state.seconds >= CREDIT_SECONDS)


def next_turn(
    state: LabState, names: Sequence[str], out: Sequence[Experiment], seconds: Seconds, *, seed: int, is_exact: bool
) -> Turn:
    """For the next slot after `out`, which were proposed and are not recorded yet."""
    if not is_long(state, is_exact=is_exact):
        return _by_number(state, names, out)
    known = earned(state, names, seconds)
    rng = Seeds(seed).child("director", state.next_number + len(out)).rng()
    order, is_floor = by_turn(known, rng, floor=min(FLOOR * len(names), MOST_FLOORED))
    row = list(_latest_families(state, out, names))
    without = row[0] if len(row) == IN_A_ROW and len(set(row)) == 1 else ""
    tail = f"; not {without}, which had {IN_A_ROW} in a row" if without else ""
    said = {name: _why(known[name], is_floor=is_floor) + tail for name in names}
    return Turn(names=order, why=said, without=without)


def _by_number(state: LabState, names: Sequence[str], out: Sequence[Experiment]) -> Turn:
    """The one with the fewest slots, the first of the queue among equals."""
    had, more = state.index.proposers, Counter(one.by for one in out)
    slots = {name: had[name] + more[name] for name in names}
    first = min(names, key=lambda name: slots[name] / turns_of(name))
    had_so_far = "1 slot" if slots[first] == 1 else f"{slots[first]} slots"
    each = turns_of(first)
    fewer = "nobody who searches had fewer" if each == 1 else f"and it gets {each} for one of another's"
    return Turn(names=(first,), why={first: f"its turn: {had_so_far} so far, {fewer}"})


def _why(one: Earned, *, is_floor: bool) -> str:
    if is_floor:
        return "a slot that is dealt at random, so that everyone has some"
    return f"drawn by credit: {number_text(one.mean, 2)} σ and {number_text(one.mean_cost, 1)} s are expected of a try"


def _latest_families(state: LabState, out: Sequence[Experiment], names: Sequence[str]) -> Iterator[str]:
    """Families of the last IN_A_ROW slots of those who search, the latest first."""
    last = state.next_number - 1
    recorded = (state.entries.get(number) for number in range(last, max(last - LOOK_BACK, 0), -1))
    before = (entry.experiment for entry in recorded if entry is not None)
    searched = (one for one in (*reversed(out), *before) if one.by in names and one.role == "proposal")
    for _, one in zip(range(IN_A_ROW), searched, strict=False):
        yield one.recipe.model.name


def earned(state: LabState, names: Sequence[str], seconds: Seconds) -> dict[str, Earned]:
    """What each proposer earned in the last experiments, faded; a pure function of the state, whose cost is bounded."""
    now = state.next_number
    tries, costs, credit = (dict.fromkeys(names, 0.0) for _ in range(3))
    for number in range(now - 1, max(now - 1 - round(LIVES * HALF_LIFE), 0), -1):
        entry = state.entries.get(number)
        if entry is None or entry.result is None or entry.experiment.role != "proposal":
            continue
        weight = faded(now - number, HALF_LIFE)
        if entry.experiment.by in tries:
            tries[entry.experiment.by] += weight
            costs[entry.experiment.by] += weight * max(seconds(entry), LEAST_SECONDS)
        for name, share in shares(state, entry, names).items():
            credit[name] += weight * share
    total = sum(tries.values())
    usual = sum(costs.values()) / total if total else 1.0
    return {
        name: Earned(
            tries=tries[name], gain=credit[name], cost=costs[name], prior=PRIOR_CREDIT * turns_of(name),
            prior_cost=usual, weight=PRIOR_TRIES, spread=SPREAD,
        )
        for name in names
    }  # fmt: skip


def credit_of(entry: ExperimentEntry) -> float:
    """Credit of an experiment: what a keep gained over the champion of its time, in σ; 0 for all others."""
    if entry.status != "kept" or entry.verdict is None or entry.experiment.is_blend:
        return 0.0
    return min(max(shown_z(entry.verdict), 0.0), MOST_CREDIT)


def shares(state: LabState, entry: ExperimentEntry, names: Sequence[str]) -> dict[str, float]:
    """The credit of an experiment by who gets it, of these names: its proposer, and those of its parents.

    The share of parents from a fixed pool, which earns no turns, stays with its proposer.
    """
    whole = credit_of(entry)
    if not whole:
        return {}
    out = defaultdict[str, float](float)
    parents = [state.entries[number].experiment.by for number in entry.experiment.parents if number in state.entries]
    each = whole * SHARE_OF_PARENTS / max(len(parents), 1)
    for by in parents:
        out[by if by in names else entry.experiment.by] += each
    out[entry.experiment.by] += whole - each * len(parents)
    return {name: share for name, share in out.items() if name in names}


def hint_credits(state: LabState) -> dict[int, float]:
    """By the number of a hint: the credit of all keeps that followed it, not faded."""
    out = defaultdict[int, float](float)
    for number in state.keeps:
        for hint in state.entries[number].experiment.hints:
            out[hint] += credit_of(state.entries[number])
    return dict(out)
