"""What `assay inspect` names of what was planted in ten tables, what else it accuses, and its processor time.

    python benchmarks/inspect_planted.py [--tables 10] [--compare TREE]

Each table has honest columns and one plant of each sort below, in another shape (rows, kind of target, share of the
cells). A plant counts as named where the document of `inspect --json` says what was done to that column. An honest
column counts as accused where it has a note, a leak or a relation. --compare: another checkout, whose command takes
turns with this one on a table of 6,000 rows of 14 columns; the figure is the processor time of the whole command.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assay.cli.inspection_document import inspect_document
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.inspect.inspect_table import inspect_table
from outcome import Check, Outcome, at_least, at_most, parser, save

LEAST_NAMED, MOST_ACCUSED, MOST_SECONDS = 0.9, 0.05, 3.0
ROUNDS = 5
ROWS = (400, 800, 1500, 3000, 6000, 500, 1000, 2000, 4000, 8000)
TARGETS = ("binary", "numbers", "several")

Document = dict[str, Any]
Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Plant:
    """make: from the honest columns, the target as numbers 0 to 1 and a generator, the planted columns by name; named:
    whether the document says so."""

    name: str
    make: Callable[[pd.DataFrame, np.ndarray, Rng], dict[str, Any]]
    named: Callable[[Document], bool]


def column(document: Document, name: str) -> Document:
    """What the document says of one column."""
    return next(one for one in document["columns"] if one["name"] == name)


def noted(name: str, *words: str) -> Callable[[Document], bool]:
    """Whether all that is said of the column has one of these words."""

    def named(document: Document) -> bool:
        one = column(document, name)
        text = " ".join([*one["notes"], *one["repairs"], one["why"]])
        return any(word in text for word in words)

    return named


def leaks(name: str) -> Callable[[Document], bool]:
    """Whether the column is proved or suspected to know the answer."""
    return lambda document: any(leak["column"] == name for leak in document["leaks"])


def related(a: str, b: str, *, least: float, measures: tuple[str, ...], gaps: str = "") -> Callable[[Document], bool]:
    """Whether the two columns, or their gaps, are said to go together so strongly."""

    def named(document: Document) -> bool:
        return any(
            {one["a"], one["b"]} == {a, b} and abs(one["value"]) >= least and one["measure"] in measures
            and one["gaps"] == gaps for one in document["relations"]
        )  # fmt: skip

    return named


def of_kind(name: str, kind: str) -> Callable[[Document], bool]:
    """Whether the column was found to be of that kind."""
    return lambda document: column(document, name)["kind"] == kind


def _levels(y: np.ndarray, rng: Rng) -> np.ndarray:
    """A category whose levels go with the target, far from all the way."""
    noise = np.clip(y + rng.normal(0, 0.45, len(y)), -0.5, 1.5)
    return np.array(list("abcde"))[np.digitize(noise, [0.0, 0.35, 0.65, 1.0])]


def _with(values: np.ndarray, at: np.ndarray, other: Any) -> np.ndarray:
    out = values.astype(object)
    out[at] = other
    return out


PLANTS = (
    Plant("leak", lambda f, y, rng: {"hint": y + rng.normal(0, 0.02, len(y))}, leaks("hint")),
    Plant("constant", lambda f, y, rng: {"version": "v2"}, of_kind("version", "constant")),
    Plant("id", lambda f, y, rng: {"key": [f"K-{i:06}" for i in rng.permutation(len(y))]},
          of_kind("key", "identifier")),
    Plant("duplicate", lambda f, y, rng: {"x1_copy": f["x1"]}, related("x1", "x1_copy", least=1, measures=("equal",))),
    Plant("renamed levels", lambda f, y, rng: {"k1_code": f["k1"].map({"u": 7, "v": 3, "w": 5}).map("c{}".format)},
          related("k1", "k1_code", least=1, measures=("equal",))),
    Plant("correlated numbers", lambda f, y, rng: {"x2_twin": f["x2"] + rng.normal(0, 0.4, len(y))},
          related("x2", "x2_twin", least=0.8, measures=("Pearson", "Spearman"))),
    Plant("correlated ranks", lambda f, y, rng: {"x3_exp": np.exp(3 * f["x3"] + rng.normal(0, 0.5, len(y)))},
          related("x3", "x3_exp", least=0.8, measures=("Spearman",))),
    Plant("correlated levels",
          lambda f, y, rng: {"k2_near": np.where(rng.random(len(y)) < 0.85, f["k2"], rng.permutation([*f["k2"]]))},
          related("k2", "k2_near", least=0.6, measures=("Cramér's V",))),
    Plant("numbers by level", lambda f, y, rng: {"by_k2": f["k2"].map({"p": 0.0, "q": 2.0, "r": 4.0}).astype(float)
          + rng.normal(size=len(y))}, related("k2", "by_k2", least=0.6, measures=("correlation ratio",))),
    Plant("outliers", lambda f, y, rng: {"spiky": np.where(rng.random(len(y)) < 0.02, 60.0, 1.0)
          * rng.normal(size=len(y))}, lambda d: (column(d, "spiky")["spread"]["outliers"] or 0) > 0.005),
    Plant("sentinel", lambda f, y, rng: {
          "score": _with(rng.integers(1, 100, len(y)), rng.random(len(y)) < 0.05, -999)}, noted("score", "-999")),
    Plant("high sentinel", lambda f, y, rng: {
          "age": _with(rng.integers(18, 80, len(y)), rng.random(len(y)) < 0.04, 999)},
          lambda d: noted("age", "999")(d) or (column(d, "age")["spread"]["high"] == 999 and
          (column(d, "age")["spread"]["outliers"] or 0) > 0)),
    Plant("category of the target", lambda f, y, rng: {"segment": _levels(y, rng)},
          lambda d: abs(column(d, "segment")["alone"]["value"] - (0.5 if d["target"]["shares"] else 0)) > 0.05),
    Plant("gaps of the target",
          lambda f, y, rng: {"income": np.where(rng.random(len(y)) < 0.1 + 0.4 * y, np.nan, rng.normal(size=len(y)))},
          lambda d: column(d, "income")["gaps"] is not None),
    Plant("gaps together", lambda f, y, rng: (gap := rng.random(len(y)) < 0.1) is None or {
        "lab_a": np.where(gap, np.nan, rng.normal(size=len(y))),
        "lab_b": np.where(gap ^ (rng.random(len(y)) < 0.005), np.nan, rng.normal(size=len(y)))},
        related("lab_a", "lab_b", least=0.8, measures=("phi",), gaps="both")),
    Plant("mixed types", lambda f, y, rng: {"weight": _with(rng.normal(70, 9, len(y)).round(1).astype(str),
          rng.random(len(y)) < 0.03, "unknown")}, noted("weight", "unknown")),
    Plant("skew", lambda f, y, rng: {"amount": np.exp(rng.normal(0, 1.6, len(y)))}, noted("amount", "skew")),
    Plant("rare levels", lambda f, y, rng: {"brand": np.where(rng.random(len(y)) < 0.05,
          np.char.add("rare ", (rng.integers(0, max(len(y) // 50, 5), len(y))).astype(str)),
          rng.choice(["Aro", "Bex", "Cim"], len(y)))}, noted("brand", "levels in under")),
)  # fmt: skip
HONEST = ("x1", "x2", "x3", "x4", "x5", "k1", "k2", "k3", "when")


def honest(n: int, rng: Rng) -> pd.DataFrame:
    """Columns that have nothing to do with each other, or with anything."""
    days = np.datetime64("2021-03-01") + rng.integers(0, 900, n)
    frame = {f"x{j}": rng.normal(j, 1 + j, n).round(3) for j in range(1, 6)}
    levels = {"k1": rng.choice(list("uvw"), n), "k2": rng.choice(list("pqr"), n), "k3": rng.choice(list("fghij"), n)}
    return pd.DataFrame({**frame, **levels, "when": days.astype(str)})


def planted(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table of this number, and a later one whose x4 has moved and whose other columns have not."""
    rng, n, sort = np.random.default_rng(seed), ROWS[seed % len(ROWS)], TARGETS[seed % len(TARGETS)]
    frame = honest(n, rng)
    raw = rng.random(n)
    y = {"binary": (raw > 0.7).astype(float), "numbers": raw, "several": np.floor(raw * 3) / 2}[sort]
    columns = {name: cells for plant in PLANTS for name, cells in plant.make(frame, y, rng).items()}
    label = {"binary": np.where(y > 0, "yes", "no"), "numbers": (20 * y + 3).round(3),
             "several": np.array(["low", "mid", "high"])[(2 * y).astype(int)]}[sort]  # fmt: skip
    later = honest(n, rng)
    later["x4"] += 3.0
    return frame.assign(**columns)[rng.permutation([*HONEST, *columns])].assign(y=label), later.assign(y=label)


