"""Known names found in a text: as they are, in another spelling of case, blanks and number, or misspelled."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from assay.core.hint import Subject
from assay.steering.vocabulary import Vocabulary
from assay.steering.words.english import COMMON_WORDS, CONTRACTIONS, FUNCTION_WORDS, JOINED, SPELLINGS
from assay.steering.words.everyday_names import About, doing_phrases, everyday_phrases
from assay.steering.words.misspelling import is_misspelled, slips_allowed
from assay.steering.words.tokens import Phrase, Token, folded, tokens_of, words_of

MOST_GUESSES = 60
"""Unknown words of one text that are compared with all names; more of them are left unknown."""
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")
BLOCKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("date", ("datetime",)), ("datetime", ("datetime",)), ("text", ("text",)), ("free text", ("text",)),
    ("numeric", ("numeric", "ordinal")), ("numerical", ("numeric", "ordinal")), ("number", ("numeric", "ordinal")),
    ("categorical", ("category", "boolean")), ("category", ("category", "boolean")), ("boolean", ("boolean",)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a phrase names. is_guess: a misspelling was taken for it; is_doing: said as a verb ("bin age"). lacks: why
    there is nothing of it, "" where there is."""

    about: About
    names: tuple[str, ...]
    is_guess: bool = False
    is_doing: bool = False
    lacks: str = ""


def _plain_parts(column: str) -> Phrase:
    """As words_of, of a name in small letters with underscores, which is most columns; faster."""
    parts = [part for part in column.split("_") if part]
    if any(part in JOINED or part in CONTRACTIONS or part.endswith("nt") for part in parts):
        return words_of(column)
    return tuple(SPELLINGS.get(part, part) for part in parts)


def singular(word: str) -> str:
    """A word without the ending of its plural; the same for both numbers, not always a word."""
    if len(word) < 3 or word.endswith("ss") or not word.endswith("s"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "zes")):
        return word[:-2]
    return word[:-1]


Find = Callable[[Phrase], list[Meaning]]


ALWAYS = ("family", "metric", "target")
"""What is known by its registered name even where that is an everyday word."""


