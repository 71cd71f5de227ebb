"""Who runs a person's functions: the sandbox, or this process where the person trusts them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import CodeType
from typing import Protocol

import numpy as np

from assay.core.errors import CodeError
from assay.sandbox.guest import Printed, entered, failure
from assay.sandbox.reasons import REASONS
from assay.sandbox.sandbox import Called, CallLimits, Sandbox
from assay.sandbox.wire import NotPlainError, Packed, Value, unpacked
from assay.user_code.source import CodeSource


class CodeRunner(Protocol):
    """Calls a function of a source, its arguments by name; CodeError where it fails."""

    def call(
        self, source: CodeSource, function: str, arguments: Mapping[str, Value], *, limits: CallLimits = CallLimits()
    ) -> Called: ...


@dataclass(frozen=True)
class SandboxRunner:
    """In the sandbox."""

    sandbox: Sandbox = field(default_factory=lambda: Sandbox(must_keep_out=True))

    def call(
        self, source: CodeSource, function: str, arguments: Mapping[str, Value], *, limits: CallLimits = CallLimits()
    ) -> Called:
        return self.sandbox.call(source.text, function, arguments, name=source.file, limits=limits)


@dataclass(frozen=True)
class TrustedRunner:
    """In this process, with all that Python can do, for sources that the user vouches for. Its values are made plain as
    at the sandbox's border, so that a function that works here works there. Limits do not bind here.
    """

    _known: dict[str, CodeType] = field(default_factory=dict, repr=False)

    def call(
        self, source: CodeSource, function: str, arguments: Mapping[str, Value], *, limits: CallLimits = CallLimits()
    ) -> Called:
        printed = Printed()
        try:
            code = self._known.get(source.digest)
            if code is None:
                code = self._known[source.digest] = compile(source.text, source.file, "exec", dont_inherit=True)
            given = Packed.of(dict(arguments))  # arrays read-only, as in the sandbox
            plain = unpacked(given.body, given.arrays)
            assert isinstance(plain, dict)
            with np.errstate(all="ignore"):  # nobody sees such warnings of the sandbox either
                made = entered(code, source.file, printed, is_restricted=False, function=function)(**plain)
            packed = Packed.of(made)
        except CodeError:
            raise
        except NotPlainError as error:
            raise CodeError("code/not-arrays", f"{function} answered what cannot be kept: {error}.") from error
        except (Exception, SystemExit) as error:  # the border of a stranger's function
            said = failure(error, source.file, function)
            line, reason = said["line"], str(said["reason"])
            is_known = reason in REASONS and reason != "code/forbidden"  # nothing is forbidden here
            raise CodeError(
                reason if is_known else "code/raised",
                str(said["message"]),
                line=line if isinstance(line, int) else None,
            ) from error
        return Called(value=unpacked(packed.body, packed.arrays), printed=printed.text, seconds=0.0)


@dataclass(frozen=True, slots=True)
class NoRunner:
    """Runs nothing: of a model that was loaded without `allow_code=True`. why: in words; do: what helps."""

    why: str
    do: tuple[str, ...] = ()

    def call(
        self, source: CodeSource, function: str, arguments: Mapping[str, Value], *, limits: CallLimits = CallLimits()
    ) -> Called:
        raise CodeError("code/no-sandbox", self.why, do=self.do)