def document_of(table: pd.DataFrame, later: pd.DataFrame, folder: Path) -> Document:
    """As the command writes it of a file."""
    for frame, name in ((table, "table.csv"), (later, "later.csv")):
        frame.to_csv(folder / name, index=False)
    against = read_table(str(folder / "later.csv"))
    found = inspect_table(read_table(str(folder / "table.csv")), TaskOptions(target="y"), against=against)
    document: Document = json.loads(json.dumps(inspect_document(found, ())))
    return document


def missed(document: Document) -> Iterator[str]:
    """Sorts of plants that the document does not name."""
    for plant in PLANTS:
        if not plant.named(document):
            yield plant.name
    if "x4" not in {one["column"] for one in document["drift"] if one["beyond_chance"]}:
        yield "drift"


def accused(document: Document) -> Iterator[str]:
    """Honest columns, and pairs of them, of which something is said."""
    for name in HONEST:
        one = column(document, name)
        if [*one["notes"], *one["repairs"]] or one["gaps"] or leaks(name)(document):
            yield name
    for one in document["relations"]:
        if {one["a"], one["b"]} <= set(HONEST):
            yield f"{one['a']} and {one['b']}"
    yield from (one["column"] for one in document["drift"] if one["beyond_chance"] and one["column"] != "x4")


