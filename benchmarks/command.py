"""The command as a person starts it: timed from outside, its events heard, its processor seconds counted."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psutil

PROGRAM = Path(__file__).with_name("program.py")
Heard = dict[str, Any]


def assay(*arguments: object) -> list[str]:
    """A command line of the installed command."""
    return [str(Path(sys.executable).with_name("assay")), *map(str, arguments)]


def program(**wishes: object) -> list[str]:
    """A command line of a Python program that fits once; see program.py."""
    return [sys.executable, str(PROGRAM), json.dumps(wishes)]


class Meter(Thread):
    """Processor seconds of a process and all it starts, looked at every `every` seconds; the dead stay counted."""

    def __init__(self, pid: int, *, every: float = 0.2) -> None:
        super().__init__(daemon=True)
        self.root, self.every, self.over = psutil.Process(pid), every, Event()
        self.seconds: dict[int, float] = {}

    def look(self) -> float:
        """Seconds used so far by all of them."""
        with suppress(psutil.Error):
            for process in [self.root, *self.root.children(recursive=True)]:
                with suppress(psutil.Error):
                    times = process.cpu_times()
                    self.seconds[process.pid] = times.user + times.system
        return sum(self.seconds.values())

    def run(self) -> None:
        while not self.over.wait(self.every):
            self.look()

    @property
    def main_seconds(self) -> float:
        return self.seconds.get(self.root.pid, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A finished command. events: (seconds since the start, processor seconds, event); answer: its JSON, if any."""

    code: int
    seconds: float
    cpu_seconds: float
    main_cpu_seconds: float
    events: tuple[tuple[float, float, Heard], ...] = ()
    answer: Heard = field(default_factory=dict)
    said: str = ""

    def sound(self) -> "Ran":
        """This, if the command did what it was asked or was stopped on purpose; RuntimeError with its words if not."""
        if self.code not in (0, -9):
            raise RuntimeError(f"The command ended with {self.code}. It said: {self.said}")
        return self


def run(command: Sequence[str], *, folder: Path, until: Callable[[Heard], bool] | None = None) -> Ran:
    """Run a command in a folder. Lines of JSON on stderr are its events; `until` one of them it may live."""
    events, said = [], []
    with tempfile.TemporaryFile("w+") as stdout:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=stdout, stderr=subprocess.PIPE, text=True)
        meter = Meter(process.pid)
        meter.start()
        for line in process.stderr or ():
            event = _event(line)
            said.append("" if event else line)
            if event:
                events.append((time.perf_counter() - start, meter.look(), event))
            if event and until is not None and until(event):
                process.kill()
        code = process.wait()
        seconds = time.perf_counter() - start
        meter.over.set()
        stdout.seek(0)
        answer = _event(stdout.read())
    return Ran(
        code=code, seconds=seconds, cpu_seconds=sum(meter.seconds.values()), main_cpu_seconds=meter.main_seconds,
        events=tuple(events), answer=answer or {}, said="".join(said)[-2000:],
    )  # fmt: skip


def _event(text: str) -> Heard | None:
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


@contextmanager
def busy_core() -> Iterator[None]:
    """Keep one core busy with a process pinned to it."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process.pid, {min(os.sched_getaffinity(0))})
    try:
        yield
    finally:
        process.kill()
        process.wait()
