"""What is said of parts that are not understood: why, known names like theirs, what to say in their place."""

from collections.abc import Sequence

from assay.core.errors import nearest_names
from assay.core.hint import NotUnderstood
from assay.steering.words.clause_patterns import KNOWN_WORDS
from assay.steering.words.clauses import ClauseReader
from assay.steering.words.english import COMPARISONS, CONDITIONS, FUNCTION_WORDS, ROWS
from assay.steering.words.likely import NamedThing, likely
from assay.steering.words.name_index import NameIndex
from assay.steering.words.references import Segment
from assay.steering.words.tokens import Token
from assay.steering.words.wishes import Meant

MOST_LOOKUPS = 20
MOST_NEAR = 3
EXAMPLES = ("ignore NAME", "keep NAME", "try ratios of A and B", "no neural networks", "recall matters more")


class Refusals:
    """Makes remarks on one text; looks for similar names a limited number of times."""

    def __init__(self, text: str, tokens: Sequence[Token], index: NameIndex, clauses: ClauseReader) -> None:
        self.text, self.tokens, self.index, self.clauses = text, tokens, index, clauses
        vocabulary = index.vocabulary
        self.known = [*vocabulary.columns, *dict.fromkeys(thing.name for thing in vocabulary.things)]
        self._lookups = 0

    def of(self, segments: Sequence[Segment]) -> NotUnderstood:
        """The remark on parts that are not understood together."""
        start, end = segments[0].start, segments[-1].end
        why = next((one.why for one in segments if one.why), "") or self._ambiguity(segments)
        unknown = self._unknown_words(start, end)
        near = tuple(dict.fromkeys(name for word in unknown[:5] for name in self.near(word)))[:MOST_NEAR]
        return NotUnderstood(
            words=self._slice(start, end), why=why or self._why(start, end, unknown), near=near,
            do=self._examples(start, end), perhaps=likely(self.tokens[start:end], self._names(start, end), self.text),
        )  # fmt: skip

    def of_problems(self, segment: Segment, meant: Meant) -> list[NotUnderstood]:
        """Remarks on a clause of which nothing, or not all, is made."""
        words = self._slice(segment.start, segment.end)
        found = [NotUnderstood(words=words, why=why, near=self._near_in(segment)) for why in meant.problems]
        for word in meant.unknown if meant.wishes else ():
            place = next(token for token in self.tokens[segment.start :] if token.word == word)
            why = "the lab knows nothing of that name"
            found.append(NotUnderstood(words=self.text[place.start : place.end], why=why, near=self.near(word)))
        return found

    def near(self, word: str) -> tuple[str, ...]:
        """Known names like a word, or with it as a part."""
        if self._lookups >= MOST_LOOKUPS or not word:
            return ()
        self._lookups += 1
        begins = [name for name in self.known if name[:1].casefold() == word[0]]
        parts = self.index.columns_with(word)[:MOST_NEAR]
        return tuple(dict.fromkeys((*parts, *nearest_names(word, begins))))[:MOST_NEAR]

    def _near_in(self, segment: Segment) -> tuple[str, ...]:
        words = self._unknown_words(segment.start, segment.end)
        return tuple(dict.fromkeys(name for word in words[:3] for name in self.near(word)))[:MOST_NEAR]

    def _unknown_words(self, start: int, end: int) -> list[str]:
        """Words that neither the grammar knows nor the lab; parts of a column's name are worth a look, too."""
        named = self._named_at(start, end)
        words = [self.tokens[at] for at in range(start, end) if at not in named]
        return [token.word for token in words if token.kind in ("word", "quoted") and self._is_unknown(token.word)]

    def _is_unknown(self, word: str) -> bool:
        if word in KNOWN_WORDS or word in FUNCTION_WORDS or len(word) < 3:
            return word in ROWS and bool(self.index.columns_with(word))
        return True

    def _named_at(self, start: int, end: int) -> set[int]:
        """The tokens that name something."""
        ends = [(at, after) for at in range(start, end) for after, _ in self.clauses.items.meanings(at)]
        return {place for at, after in ends for place in range(at, after)}

    def _names(self, start: int, end: int) -> list[NamedThing]:
        """The longest names of a part in order, with places in it; a column before what else is called so."""
        found: list[NamedThing] = []
        at = start
        while at < end:
            known = [(after, one) for after, one in self.clauses.items.meanings(at) if after <= end and one.names]
            if not known:
                at += 1
                continue
            after = max(place for place, _ in known)
            longest = [one for place, one in known if place == after]
            one = next((one for one in longest if one.about == "column"), longest[0])
            found.append(NamedThing(at - start, after - start, one))
            at = after
        return found

    def _slice(self, start: int, end: int) -> str:
        return self.text[self.tokens[start].start : self.tokens[end - 1].end]

    def _examples(self, start: int, end: int) -> tuple[str, ...]:
        """What could be said of the first thing that is named."""
        for at in range(start, min(end, start + 40)):
            for after, meaning in self.clauses.items.meanings(at):
                if meaning.about == "column" and len(meaning.names) == 1 and not meaning.is_guess:
                    return (f"ignore {meaning.names[0]}", f"keep {meaning.names[0]}")
                if meaning.about in ("family", "step", "move") and not meaning.is_guess and not meaning.is_doing:
                    said = self._slice(at, after)
                    return (f"try {said}", f"never use {said}", f"prefer {said}")
        return EXAMPLES[:3]

    def _ambiguity(self, segments: Sequence[Segment]) -> str:
        readings = next((one.readings for one in segments if one.readings), [])
        said = dict.fromkeys(f"{item.about} {', '.join(item.names)}" for clause in readings for item in clause.items)
        return f"it can be read in two ways: {' or '.join(list(said)[:3])}" if readings else ""

    def _why(self, start: int, end: int, unknown: list[str]) -> str:
        named = self._named_at(start, end)
        said = {self.tokens[at].word for at in range(start, end) if at not in named}
        if said & CONDITIONS:
            return "it holds only on a condition, and a hint has none"
        if said & COMPARISONS:
            return "it compares; say what to prefer, to avoid, or never to use"
        if said & ROWS:
            return "it speaks of rows; a hint speaks of columns, models, steps, metrics and experiments"
        if unknown:
            return f"the lab knows nothing called {unknown[0]!r}"
        return "the lab knows the words, but not what they ask for together"
