"""What the features researcher finds in tables whose true features are known, and what noise survives.

    python benchmarks/features.py [--quick] [--only ratio lag selection ...] [--out benchmarks/results/features.json]

Two families, a linear model and LightGBM, learn three times from the same rows: from the columns as they are, from them
with what the researcher proposes (its whole pool, chosen out of fold and blended as in any fit), and from them with the
true features. New rows are scored. One process, one thread, fixed seeds; some minutes.
"""

import math
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from assay.core.array import Floats, Index
from assay.core.block.columns import CodeBlock, NumericBlock
from assay.core.clock import Budget, Limits
from assay.core.contract import LabView, ResearcherTraits, TargetEncoder
from assay.core.experiment import Experiment
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.data.options import TaskOptions
from assay.evidence.permutation_guard import COPIES, Guard
from assay.features import registry as steps_registry
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.models import registry as models
from assay.pipeline.permuted_columns import row_order
from assay.predictor.predictor import Predictor
from assay.research import register
from assay.research.portfolio import Portfolio
from assay.search.settings import FitSettings
from assay.testing.memory_view import MemoryView
from features_tables import NEW_ROWS, PLANTED, Planted
from outcome import Check, Outcome, at_least, at_most, load, parser, save

ROWS = 1_000
GUARD_ROWS = 1_000
FAMILIES = {"both": ("linear", "lgb_std"), "linear": ("linear",)}
SLOW = frozenset(models.names()) - {"linear", "lightgbm", "constant", "rule"}


@register("planted_both")
@dataclass(frozen=True)
class Both:
    """The portfolio's linear model and standard LightGBM, and nothing else."""

    traits: ClassVar[ResearcherTraits] = ResearcherTraits()

    seed: int = 0
    name: str = "planted_both"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        return Portfolio(self.seed, only=FAMILIES["both"]).ask(view, n=n)


@register("planted_linear")
@dataclass(frozen=True)
class Linear:
    """The portfolio's linear model alone."""

    traits: ClassVar[ResearcherTraits] = ResearcherTraits()

    seed: int = 0
    name: str = "planted_linear"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        return Portfolio(self.seed, only=FAMILIES["linear"]).ask(view, n=n)


def learned(frame: pd.DataFrame, *, by: tuple[str, ...], of: Planted) -> Predictor:
    """The model of a lab whose experiments these researchers propose, all of them."""
    with tempfile.TemporaryDirectory() as folder:
        settings = FitSettings(
            budget=Budget(experiments=200), out=f"{folder}/planted", researchers=by, without=SLOW, preset="best"
        )
        options = TaskOptions(target="y", order_by=of.order_by, n_folds=of.n_folds)
        fit(frame, options, settings, context=RunContext(inline=True, write_brief=False))
        return Predictor.load(Path(folder) / "planted.lab" / "model")


def r_squared(predictor: Predictor, rows: pd.DataFrame) -> float:
    """Of new rows."""
    y = rows["y"].to_numpy()
    error = y - predictor.predict(rows.drop(columns="y"))
    return 1.0 - float(np.mean(error**2) / np.var(y))


def scored(planted: Planted, *, families: str) -> dict[str, float]:
    """R² of new rows from the columns as they are, with the researcher, and with the true features."""
    base, out = f"planted_{families}", {}
    for name, frame, by in (
        ("plain", planted.plain, (base,)), ("features", planted.frame, (base, "features")),
        ("true", planted.true, (base,)),
    ):  # fmt: skip
        predictor = learned(frame[planted.train].reset_index(drop=True), by=by, of=planted)
        out[name] = r_squared(predictor, frame[~planted.train])
    return out


def recovered(law: str, seeds: range) -> tuple[list[Check], object]:
    """The share of the gap between raw columns and true features, for a planted law: the mean over seeds."""
    runs = [scored(PLANTED[law](np.random.default_rng(seed), ROWS), families="both") for seed in seeds]
    share = float(np.mean([(r["features"] - r["plain"]) / (r["true"] - r["plain"]) for r in runs]))
    means = {key: round(float(np.mean([run[key] for run in runs])), 3) for key in runs[0]}
    check = at_least(f"gap recovered: {law}", 100 * share, 90, "%", digits=0)
    said = f"{check.measured} (R² {means['plain']:.2f} → {means['features']:.2f}, true {means['true']:.2f})"
    return [replace(check, measured=said)], {**means, "share": round(share, 3)}


