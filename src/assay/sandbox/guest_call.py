"""One call, from the caller's side: what is asked under which limits, how its process ended, and what that means."""

import os
import signal
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass

from assay.core.errors import CodeError
from assay.sandbox.messages import read_answer, request_memory
from assay.sandbox.reasons import FROM_GUEST
from assay.sandbox.shared_memory import SharedMemory
from assay.sandbox.wire import NotPlainError, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimits:
    """Of one call: seconds by the wall and of the processor, bytes beyond what Python takes, bytes of its answer."""

    wall_seconds: float = 30.0
    cpu_seconds: float = 30.0
    memory_bytes: int = 2**30
    answer_bytes: int = 256 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What came back: the value, what was printed, and how long the function's process lived."""

    value: Value
    printed: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be called, and whether the source was read and may use only what is on the lists."""

    source: str
    name: str
    function: str
    is_restricted: bool

    @property
    def words(self) -> str:
        return f"{self.name}: {self.function}"

    def request(self, arguments: Mapping[str, Value]) -> SharedMemory:
        """With these arguments, as memory. CodeError for what cannot be sent."""
        try:
            return request_memory(
                self.source, self.name, self.function, dict(arguments), is_restricted=self.is_restricted
            )
        except NotPlainError as error:
            raise CodeError("code/not-arrays", f"{self.words} cannot be given its arguments: {error}.") from error


@dataclass(frozen=True, slots=True)
class Ended:
    """How a call ended: the status of its process, whether that was killed as too late, and how long it lived."""

    status: int
    _: KW_ONLY
    is_late: bool
    seconds: float

    def called(self, asked: Asked, out: SharedMemory, limits: CallLimits) -> Called:
        """The value that was answered; CodeError where there is none."""
        if self.is_late:
            raise CodeError("code/time", f"{asked.words} took longer than {limits.wall_seconds:g} s.")
        try:
            answer = read_answer(out)
        except NotPlainError as error:
            raise CodeError("code/not-arrays", f"{asked.words} sent what is no answer: {error}.") from error
        if answer is None:
            raise self._without_answer(asked, limits)
        if answer.reason:  # its words are a stranger's, and so is the reason, if it may give it
            reason = answer.reason if answer.reason in FROM_GUEST else "code/raised"
            raise CodeError(reason, answer.message or f"{asked.words} failed.", line=answer.line)
        return Called(value=answer.value, printed=answer.printed, seconds=self.seconds)

    def _without_answer(self, asked: Asked, limits: CallLimits) -> CodeError:
        by = os.WTERMSIG(self.status) if os.WIFSIGNALED(self.status) else 0
        if by == getattr(signal, "SIGXCPU", -1):
            return CodeError("code/time", f"{asked.words} used {limits.cpu_seconds:g} s of the processor.")
        how = f"was ended by {_signal_name(by)}" if by else "ended without an answer"
        return CodeError("code/crash", f"{asked.words} {how}.")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of those without a name
        return f"signal {number}"
