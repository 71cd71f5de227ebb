"""What the roles in a clause mean together. Where two readings are possible, or a role stands alone, nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from assay.steering.words.english import (
    ASKING_VERBS,
    BARE_VERBS,
    FORBIDDEN,
    KEPT_BY,
    LIMITED,
    OBLIGED,
    SELDOM,
    SUBJECTS,
    WORTH,
)
from assay.steering.words.item import Item
from assay.steering.words.roles import RolePart

THINGS = frozenset({"column", "family", "step", "move"})
WORK = frozenset({"family", "step", "move"})
COLUMNS = frozenset({"column"})
STAYING = frozenset({"column", "step"})
NEUTRAL = frozenset({"safe", "asks", "asks_we", "be", "item", "it", "again", "mark"})
DROPS = frozenset({"drop", "dropped", "barred", "forbids", "out"})
KEEPS = frozenset({"keep", "kept", "stay", "required"})
USES = frozenset({"use", "used", "place"})
TRIES = frozenset({"try", "tried"})
ACTS = DROPS | KEEPS | USES | TRIES | frozenset({"want", "it"})
PERFORMING = frozenset({"works", "does", "performs", "fares", "behaves", "do", "perform"})
"""Say how something does, not that it is wanted."""
WISHES = frozenset({"must", "want"})
PARTICIPLES = frozenset({"dropped", "kept", "used", "tried", "encoded"})
"""Words that a negation could be about: "not all", "not now"."""
"""Words of an obligation that a negation takes away: "does not have to"."""


@dataclass(frozen=True, slots=True)
class RoleReading:
    """What a clause asks for."""

    act: str
    polarity: str
    subjects: frozenset[str]
    strength: int | None = None
    asks: bool = False


@dataclass(frozen=True, slots=True)
class RoleParts:
    """A clause's roles. said: the roles that say something; denied: how often; about: what is named."""

    labels: Sequence[RolePart]
    words: Sequence[str]
    said: frozenset[str]
    denied: int
    about: frozenset[str]

    def spoken(self, *roles: str) -> set[str]:
        """The words that have these roles."""
        return {word for one in self.labels if one.role in roles for word in self.words[one.start : one.end]}

    def says_alone(self, label: RolePart) -> bool:
        """Whether a label says something of what was named before: "ignore", "must stay", "I do not want to see"."""
        said = set(self.words[label.start : label.end])
        if label.role == "encode":
            return False
        if label.role == "not":
            return bool(said & {"want", "wish", "like"})
        return label.role in ACTS and (label.role == "stay" or not said <= BARE_VERBS)

    def only(self, *groups: frozenset[str] | set[str]) -> bool:
        """Whether nothing is said but these roles."""
        return self.said <= frozenset().union(*groups)

    def has(self, *groups: frozenset[str] | set[str]) -> bool:
        """Whether one of these roles is said."""
        return bool(self.said & frozenset().union(*groups))


def meanings_of(labels: Sequence[RolePart], items: Sequence[Item], words: Sequence[str]) -> Iterator[RoleReading]:
    """What such a clause asks for; several where it depends on what "it" is."""
    roles = frozenset(label.role for label in labels)
    denied = sum(label.role == "not" for label in labels)
    about = frozenset(item.about for item in items) or frozenset({"it"})
    parts = RoleParts(labels, words, roles - NEUTRAL - {"not"}, denied, about)
    if _asks_passively(parts):
        parts = replace(parts, said=parts.said - {"maybe"})
    if denied > 1 or "experiment" in about or (not parts.said and not denied) or not _is_in_order(parts, bool(items)):
        return
    if not items and not any(map(parts.says_alone, labels)):
        return
    if _has_doubtful_or(parts) or any(_count(labels, group) > 1 for group in (DROPS - {"out"}, KEEPS)):
        return
    for reading in _readings(parts, bool(items)):
        asks = (
            "asks" in roles
            or "about" in parts.spoken("try")
            or ("asks_we" in roles and reading.act == "try")
            or _asks_passively(parts)
        )
        yield replace(reading, asks=asks)


def _readings(parts: RoleParts, names: bool) -> Iterator[RoleReading]:
    if parts.about <= {"metric", "error"}:
        yield from _of_metrics(parts)
    elif "encode" in parts.said:
        if parts.about == {"it"} and not parts.denied and parts.only({"encode", "can", "maybe"}, WISHES):
            yield RoleReading("try", "+use", COLUMNS, 1 if "maybe" in parts.said else None)
    elif "encoded" in parts.said:
        yield from _encoded(parts)
    elif parts.about <= THINGS | {"it", "target"}:
        yield from _facts(parts)
        yield from _denied(parts, names) if parts.denied else _asked(parts, names)


