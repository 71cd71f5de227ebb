"""Names with many levels, by this code and an earlier checkout in turn, on the same rows. Part of text.py."""

import json
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import title_tables
from outcome import Check, Outcome, all_of, at_least, save
from pairs import play
from played import kept_rows
from tables import WITH_TEXT, Known, manifest

PANEL = ("tate_art", "movies_imdb", "videogame_sales", "wish_products", "car_dekho", "ai_salaries")
LESS = 5.0
HERE = Path(__file__).parent
Line = dict[str, Any]


def cases(args: Namespace, folder: Path) -> Iterator[tuple[Known, int]]:
    """The generated tables, then the manifest's, each with every seed."""
    chosen = args.tables or [*title_tables.TABLES, *PANEL]
    for name in [one for one in title_tables.TABLES if one in chosen]:
        yield from ((title_tables.known(name, seed=seed, folder=folder), seed) for seed in args.seeds)
    named = [one for one in chosen if one not in title_tables.TABLES]
    for table in manifest(args.data, tasks=WITH_TEXT, names=named) if named else ():
        yield from ((table, seed) for seed in args.seeds)


def titles(args: Namespace) -> None:
    """Play what is not there yet; sum up; save."""
    kept = args.out / "text_titles.jsonl"
    args.out.mkdir(parents=True, exist_ok=True)
    lines: list[Line] = kept_rows(kept)
    if not args.report:
        sources = [("now", HERE.parent / "src"), ("before", args.before)]
        done = {(line["table"], line["seed"], line["limit"]) for line in lines}
        with tempfile.TemporaryDirectory() as made:
            for table, seed in cases(args, Path(made)):
                if (table.name, seed, args.seconds) in done:
                    continue
                turn = dict(sources[:: -1 if len(lines) % 2 else 1])
                lines.append(play(table, turn, seed=seed, seconds=args.seconds))
                with kept.open("a") as file:
                    file.write(json.dumps(lines[-1]) + "\n")
                print(table.name, seed, lines[-1]["scores"], flush=True)
    lines = [line for line in lines if line["limit"] == args.seconds]
    if not lines:
        raise SystemExit(f"No result with {args.seconds:g} s in {kept}.")
    method = (
        f"{args.seconds:g} s each, two cores, the same 70 % of the rows, seeds {sorted({one['seed'] for one in lines})}"
        "; who goes first changes from fit to fit. The generated tables are those of benchmarks/title_tables.py."
    )
    save(Outcome(name="text_titles", title="Names with many levels", checks=checks(lines), details=lines,
                 method=method), args.out)  # fmt: skip


def less(line: Line) -> float:
    """Per cent of the earlier code's error that is gone."""
    return float(100 * (1 - line["scores"]["now"] / line["scores"]["before"]))


def checks(lines: Sequence[Line]) -> tuple[Check, ...]:
    """Less error on each generated table, no visible loss on the manifest's."""
    found = []
    for name in title_tables.TABLES:
        own = [less(line) for line in lines if line["table"] == name]
        if own:
            what = f"{name}, {title_tables.TABLES[name].metric} below the earlier code's, mean of {len(own)} seeds"
            found.append(at_least(what, float(np.mean(own)), LESS, "%", digits=1))
    panel = [line for line in lines if line["table"] not in title_tables.TABLES]
    worse = [f"{line['table']}/{line['seed']}" for line in panel if line["over"]["high"] < 0]
    surely = sum(line["over"]["low"] > 0 for line in panel)
    return (
        *found,
        all_of("tables with names of many levels, not worse beyond the 95 % interval", worse, len(panel)),
        Check(what="of those better beyond the 95 % interval", asked="–", measured=f"{surely} of {len(panel)}"),
        *(Check(what=f"{line['table']}/{line['seed']}, {line['metric']}: now, before{_left(line['table'])}", asked="–",
                measured=f"{line['scores']['now']:.5g}, {line['scores']['before']:.5g}") for line in lines),
    )  # fmt: skip


def _left(table: str) -> str:
    """What the noise of a generated table leaves to everyone."""
    return f" (by noise alone {title_tables.TABLES[table].floor:.3g})" if table in title_tables.TABLES else ""
