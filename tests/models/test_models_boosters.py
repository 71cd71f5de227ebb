"""LightGBM, XGBoost and CatBoost behind the one contract."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.block.columns import MISSING_CODE, CodeBlock, NumericBlock
from assay.core.clock import Deadline, Limits
from assay.core.contract import Fitted, Model
from assay.core.errors import BundleError, UsageError
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.models import registry as models
from assay.predictor.state_files import state_key
from assay.testing.memory_view import MemoryView
from assay.testing.tables import tiny_table, tiny_target

FAMILIES = ("lightgbm", "xgboost", "catboost")
PROBLEMS = ("binary", "multiclass", "regression")
SEEDS = Seeds(7)
TABLE = tiny_table(n=300, plain=True)
ROUNDS = 12

each_family = pytest.mark.parametrize("family", FAMILIES)
each_problem = pytest.mark.parametrize("problem", PROBLEMS)


def model_of(family: str) -> Model:
    return models.get(family)()


def view_of(problem: str, table: Table = TABLE, **fields: object) -> MemoryView:
    return replace(MemoryView.of(table, tiny_target(problem, table)), **fields)


def fit(family: str, view: MemoryView, rounds: int | None = ROUNDS, deadline: Deadline | None = None) -> Fitted:
    limits = Limits(deadline=deadline or Deadline())
    return model_of(family).fit(view, limits=limits, seeds=SEEDS, rounds=rounds)


def loss_of(view: MemoryView, fitted: Fitted, rounds: int | None = None) -> float:
    y, prediction = view.target("test").values, fitted.predict(view.table("test"), rounds=rounds)
    if view.problem.name == "regression":
        return float(np.mean((y - prediction) ** 2))
    return float(-np.mean(np.log(prediction[np.arange(len(y)), y])))


@each_family
@each_problem
def test_a_stopped_fit_beats_the_mean_and_gives_probabilities(family, problem):
    view = view_of(problem)
    fitted = fit(family, view, rounds=None)
    prediction = fitted.predict(view.table("test"))
    y, learned = view.target("test"), view.target("train")
    if problem == "regression":
        assert prediction.shape == (len(y),)
        plain = float(np.mean((y.values - learned.values.mean()) ** 2))
    else:
        assert prediction.shape == (len(y), y.n_classes)
        np.testing.assert_allclose(prediction.sum(axis=1), 1.0, rtol=1e-12)
        assert prediction.min() > 0
        shares = learned.one_hot().mean(axis=0)
        plain = float(-np.mean(np.log(shares[y.values])))
    assert prediction.dtype == np.float64
    assert loss_of(view, fitted) < 0.9 * plain


@each_family
@each_problem
def test_the_same_fit_twice_gives_the_same_answer(family, problem):
    first, second = (fit(family, view_of(problem), rounds=None) for _ in range(2))
    assert (first.rounds, first.rounds_done, first.ended) == (second.rounds, second.rounds_done, second.ended)
    np.testing.assert_array_equal(first.predict(TABLE), second.predict(TABLE))


@each_family
def test_another_seed_gives_another_model(family):
    view, model = view_of("binary"), replace(model_of(family), bagging=0.7)
    one, other = (model.fit(view, limits=Limits(), seeds=Seeds(seed), rounds=ROUNDS) for seed in (1, 2))
    assert not np.array_equal(one.predict(TABLE), other.predict(TABLE))


@each_family
@each_problem
def test_a_restored_state_predicts_the_same_bits(family, problem):
    fitted = fit(family, view_of(problem), rounds=None)
    state = fitted.state()
    restored = models.get(state.name).restore(state)
    assert (restored.rounds, restored.rounds_done, restored.ended) == (
        fitted.rounds,
        fitted.rounds_done,
        fitted.ended,
    )
    for rounds in (None, 1, fitted.rounds_done):
        np.testing.assert_array_equal(restored.predict(TABLE, rounds=rounds), fitted.predict(TABLE, rounds=rounds))


@each_family
@each_problem
def test_a_restored_model_predicts_in_silence(family, problem, capfd):
    view = view_of(problem)
    models.get(family).restore(fit(family, view).state()).predict(view.table("test"))
    assert capfd.readouterr() == ("", "")


@each_family
def test_a_state_that_is_not_whole_is_refused(family):
    state = fit(family, view_of("binary")).state()
    restore = models.get(family).restore
    with pytest.raises(BundleError, match="is no"):
        restore(replace(state, name="gam"))
    with pytest.raises(BundleError, match="'rounds'"):
        restore(replace(state, meta={**state.meta, "rounds": "many"}))
    with pytest.raises(BundleError, match="'tired'"):
        restore(replace(state, meta={**state.meta, "ended": "tired"}))


@each_family
@each_problem
def test_told_rounds_are_trained_exactly_and_without_a_clock(family, problem):
    fitted = fit(family, view_of(problem), rounds=ROUNDS, deadline=Deadline.after(-1.0))
    assert (fitted.rounds, fitted.rounds_done, fitted.ended) == (ROUNDS, ROUNDS, "rounds")


@each_family
@each_problem
def test_the_first_rounds_of_a_long_fit_are_a_short_fit(family, problem):
    view = view_of(problem)
    long, short = fit(family, view, rounds=20), fit(family, view, rounds=5)
    np.testing.assert_array_equal(long.predict(TABLE, rounds=5), short.predict(TABLE))
    assert not np.array_equal(long.predict(TABLE), short.predict(TABLE))


@each_family
@pytest.mark.parametrize("rounds", [0, ROUNDS + 1])
def test_rounds_that_were_not_trained_are_refused(family, rounds):
    with pytest.raises(UsageError, match=f"1 to {ROUNDS} are trained"):
        fit(family, view_of("binary")).predict(TABLE, rounds=rounds)


@each_family
def test_a_fit_of_no_rounds_is_refused(family):
    with pytest.raises(UsageError, match="at least 1"):
        fit(family, view_of("binary"), rounds=0)


@each_family
@each_problem
def test_a_deadline_in_the_past_leaves_a_model_of_one_round(family, problem):
    fitted = fit(family, view_of(problem), rounds=None, deadline=Deadline.after(-1.0))
    assert (fitted.rounds, fitted.rounds_done, fitted.ended) == (1, 1, "deadline")
    assert np.isfinite(fitted.predict(TABLE)).all()


@each_family
def test_a_stopped_fit_keeps_every_round_and_knows_the_best(family):
    view = view_of("regression")
    fitted = fit(family, view, rounds=None)
    assert fitted.ended == "converged"
    assert fitted.rounds < fitted.rounds_done
    losses = [loss_of(view, fitted, rounds) for rounds in range(1, fitted.rounds_done + 1)]
    assert int(np.argmin(losses)) + 1 == fitted.rounds
    assert not np.array_equal(fitted.predict(TABLE), fitted.predict(TABLE, rounds=fitted.rounds_done))


@each_family
def test_test_labels_stop_a_fit_and_never_teach_it(family):
    view = view_of("regression")
    values = view.values.values.copy()
    values[view.test_rows] = values[view.test_rows][::-1]
    shuffled = replace(view, values=Target(values))
    one, other = fit(family, view, rounds=None), fit(family, shuffled, rounds=None)
    shared = min(one.rounds_done, other.rounds_done)
    np.testing.assert_array_equal(one.predict(TABLE, rounds=shared), other.predict(TABLE, rounds=shared))


@each_family
def test_without_test_rows_the_expected_rounds_are_trained(family):
    everything = np.arange(TABLE.n_rows)
    view = view_of("regression", train_rows=everything, test_rows=everything[:0])
    model = replace(model_of(family), learning_rate=0.2)
    fitted = model.fit(view, limits=Limits(), seeds=SEEDS)
    assert (fitted.rounds, fitted.rounds_done, fitted.ended) == (30, 30, "rounds")


@each_family
def test_the_cap_on_rounds_ends_a_fit(family):
    model = replace(model_of(family), max_rounds=3)
    fitted = model.fit(view_of("binary"), limits=Limits(), seeds=SEEDS)
    assert (fitted.rounds_done, fitted.ended) == (3, "rounds")


@each_family
@pytest.mark.parametrize("design", ["design", None])
def test_weights_decide_between_rows_that_disagree(family, design):
    x, values = np.arange(400)[:, None] // 2 % 3, np.arange(400) % 2
    table = Table.of(numeric=NumericBlock(x.astype(np.float32), ("x",)))
    view = MemoryView.of(table, Target(values.astype(np.int32), 2, np.where(values == 1, 9.0, 1.0)), design=design)
    assert fit(family, view, rounds=30).predict(table)[:, 1].mean() == pytest.approx(0.9, abs=0.05)


@each_family
@each_problem
def test_a_row_alone_is_predicted_as_in_a_batch(family, problem):
    fitted = fit(family, view_of(problem))
    together = fitted.predict(TABLE)
    for i in range(0, TABLE.n_rows, 13):
        np.testing.assert_array_equal(fitted.predict(TABLE.take(np.array([i]))), together[i : i + 1])
    assert len(fitted.predict(TABLE.take(np.arange(0)))) == 0


@each_family
@pytest.mark.parametrize("code", [MISSING_CODE, 4])
def test_a_missing_or_rare_level_has_an_effect_of_its_own(family, code):
    """Levels 0 to 3 behave alike; the missing cells (-1) and the rare ones (4) do not."""
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 4, (600, 1)).astype(np.int32)
    codes[rng.random(600) < 0.2] = code
    y = np.where(codes[:, 0] == code, 5.0, 0.0) + rng.normal(0, 0.1, 600)
    table = Table.of(codes=CodeBlock(codes, ("c",), (4,)))
    fitted = fit(family, MemoryView.of(table, Target(y)), rounds=80)
    known = table.take(np.arange(5)).with_cells(codes=np.array([[0], [1], [2], [3], [code]], np.int32))
    prediction = fitted.predict(known)
    assert prediction[:4] == pytest.approx(0.0, abs=0.6)
    assert prediction[4] == pytest.approx(5.0, abs=0.6)


@each_family
def test_a_level_no_training_row_had_is_predicted(family):
    codes = np.random.default_rng(5).integers(0, 4, (200, 1)).astype(np.int32)
    table = Table.of(codes=CodeBlock(codes, ("c",), (4,)))
    fitted = fit(family, MemoryView.of(table, Target(codes[:, 0] * 1.0)))
    strange = table.take(np.arange(2)).with_cells(codes=np.array([[4], [MISSING_CODE]], np.int32))
    prediction = fitted.predict(strange)
    assert ((prediction >= 0) & (prediction <= 3)).all()


@each_family
@pytest.mark.parametrize("design", ["design", None])
def test_the_loss_that_stops_a_fit_is_that_of_its_predictions(family, design):
    """Levels met only in the test rows must not fall into another level's bin while the fit is watched."""
    rng = np.random.default_rng(11)
    codes = rng.integers(0, 12, (400, 2)).astype(np.int32)
    y = np.sin(2.0 * codes[:, 0]) + 0.3 * np.cos(codes[:, 1]) + rng.normal(0, 0.2, 400)
    table = Table.of(codes=CodeBlock(codes, ("a", "b"), (12, 12)))
    test = np.flatnonzero((codes[:, 0] >= 9) | (np.arange(400) % 5 == 0))
    view = MemoryView.of(table, Target(y), test_rows=test, design=design)
    fitted = fit(family, view, rounds=None)
    losses = [loss_of(view, fitted, rounds) for rounds in range(1, fitted.rounds_done + 1)]
    assert int(np.argmin(losses)) + 1 == fitted.rounds


