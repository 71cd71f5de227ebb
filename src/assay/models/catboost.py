"""CatBoost (Prokhorenkova et al., 2018): symmetric boosted trees with ordered statistics of categories."""

import mmap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np

from assay.core.array import AnyArray
from assay.core.contract import Cost, Effort, Facts, Fitted, FoldView, Limits, ModelTraits, Seeds, State, Table, Target
from assay.core.errors import UsageError
from assay.core.recipe import Entry, Recipe, Step
from assay.core.scratch import ScratchFolder
from assay.core.space import Float, Int, Space
from assay.models import _boosting as boosting
from assay.models import register
from assay.models.cheaper_variants import HigherRate
from assay.models.early_stopping import EarlyStopping
from assay.models.flat_boosted import FlatBoosted, Library
from assay.models.flat_catboost import ABSENT, read_catboost
from assay.models.monotonicity import signs_wanted
from assay.models.objectives import OWN_LOSSES, TWEEDIE_POWER, checked_objective, huber_width

if TYPE_CHECKING:
    import catboost
    import pandas as pd

Params = Mapping[str, str | int | float | bool | list[int]]

NEED_OF_CLASSES = 70.0
"""Learning rate x rounds at the best loss, as symmetric trees add little each (docs/log.md, many classes)."""
_FEW_ROWS = 64
"""Below it an array of objects is faster than a frame: 0.06 against 0.32 ms for one row; at 8,000 rows 11 against 7."""
_SELDOM = frozenset({"objective", "ordered"})
_MOST = np.finfo(np.float32).max  # CatBoost puts a border at the least, below which are missing cells alone
_READ_ROUND, _READ_LEVEL = 2e-4, 6e-8
"""Seconds that reading takes per round, and per round and combination of levels (docs/log.md, flat trees)."""
_IMPORT_BYTES, _ROW_BYTES, _LEVEL_BYTES = 80_000_000, 1300, 12
"""Beside the usual: catboost itself; statistics per row while training; per round and combination of levels, written
and read."""

LIBRARY = Library(name="catboost", tree=Effort(cells=40))


def has_catboost() -> bool:
    """Whether catboost is installed, without importing it (0.8 s)."""
    return find_spec("catboost") is not None


def _rows(table: Table) -> "AnyArray | pd.DataFrame":
    """Numeric columns, then codes as whole numbers, which CatBoost reads as categories: -1 and
    *unseen* are two more. Infinite numbers are the largest, as CatBoost writes no infinite borders."""
    boosting.refuse_unread(table)
    numeric = table.numeric.clip(-_MOST, _MOST) if np.isinf(table.numeric).any() else table.numeric
    if not table.code_names:
        return np.ascontiguousarray(numeric)
    if table.n_rows < _FEW_ROWS:
        return np.concatenate([numeric.astype(object), table.codes.astype(object)], axis=1)
    import pandas as pd

    columns = [*numeric.T, *table.codes.T]
    return pd.DataFrame(dict(enumerate(columns)), copy=False)


def _pool(table: Table, target: Target, threads: int) -> "catboost.Pool":
    import catboost

    first = table.numeric.shape[1]
    return catboost.Pool(
        _rows(table), label=target.values, weight=target.weight,
        cat_features=list(range(first, first + len(table.code_names))), thread_count=threads,
    )  # fmt: skip


class _Info(Protocol):
    """CatBoost's callback argument: the round from 1, and all losses so far by part and name."""

    iteration: int
    metrics: Mapping[str, Mapping[str, Sequence[float]]] | None


@dataclass(frozen=True, slots=True)
class _StopTraining:
    stopping: EarlyStopping

    def after_iteration(self, info: _Info) -> bool:
        """Whether to go on."""
        losses = [values[-1] for values in (info.metrics or {}).get("validation", {}).values()]
        return not self.stopping.after(info.iteration, losses[0] if losses else None)


