"""One clause read: what may stand before it, a pattern, what may stand behind it, a reason."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from assay.steering.words.clause_patterns import BEFORE, BEHIND, BEHIND_ITEMS, BY_WORD, Addition, Line
from assay.steering.words.english import (
    DATES,
    DENYING,
    FILLERS,
    FUNCTION_WORDS,
    REASON_VERBS,
    REVERSING,
    ROWS,
    TIMES,
    UNREASONABLE,
)
from assay.steering.words.item import Item
from assay.steering.words.items import ItemReader
from assay.steering.words.pattern import Captured, Matcher, Pattern, Slot

MARKS = frozenset(",;.!?:()\n–—-…")
"""Marks that end a clause."""
CONNECTIVES = frozenset({"and", "or", "but", "so", "then", "nor"})
REASONS = tuple(
    tuple(words.split())
    for words in ("because of", "because", "since", "as", "given that", "due to", "for the reason that", "seeing that")
)
BARE_REASONS = tuple(tuple(words.split()) for words in ("it is", "its", "they are", "it has", "it does", "this is"))
IDIOMS = tuple(tuple(words.split()) for words in ("as is", "as it is", "as they are", "as before", "as usual"))
NUMBER_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "dozen": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "hundred": 100,
}  # fmt: skip
NUMBERING = frozenset({"forget", "void", "veto", "pin", "invalidate"})
"""Verbs after which a number alone is an experiment's."""
MOST_FREE = 12
_SOME = frozenset(
    {"some", "few", "several", "many", "half", "part", "parts", "most", "any", "all", "certain", "about", "for"}
)
_FREE_STOPS = (REVERSING | _SOME | CONNECTIVES | DATES | {"said", "says", "claims", "told"}) - {
    "it", "that", "there", "one", "should", "could", "would", "use", "same"
}  # fmt: skip

Said = tuple[Item, ...] | int
"""What a slot holds: items, or a number."""


@dataclass(frozen=True, slots=True)
class Clause:
    """What was read between two tokens. strength: said by the words around it, None where nothing is; expires: 0 where
    none was said. leads: words before it limit it, and could limit what follows too; trails: words behind it do.
    asks: a request put as a question; second: items that the first are compared with; begin: after what stands before;
    subjects: what such a clause may be about.
    """

    start: int
    end: int
    act: str
    polarity: str
    items: tuple[Item, ...]
    second: tuple[Item, ...] = ()
    strength: int | None = None
    expires: int = 0
    why: tuple[int, int] | None = None
    leads: bool = False
    trails: bool = False
    asks: bool = False
    begin: int = 0
    subjects: frozenset[str] = frozenset()

    @property
    def key(self) -> tuple[object, ...]:
        """What it asks for, however it was read."""
        one = tuple(item.key for item in self.items)
        two = tuple(item.key for item in self.second)
        return (self.act, one, two, self.strength, self.expires)


