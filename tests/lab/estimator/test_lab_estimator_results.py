"""What AutoClassifier and AutoRegressor know after a fit, and what they say while it runs."""

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
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from assay.core.errors import DataWarning, LabError, LeakWarning, UsageError
from assay.core.event import Event, Scored, Understood
from assay.estimator.estimator import AutoClassifier
from assay.lab.lab import Lab
from assay.lab.python_progress import in_python

N = 120

# -- what is learnt ------------------------------------------------------------------------------------------------


def test_everything_learnt_is_at_hand_after_the_fit(fitted, X, y):
    assert fitted.n_features_in_ == 4
    assert fitted.feature_names_in_.tolist() == list(X.columns)
    assert fitted.expected_.origin == "corrected"
    assert fitted.leaderboard_["rank"].tolist()[0] == 1
    assert len(fitted.leaderboard_) == len(fitted.lab_)
    assert fitted.predictor_.predict(X).tolist() == fitted.predict(X).tolist()


def test_nothing_can_be_asked_before_the_fit(X, classifier):
    with pytest.raises(NotFittedError):
        classifier().predict(X)
    assert not hasattr(classifier(), "lab_")


def test_the_notebook_page_is_small_has_no_script_and_says_what_to_expect(fitted, classifier):
    page = fitted._repr_html_()
    assert fitted.expected_.text in page
    assert len(page) < 20_000
    assert "<script" not in page
    assert fitted._repr_mimebundle_()["text/plain"] == repr(fitted)
    assert "expect" not in classifier()._repr_html_()


def test_a_temporary_lab_goes_with_the_last_who_looks_at_it(X, y, classifier):
    model = classifier().fit(X, y)
    folder, lab = model.lab_.path, model.lab_
    del model
    gc.collect()
    assert lab.record(1).number == 1
    del lab
    gc.collect()
    assert not folder.parent.exists()


def test_a_failed_fit_leaves_no_folder_behind(X, y, tmp_path, monkeypatch, classifier):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(UsageError):
        classifier(drop="nothing of this name").fit(X, y)
    gc.collect()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_temporary_lab_is_removed_when_the_process_ends(tmp_path):
    code = (
        "import numpy as np\nfrom assay import AutoRegressor\n"
        "X = np.random.default_rng(0).normal(size=(60, 2))\n"
        "model = AutoRegressor(time_limit=1, families='linear').fit(X, X.sum(axis=1))\nprint(model.lab_.path)"
    )
    env = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert str(tmp_path) in done.stdout
    assert not Path(done.stdout.strip()).exists()
    assert done.stderr == ""


def test_a_pickle_answers_alike_where_the_lab_is_gone_and_says_so(X, y, classifier):
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


def test_a_lab_that_was_named_stays_and_is_gone_on_with(X, y, tmp_path, classifier):
    model = classifier(lab=tmp_path / "shop").fit(X, y)
    assert (tmp_path / "shop" / "brief.html").is_file()
    experiments = len(Lab.open(tmp_path / "shop"))
    again = clone(model).fit(X, y)
    assert len(again.lab_) == experiments
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


@pytest.mark.slow
def test_a_lab_of_another_question_is_replaced_only_by_force(X, y, tmp_path, classifier):
    classifier(lab=tmp_path / "shop").fit(X, y)
    with pytest.raises(LabError):
        classifier(lab=tmp_path / "shop").fit(X, np.where(X.amount > 0, "p", "q"))
    forced = classifier(lab=tmp_path / "shop", force=True).fit(X, np.where(X.amount > 0, "p", "q"))
    assert set(forced.lab_.task.classes) == {"p", "q"}


# -- what is said --------------------------------------------------------------------------------------------------


def test_a_leak_is_a_warning_with_its_code_and_the_argument_that_settles_it(X, y, classifier):
    leaking = X.assign(**{"the answer": np.where(y == "yes", "P", "Q")})
    with pytest.warns(LeakWarning, match="keep='the answer'") as caught:
        classifier().fit(leaking, y)
    (warning,) = caught
    assert warning.message.code == "leak/equals-target"
    assert warning.message.column == "the answer"
    assert warning.filename == __file__


@pytest.mark.slow
def test_other_notices_are_data_warnings_and_ordinary_filters_silence_them(X, y, classifier):
    with pytest.warns(DataWarning, match="few rows"):
        classifier().fit(X[:30], y[:30])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", DataWarning)
        classifier().fit(X[:30], y[:30])