@each_family
@each_problem
def test_rows_binned_once_give_the_model_of_rows_binned_for_it(family, problem):
    everything = np.arange(TABLE.n_rows)
    shared = view_of(problem, train_rows=everything, test_rows=everything[:0])
    own = replace(shared, design=None)
    np.testing.assert_array_equal(fit(family, shared).predict(TABLE), fit(family, own).predict(TABLE))


def test_folds_and_targets_share_one_binned_file():
    first = view_of("binary")
    again = replace(first, test_rows=first.train_rows[:50], train_rows=first.train_rows[50:])
    other = replace(first, values=tiny_target("regression", TABLE), loss="squared", kept={})
    for view in (first, again, other):
        fit("lightgbm", view)
    assert len(list(first.folder.path.iterdir())) == 1


def test_rows_in_any_order_keep_their_own_target():
    view = view_of("regression")
    shuffled = replace(view, train_rows=np.random.default_rng(0).permutation(view.train_rows))
    np.testing.assert_array_equal(fit("lightgbm", view).predict(TABLE), fit("lightgbm", shuffled).predict(TABLE))


@each_family
def test_a_class_no_training_row_has_keeps_a_small_probability(family):
    view = view_of("multiclass")
    rows = view.train_rows[view.target("train").values != 2]
    prediction = fit(family, replace(view, train_rows=rows), rounds=60).predict(TABLE)
    assert prediction.shape == (TABLE.n_rows, 4)
    assert prediction[:, 2].max() < 0.01
    assert prediction[:, 2].min() > 0


