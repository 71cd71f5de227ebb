"""Noise in copies that differ: whether a figure is promised that is not there; and tables that hold no copies.

    python benchmarks/evidence.py --only copies [--data DATA]

Seventeen tables of some hundred rows of noise and a coin for a target, two to ten times each; the copies differ in a
number of the row, a stamp, a date, noise, spelling or last digits, or in every cell: by unit, rounding or words. Each
is searched as it is and with copies refused (`--raw near-repeated-rows`), which shows what they are worth. The tables
of a manifest are asked for copies only: where some are found, rows that share a number or name which is no feature
prove them.
"""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assay.core.clock import Budget
from assay.core.task import Task
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings
from outcome import Check, all_of, at_most
from tables import WITH_TEXT, manifest

Frame = pd.DataFrame
Rng = np.random.Generator
ROWS, EXPERIMENTS = 1200, 3
"""Of a table, about; of a search: a line, small trees and a forest, which knows a copy when it sees one."""
CODE = "data/near-repeated-rows"
WORDS = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")


def noise(n: int, rng: Rng) -> Frame:
    """Measured columns, a category, and a coin."""
    frame = pd.DataFrame(rng.normal(size=(n, 4)).round(5), columns=["a", "b", "c", "d"])
    return frame.assign(kind=rng.choice(["red", "green", "blue"], n), y=rng.choice(["yes", "no"], n))


def lists(frame: Frame, rng: Rng) -> list[str]:
    """Three words a row, in another order in each copy."""
    chosen = [rng.choice(WORDS, 3, replace=False) for _ in range(int(frame["row"].max()) + 1)]
    return ["; ".join(rng.permutation(chosen[row])) for row in frame["row"]]


def notes(frame: Frame, rng: Rng) -> list[str]:
    """A sentence a row, with other blanks and capitals in each copy."""
    n = int(frame["row"].max()) + 1
    texts = [f"order {a} of {b} pieces for {c}" for a, b, c in rng.integers(0, 9_000, (n, 3))]

    def again(text: str) -> str:
        spaced = text.replace(" ", " " * int(rng.integers(1, 4)))
        return "".join(mark.upper() if rng.random() < 0.3 else mark for mark in spaced)

    return [again(texts[row]) for row in frame["row"]]


def moved(frame: Frame, rng: Rng, width: float) -> Frame:
    """Numbers that differ in the last digits."""
    return frame.assign(**{name: frame[name] + width * rng.normal(size=len(frame)) for name in "abcd"})


def dates(n: int, rng: Rng) -> Any:
    """Days and hours of a year."""
    return pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.random(n) * 365, "D")


def copy_of(frame: Frame) -> Any:
    """Which copy each row is of its own: 0 for the first."""
    return frame.groupby("row").cumcount().to_numpy()


def other_unit(frame: Frame) -> Frame:
    """Numbers in one of three currencies."""
    copy = copy_of(frame)
    factor = np.array([1.0, 1.08, 0.85])[copy]
    return frame.assign(
        **{name: (frame[name] * factor).round(3) for name in "abcd"}, unit=np.array(["x", "y", "z"])[copy]
    )


def rounded(frame: Frame) -> Frame:
    """Every other copy to one decimal."""
    exact = copy_of(frame) == 0
    return frame.assign(**{name: frame[name].where(exact, frame[name].round(1)) for name in "abcd"})


def other_words(frame: Frame, rng: Rng) -> list[str]:
    """Fourteen words of 500, six of them others in each copy but the first."""
    base = rng.integers(0, 500, (int(frame["row"].max()) + 1, 14))
    texts = []
    for row, copy in zip(frame["row"], copy_of(frame), strict=True):
        text = base[row].copy()
        text[rng.permutation(14)[: 6 * (copy > 0)]] = rng.integers(0, 500, 6 * (copy > 0))
        texts.append(" ".join(f"word{number}" for number in text))
    return texts


def other_spellings(frame: Frame, rng: Rng) -> Frame:
    """Five levels a row in place of numbers, written in another way each time."""
    names = [
        f"{shade} {colour}"
        for shade in ("dark", "light", "pale", "deep")
        for colour in ("red", "green", "blue", "grey")
    ]
    base = rng.choice(names, (int(frame["row"].max()) + 1, 5))
    ways = (str.title, str.upper, lambda text: text.replace(" ", "-"), lambda text: f"{text}.")
    cells = [[ways[int(rng.integers(4))](str(cell)) for cell in base[row]] for row in frame["row"]]
    return pd.concat([frame[["row", "y"]], pd.DataFrame(cells, columns=list("abcde"))], axis=1)


SHAPES: dict[str, tuple[int, Callable[[Frame, int, Rng], Frame]]] = {
    "a shuffled row number": (4, lambda f, n, rng: f.assign(z=rng.permutation(n))),
    "an id": (6, lambda f, n, rng: f.assign(customer_id=rng.permutation(n) + 10_000)),
    "a counter in order": (3, lambda f, n, rng: f.assign(z=2 * np.arange(n) + rng.integers(0, 2, n))),
    "a stamp": (2, lambda f, n, rng: f.assign(t=1.6e9 + rng.exponential(50, n).cumsum())),
    "a date": (5, lambda f, n, rng: f.assign(t=dates(n, rng))),
    "noise": (2, lambda f, n, rng: f.assign(e=rng.normal(size=n))),
    "number, stamp and noise": (
        10, lambda f, n, rng: f.assign(z=rng.permutation(n), t=1e6 * rng.random(n), e=rng.normal(size=n)),
    ),
    "source and number": (3, lambda f, n, rng: f.assign(source=rng.choice(list("ABCDE"), n), z=rng.permutation(n))),
    "the order of lists": (4, lambda f, _, rng: f.assign(tags=lists(f, rng))),
    "blanks and capitals": (4, lambda f, _, rng: f.assign(note=notes(f, rng))),
    "last digits": (3, lambda f, _, rng: moved(f, rng, 1e-7)),
    "digits and a number": (4, lambda f, n, rng: moved(f, rng, 1e-5).assign(z=rng.permutation(n))),
    "another unit": (3, lambda f, _, rng: other_unit(f)),
    "rounded": (2, lambda f, _, rng: rounded(f)),
    "measured again": (4, lambda f, _, rng: moved(f, rng, 0.03)),
    "other words": (4, lambda f, _, rng: f[["y", "row"]].assign(note=other_words(f, rng))),
    "other spellings": (4, lambda f, _, rng: other_spellings(f, rng)),
}  # fmt: skip
"""How many times each row is there, and what the copies differ in."""


