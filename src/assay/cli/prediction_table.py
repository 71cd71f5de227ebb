"""Predictions of a file as a table, and its file formats."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from assay.cli.option_groups import option
from assay.core.atomic_files import ABANDONED_SECONDS, atomic_file, sweep_unfinished
from assay.core.errors import DataError, StorageError, UsageError, Where, nearest_names

if TYPE_CHECKING:
    import pyarrow as pa

    from assay.cli.spreadsheet import Cell
    from assay.data.read import RawTable
    from assay.predictor.predictor import Predictor

ARROW = (".arrow", ".feather")
OTHER = (".xlsx", ".xls", ".json")
"""File endings of formats that are not supported."""
_WHOLE = re.compile(r"0|-?[1-9]\d{0,17}", re.ASCII)
"""A whole number of 64 bits in the one way to write it."""
BETWEEN = " | "
"""Separator of the classes of a set within a cell."""

SHOWN = 1e-6
"""Rounding error allowed in a written number, relative to its column's range."""


@dataclass(frozen=True, slots=True)
class PredictionTable:
    """Predictions as a table: one row for each row of the file, in its order.

    names: number of leading columns that name the rows, which are written as they were read. has_labels: whether labels
    follow them, which were read, too, and not computed.
    """

    header: tuple[str, ...]
    columns: "tuple[list[Cell], ...]"
    names: int = 1
    has_labels: bool = False

    def rows(self, *, at_most: int | None = None, decimals: int | None = None) -> "Iterator[tuple[Cell, ...]]":
        """Row by row; numbers with `decimals` if given."""
        for row in list(zip(*self.columns, strict=True))[:at_most]:
            yield tuple(_rounded(cell, decimals) for cell in row)

    def written(self) -> "Iterator[tuple[Cell, ...]]":
        """Rows for people and spreadsheets: numbers with the digits of 32 bits, unless that changes them visibly."""
        n = self.names + self.has_labels
        given, computed = self.columns[:n], self.columns[n:]
        yield from zip(*given, *(_shortened(column) for column in computed), strict=True)

    def __len__(self) -> int:
        return len(self.columns[0])


@dataclass(frozen=True, slots=True)
class PredictionOptions:
    """Outputs for each row beside its prediction: probabilities, the likeliest classes, an interval or a set, its name
    by a column; and a threshold for labels in place of the model's."""

    threshold: Annotated[
        float | None, option("--threshold", metavar="P", help="Label rows positive above this probability.")
    ] = None
    proba: Annotated[bool, option("--proba", help="Also give the probability of each class.")] = False
    top: Annotated[
        int | None, option("--top", metavar="K", help="Also give the K likeliest classes, with probabilities.")
    ] = None
    coverage: Annotated[
        float | None,
        option(
            "--coverage", metavar="SHARE", help="Also give what holds the truth this often: an interval, or classes."
        ),
    ] = None
    id_column: Annotated[
        str | None,
        option("--id", metavar="COLUMN", help="Name rows by this column, not by what was left out as identifiers."),
    ] = None

    def names_of(self, model: "Predictor") -> tuple[str, ...]:
        """The columns that name the rows: the one asked for, else those the model left out as identifiers."""
        if self.id_column is not None:
            return (self.id_column,)
        return tuple(column.name for column in model.schema.of_kind("identifier"))

    @property
    def words(self) -> list[str]:
        """The options as typed."""
        return [
            *(["--proba"] if self.proba else []),
            *(["--top", str(self.top)] if self.top is not None else []),
            *(["--coverage", f"{self.coverage:g}"] if self.coverage is not None else []),
            *(["--id", self.id_column] if self.id_column else []),
            *(["--threshold", f"{self.threshold:g}"] if self.threshold is not None else []),
        ]


