"""XGBoost (Chen and Guestrin, 2016): depth-wise boosted trees on quantile histograms."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from assay.core.array import AnyArray
from assay.core.contract import Cost, Effort, Facts, Fitted, FoldView, Limits, ModelTraits, Seeds, State, Table
from assay.core.recipe import Entry, Recipe, Step
from assay.core.space import Float, Int, Space
from assay.models import _boosting as boosting
from assay.models import register
from assay.models.cheaper_variants import MOST_STEP, HigherRate
from assay.models.early_stopping import EarlyStopping
from assay.models.flat_boosted import FlatBoosted, Library
from assay.models.flat_xgboost import read_xgboost
from assay.models.monotonicity import signs_wanted
from assay.models.objectives import TWEEDIE_POWER, checked_objective, huber_width

if TYPE_CHECKING:
    import xgboost

Params = Mapping[str, str | int | float | bool]

_MAX_BIN = 256
NEED_OF_CLASSES = 13.0
"""Learning rate x rounds at the best loss, depth 6 (docs/log.md, many classes)."""

_OBJECTIVES: Mapping[str, Params] = {
    "binary": {"objective": "binary:logistic", "eval_metric": "logloss"},
    "multiclass": {"objective": "multi:softprob", "eval_metric": "mlogloss"},
    "squared": {"objective": "reg:squarederror", "eval_metric": "rmse"},
    "absolute": {"objective": "reg:absoluteerror", "eval_metric": "mae"},
    "quantile": {"objective": "reg:quantileerror", "eval_metric": "quantile"},
}
_OWN_LOSSES: Mapping[str, Params] = {
    "poisson": {"objective": "count:poisson"}, "gamma": {"objective": "reg:gamma"},
    "tweedie": {"objective": "reg:tweedie", "tweedie_variance_power": TWEEDIE_POWER},
    "huber": {"objective": "reg:pseudohubererror"}, "absolute": {"objective": "reg:absoluteerror"},
}  # fmt: skip
"""They replace the loss that is learned, not the one that rounds are stopped by."""
_SELDOM = frozenset({"max_step", "objective"})

LIBRARY = Library(name="xgboost", tree=Effort(hops=7, cells=30), tolerance=1e-5)  # it adds up float32 numbers


def _feature_types(table: Table) -> list[str]:
    categories = set(boosting.category_positions(table))
    n_columns = len(table.numeric_names) + len(table.code_names)
    return ["c" if j in categories else "q" for j in range(n_columns)]


def _quantized(table: Table, threads: int, reference: "xgboost.QuantileDMatrix | None") -> "xgboost.QuantileDMatrix":
    import xgboost

    return xgboost.QuantileDMatrix(
        boosting.matrix(table), feature_types=_feature_types(table), enable_categorical=True, max_bin=_MAX_BIN,
        nthread=threads, ref=reference,
    )  # fmt: skip


def _train(view: FoldView, threads: int) -> "xgboost.QuantileDMatrix":
    """The training rows in bins that depend on feature values only: of the whole design where folds share one.

    Label and weight are set afterwards, so that the weights do not move the bins.
    """
    reference = None
    if view.design is not None:
        reference = view.keep(f"xgb-{_MAX_BIN}", lambda: _quantized(view.whole(), threads, None))
    data = _quantized(view.table("train"), threads, reference)
    target = view.target("train")
    data.set_info(label=target.values, weight=target.weight)
    return data


def _test(view: FoldView, threads: int) -> "xgboost.DMatrix":
    """The test rows as values: a QuantileDMatrix would put a level unseen in training into another level's bin."""
    import xgboost

    table, target = view.table("test"), view.target("test")
    return xgboost.DMatrix(
        boosting.matrix(table), label=target.values, weight=target.weight,
        feature_types=_feature_types(table), enable_categorical=True, nthread=threads,
    )  # fmt: skip


def _stopping(stopping: EarlyStopping) -> "xgboost.callback.TrainingCallback":
    from xgboost.callback import TrainingCallback

    class XGBoostStopping(TrainingCallback):  # type: ignore[misc]  # xgboost has no types
        def after_iteration(
            self, model: object, epoch: int, evals_log: "Mapping[str, Mapping[str, Sequence[float]]]"
        ) -> bool:
            losses = [values[-1] for metrics in evals_log.values() for values in metrics.values()]
            return stopping.after(epoch + 1, losses[0] if losses else None)

    return XGBoostStopping()