def copied(name: str, seed: int) -> Frame:
    """The table of a shape, in any order but where the order is the point."""
    rng = np.random.default_rng([seed, list(SHAPES).index(name)])
    times, differing = SHAPES[name]
    n = ROWS // times
    frame = pd.concat([noise(n, rng)] * times, ignore_index=True).assign(row=np.tile(np.arange(n), times))
    frame = differing(frame, len(frame), rng).drop(columns="row")
    return frame if "in order" in name else frame.sample(frac=1.0, random_state=seed).reset_index(drop=True)


def copies(labs: int, data: Path | None) -> dict[str, Any]:
    """Every shape, `labs` tables of each; and the tables of the manifest."""
    found = {name: [searched(copied(name, seed)) for seed in range(labs)] for name in SHAPES}
    return {"tables of a shape": labs, "shapes": found, "panel": {} if data is None else of_panel(data)}


def searched(frame: Frame) -> dict[str, Any]:
    """What a search promises of it, and what it promises where copies are refused."""
    as_is, refused = (promised(frame, raw) for raw in ((), ("near-repeated-rows",)))
    return {**as_is, "refused": {name: refused[name] for name in ("value", "low", "high")}}


def promised(frame: Frame, raw: tuple[str, ...]) -> dict[str, Any]:
    """The corrected figure of a small search, and what was said of repeated rows."""
    with tempfile.TemporaryDirectory() as folder:
        budget, out = Budget(experiments=EXPERIMENTS), f"{folder}/copies.lab"
        settings = FitSettings(budget=budget, out=out, researchers=("small",))
        found = fit(frame, TaskOptions(target="y", metric="roc_auc", raw=raw), settings,
                    context=RunContext(inline=True, write_brief=False))  # fmt: skip
    figure = found.expect
    return {
        "value": None if figure is None else figure.value, "low": None if figure is None else figure.low,
        "high": None if figure is None else figure.high, "said": said(found.task),
    }  # fmt: skip


def said(task: Task) -> str:
    """The warnings of rows that repeat."""
    return "; ".join(notice.message for notice in task.notices if notice.code in (CODE, "data/repeated-rows"))


def of_panel(data: Path) -> dict[str, Any]:
    """By table: what is said of copies, whether they are kept together, and what else such rows share."""
    found: dict[str, Any] = {}
    for table in manifest(data, tasks=WITH_TEXT):
        prepared = prepare(read_table(table.frame()), TaskOptions(target=table.target))
        told = [notice for notice in prepared.task.notices if notice.code == CODE]
        if told:
            kept = told[0].do.startswith("--raw")
            shared = in_common(table.frame(), prepared.groups, prepared.rows) if kept else []
            found[table.name] = {"said": told[0].message, "kept together": kept, "they share": shared}
        else:
            found[table.name] = {}
    return found


def in_common(frame: Frame, units: Any, rows: Any) -> list[str]:
    """Columns that mostly differ from row to row, and that all copies share."""
    if units is None:
        return []
    frame = frame.iloc[rows].reset_index(drop=True)
    many = pd.Series(units).duplicated(keep=False).to_numpy()
    grouped = frame[many].groupby(units[many])
    names = [str(name) for name, n in frame.nunique().items() if n >= 0.6 * len(frame)]
    return [name for name in names if (grouped[name].nunique(dropna=False) == 1).mean() > 0.95]


def checks_of_copies(cell: dict[str, Any]) -> Iterator[Check]:
    """No figure beyond chance without a warning; copies kept together, others not."""
    runs = [(name, run) for name, of_shape in cell["shapes"].items() for run in of_shape]
    beyond = [name for name, run in runs if run["low"] is not None and not run["low"] <= 0.5 <= run["high"]]
    silent = [name for name, run in runs if name in beyond and "rows" not in run["said"]]
    alone = [name for name, run in runs if "kept in one fold" not in run["said"]]
    yield at_most("noise in copies: beyond chance and nothing said", len(silent), 0, f"of {len(runs)}", digits=0)
    yield at_most("noise in copies: intervals beyond chance", len(beyond), 0.1 * len(runs), f"of {len(runs)}", digits=0)
    yield all_of("noise in copies: kept in one fold", alone, len(runs))
    told = [run["refused"]["low"] for _, run in runs if run["refused"]["low"] is not None]
    worth = sum(low > 0.5 for low in told)
    yield Check(
        what="… and with copies refused, intervals beyond chance", asked="–", measured=f"{worth} of {len(runs)}"
    )
    if cell["panel"]:
        kept = {name: one for name, one in cell["panel"].items() if one.get("kept together")}
        wrong = [name for name, one in kept.items() if not one["they share"]]
        yield all_of("tables of the manifest without a false copy", wrong, len(cell["panel"]))