@each_family
@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_fold_of_one_class_is_learned(family, n_classes):
    view = MemoryView.of(TABLE, Target(np.ones(TABLE.n_rows, np.int32), n_classes))
    assert fit(family, view, rounds=40).predict(TABLE)[:, 1].min() > 0.8


@each_family
def test_a_target_of_one_value_is_learned(family):
    view = MemoryView.of(TABLE, Target(np.full(TABLE.n_rows, 3.5)))
    assert fit(family, view, rounds=None).predict(TABLE) == pytest.approx(3.5)


@each_family
@pytest.mark.parametrize(
    ("loss", "quantile", "least", "most"), [("absolute", 0.5, 0.4, 0.6), ("quantile", 0.9, 0.8, 1)]
)
def test_the_loss_decides_what_is_predicted(family, loss, quantile, least, most):
    rng = np.random.default_rng(2)
    table = Table.of(numeric=NumericBlock(rng.normal(size=(800, 1)).astype(np.float32), ("x",)))
    y = rng.exponential(10.0, 800)
    view = replace(MemoryView.of(table, Target(y)), loss=loss, quantile=quantile)
    below = float(np.mean(y[view.test_rows] <= fit(family, view, rounds=60).predict(view.table("test"))))
    assert least <= below <= most


@each_family
def test_columns_no_tree_can_read_are_named(family):
    table = tiny_table(n=40)
    with pytest.raises(UsageError, match="'joined' is still a date"):
        fit(family, view_of("binary", table))
    with pytest.raises(UsageError, match="no column to learn from"):
        fit(family, MemoryView.of(Table.empty(40), Target(np.arange(40.0))))
    with pytest.raises(UsageError, match="log loss"):
        fit(family, replace(view_of("binary"), loss="squared"))
    with pytest.raises(UsageError, match="log loss"):
        fit(family, replace(view_of("regression"), loss="log_loss"))


@each_family
@each_problem
def test_equal_fits_are_equal_byte_for_byte(family, problem):
    one, other = fit(family, view_of(problem)).state(), fit(family, view_of(problem)).state()
    assert state_key(one) == state_key(other)
    assert one.meta == other.meta