def product(seeds: range) -> tuple[list[Check], object]:
    """y = x1 x2 for a linear model."""
    runs = [scored(PLANTED["product"](np.random.default_rng(100 + s), ROWS), families="linear") for s in seeds]
    plain, found = (max(r["plain"] for r in runs), min(r["features"] for r in runs))
    return [
        at_most("y = x1·x2, linear model: R² before", plain, 0.1, ""),
        at_least("y = x1·x2, linear model: R² after", found, 0.9, ""),
    ], runs


# -- steps by themselves ----------------------------------------------------------------------------------------------


def table_of(X: Floats, codes: Index | None = None, levels: tuple[int, ...] = ()) -> Table:
    """Numbers n0, n1, … and codes c0, …"""
    table = Table.of(numeric=NumericBlock(X.astype(np.float32), tuple(f"n{j}" for j in range(X.shape[1]))))
    if codes is None:
        return table
    names = tuple(f"c{j}" for j in range(codes.shape[1]))
    return table.with_blocks(codes=CodeBlock(codes.astype(np.int32), names, levels))


def through(steps: Sequence[Step], train: Table, test: Table, target: Target) -> tuple[Table, Table]:
    """Both tables after steps that were fitted on the first, as in a fold."""
    inner = np.arange(train.n_rows) % 5
    for step in steps:
        encoder = steps_registry.build(step)
        if encoder.traits.needs_target:
            learner: TargetEncoder = encoder  # type: ignore[assignment]  # the contract of needs_target
            fitted, train = learner.fit_transform(train, target, inner=inner, seeds=Seeds(0))
        else:
            fitted = encoder.fit(train, None, seeds=Seeds(0))
            train = fitted.transform(train)
        test = fitted.transform(test)
    return train, test


def answered(model: Step, train: Table, test: Table, y: Target, held: Target) -> Floats:
    """What a model fitted on the first rows predicts for the second."""
    joined = Table.of(
        numeric=NumericBlock(np.concatenate([train.numeric, test.numeric]), train.numeric_names),
        codes=CodeBlock(np.concatenate([train.codes, test.codes]), train.code_names, train.levels),
    )
    values = Target(np.concatenate([y.values, held.values]), y.n_classes)
    view = MemoryView.of(joined, values, test_rows=np.arange(train.n_rows, joined.n_rows))
    return models.build(model).fit(view, limits=Limits(), seeds=Seeds(0)).predict(test)


def _parts(name: str) -> set[str]:
    """The columns a column was made of: "n3 * n12" of two."""
    return {word for word in name.split() if word[0] == "n"}


def interactions(seeds: range) -> tuple[list[Check], object]:
    """Three products planted among five columns, fifty columns of noise beside them: what a screen and a test leave."""
    left, kept = [], []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(ROWS, 55))
        y = X[:, 0] * X[:, 1] + X[:, 2] * X[:, 3] + X[:, 3] * X[:, 4] + 0.5 * rng.normal(size=ROWS)
        table, target = table_of(X), Target(y)
        after, _ = through(INTERACTIONS, table, table, target)
        left.append(sum(bool(_parts(name) - {f"n{j}" for j in range(5)}) for name in after.numeric_names))
        kept.append(sum(f"n{a} * n{b}" in after.numeric_names for a, b in ((0, 1), (2, 3), (3, 4))))
    return [
        at_most(f"columns left of 50 of noise, mean of {len(seeds)} seeds", float(np.mean(left)), 2, "", digits=1),
        at_least("of 3 planted interactions, left in every seed", float(min(kept)), 2, "", digits=0),
    ], {"left": left, "kept": kept}


