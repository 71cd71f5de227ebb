"""Functions of people in a lab: added, tried, judged, replayed, audited; what waits, and what ships."""

import copy
import os
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay import AutoClassifier
from assay.core.errors import BundleError, CodeError, DataWarning, UsageError
from assay.lab.lab import Lab
from assay.predictor.predictor import Predictor
from assay.user_code.access import FOLDER
from assay.user_code.runners import SandboxRunner
from lab.sessions_by_hand import LAB, go_on, lab

STEP = """
import numpy as np

def fit(X, y, columns, seed):
    cities = sorted({city for city in X["city"] if city is not None})
    return {"cities": cities, "rates": np.array([np.mean(y[X["city"] == city]) for city in cities])}

def transform(state, X):
    rates = dict(zip(state["cities"], state["rates"]))
    return {"rate": np.array([rates.get(city, np.nan) for city in X["city"]])}
"""
MODEL = """
import numpy as np

def fit(X, y, columns, seed):
    A = np.column_stack([np.ones(len(X)), X])
    return {"w": np.linalg.solve(A.T @ A + np.eye(A.shape[1]), A.T @ (2.0 * y - 1.0))}

def predict(state, X):
    score = np.column_stack([np.ones(len(X)), X]) @ state["w"]
    return 1.0 / (1.0 + np.exp(-2.0 * score))
"""
POST = """
import numpy as np

def fit(X, y, columns, seed):
    return {"shift": float(np.mean(y) - np.mean(X["prediction"]))}

def predict(state, X):
    return np.clip(X["prediction"] + state["shift"], 0.0, 1.0)
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """No list of this machine's user says who is trusted."""
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def written(text: str, name: str = "rate.py") -> Path:
    file = Path(name)
    file.write_text(text)
    return file


def by_hand(opened: Lab):
    return [one for one in opened.experiments if one.by == "human"]


@pytest.mark.slow
def test_a_step_is_an_experiment_like_any_other(made):
    made(experiments=5)
    sent = lab().add(written(STEP))
    assert sent.answer.ended == "acted on"
    go_on(7)
    opened = lab()
    (one,) = by_hand(opened)
    result = opened.entry(one.number).result
    assert result.failure is None
    assert result.score is not None
    assert one.adds == one.recipe.steps[:1]
    assert one.parents
    (digest,) = opened.state.steering.code
    assert opened.state.steering.code[digest].kind == "step"
    assert opened.ledger.bytes(digest, check=True).decode() == STEP
    assert opened.code(one.number).startswith("# rate.py, SHA-256 ")
    assert opened.audit().ok
    again = opened.replay(one.number)
    assert [found.same for found in again.experiments] == [True]


@pytest.mark.slow
def test_a_model_and_a_correction_of_predictions_are_scored_out_of_fold(made):
    made(experiments=5)
    lab().add(written(MODEL, "line.py"))
    lab().add(written(POST, "shift.py"), on=0)
    go_on(8)
    opened = lab()
    model, post = by_hand(opened)
    assert model.recipe.model.name == "code_model"
    assert post.recipe.on == post.parents
    for one in (model, post):
        assert opened.entry(one.number).result.failure is None
        assert opened.entry(one.number).result.complete
    assert opened.entry(model.number).result.score > 0.6
    assert opened.audit().ok


@pytest.mark.slow
def test_what_ships_holds_no_code_unless_that_was_asked_for(made):
    made(experiments=3, families=frozenset({"linear"}))
    lab().add(written(MODEL, "line.py"))
    go_on(5)
    opened = lab()
    (one,) = by_hand(opened)
    assert one.number not in opened.state.model.blend.numbers
    Predictor.load(LAB / "model")


@pytest.mark.slow
def test_a_model_with_code_is_marked_refused_and_answers_where_it_is_allowed(made, monkeypatch):
    made(experiments=2, families=frozenset({"naive_bayes"}))
    lab().add(written(MODEL, "line.py"))
    go_on(4, changes=(("ship_code", True),))
    opened = lab()
    (one,) = by_hand(opened)
    assert one.number in opened.state.model.blend.numbers
    assert [w.code for w in opened.summary().warnings if w.code.startswith("model/with")] == ["model/with-code"]
    with pytest.raises(BundleError, match=r"contains code: line\.py"):
        Predictor.load(LAB / "model")
    rows = pd.read_csv("shop.csv").drop(columns="bought")
    allowed = Predictor.load(LAB / "model", allow_code=True)
    with pytest.raises(BundleError, match="contains code"):
        Predictor.from_bytes(allowed.to_bytes())
    held = opened.predictor()
    np.testing.assert_allclose(allowed.predict_proba(rows), held.predict_proba(rows), rtol=1e-9)
    np.testing.assert_allclose(allowed.predict_proba(rows[3:4]), allowed.predict_proba(rows)[3:4], rtol=1e-9)
    assert len(allowed.predict(rows[:0])) == 0
    assert opened.audit().ok


