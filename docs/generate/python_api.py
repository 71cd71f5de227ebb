"""The public Python names, from their signatures and docstrings."""

import inspect
import re
from functools import cached_property
from types import FunctionType

import assay
from assay.core.errors import AssayError, AssayWarning
from generate.markdown import fenced, first_paragraph, heading, prose, table

INTRO = """What `assay` exports; anything else may change without notice. Names are loaded when first touched. A
working first use is in [Your first model](../tutorial/first-model.md#the-same-from-python).

Errors (`{errors}`) and warnings (`{warnings}`) are listed under [Errors and warnings](codes.md)."""
BUILT_BY_HAND = ("AutoClassifier", "AutoRegressor", "Figure")
"""Classes that people construct, or whose fields they read."""


def python_page() -> str:
    """Every public class and function with its public members."""
    things = {name: getattr(assay, name) for name in assay.__all__ if not name.startswith("__")}
    errors = [name for name, thing in things.items() if _is(thing, AssayError)]
    warnings = [name for name, thing in things.items() if _is(thing, AssayWarning)]
    rest = {name: thing for name, thing in things.items() if name not in (*errors, *warnings)}
    intro = INTRO.format(errors="`, `".join(errors), warnings="`, `".join(warnings))
    return heading("Python", intro) + "".join(_section(name, thing) for name, thing in rest.items())


def _is(thing: object, kind: type) -> bool:
    return isinstance(thing, type) and issubclass(thing, kind)


def _section(name: str, thing: object) -> str:
    text = f"\n## {name}\n\n"
    if not isinstance(thing, type):
        return text + fenced(name + _signature(thing), "py") + f"\n{prose(inspect.getdoc(thing))}\n"
    shown = fenced(name + _signature(thing), "py") + "\n" if name in BUILT_BY_HAND else ""
    return f"{text}{shown}{prose(thing.__doc__)}\n\n{_members(thing)}"


def _signature(thing: object) -> str:
    """The call, one argument a line where it is long."""
    given = inspect.signature(thing)  # type: ignore[arg-type]  # classes and functions
    parts = [_argument(parameter) for parameter in given.parameters.values()]
    if any(parameter.kind is parameter.KEYWORD_ONLY for parameter in given.parameters.values()):
        first = next(i for i, p in enumerate(given.parameters.values()) if p.kind is p.KEYWORD_ONLY)
        parts.insert(first, "*")
    answer = given.return_annotation
    tail = "" if answer in (None, "None", inspect.Signature.empty) else f" -> {_type(answer)}"
    short = f"({', '.join(parts)}){tail}"
    return short if len(short) < 80 else "(\n" + "".join(f"    {part},\n" for part in parts) + f"){tail}"


def _argument(parameter: inspect.Parameter) -> str:
    text = parameter.name
    if parameter.annotation is not parameter.empty:
        text += f": {_type(parameter.annotation)}"
    if parameter.default is parameter.empty:
        return text
    return f"{text} = {parameter.default!r}" if ":" in text else f"{text}={parameter.default!r}"


def _type(annotation: object) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", text)


def _members(thing: type) -> str:
    rows = []
    for name, member in inspect.getmembers(thing):
        if name.startswith("_") or not _is_ours(thing, name):
            continue
        call = "" if isinstance(member, property | cached_property) else _call(member)
        rows.append((f"`{name}{call}`", first_paragraph(inspect.getdoc(member))))
    return table(("member", "what it is"), rows) if rows else ""


def _call(member: object) -> str:
    """A method's arguments by name and default."""
    names = []
    for parameter in inspect.signature(member).parameters.values():  # type: ignore[arg-type]  # methods
        if parameter.name not in ("self", "cls"):
            default = "" if parameter.default is parameter.empty else f"={parameter.default!r}"
            names.append(parameter.name + default)
    return f"({', '.join(names)})"


def _is_ours(thing: type, name: str) -> bool:
    """Whether a member is defined in this package and is more than storage."""
    home = next((cls for cls in thing.__mro__ if name in vars(cls)), thing)
    member = vars(home).get(name)
    kinds = (FunctionType, classmethod, property, cached_property)
    return home.__module__.startswith("assay.") and isinstance(member, kinds)
