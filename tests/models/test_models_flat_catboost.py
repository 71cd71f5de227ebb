"""What reads CatBoost's models: statistics of categories that are probed, cut rounds, the time and bytes it takes."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.block.columns import CodeBlock, NumericBlock
from assay.core.clock import Deadline, Limits
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.models import _boosting as boosting
from assay.models import catboost
from assay.models import registry as models
from assay.models.flat_boosted import disturbed
from assay.models.flat_catboost import first_rows
from assay.testing.memory_view import MemoryView
from assay.testing.tables import tiny_table, tiny_target


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_first_rounds_that_ask_no_number_answer_as_catboost_though_later_statistics_do(problem):
    """Early rounds ask levels alone; sets of later ones read numeric splits as well."""
    rng = np.random.default_rng(2)
    codes = rng.integers(0, (30, 12), (300, 2)).astype(np.int32)
    numbers = NumericBlock(rng.normal(size=(300, 1)).astype(np.float32), ("x",))
    table = Table.of(numeric=numbers, codes=CodeBlock(codes, ("a", "b"), (30, 12)))
    n_classes = {"binary": 2, "multiclass": 3, "regression": 0}[problem]
    values = 3 * np.sin(codes[:, 0]) + np.cos(codes[:, 1]) + 0.3 * rng.normal(size=300)
    classes = (np.argsort(np.argsort(values)) * n_classes // 300).astype(np.int32)
    view = MemoryView.of(table, Target(classes, n_classes) if n_classes else Target(values))
    view, model = (
        replace(view, loss="log_loss" if n_classes else "squared"),
        models.get("catboost")(depth=3, one_hot_max_size=2),
    )
    trained, _ = model.trained(view, limits=Limits(), seeds=Seeds(2), rounds=60)
    found = model.fit(view, limits=Limits(), seeds=Seeds(2), rounds=60)
    assert not len(found.first(1).trees.tests.threshold)
    assert found.trees.tests.bit_stride.any()
    asked = disturbed(table, Seeds(1))
    kind = "Probability" if n_classes else "RawFormulaVal"
    for rounds in range(1, 61):
        want = trained.predict(catboost._rows(asked), prediction_type=kind, ntree_end=rounds)
        want = boosting.never_zero(want, found.n_rows) if n_classes else want
        np.testing.assert_allclose(found.predict(asked, rounds=rounds), want, rtol=2e-5, atol=2e-6)
    cut = found.first(1).state()
    assert models.get("catboost").restore(cut).predict(table).shape[0] == 300


def test_levels_that_statistics_only_compare_are_answered_though_no_row_has_them_together():
    """Columns of 4 levels are one-hot: CatBoost adds them to pairs as comparisons with one level."""
    rng = np.random.default_rng(1)
    codes = np.concatenate([rng.integers(0, 4, (600, 4)), 11 * rng.integers(0, 60, (600, 2))], axis=1).astype(np.int32)
    table = Table.of(
        numeric=NumericBlock(rng.normal(size=(600, 1)).astype(np.float32), ("x",)),
        codes=CodeBlock(codes, ("a", "b", "c", "d", "e", "f"), (4, 4, 4, 4, 700, 700)),
    )  # fmt: skip
    values = (codes[:, 0] == 1) * (codes[:, 4] % 3) + (codes[:, 1] == 2) * (codes[:, 5] % 2) + 0.1 * table.numeric[:, 0]
    view = replace(MemoryView.of(table, Target(values.astype(np.float64), 0)), loss="squared")
    model = models.get("catboost")(one_hot_max_size=5, max_ctr_complexity=3)
    trained, _ = model.trained(view, limits=Limits(), seeds=Seeds(3), rounds=60)
    found = model.fit(view, limits=Limits(), seeds=Seeds(3), rounds=60)
    assert len(found.trees.tests.keys)
    for seed in range(20):
        asked = disturbed(table, Seeds(seed))
        got, want = found.sums(boosting.matrix(asked))[0], catboost.raw_scores(trained, asked)
        np.testing.assert_allclose(got, want, atol=1e-6 * np.abs(want).max())


def test_infinite_numbers_are_learned_from_and_answered_as_the_largest():
    numbers = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
    numbers[::7, 0], numbers[::11, 0], numbers[::5, 1] = np.inf, -np.inf, np.nan
    numbers[1::9, 1] = -np.inf
    values = np.where(np.isinf(numbers[:, 0]), 2.0 * np.sign(numbers[:, 0]), 0.3 * numbers[:, 0])
    table = Table.of(numeric=NumericBlock(numbers, ("x", "z")))
    model, view = models.get("catboost")(), replace(MemoryView.of(table, Target(values)), loss="squared")
    trained, _ = model.trained(view, limits=Limits(), seeds=Seeds(0), rounds=80)
    found = model.fit(view, limits=Limits(), seeds=Seeds(0), rounds=80).predict(table)
    np.testing.assert_allclose(found, catboost.raw_scores(trained, table), atol=1e-5)
    np.testing.assert_allclose(found[np.isinf(numbers[:, 0])], values[np.isinf(numbers[:, 0])], atol=0.5)


class Still:
    def now(self) -> float:
        return 0.0


def test_catboost_stops_while_there_is_time_to_read_its_trees():
    """With 0.02 s left by a clock that stands, and the sooner the more levels its statistics have."""
    rounds = []
    for levels in (4, 90):
        codes = np.random.default_rng(0).integers(0, levels, (400, 1)).astype(np.int32)
        numbers = np.arange(400, dtype=np.float32)[:, None] % 7
        table = Table.of(numeric=NumericBlock(numbers, ("x",)), codes=CodeBlock(codes, ("a",), (levels,)))
        view = replace(MemoryView.of(table, Target(numbers[:, 0] + codes[:, 0] % 2.0)), loss="squared")
        limits = Limits(deadline=Deadline(at=0.02, clock=Still()))
        found = models.get("catboost")(learning_rate=0.01).fit(view, limits=limits, seeds=Seeds(0))
        assert found.ended == "deadline"
        rounds.append(found.rounds_done)
    assert rounds[0] == 100 > rounds[1]


def test_tables_of_statistics_are_not_read_and_their_bytes_are_expected():
    table = tiny_table(n=300, plain=True)
    view = replace(MemoryView.of(table, tiny_target("binary", table)), loss="log_loss")
    model, _ = models.get("catboost")(one_hot_max_size=3).trained(view, limits=Limits(), seeds=Seeds(3), rounds=9)
    text = catboost._json(model)
    assert {*json.loads(text)} >= {"oblivious_trees", "features_info", "scale_and_bias"}
    assert b"ctr_data" not in text
    few, many = (
        models.get("catboost")().cost(replace(view.facts, n_rows=100_000, most_levels=levels)).bytes
        for levels in (10, 3000)
    )
    assert many - few > 200_000_000


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60))
def test_first_rows_of_positions_are_the_same_however_many_there_may_be(positions):
    position = np.array(positions)
    for found, want in zip(first_rows(position, 51), first_rows(position, 2**62), strict=True):
        np.testing.assert_array_equal(found, want)