@pytest.mark.slow
def test_a_function_that_fails_in_one_fold_is_a_failed_experiment_with_its_line(made):
    made(experiments=3)
    text = "def transform(X):\n    if len(X) == 30:\n        raise ValueError('fold')\n    return X['age'] * 2.0\n"
    lab().add(written(text, "late.py"))
    go_on(6)
    opened = lab()
    (one,) = by_hand(opened)
    failure = opened.entry(one.number).result.failure
    assert failure.kind == "error"
    assert "late.py, line 3, in transform: ValueError: fold" in failure.message
    assert opened.state.proposed == 6
    assert opened.state.model is not None


@pytest.mark.parametrize(("text", "reason"), [
    ("import os\ndef transform(X):\n    return X['age']\n", "code/import"),
    ("def transform(X):\n    return X['age'][:-1]\n", "code/shape"),
    ("def transform(X):\n    return X['age'] - X['age'].mean()\n", "code/other-rows"),
    ("def transform(X):\n    return X['bought']\n", "code/asks-for-target"),
    ("CONTRACT = 0\ndef transform(X):\n    return X['age']\n", "code/contract"),
    ("def transform(X):\n    return 1\ndef transform(X):\n    return X['age']\n", "code/defined-twice"),
])  # fmt: skip
def test_what_is_wrong_is_said_before_anything_is_sent(made, text, reason):
    made(experiments=1)
    with pytest.raises(CodeError) as caught:
        lab().add(written(text))
    assert caught.value.reason == reason
    assert lab().state.steering.messages == {}


def test_columns_that_are_not_there_are_named_with_what_is_near(made):
    made(experiments=1)
    with pytest.raises(UsageError, match="agee") as caught:
        lab().add(written("def transform(X):\n    return X['agee']\n"))
    assert caught.value.nearest == ("age",)


def test_a_file_of_ten_megabytes_is_refused_unread(made):
    made(experiments=1)
    file = written("x = 1\n" * 1_700_000)
    with pytest.raises(CodeError) as caught:
        lab().add(file)
    assert caught.value.reason == "code/too-long"


@pytest.mark.slow
def test_a_changed_file_is_another_step_and_both_stand(made):
    made(experiments=2)
    lab().add(written("def transform(X):\n    return X['age'] * 2.0\n", "twice.py"))
    lab().add(written("def transform(X):\n    return X['age'] * 3.0\n", "twice.py"))
    opened = lab()
    assert [known.name for known in opened.state.steering.code.values()] == ["twice", "twice"]
    assert len(opened.state.steering.queue) == 2
    again = opened.add("twice.py")
    assert again.answer.ended == "refused"
    assert "waits already" in again.answer.why


def test_a_function_of_python_is_added_with_the_modules_that_it_uses(made, here):
    made(experiments=2)
    Path("own.py").write_text("import numpy as np\n\n\ndef old(X):\n    return np.log1p(X['age'])\n")
    import importlib.util

    spec = importlib.util.spec_from_file_location("own", here / "own.py")
    own = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(own)
    assert lab().add(own.old).answer.ended == "acted on"
    with pytest.raises(UsageError, match="lambda"):
        lab().add(lambda X: X["age"])


def test_an_expression_is_added_without_any_code(made):
    made(experiments=2)
    assert lab().add(expression="age - mean(age, by=city)").answer.ended == "acted on"
    go_on(4)
    opened = lab()
    (one,) = by_hand(opened)
    assert opened.entry(one.number).result.failure is None
    assert opened.state.steering.code == {}


@pytest.mark.slow
def test_without_a_sandbox_recipes_with_code_wait_and_the_rest_goes_on(made, monkeypatch):
    made(experiments=2)
    lab().add(written(STEP))
    with monkeypatch.context() as elsewhere:
        elsewhere.delattr(os, "fork")  # a system that cannot fork
        go_on(4)
        waiting = lab()
        assert by_hand(waiting) == []
        assert waiting.state.proposed == 4
        assert waiting.state.steering.sandbox.waits
        with pytest.raises(CodeError) as caught:
            waiting.add(written(MODEL, "line.py"))
        assert caught.value.reason == "code/no-sandbox"
    go_on(5)
    opened = lab()
    (one,) = by_hand(opened)
    assert opened.entry(one.number).result.failure is None


