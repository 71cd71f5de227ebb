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
from outcome import Check, Outcome, parser, save

COMMANDS = (
    "leaderboard", "leaderboard --all", "leaderboard --json", "status", "show 5", "why best", "report",
)  # fmt: skip


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


def said(took: dict[str, list[float]]) -> str:
    """The medians of all sources."""
    return ", ".join(f"{name} {statistics.median(seconds):.1f} s" for name, seconds in took.items())


def main() -> None:
    """Make the lab, measure, save."""
    arguments = parser(__doc__)
    arguments.add_argument("--experiments", type=int, default=10_000)
    arguments.add_argument("--pairs", type=int, default=3)
    arguments.add_argument("--beside", type=Path, help="the src of another checkout")
    arguments.add_argument("--called", default="another version", help="what --beside is")
    args = arguments.parse_args()
    sources = {"here": Path(__file__).parents[1] / "src"}
    if args.beside:
        sources["beside"] = args.beside.resolve()
    with tempfile.TemporaryDirectory() as name:
        many_verdicts(Path(name), args.experiments).close()
        found = measured(Path(name), args.pairs, sources)
    checks = tuple(
        Check(what=f"assay {command}, {args.experiments:,} experiments", asked="–", measured=said(took), holds=None)
        for command, took in found.items()
    )
    method = f"Medians of {args.pairs} runs of each command, 1,000 rows, processor time; beside: {args.called}."
    save(Outcome(name="looking", title="Looking into a long lab", checks=checks, method=method,
                 details={"seconds": found, "experiments": args.experiments}), args.out)  # fmt: skip


if __name__ == "__main__":
    main()
