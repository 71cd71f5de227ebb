"""What one row takes by counts (core.effort) against what it takes here: every step and family, whole models, prices.

Least of many repeats, by processor time; the prices are those that make the relative errors least (non-negative), and
whole models of a fit on each table say what parts take together. What decides about models reads no clock, so these
are constants: after a change of how rows are answered, run this, and put what it says into src/assay/core/effort.py.

python benchmarks/effort.py [--rows 3000] [--repeats 150] [--out benchmarks/results]
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from assay.core.contract import FittedEncoder
from assay.core.effort import CALL_US, CELL_NS, HOP_NS, PRODUCT_NS, TOGETHER, Effort
from assay.core.experiment import Experiment
from assay.core.fold_scores import FoldScore
from assay.core.job import Job
from assay.core.recipe import Recipe, Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import RawTable
from assay.features import registry as steps
from assay.pipeline.fit_jobs import fold_name, load_fold_member
from assay.pipeline.fold_view import open_kept_design
from assay.pipeline.store import TaskFolder
from assay.research.portfolio import entries
from assay.search.worker_jobs import run
from command import program
from command import run as run_program
from outcome import Outcome, at_least, parser, save

WORDS = ("late", "early", "refund", "thanks", "broken", "fast", "slow", "great", "poor", "order", "parcel", "never")
PRICES = (CALL_US, 1e-3 * CELL_NS, 1e-3 * HOP_NS, 1e-3 * PRODUCT_NS)
"""In microseconds."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A step or model of a table: what it counted, and the microseconds it took."""

    what: str
    table: str
    effort: Effort
    us: float

    @property
    def ratio(self) -> float:
        """Estimated, as if alone, by measured."""
        return 1e3 * self.effort.ms / TOGETHER / self.us


