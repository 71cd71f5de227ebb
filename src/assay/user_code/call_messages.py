"""What is said of a call that failed: the file, and what the function was given."""

from collections.abc import Mapping

import numpy as np

from assay.core.errors import CodeError
from assay.sandbox.rows import Rows
from assay.sandbox.wire import Value

_BY_INPUT = frozenset({
    "code/raised", "code/changes-input", "code/memory", "code/time", "code/crash", "code/output", "code/forbidden",
})  # fmt: skip
"""Reasons that what a function was given helps to see."""
_FRAMES = ("DataFrame", "Series", "Index")


def with_input(error: CodeError, file: str, function: str, arguments: Mapping[str, Value]) -> CodeError:
    """The error with the file's name, and with what the function was given, where that helps to see why."""
    message = error.message if file in error.message else f"{file}: {error.message}"
    if error.reason in _BY_INPUT:
        given = ", ".join(f"{name}: {_described(value)}" for name, value in arguments.items())
        message = f"{message.rstrip('.')}. {function} was given {given}."
    return CodeError(error.reason, message, line=error.line, where=error.where, do=error.do or _advice(error))


def _advice(error: CodeError) -> tuple[str, ...]:
    if error.reason == "code/not-arrays" and any(f"a {kind} is" in error.message for kind in _FRAMES):
        return ("give its numbers: return frame.to_numpy()", "or by name: return {name: frame[name].to_numpy()}")
    if error.reason == "code/changes-input":
        return ("write into a copy: x = X[name].copy()",)
    return ()


def _described(value: Value) -> str:
    if isinstance(value, Rows):
        return f"{len(value):,} rows of {', '.join(value.names[:8])}" + (", …" if len(value.names) > 8 else "")
    if isinstance(value, np.ndarray):
        return f"array {value.shape} of {value.dtype}"
    if isinstance(value, Mapping):
        return f"dict of {', '.join(map(str, list(value)[:8]))}" if value else "an empty dict"
    return type(value).__name__ if not isinstance(value, int | float) else f"{value:g}"
