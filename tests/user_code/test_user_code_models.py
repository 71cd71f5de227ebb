"""Models and corrections by a person's functions: what they are given, and what is made of their answers."""

import numpy as np
import pytest

from assay.core.clock import Deadline, Limits
from assay.core.contract import Seeds, Target
from assay.core.errors import BundleError, CodeError
from assay.core.schema import Schema
from assay.models.code_model import CodeModel
from assay.models.code_post import CodePost
from assay.pipeline.states import read_states, write_states
from assay.testing.memory_view import MemoryView
from assay.testing.tables import PROBLEMS, only, tiny_table, tiny_target
from assay.user_code.access import CodeAccess, may_run
from assay.user_code.runners import TrustedRunner
from assay.user_code.source import CodeSource
from each import each
from user_code.tried_functions import fitted_model

RIDGE = """
import numpy as np

def with_one(X):
    return np.column_stack([np.ones(len(X)), np.nan_to_num(X)])

def fit(X, y, weight, n_classes):
    A, wanted = with_one(X), (np.eye(n_classes)[y] if n_classes else y[:, None])
    W = A.T * weight
    return {"w": np.linalg.solve(W @ A + np.eye(A.shape[1]), W @ wanted), "n_classes": n_classes}

def predict(state, X):
    made = with_one(X) @ state["w"]
    if not state["n_classes"]:
        return made[:, 0]
    made = np.clip(made, 0.001, None)
    return made / made.sum(axis=1, keepdims=True)
"""
OWN = TrustedRunner()
N = 120


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_model_answers_as_models_do_and_comes_back_from_disk(problem, sandboxed, tmp_path):
    fitted = fitted_model(RIDGE, sandboxed, problem=problem, n=N)
    table = tiny_table(3, 20, plain=True)
    made = fitted.predict(table)
    assert made.shape == {"binary": (20, 2), "multiclass": (20, 4), "regression": (20,)}[problem]
    assert made.dtype == np.float64
    assert problem == "regression" or np.allclose(made.sum(axis=1), 1.0, atol=1e-12)
    write_states(tmp_path / "model.state", [fitted.state()])
    again = may_run(CodeModel.restore(read_states(tmp_path / "model.state")[0]), CodeAccess(runner=sandboxed))
    assert again.predict(table).tobytes() == made.tobytes()
    assert again.effort() == fitted.effort()


@pytest.mark.parametrize("problem", PROBLEMS)
def test_no_rows_are_answered_without_asking(problem):
    fitted = CodeModel.restore(fitted_model(RIDGE, OWN, problem=problem).state())  # nobody runs its functions
    none = fitted.predict(tiny_table(plain=True).take(np.arange(0)))
    assert none.shape == {"binary": (0, 2), "multiclass": (0, 4), "regression": (0,)}[problem]
    with pytest.raises(CodeError, match="allow_code=True"):
        fitted.predict(tiny_table(plain=True))


def test_of_two_classes_one_number_a_row_is_the_probability_of_the_second():
    text = (
        "def fit(X, y):\n    return {'p': float(y.mean())}\ndef predict(state, X):\n    return [state['p']] * len(X)\n"
    )
    made = fitted_model(text, OWN).predict(tiny_table(plain=True, n=3))
    assert made[:, 1].tolist() == [made[0, 1]] * 3
    assert made.sum(axis=1).tolist() == [1.0] * 3
    one = "def fit(X, y):\n    return {}\ndef predict(state, X):\n    return X[:, 1:2]\n"
    assert fitted_model(one, OWN, problem="regression").predict(tiny_table(plain=True, n=3)).shape == (3,)


def test_a_fit_is_given_what_it_asks_for():
    text = """
def fit(X, y, columns, seed, weight, n_classes):
    return {"X": list(X.shape), "y": y.tolist(), "columns": columns, "seed": seed, "w": weight.tolist(), "k": n_classes}

def predict(state, X):
    return [0.5] * len(X)
"""
    fitted = fitted_model(text, OWN, n=40)
    assert fitted.learned["X"] == [30, 7]
    assert set(fitted.learned["y"]) == {0, 1}
    assert fitted.learned["columns"] == dict.fromkeys(
        ("age", "fare", "parcels", "noise", "member", "grade", "city"), "number"
    )
    assert fitted.learned["seed"] == Seeds(7).number
    assert fitted.learned["w"] == [1.0] * 30
    assert fitted.learned["k"] == 2


def test_weights_of_rows_reach_the_fit():
    table = tiny_table(n=N, plain=True)
    target = tiny_target("regression", table)
    made = [
        _fitted(RIDGE, MemoryView.of(table, Target(target.values, 0, weight))).predict(table)
        for weight in (None, np.where(target.values > 100, 50.0, 1.0))
    ]
    assert made[1].mean() > made[0].mean() + 1


def _fitted(text, view, limits=None):
    source = CodeSource("made", text)
    model = CodeModel(source.digest, "made").with_code(CodeAccess(runner=OWN, known=(source,)))
    return model.fit(view, limits=limits or Limits(), seeds=Seeds(0))


