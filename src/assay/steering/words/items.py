"""What a clause is about: names in a list, steps with their columns, numbers of experiments, groups with exceptions."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from assay.core.hint import Subject
from assay.steering.words.announcements import after_announcement
from assay.steering.words.english import (
    COLUMN_NOUNS,
    COMMON_WORDS,
    DETERMINERS,
    FUNCTION_WORDS,
    NAME_NOUNS,
    OF_WORDS,
    OWNERS,
    OWNERS_OF,
    OWNING,
    POINTED,
    POINTING,
    STATISTICS,
    STEP_NOUNS,
    TIMES,
)
from assay.steering.words.experiments import experiments_at
from assay.steering.words.item import (
    BETWEEN,
    DONE,
    EXCEPT,
    GROUPED,
    MOST_BEFORE,
    MOST_ITEMS,
    MOST_READINGS,
    NAMED,
    NOUNS,
    NUMBERS,
    OPERATIONS,
    OTHER,
    PRONOUNS,
    RISKY,
    SEPARATORS,
    WORK,
    Columns,
    Item,
)
from assay.steering.words.name_index import Meaning, NameIndex, singular
from assay.steering.words.tokens import Token


class ItemReader:
    """Reads items in the tokens of one text; what stands at a token is found once."""

    def __init__(self, tokens: Sequence[Token], index: NameIndex) -> None:
        self.tokens, self.index = tokens, index
        self.words = [token.word if token.kind != "quoted" else "" for token in tokens]
        self._meanings: dict[int, list[tuple[int, Meaning]]] = {}
        self._singles: dict[int, list[tuple[int, Item]]] = {}
        self._lists: dict[int, list[tuple[int, tuple[Item, ...]]]] = {}
        vocabulary = index.vocabulary
        self._kinds = dict(zip(vocabulary.columns, vocabulary.kinds, strict=False))

    def word(self, at: int) -> str:
        return self.words[at] if at < len(self.words) else ""

    def has(self, at: int, words: tuple[str, ...]) -> bool:
        return tuple(self.words[at : at + len(words)]) == words

    def meanings(self, at: int) -> list[tuple[int, Meaning]]:
        if at not in self._meanings:
            self._meanings[at] = list(self.index.at(self.tokens, at)) if at < len(self.tokens) else []
        return self._meanings[at]

    def items(self, at: int) -> list[tuple[int, tuple[Item, ...]]]:
        """Each list of items that begins at a token, with the token after it."""
        if at not in self._lists:
            self._lists[at] = list(self._items(at))
        return self._lists[at]

    def _items(self, at: int) -> Iterator[tuple[int, tuple[Item, ...]]]:
        open_lists: list[tuple[int, tuple[Item, ...]]] = [(end, (item,)) for end, item in self.single(at)]
        for _ in range(MOST_ITEMS):
            yield from open_lists
            longer = [
                (end, (*items, item))
                for middle, items in open_lists
                for start in self.after_separator(middle, SEPARATORS)
                for end, item in self.single(start)
                if not self.is_risky(start, end)
            ]
            open_lists = longer[:MOST_READINGS]

    def after_separator(self, at: int, separators: frozenset[str]) -> Iterator[int]:
        """The token after a separator of a list, or after a comma with "and"."""
        if self.word(at) in separators:
            is_double = self.word(at) == "," and self.word(at + 1) in ("and", "or", "then", "also")
            yield at + 2 if is_double else at + 1

    def single(self, at: int) -> list[tuple[int, Item]]:
        """Each item that begins at a token, articles before it included."""
        if at not in self._singles:
            start, found = at, [*self._at(at), *self._pronoun(at)]
            start = after_announcement(self.words, at)
            found += self._at(start) if start != at else []
            if self.word(at) in POINTING and self.word(at + 1) in COLUMN_NOUNS:
                found += self._at(at + 1)
            while (self.word(start) in DETERMINERS or self.word(start) in OWNERS_OF) and start < at + 5:
                start += 1
                found += self._at(start)
            self._singles[at] = list(dict.fromkeys(found)) or list(self._unknown(start))
        return self._singles[at]

    def _at(self, at: int) -> Iterator[tuple[int, Item]]:
        for end, item in self._named(at):
            yield end, item
            yield from self._with_exception(end, item)
        yield from self._after_columns(at)
        yield from self._grouped(at)
        yield from experiments_at(self.tokens, at, self.index.vocabulary.experiments)

    def _pronoun(self, at: int) -> Iterator[tuple[int, Item]]:
        if self.word(at) in PRONOUNS:
            yield at + 1, Item("it", ())
        if self.word(at) in POINTING and self.word(at + 1) in POINTED:
            yield at + 2, Item("it", ())

    def _unknown(self, at: int) -> Iterator[tuple[int, Item]]:
        """A single unknown word, which a list may contain beside known ones."""
        if at >= len(self.tokens) or self.tokens[at].kind not in ("word", "quoted"):
            return
        word, after = self.tokens[at].word, self.word(at + 1)
        ends = at + 1 == len(self.tokens) or after in SEPARATORS or after in (".", ";", "\n", "!")
        if ends and word not in FUNCTION_WORDS | TIMES and not word.endswith("ly") and not self.meanings(at):
            yield at + 1, Item("column", (word,), is_unknown=True)

    def is_risky(self, start: int, end: int) -> bool:
        """Whether a name is a word like "not", without quotes, so that further on in a list it can be that word."""
        return end == start + 1 and self.word(start) in RISKY

    def _named(self, at: int) -> Iterator[tuple[int, Item]]:
        noun = self.word(at)
        for about in NAMED:
            if noun in NOUNS[about] and OTHER.get(noun) != about:
                yield from self._after_noun(about, at + 1)
        for end, meaning in self.meanings(at):
            if not meaning.is_doing:
                item = Item(meaning.about, meaning.names, lacks=meaning.lacks)
                yield from self._with_noun(end, self._guarded(item, at, end))
                if meaning.about == "column":
                    yield from ((after, item) for after in self._after_owner(end))
        for about in WORK:
            for end, meaning in self.index.registered(about, self.tokens, at):
                if self.word(end) in ("step", "move", "steps", "moves") and OTHER[self.word(end)] != about:
                    yield from self._with_columns(end + 1, Item(about, meaning.names))

    def _guarded(self, item: Item, at: int, end: int) -> Item:
        """A thing that is called by one everyday word, which could also be short for a column, or mean rows."""
        if end > at + 1 or item.about not in ("family", "step", "move"):
            return item
        columns = [column for column in self.index.columns_with(self.word(at)) if column not in item.names]
        lacks = f"it could be the column {columns[0]}; say which" if columns else item.lacks
        is_plain = self.word(at) in COMMON_WORDS or singular(self.word(at)) in COMMON_WORDS
        return replace(item, lacks=lacks, is_plain=is_plain)

    def _after_noun(self, about: Subject, at: int) -> Iterator[tuple[int, Item]]:
        found = [(end, meaning) for end, meaning in self.meanings(at) if meaning.about == about]
        if about in ("step", "move"):
            found += [pair for pair in self.index.registered(about, self.tokens, at) if pair not in found]
        for end, meaning in found:
            yield end, Item(meaning.about, meaning.names)

    def _with_noun(self, end: int, item: Item) -> Iterator[tuple[int, Item]]:
        yield from self._with_columns(end, item)
        if self.word(end) in NOUNS.get(item.about, ()) or (item.about == "column" and self.word(end) in NAME_NOUNS):
            lacks = "" if item.lacks.startswith("it could be") else item.lacks
            yield from self._with_columns(end + 1, replace(item, is_plain=False, lacks=lacks))

    def _with_columns(self, end: int, item: Item) -> Iterator[tuple[int, Item]]:
        """A step or move, alone and with its columns: "of price and area"."""
        yield end, item
        if item.about not in WORK:
            return
        is_said = self.word(end) in OF_WORDS
        for after, (names, early, _) in self.columns(end + 1 if is_said else end):
            if is_said or len(names) > 1:
                lacks = "" if item.lacks.startswith("it could be") else item.lacks
                made = replace(item, columns=names, early=early, is_plain=False, lacks=lacks)
                yield after, self._checked(made)

    def _with_exception(self, end: int, item: Item) -> Iterator[tuple[int, Item]]:
        """A group without some of it: "trees except xgboost"."""
        if item.about != "family" or len(item.names) < 2:
            return
        for words in EXCEPT:
            if not self.has(end, words):
                continue
            for after, meaning in self.meanings(end + len(words)):
                left = tuple(name for name in item.names if name not in meaning.names)
                if meaning.about == "family" and set(meaning.names) < set(item.names):
                    yield after, replace(item, names=left)
            return

    def columns(self, at: int, *, at_most: int = MOST_ITEMS) -> list[tuple[int, Columns]]:
        """Each list of columns that begins at a token. Lists that end before "and" and a column are early."""
        found: list[tuple[int, Columns]] = []
        ends: list[tuple[int, tuple[str, ...], bool]] = [(end, (name,), False) for end, name in self._column(at)]
        for _ in range(at_most):
            longer: list[tuple[int, tuple[str, ...], bool]] = []
            for end, names, slash in ends:
                more = [
                    (after, (*names, name), self.word(end) == "/" and len(names) == 1)
                    for start in self.after_separator(end, BETWEEN)
                    for after, name in self._column(start)
                ]
                found.append((end, (names, int(bool(more) and self.word(end) != ","), slash)))
                longer += more
            ends = longer[:MOST_READINGS]
            if not ends:
                break
        return found

    def _column(self, at: int) -> Iterator[tuple[int, str]]:
        for start in (at, at + 1, at + 2):
            columns = [(end, one) for end, one in self.meanings(start) if one.about == "column"]
            single = [(end, one.names[0]) for end, one in columns
                      if len(one.names) == 1 and not self.is_risky(start, end)]  # fmt: skip
            yield from single
            yield from ((end + 1, name) for end, name in single if self.word(end) in COLUMN_NOUNS | NAME_NOUNS)
            yield from ((after, name) for end, name in single for after in self._after_owner(end))
            if self.word(start) not in DETERMINERS | COLUMN_NOUNS:
                return

    def _after_owner(self, end: int) -> Iterator[int]:
        """Behind whose value a column holds: "the duration of the call"."""
        if self.word(end) == "of" and self.word(end + 1) in OWNING and self.word(end + 2) in OWNERS:
            yield end + 3

    def _after_columns(self, at: int) -> Iterator[tuple[int, Item]]:
        """Columns before what is made of them: "price and area ratios", "price per area"."""
        for end, (names, _, slash) in self.columns(at, at_most=MOST_BEFORE):
            made = [(after, one) for after, one in self.meanings(end) if one.about in WORK and not one.is_doing]
            for after, meaning in made:
                item = self._checked(Item(meaning.about, meaning.names, names))
                yield after, item
                yield from [(after + 1, item)] if self.word(after) in STEP_NOUNS else []
            if slash:
                yield from ((end, replace(one, slash=True)) for one in self._operation("ratio", names))
        between = [(words, operation) for words, operation in OPERATIONS if words != ("/",)]
        for end, name in self._column(at):
            said = [(words, operation) for words, operation in between if self.has(end, words)]
            for words, operation in said:
                yield from self._of_two(end + len(words), name, operation)

    def _of_two(self, at: int, first: str, operation: str) -> Iterator[tuple[int, Item]]:
        for end, second in self._column(at):
            yield from ((end, one) for one in self._operation(operation, (first, second)))

    def _operation(self, name: str, columns: tuple[str, ...]) -> Iterator[Item]:
        for meaning in self.index.said(name):
            yield self._checked(Item(meaning.about, meaning.names, columns))

    def _checked(self, item: Item) -> Item:
        """Operations need numbers; the difference of dates is a step of its own."""
        if item.names[:1] not in (("ratio",), ("difference",), ("product",), ("sum",)):
            return item
        kinds = {self._kinds.get(column, "") for column in item.columns}
        if kinds == {"datetime"} and item.names == ("difference",):
            steps = [meaning for meaning in self.index.said("date difference") if meaning.about == "step"]
            return replace(item, about="step", names=steps[0].names) if steps else item
        other = [column for column in item.columns if self._kinds.get(column, "") not in NUMBERS]
        return replace(item, lacks=f"{other[0]} is no number") if other else item

    def _grouped(self, at: int) -> Iterator[tuple[int, Item]]:
        """Statistics of columns within the groups of others: "average price per city"."""
        if self.word(at) not in STATISTICS:
            return
        start = at + 2 if self.word(at + 1) in ("of", "values") else at + 1
        made = self.index.said("group statistic")
        for end, (names, _, _) in self.columns(start):
            groups = [pair for words in GROUPED if self.has(end, words) for pair in self.columns(end + len(words))]
            for after, (others, early, _) in groups:
                yield from ((after, Item(one.about, one.names, (*names, *others), early)) for one in made)

    def doing(self, at: int) -> Iterator[tuple[int, tuple[Item, ...]]]:
        """What is said as a verb: "target encode city", "divide price by area", "group price by city"."""
        for end, meaning in self.meanings(at):
            if meaning.is_doing:
                item = Item(meaning.about, meaning.names)
                if (len(meaning.names) == 1 and meaning.about == "move") or meaning.names == ("stack",):
                    yield end, (item,)
                for after, (names, early, _) in self.columns(end):
                    yield after, (replace(item, columns=names, early=early),)
        for verb, between, operation in DONE:
            if self.word(at) == verb:
                yield from self._done(at + 1, between, operation)
        if self.word(at) in ("group", "aggregate"):
            yield from self._done(at + 1, ("by",), "group statistic")

    def _done(self, at: int, between: tuple[str, ...], operation: str) -> Iterator[tuple[int, tuple[Item, ...]]]:
        for end, first in self._column(at):
            if self.word(end) in between:
                for after, second in self._column(end + 1):
                    names = (second, first) if self.word(end) == "from" else (first, second)
                    yield from ((after, (item,)) for item in self._operation(operation, names))
