"""The command that uses a model: predict."""

import shlex
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from assay.cli.expand import option
from assay.cli.model import What, in_points, opened_model, say_check, say_truth, split_words
from assay.cli.options import Output
from assay.cli.reading import ReadingArguments, read_like, say_reading
from assay.core.errors import DataError, DataWarning, StorageError, UsageError, Where, nearest_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assay.cli.console import Console
    from assay.cli.spreadsheet import Cell
    from assay.core.array import JsonObject
    from assay.data.read import RawTable
    from assay.predictor.check import Check
    from assay.predictor.predictor import Predictor

SHOWN = 10
DECIMALS = 4


@dataclass(frozen=True, slots=True)
class Answers:
    """Predictions as a table: one row for each row of the file, in its order."""

    header: tuple[str, ...]
    columns: "tuple[list[Cell], ...]"

    def rows(self, *, at_most: int | None = None, decimals: int | None = None) -> "Iterator[tuple[Cell, ...]]":
        for row in list(zip(*self.columns, strict=True))[:at_most]:
            yield tuple(_rounded(cell, decimals) for cell in row)

    def __len__(self) -> int:
        return len(self.columns[0])


def predict(
    what: What,
    reading: ReadingArguments,
    output: Output,
    threshold: Annotated[
        float | None, option("--threshold", metavar="P", help="Label rows positive above this probability.")
    ] = None,
    proba: Annotated[bool, option("--proba", help="Also give the probability of each class.")] = False,
    id_column: Annotated[
        str | None, option("--id", metavar="COLUMN", help="Name rows by a column of the file.")
    ] = None,
    out: Annotated[str | None, option("--out", "-o", metavar="FILE", help="Write all rows to a CSV file.")] = None,
    force: Annotated[bool, option("--force", help="Replace that file.")] = False,
) -> int:
    """Predict a file.

    assay predict bank new.csv
    assay predict bank new.csv --proba --out new.predictions.csv
    """
    console = output.console()
    started = time.perf_counter()
    reference, file = split_words(what, "predict")
    target = None if out is None else _free(out, what, force=force)
    model, place = opened_model(reference, console)
    rows = in_points(read_like(file, model.passport, reading), model, console)
    check = model.check(rows.frame)
    say_check(console, model, check, rows.name, place)
    say_reading(console, rows)
    say_truth(console, model, rows, reference, file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # the check has said it, in the same words
        answers = _answers(model, rows, proba=proba, id_column=id_column, threshold=threshold)
    if target is not None:
        _write(target, answers)
    body = _document(model, check, answers, target, time.perf_counter() - started)
    console.document(body)
    if not console.json:
        _print(
            console,
            answers,
            target,
            _all_rows_command(what, [*_names(proba, id_column, threshold), *reading.words], file),
        )
    return 0


def _free(out: str, what: list[str], *, force: bool) -> "Path":
    from pathlib import Path

    path = Path(out)
    command = shlex.join(["assay", "predict", *what, "--out"])
    if path.suffix.lower() in (".parquet", ".xlsx", ".xls", ".json", ".feather"):
        raise UsageError(f"--out {out}: predictions are written as CSV.", do=(f"{command} {path.with_suffix('.csv')}",))
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


def _unwritable(path: "Path") -> str:
    """Why a file cannot be written there, found out before the work; "" where nothing speaks against it."""
    import os

    if path.is_dir():
        return "it is a folder"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    return "" if os.access(path.parent, os.W_OK) else f"no right to write in {path.parent}"


def _answers(
    model: "Predictor", raw: "RawTable", *, proba: bool, id_column: str | None, threshold: float | None
) -> Answers:
    """Row names, predictions, and probabilities where asked."""
    frame = raw.frame
    if id_column is not None and id_column not in frame.columns:
        known = tuple(str(name) for name in frame.columns)
        raise DataError(
            f'{raw.name} has no column "{id_column}".', where=Where(column=id_column, option="--id"),
            nearest=nearest_names(id_column, known), do=(f"columns: {', '.join(known[:8])}",),
        )  # fmt: skip
    names: list[Cell] = [*range(1, len(frame) + 1)]
    if id_column is not None:
        names = [_plain(cell) for cell in frame[id_column].tolist()]
    if proba and not model.classes:
        raise UsageError(
            f'"{model.passport.target}" is a number, so it has no probabilities.', where=Where(option="--proba"),
            do=("leave out --proba",),
        )  # fmt: skip
    unit = model.passport.unit
    header = [id_column or "row", f"{model.passport.target} ({unit})" if unit else model.passport.target]
    if not proba:
        return Answers(tuple(header), (names, model.predict(frame, threshold=threshold).tolist()))
    labels, shares = model.predict_both(frame, threshold=threshold)
    header += [f"p_{label}" for label in model.classes]
    return Answers(tuple(header), (names, labels.tolist(), *shares.T.tolist()))


def _plain(cell: object) -> "Cell":
    if cell is None or isinstance(cell, str | bool | int):
        return cell
    if isinstance(cell, float):
        return None if cell != cell else cell  # noqa: PLR0124, the one test for NaN that needs no import
    return str(cell)


def _rounded(cell: "Cell", decimals: int | None) -> "Cell":
    if not isinstance(cell, float) or decimals is None:
        return cell
    return f"{cell:.{decimals}f}" if abs(cell) < 1e6 else f"{cell:.6g}"


def _write(path: "Path", answers: Answers) -> None:
    """Write the whole file beside its place, then move it there."""
    from assay.cli.spreadsheet import csv_text

    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_text(csv_text(answers.header, answers.rows()), encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StorageError(f"{path} cannot be written: {error.strerror or error}.") from error


def _print(console: "Console", answers: Answers, target: "Path | None", command: str) -> None:
    from assay.cli.layout import line
    from assay.cli.spreadsheet import csv_text
    from assay.report.words import count_text, plural

    if target is not None:
        console.answer([line(f"{plural(len(answers), 'row')} written to {target}")])
        return
    if not console.out.is_terminal:
        console.text(csv_text(answers.header, answers.rows()))
        return
    console.text(csv_text(answers.header, answers.rows(at_most=SHOWN, decimals=DECIMALS)))
    left = len(answers) - SHOWN
    if left > 0:
        console.say([line(f"… {count_text(left)} more. All of them: {command}")])


def _names(proba: bool, id_column: str | None, threshold: float | None) -> list[str]:
    cut = [] if threshold is None else ["--threshold", f"{threshold:g}"]
    return [*(["--proba"] if proba else []), *(["--id", id_column] if id_column else []), *cut]


def _all_rows_command(what: list[str], options: list[str], file: str) -> str:
    from pathlib import Path

    stem = "rows" if file == "-" else Path(file).name.split(".")[0]
    return shlex.join(["assay", "predict", *what, *options, "--out", f"{stem}.predictions.csv"])


def _document(
    model: "Predictor", check: "Check", answers: Answers, target: "Path | None", seconds: float
) -> "JsonObject":
    """predict/1; `values` holds the rows where no file was asked for."""
    from assay.cli.document import document

    body: JsonObject = {
        "rows": len(answers), "out": None if target is None else str(target), "columns": list(answers.header),
        "ignored": list(check.ignored),
        "unseen": [{"column": u.column, "level": u.level, "rows": u.rows} for u in check.unseen],
        "empty": [{"column": e.column, "rows": e.rows} for e in check.empty],
        "unread": [{"column": u.column, "rows": u.rows, "example": u.example} for u in check.unread], "drift": [],
        "unit": model.passport.unit or None,
        "expect": None if model.expected is None else model.expected.as_json(), "elapsed_seconds": seconds,
    }  # fmt: skip
    if target is None:
        body["values"] = [list(row) for row in answers.rows()]
    return document("predict", None, body)
