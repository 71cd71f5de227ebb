"""Groups of options as dataclasses, flattened for typer."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, get_type_hints

import typer


def option(*names: str, help: str, metavar: str | None = None) -> Any:  # noqa: A002, typer's own word
    """An option that can also be set in the environment, as ASSAY_ and its long name in capitals."""
    long = next(name for name in names if name.startswith("--"))
    variable = "ASSAY_" + long.removeprefix("--").replace("-", "_").upper()
    return typer.Option(*names, help=help, metavar=metavar, envvar=variable, show_default=False)


def flattened(function: Callable[..., int]) -> Callable[..., int]:
    """The command with each dataclass parameter replaced by that dataclass's fields."""
    hints = get_type_hints(function, include_extras=True)
    signature = inspect.signature(function)
    groups = {name: hint for name, hint in hints.items() if isinstance(hint, type) and is_dataclass(hint)}

    @functools.wraps(function)
    def command(**values: object) -> int:
        given = {
            name: groups[name](**{field.name: values[field.name] for field in fields(groups[name])})
            if name in groups
            else values[name]
            for name in signature.parameters
        }
        return function(**given)

    parameters: list[inspect.Parameter] = []
    for name, parameter in signature.parameters.items():
        if name in groups:
            inner = get_type_hints(groups[name], include_extras=True)
            parameters += [_parameter(field, inner[field.name]) for field in fields(groups[name])]
        else:
            kind = inspect.Parameter.KEYWORD_ONLY
            parameters.append(parameter.replace(kind=kind, annotation=hints[name]))
    # typer asks inspect, which reads this attribute
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _parameter(field: "Field[Any]", hint: object) -> inspect.Parameter:
    default = inspect.Parameter.empty if field.default is MISSING else field.default
    return inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)