def test_a_call_has_the_time_and_memory_that_its_fit_has_left():
    asked = []

    class Watching(TrustedRunner):
        def call(self, source, function, arguments, *, limits):
            asked.append((function, limits.wall_seconds, limits.memory_bytes))
            return OWN.call(source, function, arguments, limits=limits)

    source = CodeSource("made", RIDGE)
    model = CodeModel(source.digest, "made").with_code(CodeAccess(runner=Watching(), known=(source,)))
    table = tiny_table(n=N, plain=True)
    view = MemoryView.of(table, tiny_target("binary", table))
    model.fit(view, limits=Limits(deadline=Deadline.after(30), memory_bytes=2**28), seeds=Seeds(0))
    assert {memory for _, _, memory in asked} == {2**28}
    assert all(29 < seconds <= 30 for _, seconds, _ in asked)
    assert [seconds for _, seconds, _ in asked] == sorted((seconds for _, seconds, _ in asked), reverse=True)
    asked.clear()
    model.fit(view, limits=Limits(deadline=Deadline.after(-5)), seeds=Seeds(0))
    assert {seconds for _, seconds, _ in asked} == {1.0}
    asked.clear()
    model.fit(view, limits=Limits(), seeds=Seeds(0))
    assert {seconds for _, seconds, _ in asked} == {600.0}


@each("key", ["n_classes", "n_columns"])
@each("value", [-1, True, "2", None, 1.5])
def test_a_damaged_state_is_refused(key, value):
    state = fitted_model(RIDGE, OWN).state()
    state.meta[key] = value
    with pytest.raises(BundleError, match=repr(key)):
        CodeModel.restore(state)


# -- corrections of predictions ---------------------------------------------------------------------------------

SHIFT = """
def fit(X, y, columns):
    return {"names": list(X), "columns": columns}

def predict(state, X):
    return X["prediction"]
"""


def stacked(problem, names):
    """A view whose table holds predictions of experiments, on the scale that models read them on."""
    table = only(tiny_table(n=N), "numeric", "codes")
    target = tiny_target(problem, table)
    stored = np.random.default_rng(0).normal(size=(N, len(names)))
    return MemoryView.of(table.with_numeric(stored, names), target), stored.astype(np.float32).astype(np.float64)


def post(text, view, runner=OWN):
    source = CodeSource("made", text)
    placed = CodePost(source.digest, "made").knowing(Schema(columns=()))
    return placed.with_code(CodeAccess(runner=runner, known=(source,))).fit(view, limits=Limits(), seeds=Seeds(0))


def test_the_predictions_of_one_experiment_come_as_they_are_and_by_the_word(sandboxed):
    view, stored = stacked("regression", ("#7",))
    fitted = post(SHIFT, view, sandboxed)
    assert fitted.learned["names"][0] == "prediction"
    assert {"#7", "age", "member"} <= set(fitted.learned["names"])
    assert fitted.learned["columns"]["prediction"] == "number"
    assert fitted.learned["columns"]["member"] == "category"
    np.testing.assert_allclose(fitted.predict(view.rows), stored[:, 0])


def test_predictions_of_two_classes_come_as_probabilities():
    view, stored = stacked("binary", ("#7",))
    fitted = post(SHIFT, view)
    np.testing.assert_allclose(fitted.predict(view.rows)[:, 1], 1 / (1 + np.exp(-stored[:, 0])), rtol=1e-12)


def test_predictions_of_more_classes_come_class_by_class():
    view, _ = stacked("multiclass", ("#7:0", "#7:1", "#7:2", "#7:3"))
    logs = view.rows.numeric[:, -4:] - np.log(np.exp(view.rows.numeric[:, -4:]).sum(axis=1, keepdims=True))
    rows = view.rows.with_cells(numeric=np.concatenate([view.rows.numeric[:, :-4], logs], axis=1))
    text = """
import numpy as np

def fit(X, y, n_classes):
    return {"names": [f"#7:{k}" for k in range(n_classes)]}

def predict(state, X):
    return np.column_stack([X[name] for name in state["names"]])
"""
    fitted = post(text, MemoryView.of(rows, view.values))
    np.testing.assert_allclose(fitted.predict(rows), np.exp(logs), rtol=1e-4)


def test_only_the_predictions_that_a_text_names_are_given():
    view, _ = stacked("regression", ("#7", "#12"))
    text = "def fit(X, y):\n    return {}\ndef predict(state, X):\n    return X['#12'] / 2 + X['fare'] * 0\n"
    assert [column.name for column in post(text, view).columns] == ["fare", "#12"]
    with pytest.raises(CodeError, match="no column 'prediction'"):
        post(SHIFT, view)


def test_no_rows_have_no_correction_and_the_state_comes_back(tmp_path):
    view, _ = stacked("binary", ("#7",))
    fitted = post(SHIFT, view)
    assert fitted.predict(view.rows.take(np.arange(0))).shape == (0, 2)
    write_states(tmp_path / "post.state", [fitted.state()])
    again = may_run(CodePost.restore(read_states(tmp_path / "post.state")[0]), CodeAccess(runner=OWN))
    assert again.predict(view.rows).tobytes() == fitted.predict(view.rows).tobytes()


@pytest.mark.parametrize(("answer", "reason"), [
    ("X['prediction'] - X['prediction'].mean()", "code/other-rows"), ("X['age']", "code/missing"),
    ("X['prediction'][:3]", "code/shape"), ("X['prediction'] / 0", "code/infinite"), ("X['member']", "code/not-arrays"),
])  # fmt: skip
def test_a_faulty_correction_is_refused(answer, reason):
    view, _ = stacked("regression", ("#7",))
    with pytest.raises(CodeError) as caught:
        post(SHIFT.replace('X["prediction"]', answer), view)
    assert caught.value.reason == reason
    assert caught.value.message.startswith("made.py: predict ")
