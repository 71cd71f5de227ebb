"""check_code and call_code: what authors of functions test them with, without a lab."""

from datetime import date

import numpy as np
import pytest

from assay.core.errors import CodeError, UsageError
from assay.testing.code import call_code, check_code
from assay.testing.tables import PROBLEMS
from user_code.test_user_code_models import RIDGE
from user_code.test_user_code_steps import MEANS


@pytest.fixture
def file(tmp_path):
    """file(text): the path of a file with that text."""

    def written(text):
        path = tmp_path / "own.py"
        path.write_text(text)
        return path

    return written


def test_a_step_is_tried_on_made_up_columns_of_every_kind(file):
    found = check_code(file(MEANS))
    assert (found.kind, found.problems, found.columns) == ("step", PROBLEMS, ("rate",))
    text = "def transform(X):\n    return {name: [cell is None for cell in X[name]] for name in X}\n"
    names = check_code(file(text)).columns
    assert {"own:age", "own:city", "own:note", "own:cabin", "own:joined"} <= set(names)


ROWS = {
    "price": [1.5, None, 2, 4.0], "town": ["a", "b", None, "a"],
    "sold": [date(2024, 2, 29), None, date(1969, 7, 1), date.min],
}  # fmt: skip


def test_a_step_is_tried_on_columns_of_ones_own(file):
    text = """
def transform(X):
    assert set(X["price"][X["price"] == X["price"]].tolist()) <= {1.5, 2.0, 4.0}
    assert set(X["town"].tolist()) <= {"a", "b", None}
    assert set(X["sold"][X["sold"] == X["sold"]].tolist()) <= {19782.0, -184.0, -719162.0}
    return X["price"] * (X["town"] == "a") + X["sold"] * 0
"""
    assert check_code(file(text), rows=ROWS).columns == ("own",)
    with pytest.raises(CodeError, match=r"there is no column 'price'; .* check_code\(path, rows=\{") as caught:
        check_code(file(text))
    assert (caught.value.reason, caught.value.line) == ("code/raised", 3)


@pytest.mark.parametrize(("rows", "says"), [
    ({}, "The columns have no rows"), ({"a": []}, "have 0 rows"), ({"a": [1], "b": [1, 2]}, "have 1, 2 rows"),
    ({"a": [1.0, "x"]}, "'a' has cells of several kinds"), ({"a": [[1], [2, 3]]}, "'a' has cells of several kinds"),
])  # fmt: skip
def test_rows_that_are_no_table_are_refused(file, rows, says):
    with pytest.raises(UsageError, match=says):
        check_code(file("def transform(X):\n    return X['a']\n"), rows=rows)


@pytest.mark.parametrize(("answer", "reason", "where"), [
    ("X['fare'] - X['fare'].mean()", "code/other-rows", "binary"),
    ("X['fare'] if (X['fare'] > 0).any() else X['none']", "code/raised", "binary, rows without a single value"),
    ("X['fare'] + (0 if any(X['member']) else X['none'])", "code/raised", "binary, rows without a single value"),
    ("X['fare'] if not (X['fare'] > 0).any() or any(X['member']) else X['none']", "code/raised",
     "binary, rows of categories never seen"),
])  # fmt: skip
def test_a_fault_is_said_with_the_rows_that_show_it(file, answer, reason, where):
    with pytest.raises(CodeError) as caught:
        check_code(file(f"def transform(X):\n    return {answer}\n"))
    assert caught.value.reason == reason
    assert f"(on {where})." in caught.value.message


def test_a_model_is_tried_on_every_problem_or_those_it_is_for(file):
    assert check_code(file(RIDGE)).problems == PROBLEMS
    text = (
        "def fit(X, y):\n    return {'p': float(y.mean())}\ndef predict(state, X):\n    return [state['p']] * len(X)\n"
    )
    assert check_code(file(text), problems=("binary", "regression")).problems == ("binary", "regression")
    with pytest.raises(CodeError, match=r"\(120,\); the rows ask for \(120, 4\) \(on multiclass\)\."):
        check_code(file(text))


