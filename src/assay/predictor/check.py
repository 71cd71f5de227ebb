"""What is odd about new rows, before they are predicted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.core.schema import Schema
from assay.core.table import MISSING_CODE, Table
from assay.data.encode import Unseen, check_columns, unseen
from assay.data.rows import Row
from assay.predictor.intake import Intake, Source, tidy_names

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    """A column with cells that are missing or cannot be read as its kind, and in how many rows."""

    column: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """New rows against what was learned: columns not used, values never seen, cells missing.

    ignored: columns that were not there when the model was made. unseen, empty: most rows first.
    """

    rows: int
    ignored: tuple[str, ...]
    unseen: tuple[Unseen, ...]
    empty: tuple[Empty, ...]

    @property
    def text(self) -> str:
        """One line for people."""
        said = [f"{self.rows:,} {'row' if self.rows == 1 else 'rows'}"]
        if self.ignored:
            said.append("ignored: " + _listed(self.ignored))
        said += [f'{u.column} "{u.level}" never seen ({_rows(u.rows)})' for u in self.unseen[:SHOWN]]
        said += [f"{len(self.unseen) - SHOWN} more values never seen"] * (len(self.unseen) > SHOWN)
        said += [f"{e.column} empty ({e.rows:,})" for e in self.empty[:SHOWN]]
        said += [f"{len(self.empty) - SHOWN} more columns with empty cells"] * (len(self.empty) > SHOWN)
        return " · ".join(said)

    def __repr__(self) -> str:
        return f"<Check {self.text}>"


def check_rows(schema: Schema, intake: Intake, source: Source) -> Check:
    """Compare rows with a schema; DataError if columns are missing."""
    given = intake.given(source)
    table = intake.table(given)
    return Check(
        rows=table.n_rows,
        ignored=check_columns(schema, _names_of(source, given)),
        unseen=unseen(schema, given),
        empty=_empty(table),
    )


def _names_of(source: Source, given: "Sequence[Row] | pd.DataFrame") -> tuple[str, ...]:
    """Column names as they were given: the rows read from a small frame keep only those that are known."""
    columns = getattr(source, "column_names", None) or getattr(source, "columns", None)
    if columns is None:
        columns = dict.fromkeys(name for row in given for name in row) if isinstance(given, Sequence) else given.columns
    return tidy_names(columns)


def _empty(table: Table) -> tuple[Empty, ...]:
    blocks = (
        (table.numeric_names, np.isnan(table.numeric)), (table.code_names, table.codes == MISSING_CODE),
        (table.date_names, np.isnan(table.dates)), (table.text_names, table.text == ""),
    )  # fmt: skip
    counted = [
        Empty(column=name, rows=int(rows))
        for names, missing in blocks
        for name, rows in zip(names, np.asarray(missing).sum(axis=0), strict=True)
        if rows
    ]
    return tuple(sorted(counted, key=lambda empty: (-empty.rows, empty.column)))


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