class ClauseReader:
    """Reads clauses in the tokens of one text."""

    def __init__(self, items: ItemReader) -> None:
        self.items, self.words = items, items.words
        slots: dict[str, Slot[Said]] = {
            "ITEMS": self._items, "DOING": items.doing, "NUMBER": self._number, "FREE": self._free,
            "IT": self._implied, "ANY": self._any,
        }  # fmt: skip
        self.matcher: Matcher[Said] = Matcher(self.words, slots, FILLERS)

    def _items(self, at: int) -> Iterator[tuple[int, Said]]:
        yield from self.items.items(at)

    def _implied(self, at: int) -> Iterator[tuple[int, Said]]:
        """A subject that is left out, as it was said before: "is random and must be dropped"."""
        yield at, (Item("it", ()),)

    def _number(self, at: int) -> Iterator[tuple[int, Said]]:
        word = self.items.word(at)
        if word.isdecimal() and word.isascii() and 0 < int(word) < 100_000:
            yield at + 1, int(word)
        elif word in NUMBER_WORDS:
            yield at + 1, NUMBER_WORDS[word]

    def _free(self, at: int) -> Iterator[tuple[int, Said]]:
        if self.items.word(at - 1) == "once" and self.items.word(at) in ("a", "an", "per"):
            return  # how often, not when
        for end in range(at, min(at + MOST_FREE, len(self.words))):
            word = self.words[end]
            if word in _FREE_STOPS or word in MARKS or any(letter.isdigit() for letter in word):
                return
            yield end + 1, ()

    def _any(self, at: int) -> Iterator[tuple[int, Said]]:
        """One word of any sort that names nothing, limits nothing and denies nothing: "for fairness reasons"."""
        word = self.items.word(at)
        if word.isalpha() and word not in _FREE_STOPS | ROWS | TIMES | FUNCTION_WORDS and not self.items.meanings(at):
            yield at + 1, ()

    def is_boundary(self, at: int) -> bool:
        """Whether a clause may end before that token."""
        return at >= len(self.words) or self.words[at] in MARKS or self.words[at] in CONNECTIVES

    def read(self, start: int) -> list[Clause]:
        """The readings of the longest clause from a token on that say different things; none where nothing fits."""
        found: dict[int, list[Clause]] = {}
        for begin, before in self._before(start):
            for clause in self._cores(begin, before):
                found.setdefault(clause.end, []).append(replace(clause, start=start, begin=begin))
        return _best(found[max(found)]) if found else []

    def _before(self, start: int) -> Iterator[tuple[int, Clause]]:
        """The ways to read what stands before a clause, as an empty clause that carries what it says."""
        todo = [(start, Clause(start, start, "", "", ()))]
        seen = set()
        while todo:
            at, so_far = todo.pop()
            if (at, so_far.strength, so_far.expires, so_far.asks) in seen:
                continue
            seen.add((at, so_far.strength, so_far.expires, so_far.asks))
            yield at, so_far
            for addition in BEFORE:
                for end, said in self._matched(addition.pattern, at):
                    after = end + 1 if self.items.word(end) in (",", ":", "–", "—", "-") else end
                    more = _with(so_far, addition, said)
                    limits = addition.strength == 1 or addition.expires is not None
                    todo.append((after, replace(more, leads=more.leads or limits)))

    def _matched(self, pattern: Pattern, at: int) -> Iterator[tuple[int, Captured[Said]]]:
        """Matches, where the pattern can begin with the next word at all."""
        yield from self.matcher.match(pattern, at)

    def _cores(self, begin: int, before: Clause) -> Iterator[Clause]:
        for line, end, said in self._lines_at(begin):
            lists = [one for one in said if isinstance(one, tuple) and one]
            if line.polarity[:1] == "-" and "both" in self.words[begin:end]:
                continue  # not both of them, or none
            if line.act in ("never", "keep", "fact", "void") and self._is_one_of(begin, end, lists[0]):
                continue
            fitting = (fits(item, line.act, line.polarity, line.subjects) for one in lists for item in one)
            if not lists or not all(fitting):
                continue
            if len(lists[0]) > 1 and any(item.about == "it" for item in lists[0]):
                continue
            if all(item.bare for item in lists[0]) and self.items.word(begin) not in NUMBERING:
                continue
            clause = replace(
                before, end=end, act=line.act, polarity=line.polarity, subjects=line.subjects, items=lists[0],
                second=lists[1] if len(lists) > 1 else (),
            )  # fmt: skip
            yield from self._behind(clause)

    def _is_one_of(self, begin: int, end: int, items: tuple[Item, ...]) -> bool:
        """Whether one of several is meant and nobody knows which: "drop day or month"; denied, it is all of them."""
        said = self.words[begin:end]
        return len(items) > 1 and "or" in said and not set(said) & DENYING

    def _lines_at(self, begin: int) -> Iterator[tuple[Line, int, Captured[Said]]]:
        """Lines that match from a token on, with their ends."""
        for line in self._indexed(BY_WORD, begin, ("ITEMS", "DOING", "IT")):
            yield from ((line, end, said) for end, said in self.matcher.match(line.pattern, begin))
        for middle, items in self.items.items(self.matcher.after_skipped(begin)):
            for line in self._indexed(BEHIND_ITEMS, middle, ("",)):
                yield from ((line, end, (items, *said)) for end, said in self.matcher.match(line.pattern, middle))

    def _indexed(self, lines: Mapping[str, tuple[Line, ...]], at: int, always: tuple[str, ...]) -> Iterable[Line]:
        words = (self.matcher.word(at), self.matcher.word(self.matcher.after_skipped(at)), *always)
        return dict.fromkeys(line for word in words for line in lines.get(word, ()))

    def _behind(self, clause: Clause) -> Iterator[Clause]:
        """The clause with what stands behind it, where it then ends at a boundary."""
        todo, seen = [clause], set()
        while todo:
            one = todo.pop()
            if (one.end, one.strength, one.expires) in seen:
                continue
            seen.add((one.end, one.strength, one.expires))
            if self.is_boundary(one.end):
                yield one
            yield from self.with_reason(one)
            for addition in BEHIND:
                todo += self._more(one, addition)

    def _more(self, clause: Clause, addition: Addition) -> Iterator[Clause]:
        """The clause with what may stand behind it; "but only once" and "if possible" may follow a comma."""
        if addition.acts and clause.act not in addition.acts:
            return
        begins = [clause.end]
        limits = addition.strength == 1 or addition.expires is not None
        if limits and self.items.word(clause.end) == "," and self.items.word(clause.end + 1) in ("but", "if", "when"):
            begins.append(clause.end + 1)
        for begin in begins:
            for end, said in self._matched(addition.pattern, begin):
                yield replace(_with(clause, addition, said), end=end, trails=clause.trails or limits)

    def _is_about_prediction(self, begin: int, end: int) -> bool:
        """Whether a "when" there is followed by who or what predicts, which is no condition."""
        when = [at for at in range(begin, end) if self.words[at] == "when"]
        return bool(when) and all(self.items.word(at + 1) in ("we", "you", "predicting", "scoring") for at in when)

    def with_reason(self, clause: Clause) -> Iterator[Clause]:
        """The clause with a reason behind it, in each way to end that."""
        at = clause.end + 1 if self.items.word(clause.end) in (",", "–", "—", "-", "(") else clause.end
        if any(self.items.has(at, words) for words in IDIOMS):
            return
        starts = next((words for words in REASONS if self.items.has(at, words)), None)
        is_bare = starts is None and any(self.items.has(at, words) for words in BARE_REASONS) and at == clause.end
        if starts is None and not is_bare:
            return
        begin = end = at + len(starts or ())
        while end < len(self.words) and self.words[end] not in MARKS:
            end += 1
        reason = set(self.words[begin:end])
        if self._is_about_prediction(begin, end):
            reason -= {"when"}
        needs_verb = starts is not None and starts[0] in ("since", "as")
        if (
            not reason
            or reason & UNREASONABLE
            or (needs_verb and not reason & REASON_VERBS)
            or (is_bare and reason & REVERSING)
        ):
            return
        while end > begin + 1 and not self.is_boundary(end):
            end -= 1
        for cut in [*(k for k in range(begin + 1, end) if self.words[k] in ("and", "but", "so")), end]:
            yield replace(clause, end=cut, why=(begin, cut))