def prediction_table(model: "Predictor", raw: "RawTable", wanted: PredictionOptions) -> PredictionTable:
    """Row names, predictions, and the other outputs."""
    from assay.predictor.top_classes import check_top

    if wanted.proba and not model.classes:
        raise UsageError(
            f'"{model.passport.target}" is a number, so it has no probabilities.', where=Where(option="--proba"),
            do=("leave out --proba", "--coverage 0.9 for an interval"),
        )  # fmt: skip
    if wanted.top is not None:
        check_top(model.passport, wanted.top)
    unit, frame = model.passport.unit, raw.frame
    names = _row_names(raw, wanted.names_of(model), asked=wanted.id_column is not None)
    target = f"{model.passport.target} ({unit})" if unit else model.passport.target
    header, columns, n = [*names, target], [*names.values()], len(names)
    if not model.classes and wanted.coverage is not None:
        values, ends = model.predict_both_ends(frame, coverage=wanted.coverage)
        return PredictionTable((*header, "low", "high"), (*columns, values.tolist(), *ends.T.tolist()), names=n)
    if not wanted.proba and wanted.coverage is None and wanted.top is None:
        plain = model.predict(frame, threshold=wanted.threshold).tolist()
        return PredictionTable(tuple(header), (*columns, plain), names=n, has_labels=bool(model.classes))
    labels, shares = model.predict_both(frame, threshold=wanted.threshold)
    columns.append(labels.tolist())
    if wanted.coverage is not None:
        header.append("set")
        inside, order = model.sets(shares, coverage=wanted.coverage), shares.argsort(axis=1)[:, ::-1]
        columns.append([
            BETWEEN.join(str(model.classes[code]) for code in likeliest if row[code])
            for row, likeliest in zip(inside.tolist(), order.tolist(), strict=True)
        ])  # fmt: skip
    if wanted.top is not None:
        named, likely = model.top(shares, wanted.top)
        for place in range(wanted.top):
            header += [f"top_{place + 1}", f"top_{place + 1}_p"]  # p_1 would be the probability of a class "1"
            columns += [named[:, place].tolist(), likely[:, place].tolist()]
    if wanted.proba:
        header += [f"p_{label}" for label in model.classes]
        columns += shares.T.tolist()
    return PredictionTable(tuple(header), tuple(columns), names=n, has_labels=True)


def _row_names(raw: "RawTable", ids: Sequence[str], *, asked: bool) -> "dict[str, list[Cell]]":
    """What names the rows, by the name of its column: ids that the file has, else the number of the row.

    asked: whether a person named the column, so that it has to be there.
    """
    there = [name for name in ids if name in raw.frame.columns]
    if asked and not there:
        known = tuple(str(name) for name in raw.frame.columns)
        raise DataError(
            f'{raw.name} has no column "{ids[0]}".', where=Where(column=ids[0], option="--id"),
            nearest=nearest_names(ids[0], known), do=(f"columns: {', '.join(known[:8])}",),
        )  # fmt: skip
    return {name: _plain(raw.written(name)) for name in there} or {"row": [*range(1, len(raw.frame) + 1)]}


def _plain(cells: "Sequence[object]") -> "list[Cell]":
    """Whole numbers as such where all cells are no more than that, also written as 7.0 for a gap among them; else each
    as it is.
    """
    from assay.data.whole_numbers import is_gap

    texts = [None if is_gap(cell) else _as_whole(cell) for cell in cells]
    if all(text is not None or is_gap(cell) for text, cell in zip(texts, cells, strict=True)):
        return [None if text is None else int(text) for text in texts]
    plain = (str, bool, int, float)
    return [None if is_gap(cell) else cell if isinstance(cell, plain) else str(cell) for cell in cells]


def _as_whole(cell: object) -> str | None:
    """The text of a cell that is no more than a whole number."""
    from assay.data.cell import text_of

    text = cell if isinstance(cell, str) else None if isinstance(cell, bool) else text_of(cell)
    return text if text is not None and _WHOLE.fullmatch(text) else None