class NameIndex:
    """The vocabulary by its phrases. Made for one text; looks misspellings up a limited number of times."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._columns: dict[Phrase, list[str]] = defaultdict(list)
        self._loose: dict[Phrase, list[str]] = defaultdict(list)
        self._things: dict[Phrase, list[Meaning]] = defaultdict(list)
        self._exact: dict[Phrase, list[Meaning]] = defaultdict(list)
        self._guesses: dict[Phrase, tuple[Meaning, ...]] = {}
        self._parts: dict[str, list[str]] = {}
        self._by_letter: dict[str, list[tuple[Phrase, Meaning, bool]]] = {}
        for column in vocabulary.columns:
            self._add_column(column)
        for phrase, about, names in everyday_phrases(vocabulary):
            self._add_thing(phrase, Meaning(about, names))
        for phrase, about, names in doing_phrases(vocabulary):
            self._add_thing(phrase, Meaning(about, names, is_doing=True))
        self._add_registered()
        self._add_blocks()
        self._heads = {known[0] for table in (self._columns, self._loose, self._things, self._exact) for known in table}
        self.longest = max(map(len, [*self._columns, *self._things, *self._exact]), default=1)

    def _add_column(self, column: str) -> None:
        is_plain = column.isascii() and column.isidentifier() and column.islower()
        parts = _plain_parts(column) if is_plain else words_of(column)
        plain = parts if is_plain else tuple(word for word in parts if re.search(r"\w", word))
        camel = parts if is_plain else tuple(part.casefold() for part in _CAMEL.findall(column))
        for phrase in dict.fromkeys((parts, plain, camel, ("".join(plain),))):
            if phrase and "" not in phrase:
                self._columns[phrase].append(column)
                self._loose[*phrase[:-1], singular(phrase[-1])].append(column)

    def _add_thing(self, phrase: Phrase, meaning: Meaning) -> None:
        known = self._things[tuple(map(singular, phrase))]
        same = [one for one in known if (one.about, one.is_doing) == (meaning.about, meaning.is_doing)]
        for one in same:  # several things share the phrase: it names all of them
            known.remove(one)
            names = tuple(dict.fromkeys((*one.names, *meaning.names)))
            meaning = Meaning(meaning.about, names, is_doing=meaning.is_doing)
        known.append(meaning)

    def _add_registered(self) -> None:
        """Registered names; those that are everyday words too are names only with a noun ("the step dates")."""
        for thing in self.vocabulary.things:
            phrase = words_of(thing.name)
            meaning = Meaning(thing.subject, (thing.name,))
            for spelt in {phrase, ("".join(phrase),)}:
                self._exact[spelt].append(meaning)
            if thing.subject == "family":
                self._add_thing(phrase, meaning)  # in the plural, too
        if self.vocabulary.target:
            for spelt in (words_of(self.vocabulary.target), ("target",), ("label",)):
                self._exact[spelt].append(Meaning("target", (self.vocabulary.target,)))

    def _add_blocks(self) -> None:
        if not self.vocabulary.kinds:
            return
        for word, kinds in BLOCKS:
            names = self.vocabulary.of_kind(*kinds)
            lacks = "" if names else f"no column is {'a number' if 'numeric' in kinds else 'of kind ' + kinds[0]}"
            for noun in ("column", "feature", "field", "variable"):
                self._things[*words_of(word), noun].append(Meaning("column", names, lacks=lacks))

    def at(self, tokens: Sequence[Token], i: int) -> Iterator[tuple[int, Meaning]]:
        """Meanings of the longest phrases that begin at a token, with the token after each."""
        if tokens[i].kind == "quoted":
            yield from ((i + 1, meaning) for meaning in self._quoted(tokens[i].word))
            return
        if tokens[i].word not in self._heads and singular(tokens[i].word) not in self._heads:
            window = tuple(token.word for token in tokens[i : i + 3] if token.kind == "word")
            yield from self._misspelled(window, i) if window and tokens[i].kind == "word" else ()
            return
        window = tuple(token.word for token in tokens[i : i + self.longest] if token.kind != "quoted")
        kinds = [token.kind for token in tokens[i : i + len(window)]]
        window = window[: kinds.index("experiment")] if "experiment" in kinds else window
        column = self._longest(window, self._column_of, i)
        thing = self._longest(window, self._thing_of, i)
        yield from column
        yield from thing
        if not column and not thing and window:
            yield from self._misspelled(window, i)

    def _longest(self, window: Phrase, find: Find, i: int) -> list[tuple[int, Meaning]]:
        for n in range(len(window), 0, -1):
            found = find(window[:n])
            if found:
                return [(i + n, meaning) for meaning in found]
        return []

    def _column_of(self, phrase: Phrase) -> list[Meaning]:
        found = self._columns.get(phrase)
        if found is None and not (len(phrase) == 1 and phrase[0] in FUNCTION_WORDS):
            found = self._loose.get((*phrase[:-1], singular(phrase[-1])))
        if not found:
            return []
        return [Meaning("column", (name,)) for name in dict.fromkeys(found)]

    def _thing_of(self, phrase: Phrase) -> list[Meaning]:
        exact = self._exact.get(phrase, [])
        if exact:
            is_plain = len(phrase) == 1 and phrase[0] in COMMON_WORDS | FUNCTION_WORDS
            is_everyday = all(word in COMMON_WORDS or word in FUNCTION_WORDS for word in phrase)
            named = [one for one in exact if one.about in ALWAYS
                     or not (is_plain or (is_everyday and one.about == "step"))]  # fmt: skip
            if named:
                return named
        return self._things.get(tuple(map(singular, phrase)), [])

    def said(self, phrase: str) -> list[Meaning]:
        """What a phrase of our own means; nothing where the lab has no such thing."""
        return [one for one in self._things.get(tuple(map(singular, words_of(phrase))), ()) if not one.is_doing]

    def registered(self, about: Subject, tokens: Sequence[Token], i: int) -> Iterator[tuple[int, Meaning]]:
        """Things of that subject by their registered name, everyday words among them, where a noun says so."""
        window = tuple(token.word for token in tokens[i : i + self.longest])
        for n in range(len(window), 0, -1):
            found = [meaning for meaning in self._exact.get(window[:n], ()) if meaning.about == about]
            if found:
                yield from ((i + n, meaning) for meaning in found)
                return

    def _quoted(self, name: str) -> list[Meaning]:
        columns = [column for column in self.vocabulary.columns if column.strip() == name]
        columns = columns or [column for column in self.vocabulary.columns if folded(column) == folded(name)]
        if columns:
            return [Meaning("column", (column,)) for column in columns]
        inner = tokens_of(name)
        return [meaning for end, meaning in self.at(inner, 0) if end == len(inner)] if inner else []

    def _misspelled(self, window: Phrase, i: int) -> Iterator[tuple[int, Meaning]]:
        for n in range(min(3, len(window)), 0, -1):
            phrase = window[:n]
            if all(_is_known(word) for word in phrase) or any(word in FUNCTION_WORDS for word in phrase):
                continue
            if phrase not in self._guesses:
                self._guesses[phrase] = self._guess(phrase) if len(self._guesses) < MOST_GUESSES else ()
            if self._guesses[phrase]:
                yield from ((i + n, meaning) for meaning in self._guesses[phrase])
                return

    def _guess(self, phrase: Phrase) -> tuple[Meaning, ...]:
        """The one thing whose name is nearly the phrase; none where two are."""
        spelt, letters = tuple(map(singular, phrase)), phrase[0][:2]
        known = {one for letter in letters for one in self._known_by_letter().get(letter, ())}
        alike = {meaning for name, meaning, is_thing in known if _is_like(spelt if is_thing else phrase, name)}
        return tuple(replace(one, is_guess=True) for one in alike) if len(alike) == 1 else ()

    def _known_by_letter(self) -> dict[str, list[tuple[Phrase, Meaning, bool]]]:
        """Phrases with what they name, by their first letter; registered words of everyday English are none."""
        if not self._by_letter:
            columns = [
                (name, Meaning("column", (one,)), False) for name, those in self._columns.items() for one in those
            ]
            things = [(name, one, True) for name, those in self._things.items() for one in those]
            exact = [(name, one, False) for name, those in self._exact.items() for one in those
                     if len(name) > 1 or name[0] not in COMMON_WORDS]  # fmt: skip
            for known in (*columns, *things, *exact):
                self._by_letter.setdefault(known[0][0][:1], []).append(known)
        return self._by_letter

    def columns_with(self, word: str) -> list[str]:
        """Columns of whose name a word is a part."""
        if not self._parts:
            for phrase, names in self._columns.items():
                for part in set(map(singular, phrase)) if len(phrase) > 1 else ():
                    self._parts.setdefault(part, []).extend(names)
        return list(dict.fromkeys(self._parts.get(singular(word), ())))


def _is_known(word: str) -> bool:
    return word in COMMON_WORDS or word in FUNCTION_WORDS or not word.isalpha() or len(word) < 4


def _is_like(phrase: Phrase, known: Phrase) -> bool:
    if len(phrase) == len(known):
        pairs = list(zip(phrase, known, strict=True))
        wrong = [(word, name) for word, name in pairs if word != name]
        return len(wrong) <= 1 and all(not _is_known(word) and is_misspelled(word, name) for word, name in wrong)
    if 1 not in (len(phrase), len(known)):
        return False
    word, name = "".join(phrase), "".join(known)
    return not _is_known(word) and is_misspelled(word, name, at_most=min(1, slips_allowed(name)))
