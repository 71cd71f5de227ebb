"""The model and file arguments of a command, and messages about them."""

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from assay.core.errors import UsageError

if TYPE_CHECKING:
    from assay.cli.console import Console
    from assay.data.read import RawTable
    from assay.predictor.new_rows_check import RowsCheck
    from assay.predictor.predictor import Predictor

What = Annotated[
    list[str], typer.Argument(metavar="[LAB|MODEL] FILE", help="A lab or a saved model, then the rows; - is stdin.")
]


def split_words(what: list[str], command: str) -> tuple[str | None, str]:
    """(lab or model, file) of "[LAB|MODEL] FILE", the first None where it is omitted."""
    if len(what) > 2:
        raise UsageError(f"assay {command} takes one file, not {len(what) - 1}.", do=(f"assay {command} LAB FILE",))
    if len(what) == 2:
        return what[0], what[1]
    if _is_model(what[0]):
        raise UsageError(
            f"{what[0]} is a lab or a model; the file with the rows is missing.",
            do=(shlex.join(["assay", command, what[0], "FILE"]),),
        )  # fmt: skip
    return None, what[0]


def _is_model(word: str) -> bool:
    """Whether a word that is no file names a lab or a saved model."""
    from pathlib import Path

    from assay.journal.find_labs import SUFFIX, is_lab

    path = Path(word)
    if path.is_file() or word == "-":
        return False
    return (path / "manifest.json").is_file() or is_lab(path) or is_lab(path.with_name(f"{path.name}{SUFFIX}"))


def in_points(raw: "RawTable", model: "Predictor", console: "Console") -> "RawTable":
    """The table with decimal commas converted where the model was trained on decimal points; reported on stderr."""
    from dataclasses import replace

    from assay.cli.decimal_commas import with_decimal_points
    from assay.cli.line_layout import Span, line
    from assay.report.phrases import name_list

    frame, columns = with_decimal_points(raw.frame, model.schema)
    if columns:
        console.say([line(Span(f"{raw.name}: decimal commas in {name_list(columns)}", "dim"))])
    return replace(raw, frame=frame)


def opened_model(reference: str | None, console: "Console", *, allow_code: bool = False) -> "tuple[Predictor, str]":
    """A saved model, or that of a lab, and the name of its place. Functions that it holds run in the sandbox of a lab;
    of a saved model only where that is allowed.
    """
    import shlex
    from pathlib import Path

    from assay.cli.lab_argument import open_lab
    from assay.cli.line_layout import Span, labelled, line
    from assay.journal.find_labs import shown_path
    from assay.predictor.predictor import Predictor
    from assay.ship.snapshot_folder import snapshot_of
    from assay.views.record_views import is_outdated

    path = None if reference is None else Path(reference)
    if path is not None and (path.is_file() or (path / "manifest.json").is_file()):
        return Predictor.load(path, allow_code=allow_code), reference or ""
    lab = open_lab(reference, console)
    newer = None if lab.state.end is not None else snapshot_of(lab.path)
    if newer is not None:
        text = (
            f"{shown_path(newer)} is a snapshot: the best so far, from fold models, not the model a session ends with"
        )
        console.say([line(Span(text, "dim"))])
    elif is_outdated(lab.state):
        maker = f"assay research {shlex.quote(shown_path(lab.path))}"
        text = f"made of experiments that are void by now; {maker} makes one that keeps to the hints"
        console.say(labelled(console.err.layout, "model", text, size=7, role="warn"))
    return lab.predictor(), shown_path(newer or lab.path / "model")


def opened_experiment(reference: str | None, word: str, console: "Console") -> "tuple[Predictor, str]":
    """The model of one experiment of a lab, and the name of its place; a necessary fit is reported on stderr."""
    from assay.cli.lab_argument import is_experiment, number_of, open_lab
    from assay.cli.line_layout import Span, line
    from assay.core.errors import Where
    from assay.journal.find_labs import shown_path

    if not is_experiment(word):
        raise UsageError(f"--model {word}: an experiment is a number, best or base.", where=Where(option="--model"),
                         do=("assay leaderboard LAB",))  # fmt: skip
    lab = open_lab(reference, console)
    number = number_of(lab, word)
    model = lab.predictor(number, say=lambda text: console.say([line(Span(text, "dim"))]))
    return model, f"{shown_path(lab.path)} #{number}"


def say_coverage(console: "Console", model: "Predictor", coverage: float) -> None:
    """The guarantee of an interval or a set, and its number of rows, on stderr."""
    from assay.cli.line_layout import labelled
    from assay.predictor.coverage import coverage_text

    console.say(labelled(console.err.layout, "coverage", coverage_text(model.passport, coverage), size=12))


def say_check(
    console: "Console", model: "Predictor", check: "RowsCheck", name: str, place: str, *, promises: bool = True
) -> None:
    """The model's promised score, and what is odd about the rows, on stderr. promises: False where the
    output has it."""
    from assay.cli.line_layout import Span, labelled, line
    from assay.report.figure_text import short_origin
    from assay.report.phrases import bracketed

    figure, layout = model.expected, console.err.layout
    promise = "no figure can be promised"
    if figure is not None:
        inner = ", ".join(part for part in (figure.interval_text, short_origin(figure)) if part)
        title = figure.title or model.passport.metric_title
        promise = f"expect {title} {figure.text}{bracketed(inner)} on rows like those it learned from"
    unit = f" in {model.passport.unit}" if model.passport.unit else ""
    head = line(f"{name} answered by ", Span(place, "number"), f", which predicts {model.passport.target}{unit}")
    promised = labelled(layout, "model", promise, size=7) if promises else []
    same = "it looks at no column: every row gets the same answer" if model.is_constant else ""
    alike = labelled(layout, "", same, size=7, role="warn") if same else []
    console.say([head, *labelled(layout, "rows", check.text, size=7), *promised, *alike])


def say_truth(console: "Console", model: "Predictor", raw: "RawTable", reference: str | None, file: str) -> None:
    """A hint that the file to predict holds the target, with the command to score it."""
    from assay.cli.line_layout import labelled
    from assay.predictor.truth import has_truth

    if has_truth(model.passport, raw.frame.columns) and not bool(raw.frame[model.passport.target].isna().all()):
        command = shlex.join(["assay", "score", *([] if reference is None else [reference]), file])
        text = f'it has "{model.passport.target}", the target. How good the model is on these rows: {command}'
        console.say(labelled(console.err.layout, raw.name, text, size=len(raw.name) + 3))


def lab_around(place: str) -> str | None:
    """The name of the lab that a saved model lies in; None for one outside a lab."""
    from pathlib import Path

    from assay.journal.find_labs import is_lab

    folder = Path(place).parent
    return folder.resolve().name if is_lab(folder) else None
