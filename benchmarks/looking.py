"""Commands that look into a lab of thousands of experiments: processor time, and beside another checkout, in turns.

python benchmarks/looking.py [--experiments 10000] [--pairs 3] [--beside OTHER/src]
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from evidence_audit import many_verdicts
from machine import facts
from outcome import Check, Outcome, at_most, parser, save

COMMANDS = {
    "leaderboard": 8.0, "leaderboard --all": 10.0, "leaderboard --json": 12.0, "status": 4.0, "show 5": 4.0,
    "why best": 4.0, "report": 15.0,
}  # fmt: skip
"""Seconds of processor time that each may take at 10,000 experiments."""


def cpu_seconds(command: str, folder: Path, source: Path) -> float:
    """Processor time of one command on many.lab, run by the package in `source`."""
    verb, *rest = command.split()
    words = [verb, "many", *rest]
    environ = {**os.environ, "PYTHONPATH": str(source), "ASSAY_HISTORY": "off", "OMP_NUM_THREADS": "1"}
    command_line = [sys.executable, "-m", "assay", *words]
    before = _of_children()
    subprocess.run(command_line, cwd=folder, env=environ, stdout=subprocess.DEVNULL, check=True)
    return _of_children() - before


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(folder: Path, pairs: int, sources: dict[str, Path]) -> dict[str, dict[str, list[float]]]:
    """By command and source, seconds; the sources take turns, who begins changing."""
    found: dict[str, dict[str, list[float]]] = {}
    for command in COMMANDS:
        took: dict[str, list[float]] = {name: [] for name in sources}
        for number in range(pairs):
            for name in sorted(sources, reverse=bool(number % 2)):
                took[name].append(cpu_seconds(command, folder, sources[name]))
        found[command] = took
        print(command, {name: round(statistics.median(seconds), 1) for name, seconds in took.items()}, flush=True)
    return found


def main() -> None:
    """Make the lab, measure, save."""
    arguments = parser(__doc__)
    arguments.add_argument("--experiments", type=int, default=10_000)
    arguments.add_argument("--pairs", type=int, default=3)
    arguments.add_argument("--beside", type=Path, help="the src of another checkout")
    args = arguments.parse_args()
    sources = {"here": Path(__file__).parents[1] / "src"}
    if args.beside:
        sources["beside"] = args.beside.resolve()
    with tempfile.TemporaryDirectory() as name:
        many_verdicts(Path(name), args.experiments).close()
        found = measured(Path(name), args.pairs, sources)
    checks: list[Check] = [
        at_most(f"assay {command}, {args.experiments:,} experiments, CPU", statistics.median(took["here"]),
                COMMANDS[command], "s", digits=1)
        for command, took in found.items()
    ]  # fmt: skip
    details = {"seconds": found, "experiments": args.experiments, "load": facts()["load"]}
    method = f"Medians of {args.pairs} runs of each command, 1,000 rows, processor time."
    save(Outcome(name="looking", title="Looking into a long lab", checks=tuple(checks), details=details,
                 method=method), args.out)  # fmt: skip


if __name__ == "__main__":
    main()
