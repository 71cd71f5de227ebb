"""A person's source, or an expression, into a lab: read, tried on some rows, and sent as a recipe to try."""

import inspect
import os
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from dis import get_instructions
from pathlib import Path
from types import CodeType, FunctionType

from assay.core.errors import CodeError, UsageError, nearest_names
from assay.features.expression import expression_step
from assay.lab.code_recipes import NewRecipe, of_model, of_predictions, step_of, with_step
from assay.lab.sent_message import SentMessage
from assay.lab.tried_source import Tried, try_source
from assay.lab.trusted_code import trusted_here, user_state
from assay.sandbox.barriers import strength
from assay.search.code_gate import why_refused
from assay.user_code.function_contract import FUNCTIONS
from assay.user_code.runners import CodeRunner, SandboxRunner, TrustedRunner
from assay.user_code.source import CodeSource, read_source
from assay.user_code.trust import trust
from assay.views.open_lab import OpenLab
from assay.views.steered_task import as_steered


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeToAdd:
    """What is asked for. on: the experiment whose predictions a model corrects, 0: the best; to: the experiment that a
    step is added to; trusted: the user vouches for it; required: only a sandbox that holds everything will do.
    """

    source: CodeSource
    on: int | None = None
    to: int | None = None
    trusted: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedCode:
    """What became of a source: how it was tried, what holds it, and the message that was sent."""

    source: CodeSource
    tried: Tried
    held_by: str
    sent: SentMessage


def add_code(lab: OpenLab, asked: CodeToAdd, send: Callable[..., SentMessage]) -> AddedCode:
    """Check a source, try it on rows of the lab, and send it. send: puts a message into the lab's inbox.

    CodeError says what is wrong with it; UsageError, where it cannot be added as asked.
    """
    if asked.trusted and asked.required:
        raise UsageError("--trust runs without the sandbox, and --sandbox required forbids that. Leave one out.")
    source = asked.source
    trusted = asked.trusted or (not asked.required and source.digest in trusted_here())
    source.checked(trusted=trusted)
    _check_columns(lab, source)
    new = None if source.shape.kind == "metric" else _recipe(lab, asked)
    held_by, runner = _runner(trusted=trusted, required=asked.required)
    tried = try_source(lab, source, runner, on=() if new is None else new.recipe.on)
    if asked.trusted:
        trust(user_state(), source)
    if new is None:
        sent = send("add", text=source.name, source=source.text, source_name=source.name)
        return AddedCode(source=source, tried=tried, held_by=held_by, sent=sent)
    sent = send("add", recipe=new.body, text=new.what, source=source.text, source_name=source.name, to=new.to)
    return AddedCode(source=source, tried=tried, held_by=held_by, sent=sent)


def add_expression(lab: OpenLab, text: str, *, to: int | None, send: Callable[..., SentMessage]) -> SentMessage:
    """Add a column that a formula gives. UsageError says what is wrong with it."""
    step = expression_step(text, as_steered(lab.task, lab.state).schema)
    new = with_step(lab, step, text, to)
    return send("add", recipe=new.body, text=new.what, to=new.to)


def _recipe(lab: OpenLab, asked: CodeToAdd) -> NewRecipe:
    source = asked.source
    if source.shape.kind == "step":
        if asked.on is not None:
            raise UsageError(f"--on corrects predictions, and {source.file} is a step.", do=("--to NUMBER",))
        return with_step(lab, step_of(source), source.name, asked.to)
    if asked.to is not None:
        raise UsageError(f"--to adds columns, and {source.file} is a model.", do=("--on NUMBER",))
    return of_model(lab, source) if asked.on is None else of_predictions(lab, source, asked.on or None)


