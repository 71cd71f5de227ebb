"""What is said of parts that are not understood: why, known names like theirs, what to say in their place."""

from collections.abc import Sequence

from assay.core.errors import nearest_names
from assay.core.hint import NotUnderstood
from assay.steering.words.clauses import ClauseReader
from assay.steering.words.english import COMPARISONS, CONDITIONS, FUNCTION_WORDS, ROWS
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
        words = [token.word for token in self.tokens[start:end]]
        named = self._columns_in(start, end)
        why = next((one.why for one in segments if one.why), "") or self._ambiguity(segments) or self._why(words)
        unknown = [token.word for token in self.tokens[start:end] if self._is_unknown(token)]
        near = tuple(dict.fromkeys(name for word in unknown[:5] for name in self.near(word)))[:MOST_NEAR]
        do = tuple(f"ignore {name}" for name in named[:1]) + tuple(f"keep {name}" for name in named[:1])
        return NotUnderstood(words=self._slice(start, end), why=why, near=near, do=do or EXAMPLES[:3])

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
        words = [token.word for token in self.tokens[segment.start : segment.end] if self._is_unknown(token)]
        return tuple(dict.fromkeys(name for word in words[:3] for name in self.near(word)))[:MOST_NEAR]

    def _is_unknown(self, token: Token) -> bool:
        if token.kind not in ("word", "quoted") or len(token.word) < 3:
            return False
        return token.word not in FUNCTION_WORDS or (token.word in ROWS and bool(self.index.columns_with(token.word)))

    def _slice(self, start: int, end: int) -> str:
        return self.text[self.tokens[start].start : self.tokens[end - 1].end]

    def _columns_in(self, start: int, end: int) -> list[str]:
        found = []
        for at in range(start, min(end, start + 40)):
            found += [
                meaning.names[0] for _, meaning in self.clauses.items.meanings(at)
                if meaning.about == "column" and len(meaning.names) == 1 and not meaning.is_guess
            ]  # fmt: skip
        return found

    def _ambiguity(self, segments: Sequence[Segment]) -> str:
        readings = next((one.readings for one in segments if one.readings), [])
        said = dict.fromkeys(f"{item.about} {', '.join(item.names)}" for clause in readings for item in clause.items)
        return f"it can be read in two ways: {' or '.join(list(said)[:3])}" if readings else ""

    def _why(self, words: list[str]) -> str:
        said = set(words)
        if said & CONDITIONS:
            return "it holds only on a condition, and a hint has none"
        if said & COMPARISONS:
            return "it compares; say what to prefer, to avoid, or never to use"
        if said & ROWS:
            return "it speaks of rows; a hint speaks of columns, models, steps, metrics and experiments"
        unknown = [word for word in words if word.isalpha() and word not in FUNCTION_WORDS and len(word) > 2]
        return (
            f"the lab cannot read it; it knows nothing called {unknown[-1]!r}" if unknown else "the lab cannot read it"
        )
