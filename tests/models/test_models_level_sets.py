"""LightGBM with level_sets: laws of ordinal words, and recipes of the time before it."""

from dataclasses import replace
from itertools import product

import numpy as np

from assay.core.block.columns import CodeBlock
from assay.core.clock import Limits
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.models import registry as models
from assay.models.lightgbm import LightGBM
from assay.testing.memory_view import MemoryView, facts_of

LEVELS = 6


def ordinal_view() -> MemoryView:
    """Every combination of three ordinal columns, their levels named in no order; the law counts how many are high."""
    grid = np.array(list(product(range(LEVELS), repeat=3)))
    shuffled = np.stack([np.random.default_rng(j).permutation(LEVELS)[grid[:, j]] for j in range(3)], axis=1)
    none = Table.empty(len(grid))
    table = none.with_blocks(codes=CodeBlock(shuffled.astype(np.int32), ("price", "safety", "comfort"), (LEVELS,) * 3))
    return MemoryView.of(table, Target(((grid >= LEVELS // 2).sum(axis=1)).astype(np.int32), 4))


def log_loss(model: LightGBM) -> float:
    view = ordinal_view()
    fitted = model.fit(view, limits=Limits(), seeds=Seeds(0))
    y, p = view.target("test").values, fitted.predict(view.table("test"))
    return float(-np.mean(np.log(p[np.arange(len(y)), y])))


def test_sets_of_levels_learn_a_law_of_ordinal_words_where_single_levels_need_far_more_rows():
    plain = LightGBM(learning_rate=0.1, leaves=8, min_data=2, max_rounds=150)
    assert log_loss(replace(plain, level_sets=True)) < 0.6 * log_loss(plain)


def test_a_recipe_without_level_sets_is_what_it_was_before_there_were_any():
    assert "level_sets" not in dict(LightGBM().step().params)
    assert models.build(LightGBM().step()) == LightGBM()
    assert models.build(LightGBM(level_sets=True).step()) == LightGBM(level_sets=True)


def test_the_portfolio_splits_sets_of_levels_where_there_are_categories():
    view = ordinal_view()
    facts = facts_of(view.rows, view.values)
    found = {entry.name: models.build(entry.recipe.model) for entry in LightGBM.portfolio(facts)}
    assert found["lgb_sets"].level_sets
    without = replace(facts, n_category=0, n_numeric=3)
    assert "lgb_sets" not in {entry.name for entry in LightGBM.portfolio(without)}
