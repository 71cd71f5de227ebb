"""Benchmarks that take long: every result a line of a file, appended, so that what was broken off goes on later."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from outcome import OUT, RESULTS, parser
from tables import TABULAR, Known, manifest

Row = dict[str, Any]


def kept_rows(path: Path) -> list[Row]:
    """What a file of results has so far; nothing where it is not there."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def kept_arguments(description: str | None, *, name: str, datasets: Sequence[str]) -> ArgumentParser:
    """What a benchmark is asked whose results are kept in the repository: data, datasets, where results lie."""
    arguments = parser(description, out=RESULTS)
    arguments.add_argument("--data", type=Path, help="folder with manifest.json and its tables")
    arguments.add_argument("--datasets", nargs="*", default=list(datasets), choices=datasets)
    arguments.add_argument("--results", type=Path, default=RESULTS / f"{name}.jsonl", help="a line a result")
    arguments.add_argument("--report", action="store_true", help="run nothing")
    return arguments


def parsed(arguments: ArgumentParser) -> Namespace:
    """The arguments; refused where there is neither data to run on nor a report asked for."""
    args = arguments.parse_args()
    if not args.report and args.data is None:
        arguments.error("give --data, or --report to sum up what is there")
    return args


def arguments_of(description: str | None, *, name: str, seconds: float) -> Namespace:
    """What both panels are asked: tables, seeds, seconds, where results lie."""
    arguments = parser(description)
    arguments.add_argument("--data", type=Path, help="folder with manifest.json")
    arguments.add_argument("--tables", nargs="*")
    arguments.add_argument("--seeds", nargs="*", type=int, default=[0])
    arguments.add_argument("--seconds", type=float, default=seconds)
    arguments.add_argument("--results", type=Path, default=OUT / f"{name}.jsonl")
    arguments.add_argument("--report", action="store_true", help="only sum up what is there")
    return parsed(arguments)


def rows_of(args: Namespace, play: Callable[..., Row]) -> list[Row]:
    """All rows of those seconds, after play(table, seed=, seconds=) for what is not there yet; SystemExit for none."""
    args.results.parent.mkdir(parents=True, exist_ok=True)
    rows = kept_rows(args.results)
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
