"""Patterns of clauses: words, alternatives in ( | ), optional parts in [ ], macros and slots in capitals."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
_PARTS = re.compile(r"[A-Z_]+\d?|[^\W\d_A-Z][\w'-]*|[()\[\]|>]")
Captured = tuple[T, ...]
Slot = Callable[[int], Iterator[tuple[int, T]]]
"""What stands at a token: the token after it, and what it says."""


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """options: alternatives, each a sequence of words (lower case), slots (capitals) and patterns. first: words that it
    may begin with, a slot's name among them, "" where it may be nothing; rests: the words with which each part of an
    option and what follows it begins, empty where it can be anything."""

    options: tuple[tuple["str | Pattern", ...], ...]
    first: frozenset[str]
    rests: tuple[tuple[frozenset[str], ...], ...]

    @property
    def after_slot(self) -> "Pattern | None":
        """What follows the slot that it always begins with; None where it begins otherwise."""
        if len(self.options) != 1 or self.options[0][0] != "ITEMS":
            return None
        return _made([self.options[0][1:]])


def pattern_of(text: str, macros: Mapping[str, str]) -> Pattern:
    """The pattern that a text describes; ValueError where brackets do not match."""
    parts = _PARTS.findall(text)
    options, at = _options(parts, 0, macros)
    if at != len(parts):
        raise ValueError(f"The pattern {text!r} has a bracket too many.")
    return _made(options)


def _made(options: list[tuple["str | Pattern", ...]]) -> Pattern:
    rests = tuple(tuple(_words(_first(option[place:])) for place in range(len(option))) for option in options)
    return Pattern(tuple(options), frozenset().union(*map(_first, options)), rests)


def _words(first: frozenset[str]) -> frozenset[str]:
    """The words alone; none where a slot or nothing is among them."""
    return frozenset() if any(word == "" or word.isupper() for word in first) else first


def _first(sequence: tuple["str | Pattern", ...]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for part in sequence:
        if isinstance(part, str):
            return found | {part}
        found |= part.first - {""}
        if "" not in part.first:
            return found
    return found | {""}


def _options(parts: list[str], at: int, macros: Mapping[str, str]) -> tuple[list[tuple["str | Pattern", ...]], int]:
    options: list[tuple[str | Pattern, ...]] = []
    current: list[str | Pattern] = []
    while at < len(parts) and parts[at] not in ")]":
        part = parts[at]
        at += 1
        if part == "|":
            options.append(tuple(current))
            current = []
        elif part in "([":
            inner, at = _options(parts, at, macros)
            if at >= len(parts):
                raise ValueError("A bracket of a pattern is never closed.")
            at += 1
            current.append(_made([*inner, ()] if part == "[" else inner))
        elif part in macros:
            current.append(pattern_of(macros[part], macros))
        else:
            current.append(part)
    options.append(tuple(current))
    return options, at


@dataclass(frozen=True, slots=True)
class Matcher(Generic[T]):
    """Matches patterns on a list of words. slots: what stands for each name in capitals; skipped: words that may stand
    before any part."""

    words: list[str]
    slots: Mapping[str, Slot[T]]
    skipped: frozenset[str]

    def match(self, pattern: Pattern, at: int) -> Iterator[tuple[int, Captured[T]]]:
        """Each end of the pattern from a token on, with what its slots say."""
        for option, rests in zip(pattern.options, pattern.rests, strict=True):
            yield from self._sequence(option, rests, at)

    def _sequence(
        self, parts: tuple[str | Pattern, ...], rests: tuple[frozenset[str], ...], at: int
    ) -> Iterator[tuple[int, Captured[T]]]:
        if not parts:
            yield at, ()
        elif self.may_begin(rests[0], at):
            for middle, said in self._part(parts[0], at):
                for end, more in self._sequence(parts[1:], rests[1:], middle):
                    yield end, said + more

    def may_begin(self, first: frozenset[str], at: int) -> bool:
        """Whether something that begins with one of these words could stand at a token; with none of them, it could."""
        if not first or self.word(at) in first:
            return True
        return self.word(at) in self.skipped and self.word(self.after_skipped(at)) in first

    def word(self, at: int) -> str:
        return self.words[at] if at < len(self.words) else "\n"

    def _part(self, part: str | Pattern, at: int) -> Iterator[tuple[int, Captured[T]]]:
        if isinstance(part, Pattern):
            yield from self.match(part, at)
            return
        at = self.after_skipped(at, part)
        if part in self.slots:
            yield from ((end, (said,)) for end, said in self.slots[part](at))
        elif at < len(self.words) and self.words[at] == part:
            yield at + 1, ()

    def after_skipped(self, at: int, wanted: str = "") -> int:
        """The first token from there that is not skipped, or that is the wanted one."""
        while at < len(self.words) and self.words[at] in self.skipped and self.words[at] != wanted:
            at += 1
        return at
