"""What a wish will do, in words, and why one that was understood cannot be followed."""

from collections.abc import Iterable

from assay.core.errors import nearest_names
from assay.core.hint import Hint, Wish
from assay.features import registry as steps
from assay.journal.state import LabState
from assay.models import registry as models
from assay.report.phrases import plural
from assay.research.portfolio import CONSTANT
from assay.steering.steering_rules import SteeringRules, listed

KEEPS = "a new lab with --keep would"


def effect_of(wish: Wish, state: LabState) -> str:
    """What follows from it, in words."""
    if wish.kind == "void":
        numbers = ", ".join(f"#{name}" for name in wish.names)
        return f"{numbers} stands no more; corrections for choosing still count it"
    if wish.kind == "never":
        entries = {n: e.experiment for n, e in state.entries.items() if not e.is_void}
        used = [n for n in SteeringRules().voids(entries, wish) if not entries[n].is_blend]
        if not used:
            return "a rule for all that follows"
        leads = " the champion among them," if state.champion in used else ""
        return f"{plural(len(used), 'experiment')} used it,{leads} none is a parent or a member now"
    if wish.kind == "keep":
        return "a parent of what is proposed" if wish.subject == "experiment" else "stays in every recipe"
    if wish.subject == "metric":
        return "the metric stays as it is; the threshold leans that way where labels are asked for"
    if wish.kind == "try":
        return "proposed next"
    return "comes up more often" if wish.kind == "prefer" else "comes up less often"


def refusal_of(wish: Wish, state: LabState, columns: tuple[str, ...], others: tuple[str, ...] = ()) -> str:
    """Why it cannot be followed; "" where it can. columns: the features of the lab's table; others: its other columns,
    which no model reads.
    """
    away = [name for name in wish.names if name in others] if wish.subject == "column" else []
    if away:
        return (
            f"{listed(away)} is left out already" if wish.kind == "never" else f"no model reads {listed(away)}: {KEEPS}"
        )
    why = _unknown(wish, state, columns) or _barred(wish, state) or _without_effect(wish)
    if why or not wish.binds:
        return why
    rules = SteeringRules.of((*state.hints, Hint(number=0, wish=wish)))
    if wish.kind == "never" and not set(columns) - rules.columns:
        return "no column would be left"
    if wish.kind == "never" and not set(models.names()) - rules.families - {CONSTANT}:
        return "no model family would be left"
    return ""


def _barred(wish: Wish, state: LabState) -> str:
    """The rule that stands against something that is to be tried; a rule is lifted by name only."""
    if wish.kind not in ("try", "prefer"):
        return ""
    for hint in state.hints:
        barred = set(hint.wish.names) if hint.wish.kind == "never" else set()
        wanted = {*wish.columns, *(wish.names if wish.subject == "column" else ())}
        wanted = wanted if hint.wish.subject == "column" else set(wish.names)
        is_meant = hint.wish.subject in ("column", wish.subject)
        if is_meant and barred & wanted:
            return f"{hint.name} bars {listed(barred & wanted)}; take that back first, or say that it is to be kept"
    return ""


def _without_effect(wish: Wish) -> str:
    """Why it cannot be followed as it was said: nothing would come of it, or more than was meant."""
    if wish.kind == "never" and wish.columns:
        return (
            f"{listed(wish.names)} is used on all columns or on none; say that it is never to be used, or leave "
            f"{listed(wish.columns)} out"
        )
    if wish.kind in ("try", "prefer") and wish.subject == "column" and len(wish.names) < 2:
        return f"it does not say what to try with {listed(wish.names)}; name another column, or a move"
    if wish.kind == "avoid" and wish.subject in ("step", "column", "metric"):
        name = listed(wish.names)
        return f"a {wish.subject} is used or not; say that {name} is never to be used, or leave it"
    return ""


def _unknown(wish: Wish, state: LabState, columns: tuple[str, ...]) -> str:
    known: dict[str, Iterable[str]] = {
        "column": columns, "family": models.names(), "step": steps.names(), "experiment": map(str, state.entries),
    }  # fmt: skip
    if wish.subject not in known:
        return ""
    names = frozenset(known[wish.subject])
    lacking = [name for name in wish.names if name not in names]
    there = frozenset(columns)
    lacking += [name for name in wish.columns if name not in there]
    if not lacking:
        return _not_alone(wish, state)
    near = nearest_names(lacking[0], sorted(names))
    hint = f"; near: {listed(near)}" if near else ""
    return f"there is no {wish.subject} {lacking[0]}{hint}"


def _not_alone(wish: Wish, state: LabState) -> str:
    """Why an experiment cannot be meant by itself."""
    if wish.subject != "experiment":
        return ""
    blends = [name for name in wish.names if state.entries[int(name)].experiment.is_blend]
    if blends:
        members = listed(f"#{n}" for n in state.entries[int(blends[0])].experiment.parents)
        return f"#{blends[0]} is a blend of {members}: name its members"
    void = [name for name in wish.names if state.entries[int(name)].is_void]
    return f"#{void[0]} is void already" if void else ""
