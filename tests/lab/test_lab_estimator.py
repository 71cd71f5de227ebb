"""AutoClassifier and AutoRegressor as scikit-learn and a person at a prompt see them."""

import copy
import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import estimator_checks_generator

from assay.core.clock import Budget
from assay.core.errors import AssayError, DataError, DataWarning, LabError, LeakWarning, TaskError, UsageError
from assay.core.event import Event, Scored, Understood
from assay.lab.arguments import is_tiny
from assay.lab.estimator import AutoClassifier, AutoRegressor
from assay.lab.lab import Lab

N = 120
WHY = "a row of weight 2 is not two rows: rows are dealt to folds, and repeated ones stay in one fold"
EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": WHY,
    "check_sample_weight_equivalence_on_sparse_data": WHY,
}


def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({
        "amount": rng.normal(size=N), "colour": rng.choice(["red", "blue", None], N),
        "day": pd.date_range("2024-01-01", periods=N), "shop": np.repeat(np.arange(N // 10), 10),
    })  # fmt: skip


def signal_of(X: pd.DataFrame) -> np.ndarray:
    return (X.amount + (X.colour == "red")).to_numpy()


def classifier(**arguments: object) -> AutoClassifier:
    return AutoClassifier(time_limit=1, **arguments)


@pytest.fixture(scope="module")
def X() -> pd.DataFrame:
    return table()


@pytest.fixture(scope="module")
def y(X: pd.DataFrame) -> np.ndarray:
    return np.where(signal_of(X) > 0.5, "yes", "no")


@pytest.fixture(scope="module")
def fitted(X: pd.DataFrame, y: np.ndarray) -> AutoClassifier:
    return classifier().fit(X, y)


# -- scikit-learn's contract ---------------------------------------------------------------------------------------


def checks() -> list[object]:
    found = []
    for estimator in (AutoClassifier(time_limit=1), AutoRegressor(time_limit=1)):
        generated = estimator_checks_generator(
            estimator, legacy=True, expected_failed_checks=EXPECTED_FAILURES, mark="xfail"
        )
        found += list(generated)
    return found


def name_of(item: object) -> str | None:
    named = getattr(item, "func", item)
    return getattr(named, "__name__", None) or type(item).__name__


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("estimator", "check"), checks(), ids=name_of)
def test_the_estimators_keep_scikit_learns_contract(estimator, check):
    check(estimator)


def test_parameters_are_kept_as_given_and_shown_in_the_repr():
    model = AutoClassifier(time_limit="60s", lab="bank.lab", random_state=0)
    assert repr(model) == "AutoClassifier(lab='bank.lab', random_state=0, time_limit='60s')"
    assert clone(model).get_params() == model.get_params()


def test_the_estimator_works_inside_cross_validation(X, y):
    assert cross_val_score(classifier(), X, y, cv=2).min() > 0.7


# -- what may be handed in -----------------------------------------------------------------------------------------


def test_frames_arrays_and_lists_of_the_same_cells_give_the_same_answers(X, y):
    numbers = X[["amount", "shop"]]
    answers = [
        classifier().fit(given, y).predict_proba(given)
        for given in (numbers.to_numpy(), numbers.to_numpy().tolist(), sparse.csr_matrix(numbers.to_numpy()))
    ]
    for other in answers[1:]:
        np.testing.assert_allclose(other, answers[0], rtol=1e-7)


def test_mixed_columns_are_understood_in_frames_of_any_library_and_in_object_arrays(X, y):
    polars = pytest.importorskip("polars")
    for given in (X, polars.from_pandas(X), X.to_numpy(dtype=object)):
        assert classifier().fit(given, y).score(given, y) > 0.9


def test_columns_without_names_are_called_by_their_position(X, y):
    model = classifier().fit(X[["amount", "shop"]].to_numpy(), y)
    assert model.predictor_.schema.names[:2] == ("x0", "x1")
    assert not hasattr(model, "feature_names_in_")


def test_a_frame_must_have_the_columns_of_the_fit(fitted, X):
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(X[X.columns[::-1]])


def test_a_row_is_answered_alike_alone_and_among_many(fitted, X):
    whole = fitted.predict_proba(X)
    alone = np.vstack([fitted.predict_proba(X.iloc[[i]]) for i in range(0, N, 20)])
    np.testing.assert_allclose(alone, whole[::20], rtol=1e-7)


def test_rows_cut_from_a_frame_that_was_seen_are_looked_at_as_any_others(fitted, X):
    seen = fitted.predict_proba(X.iloc[:5])  # the look at its columns is not repeated for what shares them
    np.testing.assert_array_equal(fitted.predict_proba(X.iloc[:5]), seen)
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(X.iloc[:5].rename(columns={"amount": "sum"}))
    with pytest.raises(ValueError, match="minimum of 1"):
        fitted.predict(X.iloc[:0])
    with pytest.raises(DataError, match="Complex data"):
        fitted.predict(X.iloc[:5].assign(amount=1j))
    np.testing.assert_array_equal(fitted.predict_proba(X.iloc[:5]), seen)


def test_a_sparse_matrix_too_large_to_be_dense_is_refused_with_a_way_out():
    wide = sparse.csr_matrix((6000, 6000))
    with pytest.raises(TypeError, match="TruncatedSVD"):
        AutoRegressor(time_limit=1).fit(wide, np.arange(6000.0))


@pytest.mark.parametrize("change", [lambda X: X.assign(z=1j), lambda X: X[["amount"]].to_numpy() * 1j])
def test_complex_numbers_are_refused(X, y, change):
    with pytest.raises(ValueError, match="Complex data not supported"):
        classifier().fit(change(X), y)


def test_two_columns_of_one_name_are_refused(X, y):
    with pytest.raises(DataError, match="two columns named 'amount'"):
        classifier().fit(pd.concat([X, X[["amount"]]], axis=1), y)


def test_the_frame_handed_in_is_not_changed(y):
    X = table()
    before = X.copy()
    classifier().fit(X, y, sample_weight=np.arange(N))
    pd.testing.assert_frame_equal(X, before)


# -- the target ----------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:y has .* as different classes:assay.core.errors.DataWarning")
@pytest.mark.parametrize(
    "labels", [("no", "yes"), (False, True), (1, 2), (1.0, 2.0), ("A", "a"), ("NA", "b"), (" a", "a"), ("n", "no")]
)
def test_labels_come_back_as_they_were_whatever_they_are_called(X, labels):
    y = np.array(labels)[(signal_of(X) > 0.5).astype(int)]
    model = classifier().fit(X, y)
    assert model.classes_.tolist() == sorted(labels)
    assert model.predict(X).dtype == model.classes_.dtype
    assert model.score(X, y) > 0.9
    assert np.array_equal(model.classes_[model.predict_proba(X).argmax(axis=1)], model.predict(X))


def test_the_columns_of_predict_proba_follow_classes(X):
    y = np.digitize(signal_of(X), [0, 1])[:, None].ravel()
    named = np.array(["middle", "zero", "above"])[y]
    model = classifier().fit(X, named)
    assert model.classes_.tolist() == ["above", "middle", "zero"]
    p = model.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert all(p[named == label, k].mean() > 0.6 for k, label in enumerate(model.classes_))


def test_one_class_is_refused_in_these_words(X):
    with pytest.raises(TaskError, match="one class only, a"):
        classifier().fit(X, ["a"] * N)


@pytest.mark.parametrize("gap", [None, np.nan, pd.NA])
def test_a_missing_target_is_refused(X, y, gap):
    with pytest.raises(ValueError, match="Input y contains NaN"):
        classifier().fit(X, pd.Series([gap, *y[1:]], dtype=object))
    with pytest.raises(ValueError, match="NaN"):
        AutoRegressor(time_limit=1).fit(X, pd.Series([np.nan, *range(1, N)]))


def test_labels_of_several_types_are_refused(X):
    with pytest.raises(DataError, match="types int and str"):
        classifier().fit(X, pd.Series([1, "a"] * (N // 2), dtype=object))


def test_whole_numbers_kept_as_objects_are_labels(X):
    y = pd.Series((signal_of(X) > 0.5).astype(int), dtype=object)
    assert classifier().fit(X, y).classes_.tolist() == [0, 1]


def test_a_target_named_like_a_column_of_x_gets_another_name(X, y):
    assert classifier().fit(X, pd.Series(y, name="shop")).lab_.task.target == "shop_"


def test_rows_of_weight_zero_are_left_out_and_equal_weights_are_none(X, y):
    weight = np.r_[np.zeros(20), np.full(N - 20, 2.0)]
    weighted = classifier().fit(X, y, sample_weight=weight)
    assert weighted.lab_.task.n_rows == N - 20
    even = classifier().fit(X, y, sample_weight=np.full(N, 3.0)).predict_proba(X)
    np.testing.assert_allclose(even, classifier().fit(X, y).predict_proba(X))


# -- the arguments -------------------------------------------------------------------------------------------------


def test_a_tiny_fit_reads_no_clock_so_it_gives_the_same_model_twice(X, y, fitted):
    np.testing.assert_array_equal(classifier().fit(X, y).predict_proba(X), fitted.predict_proba(X))


@pytest.mark.parametrize(
    ("seconds", "rows", "columns", "tiny"),
    [(2, 20_000, 10, True), (2, 20_001, 10, False), (2.1, 300, 10, True), (5, 300, 9999, True), (5, 301, 2, False),
     (5.1, 10, 2, False)],
)  # fmt: skip
def test_what_counts_as_a_tiny_budget(seconds, rows, columns, tiny):
    assert is_tiny(Budget(seconds=seconds), n_rows=rows, n_columns=columns) is tiny
    assert not is_tiny(Budget(seconds=seconds, experiments=3), n_rows=rows, n_columns=columns)


def test_a_tiny_budget_tries_the_small_portfolio_without_the_families_left_out(X, y):
    assert set(classifier().fit(X, y).leaderboard_.family) >= {"linear", "lightgbm"}
    found = AutoClassifier(time_limit=3, without="lightgbm").fit(X, y)
    assert {"linear", "extra_trees"} <= set(found.leaderboard_.family)
    assert "lightgbm" not in set(found.leaderboard_.family)


def test_the_options_of_a_task_reach_it(X, y):
    assert "12 groups" in classifier(group="shop").fit(X, y).lab_.task.split_reason
    assert classifier(order_by="day").fit(X, y).lab_.task.split_kind == "time"
    model = classifier(drop=["amount"], kinds={"shop": "category"}, positive="no", metric="f1").fit(X, y)
    schema = model.predictor_.schema
    assert (schema["amount"].kind, schema["shop"].kind) == ("dropped", "category")
    assert (model.predictor_.classes, model.predictor_.metric) == (("yes", "no"), "f1")
    assert model.classes_.tolist() == ["no", "yes"]


def test_the_random_state_may_be_a_number_or_a_generator(X, y):
    seeds = [7, np.int64(7), np.random.RandomState(0), np.random.default_rng(0), None]
    found = [classifier(random_state=seed).fit(X, y).lab_.task.seed for seed in seeds]
    assert found[:2] == [7, 7]
    assert found[-1] == 0
    assert len(set(found)) == 4


def test_a_function_may_be_the_metric_and_the_lab_knows_it_again(X, y):
    model = classifier(metric=cohen_kappa_score).fit(X[:60], y[:60])
    assert model.expected_.metric == "cohen_kappa_score"
    assert model.lab_.metric.name == "cohen_kappa_score"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"time_limit": "soon"}, r"time_limit 'soon' is not a duration"),
        ({"time_limit": 0}, r"time_limit='60s'"),
        ({"time_limit": [1]}, r"time_limit=\[1\] is no time"),
        ({"random_state": "a"}, "random_state='a' is no seed"),
        ({"without": "lightbm"}, "without='lightbm'"),
        ({"n_jobs": -2}, "n_jobs='2'"),
        ({"drop": "amont"}, 'no column "amont"'),
        ({"metric": "accurcy"}, "Near: accuracy"),
        ({"positive": "maybe"}, 'never is "maybe"'),
        ({"max_size": "large"}, "max_size 'large' is not a size"),
    ],
)
def test_a_wrong_argument_is_named_as_an_argument(X, y, arguments, says):
    with pytest.raises(AssayError, match=says) as raised:
        AutoClassifier(**{"time_limit": 1, **arguments}).fit(X, y)
    assert "--" not in str(raised.value)


