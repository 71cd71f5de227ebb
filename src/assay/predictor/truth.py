"""True values in a file of new rows, read as the target was in training."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.errors import DataError, Where, nearest_names
from assay.core.schema import Label
from assay.data.cell import label_codes, text_of
from assay.data.number_format import NumberReader
from assay.data.vectorized import groups_of, plain, raw_numbers
from assay.data.weight_scale import in_usual_scale
from assay.predictor.passport import Passport

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """rows: positions of the rows with a true value; values: (len(rows),) their class codes or numbers. weight, groups:
    of the same rows, where the model was trained with such a column and the file has it. notes: what was left out."""

    rows: Index
    values: AnyArray
    weight: Floats | None = None
    groups: Index | None = None
    notes: tuple[str, ...] = ()


def has_truth(passport: Passport, names: Iterable[object]) -> bool:
    """Whether a file with these columns holds the target."""
    return passport.target in {str(name).strip() for name in names}


def truth_of(passport: Passport, frame: "pd.DataFrame", name: str) -> Truth:
    """The truth in a table called `name`.

    Raises DataError where the table has no such column, no row has a value, or a class is unknown.
    """
    names = [str(column) for column in frame.columns]
    if passport.target not in names:
        raise DataError(
            f'{name} has no column "{passport.target}", so there is nothing to score against. '
            f"Columns: {', '.join(names[:8])}.",
            where=Where(file=name, column=passport.target), nearest=nearest_names(passport.target, names),
            do=("give a file with the true values",),
        )  # fmt: skip
    cells = plain(frame[passport.target])
    values, odd = _classes(passport, cells, name) if passport.classes else _numbers(passport, cells)
    rows = np.flatnonzero(values >= 0 if passport.classes else ~np.isnan(values))
    if not len(rows):
        raise DataError(
            f'{name}: no row has a true value in "{passport.target}"{odd}.',
            where=Where(file=name, column=passport.target),
            do=("write it as in the file that was learned from",),
        )  # fmt: skip
    notes = [] if len(rows) == len(values) else [_left_out(len(values) - len(rows), passport.target, odd)]
    weight, groups = _weight(passport, frame, rows, name, notes), _groups(passport, frame, rows, notes)
    return Truth(rows=rows, values=values[rows], weight=weight, groups=groups, notes=tuple(notes))


def _left_out(n: int, target: str, odd: str) -> str:
    return f'{n:,} row{"" if n == 1 else "s"} without a true value in "{target}" left out{odd}'


def _classes(passport: Passport, cells: "pd.Series", name: str) -> tuple[Index, str]:
    codes = np.asarray(cells.map(label_reader(passport.classes)), dtype=np.int64)
    texts = cells.map(text_of)
    unknown = np.flatnonzero((codes < 0) & ~np.asarray(texts.isna()))
    if len(unknown):
        found = dict.fromkeys(str(texts.iloc[row]) for row in unknown.tolist())
        listed = ", ".join(f'"{text}"' for text in list(found)[:SHOWN]) + ", …" * (len(found) > SHOWN)
        known = ", ".join(f'"{label}"' for label in passport.classes[:SHOWN])
        rows = f"{len(unknown):,} row{'' if len(unknown) == 1 else 's'}"
        row = int(unknown[0]) + 1
        raise DataError(
            f'{name}, column "{passport.target}": {listed} in {rows}, first in row {row}, is no class the model '
            f"learned ({known}{', …' * (len(passport.classes) > SHOWN)}).",
            where=Where(file=name, column=passport.target, row=row),
            do=("correct the spelling", "leave those rows out", "fit again with rows of that class"),
        )  # fmt: skip
    return codes, ""


def label_reader(classes: Sequence[Label]) -> Callable[[object], int]:
    """As `label_codes`, else ignoring case, spaces and a spreadsheet's apostrophe where that is unambiguous."""
    exact = label_codes(classes)
    folded = {str(text_of(label)).strip().casefold(): code for code, label in enumerate(classes)}
    alike = folded if len(folded) == len(classes) else {}

    def code(cell: object) -> int:
        found, text = exact(cell), text_of(cell)
        if found >= 0 or text is None:
            return found
        plain = text.strip().casefold()
        return alike.get(plain, alike.get(plain.removeprefix("'"), -1))

    return code


def _numbers(passport: Passport, cells: "pd.Series") -> tuple[Floats, str]:
    """(n,) numbers, NaN where there is none, and an example of a cell that is none."""
    values = raw_numbers(cells, NumberReader(passport.schema[passport.target]))
    texts = cells.map(text_of)
    odd = np.flatnonzero(np.isnan(values) & ~np.asarray(texts.isna()))
    return values, f" ({len(odd):,} of them no numbers, e.g. {str(texts.iloc[odd[0]])[:40]!r})" if len(odd) else ""


def _weight(passport: Passport, frame: "pd.DataFrame", rows: Index, name: str, notes: list[str]) -> Floats | None:
    column = next(iter(passport.schema.of_kind("weight")), None)
    if column is None:
        return None
    if column.name not in frame.columns:
        notes.append(f'{name} has no column "{column.name}" with weights: all rows count alike')
        return None
    values = raw_numbers(plain(frame[column.name]), NumberReader(column))[rows]
    bad = np.flatnonzero(~(values > 0))
    if len(bad):
        row = int(rows[bad[0]]) + 1
        raise DataError(
            f'{name}, column "{column.name}", row {row}: a weight must be a number above 0.',
            where=Where(file=name, column=column.name, row=row),
        )  # fmt: skip
    return in_usual_scale(values)


def _groups(passport: Passport, frame: "pd.DataFrame", rows: Index, notes: list[str]) -> Index | None:
    column = next(iter(passport.schema.of_kind("group")), None)
    if column is None:
        return None
    if column.name not in frame.columns:
        notes.append(f'no column "{column.name}" in the file: rows are counted as if none belonged together')
        return None
    return groups_of(frame[column.name])[rows]
