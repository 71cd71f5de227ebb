"""What the predictions of many configurations on many tables say: who earns a place, and in what order.

A configuration is worth what it adds to the blend of the others, on rows none of them was trained or chosen on, as
log(error without it / error with it): 0.01 is one percent. Between tables a bootstrap says how sure that is.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.codec import from_json
from assay.core.schema import Facts
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.ensemble.calibrate import calibrate
from assay.ensemble.candidate import Candidate, held
from assay.ensemble.greedy import blend
from assay.metrics.choose_metric import evaluate, find
from assay.pipeline.store import TaskFolder
from assay.research.portfolio import order
from portfolio_entries import challengers, present

CHARGE = 0.02
"""What all seconds of the present portfolio together would have to earn: time is worth gain."""
MOST_GAIN = float(np.log(2.0))
"""A table counts at most as a halved or doubled error, so that none decides alone."""
TINY_SHARE = 0.002
"""Of the constant's error, added to every error: below it, differences are luck."""
FEWEST_TABLES = 3
ORDERED = 9
"""Places of an order that are searched; behind them gains are smaller than their errors."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """One configuration on one table. seconds: of processor for all folds."""

    name: str
    family: str
    oof: np.ndarray
    holdout: np.ndarray
    seconds: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """A table with what was predicted on it. errors: of blends, by the names offered."""

    name: str
    facts: Facts
    target: Target
    folds: np.ndarray
    y: np.ndarray
    predictions: Mapping[str, Prediction]
    errors: dict[frozenset[str], float] = field(default_factory=dict)

    @property
    def total_seconds(self) -> float:
        """Of the present portfolio."""
        return sum(p.seconds for name, p in self.predictions.items() if not name.startswith("+"))

    def error(self, names: Iterable[str]) -> float:
        """Of the product's own blend of these on the holdout, by that of a constant; 1 where nothing is to blend."""
        offered = frozenset(names) & set(self.predictions)
        if offered not in self.errors:
            self.errors[offered] = self._error([self.predictions[name] for name in sorted(offered)]) if offered else 1.0
        return self.errors[offered]

    def _error(self, offered: Sequence[Prediction]) -> float:
        metric, problem = find(self.facts.metric, self.facts.problem), self.facts.problem
        library = [
            Candidate(number=i, family=p.family, read=held(p.oof), seconds=p.seconds,
                      score=evaluate(metric, self.target.values, p.oof, problem))
            for i, p in enumerate(offered)
        ]  # fmt: skip
        chosen = blend(library, self.target, metric=metric, seeds=Seeds(0))
        answer = chosen.predict({i: p.holdout for i, p in enumerate(offered)})
        if problem.is_class:
            seen = chosen.predict({i: p.oof for i, p in enumerate(offered)})
            answer = calibrate(seen, self.target, self.folds).apply(answer)
        loss = _loss(evaluate(metric, self.y, answer, problem), metric.higher_is_better)
        constant = _loss(evaluate(metric, self.y, self._constant(), problem), metric.higher_is_better)
        return min(1.0, loss / constant) + TINY_SHARE

    def _constant(self) -> np.ndarray:
        values = self.target.values
        if not self.facts.problem.is_class:
            return np.full(len(self.y), float(np.mean(values)))
        shares = np.bincount(values, minlength=self.target.n_classes) / len(values)
        return np.full(len(self.y), shares[1]) if len(shares) == 2 else np.tile(shares, (len(self.y), 1))


def _loss(score: float, higher_is_better: bool) -> float:
    return 1.0 - score if higher_is_better else score


@dataclass(frozen=True, kw_only=True)
class Worth:
    """What a configuration adds to the others: mean over tables, its 80 % interval, share of the portfolio's time."""

    name: str
    tables: int
    mean: float
    low: float
    high: float
    time: float


@dataclass(frozen=True, kw_only=True)
class Runs:
    """All tables of a cache on which every configuration of the portfolio was measured."""

    tables: tuple[Measured, ...]

    @classmethod
    def read(cls, cache: Path) -> "Runs":
        folders = sorted(path.parent for path in cache.glob("*/facts.json"))
        found = [_measured(folder) for folder in folders]
        return cls(tables=tuple(table for table in found if _is_complete(table)))


