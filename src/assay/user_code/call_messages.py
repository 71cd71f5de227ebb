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
_ASSIGNED = "GivenRows' object does not support item assignment"
_ADVICE = (
    ("a DataFrame is", ("give its numbers: return frame.to_numpy()", "or return {name: frame[name].to_numpy()}")),
    ("a Series is", ("give its numbers: return series.to_numpy()",)),
    ("GivenRows' object has no attribute", ('a column is X["name"]; X has names, numbers and items() beside',)),
    ("unhashable type: 'list'", ("one column at a time: np.column_stack([X[name] for name in names])",)),
    ("numpy.ndarray' object has no attribute", ("X[name] is an array of numpy; pandas.Series(X[name]) has more",)),
    (_ASSIGNED, ('answer with new columns by name: return {"name": values}',)),
)
"""By words in a message, what helps against mistakes that are often made."""


def with_input(error: CodeError, file: str, function: str, arguments: Mapping[str, Value]) -> CodeError:
    """The error with the file's name, and with what the function was given, where that helps to see why."""
    message = error.message if file in error.message else f"{file}: {error.message}"
    if error.reason in _BY_INPUT:
        given = ", ".join(f"{name}: {_described(value)}" for name, value in arguments.items())
        message = f"{message.rstrip('.')}. {function} was given {given}."
    reason = "code/changes-input" if _ASSIGNED in message else error.reason
    return CodeError(reason, message, line=error.line, where=error.where, do=error.do or _advice(reason, message))


def _advice(reason: str, message: str) -> tuple[str, ...]:
    found = next((do for words, do in _ADVICE if words in message), ())
    return found or (("write into a copy: x = X[name].copy()",) if reason == "code/changes-input" else ())


def _described(value: Value) -> str:
    if isinstance(value, Rows):
        return f"{len(value):,} rows of {', '.join(value.names[:8])}" + (", …" if len(value.names) > 8 else "")
    if isinstance(value, np.ndarray):
        return f"array {value.shape} of {value.dtype}"
    if isinstance(value, Mapping):
        return f"dict of {', '.join(map(str, list(value)[:8]))}" if value else "an empty dict"
    return type(value).__name__ if not isinstance(value, int | float) else f"{value:g}"
