"""The child of one call: reads its request, runs the function, writes the answer into memory, and ends."""

import builtins
import json
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from types import CodeType

import numpy as np

from assay.core.array import Json
from assay.core.errors import CodeError
from assay.sandbox.allowed_names import BUILTINS
from assay.sandbox.array_memory import arrays_in, places_of
from assay.sandbox.facades import ForbiddenImportError, OutOfBoundsError, imported
from assay.sandbox.messages import Request, TooLargeError, write_answer
from assay.sandbox.wire import NotPlainError, Packed, Value, unpacked

MOST_PRINTED = 4_000
_SPARE_BYTES = 2**20
"""Kept to say that memory ran out."""
_READ_ONLY = ("read-only", "not writeable", "is not writable", "cannot set WRITEABLE flag")


class Printed:
    """What a function prints, the first characters of it."""

    def __init__(self) -> None:
        self.text = ""

    def print(self, *values: object, sep: str = " ", end: str = "\n", **_: object) -> None:
        """In place of Python's own."""
        if len(self.text) < MOST_PRINTED:
            self.text += (sep.join(map(str, values)) + end)[: MOST_PRINTED - len(self.text)]

    def warned(self, message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        """In place of Python's own, which writes to where nobody reads."""
        self.print(f"{category.__name__}: {message}")


def answer(request: Request, memory: bytes | memoryview, out: memoryview) -> None:
    """Do a request, and write what came of it into `out`."""
    printed = Printed()
    warnings.showwarning = printed.warned
    _new_chance()
    spare = bytes(_SPARE_BYTES)  # no memory before it is given back: it is not written to
    try:
        arrays = arrays_in(memory, places_of(request.places, most_bytes=len(memory)))
        arguments = unpacked(request.arguments, arrays)
        assert isinstance(arguments, dict)  # our own side packed it
        called = run(
            request.source, request.name, request.function, arguments, printed, is_restricted=request.is_restricted
        )
        try:
            packed = Packed.of(called)
            write_answer(out, {"value": packed.body, "printed": printed.text}, packed.arrays)
        except NotPlainError as error:
            raise CodeError("code/not-arrays", f"{request.words} answered what cannot be kept: {error}.") from error
        except TooLargeError as error:
            raise CodeError("code/output", f"{request.words} answered too much: {error}.") from error
    except CodeError as error:
        write_answer(out, {"reason": error.reason, "message": error.message, "printed": printed.text}, ())
    except BaseException as error:  # the border: whatever it raises is an answer
        del spare
        said = failure(error, request.name, request.function)
        error.__traceback__ = None  # and with it what the function holds in memory
        write_answer(out, {**said, "printed": printed.text}, ())


def _new_chance() -> None:
    """The generator that numpy keeps for all is another in each call, as it would be in a new process."""
    if "numpy.random" in sys.modules:
        np.random.seed()  # noqa: NPY002 - it is this generator that is meant


def run(
    source: str, name: str, function: str, arguments: Mapping[str, Value], printed: Printed, *, is_restricted: bool
) -> Value:
    """The value that the function of a source returns; what it raises passes."""
    code = compile(source, name, "exec", dont_inherit=True)
    return entered(code, name, printed, is_restricted=is_restricted, function=function)(**arguments)


def entered(code: CodeType, name: str, printed: Printed, *, is_restricted: bool, function: str) -> Callable[..., Value]:
    """The function, after its module has run. CodeError where it has no such function."""
    known = _restricted(printed) if is_restricted else {**vars(builtins), "print": printed.print}
    space: dict[str, object] = {"__builtins__": known, "__name__": name.removesuffix(".py")}
    exec(code, space)  # noqa: S102 - this is the sandbox
    found = space.get(function)
    if not callable(found):
        raise CodeError("code/no-function", f"{name} has no function {function}.")
    return found


def _restricted(printed: Printed) -> dict[str, object]:
    own = {name: getattr(builtins, name) for name in BUILTINS if hasattr(builtins, name)}
    return {
        **own, "print": printed.print, "type": _type, "__import__": imported,
        "__build_class__": builtins.__build_class__,
    }  # fmt: skip


def _type(value: object) -> type:
    """The type of a value; Python's own makes classes too, with any names, and is what a class's type is."""
    found = type(value)
    if issubclass(found, type):
        raise OutOfBoundsError("the type of a class may not be used here")
    return found


def failure(error: BaseException, name: str, function: str) -> dict[str, Json]:
    """What went wrong, with the last line of the source that was on the way."""
    said = _said(error)
    reason = _reason(error, said)
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == name]
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else (lines[-1] if lines else None)
    where = f"{name}, line {line}" if line else name
    return {"reason": reason, "message": f"{where}, in {function}: {said}", "line": line}


def _said(error: BaseException) -> str:
    try:
        text = str(error)
    except BaseException:  # its own text is code of the function's author too
        text = ""
    return f"{type(error).__name__}: {text}"[:2_000] if text else type(error).__name__


def _reason(error: BaseException, said: str) -> str:
    if isinstance(error, MemoryError):
        return "code/memory"
    if isinstance(error, SyntaxError):
        return "code/syntax"
    if isinstance(error, OSError):
        return "code/forbidden"
    if isinstance(error, OutOfBoundsError | ForbiddenImportError):
        return "code/attribute" if isinstance(error, OutOfBoundsError) else "code/import"
    is_input = isinstance(error, ValueError | TypeError) and any(word in said for word in _READ_ONLY)
    return "code/changes-input" if is_input else "code/raised"


def warmed() -> None:
    """Do once what every call does, so that no child pays for it."""
    numbers = np.arange(4.0)
    packed = Packed.of({"x": numbers, "t": np.array(["a"], dtype=object)})
    unpacked(json.loads(json.dumps(packed.body)), packed.arrays)
    source = "import numpy as np\ndef f(x):\n    return np.sum(x)\n"
    run(source, "warm.py", "f", {"x": numbers}, Printed(), is_restricted=True)
