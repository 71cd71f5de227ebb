"""The command predict: a model and a file of rows in, answers out (prediction_table.py)."""

import shlex
import warnings
from typing import TYPE_CHECKING, Annotated

from assay.cli.command_options import OutputOptions
from assay.cli.model_argument import (
    What,
    in_points,
    opened_experiment,
    opened_model,
    say_check,
    say_coverage,
    say_truth,
    split_words,
)
from assay.cli.option_groups import option
from assay.cli.prediction_table import PredictionOptions, PredictionTable, free_file, prediction_table, write_answers
from assay.cli.reading_options import ReadingArguments, read_like, say_reading
from assay.core.clock import SystemClock
from assay.core.errors import DataWarning

if TYPE_CHECKING:
    from pathlib import Path

    from assay.cli.console import Console
    from assay.core.array import JsonObject
    from assay.predictor.new_rows_check import RowsCheck
    from assay.predictor.predictor import Predictor

SHOWN = 10
DECIMALS = 4


def predict(
    what: What,
    reading: ReadingArguments,
    output: OutputOptions,
    wanted: PredictionOptions,
    number: Annotated[
        str | None, option("--model", metavar="NUMBER", help="Predict with one experiment of the lab, not what ships.")
    ] = None,
    out: Annotated[
        str | None, option("--out", "-o", metavar="FILE", help="Write all rows to a file: CSV, .parquet, .arrow.")
    ] = None,
    force: Annotated[bool, option("--force", help="Replace that file.")] = False,
) -> int:
    """Predict a file.

    assay predict bank new.csv
    assay predict bank new.csv --proba --out new.predictions.csv
    """
    console = output.console()
    clock = SystemClock()
    started = clock.now()
    reference, file = split_words(what, "predict")
    target = None if out is None else free_file(out, shlex.join(["assay", "predict", *what, "--out"]), force=force)
    model, place = (
        opened_model(reference, console, allow_code=reading.allow_code)
        if number is None
        else opened_experiment(reference, number, console)
    )
    model = reading.equipped(model)
    rows = in_points(read_like(file, model.passport, reading, spelled=wanted.names_of(model)), model, console)
    check = model.check(rows.frame)
    say_check(console, model, check, rows.name, place)
    say_reading(console, rows)
    say_truth(console, model, rows, reference, file)
    if wanted.coverage is not None:
        say_coverage(console, model, wanted.coverage)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # the check has said it, in the same words
        answers = prediction_table(model, rows, wanted)
    if target is not None:
        write_answers(target, answers)
    body = _document(model, check, answers, target, clock.now() - started)
    console.document(body)
    options = [*(["--model", number] if number else []), *wanted.words, *reading.words]
    if not console.json:
        _print(console, answers, target, _all_rows_command(what, options, file))
    return 0


def _print(console: "Console", answers: PredictionTable, target: "Path | None", command: str) -> None:
    from assay.cli.line_layout import line
    from assay.cli.spreadsheet import csv_text
    from assay.report.phrases import count_text, plural

    if target is not None:
        console.answer([line(f"{plural(len(answers), 'row')} written to {target}")])
        return
    if not console.out.is_terminal:
        console.text(csv_text(answers.header, answers.written(), names=answers.names))
        return
    shown = answers.rows(at_most=SHOWN, decimals=DECIMALS)
    console.text(csv_text(answers.header, shown, names=answers.names))
    left = len(answers) - SHOWN
    if left > 0:
        console.say([line(f"… {count_text(left)} more. All of them: {command}")])


def _all_rows_command(what: list[str], options: list[str], file: str) -> str:
    from pathlib import Path

    stem = "rows" if file == "-" else Path(file).name.split(".")[0]
    return shlex.join(["assay", "predict", *what, *options, "--out", f"{stem}.predictions.csv"])


def _document(
    model: "Predictor", check: "RowsCheck", answers: PredictionTable, target: "Path | None", seconds: float
) -> "JsonObject":
    """predict/1; `values` holds the rows where no file was requested."""
    from assay.cli.json_documents import document, fields_of

    body: JsonObject = {
        "rows": len(answers), "out": None if target is None else str(target), "columns": list(answers.header),
        "ignored": list(check.ignored),
        "unseen": [fields_of(one, "column", "level", "rows") for one in check.unseen],
        "empty": [fields_of(one, "column", "rows") for one in check.empty],
        "unread": [fields_of(one, "column", "rows", "example") for one in check.unread], "drift": [],
        "far": [fields_of(one, "column", "rows", "low", "high", "example") for one in check.far],
        "unit": model.passport.unit or None,
        "expect": None if model.expected is None else model.expected.as_json(), "elapsed_seconds": seconds,
    }  # fmt: skip
    if target is None:
        body["values"] = [list(row) for row in answers.rows()]
    return document("predict", None, body)