# -- what is learnt ------------------------------------------------------------------------------------------------


def test_everything_learnt_is_at_hand_after_the_fit(fitted, X, y):
    assert fitted.n_features_in_ == 4
    assert fitted.feature_names_in_.tolist() == list(X.columns)
    assert fitted.expected_.origin == "corrected"
    assert fitted.leaderboard_["rank"].tolist()[0] == 1
    assert len(fitted.leaderboard_) == len(fitted.lab_)
    assert fitted.predictor_.predict(X).tolist() == fitted.predict(X).tolist()


def test_nothing_can_be_asked_before_the_fit(X):
    with pytest.raises(NotFittedError):
        classifier().predict(X)
    assert not hasattr(classifier(), "lab_")


def test_the_notebook_page_is_small_has_no_script_and_says_what_to_expect(fitted):
    page = fitted._repr_html_()
    assert fitted.expected_.text in page
    assert len(page) < 20_000
    assert "<script" not in page
    assert fitted._repr_mimebundle_()["text/plain"] == repr(fitted)
    assert "expect" not in classifier()._repr_html_()


def test_a_temporary_lab_goes_with_the_last_who_looks_at_it(X, y):
    model = classifier().fit(X, y)
    folder, lab = model.lab_.path, model.lab_
    del model
    gc.collect()
    assert lab.record(1).number == 1
    del lab
    gc.collect()
    assert not folder.parent.exists()