def _runner(*, trusted: bool, required: bool) -> tuple[str, CodeRunner]:
    """Who tries it here, and in words what holds it."""
    if trusted:
        return "nothing: you vouch for it, and it runs with all that Python can do", TrustedRunner()
    found = strength()
    why = why_refused(found, required=required)
    if why:
        raise CodeError(
            "code/no-sandbox",
            f"{why[0].upper()}{why[1:]}.",
            do=("--trust  (runs your own code without)", "assay doctor"),
        )
    return f"a sandbox: {found.text}", SandboxRunner()


def _check_columns(lab: OpenLab, source: CodeSource) -> None:
    """UsageError for a column that it names and the lab has not."""
    known = [column.name for column in lab.task.schema.features]
    barred = {column.name: column.reason for column in as_steered(lab.task, lab.state).schema if not column.is_feature}
    for name in () if source.shape.kind != "step" or source.columns is None else source.columns:
        if name == lab.task.target:
            raise CodeError(
                "code/asks-for-target", f"{source.file} reads X[{name!r}], which is the target: X has the features.",
                do=("def fit(X, y, columns, seed): …  gives the targets of the rows that it may learn from",),
            )  # fmt: skip
        if name in known and name in barred:
            raise UsageError(f"{source.file} reads X[{name!r}], which is {barred[name]}.",
                             do=(f"assay hint {lab.name} --undo {barred[name].rpartition(' ')[2]}",))  # fmt: skip
        if name not in known:
            near = nearest_names(name, known)
            raise UsageError(
                f"{source.file} reads X[{name!r}], and the features of {lab.name} are {', '.join(known)}.", nearest=near
            )


def source_of(given: "str | os.PathLike[str] | Callable[..., object]") -> CodeSource:
    """A source from a file's path, or from a function: its own text, which must stand by itself.

    A function of another name than the contract's is a step without memory: `def ratio(X): …`.
    """
    if isinstance(given, str | os.PathLike):
        return read_source(Path(given))
    if not isinstance(given, FunctionType):
        raise UsageError(
            f"A {type(given).__name__} cannot be added: give a function, the path of a .py file, or a recipe."
        )
    try:
        text = textwrap.dedent(inspect.getsource(given))
    except (OSError, TypeError) as error:
        raise UsageError(
            f"The text of {given.__name__} is not known, as Python has it from no file.", do=("lab.add('step.py')",)
        ) from error
    if given.__name__ == "<lambda>":
        raise UsageError("A lambda has no text of its own: write a function with def.")
    _check_stands_alone(given)
    names = {one for functions in FUNCTIONS.values() for one in functions}
    if given.__name__ not in names:
        text += f"\n\ndef transform(X):\n    return {given.__name__}(X)\n"
    return CodeSource(given.__name__, _with_imports(given, text))


def _check_stands_alone(function: FunctionType) -> None:
    """UsageError where a function uses what is defined around it: only its own text goes into the lab."""
    around = [*function.__code__.co_freevars]
    around += [name for name in _names_in(function.__code__) - {function.__name__}
               if not isinstance(function.__globals__.get(name, inspect), type(inspect))]  # fmt: skip
    if around:
        names = ", ".join(sorted(set(around)))
        raise UsageError(
            f"{function.__name__} uses {names} of its surroundings: only its own text is added.",
            do=("define or import it inside the function", "or write a file with all it needs: lab.add('step.py')"),
        )


def _names_in(code: CodeType) -> set[str]:
    """Names of what lies outside a function that it reads, and the functions in it."""
    own = {str(one.argval) for one in get_instructions(code) if one.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return own.union(*(_names_in(one) for one in code.co_consts if isinstance(one, CodeType)))


def _with_imports(function: FunctionType, text: str) -> str:
    """The text with the modules that it uses and that its file imports under these names."""
    used = [
        (name, value.__name__) for name, value in function.__globals__.items()
        if name in _names_in(function.__code__) and isinstance(value, type(inspect))
    ]  # fmt: skip
    lines = [f"import {module}" if name == module else f"import {module} as {name}" for name, module in sorted(used)]
    return "\n".join(
        ["from __future__ import annotations", "", *lines, "", "", text]
    )  # annotations name what is not there