@register("xgboost", also=("xgb",))
@dataclass(frozen=True)
class XGBoost(HigherRate):
    """One configuration. bagging: share of rows per tree; level_fraction, feature_fraction: share of columns per depth
    and per tree; min_hessian: least sum of second derivatives in a leaf. max_step: for classes, largest value of a leaf
    before the learning rate (0: any). objective: of models/objectives.py, "" for the metric's own loss."""

    traits: ClassVar[ModelTraits] = ModelTraits(
        monotone=True, ships_used_rounds=True, libraries=("xgboost", "xgboost-cpu"), called=("boosting", "tree", "xgb")
    )
    held = (("max_step", MOST_STEP),)

    learning_rate: float = 0.08
    depth: int = 6
    bagging: float = 0.65
    level_fraction: float = 0.9
    feature_fraction: float = 1.0
    min_hessian: float = 5e-6
    l1: float = 0.0
    l2: float = 0.0
    max_rounds: int = boosting.MAX_ROUNDS
    max_step: float = 0.0
    objective: str = ""

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FlatBoosted:
        """See Model.fit. Without test rows and without `rounds`: expected_rounds, within the deadline."""
        booster, stopping = self.trained(view, limits=limits, seeds=seeds, rounds=rounds)
        trees = read_xgboost(bytes(booster.save_raw("json")), width=boosting.NATIVE_LEVELS + 2)
        return FlatBoosted.of(LIBRARY, trees, partial(raw_scores, booster), view, stopping)

    def trained(
        self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None
    ) -> "tuple[xgboost.Booster, EarlyStopping]":
        """The library's own model, and how its training ended."""
        import xgboost

        stopping = EarlyStopping.of(
            view, limits, fixed_rounds=rounds, learning_rate=self.learning_rate, max_rounds=self.max_rounds
        )
        booster = xgboost.train(
            {**self._params(view, seeds), "nthread": limits.threads}, _train(view, limits.threads),
            num_boost_round=stopping.rounds, callbacks=[_stopping(stopping)], verbose_eval=False,
            evals=[(_test(view, limits.threads), "test")] if stopping.validates else [],
        )  # fmt: skip
        return booster, stopping

    def _params(self, view: FoldView, seeds: Seeds) -> Params:
        objective = boosting.objective_of(view)
        special: Params = {}
        signs = signs_wanted(view)
        if objective == "multiclass":
            special = {"num_class": view.target("train").n_classes}
        if objective == "quantile":
            special = {"quantile_alpha": view.quantile}
        if signs is not None:
            special = {**special, "monotone_constraints": f"({','.join(map(str, signs))})"}
        if self.max_step and view.problem.is_class:
            special = {**special, "max_delta_step": self.max_step}
        own = checked_objective(view, self.objective)
        if own == "huber":
            special = {**special, "huber_slope": huber_width(view.target("train"))}
        return {
            **_OBJECTIVES[objective], **_OWN_LOSSES.get(own, {}), **special,
            "tree_method": "hist", "max_bin": _MAX_BIN, "seed": seeds.number, "verbosity": 0,
            "learning_rate": self.learning_rate, "max_depth": self.depth, "subsample": self.bagging,
            "colsample_bylevel": self.level_fraction, "colsample_bytree": self.feature_fraction,
            "min_child_weight": self.min_hessian, "reg_alpha": self.l1, "reg_lambda": self.l2,
        }  # fmt: skip

    @classmethod
    def restore(cls, state: State) -> Fitted:
        return FlatBoosted.restore(LIBRARY, state)

    def cost(self, facts: Facts) -> Cost:
        """Initial values, one thread: 2.4 ms per round and 5 ns per cell and tree."""
        pace = boosting.Pace(setup=1.5e-7, per_round=2.4e-3, per_cell=5e-9, cell_bytes=12)
        need = NEED_OF_CLASSES * 2.0 ** ((6 - self.depth) / 2)
        return boosting.cost(facts, pace, rate=self.learning_rate, max_rounds=self.max_rounds, need=need)

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space.of(
            learning_rate=Float(0.08 if facts.n_classes > 7 else 0.015, 0.25, log=True),
            depth=Int(3, 10 if facts.n_rows >= 5_000 else 7),
            bagging=Float(0.5, 1.0),
            level_fraction=Float(0.5, 1.0),
            min_hessian=Float(1e-6, 10.0, log=True),
            l1=Float(1e-3, 3.0, log=True),
            l2=Float(1e-3, 10.0, log=True),
        )

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        """pytabkit's meta-tuned defaults and small trees, for up to 200 classes and from 10 rows on."""
        if not boosting.is_served(facts):
            return ()
        standard = cls()
        if not facts.problem.is_class:
            standard = replace(standard, learning_rate=0.05, depth=9, min_hessian=2.0, bagging=0.7)
        small = cls(depth=3, bagging=0.8, level_fraction=0.7, l2=1.0)
        return (
            _entry(facts, "xgb_std", "xgboost, standard", standard),
            _entry(facts, "xgb_small", "xgboost, small trees", small),
        )


def raw_scores(booster: "xgboost.Booster", table: Table) -> AnyArray:
    """(n,) or (n, n_outputs) scores of all rounds before they become probabilities."""
    scores: AnyArray = booster.inplace_predict(boosting.matrix(table), predict_type="margin")
    return scores


def _entry(facts: Facts, name: str, what: str, model: XGBoost) -> Entry:
    if boosting.is_wide(facts):
        model = replace(model, feature_fraction=0.2)
    if facts.n_classes > 7:
        model = replace(model, max_step=2.0)
    params = {name: value for name, value in asdict(model).items() if value or name not in _SELDOM}
    recipe = Recipe(steps=boosting.tree_steps(facts), model=Step.of("xgboost", **params))
    return Entry(name=name, what=what, recipe=recipe)