@register("catboost", also=("cat", "cb"))
@dataclass(frozen=True)
class CatBoost(HigherRate):
    """One configuration, Plain boosting unless ordered. Columns up to one_hot_max_size levels are one-hot: with
    statistics instead, 480 rows x 35 columns of four levels and 19 classes took 827 ms a round against 4.7.
    objective: of models/objectives.py, "" for the metric's own loss. ordered: each row's residual is of trees that did
    not learn it.
    """

    traits: ClassVar[ModelTraits] = ModelTraits(
        monotone=True, ships_used_rounds=True, libraries=("catboost",), called=("boosting", "tree")
    )

    learning_rate: float = 0.08
    depth: int = 6
    l2: float = 3.0
    random_strength: float = 0.8
    bagging: float = 0.9
    feature_fraction: float = 1.0
    one_hot_max_size: int = 15
    max_ctr_complexity: int = 2
    max_rounds: int = boosting.MAX_ROUNDS
    objective: str = ""
    ordered: bool = False

    def step(self) -> Step:
        """The configuration as a step; objective and ordered only where they are set, so that keys stay as they are."""
        return Step.of(
            "catboost", **{name: value for name, value in asdict(self).items() if value or name not in _SELDOM}
        )

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FlatBoosted:
        """See Model.fit. Without test rows and without `rounds`: expected_rounds, within the deadline."""
        model, stopping = self.trained(view, limits=limits, seeds=seeds, rounds=rounds)

        def probe(table: Table, first: int, end: int) -> AnyArray:
            return np.asarray(model.calc_leaf_indexes(_rows(table), ntree_start=first, ntree_end=end, thread_count=1))

        # Its counters are of the rows that validate, too.
        tables = [view.table("train"), view.table("test")] if stopping.validates else [view.table("train")]
        trees = read_catboost(_json(model), tables=tables, probe=probe)
        own = checked_objective(view, self.objective)
        if own and OWN_LOSSES[own].has_log_link:
            trees = replace(trees, output="exp")
        return FlatBoosted.of(LIBRARY, trees, partial(raw_scores, model), view, stopping)

    def trained(
        self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None
    ) -> "tuple[catboost.CatBoost, EarlyStopping]":
        """The library's own model, and how its training ended."""
        import catboost

        stopping = EarlyStopping.of(
            view, limits, fixed_rounds=rounds, learning_rate=self.learning_rate, max_rounds=self.max_rounds,
            reading=_READ_ROUND + _READ_LEVEL * self._levels(view.facts),
        )  # fmt: skip
        model = catboost.CatBoost(
            {**self._params(view, seeds), "iterations": stopping.rounds, "thread_count": limits.threads}
        )
        test = _pool(view.table("test"), view.target("test"), limits.threads) if stopping.validates else None
        model.fit(
            _pool(view.table("train"), view.target("train"), limits.threads), eval_set=test, use_best_model=False,
            callbacks=[_StopTraining(stopping)],
        )  # fmt: skip
        return model, stopping

    def _params(self, view: FoldView, seeds: Seeds) -> Params:
        objective = boosting.objective_of(view)
        losses = {"binary": "Logloss", "multiclass": "MultiClass", "squared": "RMSE", "absolute": "MAE"}
        loss = losses.get(objective, f"Quantile:alpha={view.quantile}")
        special: Params = {}
        signs = signs_wanted(view)
        own = checked_objective(view, self.objective)
        if own:
            loss = _own_loss(own, view)
        if view.problem.is_class:
            # Named, so that a class no training row has keeps its column, and two classes may be one in a fold.
            special = {"class_names": list(range(view.target("train").n_classes))}
        if signs is not None:
            special = {**special, "monotone_constraints": signs}
        return {
            **special,
            "loss_function": loss, "boosting_type": "Ordered" if self.ordered else "Plain",
            "bootstrap_type": "Bernoulli", "subsample": self.bagging,
            "learning_rate": self.learning_rate, "depth": self.depth, "l2_leaf_reg": self.l2,
            "random_strength": self.random_strength, "rsm": self.feature_fraction, "leaf_estimation_iterations": 1,
            "one_hot_max_size": self.one_hot_max_size, "max_ctr_complexity": self.max_ctr_complexity,
            "random_seed": seeds.number, "allow_const_label": True, "allow_writing_files": False,
            "logging_level": "Silent",
        }  # fmt: skip

    @classmethod
    def restore(cls, state: State) -> Fitted:
        return FlatBoosted.restore(LIBRARY, state)

    def cost(self, facts: Facts) -> Cost:
        """Initial values, one thread: 5.5 ms per round at 8,000 x 15 and depth 6. The cost of leaves doubles with each
        depth, that of cells with every two: 7 classes at depth 8 took four times a round of depth 6 [measured, 3,400
        rows]."""
        leaves, cells = 2.0 ** (self.depth - 6), 2.0 ** ((self.depth - 6) / 2)
        pace = boosting.Pace(
            setup=2e-7, per_round=2e-3 * leaves, per_cell=3e-8 * cells, cell_bytes=16, classes=0.6
        )  # fmt: skip
        cost = boosting.cost(
            facts, pace, rate=self.learning_rate, max_rounds=self.max_rounds, need=NEED_OF_CLASSES
        )  # fmt: skip
        levels = self._levels(facts)
        statistics = _ROW_BYTES * facts.n_rows + _LEVEL_BYTES * cost.rounds * levels if levels else 0
        return replace(cost, bytes=cost.bytes + _IMPORT_BYTES + statistics)

    def _levels(self, facts: Facts) -> int:
        """Combinations of levels, or of levels and numbers, that each round's statistics may tell apart."""
        return min(facts.n_rows, 32 * facts.most_levels) if facts.most_levels > self.one_hot_max_size else 0

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space.of(
            learning_rate=Float(0.02, 0.2, log=True),
            depth=Int(3, 8 if facts.n_rows >= 5_000 else 6),
            l2=Float(0.3, 30.0, log=True),
            random_strength=Float(0.1, 3.0, log=True),
            bagging=Float(0.6, 1.0),
        )

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        """cat_std, cat_deep and cat_sharp; none above 200 classes or 2,000 columns, below 10 rows, or where catboost is
        not installed.

        No steps, as CatBoost encodes categories itself.
        """
        if not has_catboost() or not boosting.is_served(facts) or facts.n_features > 2000:
            return ()
        standard = replace(cls(), depth=_depth(facts), max_ctr_complexity=_ctr_complexity(facts))
        if facts.n_classes > 30:
            standard = replace(standard, max_rounds=200)
        if boosting.is_wide(facts):
            standard = replace(standard, feature_fraction=0.2)
        deep = replace(standard, depth=8, learning_rate=0.03, max_ctr_complexity=3)
        sharp = replace(standard, learning_rate=0.15, l2=0.5, bagging=1.0, random_strength=0.1)
        return (
            _entry(facts, "cat_std", "catboost, standard", standard),
            # Idle: it adds nothing visible for half of the portfolio's time (docs/log.md).
            replace(_entry(facts, "cat_deep", "catboost, deep and slow", deep), is_idle=True),
            _entry(facts, "cat_sharp", "catboost, fast and hardly held back", sharp),
        )


