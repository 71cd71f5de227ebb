"""assay add: a recipe, a file with functions of one's own, or an expression, to be tried next."""

import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from assay.cli.command_options import OutputOptions
from assay.cli.option_groups import option
from assay.cli.steer_commands import delivered, exit_code, last_word
from assay.core.errors import UsageError, Where
from assay.core.special_files import refuse_special

if TYPE_CHECKING:
    from assay.cli.console import Console
    from assay.core.array import Json
    from assay.lab.lab import Lab
    from assay.lab.sent_message import SentMessage

What = Annotated[
    list[str] | None,
    typer.Argument(metavar="[LAB] FILE", help="A recipe as JSON (- is stdin), or a .py file with functions."),
]
Expression = Annotated[str | None, option("--expression", metavar="TEXT", help='A column as a formula, e.g. "a / b".')]
On = Annotated[
    str | None, option("--on", metavar="NUMBER", help="Correct the predictions of this experiment, or best.")
]
To = Annotated[str | None, option("--to", metavar="NUMBER", help="Add columns to this experiment, not to the best.")]
Trust = Annotated[bool, option("--trust", help="Run this file of mine without the sandbox, on this machine.")]
Held = Annotated[
    Literal["any", "required"],
    option("--sandbox", metavar="any|required", help="Run functions only where a sandbox holds everything."),
]


@dataclass(frozen=True, slots=True)
class CodeArguments:
    """What is said of functions, or of a column."""

    on: On = None
    to: To = None
    trust: Trust = False
    sandbox: Held = "any"

    def refuse_with_expression(self) -> None:
        """UsageError for an option that says something of functions, beside an expression."""
        for name, is_there in (("--on", self.on), ("--trust", self.trust), ("--sandbox", self.sandbox != "any")):
            if is_there:
                raise UsageError(
                    f"{name} is of functions in a .py file; an expression runs no code.", where=Where(option=name)
                )

    def refuse_without_code(self) -> None:
        """UsageError for an option that says something of functions, where there are none."""
        given = {
            "--on": self.on is not None, "--to": self.to is not None, "--trust": self.trust,
            "--sandbox": self.sandbox != "any",
        }  # fmt: skip
        for name, is_there in given.items():
            if is_there:
                raise UsageError(
                    f"{name} is of functions in a .py file, and a recipe in JSON holds everything itself.",
                    where=Where(option=name), do=("assay add LAB step.py",),
                )  # fmt: skip


def add(output: OutputOptions, asked: CodeArguments, words: What = None, expression: Expression = None) -> int:
    """Add a recipe, functions or a column, to be tried next.

    assay add bank ratio.py
    assay add bank --expression "balance / nullif(age, 0)"
    """
    console = output.console()
    given = words or []
    if expression is not None:
        asked.refuse_with_expression()
        return _expression(console, given, expression, asked.to)
    reference, file = last_word(given, "add", "FILE")
    if Path(file).suffix != ".py":
        asked.refuse_without_code()
        return exit_code(_sent_recipe(console, reference, file))
    return _code(console, reference, Path(file), asked)


def _sent_recipe(console: "Console", reference: str | None, file: str) -> "SentMessage":
    from assay.cli.lab_argument import open_lab

    lab = open_lab(reference, console)
    lab.close()
    return delivered(console, lab.path, "add", reference, recipe=recipe_in(file))


def _expression(console: "Console", words: list[str], text: str, to: str | None) -> int:
    from assay.cli.lab_argument import open_lab, typed_name
    from assay.cli.steer_lines import sent_document, sent_lines
    from assay.lab.add_code import add_expression
    from assay.lab.send_message import send

    if len(words) > 1:
        raise UsageError(
            "assay add takes a file or an expression, one at a time.", where=Where(option="--expression"),
            do=(f"assay add LAB --expression {shlex.quote(text)}",),
        )  # fmt: skip
    reference = words[0] if words else None
    lab = open_lab(reference, console)
    number = _number(lab, to, "--to")
    sent = add_expression(lab, text, to=number, send=lambda kind, **content: send(lab.path, kind, **content))
    console.document(sent_document(sent, lab.path.name))
    console.answer(sent_lines(console.out.layout, sent, lab=shlex.quote(typed_name(reference, lab.path))))
    return exit_code(sent)


def _code(console: "Console", reference: str | None, file: Path, given: CodeArguments) -> int:
    from assay.cli.added_lines import added_document, added_lines
    from assay.cli.lab_argument import open_lab, typed_name
    from assay.lab.add_code import CodeToAdd, add_code
    from assay.lab.send_message import send
    from assay.user_code.source import read_source

    source = read_source(file)
    lab = open_lab(reference, console)
    asked = CodeToAdd(
        source=source, on=0 if given.on == "best" else _number(lab, given.on, "--on"),
        to=_number(lab, given.to, "--to"), trusted=given.trust, required=given.sandbox == "required",
    )  # fmt: skip
    added = add_code(lab, asked, lambda kind, **content: send(lab.path, kind, **content))
    console.document(added_document(added, lab.path.name))
    console.answer(added_lines(console.out.layout, added, lab=shlex.quote(typed_name(reference, lab.path))))
    return exit_code(added.sent)


def _number(lab: "Lab", text: str | None, name: str) -> int | None:
    if text is None:
        return None
    number = text.removeprefix("#")
    if not number.isdecimal():
        raise UsageError(f"{name} {text} names no experiment; they have numbers.", where=Where(option=name))
    if int(number) not in lab.state.entries:
        raise UsageError(
            f"{name} {number}: {lab.name} has the experiments 1 to {len(lab.state.entries)}.", where=Where(option=name)
        )
    return int(number)


def recipe_in(file: str) -> dict[str, "Json"]:
    """The JSON object in a file, or in what is piped in; UsageError for all else."""
    name, do = ("stdin" if file == "-" else file), ("assay show LAB NUMBER --recipe  (prints one)",)
    where = Where(file=None if file == "-" else file)
    if file != "-":
        refuse_special(Path(file))
    try:
        recipe = json.loads((sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")).removeprefix("\ufeff"))
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror or error}.", where=where, do=do) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is no UTF-8 text, so no recipe.", where=where, do=do) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name} is no JSON: {error}.", where=where, do=do) from error
    if not isinstance(recipe, dict):
        raise UsageError(f"{name} holds no recipe, which is a JSON object.", where=where, do=do)
    return recipe
