"""Which words may move a model's answers: those with the largest coefficients in a linear fit to the answers."""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from assay.core.array import Floats, Index
from assay.predictor.text_effects import words_of
from assay.solvers.sparse_scores import SparseProblem, fit_scores

FEWEST_ROWS, MOST_SHARE = 5, 0.8
"""Different texts of a column that have a word: fewest, so that no word of one text that is often repeated, say a
person's name, is listed; and the largest share of the rows."""
_STRENGTH = 0.3
Span = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A word of a column, as folded. at: by position among the rows looked at, its places in the text of that row."""

    column: str
    word: str
    at: dict[int, list[Span]]


def folded(piece: str) -> str:
    """As words are compared."""
    return unicodedata.normalize("NFKC", piece).casefold()


def words_in(column: str, texts: Sequence[str]) -> list[Word]:
    """Words and signs such as emoji of some texts, those of few or most rows left out; of scripts without spaces pairs
    of characters too.
    """
    places = defaultdict[str, defaultdict[int, list[Span]]](lambda: defaultdict(list))
    known = dict[str, str]()
    for row, text in enumerate(texts):
        spans = words_of(text)
        for start, end in spans:
            piece = text[start:end]
            places[known.get(piece) or known.setdefault(piece, folded(piece))][row].append((start, end))
        for start, end in pairs_in(text, spans):
            pair = places[folded(text[start:end])][row]
            if not pair or pair[-1][1] <= start:
                pair.append((start, end))
    most = MOST_SHARE * len(texts)
    alike = [folded(text.strip()) for text in texts]
    return [
        Word(column, word, dict(at))
        for word, at in places.items()
        if len({alike[row] for row in at}) >= FEWEST_ROWS
        and len(at) <= most
        and not all(one.isascii() and not one.isalnum() for one in word)
    ]


def pairs_in(text: str, spans: Sequence[Span]) -> list[Span]:
    """Neighbouring characters that are words each."""
    alone = [span for span in spans if _is_alone(text, *span)]
    return [(one[0], other[1]) for one, other in pairwise(alone) if one[1] == other[0]]


def _is_alone(text: str, start: int, end: int) -> bool:
    return end - start == 1 and text[start].isalnum()


def weight(n_rows: int) -> float:
    """What a word's rows count for beside its effect: those of a frequent one are more certain to be met again, and a
    word of every second row is seldom what a reader looks for.
    """
    return float(n_rows ** (1 / 3))


def is_part_of(word: Word, other: Word) -> bool:
    """Whether in most of its rows it shares a character with the other: pairs of characters overlap."""
    shared = sum(
        any(a < end and start < b for a, b in other.at.get(row, ()) for start, end in spans)
        for row, spans in word.at.items()
    )
    return word.column == other.column and 2 * shared > len(word.at)


def ranked_words(words: Sequence[Word], n_rows: int, answers: Floats) -> list[tuple[list[int], list[int]]]:
    """For each column of answers (n, k), places of words: those that raise it, those that lower it, the strongest
    first.
    """
    problem = SparseProblem(_matrix(words, n_rows), answers[:, 0], 0)
    size = np.array([weight(len(word.at)) for word in words])
    out = list[tuple[list[int], list[int]]]()
    for k in range(answers.shape[1]):
        spread = float(np.std(answers[:, k])) or 1.0
        y = (answers[:, k] - answers[:, k].mean()) / spread
        coef = fit_scores(SparseProblem(problem.X, y, 0), _STRENGTH, seed=0).coef[:, 0] * size
        order = np.argsort(-coef, kind="stable")
        out.append(([j for j in order.tolist() if coef[j] > 0], [j for j in order[::-1].tolist() if coef[j] < 0]))
    return out


def _matrix(words: Sequence[Word], n_rows: int) -> "object":
    """(n_rows, words) of 1 where a row has the word, as scipy's CSR."""
    from scipy.sparse import csr_matrix

    rows: Index = np.array([row for word in words for row in word.at], dtype=np.int64)
    columns = np.repeat(np.arange(len(words)), [len(word.at) for word in words])
    return csr_matrix((np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(n_rows, len(words)))