def test_a_failed_fit_leaves_no_folder_behind(X, y, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(UsageError):
        classifier(drop="nothing of this name").fit(X, y)
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_a_temporary_lab_is_removed_when_the_process_ends(tmp_path):
    code = (
        "import numpy as np\nfrom assay import AutoRegressor\n"
        "X = np.random.default_rng(0).normal(size=(60, 2))\n"
        "model = AutoRegressor(time_limit=1).fit(X, X.sum(axis=1))\nprint(model.lab_.path)"
    )
    env = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert str(tmp_path) in done.stdout
    assert not Path(done.stdout.strip()).exists()
    assert done.stderr == ""


def test_a_pickle_answers_alike_where_the_lab_is_gone_and_says_so(X, y):
    model = classifier().fit(X, y)
    expected, body = model.predict_proba(X), pickle.dumps(model)
    del model
    gc.collect()
    loaded = pickle.loads(body)
    np.testing.assert_array_equal(loaded.predict_proba(X), expected)
    assert loaded.expected_ is not None
    assert not hasattr(loaded, "lab_")
    with pytest.raises(LabError, match="a pickle carries the predictor, not the lab"):
        _ = loaded.lab_


def test_a_copy_does_not_take_the_lab_along(fitted, X):
    other = copy.deepcopy(fitted)
    folder = fitted.lab_.path
    del other
    gc.collect()
    assert folder.exists()


def test_a_lab_that_was_named_stays_and_is_gone_on_with(X, y, tmp_path):
    model = classifier(lab=tmp_path / "shop").fit(X, y)
    assert (tmp_path / "shop.lab" / "brief.html").is_file()
    experiments = len(Lab.open(tmp_path / "shop.lab"))
    again = clone(model).fit(X, y)
    assert len(again.lab_) == experiments
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_a_lab_of_another_question_is_replaced_only_by_force(X, y, tmp_path):
    classifier(lab=tmp_path / "shop").fit(X, y)
    with pytest.raises(LabError):
        classifier(lab=tmp_path / "shop").fit(X, np.where(X.amount > 0, "p", "q"))
    forced = classifier(lab=tmp_path / "shop", force=True).fit(X, np.where(X.amount > 0, "p", "q"))
    assert set(forced.lab_.task.classes) == {"p", "q"}


# -- what is said --------------------------------------------------------------------------------------------------


def test_a_leak_is_a_warning_with_its_code_and_the_argument_that_settles_it(X, y):
    leaking = X.assign(**{"the answer": np.where(y == "yes", "P", "Q")})
    with pytest.warns(LeakWarning, match="keep='the answer'") as caught:
        classifier().fit(leaking, y)
    (warning,) = caught
    assert warning.message.code == "leak/equals-target"
    assert warning.message.column == "the answer"
    assert warning.filename == __file__


def test_other_notices_are_data_warnings_and_ordinary_filters_silence_them(X, y):
    with pytest.warns(DataWarning, match="few rows"):
        classifier().fit(X[:30], y[:30])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", DataWarning)
        classifier().fit(X[:30], y[:30])


def test_a_listener_hears_every_event_and_a_script_sees_nothing(X, y, capfd):
    heard: list[Event] = []
    classifier(progress=heard.append).fit(X, y)
    assert isinstance(heard[0], Understood)
    assert sum(isinstance(event, Scored) for event in heard) == 2
    classifier().fit(X, y)
    assert capfd.readouterr() == ("", "")


def test_progress_is_told_on_stderr_when_asked_for(X, y, capsys):
    classifier(progress=True).fit(X, y)
    said = capsys.readouterr()
    assert said.out == ""
    assert "kept #1" in said.err


@pytest.mark.skipif(signal.getsignal(signal.SIGINT) is not signal.default_int_handler, reason="SIGINT is not ours")
def test_one_ctrl_c_keeps_the_best_so_far(X, y):
    def stop(event: Event) -> None:
        if isinstance(event, Scored) and event.number == 1:
            os.kill(os.getpid(), signal.SIGINT)

    model = classifier(progress=stop).fit(X, y)
    assert model.lab_.summary().stopped_by == "interrupt"
    assert model.lab_.summary().experiments == 1
    assert model.score(X, y) > 0.8
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_fit_works_in_another_thread(X, y):
    model = classifier()
    thread = threading.Thread(target=model.fit, args=(X, y))
    thread.start()
    thread.join()
    assert model.score(X, y) > 0.9


@pytest.mark.slow
def test_an_exact_search_in_worker_processes_gives_the_same_model_twice(X, y):
    answers = [AutoClassifier(experiments=4, n_jobs=jobs).fit(X, y).predict_proba(X) for jobs in (1, 2)]
    np.testing.assert_array_equal(answers[0], answers[1])


@pytest.mark.parametrize("argument", ["group", "order_by"])
def test_values_given_for_the_name_of_a_column_are_refused_with_what_to_write(X, y, argument):
    with pytest.raises(UsageError, match=rf"X\.assign\({argument}=values\)"):
        classifier(**{argument: np.arange(N)}).fit(X, y)


def test_labels_that_differ_in_case_or_blanks_are_classes_and_warned_of(X, y):
    written = np.where(np.arange(N) % 2, np.char.add(y, " "), y)
    with pytest.warns(DataWarning, match="'yes' and 'yes '"):
        found = classifier().fit(X, written)
    assert len(found.classes_) == 4
