"""Repairs that the user refuses: all of a column, one of a column, or one of the whole file."""

from collections.abc import Iterable
from dataclasses import dataclass

CELL_REPAIRS = ("numbers", "dates", "times", "missing")
"""Numbers, dates, or times of day and durations, read out of text; marks and codes read as missing."""
TABLE_REPAIRS = (
    "title-lines", "header-rows", "comment-lines", "repeated-header", "label-rows", "footer-lines", "total-line",
    "bad-lines", "duplicate-column", "empty-column", "label-spelling", "repeated-rows",
    "near-repeated-rows", "merged-cells", "text-layout",
)  # fmt: skip
"""Repairs of the file or the rows, by the code of their notice without "data/"."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What follows `--raw`: COLUMN (all its repairs), COLUMN=REPAIR (one of CELL_REPAIRS), or one of TABLE_REPAIRS.

    spelled: columns of which each cell is also kept letter for letter (RawTable.spelled).
    """

    words: tuple[str, ...] = ()
    spelled: tuple[str, ...] = ()

    def of_cells(self, column: str, repair: str) -> bool:
        """Whether that repair of the column's cells is refused."""
        return column in self.words or f"{column}={repair}" in self.words

    @property
    def of_file(self) -> tuple[str, ...]:
        """The repairs of the file that are refused."""
        return tuple(word for word in self.words if word in TABLE_REPAIRS)

    def of_table(self, repair: str) -> bool:
        return repair in self.words


NOTHING = Refusal()
"""Every repair is made."""


def raw_columns(words: Iterable[str], known: frozenset[str]) -> tuple[str, ...]:
    """The columns that the words of `--raw` speak of; a word that is a column's name is meant as one."""
    return tuple(_column(word) for word in words if word in known or word not in TABLE_REPAIRS)


def _column(word: str) -> str:
    name, sign, repair = word.rpartition("=")
    return name if sign and repair in CELL_REPAIRS else word
