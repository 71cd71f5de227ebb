"""The lessons of a lab as facts: what was seen, over what, how sure it is, since when, and what was withdrawn."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from assay.core.contract import LabView
from assay.core.move import Move
from assay.research.earned_turns import LIVES
from assay.research.lessons import HALF_LIFE, Belief, Beliefs, MovePrior, Trial, trials
from assay.research.move_priors import priors_of

Over = Literal["move", "family", "columns"]
"""A move on all parents; a move on parents of one family; all moves that read one kind of columns."""
FEWEST = 2
"""Tries below which nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One pooled fact. move: "" over kinds of columns; scope: the family, or the kinds of columns, "" for all parents.

    mean, sigma: the gain over the parent in σ, shrunk, as it stands now (of columns: beyond what was expected of such
    moves); seen: the mean of its tries as they were, of those without a score as they count; n, experiments: the tries
    it is from; failed, stopped: how many of them failed, or were stopped early. says: whether it raises or lowers, ""
    where that cannot be said (any more): the gain is within its σ, or only expected and not seen. since: the experiment
    since which it says so, or last did; withdrawn: the one at which it ceased to; ended: "turned" where a result spoke
    against it, "faded" where it is only too old. expires: the experiment from which on no try counts.
    """

    over: Over
    move: str
    scope: str
    mean: float
    sigma: float
    n: int
    experiments: tuple[int, ...]
    seen: float = 0.0
    says: Literal["raises", "lowers", ""] = ""
    since: int | None = None
    withdrawn: int | None = None
    ended: Literal["turned", "faded", ""] = ""
    expires: int = 0
    failed: int = 0
    stopped: int = 0


_Key = tuple[Over, str, str]


def lessons(moves: Mapping[str, Move], view: LabView) -> tuple[Lesson, ...]:
    """What this lab has seen of these moves, the surest first; a pure function of the view."""
    tried = trials(view, moves)
    return lessons_of(tried, priors_of(moves, view, tried), now=view.next_number)


def lessons_of(tried: Sequence[Trial], priors: Mapping[str, MovePrior], *, now: int) -> tuple[Lesson, ...]:
    """From these tries, in their order. Cost: square in their number, of which there are some hundreds at most."""
    found: dict[_Key, Lesson] = {}
    for place, one in enumerate(tried):
        beliefs = Beliefs.of(tried[: place + 1], priors, now=one.number + 1)
        for key in _keys(one, priors):
            found[key] = _after(found.get(key), key, one, _belief(beliefs, key))
    beliefs = Beliefs.of(tried, priors, now=now)
    known = [_now(lesson, _belief(beliefs, key), now) for key, lesson in found.items()]
    return tuple(sorted(known, key=lambda one: (not one.says, -abs(one.mean) / one.sigma, one.move, one.scope)))


def _keys(one: Trial, priors: Mapping[str, MovePrior]) -> Iterator[_Key]:
    yield "move", one.move, ""
    yield "family", one.move, one.family
    if priors[one.move].columns:
        yield "columns", "", priors[one.move].columns


def _belief(beliefs: Beliefs, key: _Key) -> Belief:
    over, move, scope = key
    if over == "columns":
        return beliefs.of_columns(scope)
    return beliefs.of_pair(move, (scope,)) if over == "family" else beliefs.of_move(move)


def _after(before: Lesson | None, key: _Key, last: Trial, belief: Belief) -> Lesson:
    """After one more try."""
    over, move, scope = key
    tries = (*(before.experiments if before else ()), last.number)
    one = before or Lesson(over=over, move=move, scope=scope, mean=0.0, sigma=1.0, n=0, experiments=())
    one = replace(
        one, n=len(tries), experiments=tries, seen=one.seen + (last.effect - one.seen) / len(tries),
        expires=last.number + round(LIVES * HALF_LIFE),
        failed=one.failed + (last.unscored == "failed"), stopped=one.stopped + (last.unscored == "stopped early"),
    )  # fmt: skip
    return _judged(one, belief, last.number, ended="turned")


def _now(one: Lesson, belief: Belief, now: int) -> Lesson:
    """As it stands: what was seen may have faded since the last try, and moves like it may have been tried."""
    return _judged(one, belief, now, ended="faded")


def _judged(one: Lesson, belief: Belief, number: int, *, ended: Literal["turned", "faded"]) -> Lesson:
    one = replace(one, mean=belief.mean, sigma=belief.sigma)
    is_seen = one.over == "columns" or one.seen * belief.mean > 0
    is_clear = one.n >= FEWEST and is_seen and abs(belief.mean) > belief.sigma
    says: Literal["raises", "lowers", ""] = ("raises" if belief.mean > 0 else "lowers") if is_clear else ""
    if says == one.says:
        return one
    if one.says and not says:
        return replace(one, says="", withdrawn=number, ended=ended)
    return replace(one, says=says, since=number, withdrawn=None, ended="")