def tallied(tables: int) -> tuple[int, Counter[str], list[str]]:
    """(plants, misses by sort, accusations)"""
    misses, wrong = Counter[str](), list[str]()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(tables):
            document = document_of(*planted(seed), Path(folder))
            misses.update(missed(document))
            wrong += [f"{name} of table {seed}" for name in accused(document)]
    return tables * (len(PLANTS) + 1), misses, wrong


def wide(path: Path) -> None:
    """6,000 rows of 14 columns: numbers, categories, a date, a key, a target."""
    rng, n = np.random.default_rng(0), 6000
    frame = honest(n, rng).assign(x6=rng.normal(size=n), x7=rng.integers(0, 9, n), x8=rng.normal(size=n))
    frame = frame.assign(key=[f"K{i:06}" for i in rng.permutation(n)], y=np.where(frame["x1"] > 1, "yes", "no"))
    frame.to_csv(path, index=False)


def seconds(tree: Path, path: Path, *options: str) -> float:
    """Processor seconds of one whole command of that checkout."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-m", "assay", "inspect", str(path), "--target", "y", *options],
        env={"PYTHONPATH": str(tree / "src"), "PATH": "/usr/bin:/bin"}, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def timed(other: Path | None) -> dict[str, float]:
    """The median of ROUNDS processor times of each way, which take turns."""
    here = Path(__file__).resolve().parents[1]
    ways: dict[str, tuple[Path, tuple[str, ...]]] = {"default": (here, ()), "deep": (here, ("--deep",))}
    ways |= {} if other is None else {"before": (other, ())}
    took: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wide.csv"
        wide(path)
        for _ in range(ROUNDS):
            for name, (tree, options) in ways.items():
                took[name].append(seconds(tree, path, *options))
    return {name: statistics.median(values) for name, values in took.items()}


def main() -> int:
    """Count, time and save."""
    options = parser(__doc__)
    options.set_defaults(out=Path(__file__).parent / "results")
    options.add_argument("--tables", type=int, default=10)
    options.add_argument("--compare", type=Path, help="another checkout whose command is timed beside this one")
    asked = options.parse_args()
    plants, misses, wrong = tallied(asked.tables)
    took = timed(asked.compare)
    checks = [
        at_least(f"plants named, of {plants} in {asked.tables} tables", 100 * (1 - misses.total() / plants),
                 100 * LEAST_NAMED, "%"),
        at_most("honest columns accused, a table", len(wrong) / asked.tables, MOST_ACCUSED * len(HONEST), ""),
        at_most("processor time of `inspect`, 6,000 rows of 14 columns", took["default"], MOST_SECONDS, "s"),
        *(Check(what=f"the same {words}", asked="–", measured=f"{took[name]:.2f} s")
          for name, words in (("deep", "with --deep"), ("before", "of the other checkout")) if name in took),
    ]  # fmt: skip
    details = {"missed": dict(misses), "accused": wrong, "seconds": took}
    method = f"Times are medians of {ROUNDS} whole commands, Python's start included, that took turns."
    save(Outcome(name="inspect_planted", title="What inspect names of what was planted", checks=tuple(checks),
                 details=details, method=method), asked.out)  # fmt: skip
    return 0 if all(check.holds is not False for check in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
