"""What words do to a model's answers: places in rows and numbers, no words, so that a ledger holds nobody's texts."""

from dataclasses import dataclass

MOST_CLASSES = 6
"""Classes for which words are sought, the most frequent ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a row's text in a column, from `start` to `end`. effect: by how much the answer (log odds of a
    class, or a value) is higher with it than without; is_passage: a line or a sentence, else a word.
    """

    row: int
    column: str
    start: int
    end: int
    effect: float
    is_passage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WordEffect:
    """What one word does on average. label: place of the class whose odds move, 0 for a target of numbers.

    example: the word in a row where it does about as much; low, high: 95 % interval of the effect over `asked` rows, of
    `rows` in `looked_at` that have the word. points: of a class, by how many hundredths its probability is higher with
    the word, None in labs of earlier versions.
    """

    label: int
    example: Piece
    effect: float
    low: float
    high: float
    rows: int
    asked: int
    points: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowEffect:
    """What moved the answer to one row. label: place of the class answered, 0 for a target of numbers; predicted: its
    probability, or the value; pieces: of one column, the largest effects first.
    """

    row: int
    label: int
    predicted: float
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordEffects:
    """Of members of a model as they are blended (told_by; `number` alone where there are none), each row answered by
    fits that have not seen it. rows: a few, right and wrong; looked_at: rows in which words were sought.
    """

    number: int
    words: tuple[WordEffect, ...] = ()
    rows: tuple[RowEffect, ...] = ()
    looked_at: int = 0
    told_by: tuple[int, ...] = ()

    @property
    def members(self) -> tuple[int, ...]:
        """Who was asked."""
        return self.told_by or (self.number,)
