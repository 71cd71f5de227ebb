"""Text tables with columns separated by blanks: fixed width, or one or more blanks between cells."""

import csv
import re
from collections.abc import Iterator, Sequence

import numpy as np

from assay.core.array import Bools
from assay.data.cell import MISSING_TEXTS, plain_number

Span = tuple[int, int]
"""First character of a column, and the one behind its last."""

_MARKS = re.compile(r"[,;\t|]")
_MARKED = re.compile(r"[;|]|,(?!\d)")
_RULER = re.compile(r"\s*(?:-{2,}|={2,})(?:\s+(?:-+|=+))+\s*")
_APART = re.compile(r"\S\s{2,}\S")
_NUMBER = re.compile(r"[-+−]?[$€£]?\d[\d.,]*(?:[eE][-+]?\d+)?%?")
_LONGEST = 4_000
"""Longest line, as all lines are padded to the longest."""
_STEP = 10_000
"""Lines that are held as characters of four bytes together."""


def aligned_rows(lines: Sequence[str]) -> list[list[str]] | None:
    """The cells of each line, [] for empty lines and rulers; None where blanks do not separate columns in all lines.

    Names stand in the first line, without a mark that other files have between their cells. A gap between two columns
    is blank in every line, and beside it each column has a name (a column of row numbers at the left may lack one), or
    every line has as many words. Some column is one of numbers, or it might be text that only looks so. Below a ruler
    the table ends with the first empty line: programs of databases count the rows behind it.
    """
    filled = [number for number, line in enumerate(lines) if line.strip()]
    if len(filled) < 2 or _MARKS.search(lines[filled[0]]) or any("\t" in lines[at] for at in filled):
        return None
    if all(_MARKED.search(lines[at]) for at in filled[1:]) or max(len(lines[at]) for at in filled) > _LONGEST:
        return None  # a title above a table of another kind, or long texts
    has_ruler = len(filled) > 2 and _RULER.fullmatch(lines[filled[1]]) is not None
    if has_ruler:
        end = next((at for at in range(filled[2], len(lines)) if not lines[at].strip()), len(lines))
        filled = [at for at in filled if at < end]
    head, below = lines[filled[0]], [lines[at] for at in filled[1 + has_ruler :]]
    spans = _ruled(lines[filled[1]]) if has_ruler else _spans(head, below)
    by_place = _cut(spans, [head, *below]) if len(spans) > 1 else None
    by_words = None if has_ruler else _words([head, *below])
    is_by_words = by_words is not None and (by_place is None or bool(by_words[0][0] and _parts_numbers(by_place)))
    found = by_words if is_by_words else by_place
    if found is None or not _has_numbers(found):
        return None
    cells = iter(found)
    rows = set(filled) - ({filled[1]} if has_ruler else set())
    return [next(cells) if at in rows else [] for at in range(len(lines))]


def _ruled(ruler: str) -> list[Span]:
    """The columns below the strokes of a ruler, each up to where the next begins."""
    starts = [match.start() for match in re.finditer(r"\S+", ruler)]
    return list(zip(starts, [*starts[1:], 1 << 20], strict=True))


def _spans(head: str, below: Sequence[str]) -> list[Span]:
    """The columns between gaps that are blank in all lines; [] where two names stand over one column."""
    spans: list[Span] = []
    for start, end in _filled_spans([head, *below]):
        gap = start - spans[-1][1] if spans else 0
        name = head[start:end].strip()
        if spans and (not name or (gap == 1 and _is_one_name(head, below, (start, end)))):
            spans[-1] = (spans[-1][0], end)  # "First Name", or words that stand below each other
        else:
            spans.append((start, end))
    return [] if any(_APART.search(head[start:end].strip()) for start, end in spans) else spans


def _is_one_name(head: str, below: Sequence[str], span: Span) -> bool:
    """Whether a word behind one blank belongs to the name before it: not in every line is a cell below it, or one blank
    stands before the cells in every line, too, and they are no numbers.
    """
    if not all(line[slice(*span)].strip() for line in below):
        return _is_one_blank(head, span[0] - 1)
    return all(_is_one_blank(line, span[0] - 1) for line in (head, *below)) and not _are_numbers(below, span)


def _is_one_blank(line: str, at: int) -> bool:
    """Whether words stand on both sides of the blank at this place."""
    return not line[at - 1 : at].isspace() and not line[at + 1 : at + 2].isspace() and len(line) > at + 1


def _filled_spans(lines: Sequence[str]) -> Iterator[Span]:
    """Runs of places of which each has a character in some line."""
    width = max(map(len, lines))
    is_filled: Bools = np.zeros(width + 1, dtype=bool)
    for at in range(0, len(lines), _STEP):
        characters = np.array(lines[at : at + _STEP], dtype=f"U{width}").view(np.uint32).reshape(-1, width)
        is_filled[:width] |= ((characters != ord(" ")) & (characters != 0)).any(axis=0)
    edges = np.flatnonzero(np.diff(is_filled.astype(np.int8), prepend=0)).tolist()
    yield from zip(edges[::2], edges[1::2], strict=True)


def _are_numbers(lines: Sequence[str], span: Span) -> bool:
    cells = {line[slice(*span)].strip() for line in lines} - MISSING_TEXTS
    return bool(cells) and all(map(_NUMBER.fullmatch, cells))


def _cut(spans: Sequence[Span], lines: Sequence[str]) -> list[list[str]]:
    return [[line[start:end].strip() for start, end in spans] for line in lines]


def _words(lines: Sequence[str]) -> list[list[str]] | None:
    """Words of each line, where all have as many; a line of names may lack that of the row numbers at the left."""
    try:
        rows = [[cell for cell in row if cell] for row in csv.reader(map(str.strip, lines), delimiter=" ", strict=True)]
    except csv.Error:
        return None
    if len(rows) != len(lines) or len({len(row) for row in rows[1:]}) != 1 or len(rows[1]) < 2:
        return None
    width, names = len(rows[1]), rows[0]
    if len(names) == width - 1 and len(rows) > 2 and len({row[0] for row in rows[1:]}) == len(rows) - 1:
        return [["", *names], *rows[1:]]
    return rows if len(names) == width else None


def _parts_numbers(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a cell holds several words of which one is a number: two columns that are not aligned."""
    return any(" " in cell and any(map(_NUMBER.fullmatch, cell.split())) for row in rows[1:] for cell in row)


def _has_numbers(rows: Sequence[Sequence[str]]) -> bool:
    """Whether no name is a number, and every cell of some named column is one or missing."""
    if any(plain_number(name) is not None for name in rows[0] if name):
        return False
    columns = ({row[j] for row in rows[1:]} - MISSING_TEXTS for j, name in enumerate(rows[0]) if name)
    return any(cells and all(map(_NUMBER.fullmatch, cells)) for cells in columns)