def selection(seeds: range) -> tuple[list[Check], object]:
    """Ten columns of a linear law among 190 of noise: F1 of what each selecting step leaves."""
    found: dict[str, list[float]] = {}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(ROWS, 200))
        y = X[:, :10] @ rng.choice([-1.0, 1.0], 10) * rng.uniform(0.5, 1.0) + rng.normal(0, 1.5, ROWS)
        for step in SELECTING:
            after, _ = through((step,), table_of(X), table_of(X[:1]), Target(y))
            true = len({f"n{j}" for j in range(10)} & set(after.numeric_names))
            name = " ".join([step.name, *(str(value) for _, value in step.params)])
            found.setdefault(name, []).append(2 * true / (10 + len(after.numeric_names)))
    means = {name: round(float(np.mean(values)), 3) for name, values in found.items()}
    best = max(means, key=lambda name: means[name])
    return [at_least(f"F1 of 10 true columns among 190 of noise, {best}", means[best], 0.8, "")], means


def encoded_noise(seeds: range) -> tuple[list[Check], object]:
    """AUC on new rows of a category of 100 levels that knows nothing, as its target means."""
    from sklearn.metrics import roc_auc_score

    areas = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        codes, y = rng.integers(0, 100, (ROWS + NEW_ROWS, 1)), rng.integers(0, 2, ROWS + NEW_ROWS).astype(np.int32)
        table = table_of(np.empty((len(y), 0)), codes, (100,))
        known, held = np.arange(ROWS), np.arange(ROWS, len(y))
        train, test = through((Step.of("target_mean", above=2, keep=False),), table.take(known), table.take(held),
                              Target(y[known], 2))  # fmt: skip
        shares = answered(Step.of("lightgbm"), train, test, Target(y[known], 2), Target(y[held], 2))
        areas.append(float(roc_auc_score(y[held], shares[:, 1])))
    worst = max(abs(area - 0.5) for area in areas)
    check = at_most("AUC of target means of noise, furthest from .5", worst, 0.03, "", digits=3)
    return [check], areas


def gross_errors(seeds: range) -> tuple[list[Check], object]:
    """A linear law of eight numbers, 5 % of the cells a thousand times too large: R² by that of clean cells."""
    shares = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(ROWS + NEW_ROWS, 8)) * rng.lognormal(0, 2, 8)
        y = (X / X.std(axis=0)) @ rng.choice([-1.0, 1.0], 8) + rng.normal(size=len(X))
        wrong = X * np.where(rng.random(X.shape) < 0.05, 1000.0, 1.0)
        clean, dirty = (_ridge_r_squared(columns, y, steps) for columns, steps in ((X, PLAIN), (wrong, ROBUST)))
        shares.append(dirty / clean)
    what = "5 % gross errors: R² of a ridge by that of clean cells, worst seed"
    return [at_least(what, 100 * min(shares), 80, "%", digits=0)], shares


def _ridge_r_squared(X: Floats, y: Floats, steps: Sequence[Step]) -> float:
    known, held = np.arange(ROWS), np.arange(ROWS, len(y))
    table = table_of(X)
    train, test = through(steps, table.take(known), table.take(held), Target(y[known]))
    answer = answered(Step.of("linear"), train, test, Target(y[known]), Target(y[held]))
    return 1.0 - float(np.mean((y[held] - answer) ** 2) / np.var(y[held]))


def guarded(seeds: range) -> tuple[list[Check], object]:
    """How often a set of three columns passes the guard: of noise, and one with a product that matters."""
    passed: dict[str, list[bool]] = {"noise": [], "product": []}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(GUARD_ROWS, 4))
        y = X[:, 0] + 0.5 * X[:, 1] + 0.3 * X[:, 2] * X[:, 3] + rng.normal(size=GUARD_ROWS)
        noise = rng.normal(size=(GUARD_ROWS, 3))
        for name, made in (("noise", noise), ("product", np.column_stack([noise[:, :2], X[:, 2] * X[:, 3]]))):
            passed[name].append(_passes(np.concatenate([X, made], axis=1), y, seed))
    silly, real = (100 * float(np.mean(passed[name])) for name in ("noise", "product"))
    error = 100 * math.sqrt(0.05 * 0.95 / len(seeds))
    return [
        at_most(f"sets of noise that pass the guard ({len(seeds)} tables, 5 % + 2 standard errors)", silly,
                round(5 + 2 * error, 1), "%", digits=1),
        at_least("sets with a product of 7 % of the signal that pass", real, 50, "%", digits=0),
    ], {name: sum(found) for name, found in passed.items()}  # fmt: skip


