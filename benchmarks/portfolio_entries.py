"""The configurations that compete for a place: the families' own entries, and challengers to them.

Challengers follow the literature: pytabkit's tuned defaults, AutoGluon's zero-shot portfolios of 2023 and 2025,
TabRepo. One that earns its place moves into its family's file; one that does not stays here, to be tried again on
other tables.
"""

from collections.abc import Iterator
from dataclasses import asdict, replace

from assay.core.recipe import Entry, Recipe, Step
from assay.core.schema import Facts
from assay.models import _boosting as boosting
from assay.models import registry as models
from assay.models.catboost import CatBoost
from assay.models.lightgbm import LightGBM
from assay.models.linear import steps as linear_steps
from assay.models.realmlp import network_steps
from assay.models.xgboost import XGBoost
from assay.research.portfolio import FLOOR, entries


def present(facts: Facts) -> tuple[Entry, ...]:
    """The portfolio as it is tried on such tables, without the floor."""
    return tuple(entry for entry in entries(facts) if entry.name not in FLOOR and not entry.is_idle)


def challengers(facts: Facts) -> tuple[Entry, ...]:
    """Configurations without a place that make sense for these facts; the families' own are here where no order has
    them and they are expected to cost no more than the dearest that has a place.
    """
    makers = (_lightgbm, _catboost, _xgboost, _forests, _kernels, _networks)
    known = present(facts)
    dearest = max(_seconds(entry, facts) for entry in known)
    names = {entry.name for entry in known} | set(FLOOR)
    idle = [
        replace(entry, name=f"+{entry.name}")
        for _, model in models
        for entry in model.portfolio(facts)
        if entry.name not in names and not entry.only_for and _seconds(entry, facts) <= dearest
    ]
    return (*idle, *(entry for maker in makers for entry in maker(facts)))


def _seconds(entry: Entry, facts: Facts) -> float:
    return models.build(entry.recipe.model).cost(facts).seconds


def _entry(name: str, model: str, steps: tuple[Step, ...], **params: object) -> Entry:
    return Entry(name=name, what=name, recipe=Recipe(steps=steps, model=Step.of(model, **params)))


def _lightgbm(facts: Facts) -> Iterator[Entry]:
    steps, many = boosting.tree_steps(facts), facts.n_classes > 7

    def of(name: str, model: LightGBM, own: tuple[Step, ...] = steps) -> Entry:
        if many:
            model = replace(model, learning_rate=max(model.learning_rate, 0.08), leaves=min(model.leaves, 16))
        if boosting.is_wide(facts):
            model = replace(model, feature_fraction=0.2)
        return Entry(name=f"+{name}", what=name, recipe=Recipe(steps=own, model=model.step()))

    sharp = LightGBM(learning_rate=0.1, leaves=31, min_data=1)
    yield of("lgb_sharp", sharp)
    yield of("lgb_default", LightGBM(learning_rate=0.1, leaves=31, min_data=20))
    yield of("lgb_xt_fast", LightGBM(learning_rate=0.08, leaves=24, min_data=2, feature_fraction=0.7, extra_trees=True))
    if facts.n_category:
        sets = LightGBM(leaves=20, min_data=10, bagging=0.8, feature_fraction=0.8, level_sets=True)
        yield of("lgb_sets_std", sets)
        onehot = (*boosting.base_steps(facts), Step.of("one_hot", max_levels=50, min_rows=2))
        yield of("lgb_onehot", LightGBM(learning_rate=0.1, leaves=16, min_data=2), onehot)
        means = (*boosting.base_steps(facts), Step.of("target_mean", above=0, m=10.0, keep=False))
        yield of("lgb_means", sharp, means)


def _catboost(facts: Facts) -> Iterator[Entry]:
    standard = next((e for e in CatBoost.portfolio(facts) if e.name == "cat_std"), None)
    if standard is None:
        return
    step = standard.recipe.model

    def of(name: str, **params: object) -> Entry:
        return _entry(f"+{name}", "catboost", standard.recipe.steps, **dict(step.with_params(**params).params))

    yield of("cat_r137", depth=4, learning_rate=0.05, l2=4.6)
    if facts.n_category and facts.n_classes <= 2:
        yield of("cat_ctr", one_hot_max_size=3, max_ctr_complexity=1, learning_rate=0.12)


def _xgboost(facts: Facts) -> Iterator[Entry]:
    steps = boosting.tree_steps(facts)

    def of(name: str, model: XGBoost) -> Entry:
        if boosting.is_wide(facts):
            model = replace(model, feature_fraction=0.2)
        return _entry(f"+{name}", "xgboost", steps, **asdict(model))

    yield of("xgb_sharp", XGBoost(learning_rate=0.15, depth=6, bagging=1.0, level_fraction=0.8, l2=0.1))
    zero_shot = XGBoost(learning_rate=0.09, depth=5, bagging=1.0, feature_fraction=0.66, min_hessian=0.6, l2=1.0)
    yield of("xgb_r89", zero_shot)


def _forests(facts: Facts) -> Iterator[Entry]:
    steps = boosting.tree_steps(facts)
    yield _entry("+et_full", "extra_trees", steps, n_trees=200, min_leaf=1, max_features=1.0)
    yield _entry("+et_half", "extra_trees", steps, n_trees=200, min_leaf=2, max_features=0.5)
    yield _entry("+rf_half", "random_forest", steps, n_trees=200, min_leaf=1, max_features=0.5)
    if facts.n_category:
        onehot = (*boosting.base_steps(facts), Step.of("one_hot", max_levels=50, min_rows=5))
        yield _entry("+et_onehot", "extra_trees", onehot, n_trees=200, min_leaf=2, max_features=0.5)


def _networks(facts: Facts) -> Iterator[Entry]:
    steps = network_steps(facts)
    yield _entry("+nn_128", "realmlp", steps, n_epochs=128)
    yield _entry("+nn_256", "realmlp", steps, n_epochs=256)
    yield _entry("+nn_256_slow", "realmlp", steps, n_epochs=256, learning_rate=0.015)
    yield _entry("+nn_small_batch", "realmlp", steps, n_epochs=64, batch_rows=64, learning_rate=0.02)


def _kernels(facts: Facts) -> Iterator[Entry]:
    steps = linear_steps(facts, text="text_svd")
    if facts.n_rows <= 3_000 and facts.n_classes <= 30:
        for C in (0.5, 20.0, 200.0):
            yield _entry(f"+svm_{C:g}", "svm", steps, C=C)
    yield _entry("+linear_weak", "linear", linear_steps(facts), C=30.0)
    if facts.n_features <= min(500, facts.n_rows):
        yield _entry("+linear_l1", "linear", linear_steps(facts), penalty="elastic")
