"""The factorisation machine finds products of levels that a sum of them cannot tell, and invents none."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.block.columns import CodeBlock
from assay.core.clock import Deadline, Limits
from assay.core.contract import State
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.metrics import registry as metrics
from assay.models.fm import FactorisationMachine, FieldCells, FittedMachine
from assay.models.linear import Linear
from assay.testing.memory_view import MemoryView
from assay.testing.models import small_view
from assay.testing.tables import PROBLEMS
from each import at_most

USERS, ITEMS = 40, 25


def coded(*columns, levels, numbers=None) -> Table:
    codes = np.stack(columns, axis=1).astype(np.int32)
    names = tuple(f"c{j}" for j in range(len(columns)))
    table = Table.of(codes=CodeBlock(codes, names, tuple(levels)))
    return table if numbers is None else table.with_numeric(numbers, tuple(f"x{j}" for j in range(numbers.shape[1])))


def tastes(n=2_400, *, problem="regression", seed=0) -> MemoryView:
    """Users and items with two hidden traits each; nothing but their product is in the target."""
    rng = np.random.default_rng(seed)
    user, item = rng.integers(0, USERS, n), rng.integers(0, ITEMS, n)
    liking = (rng.normal(size=(USERS, 2))[user] * rng.normal(size=(ITEMS, 2))[item]).sum(axis=1)
    liking = liking + 0.3 * rng.normal(size=n)
    target = {
        "regression": Target(liking),
        "binary": Target((liking > 0).astype(np.int32), 2),
        "multiclass": Target(np.digitize(liking, [-0.7, 0.7]).astype(np.int32), 3),
    }[problem]
    return MemoryView.of(coded(user, item, levels=(USERS, ITEMS)), target)


def fitted(view, *, limits=None, rounds=None, **params) -> FittedMachine:
    model = FactorisationMachine(**params)
    return model.fit(view, limits=limits or Limits(), seeds=Seeds(1), rounds=rounds)


def explained(view, answer) -> float:
    y = view.target("test").values
    return 1.0 - float(np.mean((y - answer) ** 2) / np.var(y))


def one_hot(view) -> MemoryView:
    rows = view.rows
    wide = np.concatenate([np.eye(levels)[rows.codes[:, j]] for j, levels in enumerate(rows.levels)], axis=1)
    names = tuple(f"x{j}" for j in range(wide.shape[1]))
    return MemoryView.of(Table.empty(rows.n_rows).with_numeric(wide, names), view.values)


def test_users_and_items_that_never_met_are_told_where_a_sum_tells_nothing():
    view = tastes()
    flat = one_hot(view)
    plain = Linear().fit(flat, limits=Limits(), seeds=Seeds(1))
    assert explained(view, plain.predict(flat.table("test"))) < 0.1
    assert explained(view, fitted(view).predict(view.table("test"))) > 0.8


@pytest.mark.parametrize(("problem", "metric", "least"), [("binary", "roc_auc", 0.9), ("multiclass", "accuracy", 0.65)])
def test_products_of_levels_tell_classes_apart(problem, metric, least):
    view = tastes(problem=problem)
    answer = fitted(view).predict(view.table("test"))
    shown = answer[:, 1] if problem == "binary" else answer.argmax(axis=1)
    assert metrics.get(metric)().score(view.target("test").values, shown) > least


def test_of_noise_hardly_anything_is_learned():
    view = tastes()
    lots = MemoryView.of(view.rows, Target(np.random.default_rng(3).normal(size=view.rows.n_rows)))
    assert explained(lots, fitted(lots).predict(lots.table("test"))) > -0.03


def test_a_number_has_a_slope_of_its_own_in_each_level():
    rng = np.random.default_rng(0)
    level, x = rng.integers(0, 4, 800), rng.normal(size=(800, 1))
    y = np.array([-2.0, 0.0, 1.0, 3.0])[level] * x[:, 0] + 0.1 * rng.normal(size=800)
    view = MemoryView.of(coded(level, levels=(4,), numbers=x), Target(y))
    assert explained(view, fitted(view).predict(view.table("test"))) > 0.95


def test_a_curve_of_a_number_is_found_and_its_missing_cells_are_a_level():
    rng = np.random.default_rng(0)
    x = rng.uniform(-3, 3, (900, 1))
    y = np.where(np.arange(900) % 3 == 0, 5.0, np.abs(x[:, 0]))
    x[::3] = np.nan
    view = MemoryView.of(Table.empty(900).with_numeric(x, ("x",)), Target(y))
    answer = fitted(view).predict(Table.empty(3).with_numeric(np.array([[np.nan], [0.0], [2.9]]), ("x",)))
    np.testing.assert_allclose(answer, [5.0, 0.0, 2.9], atol=0.6)


def met_once_and_often() -> MemoryView:
    """20 levels of 30 rows that differ by half as much as rows do, and one level of one row that lies far above."""
    rng = np.random.default_rng(0)
    level = np.append(np.repeat(np.arange(20), 30), 20)
    y = np.append(0.5 * rng.normal(size=20), 4.0)[level] + np.append(rng.normal(size=600), 0.0)
    return MemoryView.of(coded(level, levels=(21,)), Target(y), test_rows=np.arange(0))


def test_a_level_of_one_row_is_drawn_to_the_others_and_one_of_many_is_believed():
    view = met_once_and_often()
    answer = fitted(view).predict(coded(np.arange(21), levels=(21,)))
    y, level = view.values.values, view.rows.codes[:, 0]
    means = np.array([y[level == code].mean() for code in range(20)])
    np.testing.assert_allclose(answer[:20], means, atol=0.25)
    assert answer[20] < 0.6 * y.max()


def test_levels_never_met_and_missing_ones_add_nothing():
    view = met_once_and_often()
    unseen, missing = fitted(view).predict(coded(np.array([21, -1]), levels=(21,)))
    assert unseen == missing == pytest.approx(view.values.values.mean(), abs=0.1)


@given(seed=st.integers(0, 2**20), fields=st.integers(1, 4), factors=st.integers(1, 3))
@settings(max_examples=at_most(30), deadline=None)
def test_a_score_is_the_sum_of_weights_and_of_all_products_of_two(seed, fields, factors):
    rng = np.random.default_rng(seed)
    levels = rng.integers(1, 5, fields)
    cells = FieldCells(levels, np.zeros((0, 0)), np.zeros(0), np.ones(0))
    mean = rng.normal(size=(1, int((levels + 2).sum()), 1 + factors))
    one = FittedMachine(
        cells=cells, intercept=np.array([0.5]), mean=mean, present=np.zeros(0, dtype=np.int64), n_classes=0,
        values=np.array([0.0, 1.0, -np.inf, np.inf]), rounds=1, ended="rounds",
    )  # fmt: skip
    code = rng.integers(-1, levels + 1)
    parts = [mean[0, cells.first[j] + code[j] + 1] for j in range(fields)]
    expected = 0.5 + sum(p[0] for p in parts) + sum(float(a[1:] @ b[1:]) for a, b in combinations(parts, 2))
    answer = one.predict(coded(*code[:, None], levels=levels))
    np.testing.assert_allclose(answer, [expected], rtol=1e-9, atol=1e-9)


class Ticking:
    """A clock on which every look takes a second."""

    def __init__(self) -> None:
        self.looks = 0.0

    def now(self) -> float:
        self.looks += 1.0
        return self.looks


def test_a_deadline_in_the_second_sweep_ends_it_there_and_the_model_answers():
    view = tastes(400)
    one = fitted(view, limits=Limits(deadline=Deadline(at=4.0, clock=Ticking())))
    assert (one.ended, one.rounds) == ("deadline", 1)
    assert np.isfinite(one.predict(view.table("test"))).all()


def test_no_model_is_made_of_vectors_that_are_still_random():
    with pytest.raises(TimeoutError, match="first of 60 sweeps"):
        fitted(tastes(400), limits=Limits(deadline=Deadline(at=2.0, clock=Ticking())))


def test_told_its_sweeps_it_does_so_many():
    one = fitted(tastes(400), rounds=5)
    assert (one.rounds, one.rounds_done, one.ended) == (5, 5, "rounds")


def test_more_sweeps_than_it_takes_change_nothing_to_speak_of():
    view = tastes()
    one = fitted(view)
    assert one.ended == "converged"
    more = fitted(view, rounds=one.rounds + 30)
    table = view.table("test")
    assert explained(view, more.predict(table)) == pytest.approx(explained(view, one.predict(table)), abs=0.02)


def test_a_quantile_is_asked_of_the_residuals():
    view = replace(tastes(), loss="quantile", quantile=0.9)
    below = view.target("train").values <= fitted(view).predict(view.table("train"))
    assert below.mean() == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_answers_stay_within_what_was_seen(problem):
    view = small_view(problem)
    answer = fitted(view, rounds=8).predict(view.rows)
    low, high = (0.0, 1.0) if problem != "regression" else np.quantile(view.target("train").values, [0, 1])
    assert low <= answer.min() <= answer.max() <= high


@pytest.mark.parametrize("name", ["mean", "levels", "edges", "shift"])
def test_a_state_whose_arrays_do_not_fit_is_not_restored(name):
    state = fitted(small_view("binary"), rounds=2).state()
    arrays = {**state.arrays, name: np.asarray(state.arrays[name])[..., 1:, :] if name == "mean"
              else np.asarray(state.arrays[name])[1:]}  # fmt: skip
    with pytest.raises(ValueError, match="do not fit together"):
        FactorisationMachine.restore(State(state.name, state.meta, arrays))


def test_a_state_of_another_format_is_refused():
    state = fitted(small_view("binary"), rounds=2).state()
    with pytest.raises(ValueError, match="format 2"):
        FactorisationMachine.restore(State(state.name, {**state.meta, "format": 2}, state.arrays))