def mixed(rows: int, *, columns: int, seed: int) -> pd.DataFrame:
    """Numbers with gaps, categories, two dates, a text; the targets `two`, `five` and `value` follow them."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(rows, columns)).round(4), columns=[f"n{j}" for j in range(columns)])
    signal = frame.n0 + frame.n1 * frame.n2 + np.sin(2 * frame.n3)
    frame = frame.mask(rng.random(frame.shape) < 0.01)
    for j in range(max(2, columns // 3)):
        levels = rng.integers(0, 6 + 8 * j, rows)
        frame[f"c{j}"] = [f"level {k}" for k in levels]
        signal = signal + 0.3 * (levels % 3)
    for name in ("since", "until"):
        frame[name] = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), unit="D")
    frame["note"] = [" ".join(rng.choice(WORDS, rng.integers(3, 9))) for _ in range(rows)]
    signal = (signal - signal.mean()) / signal.std() + 0.5 * rng.normal(size=rows)
    frame["two"] = np.where(signal > 0, "yes", "no")
    frame["five"] = pd.qcut(signal, 5, labels=list("abcde")).astype(str)
    frame["value"] = 10 + 3 * signal
    return frame


def folder_of(place: Path, frame: pd.DataFrame, target: str) -> TaskFolder:
    """The table as workers find it."""
    frame = frame.drop(columns=[name for name in ("two", "five", "value") if name != target])
    prepared = prepare(RawTable(frame=frame, name="rows.csv"), TaskOptions(target=target, kinds={"note": "text"}))
    task = replace(prepared.task, loss="log_loss" if prepared.task.classes else "squared")
    return TaskFolder.create(
        place, task=task, table=prepared.table, target=prepared.target, split=prepared.split, groups=prepared.groups
    )


def least_us(call: Callable[[Table], object], rows: list[Table], repeats: int) -> float:
    """Median over rows of the least processor time, the rows taking turns."""
    least = np.full(len(rows), np.inf)
    for _ in range(repeats):
        for i, row in enumerate(rows):
            start = time.process_time_ns()
            call(row)
            least[i] = min(least[i], time.process_time_ns() - start)
    return 1e-3 * float(np.median(least))


def one_by_one(table: Table) -> list[Table]:
    """Some rows, each as a table of its own."""
    return [table.take(np.array([i])) for i in range(0, table.n_rows, max(1, table.n_rows // 7))][:7]


def timed_steps(folder: TaskFolder, name: str, repeats: int) -> Iterator[Timed]:
    """Every registered step with its own defaults, on the raw table; those that do nothing there are left out."""
    table, target = folder.table, folder.target
    rows = one_by_one(table)
    for step in steps.names():
        fitted = _fitted(step, table, target)
        if fitted is None or fitted.transform(rows[0]) is rows[0]:
            continue
        yield Timed(f"step {step}", name, fitted.effort(), least_us(fitted.transform, rows, repeats))


def _fitted(step: str, table: Table, target: Target) -> FittedEncoder | None:
    encoder = steps.build(Step.of(step))
    return encoder.fit(table, target if encoder.traits.needs_target else None, seeds=Seeds(0))


def timed_models(folder: TaskFolder, name: str, repeats: int) -> Iterator[Timed]:
    """The first fold of every entry of the portfolio, as it ships."""
    seen = set()
    for number, entry in enumerate(entries(folder.task.facts), start=1):
        if (entry.recipe.model.name, entry.recipe.steps) in seen or entry.recipe.model.name == "tabm":
            continue
        seen.add((entry.recipe.model.name, entry.recipe.steps))
        yield from timed_model(folder, entry.recipe, number, f"{name} {entry.name}", repeats)


def timed_model(folder: TaskFolder, recipe: Recipe, number: int, name: str, repeats: int) -> Iterator[Timed]:
    """Its model, and each step of its own recipe on what the one before it gives."""
    experiment = Experiment(number=number, recipe=recipe, what="", question="", by="benchmark")
    job = Job(kind="fold", store=folder.store, experiment=experiment, fold=0, seconds=60.0)
    done = run(job)
    if not isinstance(done, FoldScore):
        return
    member = load_fold_member(folder, fold_name(job.experiment, 0), transform=recipe.transform, rounds=done.rounds)
    model, rounds = member.model, done.rounds
    rows = one_by_one(folder.table)
    for encoder in (*open_kept_design(folder, recipe, folder.split.fold(0).train).encoders, *member.encoders):
        yield Timed(f"step {encoder.state().name}", name, encoder.effort(), least_us(encoder.transform, rows, repeats))
        rows = [encoder.transform(row) for row in rows]
    took = least_us(lambda row: model.predict(row, rounds=rounds), rows, repeats)
    yield Timed(f"model {recipe.model.name}", name, model.effort(rounds=rounds), took)


def whole(place: Path, frame: pd.DataFrame, target: str) -> tuple[float, float]:
    """Estimated and measured milliseconds of the model of a short fit, as its lab records them."""
    from assay.lab.lab import Lab

    frame.drop(columns=[name for name in ("two", "five", "value") if name != target]).to_parquet(place / "rows.parquet")
    wishes = {"source": str(place / "rows.parquet"), "target": target, "experiments": 8}
    run_program(program(**wishes, out=str(place / f"{target}.lab")), folder=place).sound()
    lab = Lab.open(place / f"{target}.lab")
    model = lab.state.model
    lab.close()
    assert model is not None
    assert model.measured_ms is not None
    return model.estimated_ms, model.measured_ms


def fitting_prices(timed: list[Timed]) -> list[float]:
    """Microseconds of a call, a cell, a hop and a product by which the relative errors are least."""
    counts = np.array([astuple(one.effort) for one in timed])
    took = np.array([one.us for one in timed])
    return [float(price) for price in nnls(counts / took[:, None], np.ones(len(took)))[0]]


def main() -> None:
    """Measure, say what fits, and how far what is in use lies from it; save."""
    arguments = parser(__doc__)
    arguments.add_argument("--rows", type=int, default=3000)
    arguments.add_argument("--repeats", type=int, default=150)
    args = arguments.parse_args()
    timed: list[Timed] = []
    shipped: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as place:
        for target, columns in (("two", 6), ("five", 20), ("value", 40)):
            folder = folder_of(Path(place) / target, mixed(args.rows, columns=columns, seed=1), target)
            timed += timed_steps(folder, target, args.repeats)
            timed += timed_models(folder, target, args.repeats)
            shipped.append(whole(Path(place), mixed(args.rows, columns=columns, seed=2), target))
    wide = [one for one in timed if one.us > 15]
    within = [one for one in wide if 0.5 <= one.ratio <= 2.0]
    total = sum(one.ratio * one.us for one in timed) / sum(one.us for one in timed)
    shares = [estimated / measured for estimated, measured in shipped]
    fitted = fitting_prices(timed)
    for one in sorted(timed, key=lambda one: one.ratio):
        print(f"{one.ratio:6.2f} {one.us:9.1f} µs  {one.what:26} {one.table}")
    print("prices in use", PRICES, "that fit", fitted)
    print("whole models, estimated and measured ms", shipped, "together", TOGETHER)
    checks = (
        at_least("steps and models above 15 µs within a factor of 2", len(within) / len(wide), 0.8, ""),
        at_least("all of them together, estimated by measured", min(total, 1 / total), 0.7, ""),
        at_least("whole models within a factor of 1.5", min(min(one, 1 / one) for one in shares), 1 / 1.5, ""),
    )
    details = {
        "whole": shipped,
        "prices": PRICES,
        "fitting": fitted,
        "timed": [{**asdict(one), "ratio": one.ratio} for one in timed],
    }
    method = f"{args.repeats} turns of seven rows each; prices in µs of a call, a cell, a hop, a product."
    save(
        Outcome(name="effort", title="Estimated time of a row", checks=checks, method=method, details=details), args.out
    )


if __name__ == "__main__":
    main()
