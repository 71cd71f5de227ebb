"""pandas calls methods by texts, in `agg` and `apply`, which no reading of a source can follow."""

import importlib
from collections.abc import Callable
from contextlib import suppress
from types import ModuleType

from assay.sandbox.allowed_names import OUT_OF_BOUNDS
from assay.sandbox.facades import OutOfBoundsError


def shut_methods(pandas: ModuleType) -> None:
    """Take away methods that lead out, and those that are called by texts with an underscore first."""
    for known in (pandas.DataFrame, pandas.Series):
        written = known.to_string
        for name in OUT_OF_BOUNDS & set(dir(known)):
            setattr(known, name, _refused(name))
        known.to_string = _to_text(written)
    with suppress(ImportError, AttributeError):
        apply = importlib.import_module("pandas.core.apply").Apply
        apply._apply_str = _by_public_name(apply._apply_str)


def _refused(name: str) -> Callable[..., object]:
    def refused(*_: object, **__: object) -> object:
        raise OutOfBoundsError(f"{name} may not be used here")

    return refused


def _to_text(written: Callable[..., object]) -> Callable[..., object]:
    """How pandas shows a table too; to a file it may not."""

    def to_string(self: object, buf: None = None, *given: object, **named: object) -> object:
        if buf is not None:
            raise OutOfBoundsError("to_string may not write to a file here")
        return written(self, None, *given, **named)

    return to_string


def _by_public_name(called: Callable[..., object]) -> Callable[..., object]:
    def apply_str(self: object, obj: object, func: str, *given: object, **named: object) -> object:
        if func.startswith("_") or func in OUT_OF_BOUNDS:
            raise OutOfBoundsError(f"{func} may not be used here")
        return called(self, obj, func, *given, **named)

    return apply_str