def _measured(folder: Path) -> Measured:
    """A table's predictions under the names that their recipes have today; others were tried once and are left out."""
    task, facts = TaskFolder(folder), from_json(Facts, json.loads((folder / "facts.json").read_text()))
    predictions = {}
    for entry in (*present(facts), *challengers(facts)):
        path = folder / f"{entry.recipe.key}.npz"
        if not path.exists():
            continue
        with np.load(path) as kept:
            if not json.loads(str(kept["meta"]))["failed"]:
                predictions[entry.name] = Prediction(
                    name=entry.name, family=entry.recipe.model.name, oof=kept["oof"], holdout=kept["holdout"],
                    seconds=float(kept["seconds"]),
                )  # fmt: skip
    return Measured(
        name=folder.name, facts=facts, target=task.target, y=np.load(folder / "holdout.npy"), predictions=predictions,
        folds=np.asarray(task.split.numbers[:, 0], dtype=np.int64),
    )  # fmt: skip


def _is_complete(table: Measured) -> bool:
    """The last challenger of the run is there, so that all were tried."""
    return any(name.startswith("+linear") for name in table.predictions)


GROUPS: Mapping[str, Callable[[Facts], bool]] = {
    "all": lambda facts: True,
    "below 1,000 rows": lambda facts: facts.n_rows < 1_000,
    "from 1,000 rows": lambda facts: facts.n_rows >= 1_000,
    "regression": lambda facts: facts.problem.name == "regression",
    "two classes": lambda facts: facts.problem.name == "binary",
    "several classes": lambda facts: facts.problem.name == "multiclass",
    "more than 7 classes": lambda facts: facts.n_classes > 7,
    "mostly categories": lambda facts: 2 * facts.n_category > facts.n_features,
    "numbers only": lambda facts: facts.n_category == 0,
    "cells missing": lambda facts: facts.missing_share > 0,
}
"""What an order may depend on: facts, never names."""


def gain(table: Measured, without: Iterable[str], with_: Iterable[str]) -> float:
    """How much less the error of the second blend is, as a logarithm within ± MOST_GAIN."""
    return float(np.clip(np.log(table.error(without) / table.error(with_)), -MOST_GAIN, MOST_GAIN))


def gains_of(table: Measured) -> dict[str, float]:
    """What each configuration adds to the present ones (if it is one of them: to the others), on one table.

    One candidate more or less changes how a blend is searched, whatever it is: so the median of all challengers is
    taken off theirs, that of the present ones off theirs.
    """
    now = [name for name in table.predictions if not name.startswith("+")]
    found = {name: gain(table, [other for other in now if other != name], [*now, name]) for name in table.predictions}
    usual = {new: float(np.median([found[n] for n in found if n.startswith("+") == new])) for new in (True, False)}
    return {name: value - usual[name.startswith("+")] for name, value in found.items()}


def worth(name: str, tables: Sequence[Measured], gains: Mapping[str, Mapping[str, float]]) -> Worth | None:
    """The mean gain over the tables where the configuration is possible; None where these are too few."""
    told = [table for table in tables if name in table.predictions]
    if len(told) < FEWEST_TABLES:
        return None
    found = [gains[table.name][name] for table in told]
    low, high = bounds(found)
    time = float(np.mean([table.predictions[name].seconds / table.total_seconds for table in told]))
    return Worth(name=name, tables=len(told), mean=float(np.mean(found)), low=low, high=high, time=time)


def bounds(gains: Sequence[float], draws: int = 2_000) -> tuple[float, float]:
    """The 80 % interval of the mean, tables drawn with replacement."""
    values = np.asarray(gains)
    means = values[np.random.default_rng(0).integers(0, len(values), (draws, len(values)))].mean(axis=1)
    low, high = np.quantile(means, [0.1, 0.9])
    return float(low), float(high)


def best_order(tables: Sequence[Measured], pool: Sequence[str]) -> tuple[str, ...]:
    """Greedily the configuration that lowers the mean error most for its time; after `linear`, which always is first.

    Gains fall as the blend grows, so an old gain is an upper bound: only the most promising are asked again.
    """
    chosen = ["linear"]
    hopes = {name: np.inf for name in pool if name != "linear"}
    while len(chosen) <= ORDERED and hopes:
        fresh: set[str] = set()
        while True:
            name = max(hopes, key=lambda one: hopes[one])
            if name in fresh:
                break
            hopes[name] = float(np.mean([_earned(table, chosen, name) for table in tables]))
            fresh.add(name)
        if hopes.pop(name) <= 0:
            break
        chosen.append(name)
    return tuple(chosen)