@pytest.mark.slow
def test_trust_is_of_a_user_on_a_machine_and_not_of_the_lab(made, monkeypatch, tmp_path):
    made(experiments=2)
    text = "import os\n\ndef transform(X):\n    return X['age'] * len(os.sep)\n"
    with pytest.raises(CodeError, match="os"):
        lab().add(written(text))
    assert lab().add("rate.py", trust=True).answer.ended == "acted on"
    go_on(4)
    opened = lab()
    (one,) = by_hand(opened)
    assert opened.entry(one.number).result.failure is None
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "of-another"))
    go_on(5)
    with pytest.raises(CodeError, match="os"):
        lab().add("rate.py", to=1)


@pytest.mark.slow
def test_a_source_that_was_changed_on_disk_is_found_and_not_run(made):
    made(experiments=2)
    lab().add(written(STEP))
    go_on(4)
    opened = lab()
    (digest,) = opened.state.steering.code
    laid = LAB / "data" / FOLDER / f"{digest}.py"
    laid.write_text(STEP.replace("np.nan", "0.0"))
    faults = [one.what for check in lab().audit().checks if check.name == "code" for one in check.differ]
    assert len(faults) == 1
    go_on(5)  # a session lays down what the ledger holds
    assert laid.read_text() == STEP
    assert lab().audit().ok


def test_a_recipe_that_calls_a_source_nobody_added_is_refused(made):
    made(experiments=2)
    digest = "0" * 64
    recipe = {"model": {"name": "linear", "params": {}}, "steps": [{"name": "code_step", "params": {"code": digest}}]}
    sent = lab().add(recipe)
    assert sent.answer.ended == "refused"
    assert "not in the lab" in sent.answer.why


@pytest.mark.slow
def test_models_of_people_that_fail_say_nothing_of_a_third(made):
    made(experiments=2)
    failing = "import numpy as np\n\ndef fit(X, y, columns, seed):\n    return {}\n\ndef predict(state, X):\n"
    failing += "    return np.full(len(X), 0.5) if len(X) != 30 else X['no']\n"
    for name in ("one", "other"):
        lab().add(written(f"{failing}# {name}\n", f"{name}.py"))  # a fold has 30 rows
    go_on(4)
    opened = lab()
    assert [opened.entry(one.number).status for one in by_hand(opened)] == ["failed", "failed"]
    assert not [w for w in opened.summary().warnings if w.code == "budget/dropped-family"]
    opened.add(written(MODEL, "line.py"))
    go_on(5)
    assert lab().entry(by_hand(lab())[-1].number).status != "failed"


@pytest.mark.slow
def test_an_estimator_whose_model_calls_functions_runs_them_in_the_sandbox(here):
    table = pd.read_csv("shop.csv")
    X, y = table.drop(columns="bought"), table["bought"]
    asked = {"lab": "shop.lab", "families": ["naive_bayes"], "ship_code": True, "progress": False}
    AutoClassifier(experiments=2, **asked).fit(X, y)
    lab().add(written(MODEL, "line.py"))
    with pytest.warns(DataWarning, match="allow_code"):
        model = AutoClassifier(experiments=4, **asked).fit(X, y)
    (one,) = by_hand(lab())
    assert one.number in lab().state.model.blend.numbers
    assert set(model.predict(X)) <= {"yes", "no"}
    fitted = [piece.recipe.model for piece in model.predictor_.plan.separate]
    assert {type(piece.code.runner) for piece in fitted if hasattr(piece, "code")} == {SandboxRunner}
    assert copy.deepcopy(model).predictor_ is model.predictor_
    with pytest.raises(BundleError, match="a pickle cannot ask"):
        pickle.dumps(model)


FACTOR = 2.0


def by_factor(X):
    return X["age"] * FACTOR


def annotated(X: pd.DataFrame) -> "np.ndarray":
    return np.sqrt(np.abs(X["age"]))


def test_a_function_is_added_with_its_own_text_and_what_it_uses_around_is_named(made):
    made(experiments=3)
    with pytest.raises(UsageError, match="uses FACTOR of its surroundings"):
        lab().add(by_factor)
    assert lab().add(annotated).answer.ended == "acted on"


def test_a_slip_in_the_rule_of_the_sandbox_is_refused(made):
    made(experiments=3)
    with pytest.raises(UsageError, match="'strict' is no rule: 'any' or 'required'"):
        lab().add(annotated, sandbox="strict")
    with pytest.raises(UsageError, match="'requierd' is no rule"):
        AutoClassifier(sandbox="requierd", time_limit=1).fit(pd.DataFrame({"a": range(40)}), [0, 1] * 20)


def test_a_column_that_a_hint_leaves_out_is_not_for_functions_that_come_after(made):
    made(experiments=3)
    lab().forbid("age")
    with pytest.raises(UsageError, match="left out by h1"):
        lab().add(written("def transform(X):\n    return X['age'] * 2"))
    with pytest.raises(UsageError, match="age"):
        lab().add(expression="age * 2")