def _shortened(column: "list[Cell]") -> "list[Cell]":
    """0.40880328 for 0.4088032853063833. A number stays as it is where 32 bits change it by more than a millionth of
    the column's range (values far from zero with small differences), or turn it into 0 or 1."""
    import numpy as np

    places = [i for i, cell in enumerate(column) if isinstance(cell, float) and math.isfinite(cell)]
    values = np.array([column[i] for i in places], dtype=np.float64)
    if not places:
        return column
    with np.errstate(over="ignore"):
        short = np.array([float(str(single)) for single in values.astype(np.float32)])
    same = np.abs(short - values) <= SHOWN * np.ptp(values)
    same &= np.isin(short, (0.0, 1.0)) == np.isin(values, (0.0, 1.0))
    out = list(column)
    for i, number in zip(np.array(places)[same], short[same], strict=True):
        out[i] = float(number)
    return out


def _rounded(cell: "Cell", decimals: int | None) -> "Cell":
    if not isinstance(cell, float) or decimals is None:
        return cell
    return f"{cell:.{decimals}f}" if abs(cell) < 1e6 else f"{cell:.6g}"


# -- files --------------------------------------------------------------------------------------------------------


def free_file(out: str, command: str, *, force: bool) -> Path:
    """The file to write, checked to be free, writable and of a known format before any work; command: up to --out."""
    path = Path(out)
    if path.suffix.lower() in OTHER:
        raise UsageError(
            f"--out {out}: predictions are written as CSV, Parquet or Arrow, by the ending of the name.",
            where=Where(option="--out"), do=tuple(f"{command} {path.with_suffix(end)}" for end in (".csv", ".parquet")),
        )  # fmt: skip
    if path.exists() and not force:
        raise StorageError(f"{out} exists already.", where=Where(option="--out"), do=(f"{command} {out} --force",))
    problem = _unwritable(path)
    if problem:
        raise StorageError(
            f"{out} cannot be written: {problem}.",
            where=Where(option="--out"),
            do=(f"{command} {path.name or 'out.csv'}",),
        )
    return path


def _unwritable(path: Path) -> str:
    """Why a file cannot be written there, checked before any work; "" if nothing prevents it."""
    import os

    if path.is_dir():
        return "it is a folder"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    return "" if os.access(path.parent, os.W_OK) else f"no right to write in {path.parent}"


def write_answers(path: Path, answers: PredictionTable) -> None:
    """Write the file atomically: Parquet or Arrow by its ending, else CSV."""
    writers: dict[str, Callable[[Path, PredictionTable], None]] = {".parquet": _parquet, **dict.fromkeys(ARROW, _arrow)}
    try:
        sweep_unfinished(path.parent, path.name, least_age_seconds=ABANDONED_SECONDS)
        with atomic_file(path) as draft:
            writers.get(path.suffix.lower(), _csv)(draft, answers)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}.") from error


def _csv(path: Path, answers: PredictionTable) -> None:
    from assay.cli.spreadsheet import csv_text

    path.write_text(csv_text(answers.header, answers.written(), names=answers.names), encoding="utf-8")


def _parquet(path: Path, answers: PredictionTable) -> None:
    import pyarrow.parquet as pq

    pq.write_table(arrow_table(answers), path)


def _arrow(path: Path, answers: PredictionTable) -> None:
    from pyarrow import feather

    feather.write_feather(arrow_table(answers), path)


def arrow_table(answers: PredictionTable) -> "pa.Table":
    """The table with columns of one type; mixed cells (ids "7" and 7) as text."""
    import pyarrow as pa

    columns = [
        cells if len({type(cell) for cell in cells} - {type(None)}) < 2
        else [None if cell is None else str(cell) for cell in cells]
        for cells in answers.columns
    ]  # fmt: skip
    return pa.table([pa.array(cells) for cells in columns], names=list(answers.header))