def test_odd_rows_are_told_of_once_a_fit_at_the_line_that_asked(X, y, classifier):
    from sklearn.inspection import permutation_importance

    model = classifier().fit(X, y)
    name = X.columns[0]
    odd = X.assign(**{name: X[name].astype(object)})
    odd.loc[odd.index[:5], name] = "many"
    with pytest.warns(DataWarning, match="no numbers") as caught:
        permutation_importance(model, odd, y, n_repeats=3, random_state=0)
    model.predict_proba(odd)  # a second warning would be an error
    assert [warning.filename for warning in caught] == [__file__]


def test_advice_for_one_column_is_an_argument_as_python_has_it():
    assert in_python("--kind zip=category") == "kinds={'zip': 'category'}"
    assert in_python("name it with --group, or leave out --raw ties") == "name it with group, or leave out raw='ties'"


@pytest.mark.slow
def test_a_listener_hears_every_event_and_a_script_sees_nothing(X, y, capfd, classifier):
    heard: list[Event] = []
    classifier(families=None, progress=heard.append).fit(X, y)
    assert isinstance(heard[0], Understood)
    assert sum(isinstance(event, Scored) for event in heard) == 2
    classifier().fit(X, y)
    assert capfd.readouterr() == ("", "")


def test_progress_is_told_on_stderr_when_asked_for(X, y, capsys, classifier):
    classifier(progress=True).fit(X, y)
    said = capsys.readouterr()
    assert said.out == ""
    assert "kept #1" in said.err


@pytest.mark.skipif(signal.getsignal(signal.SIGINT) is not signal.default_int_handler, reason="SIGINT is not ours")
def test_one_ctrl_c_keeps_the_best_so_far(X, y, classifier):
    def stop(event: Event) -> None:
        if isinstance(event, Scored) and event.number == 1:
            os.kill(os.getpid(), signal.SIGINT)

    model = classifier(families=None, progress=stop).fit(X, y)
    assert model.lab_.summary().stopped_by == "interrupt"
    assert model.lab_.summary().experiments == 1
    assert model.score(X, y) > 0.8
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_fit_works_in_another_thread(X, y, classifier):
    model = classifier()
    thread = threading.Thread(target=model.fit, args=(X, y))
    thread.start()
    thread.join()
    assert model.score(X, y) > 0.9


@pytest.mark.slow
def test_an_exact_search_in_worker_processes_gives_the_same_model_twice(X, y):
    asked = {"experiments": 3, "families": ["linear", "lightgbm"]}
    answers = [AutoClassifier(n_jobs=jobs, **asked).fit(X, y).predict_proba(X) for jobs in (1, 2)]
    np.testing.assert_array_equal(answers[0], answers[1])


@pytest.mark.parametrize("argument", ["group", "order_by"])
def test_values_given_for_the_name_of_a_column_are_refused_with_what_to_write(X, y, argument, classifier):
    with pytest.raises(UsageError, match=rf"X\.assign\({argument}=values\)"):
        classifier(**{argument: np.arange(N)}).fit(X, y)


def test_labels_that_differ_in_case_or_blanks_are_classes_and_warned_of(X, y, classifier):
    written = np.where(np.arange(N) % 2, np.char.add(y, " "), y)
    with pytest.warns(DataWarning, match="'yes' and 'yes '"):
        found = classifier().fit(X, written)
    assert len(found.classes_) == 4


@pytest.mark.slow
def test_the_likeliest_classes_are_in_the_type_of_y():
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 4, 120)
    model = AutoClassifier(time_limit=1).fit(rng.normal(kind, 0.5)[:, None], np.array([30, 7, 100, 20])[kind])
    named, shares = model.predict_top(np.arange(4.0)[:, None], 2)
    assert named[:, 0].tolist() == model.predict(np.arange(4.0)[:, None]).tolist() == [30, 7, 100, 20]
    order = np.argsort(-model.predict_proba(np.arange(4.0)[:, None]), axis=1)[:, :2]
    assert (named == model.classes_[order]).all()
    assert (np.diff(shares) <= 0).all()


@pytest.mark.slow
def test_the_likeliest_of_two_classes_are_refused_with_what_to_ask():
    rows = np.random.default_rng(0).normal(size=(120, 1))
    model = AutoClassifier(time_limit=1).fit(rows, np.where(rows[:, 0] > 0, "up", "down"))
    with pytest.raises(UsageError, match="has two classes"):
        model.predict_top(rows)
