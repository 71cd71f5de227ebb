"""How soon: the command's help, the import, the first linear and the first boosted model.

python benchmarks/start.py [--repeats 15] [--fits 3]
"""

import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import assay
from command import Heard, program, run
from command import assay as command_line
from outcome import Outcome, at_most, parser, save
from tables import generated_csv

LINEAR, BOOSTED = ("logistic",), ("lightgbm", "catboost", "xgboost")


def wall_seconds(command: list[str], repeats: int) -> list[float]:
    """Wall seconds of a command, the first, cold run left out."""
    took = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        took.append(time.perf_counter() - start)
    return took[1:]


def beyond_bare(command: list[str], repeats: int) -> float:
    """Median seconds of a command over those of an interpreter that does nothing."""
    bare = statistics.median(wall_seconds([sys.executable, "-c", "pass"], repeats))
    return statistics.median(wall_seconds(command, repeats)) - bare


def is_boosted(event: Heard) -> bool:
    """Whether a boosted model has just been scored on all folds."""
    return event.get("event") == "scored" and str(event["what"]).startswith(BOOSTED) and event["score"] is not None


def first_models(folder: Path, table: Path) -> dict[str, float]:
    """Seconds and processor seconds from process start to the first linear and boosted model, all folds scored."""
    lab = folder / f"{time.monotonic_ns()}.lab"
    command = command_line("fit", table, "--target", "y", "--time-limit", "60s", "--out", lab, "--events")
    found: dict[str, float] = {}
    for seconds, cpu, event in run(command, folder=folder, until=is_boosted).sound().events:
        if event.get("event") != "scored":
            continue
        for name, words in (("linear", LINEAR), ("boosted", BOOSTED)):
            if str(event["what"]).startswith(words) and name not in found:
                found |= {name: seconds, f"{name}_cpu": cpu}
    return found


def after_warm(folder: Path, table: Path) -> float:
    """Seconds from entering `fit` to the first boosted model when the workers' server was warm before."""
    lab = str(folder / f"{time.monotonic_ns()}.lab")
    command = program(source=str(table), target="y", seconds=60, out=lab, warm=True, until="boosted")
    answer = run(command, folder=folder).sound().answer
    return next(float(seconds) for seconds, what in answer["scored"] if what.startswith(BOOSTED))


def main() -> None:
    """Measure and save."""
    arguments = parser(__doc__)
    arguments.add_argument("--repeats", type=int, default=15)
    arguments.add_argument("--fits", type=int, default=3)
    args = arguments.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(str(Path(assay.__file__).parent), quiet=1)
    helped = beyond_bare(command_line("--help"), args.repeats)
    imported = beyond_bare([sys.executable, "-c", "import assay"], args.repeats)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = generated_csv(folder, 10_000, numeric=11, categories=4)
        runs = [first_models(folder, table) for _ in range(args.fits)]
        warmed = [after_warm(folder, table) for _ in range(args.fits)]
    first = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    checks = (
        at_most("assay --help beyond the bare interpreter", helped, 0.35, "s", digits=3),
        at_most("import assay beyond the bare interpreter", imported, 0.15, "s", digits=3),
        at_most(f"first linear model ({first['linear_cpu']:.1f} CPU s)", first["linear"], 3.5, "s"),
        at_most(f"first boosted model ({first['boosted_cpu']:.1f} CPU s)", first["boosted"], 6.0, "s"),
        at_most("fit() after warm() to the first boosted model", statistics.median(warmed), 4.0, "s"),
    )
    method = (
        f"Help and import: median of {args.repeats}. Models: all five folds scored, 10,000 × 15 binary CSV, "
        f"from process start, median of {args.fits}."
    )
    save(Outcome(name="start", title="Start", checks=checks, method=method,
                 details={"runs": runs, "after_warm": warmed}), args.out)  # fmt: skip


if __name__ == "__main__":
    main()