def _with(clause: Clause, addition: Addition, said: Captured[Said]) -> Clause:
    numbers = [one for one in said if isinstance(one, int)]
    expires = clause.expires if addition.expires is None else addition.expires or (numbers[0] if numbers else 0)
    strength = addition.strength or clause.strength
    return replace(clause, strength=strength, expires=expires, asks=clause.asks or addition.asks)


def fits(item: Item, act: str, polarity: str, subjects: frozenset[str]) -> bool:
    """Whether such an item can stand in such a clause; what is bare or lacks something can where it is said."""
    if item.is_unknown:
        return act in ("never", "keep", "try", "prefer", "avoid") and "column" in subjects
    if item.about == "it":
        return act in ("never", "keep", "try", "prefer", "avoid", "void", "fact", "only")
    if item.about == "column" and act == "avoid":
        return False
    if item.is_plain and polarity == "+drop":
        return False
    if item.slash and act not in ("try", "prefer"):
        return False
    return item.about in subjects or (item.about == "target" and "column" in subjects)


def _best(readings: list[Clause]) -> list[Clause]:
    """The readings that say different things, without those that others are preferred to."""
    least = min(map(_doubt, readings))
    return list({one.key: one for one in readings if _doubt(one) == least}.values())


def _doubt(clause: Clause) -> tuple[int, ...]:
    items = clause.items + clause.second
    unknown = sum(item.is_unknown for item in items)
    early = sum(item.early for item in items)
    slashes = sum(item.slash for item in items)
    return (clause.act == "bare", unknown, early, -slashes, clause.begin)
