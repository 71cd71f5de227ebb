"""Random forests and extra trees: trees told, trees afforded, and what their leaves say."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.clock import Deadline, Limits
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.models import registry
from assay.models.forest import ExtraTrees, RandomForest
from assay.testing.memory_view import MemoryView, facts_of
from assay.testing.tables import tiny_table, tiny_target

SEEDS = Seeds(5)


class TickingClock:
    """Moves on by a second whenever it is read."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        self.seconds += 1.0
        return self.seconds


def view_of(problem: str, n: int = 300) -> MemoryView:
    table = tiny_table(plain=True, n=n)
    return MemoryView.of(table, tiny_target(problem, table))


@pytest.mark.parametrize("family", [ExtraTrees, RandomForest])
def test_a_forest_beats_the_constant(family):
    view = view_of("regression")
    fitted = family(n_trees=60).fit(view, limits=Limits(), seeds=SEEDS)
    truth = view.target("test").values
    residual = truth - fitted.predict(view.table("test"))
    assert (residual**2).mean() < 0.8 * truth.var()


def test_a_deadline_leaves_the_trees_grown_so_far_and_says_so():
    fitted = ExtraTrees(n_trees=500).fit(
        view_of("binary"), limits=Limits(deadline=Deadline(30.0, TickingClock())), seeds=SEEDS
    )
    assert fitted.ended == "deadline"
    assert 0 < fitted.rounds_done < 500


def test_told_the_trees_of_a_cut_forest_it_grows_the_same_ones():
    view = view_of("multiclass")
    cut = ExtraTrees(n_trees=500).fit(view, limits=Limits(deadline=Deadline(30.0, TickingClock())), seeds=SEEDS)
    fixed_rounds = ExtraTrees(n_trees=500).fit(view, limits=Limits(), seeds=SEEDS, rounds=cut.rounds_done)
    assert np.array_equal(fixed_rounds.predict(view.table("test")), cut.predict(view.table("test")))


def test_a_first_step_that_cannot_end_in_time_is_refused():
    view = view_of("binary")
    with pytest.raises(TimeoutError, match="first trees"):
        RandomForest().fit(view, limits=Limits(deadline=Deadline(-100.0)), seeds=SEEDS)


def test_leaves_of_large_tables_hold_five_rows():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(14_000, 2)).astype(np.float32)
    table = Table.empty(len(X)).with_numeric(X, ("a", "b"))
    view = MemoryView.of(table, Target(rng.normal(size=len(X))))
    fitted = ExtraTrees(n_trees=1, min_leaf=1).fit(view, limits=Limits(), seeds=SEEDS)
    leaves = fitted.forest.leaves(view.table("train").numeric, 0)
    assert np.bincount(leaves).min() >= 5


@pytest.mark.parametrize("quantile", [0.1, 0.9])
def test_under_quantile_loss_about_that_share_of_new_rows_lies_below(quantile):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1_500, 2)).astype(np.float32)
    table = Table.empty(len(X)).with_numeric(X, ("a", "b"))
    view = replace(MemoryView.of(table, Target(X[:, 0] + rng.normal(size=len(X))), loss="quantile"), quantile=quantile)
    fitted = RandomForest(n_trees=40).fit(view, limits=Limits(), seeds=SEEDS)
    below = (view.target("test").values <= fitted.predict(view.table("test"))).mean()
    assert abs(below - quantile) < 0.08


def test_a_far_mean_costs_no_digits():
    view = view_of("regression")
    far = replace(view, values=Target(view.values.values + 1e9))
    near = ExtraTrees(n_trees=10).fit(view, limits=Limits(), seeds=SEEDS).predict(view.table("test"))
    moved = ExtraTrees(n_trees=10).fit(far, limits=Limits(), seeds=SEEDS).predict(view.table("test"))
    np.testing.assert_allclose(moved - 1e9, near, atol=1e-4)


def test_a_table_without_columns_gives_the_constant():
    view = MemoryView.of(Table.empty(40), tiny_target("binary", tiny_table(n=40)))
    assert ExtraTrees().fit(view, limits=Limits(), seeds=SEEDS).state().name == "constant"


def test_no_forest_is_proposed_above_100_000_rows():
    table = tiny_table()
    facts = replace(facts_of(table, tiny_target("binary", table)), n_rows=100_001)
    assert not registry.get("extra_trees").portfolio(facts)
    assert not registry.get("random_forest").portfolio(facts)
