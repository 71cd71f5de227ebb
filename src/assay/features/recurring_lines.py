"""Lines that recur in texts, word for word or nearly so, as columns: what was said, whatever words stood in between."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from assay.core.array import Bools, Floats, Index, Singles
from assay.core.contract import NOTHING, Effort, Facts, Idea, Seeds, Step, StepCost, StepTraits, Table, Target
from assay.core.errors import UsageError
from assay.features import register
from assay.features.named_columns import check_names, there
from assay.features.row_sample import sampled_rows
from assay.features.stored_state import StoredFields, StoredStep, Within
from assay.terms.text_terms import TermRule, occurrences

_RULE = TermRule(analyzer="word", ngrams=(1, 1))
_ALIKE, _DISTINCT = 0.4, 0.6
"""Likeness from which a line is an instance of a kind of line, and from which two kinds are one."""
_MOST_LINES = 400
"""Lines of a text that are read, from its beginning."""
_LOOKED_AT = 10
"""Frequent lines that are looked at for each kind that may be made."""
_CHUNK = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class _SaidLines:
    """Different lines as sets of words. row: (m,) the text of each occurrence; line: (m,) which line it is; word, of:
    (t,) numbers of words, and the line each is in, by line; n: lines.
    """

    row: Index
    line: Index
    word: Index
    of: Index
    n: int

    @classmethod
    def of_texts(cls, texts: Sequence[str]) -> "_SaidLines":
        rows, known, place = list[int](), dict[str, int](), list[int]()
        for row, text in enumerate(texts):
            for one in [line for line in map(str.strip, text.split("\n", _MOST_LINES)[:_MOST_LINES]) if line]:
                rows.append(row)
                place.append(known.setdefault(one, len(known)))
        words, of = _words(list(known))
        return cls(np.array(rows, dtype=np.int64), np.array(place, dtype=np.int64), words, of, len(known))


def _words(lines: Sequence[str]) -> tuple[Index, Index]:
    """(numbers of the different words of each line, the line each is in), by line and number."""
    words, of = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for start in range(0, len(lines), _CHUNK):
        part = lines[start : start + _CHUNK]
        found = occurrences(part, _RULE)
        order = np.lexsort((found.number, found.row))
        number, row = found.number[order].astype(np.int64), found.row[order]
        is_new = np.ones(len(number), dtype=np.bool_)
        is_new[1:] = (number[1:] != number[:-1]) | (row[1:] != row[:-1])
        words.append(number[is_new])
        of.append(row[is_new] + start)
    return np.concatenate(words), np.concatenate(of)


@dataclass(frozen=True, slots=True, eq=False)
class FittedRecurringLines(StoredFields):
    """words, weights: (v,) numbers of known words, rising, and what each weighs; unknown: what one weighs that was
    never seen. kinds, kind_of: places in them of the words of each kind of line, and which kind it is, end to end;
    kinds_in: (columns,) how many kinds each text column has; names: one a kind.
    """

    stored_as: ClassVar[str] = "recurring_lines"
    columns: tuple[str, ...]
    words: Index
    weights: Floats
    unknown: float
    kinds: Annotated[Index, Within(lambda step: len(step["words"]))]
    kind_of: Annotated[Index, Within(lambda step: len(step["names"]))]
    kinds_in: Index
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        blocks, first = list[Singles](), 0
        for column, count in zip(self.columns, self.kinds_in.tolist(), strict=True):
            blocks.append(self._said(table.column(column).tolist(), first, first + count))
            first += count
        return table.with_numeric(np.concatenate(blocks, axis=1), self.names)

    def _said(self, texts: Sequence[str], first: int, last: int) -> Singles:
        """(n, last - first) 1 where a text has a line of the kind."""
        lines, out = _SaidLines.of_texts(texts), np.zeros((len(texts), last - first), dtype=np.float32)
        if last > first and lines.n:
            own = slice(*np.searchsorted(self.kind_of, [first, last]).tolist())
            matcher = _LineLikeness(self.words, self.weights, self.unknown)
            kind = matcher.nearest(lines, self.kinds[own], self.kind_of[own] - first, last - first)[lines.line]
            out[lines.row[kind >= 0], kind[kind >= 0]] = 1.0
        return out

    def commonest(self, table: Table) -> dict[str, tuple[str, str]]:
        """By column made: the text column, and the line of its kind that these rows have most often."""
        found, first = dict[str, tuple[str, str]](), 0
        for column, count in zip(self.columns, self.kinds_in.tolist(), strict=True):
            counts = Counter(
                line for text in table.column(column).tolist() for line in set(map(str.strip, text.split("\n"))) if line
            )
            said = [line for line, _ in counts.most_common(_LOOKED_AT * max(count, 1))]
            for line, kinds in zip(said, self._said(said, first, first + count), strict=True):
                for k in np.flatnonzero(kinds).tolist():
                    found.setdefault(self.names[first + k], (column, line))
            first += count
        return found

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        return Effort(calls=500 * len(self.columns), cells=40 * len(self.names))


@dataclass(frozen=True, slots=True, eq=False)
class _LineLikeness:
    """Likeness of lines: the weight of the words that two share, over that of the words of either (Jaccard, weighted by
    rarity), so that words which stand in every other line count for next to nothing.
    """

    words: Index
    weights: Floats
    unknown: float

    @classmethod
    def of(cls, lines: _SaidLines, counts: Index) -> "_LineLikeness":
        """Weights of the words by the lines they are in; counts: (n,) how often each line is there."""
        words, place = np.unique(lines.word, return_inverse=True)
        inside = np.bincount(place, counts[lines.of].astype(np.float64), minlength=len(words))
        total = float(counts.sum())
        return cls(words, np.log((1.0 + total) / (1.0 + inside)) + 1e-3, float(np.log1p(total)))

    def sized(self, lines: _SaidLines) -> tuple[Index, Bools, Floats]:
        """(places of the words, which of them are known, (n,) weight of each line)."""
        at = np.minimum(np.searchsorted(self.words, lines.word), len(self.words) - 1)
        known = self.words[at] == lines.word
        weight = np.where(known, self.weights[at], self.unknown)
        return at, known, np.asarray(np.bincount(lines.of, weight, minlength=lines.n), dtype=np.float64)

    def nearest(self, lines: _SaidLines, kinds: Index, kind_of: Index, n_kinds: int) -> Index:
        """(n,) the kind each line is most like, -1 where it is like none; kinds: places of their words, by kind."""
        at, known, size = self.sized(lines)
        own, out = np.bincount(kind_of, self.weights[kinds], minlength=n_kinds), np.full(lines.n, -1, dtype=np.int64)
        for start in range(0, lines.n, _CHUNK):
            end = min(start + _CHUNK, lines.n)
            part = slice(*np.searchsorted(lines.of, [start, end]).tolist())
            there = known[part]
            shared = self._shared(at[part][there], lines.of[part][there] - start, end - start, kinds, kind_of, n_kinds)
            likeness = shared / np.maximum(size[start:end, None] + own - shared, 1e-12)
            best = likeness.argmax(axis=1)
            out[start:end] = np.where(likeness[np.arange(end - start), best] >= _ALIKE, best, -1)
        return out

    def between(self, lines: _SaidLines, chosen: Index) -> Floats:
        """(m, m) likeness of these lines to each other."""
        at, known, size = self.sized(lines)
        place = np.full(lines.n, -1, dtype=np.int64)
        place[chosen] = np.arange(len(chosen))
        part = known & (place[lines.of] >= 0)
        words, of, n = at[part], place[lines.of[part]], len(chosen)
        shared = self._shared(words, of, n, words, of, n)
        return np.asarray(shared / np.maximum(size[chosen, None] + size[chosen] - shared, 1e-12))

    def _shared(self, words: Index, of: Index, n: int, others: Index, other_of: Index, m: int) -> Floats:
        """(n, m) weight of the words that lines of both share: each word of the ones meets the others that have it."""
        order = np.argsort(others, kind="stable")
        first = np.searchsorted(others[order], words)
        count = np.searchsorted(others[order], words, side="right") - first
        place = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
        slot = np.repeat(of, count) * m + other_of[order][place]
        summed = np.bincount(slot, np.repeat(self.weights[words], count), minlength=n * m)
        return np.asarray(summed, dtype=np.float64).reshape(n, m)


@register("recurring_lines")
@dataclass(frozen=True)
class RecurringLines(StoredStep):
    """Lines that come back in many texts become columns: 1 where the text has such a line, or one nearly like it.

    A kind of line is a line that `min_rows` texts or more share word for word, beginning with the most frequent; one
    that is like a kind already found is none of its own. Likeness is the Jaccard index of the words of two lines, each
    weighed by its rarity (inverse line frequency), so that fillers and dropped words do not matter. At most `most`
    kinds a text column, learned from at most max_rows texts; the texts stay. For scripts, calls, forms, log files:
    texts of which parts are said again and again. columns: text columns by name, () for all.
    """

    columns: tuple[str, ...] = ()
    min_rows: int = 10
    most: int = 150
    max_rows: int = 20_000

    traits: ClassVar[StepTraits] = StepTraits(
        fits_in_fold=True, texts_alone=True, keeps_monotone=True, names_columns=True, reads_words=True,
        ideas=(Idea(
            name="lines", what="lines that recur", when=lambda facts: facts.n_text > 0,
            finds=("recurring_lines",), is_raw=True, only_moves=True,
            trees=(Step.of("recurring_lines"),), distances=(Step.of("recurring_lines"),),
            applies="texts of which lines recur, word for word or nearly", prior=3.0,
            why="What was said is one column however it was worded, where words alone share it among many.",
        ),),
    )  # fmt: skip
    fitted = FittedRecurringLines

    def __post_init__(self) -> None:
        check_names("recurring_lines", self.columns, ())
        if self.min_rows < 2 or self.most < 1:
            raise UsageError(f"Kinds of lines are 1 or more, of 2 texts or more, not {self.most} of {self.min_rows}.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedRecurringLines:
        columns = tuple(there("recurring_lines", name, table.text_names) for name in self.columns) or table.text_names
        rows = sampled_rows(table.n_rows, self.max_rows, seeds.child("rows"))
        texts = [table.column(column)[rows].tolist() for column in columns]
        together = _SaidLines.of_texts([text for column in texts for text in column])
        matcher = _LineLikeness.of(together, np.bincount(together.line, minlength=together.n))
        found = [self._kinds(matcher, _SaidLines.of_texts(column)) for column in texts]
        kinds = [kind for own in found for kind in own]
        none = np.empty(0, dtype=np.int64)
        return FittedRecurringLines(
            columns, matcher.words, matcher.weights, matcher.unknown, kinds=np.concatenate([none, *kinds]),
            kind_of=np.repeat(np.arange(len(kinds)), [len(kind) for kind in kinds]).astype(np.int64),
            kinds_in=np.array([len(own) for own in found], dtype=np.int64),
            names=tuple(
                f"{name}:line {k}" for name, own in zip(columns, found, strict=True) for k in range(1, len(own) + 1)
            ),
        )  # fmt: skip

    def _kinds(self, matcher: _LineLikeness, lines: _SaidLines) -> list[Index]:
        """Places of the words of each kind of line, the most frequent kind first."""
        texts = np.bincount(np.unique(np.stack([lines.line, lines.row]), axis=1)[0], minlength=lines.n)
        bounds = np.searchsorted(lines.of, np.arange(lines.n + 1))
        order = np.argsort(-texts, kind="stable")
        able = order[(texts[order] >= self.min_rows) & (np.diff(bounds)[order] > 0)][: _LOOKED_AT * self.most]
        if not len(able):
            return []
        alike, (at, _, _) = matcher.between(lines, able) >= _DISTINCT, matcher.sized(lines)
        kept: list[int] = []
        for k in range(len(able)):
            if len(kept) < self.most and not alike[k, kept].any():
                kept.append(k)
        return [at[bounds[line] : bounds[line + 1]] for line in able[kept].tolist()]

    def cost(self, facts: Facts) -> StepCost:
        """Words of all lines numbered, and each line held against the kinds."""
        seconds = 3e-7 * facts.n_rows * facts.text_chars
        return StepCost(seconds=seconds, columns=self.most // 2 if facts.n_text else 0)