def _count(labels: Sequence[RolePart], roles: frozenset[str]) -> int:
    return sum(label.role in roles for label in labels)


def _of_metrics(parts: RoleParts) -> Iterator[RoleReading]:
    if parts.denied:
        return
    wishes = parts.only({"matters", "much", "high", "prefer"}, WISHES)
    is_leaning = parts.has({"matters", "prefer"}) or ("high" in parts.said and parts.has(WISHES))
    if parts.about == {"metric"} and wishes and is_leaning:
        yield RoleReading("prefer", "", frozenset({"metric"}))
    elif (
        parts.about == {"error"}
        and "costly" in parts.said
        and parts.only({"costly", "much", "matters", "keep"}, WISHES)
    ):
        yield RoleReading("errors", "", frozenset({"error"}))


def _encoded(parts: RoleParts) -> Iterator[RoleReading]:
    if parts.about == {"column"} and not parts.denied and parts.only({"encoded", "can", "maybe"}, WISHES):
        yield RoleReading("try", "+use", WORK, 1 if "maybe" in parts.said else None)


def _facts(parts: RoleParts) -> Iterator[RoleReading]:
    said, fact = parts.said, RoleReading("fact", "", COLUMNS)
    if not parts.denied:
        is_late = {"known", "late"} <= said and parts.only({"known", "late", "can", "only"})
        is_only_when = {"known", "when", "only"} == said - {"can"}
        is_missing = {"unknown", "until"} == said
        if said == {"leak"} or is_late or is_only_when or is_missing:
            yield fact
    elif said - {"can"} in ({"known", "until"}, {"known", "before"}, {"have", "until"}, {"have", "before"}):
        yield fact


def _asked(parts: RoleParts, names: bool) -> Iterator[RoleReading]:
    """Where nothing is denied."""
    said = parts.said
    if ("may" in said and "only" not in said) or ("carrier" in said and "out" not in said):
        return
    if "only" in said:
        is_whole = names or bool(parts.spoken("only") & {"else", "other"} and parts.has(USES))
        is_whole = is_whole and not parts.spoken("try") & {
            "works",
            "does",
            "performs",
            "fares",
            "behaves",
            "do",
            "perform",
        }
        if is_whole and parts.only({"only"}, USES, TRIES, WISHES, {"keep", "can", "may"}) and len(parts.about) == 1:
            yield RoleReading("only", "", frozenset({"column", "family"}))
    elif parts.has(DROPS) and parts.only(DROPS, WISHES, {"can", "carrier"}):
        yield RoleReading("never", "+drop", THINGS)
    elif parts.has(KEEPS) and parts.only(KEEPS, WISHES, USES):
        yield RoleReading("keep", "+keep", STAYING)
    else:
        yield from _proposed(parts, names)


def _proposed(parts: RoleParts, names: bool) -> Iterator[RoleReading]:
    """Leanings and what is to be tried, and columns that are to be used."""
    around = frozenset({"can", "maybe"}) | WISHES | USES | TRIES
    strength = 1 if "maybe" in parts.said else None
    if "avoid" in parts.said and parts.spoken("must") & {"costs", "circumstances"}:
        yield RoleReading("never", "-use", THINGS)
    elif parts.has({"avoid"}) or ("less" in parts.said and (parts.has(USES, TRIES) or parts.spoken("less") & SELDOM)):
        if names and parts.only({"avoid", "less"}, around):
            yield RoleReading("avoid", "", THINGS, strength)
    elif parts.has({"prefer"}) or ("mostly" in parts.said and parts.has(USES, TRIES)):
        if names and parts.only({"prefer", "mostly"}, around):
            yield RoleReading("prefer", "", THINGS, strength)
    elif parts.only(around):
        yield from _used(parts, strength, names)


def _used(parts: RoleParts, strength: int | None, names: bool) -> Iterator[RoleReading]:
    is_tried = parts.has(TRIES) and bool(parts.spoken("try", "tried") & WORTH)
    is_used = bool(parts.spoken(*USES) & KEPT_BY) and parts.has(WISHES) and "maybe" not in parts.said
    is_needed = "need" in parts.spoken("want") and "must" in parts.said and parts.only(WISHES)
    if (is_used and not parts.has(TRIES, {"can"})) or is_needed:
        yield RoleReading("keep", "+keep", COLUMNS)
    if is_tried:
        yield RoleReading("try", "+use", THINGS, strength)
    elif parts.has(TRIES, {"use", "used"}) or (names and parts.has({"want"})):
        yield RoleReading("try", "+use", WORK, strength)


