"""LightGBM (Ke et al., 2017): leaf-wise boosted trees on rows that are binned once per design."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.contract import Cost, Effort, Facts, Fitted, FoldView, Limits, ModelTraits, Seeds, State, Table, Target
from assay.core.recipe import Entry, Recipe, Step, canonical, short_hash
from assay.core.space import Choice, Float, Int, Space
from assay.models import _boosting as boosting
from assay.models import register
from assay.models.cheaper_variants import MOST_STEP, HigherRate
from assay.models.early_stopping import EarlyStopping
from assay.models.flat_boosted import FlatBoosted, Library
from assay.models.flat_lightgbm import read_lightgbm
from assay.models.monotonicity import signs_wanted
from assay.models.objectives import checked_objective
from assay.models.special_training import USUAL, SpecialTraining, own_objective
from assay.models.stable_trends import stable_signs
from assay.models.text_recipes import names, numbered, vectors, with_scores

if TYPE_CHECKING:
    import lightgbm

Params = Mapping[str, str | int | float | bool]

# What decides the bins. Another value on a binned file is ignored by LightGBM with no more than a warning, so these
# are part of the file's name and no search dimensions.
_BINS: Params = {
    "max_bin": 255, "min_data_in_bin": 3, "feature_pre_filter": False, "data_random_seed": 1, "verbosity": -1,
}  # fmt: skip

# LightGBM's defaults (4, 100, 10, 10) cripple small tables: error -50 % on car, -26 % on ai_salaries without them.
_CATEGORIES: Params = {"max_cat_to_onehot": 20, "min_data_per_group": 10, "cat_smooth": 2.0, "cat_l2": 1.0}

# One level against the rest never says "high or more": laws of ordinal words without noise need sets, and no penalty.
_LEVEL_SETS: Params = {"max_cat_to_onehot": 1, "min_data_per_group": 1, "cat_smooth": 1.0, "cat_l2": 0.0}

_OBJECTIVES: Mapping[str, Params] = {
    "binary": {"objective": "binary", "metric": "binary_logloss"},
    "multiclass": {"objective": "multiclass", "metric": "multi_logloss"},
    "squared": {"objective": "regression", "metric": "l2"},
    "absolute": {"objective": "regression_l1", "metric": "l1"},
    "quantile": {"objective": "quantile", "metric": "quantile"},
}

NEED_OF_CLASSES = 6.5
"""Learning rate x rounds at the best loss, 50 leaves; small and random trees need more (docs/log.md, many classes)."""

_SELDOM = frozenset({"level_sets", "max_step", "objective", "smoothing", "max_depth", "goss", "trends"})

LIBRARY = Library(name="lightgbm", tree=Effort(hops=9, cells=30))


def _binned(
    table: Table, params: Params, target: Target | None = None, start: Floats | None = None
) -> "lightgbm.Dataset":
    import lightgbm

    return lightgbm.Dataset(
        boosting.matrix(table), params=dict(params), categorical_feature=list(boosting.category_positions(table)),
        label=None if target is None else target.values, weight=None if target is None else target.weight,
        init_score=start,
    )  # fmt: skip


def _shared(view: FoldView, params: Params) -> "lightgbm.Dataset":
    """All rows of the design, binned once by the first worker that needs them, read by the others in milliseconds."""
    import lightgbm

    key = short_hash(canonical([lightgbm.__version__, boosting.NATIVE_LEVELS, dict(_BINS)]))

    def build(path: Path) -> None:
        _binned(view.whole(), params).save_binary(path)

    def load() -> "lightgbm.Dataset":
        while True:
            path = view.shared_file(f"lgb-{key}.bin", build)
            try:
                return lightgbm.Dataset(str(path), params=dict(params)).construct()
            except lightgbm.basic.LightGBMError:
                if path.exists():
                    raise
                # else dropped from the cache just now: made again

    return view.keep(f"lgb-{key}", load)


def _subset(whole: "lightgbm.Dataset", rows: Index, target: Target) -> "lightgbm.Dataset":
    # subset() sorts the positions it is given, so the target has to follow.
    order = np.argsort(rows, kind="stable")
    part = whole.subset(rows[order].tolist()).construct()
    part.set_label(target.values[order])
    if target.weight is not None:
        part.set_weight(target.weight[order])
    return part


def _datasets(
    view: FoldView, params: Params, *, validates: bool, start: tuple[Floats, Floats] | None
) -> "tuple[lightgbm.Dataset, lightgbm.Dataset | None]":
    """The binned training rows, and the test rows where they are scored."""
    if view.design is not None and start is None:
        whole = _shared(view, params)
        test = _subset(whole, view.test_rows, view.target("test")) if validates else None
        return _subset(whole, view.train_rows, view.target("train")), test
    train = _binned(view.table("train"), params, view.target("train"), None if start is None else start[0])
    if not validates:
        return train, None
    target = view.target("test")
    return train, train.create_valid(
        boosting.matrix(view.table("test")), label=target.values, weight=target.weight, params=dict(params),
        init_score=None if start is None else start[1],
    )  # fmt: skip


def _stopping(stopping: EarlyStopping) -> "Callable[[lightgbm.callback.CallbackEnv], None]":
    from lightgbm.callback import EarlyStopException

    def after(env: "lightgbm.callback.CallbackEnv") -> None:
        results = env.evaluation_result_list
        loss = None
        if results:
            loss = -results[0][2] if results[0][3] else results[0][2]  # of a metric that should be large, less it
        if env.model.current_iteration() <= env.iteration and stopping.no_split():
            raise EarlyStopException(stopping.best_round - 1, results)
        if stopping.after(env.iteration + 1, loss):
            raise EarlyStopException(stopping.best_round - 1, results)

    return after


@register("lightgbm", also=("lgbm", "lgb", "gbm"))
@dataclass(frozen=True)
class LightGBM(HigherRate):
    """One configuration. min_data: least rows per leaf; bagging, feature_fraction: share of rows and columns per tree;
    min_hessian: least sum of second derivatives in a leaf; max_rounds: a cap, early stopping usually ends first.
    level_sets: split every category by sets of its levels in order of their gradients (Fisher, 1958), instead of by
    single levels where there are at most 20, and without smoothing. max_step: for classes, largest value of a leaf
    before the learning rate (0: any); rows whose class is nearly certain have almost no curvature, and their leaves
    take huge steps that later rounds must correct. objective: of models/objectives.py, "" for the metric's own loss.
    smoothing: rows of its parent that each node's value is drawn towards; max_depth: 0 for any; goss: rows of small
    gradients are sampled (Ke et al., 2017); trends: monotone along columns whose trend is clear in all inner parts."""

    traits: ClassVar[ModelTraits] = ModelTraits(
        monotone=True, ships_used_rounds=True, libraries=("lightgbm",), called=("boosting", "tree", "lgbm", "lgb"),
        # As a second level: small corrections of columns that predict nearly everything.
        second_level=(("leaves", 7), ("min_data", 40), ("feature_fraction", 0.5)),
    )  # fmt: skip
    held = (("max_step", MOST_STEP),)

    learning_rate: float = 0.05
    leaves: int = 31
    min_data: int = 20
    bagging: float = 1.0
    feature_fraction: float = 1.0
    min_hessian: float = 1e-7
    l1: float = 0.0
    l2: float = 0.0
    extra_trees: bool = False
    max_rounds: int = boosting.MAX_ROUNDS
    level_sets: bool = False
    max_step: float = 0.0
    objective: str = ""
    smoothing: float = 0.0
    max_depth: int = 0
    goss: bool = False
    trends: bool = False

    def step(self) -> Step:
        """The configuration as a step; those of _SELDOM only where they are set, so that recipe keys stay short."""
        params = {name: value for name, value in asdict(self).items() if value or name not in _SELDOM}
        return Step.of("lightgbm", **params)

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FlatBoosted:
        """See Model.fit. Without test rows and without `rounds`: expected_rounds, within the deadline."""
        booster, stopping = self.trained(view, limits=limits, seeds=seeds, rounds=rounds)
        trees = read_lightgbm(booster.model_to_string(num_iteration=-1), width=boosting.NATIVE_LEVELS + 2)
        return FlatBoosted.of(LIBRARY, trees, partial(raw_scores, booster), view, stopping)

    def trained(
        self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None, special: SpecialTraining = USUAL
    ) -> "tuple[lightgbm.Booster, EarlyStopping]":
        """The library's own model, and how its training ended. special: of a family over this one."""
        import lightgbm

        stopping = EarlyStopping.of(
            view, limits, fixed_rounds=rounds, learning_rate=self.learning_rate, max_rounds=self.max_rounds
        )
        # The automatic choice between the two *times* both, so it is slow and not repeatable.
        by_column = len(view.train_rows) <= 100_000
        data: Params = {
            **_BINS, "num_threads": limits.threads, "force_col_wise": by_column, "force_row_wise": not by_column,
        }  # fmt: skip
        train, test = _datasets(view, data, validates=stopping.validates, start=special.start)
        own: dict[str, object] = {} if special.gradient is None else {"objective": special.gradient}
        # Unless the training booster is kept, train() cuts the trees after the best round, silently.
        booster = lightgbm.train(
            {**data, **self._params(view, seeds), **special.params, **own}, train, num_boost_round=stopping.rounds,
            valid_sets=None if test is None else [test], callbacks=[_stopping(stopping)], keep_training_booster=True,
        )  # fmt: skip
        return booster, stopping

    def _params(self, view: FoldView, seeds: Seeds) -> Params:
        objective = boosting.objective_of(view)
        classes: Params = {"num_class": view.target("train").n_classes} if objective == "multiclass" else {}
        signs = signs_wanted(view)
        promised: Params = {} if signs is None else {"monotone_constraints": ",".join(map(str, signs))}
        if self.max_step and view.problem.is_class:
            promised = {**promised, "max_delta_step": self.max_step}
        chosen = checked_objective(view, self.objective)
        alpha = view.quantile if objective == "quantile" else 0.9
        return {
            "alpha": alpha, **promised, **self._growth(view, seeds),
            **(_LEVEL_SETS if self.level_sets else _CATEGORIES), **_OBJECTIVES[objective],
            **own_objective(view, chosen), **classes,
            "deterministic": True, "seed": seeds.number,
            "learning_rate": self.learning_rate, "num_leaves": self.leaves, "min_data_in_leaf": self.min_data,
            "bagging_fraction": self.bagging, "bagging_freq": 1 if self.bagging < 1 and not self.goss else 0,
            "feature_fraction": self.feature_fraction, "min_sum_hessian_in_leaf": self.min_hessian,
            "lambda_l1": self.l1, "lambda_l2": self.l2, "extra_trees": self.extra_trees,
        }  # fmt: skip

    def _growth(self, view: FoldView, seeds: Seeds) -> Params:
        """What only some configurations set."""
        out: dict[str, str | int | float | bool] = {}
        if self.smoothing:
            out["path_smooth"] = self.smoothing
        if self.max_depth:
            out["max_depth"] = self.max_depth
        if self.goss:
            out["data_sample_strategy"] = "goss"
        if self.trends and not view.facts.monotone and view.loss not in ("absolute", "quantile"):
            signs = stable_signs(view.table("train"), view.target("train"), seeds)
            out["monotone_constraints"] = ",".join(map(str, signs.tolist()))
        return out

    @classmethod
    def restore(cls, state: State) -> Fitted:
        return FlatBoosted.restore(LIBRARY, state)

    def cost(self, facts: Facts) -> Cost:
        """Initial values, one thread: 1.2 ms per round of 50 leaves and 5 ns per cell and tree."""
        pace = boosting.Pace(setup=5e-8, per_round=6e-4 + 1.2e-5 * self.leaves, per_cell=5e-9, cell_bytes=10)
        need = NEED_OF_CLASSES * (50.0 / self.leaves) ** 0.8 * (4.0 if self.extra_trees else 1.0)
        return boosting.cost(facts, pace, rate=self.learning_rate, max_rounds=self.max_rounds, need=need)

    @classmethod
    def space(cls, facts: Facts) -> Space:
        most_leaves = 16 if facts.n_classes > 7 else max(8, min(256, facts.n_rows // 20))
        return Space.of(
            learning_rate=Float(0.08 if facts.n_classes > 7 else 0.01, 0.2, log=True),
            leaves=Int(4, most_leaves, log=True),
            min_data=Int(1, max(2, min(60, facts.n_rows // 20)), log=True),
            bagging=Float(0.5, 1.0),
            feature_fraction=Float(0.1 if boosting.is_wide(facts) else 0.4, 1.0),
            l1=Float(1e-3, 3.0, log=True),
            l2=Float(1e-3, 10.0, log=True),
            extra_trees=Choice((False, True)),
        )

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        """The configurations that make sense for these facts; none above 200 classes or below 10 rows."""
        return tuple(_entries(facts)) if boosting.is_served(facts) else ()


def raw_scores(booster: "lightgbm.Booster", table: Table) -> AnyArray:
    """(n,) or (n, n_outputs) scores of all rounds before they become probabilities."""
    scores: AnyArray = booster.predict(boosting.matrix(table), num_iteration=-1, num_threads=1, raw_score=True)
    return scores


def _standard(facts: Facts) -> LightGBM:
    """pytabkit's meta-tuned defaults; smaller trees below 5,000 rows, where they are as good and cheaper."""
    regression = not facts.problem.is_class
    bagging = 0.7 if regression else 0.75
    if facts.n_rows < 5_000:
        leaves, min_data = int(np.clip(facts.n_rows // 40, 15, 31)), max(5, facts.n_rows // 100)
        return LightGBM(learning_rate=0.05, leaves=leaves, min_data=min_data, bagging=bagging)
    if regression:
        return LightGBM(learning_rate=0.05, leaves=100, min_data=3, bagging=bagging)
    return LightGBM(learning_rate=0.04, leaves=50, min_data=40, bagging=bagging)


def _engineered(facts: Facts) -> tuple[Step, ...]:
    """Arithmetic of the best numbers, pairs of categories, counts and target means: the steps of lgb_fe."""
    steps = list(boosting.base_steps(facts))
    if facts.n_numeric >= 2:
        steps.append(Step.of("arithmetic", top=8))
    if facts.n_category >= 2:
        steps.append(Step.of("pairs", top=5))
    if facts.n_category:
        steps += [Step.of("counts", above=0), Step.of("target_mean", above=0, m=10.0, keep=True)]
    return tuple(steps)


def _entries(facts: Facts) -> Iterator[Entry]:
    steps, standard = boosting.tree_steps(facts), _standard(facts)
    extra = LightGBM(
        learning_rate=0.03, leaves=32, min_data=4, bagging=0.9, feature_fraction=0.5, l1=0.5, l2=1.5, extra_trees=True
    )
    yield _entry(facts, "lgb_std", "lightgbm, standard", steps, standard)
    if facts.n_numeric >= 2:
        wide_trees = replace(extra, leaves=48, min_data=15, bagging=1.0, feature_fraction=0.55)
        yield _entry(facts, "lgb_fe", "lightgbm, engineered columns", _engineered(facts), wide_trees)
    if facts.n_text:
        texts = _entry(facts, "lgb_texts", "lightgbm, texts as scores", with_scores(steps, facts), standard)
        yield replace(texts, place=1)
        for place, one in enumerate(facts.text_models):
            scored = (vectors(one), *with_scores(steps, facts))
            what = f"lightgbm, texts and vectors of {one.name} as scores"
            yield replace(_entry(facts, numbered("lgb_vectors", place), what, scored, standard), place=1)
    if facts.n_names:
        scored = (names(), Step.of("text_scores"), *steps)
        yield replace(_entry(facts, "lgb_names", "lightgbm, names as scores", scored, standard), place=1)
    yield _entry(facts, "lgb_xt", "lightgbm, extra random trees", steps, extra)
    small = replace(standard, learning_rate=0.05, leaves=6, feature_fraction=0.6, extra_trees=True)
    # Idle: without it the blend of the others is better by 1.8 % of its error over 17 tables (docs/log.md).
    yield replace(_entry(facts, "lgb_small", "lightgbm, small trees", steps, small), is_idle=True)
    eager = LightGBM(learning_rate=0.1, leaves=8, min_data=1, feature_fraction=0.8)
    yield _entry(facts, "lgb_eager", "lightgbm, small trees of all rows", steps, eager)
    if facts.n_category:
        sets = replace(eager, min_data=5, level_sets=True)
        yield _entry(facts, "lgb_sets", "lightgbm, sets of levels", steps, sets)
    if facts.n_rows >= 5_000:
        large = LightGBM(learning_rate=0.03, leaves=128, min_data=3, feature_fraction=0.9)
        yield _entry(facts, "lgb_large", "lightgbm, large trees", steps, large)
    if facts.high_columns or (facts.n_numeric < 2 and facts.n_category):
        means = (Step.of("counts", above=0), Step.of("target_mean", above=0, m=10.0, keep=False))
        yield _entry(
            facts, "lgb_te", "lightgbm, categories as target means", (*boosting.base_steps(facts), *means), standard
        )


def _entry(facts: Facts, name: str, what: str, steps: tuple[Step, ...], model: LightGBM) -> Entry:
    """The configuration, adapted to many classes (each costs a tree per round) and to wide tables."""
    if facts.n_classes > 7:
        model = replace(model, learning_rate=max(model.learning_rate, 0.08), leaves=min(model.leaves, 16), max_step=2.0)
    if boosting.is_wide(facts):
        model = replace(model, feature_fraction=0.2)
    return Entry(name=name, what=what, recipe=Recipe(steps=steps, model=model.step()))
