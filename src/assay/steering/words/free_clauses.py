"""A clause read by the roles of its parts, in any order: what acts, what denies, what is named, what changes nothing.

Each word must have a role or name something. What the roles mean together stands in role_meanings.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from assay.steering.words.clauses import REASONS, Clause, ClauseReader, fits
from assay.steering.words.item import Item
from assay.steering.words.pattern import Matcher
from assay.steering.words.role_meanings import RoleReading, meanings_of
from assay.steering.words.role_phrases import ROLE_PHRASES
from assay.steering.words.roles import RolePart

MOST_WORDS = 40
MOST_PATHS = 60
"""Ways to read the words up to one place that are gone on with."""
CROSSED = frozenset({":", ">", "=", "-", "–", "—", ","})
"""Marks that may stand between what is named and what is to be done with it: "customer_id -> drop"."""
IT = (Item("it", ()),)
REASON_WORDS = frozenset(words[0] for words in REASONS)
POINTING = frozenset({"it", "them", "these", "those", "this", "that", "they"})


@dataclass(frozen=True, slots=True)
class RolePath:
    """Labels of the words so far; items: what is named among them."""

    labels: tuple[RolePart, ...] = ()
    items: tuple[Item, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """What matters of it for what follows: the same for paths that only differ in how they were divided."""
        roles = tuple(dict.fromkeys(label.role for label in self.labels))
        denied = sum(label.role == "not" for label in self.labels)
        return (frozenset(roles), denied, tuple(item.key for item in self.items), self.labels[-1:])


class FreeReader:
    """Reads clauses in any order in the tokens of one text."""

    def __init__(self, clauses: ClauseReader) -> None:
        self.clauses, self.items, self.words = clauses, clauses.items, clauses.words
        slots = {name: clauses.matcher.slots[name] for name in ("FREE", "NUMBER", "ANY")}
        self.matcher = Matcher(self.words, slots, frozenset())
        self._labels: dict[int, list[RolePart]] = {}

    def read(self, start: int) -> list[Clause]:
        """The readings of the longest part from a token on that say different things; none where nothing fits."""
        ends = self._paths(start)
        for end in sorted(ends, reverse=True):
            found = self._best(ends[end], start, end)
            if found and self.clauses.is_boundary(end):
                return found
            reasoned = [longer for one in found for longer in self.clauses.with_reason(one)]
            if reasoned:
                return [one for one in reasoned if one.end == max(each.end for each in reasoned)]
        return []

    def _paths(self, start: int) -> dict[int, list[RolePath]]:
        """Paths by where they end, of those that end where a clause may."""
        at_place: dict[int, dict[tuple[object, ...], RolePath]] = {start: {(): RolePath()}}
        last = min(len(self.words), start + MOST_WORDS)
        ends: dict[int, list[RolePath]] = {}
        for at in range(start, last + 1):
            here = list(at_place.pop(at, {}).values())
            if not here:
                continue
            if at > start and (self.clauses.is_boundary(at) or self.words[at] in REASON_WORDS):
                ends[at] = here
            for end, path in (pair for one in here[:MOST_PATHS] for pair in self._longer(one, at)):
                known = at_place.setdefault(end, {}).setdefault(path.key, path)
                if len(known.labels) > len(path.labels):
                    at_place[end][path.key] = path
        return ends

    def _longer(self, path: RolePath, at: int) -> Iterator[tuple[int, RolePath]]:
        if at >= len(self.words):
            return
        for label in self._labels_at(at):
            yield label.end, RolePath((*path.labels, label), path.items)
        if self.words[at] in CROSSED and path.labels and at + 1 < len(self.words):
            end = at + 2 if self.words[at : at + 2] in (["-", ">"], ["=", ">"]) else at + 1
            if not any(label.role == "mark" for label in path.labels):
                yield end, RolePath((*path.labels, RolePart("mark", at, end)), path.items)
        if self.words[at] in POINTING and (not path.items or path.items == IT):
            yield at + 1, RolePath((*path.labels, RolePart("it", at, at + 1)), path.items or IT)
        elif self.words[at] in ("it", "them", "they"):
            yield at + 1, RolePath((*path.labels, RolePart("again", at, at + 1)), path.items)
        if not path.items:
            for end, items in self._named(at):
                yield end, RolePath((*path.labels, RolePart("item", at, end)), items)

    def _named(self, at: int) -> Iterator[tuple[int, tuple[Item, ...]]]:
        """The longest lists of known things at a token."""
        lists = [pair for pair in self.items.items(at) if not any(item.is_unknown for item in pair[1])]
        is_quoted = self.items.tokens[at].kind == "quoted"
        lists = [pair for pair in lists if is_quoted or not self.items.is_risky(at, pair[0])]
        lists = [pair for pair in lists if len(pair[1]) == 1 or not any(item.about == "it" for item in pair[1])]
        longest = max((end for end, _ in lists), default=0)
        yield from (pair for pair in lists if pair[0] == longest)

    def _labels_at(self, at: int) -> list[RolePart]:
        if at not in self._labels:
            phrases = dict.fromkeys((*ROLE_PHRASES.get(self.words[at], ()), *ROLE_PHRASES.get("", ())))
            found = {RolePart(one.role, at, end) for one in phrases for end, _ in self.matcher.match(one.pattern, at)}
            if self._is_column(at):
                found = {one for one in found if one.end > at + 1 or one.role == "safe"}
            found |= set(self._encoded(at))
            self._labels[at] = sorted((one for one in found if one.end > at), key=lambda one: (-one.end, one.role))
        return self._labels[at]

    def _encoded(self, at: int) -> Iterator[RolePart]:
        """What is done to columns, said as a participle: "target encoded"."""
        for end, meaning in self.items.meanings(at):
            if meaning.is_doing and meaning.about == "step" and self.words[end - 1].endswith("ed"):
                yield RolePart("encoded", at, end, Item("step", meaning.names))
            elif meaning.is_doing and meaning.about == "step" and self.items.word(end) in ("it", "them"):
                yield RolePart("encode", at, end, Item("step", meaning.names))

    def _is_column(self, at: int) -> bool:
        """Whether a word is a column's whole name, so that it is doubtful what it does here; words like "not" do it."""
        if self.items.is_risky(at, at + 1):
            return False
        return any(end == at + 1 and one.about == "column" and not one.is_guess for end, one in self.items.meanings(at))

    def _best(self, paths: list[RolePath], start: int, end: int) -> list[Clause]:
        """The clauses of the paths with the fewest parts that mean something."""
        found: dict[int, dict[tuple[object, ...], Clause]] = {}
        for path in paths:
            for one in meanings_of(path.labels, path.items, self.words):
                clause = self._clause(one, path, start, end)
                if clause is not None:
                    subjects = clause.subjects if path.items in ((), IT) else frozenset()
                    found.setdefault(_cost(path), {})[*clause.key, subjects] = clause
        return list(found[min(found)].values()) if found else []

    def _clause(self, read: RoleReading, path: RolePath, start: int, end: int) -> Clause | None:
        items = path.items or IT
        made = next((label.made for label in path.labels if label.made), None)
        if made is not None and path.items != IT:
            items = (replace(made, columns=tuple(name for item in items for name in item.names)),)
        if not all(fits(item, read.act, read.polarity, read.subjects) for item in items):
            return None
        return Clause(
            start, end, read.act, read.polarity, items, strength=read.strength, begin=start, subjects=read.subjects,
            asks=read.asks, second=(made,) if made is not None and path.items == IT else (),
        )  # fmt: skip


def _cost(path: RolePath) -> int:
    """Fewer parts are preferred, and lists that could not have gone on."""
    return len(path.labels) + sum(item.early for item in path.items)
