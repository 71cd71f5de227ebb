"""Models over inner folds learn nothing from rows that belong to those they are judged on."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.block.columns import NumericBlock
from assay.core.clock import Limits
from assay.core.contract import Seeds, Step, Table, Target
from assay.core.row_ties import RowTies
from assay.models import registry
from assay.models.composite import fit_held, inner_view, out_of_fold
from assay.models.network import HELD_MOST, _held
from assay.models.realmlp import network_data
from assay.testing.memory_view import MemoryView
from assay.testing.models import small_view

GROUPS, ROWS = 30, 12
QUICK = (("max_rounds", 200), ("min_data", 3))


def view_of_groups(n_classes=0, *, ties=True, seed=0):
    """Groups with an effect of their own and columns that name them: nothing holds for a new group."""
    rng = np.random.default_rng(seed)
    units = np.repeat(np.arange(GROUPS), ROWS)
    X = np.concatenate([np.eye(GROUPS)[units], rng.normal(size=(GROUPS, 3))[units]], axis=1)
    y = 2.0 * rng.normal(size=GROUPS)[units] + rng.normal(size=len(units))
    names = tuple(f"x{j}" for j in range(X.shape[1]))
    y = (y > np.median(y)).astype(np.int32) if n_classes else y
    target = Target(y, n_classes, ties=RowTies(units=units) if ties else None)
    view = MemoryView.of(Table.of(numeric=NumericBlock(np.float32(X), names)), target)
    return replace(view, train_rows=np.arange(len(y)), test_rows=np.arange(0))


def built(family, **params):
    return registry.build(Step.of(family, **params))


def test_a_trend_of_other_groups_says_nothing_of_a_group():
    explained = {}
    for ties in (True, False):
        view = view_of_groups(ties=ties)
        inner = inner_view(view, view.table("train"), view.target("train"))
        out, told, _ = out_of_fold(built("linear"), inner, limits=Limits(), seeds=Seeds(0))
        y = view.target("train").values
        assert len(told) == len(y)
        explained[ties] = 1 - ((y - out) ** 2).mean() / y.var()
    assert explained[False] > 0.6, "other rows of its group tell a row"
    assert explained[True] < 0.05


def test_held_out_groups_stop_a_booster_early():
    rounds = {}
    for ties in (True, False):
        view = view_of_groups(ties=ties)
        inner = inner_view(view, view.table("train"), view.target("train"))
        model = built("lightgbm", **dict(QUICK))
        rounds[ties] = fit_held(model, inner, limits=Limits(), seeds=Seeds(0)).fitted.rounds
    assert rounds[True] <= rounds[False] / 3


@pytest.mark.parametrize(("n_classes", "params"), [(0, {}), (2, {}), (0, {"penalty": "elastic"})])
def test_a_linear_model_is_as_strict_as_new_groups_ask_for(n_classes, params):
    sizes = {}
    for ties in (True, False):
        view = view_of_groups(n_classes, ties=ties)
        found = built("linear", **params).fit(view, limits=Limits(), seeds=Seeds(0))
        sizes[ties] = float(np.abs(found.coef).sum())
    assert sizes[True] < 0.6 * sizes[False]


def test_a_forecast_is_judged_by_later_rows():
    """A slow drift that no column tells: rows beside a row tell it, earlier rows do not."""
    n = 400
    moments = np.arange(n, dtype=np.float64)
    y = np.sin(moments / 12) + 0.1 * np.random.default_rng(0).normal(size=n)
    table = Table.of(numeric=NumericBlock(np.float32(moments[:, None]), ("when",)))
    error = {}
    for ties in (RowTies(moments=moments), None):
        view = MemoryView.of(table, Target(y, ties=ties))
        view = replace(view, train_rows=np.arange(n), test_rows=np.arange(0))
        inner = inner_view(view, table, view.values)
        out, told, _ = out_of_fold(built("lightgbm", max_rounds=50), inner, limits=Limits(), seeds=Seeds(0))
        assert told.min() > 0 or ties is None, "nothing is earlier than the oldest rows"
        error[ties is not None] = ((y - out)[told] ** 2).mean() / y.var()
    assert error[False] < 0.2
    assert error[True] > 0.8


FAMILIES = (
    "bag", "residual", "two_stage", "segmented", "ordinal", "output_codes", "scored_trees", "linear", "linear_svm",
    "svm", "rules", "tree", "formula",
)  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", ["groups", "time", "both"])
def test_every_family_on_inner_folds_fits_rows_that_are_tied(family, kind):
    view = small_view("multiclass")
    n, rng = len(view.values), np.random.default_rng(0)
    units, moments = rng.integers(0, 15, n), rng.integers(0, 30, n).astype(np.float64)
    moments = np.sort(moments) if kind == "time" else moments  # the usual order of rows: the first row judges nothing
    ties = RowTies(units=None if kind == "time" else units, moments=None if kind == "groups" else moments)
    view = replace(view, values=replace(view.values, ties=ties))
    settings = {"settings": (("max_rounds", 10), ("min_data", 5))} if FAMILIES.index(family) < 7 else {}
    if family == "formula":
        settings = {"population": 40, "generations": 3}
    found = built(family, **settings).fit(view, limits=Limits(), seeds=Seeds(0)).predict(view.table("test"))
    assert np.isfinite(found).all()
    assert np.allclose(found.sum(axis=1), 1)


def test_the_epoch_of_a_network_is_chosen_by_groups_that_taught_none():
    view = view_of_groups()
    target = view.target("train")
    data, _, _ = network_data(np.zeros((len(target), 1), dtype=np.float32), target, view, Seeds(0))
    rows, held = _held(data)
    assert len(held) >= 20
    assert len(rows) + len(held) == len(target)
    assert not set(target.ties.units[rows]) & set(target.ties.units[held])


@pytest.mark.parametrize("kind", ["groups", "time"])
def test_of_many_rows_all_that_do_not_choose_the_epoch_of_a_network_teach_it(kind):
    n = 25 * HELD_MOST
    ties = RowTies(units=np.arange(n) // 50) if kind == "groups" else RowTies(moments=np.arange(n, dtype=np.float64))
    X, target = np.zeros((n, 1), dtype=np.float32), Target(np.arange(n) % 7.0, ties=ties)
    view = MemoryView.of(Table.of(numeric=NumericBlock(X, ("x",))), target)
    data, _, _ = network_data(X, target, view, Seeds(0))
    rows, held = _held(data)
    assert len(rows) + len(held) == n
    assert HELD_MOST / 2 <= len(held) <= 1.05 * HELD_MOST


def test_guessed_targets_teach_a_network_as_no_later_fit_would_learn_them():
    n, n_guessed = 400, 100
    X = np.zeros((n + n_guessed, 1), dtype=np.float32)
    target = Target(np.arange(n + n_guessed) % 7.0, ties=RowTies().with_guesses(n, n_guessed))
    view = MemoryView.of(Table.of(numeric=NumericBlock(X, ("x",))), target)
    data, _, _ = network_data(X, target, view, Seeds(0))
    rows, held = _held(data)
    assert set(range(n, n + n_guessed)) <= set(rows.tolist())
    assert held.max() < n, "and they judge nothing"
