"""Families over other families: what each learns that its parts cannot, and that its state holds all of it."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.block.columns import CodeBlock, NumericBlock
from assay.core.clock import Deadline, Limits
from assay.core.contract import Seeds, State, Step, Table, Target
from assay.core.errors import BundleError, UsageError
from assay.models import registry
from assay.models.output_codes import _words
from assay.testing.memory_view import MemoryView
from assay.testing.models import small_view

QUICK = (("max_rounds", 40), ("min_data", 5))


def view_of(X, y, *, n_classes=0, codes=None, levels=()):
    blocks = {"numeric": NumericBlock(np.float32(X), tuple(f"x{j}" for j in range(X.shape[1])))}
    if codes is not None:
        blocks["codes"] = CodeBlock(np.int32(codes), tuple(f"c{j}" for j in range(codes.shape[1])), levels)
    values = Target(np.int32(y), n_classes) if n_classes else Target(np.float64(y))
    return MemoryView.of(Table.of(**blocks), values)


def fitted(view, family, *, limits=None, rounds=None, **params):
    return registry.build(Step.of(family, **params)).fit(view, limits=limits or Limits(), seeds=Seeds(1), rounds=rounds)


def error(model, view):
    return float(np.mean((model.predict(view.table("test")) - view.target("test").values) ** 2))


def log_loss(model, view):
    p, y = model.predict(view.table("test")), view.target("test").values
    return float(-np.log(np.maximum(p[np.arange(len(y)), y], 1e-9)).mean())


def test_a_bag_errs_less_than_the_mean_of_its_parts():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 5))
    view = view_of(X, X[:, 0] * X[:, 1] + rng.normal(size=400))
    bag = fitted(view, "bag", settings=QUICK)
    assert len(bag.parts) == 5
    assert error(bag, view) < np.mean([error(part, view) for part in bag.parts.values()])


def test_parts_of_a_subspace_read_half_of_the_columns():
    view = small_view("binary")
    bag = fitted(view, "bag", settings=QUICK, columns=0.5, n=4)
    n = len(view.rows.numeric_names) + len(view.rows.code_names)
    sizes = {len(bag.numbers[name]) + len(bag.codes[name]) for name in bag.parts}
    assert sizes == {round(n / 2)}
    assert len({tuple(at) for at in bag.numbers.values()}) > 1


def test_a_trend_is_followed_beyond_the_rows():
    rng = np.random.default_rng(0)
    X = rng.uniform(0, 1, (300, 2))
    X[::4, 0] += 1.0  # the rows that are tested lie beyond
    view = view_of(X, 10 * X[:, 0] + np.sin(6 * X[:, 1]) + rng.normal(0, 0.1, 300))
    both, trees = fitted(view, "residual", settings=QUICK), fitted(view, "lightgbm", **dict(QUICK))
    assert error(both, view) < 0.05 * error(trees, view)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_trend_of_classes_is_added_on_the_log_odds(n_classes):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 4))
    score = X @ [2.0, -2.0, 1.0, 0.0] + (X[:, 3] > 0)
    y = np.digitize(score, [0.0, 1.5][: n_classes - 1])
    view = view_of(X, y, n_classes=n_classes)
    assert log_loss(fitted(view, "residual", settings=QUICK), view) < log_loss(
        fitted(view, "lightgbm", **dict(QUICK)), view
    )


def test_two_stages_tell_zeros_from_amounts():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 3))
    y = np.where(X[:, 0] > 0, 0.0, np.exp(1 + X[:, 1] + rng.normal(0, 0.1, 600)))
    view = view_of(X, y)
    model = fitted(view, "two_stage", settings=QUICK)
    assert model.common == 0.0
    assert set(model.parts) == {"first", "rest"}
    zero = view.target("test").values == 0
    assert np.median(model.predict(view.table("test"))[zero]) < 0.1 * y[y > 0].mean()
    assert set(fitted(view_of(X, X[:, 0]), "two_stage", settings=QUICK).parts) == {"rest"}


def test_segments_with_slopes_of_their_own_are_found_and_weigh():
    rng = np.random.default_rng(0)
    X, codes = rng.normal(size=(1200, 3)), rng.integers(0, 3, (1200, 2))
    slopes = np.array([[3.0, 0, 0], [0, 3.0, 0], [-3.0, 0, 3.0]])[codes[:, 1]]
    view = view_of(X, (X * slopes).sum(axis=1) + rng.normal(0, 0.3, 1200), codes=codes, levels=(3, 3))
    settings = (("leaves", 6), ("max_rounds", 80), ("min_data", 5))
    model = fitted(view, "segmented", settings=settings)
    assert model.segments.column == "c1"
    assert model.weights.min() >= 0.5
    assert error(model, view) < error(fitted(view, "lightgbm", **dict(settings)), view)


def test_segments_of_one_law_are_drawn_to_the_model_of_all_rows():
    rng = np.random.default_rng(0)
    X, codes = rng.normal(size=(800, 3)), rng.integers(0, 4, (800, 1))
    view = view_of(X, 2 * X[:, 0] + rng.normal(size=800), codes=codes, levels=(4,))
    assert fitted(view, "segmented", settings=QUICK, column="c0").weights.mean() < 0.5
    with pytest.raises(UsageError, match="There is no column 'town'"):
        fitted(view, "segmented", column="town")
    with pytest.raises(UsageError, match="makes no segments"):
        fitted(view_of(X, X[:, 0], codes=np.zeros((800, 1)), levels=(1,)), "segmented", column="c0")


def test_questions_of_order_tell_how_high_a_row_is():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 4))
    y = np.digitize(X[:, 0] + 0.3 * rng.normal(size=500), [-1.0, -0.3, 0.3, 1.0])
    view = view_of(X, y, n_classes=5)
    model = fitted(view, "ordinal", settings=QUICK)
    p, true = model.predict(view.table("test")), view.target("test").values
    assert np.abs(p @ np.arange(5) - true).mean() < 0.55
    bins = fitted(view_of(X, np.exp(2 * X[:, 0])), "ordinal", settings=QUICK)
    assert len(bins.answers) == 8
    assert (np.diff(bins.answers) > 0).all()


@pytest.mark.parametrize("k", [3, 5, 9, 20])
def test_code_words_differ_and_split_the_classes(k):
    words = _words("random", k, Seeds(0))
    assert len({tuple(word) for word in words.tolist()}) == k
    assert ((words.sum(axis=0) > 0) & (words.sum(axis=0) < k)).all()


@pytest.mark.parametrize("code", ["one_vs_rest", "random"])
def test_codes_learn_classes(code):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 3))
    y = 2 * (X[:, 0] > 0) + (X[:, 1] > 0) + 4 * (X[:, 2] > 1)
    view = view_of(X, np.unique(y, return_inverse=True)[1], n_classes=len(np.unique(y)))
    p = fitted(view, "output_codes", settings=QUICK, code=code).predict(view.table("test"))
    assert (p.argmax(axis=1) == view.target("test").values).mean() > 0.85


@pytest.mark.parametrize("loss", ["pairwise", "focal"])
def test_scores_order_rows_and_are_calibrated(loss):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1500, 4))
    y = rng.random(1500) < 1 / (1 + np.exp(2.5 - 2 * X[:, 0]))
    view = view_of(X, y, n_classes=2)
    p, true = fitted(view, "scored_trees", settings=QUICK, loss=loss).predict(view.table("test"))[:, 1], None
    true = view.target("test").values
    order = p[true == 1][:, None] > p[true == 0][None, :]
    assert order.mean() > 0.8
    assert abs(p.mean() - true.mean()) < 0.05


def test_trees_with_dropout_keep_every_round():
    view = small_view("regression")
    model = fitted(view, "dart", settings=(("learning_rate", 0.1),))
    assert model.parts["trees"].rounds == model.parts["trees"].rounds_done == 200
    assert model.rounds is None


FAMILIES = ("bag", "residual", "two_stage", "segmented", "ordinal", "output_codes", "scored_trees", "dart")


@pytest.mark.parametrize("family", FAMILIES)
def test_scored_rows_are_never_seen(family):
    view = small_view("multiclass")
    test = view.test_rows
    turned = np.array(view.values.values)
    turned[test] = turned[test][::-1]
    other = replace(view, values=Target(turned, view.values.n_classes, view.values.weight), design="turned")
    one, two = (fitted(v, family, settings=QUICK).predict(view.table("test")) for v in (view, other))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_replay_with_rounds_reads_no_clock(family):
    view, over = small_view("binary"), Limits(deadline=Deadline.after(-1.0))
    want = fitted(view, family, settings=QUICK).predict(view.table("test"))
    again = fitted(view, family, settings=QUICK, limits=over, rounds=1).predict(view.table("test"))
    np.testing.assert_array_equal(again, want)


def test_a_bag_may_hold_a_bag():
    view = small_view("regression")
    inner = (("base", "residual"), ("n", 2), ("settings", (("settings", QUICK),)))
    model = fitted(view, "bag", base="bag", settings=inner, n=2)
    again = registry.get("bag").restore(model.state())
    np.testing.assert_array_equal(again.predict(view.rows), model.predict(view.rows))


def test_code_of_a_person_is_no_part_of_another_model():
    with pytest.raises(UsageError, match="cannot be a part of another model"):
        fitted(small_view("binary"), "bag", base="code_model")
    state = fitted(small_view("binary"), "bag", settings=QUICK, n=2).state()
    parts = {**state.meta["parts"], "0": {"name": "code_model", "meta": {}}}
    with pytest.raises(BundleError, match="would run code"):
        registry.get("bag").restore(State("bag", {**state.meta, "parts": parts}, state.arrays))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_state_without_its_parts_is_refused(family):
    state = fitted(small_view("binary"), family, settings=QUICK).state()
    with pytest.raises(BundleError, match="holds no inner models"):
        registry.get(family).restore(State(family, {**state.meta, "parts": {}}, state.arrays))
