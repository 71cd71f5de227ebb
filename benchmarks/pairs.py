"""Is a change for the better: this code and an earlier checkout, in turn, on tables of the manifest.

    python benchmarks/pairs.py --before CHECKOUT/src --data DATA [--tables adult car] [--seconds 60] [--seeds 0]
    python benchmarks/pairs.py --report

Both learn from the same 70 % of the rows and are scored on the others; who goes first changes from table to table.
What is in the folder of results is not run again. Nothing else should run on the machine.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from judge import difference, score
from outcome import Check, Outcome, at_least, at_most, parser, save
from panel import answers_of, divided, in_order
from played import kept_rows
from tables import TABULAR, Known, manifest

HERE = Path(__file__).parent
NOISE = 1.15
"""Latency, bytes and time of a timed search differ by so much from one run of the same code to the next."""


def side(folder: Path, source: Path, table: Known, *, seed: int, seconds: float) -> tuple[dict[str, Any], pd.DataFrame]:
    """What a fit by the code below `source` took, and its answers."""
    wishes = {
        "source": str(folder / "train.parquet"), "test": str(folder / "test.parquet"), "answer": str(folder / "answer"),
        "target": table.target, "metric": table.metric, "problem": table.problem, "seconds": seconds, "seed": seed,
        "out": str(folder / f"{source.parent.name}.lab"), "jobs": 2,
    }  # fmt: skip
    own = source.parent / "benchmarks" / "pairs_side.py"  # of its own checkout: names of modules may differ
    command = [sys.executable, str(own if own.exists() else HERE / "pairs_side.py"), json.dumps(wishes)]
    environment = {**os.environ, "PYTHONPATH": str(source)}
    done = subprocess.run(command, check=False, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{source} on {table.name} ended with {done.returncode}: {done.stderr[-2000:]}")
    return json.loads(done.stdout), pd.read_parquet(folder / "answer")


def play(table: Known, sources: dict[str, Path], *, seed: int, seconds: float) -> dict[str, Any]:
    """One table and seed: both learn, both answer, then the test rows are scored."""
    frame = table.frame()
    y, names = answers_of(table, frame)
    train, test = divided(np.arange(len(frame)), y, table, seed=seed)
    load, told, answers = os.getloadavg()[0], {}, {}
    for name, source in sources.items():
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            frame.iloc[train].to_parquet(folder / "train.parquet")
            frame.iloc[test].drop(columns=table.target).to_parquet(folder / "test.parquet")
            told[name], found = side(folder, source, table, seed=seed, seconds=seconds)
        values = found.to_numpy(np.float64)
        answers[name] = in_order(values, list(found.columns), names) if names else values[:, 0]
    over = difference(table.metric, y[test], answers["now"], answers["before"], higher=table.higher_is_better)
    return {
        "table": table.name, "seed": seed, "limit": seconds, "metric": table.metric, "load": round(load, 1),
        "higher_is_better": table.higher_is_better, "first": next(iter(sources)), "over": over,
        "scores": {name: score(table.metric, y[test], answer) for name, answer in answers.items()}, "told": told,
    }  # fmt: skip


def mean_rank(lines: list[dict[str, Any]]) -> float:
    """Of the new code, 1 where it is always better, 2 where it is always worse."""
    return 1.5 - 0.5 * float(np.mean([np.sign(line["over"]["value"]) for line in lines]))


def ratio(lines: list[dict[str, Any]], what: str) -> float:
    """Median over tables of the new code's by the old one's."""
    return float(np.median([line["told"]["now"][what] / line["told"]["before"][what] for line in lines]))


def checks(lines: list[dict[str, Any]]) -> tuple[Check, ...]:
    """Ranks, what is visibly worse or better, and what answers cost."""
    worse = [f"{line['table']} {line['seed']}" for line in lines if line["over"]["high"] < 0]
    better = [f"{line['table']} {line['seed']}" for line in lines if line["over"]["low"] > 0]
    moved = [line["over"]["value"] for line in lines]
    p = stats.wilcoxon(moved).pvalue if any(moved) else 1.0
    late = max(line["told"]["now"]["seconds"] - line["limit"] for line in lines)
    return (
        at_most(f"mean rank of two, {len(lines)} fits (signed ranks: p = {p:.2f})", mean_rank(lines), 1.5, ""),
        Check(
            what="visibly worse, visibly better on the same test rows", asked="not more worse than better",
            measured=f"{len(worse)} ({', '.join(worse) or 'none'}), {len(better)} ({', '.join(better) or 'none'})",
            holds=len(worse) <= len(better),
        ),
        at_most("processor time of a row, median ratio", ratio(lines, "row_ms"), NOISE, ""),
        at_most("bytes of the model, median ratio", ratio(lines, "bytes"), NOISE, ""),
        at_least("utilisation of the cores, median ratio", ratio(lines, "utilisation"), 1 / NOISE, ""),
        at_most("seconds over the limit, worst", late, 0.0, "s"),
    )  # fmt: skip


def main() -> None:
    """Measure what is not measured yet, and save."""
    made = parser(__doc__)
    made.add_argument("--before", type=Path, help="src of another checkout")
    made.add_argument("--data", type=Path, help="folder with manifest.json")
    made.add_argument("--tables", nargs="*")
    made.add_argument("--seeds", nargs="*", type=int, default=[0])
    made.add_argument("--seconds", type=float, default=60.0)
    made.add_argument("--report", action="store_true", help="only sum up what is there")
    args = made.parse_args()
    if not args.report and (args.data is None or args.before is None):
        made.error("give --data and --before, or --report to sum up what is there")
    kept = args.out / "pairs.jsonl"
    args.out.mkdir(parents=True, exist_ok=True)
    lines = kept_rows(kept)
    done = {(line["table"], line["seed"], line["limit"]) for line in lines}
    sources = [("now", HERE.parent / "src"), ("before", args.before)]
    tables = [] if args.report else manifest(args.data, tasks=TABULAR, names=args.tables)
    for table in tables:
        for seed in [seed for seed in args.seeds if (table.name, seed, args.seconds) not in done]:
            turn = dict(sources[:: -1 if len(lines) % 2 else 1])
            lines.append(play(table, turn, seed=seed, seconds=args.seconds))
            with kept.open("a") as file:
                file.write(json.dumps(lines[-1]) + "\n")
            print(table.name, seed, lines[-1]["scores"], lines[-1]["told"], flush=True)
    method = "The same rows, cores and seconds, in turn; 30 % of the rows are scored, by a paired bootstrap."
    save(Outcome(name="pairs", title="Before and after", checks=checks(lines), details=lines, method=method), args.out)


if __name__ == "__main__":
    main()
