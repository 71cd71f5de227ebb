"""Benchmarks that take long: every result a line of a file, appended, so that what was broken off goes on later."""

import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from outcome import OUT, parser
from tables import TABULAR, Known, manifest

Row = dict[str, Any]


def arguments_of(description: str | None, *, name: str, seconds: float) -> Namespace:
    """What both panels are asked: tables, seeds, seconds, where results lie."""
    arguments = parser(description)
    arguments.add_argument("--data", type=Path, help="folder with manifest.json")
    arguments.add_argument("--tables", nargs="*")
    arguments.add_argument("--seeds", nargs="*", type=int, default=[0])
    arguments.add_argument("--seconds", type=float, default=seconds)
    arguments.add_argument("--results", type=Path, default=OUT / f"{name}.jsonl")
    arguments.add_argument("--report", action="store_true", help="only sum up what is there")
    args = arguments.parse_args()
    if not args.report and args.data is None:
        arguments.error("give --data, or --report to sum up what is there")
    return args


def rows_of(args: Namespace, play: Callable[..., Row]) -> list[Row]:
    """All rows of those seconds, after play(table, seed=, seconds=) for what is not there yet; SystemExit for none."""
    args.results.parent.mkdir(parents=True, exist_ok=True)
    rows = [json.loads(line) for line in args.results.read_text().splitlines()] if args.results.exists() else []
    done = {(row["table"], row["seed"], row["seconds"]) for row in rows}
    tables: list[Known] = [] if args.report else manifest(args.data, tasks=TABULAR, names=args.tables)
    for table in tables:
        for seed in [seed for seed in args.seeds if (table.name, seed, args.seconds) not in done]:
            rows.append(play(table, seed=seed, seconds=args.seconds))
            with args.results.open("a") as file:
                file.write(json.dumps(rows[-1]) + "\n")
            scores = {name: round(value, 5) for name, value in rows[-1]["scores"].items()}
            print(table.name, seed, scores, flush=True)
    rows = [row for row in rows if row["seconds"] == args.seconds]
    if not rows:
        raise SystemExit(f"No result with {args.seconds:g} s in {args.results}.")
    return rows