def _denied(parts: RoleParts, names: bool) -> Iterator[RoleReading]:
    said = list(parts.words[parts.labels[0].start : parts.labels[-1].end])
    if "both" in said or any(one in OBLIGED and two == "to" for one, two in pairwise(said)):
        return
    if parts.spoken("safe") & LIMITED or parts.spoken("must", "want") & OBLIGED:
        return
    around = WISHES | {"can", "may"}
    if parts.has({"drop", "dropped", "out"}):
        if parts.only({"drop", "dropped", "out", "carrier"}, around):
            is_carried = {"out", "carrier"} <= parts.said
            is_whole = is_carried or ("carrier" not in parts.said and parts.has({"drop", "dropped"}))
            is_said_of_it = "drop" in parts.said or is_carried or parts.has(around)
            if is_whole and is_said_of_it and not parts.spoken("dropped") & FORBIDDEN:
                yield RoleReading("keep", "-drop", STAYING)
    elif parts.has(USES, TRIES, {"keep", "kept", "stay", "want"}):
        if parts.only(USES, TRIES, {"keep", "kept", "stay"}, around) and not _tries_not_to(parts):
            yield RoleReading("never", "-use", THINGS)
    elif names and parts.only({"place"}, around) and _is_none_of(parts):
        yield RoleReading("never", "", THINGS)


def _tries_not_to(parts: RoleParts) -> bool:
    """Whether something is tried, or wanted, before it is denied: "try not to use" is no rule."""
    denial = next(one.start for one in parts.labels if one.role == "not")
    return any(one.role == "try" and one.start < denial for one in parts.labels)


def _is_none_of(parts: RoleParts) -> bool:
    """Whether a "no" stands right before what is named."""
    places = {one.start for one in parts.labels if one.role == "item"}
    return any(one.role == "not" and one.end in places and parts.words[one.end - 1] in ("no", "without", "stop", "quit")
               for one in parts.labels)  # fmt: skip


def _is_in_order(parts: RoleParts, names: bool) -> bool:
    """Whether participles are said of what is named ("month should be dropped"), not of what somebody did, and a mark
    divides what is named from what is to be done."""
    if _is_inverted(parts):
        return False
    for place, label in enumerate(parts.labels):
        before = parts.labels[:place]
        word = parts.words[label.start - 1] if label.start else ""
        is_wished = parts.words[max(label.start - 2, 0) : label.start] in (["if", "you"], ["if", "we"])
        if label.role in PARTICIPLES and parts.words[label.start : label.end] != ["put", "in"]:
            if word in SUBJECTS and not is_wished:
                return False
            if not is_wished and not any(one.role in ("be", "want", "item", "it", "must") for one in before):
                return False
        if label.role == "mark":
            sides = [{one.role for one in side} for side in (before, parts.labels[place + 1 :])]
            if not any(side <= {"item", "safe"} and "item" in side for side in sides):
                return False
    return True


def _asks_passively(parts: RoleParts) -> bool:
    """Whether it asks for something to be done: "could the column be removed, please"."""
    first = parts.words[parts.labels[0].start]
    said = set(parts.words[parts.labels[0].start : parts.labels[-1].end])
    if first == "it" and {"would", "be", "if", "could"} <= said and parts.has(PARTICIPLES):
        return True
    return first in ("could", "can", "would") and "please" in said and parts.has(PARTICIPLES)


def _is_inverted(parts: RoleParts) -> bool:
    """Whether it begins as a question does: "should we drop", "is month a leak"."""
    if _asks_passively(parts):
        return False
    for label, behind in pairwise(parts.labels):
        starts = parts.words[label.start : label.end]
        if len(starts) == 1 and starts[0] in ASKING_VERBS:
            return behind.role in ("item", "it") or parts.words[behind.start] in SUBJECTS
        if label.role not in ("safe", "mark"):
            return False
    return False


def _has_doubtful_or(parts: RoleParts) -> bool:
    """Whether one of several is named where that matters: "drop day or month"."""
    named = {word for one in parts.labels if one.role == "item" for word in parts.words[one.start : one.end]}
    return "or" in named and not parts.denied and not parts.has({"avoid", "less"})