def _earned(table: Measured, chosen: Sequence[str], name: str) -> float:
    if name not in table.predictions:
        return 0.0
    charge = CHARGE * table.predictions[name].seconds / table.total_seconds
    return gain(table, chosen, [*chosen, name]) - charge


def held_out(tables: Sequence[Measured], pool: Sequence[str]) -> dict[str, list[float]]:
    """Geometric mean error after each place: of orders chosen without the table itself, and of the present order."""
    chosen, present = [], []
    for table in tables:
        learned = best_order([other for other in tables if other is not table], pool)
        chosen.append(_course(table, learned))
        present.append(_course(table, [name for name in order(table.facts) if name in table.predictions]))
    return {"chosen": _geometric(chosen), "present": _geometric(present)}


def _course(table: Measured, names: Sequence[str]) -> list[float]:
    known = [name for name in names if name in table.predictions]
    errors = [table.error(known[: i + 1]) for i in range(min(len(known), ORDERED + 1))]
    return errors + [errors[-1]] * (ORDERED + 1 - len(errors))


def _geometric(courses: Sequence[Sequence[float]]) -> list[float]:
    return [round(float(value), 4) for value in np.exp(np.mean(np.log(np.array(courses)), axis=0))]


def choose(runs: Runs, out: Path, *, orders: Sequence[str]) -> None:
    """Print and save what each group of facts says of every configuration; orders: groups whose order is searched."""
    gains = {table.name: gains_of(table) for table in runs.tables}
    body: dict[str, Any] = {
        "charge": CHARGE,
        "tables": [_described(table, gains[table.name]) for table in runs.tables],
    }
    for group, holds in GROUPS.items():
        tables = [table for table in runs.tables if holds(table.facts)]
        if len(tables) < FEWEST_TABLES:
            continue
        names = sorted({name for table in tables for name in table.predictions})
        found = sorted(filter(None, (worth(name, tables, gains) for name in names)), key=lambda one: -one.mean)
        _show(group, tables, found)
        leave = [one.name for one in found if not one.name.startswith("+") and one.high < 0]
        enter = [one.name for one in found if one.name.startswith("+") and one.low > 0]
        body[group] = {"n_tables": len(tables), "enter": enter, "leave": leave}
        if group == "all":
            body["worth"] = [_rounded(one) for one in found]
    for group in orders:
        tables = [table for table in runs.tables if GROUPS[group](table.facts)]
        names = sorted({name for table in tables for name in table.predictions})
        found_order, courses = best_order(tables, names), held_out(tables, names)
        body[f"order, {group}"] = {"order": found_order, "held_out": courses}
        print(f"\norder, {group}: {' '.join(found_order)}\n  {courses}", flush=True)
    out.mkdir(parents=True, exist_ok=True)
    (out / "portfolio.json").write_text(_compact(body) + "\n")


def _described(table: Measured, gains: Mapping[str, float]) -> dict[str, Any]:
    facts = table.facts
    return {"name": table.name, "problem": facts.problem.name, "rows": facts.n_rows, "numbers": facts.n_numeric,
            "categories": facts.n_category, "classes": facts.n_classes,
            "gains": {name: round(value, 4) for name, value in gains.items()}}  # fmt: skip


def _rounded(one: Worth) -> dict[str, Any]:
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in asdict(one).items()}


def _compact(body: Mapping[str, object]) -> str:
    """JSON with one line for each table and entry."""
    return json.dumps(body, indent=1, ensure_ascii=False).replace("\n   ", " ").replace("\n  }", " }")


def _show(group: str, tables: Sequence[Measured], found: Sequence[Worth]) -> None:
    print(f"\n{group}: {len(tables)} tables")
    for one in found:
        mark = "enters" if one.name.startswith("+") and one.low > 0 else "leaves" if one.high < 0 else ""
        print(f"  {one.name:14s} {100 * one.mean:+6.2f} % ({100 * one.low:+.2f} to {100 * one.high:+.2f}), "
              f"{one.tables} tables, {100 * one.time:.0f} % of the time {mark}", flush=True)  # fmt: skip
