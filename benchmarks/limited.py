"""Rivals within a limit: each learns in a process of its own, which is ended where it takes longer."""

import multiprocessing
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """What a rival answered, None where the limit was over first; seconds it had, its start not counted."""

    answer: T | None
    seconds: float


def within(seconds: float, rival: Callable[..., T], /, *given: Any, **options: Any) -> Answered[T]:
    """The rival's answer, or that it had none in time. RuntimeError where it failed: that is no matter of time."""
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang in OpenMP
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_learn, args=(theirs, rival, given, options), daemon=True)
    process.start()
    theirs.close()
    try:
        ours.recv()  # it has imported and unpacked what it needs
        start = time.perf_counter()
        answer = ours.recv() if ours.poll(seconds) else None
        took = time.perf_counter() - start
    except EOFError:
        process.join()
        raise RuntimeError(f"{rival.__name__} ended without an answer, exit code {process.exitcode}.") from None
    finally:
        process.kill()
        process.join()
        ours.close()
    return Answered(answer, took)


def _learn(back: Connection, rival: Callable[..., Any], given: tuple[Any, ...], options: dict[str, Any]) -> None:
    back.send("ready")
    back.send(rival(*given, **options))