def _passes(X: Floats, y: Floats, seed: int) -> bool:
    """Whether the columns from the fifth on beat their permuted copies, read by a ridge on one fold of five."""
    folds = np.arange(len(X)) % 5
    steps = (Step.of("impute"), Step.of("scale"))
    scores: list[float] = []
    for copy in range(COPIES + 1):
        table = table_of(X)
        if copy:
            table = table.moved(table.numeric_names[4:], row_order(folds, Seeds(seed).child(copy)))
        known, held = np.flatnonzero(folds), np.flatnonzero(folds == 0)
        train, test = through(steps, table.take(known), table.take(held), Target(y[known]))
        answer = answered(Step.of("linear"), train, test, Target(y[known]), Target(y[held]))
        scores.append(-float(np.mean((y[held] - answer) ** 2)))
        if not Guard(real=scores[0], copies=(*scores[1:], *[-math.inf] * (COPIES + 1 - len(scores)))).passed:
            return False
    return True


PLAIN = (Step.of("impute"), Step.of("scale"))
ROBUST = (Step.of("outliers", reach=6.0, action="missing"), *PLAIN)
INTERACTIONS = (Step.of("arithmetic", top=16, screen="pairs"), Step.of("select_univariate"))
SELECTING = (
    Step.of("select_univariate"), Step.of("select_linear", method="lasso"), Step.of("select_linear"),
    Step.of("select_trees"),
)  # fmt: skip

Part = Callable[[range], tuple[list[Check], object]]
PARTS: Mapping[str, tuple[Part, int, int]] = {
    **{law: (partial(recovered, law), 1, 2) for law in PLANTED},
    "linear": (product, 1, 3), "interactions": (interactions, 5, 20), "guard": (guarded, 60, 300),
    "selection": (selection, 2, 5), "encoded_noise": (encoded_noise, 5, 20), "gross_errors": (gross_errors, 3, 10),
}  # fmt: skip
"""Each with its seeds: quick, and in full."""


def known_parts(place: Path) -> dict[str, dict[str, Any]]:
    """What an earlier run measured, by part; nothing where there was none."""
    return dict(load(place).details) if place.exists() else {}


def main() -> None:
    """Measure and save; parts that are not asked for keep the figures of an earlier run."""
    arguments = parser(__doc__)
    arguments.add_argument("--quick", action="store_true", help="fewer seeds")
    arguments.add_argument(
        "--only", nargs="*", choices=PARTS, default=list(PARTS), help="these parts; the rest is kept"
    )
    arguments.set_defaults(out=Path(__file__).parent / "results" / "features.json")
    args = arguments.parse_args()
    place = args.out if args.out.suffix == ".json" else args.out / "features.json"
    for name in args.only:
        part, quick, full = PARTS[name]
        start, seeds = time.perf_counter(), range(quick if args.quick else full)
        told, runs = part(seeds)
        seconds = round(time.perf_counter() - start)
        print(f"{name}: {seconds} s, {'; '.join(check.measured for check in told)}", flush=True)
        mine = {"checks": [asdict(check) for check in told], "seeds": len(seeds), "seconds": seconds, "runs": runs}
        parts = known_parts(place) | {name: mine}
        _save({known: parts[known] for known in PARTS if known in parts}, place.parent)


def _save(parts: Mapping[str, dict[str, Any]], folder: Path) -> None:
    method = (
        f"Planted laws, {ROWS:,} rows to learn from; new rows are scored. The gap is that between the R² of the "
        "columns as they are and of the true features, both by a linear model and LightGBM, blended; the "
        "researcher's whole pool runs in one lab."
    )
    checks = tuple(Check(**check) for part in parts.values() for check in part["checks"])
    save(Outcome(name="features", title="Features found", checks=checks, details=parts, method=method), folder)


if __name__ == "__main__":
    main()
