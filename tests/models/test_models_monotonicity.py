"""Families that promise to be monotone are, whatever the rows say."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.array import AnyArray
from assay.core.clock import Limits
from assay.core.errors import UsageError
from assay.core.recipe import Recipe, Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.models import registry
from assay.models.linear import steps
from assay.pipeline.monotone_recipes import families, honours, refuse_unpromised
from assay.research.portfolio import entries
from assay.testing.memory_view import MemoryView, facts_of
from assay.testing.tables import tiny_table, tiny_target
from each import each

GRID = np.linspace(-3.0, 3.0, 61)


def wavy(problem: str) -> MemoryView:
    """x0 helps in waves and then harms; x1 harms; a code column beside them."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 3)).astype(np.float32)
    score = np.sin(2.0 * X[:, 0]) + 0.5 * X[:, 0] - 0.7 * X[:, 1] + 0.3 * rng.normal(size=400)
    table = Table.empty(400).with_numeric(X, ("x0", "x1", "x2"))
    values: AnyArray = score if problem == "regression" else (score > 0).astype(np.int32)
    return MemoryView.of(table, Target(values, 0 if problem == "regression" else 2))


def along(fitted, column: int) -> np.ndarray:
    """Predictions of some rows as one column grows: (rows, steps)."""
    rows = np.random.default_rng(1).normal(size=(20, 3)).astype(np.float32)
    many = np.repeat(rows, len(GRID), axis=0)
    many[:, column] = np.tile(GRID, len(rows))
    predicted = fitted.predict(Table.empty(len(many)).with_numeric(many, ("x0", "x1", "x2")))
    return (predicted[:, 1] if predicted.ndim == 2 else predicted).reshape(len(rows), -1)


@each("problem", ["binary", "regression"])
@each("name", [name for name in families() if name != "constant"])
def test_a_prediction_never_moves_against_its_sign(name, problem):
    view = wavy(problem)
    model = registry.build(Step.of(name))
    free = model.fit(view, limits=Limits(), seeds=Seeds(1))
    bound = model.fit(replace(view, monotone=(("x0", 1), ("x1", 1))), limits=Limits(), seeds=Seeds(1))
    assert np.diff(along(bound, 0), axis=1).min() >= -1e-9
    assert np.diff(along(bound, 1), axis=1).min() >= -1e-9
    assert np.diff(along(free, 1), axis=1).min() < 0


@pytest.mark.parametrize("name", ["lightgbm", "xgboost", "catboost", "gam"])
def test_absolute_error_under_a_promise_is_learned_as_squared_error(name):
    view = replace(wavy("regression"), monotone=(("x1", -1),), loss="absolute")
    fitted = registry.build(Step.of(name)).fit(view, limits=Limits(), seeds=Seeds(1))
    assert np.diff(along(fitted, 1), axis=1).max() <= 1e-9


def test_only_entries_that_can_promise_it_are_tried():
    table = tiny_table(plain=True)
    facts = facts_of(table, tiny_target("binary", table))
    free = {entry.name for entry in entries(facts)}
    bound = {entry.name for entry in entries(replace(facts, monotone=(("age", 1),)))}
    assert bound < free
    assert {"lgb_std", "linear"} <= bound
    assert not {"lgb_fe", "linear_fe", "et", "knn"} & bound


def test_a_recipe_that_could_break_the_promise_is_refused_in_words():
    table = tiny_table(plain=True)
    facts = replace(facts_of(table, tiny_target("binary", table)), monotone=(("age", 1),))
    products = Recipe(steps=(Step.of("arithmetic"), *steps(facts)), model=Step.of("linear"))
    assert not honours(products, facts)
    assert honours(products, replace(facts, monotone=()))
    with pytest.raises(UsageError, match="cannot promise to be monotone in age"):
        refuse_unpromised(products, facts)
