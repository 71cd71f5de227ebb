"""What a call in the sandbox costs: cold, warm with 10,000 × 20 floats, many different small functions; layer by layer.

Other work on the machine makes all of it slower, and the load is written down. Linux only, for the steps of a call.

python benchmarks/sandbox.py [--calls 200] [--starts 7]
"""

import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray
from assay.sandbox.barriers import strength
from assay.sandbox.guest_start import readable_folders
from assay.sandbox.layers import LAYERS, Layer
from assay.sandbox.sandbox import Sandbox
from outcome import Check, Outcome, at_least, at_most, parser, save

SETS: dict[str, frozenset[Layer]] = {
    "all layers": frozenset(LAYERS), **{f"{layer} alone": frozenset({layer}) for layer in LAYERS},
    "none": frozenset(),
}  # fmt: skip
SMALL = np.arange(10.0)
LARGE = np.random.default_rng(0).normal(size=(10_000, 20))
SOURCE = "import numpy as np\n\ndef f(x):\n    return np.log1p(np.abs(x)) * {}\n"
PATH = "import sys; sys.path[:0] = {}; import sandbox_steps; sandbox_steps.main(sys.argv[1])"


def cold(starts: int) -> float:
    """Median seconds of a first call, its processes started for it."""
    took = []
    for _ in range(starts):
        start = time.perf_counter()
        with Sandbox() as sandbox:
            sandbox.call(SOURCE.format(1), "f", {"x": LARGE})
            took.append(time.perf_counter() - start)
    return statistics.median(took)


def warm(sandbox: Sandbox, x: AnyArray, calls: int) -> list[float]:
    """Seconds of calls, each of another function, after some that do not count."""
    took = []
    for number in range(calls + 10):
        start = time.perf_counter()
        sandbox.call(SOURCE.format(number), "f", {"x": x})
        took.append(time.perf_counter() - start)
    return took[10:]


@dataclass(frozen=True, slots=True)
class Parts:
    """Of one call: median seconds of its steps, processor seconds, memory faults of its process."""

    steps: dict[str, float]
    processor: float
    faults: float


def parts_of(calls: int, x: AnyArray) -> Parts:
    """Where a call's time goes, in a process that is like the sandbox's own; see sandbox_steps.py."""
    path = [str(Path(__file__).parent), *filter(None, sys.path)]
    order = {
        "layers": sorted(LAYERS), "readable": list(map(str, readable_folders())), "calls": calls, "floats": x.size,
    }  # fmt: skip
    environment = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1") | {"LANG": "C.UTF-8"}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PATH.format(path), json.dumps(order)], check=True, capture_output=True,
        text=True, env=environment,
    )  # fmt: skip
    return Parts(**json.loads(done.stdout))


def by_layers(calls: int) -> dict[str, dict[str, float]]:
    """Median milliseconds of calls with each set of layers."""
    found = {}
    for name, layers in SETS.items():
        with Sandbox(layers) as sandbox:
            small, large = warm(sandbox, SMALL, calls), warm(sandbox, LARGE, calls // 4)
            found[name] = {"small": 1_000 * statistics.median(small), "large": 1_000 * statistics.median(large)}
    return found


def show(rows: dict[str, dict[str, float]], small: Parts, large: Parts) -> None:
    """Print the tables."""
    print(f"\n{'milliseconds a call':28}{'10 floats':>12}{'10,000 x 20':>14}")
    for name, row in rows.items():
        print(f"{name:28}{row['small']:12.2f}{row['large']:14.2f}")
    print("\nsteps of a call, milliseconds")
    for step, seconds in small.steps.items():
        print(f"{step:28}{1_000 * seconds:12.2f}{1_000 * large.steps[step]:14.2f}")
    print(f"{'of a processor':28}{1_000 * small.processor:12.2f}{1_000 * large.processor:14.2f}")
    print(f"{'memory faults of its process':28}{small.faults:12,.0f}{large.faults:14,.0f}\n")


def main() -> None:
    """Measure and save."""
    arguments = parser(__doc__)
    arguments.add_argument("--calls", type=int, default=200)
    arguments.add_argument("--starts", type=int, default=7)
    args = arguments.parse_args()
    held = strength()
    first = cold(args.starts)
    with Sandbox() as sandbox:
        sandbox.lacking()
        large, small = warm(sandbox, LARGE, args.calls // 2), warm(sandbox, SMALL, args.calls)
    parts, parts_large = parts_of(args.calls, SMALL), parts_of(args.calls // 2, LARGE)
    rows = by_layers(args.calls)
    slowest = sorted(parts.steps, key=lambda step: parts.steps[step])[:-3:-1]
    checks = (
        Check(what="layers", asked="all five", measured=held.text, holds=held.layers == LAYERS and held.is_strong),
        at_most("cold call, 10,000 x 20 floats, median", first, 0.5, "s"),
        at_most("warm call, 10,000 x 20 floats, median", 1_000 * statistics.median(large), 20.0, "ms"),
        at_least("different small functions a second", len(small) / sum(small), 200.0, "", digits=0),
    )
    method = (
        f"{args.calls} functions, each new, of 10 floats, one after the other; load {os.getloadavg()[0]:.1f} of "
        f"{os.cpu_count()} cores. The longest steps of a small call are {' and '.join(slowest)}; it takes "
        f"{1_000 * parts.processor:.1f} ms of a processor and {parts.faults:,.0f} memory faults."
    )
    show(rows, parts, parts_large)
    details = {"by layers, ms": rows, "small": asdict(parts), "large": asdict(parts_large)}
    save(Outcome(name="sandbox", title="Sandbox", checks=checks, method=method, details=details), args.out)


if __name__ == "__main__":
    main()
