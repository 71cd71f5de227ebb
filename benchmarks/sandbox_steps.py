"""Where the time of one sandboxed call goes, as medians of a process like the sandbox's own: for sandbox.py.

python -I -S -c "..." benchmarks/sandbox_steps.py; order: JSON with import_path, readable, layers, calls, floats.
"""

import json
import mmap
import os
import resource
import statistics
import struct
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from assay.sandbox import guest
from assay.sandbox.guest_call import Asked
from assay.sandbox.guest_imports import preloaded
from assay.sandbox.messages import read_answer, read_request
from assay.sandbox.process_limits import virtual_bytes
from assay.sandbox.protection import Protection
from assay.sandbox.shared_memory import SharedMemory

STAMP = struct.Struct("dd")
IN_CHILD = ("fork", "map the request", "confine", "compile, run, pack")
STEPS = ("pack the request", *IN_CHILD, "end", "read the answer")


class Stamps:
    """Times and memory faults that a child leaves for its parent."""

    def __init__(self) -> None:
        self.memory = mmap.mmap(-1, STAMP.size * len(IN_CHILD))

    def put(self, place: int) -> None:
        """From the child."""
        faults = float(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
        STAMP.pack_into(self.memory, STAMP.size * place, time.perf_counter(), faults)

    def times(self) -> list[float]:
        return [STAMP.unpack_from(self.memory, STAMP.size * i)[0] for i in range(len(IN_CHILD))]

    @property
    def faults(self) -> float:
        """Of the child, up to the end of its work."""
        return float(STAMP.unpack_from(self.memory, STAMP.size * (len(IN_CHILD) - 1))[1])


def one_call(number: int, x: Any, protection: Protection, stamps: Stamps) -> list[float]:
    """Seconds of each step of a call of a function that was not called before; and its memory faults, last."""
    at = [time.perf_counter()]
    asked = Asked(source=f"def f(x):\n    return x * {number}\n", name="f.py", function="f", is_restricted=True)
    request, out = asked.request({"x": x}), SharedMemory.of_size(2**28)
    at.append(time.perf_counter())
    ending, held = os.pipe()
    child = os.fork()
    if not child:
        stamps.put(0)
        body, rest = read_request(memoryview(request.mapped()))
        answer = memoryview(out.mapped(writable=True))
        stamps.put(1)
        protection.confine(memory_bytes=2**30, cpu_seconds=30)
        stamps.put(2)
        guest.answer(body, rest, answer)
        stamps.put(3)
        os._exit(0)
    os.close(held)
    os.read(ending, 1)
    os.waitpid(child, 0)
    os.close(ending)
    at.append(time.perf_counter())
    read_answer(out)
    request.close()
    out.close()
    at.append(time.perf_counter())
    begun = [at[0], at[1], *stamps.times(), at[2], at[3]]
    return [*(after - before for before, after in pairwise(begun)), stamps.faults]


def processor_seconds() -> float:
    """Of this process and of those that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def medians(rows: Sequence[Sequence[float]]) -> list[float]:
    """Of each step, the first calls left out."""
    return [statistics.median(column) for column in zip(*rows[10:], strict=True)]


def main(order: str) -> None:
    """Measure as the order says."""
    wanted = json.loads(order)
    preloaded(["numpy"], is_restricted=True)
    layers = frozenset(wanted["layers"]) - {"language", "namespaces"}  # those that every child puts on
    protection = Protection(layers, tuple(map(Path, wanted["readable"])), virtual_bytes())
    protection.prepare()
    protection.lock()
    stamps, x = Stamps(), np.random.default_rng(0).normal(size=wanted["floats"])
    before = processor_seconds()
    rows = [one_call(number, x, protection, stamps) for number in range(wanted["calls"] + 10)]
    processor = (processor_seconds() - before) / len(rows)
    *seconds, faults = medians(rows)
    json.dump({"steps": dict(zip(STEPS, seconds, strict=True)), "processor": processor, "faults": faults}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