def _own_loss(own: str, view: FoldView) -> str:
    """A loss in CatBoost's words; UsageError for one that it lacks."""
    words = {"poisson": "Poisson", "tweedie": f"Tweedie:variance_power={TWEEDIE_POWER}", "absolute": "MAE"}
    if own == "huber":
        return f"Huber:delta={huber_width(view.target('train'))}"
    if own not in words:
        raise UsageError(f"CatBoost has no loss {own!r}. Use the model 'lightgbm' or 'xgboost', or another loss.")
    return words[own]


def raw_scores(model: "catboost.CatBoost", table: Table) -> AnyArray:
    """(n,) or (n, n_outputs) scores of all rounds before they become probabilities."""
    scores = np.asarray(model.predict(_rows(table), prediction_type="RawFormulaVal", thread_count=1))
    return np.where(np.isneginf(scores), ABSENT, scores)


def _json(model: "catboost.CatBoost") -> bytes:
    """The model as JSON, which CatBoost only writes to files, without the tables of its statistics: they come first
    and are nearly all of it, and probing answers for them."""
    with ScratchFolder() as folder:
        path = folder.path / "model.json"
        model.save_model(str(path), format="json")
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
            return whole[:1] + whole[max(1, whole.rfind(b'\n  "features_info":')) :]


def _depth(facts: Facts) -> int:
    """Shallower trees for few rows."""
    return 4 if facts.n_rows < 500 else 5 if facts.n_rows < 1_000 else 6


def _ctr_complexity(facts: Facts) -> int:
    """Pairs of categories only where there are not too many of them, nor of classes."""
    return 1 if facts.n_classes > 5 or facts.n_category > 20 else 2


def _entry(facts: Facts, name: str, what: str, model: CatBoost) -> Entry:
    recipe = Recipe(steps=boosting.base_steps(facts), model=model.step())
    return Entry(name=name, what=what, recipe=recipe)