def test_a_model_that_reads_predictions_is_tried_as_a_correction(file):
    text = """
def fit(X, y):
    return {"m": float(X["prediction"].mean())}

def predict(state, X):
    return X["prediction"]
"""
    assert check_code(file(text)).problems == ("binary", "regression")
    with pytest.raises(CodeError, match="no column 'aeg'"):
        check_code(file(text.replace('return X["prediction"]', "return X['aeg']")))
    assert check_code(file(text.replace("mean()", "mean() + X['price'].size")), rows=ROWS).kind == "model"


METRICS = {
    "error": ("np.abs(y - prediction).mean()", "HIGHER_IS_BETTER = False", ("regression",)),
    "accuracy": ("np.average(y == prediction, weights=weight)", 'NEEDS = "label"', ("binary", "multiclass")),
    "brier": ("np.average((y - prediction) ** 2, weights=weight)", "HIGHER_IS_BETTER = False", ("binary",)),
}  # fmt: skip


def metric(answer, constant=""):
    asks = "y, prediction, weight" if "weight" in answer else "y, prediction"
    return f"import numpy as np\n{constant}\ndef score({asks}):\n    return float({answer})\n"


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_for_the_problems_that_it_can_score(file, name):
    answer, constant, problems = METRICS[name]
    assert set(problems) <= set(check_code(file(metric(answer, constant))).problems)
    assert check_code(file(metric(answer, constant)), problems=problems).problems == problems


@pytest.mark.parametrize(("answer", "constant", "says"), [
    ("np.abs(y - prediction).mean()", "", r"HIGHER_IS_BETTER = False is missing"),
    ("-np.abs(y - prediction).mean()", "HIGHER_IS_BETTER = False", "should not be there"),
    ("-np.abs(y - prediction)[0]", "", "depends on the order of rows"),
    ("np.random.default_rng().normal()", "", "answers differently when it is asked again"),
    ("-(np.abs(y - prediction) * weight).mean()", "", "weight is not how often a row counts"),
])  # fmt: skip
def test_a_metric_that_breaks_a_law_is_refused(file, answer, constant, says):
    with pytest.raises(AssertionError, match=rf"own\.py: .*{says}"):
        check_code(file(metric(answer, constant)), problems=("regression",))


def test_a_metric_that_can_score_nothing_says_why(file):
    with pytest.raises(CodeError, match=r"own\.py, line 4, in score: ZeroDivisionError: .* \(on binary\)"):
        check_code(file(metric("1 / (len(y) - len(y))")))
    with pytest.raises(CodeError, match=r"\(on multiclass\)"):
        check_code(file(metric(*METRICS["error"][:2])), problems=("multiclass",))


def test_functions_are_called_with_plain_lists(file):
    path = file("""
def fit(X, y):
    return {"n": len(X), "y": y}

def transform(state, X):
    return X["a"] + (X["b"] == "x")
""")
    rows = {"a": [1, None, 3], "b": ["x", None, "y"]}
    assert call_code(path, "fit", X=rows, y=np.arange(3))["n"] == 3
    np.testing.assert_array_equal(call_code(path, "transform", state={}, X=rows), [2.0, np.nan, 3.0])
    with pytest.raises(CodeError, match="no column 'b'"):
        call_code(path, "transform", state={}, X={"a": [1.0]})


def test_what_the_sandbox_refuses_may_be_trusted(file):
    path = file("import pathlib\ndef transform(X):\n    return X['fare'] * len(pathlib.Path('a').name)\n")
    with pytest.raises(CodeError, match="line 1: it imports pathlib"):
        check_code(path)
    assert check_code(path, trust=True).columns == ("own",)
    assert call_code(path, "transform", trust=True, X={"fare": [2.0]}).tolist() == [2.0]
