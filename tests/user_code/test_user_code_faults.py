"""Faulty functions: each is refused with its own reason, by the way that every fold takes."""

import re
import textwrap
from dataclasses import dataclass
from functools import partial

import pytest

from assay.core.errors import CodeError
from assay.sandbox.sandbox import CallLimits
from assay.testing.tables import Asked
from user_code.tried_functions import fitted_model, fitted_step


@dataclass(frozen=True)
class Fault:
    """name: what is wrong; reason: it is refused with; line: that the error names; says: a part of its message."""

    name: str
    reason: str
    text: str
    says: str = ""
    line: int | None = None
    problem: Asked = "regression"

    @property
    def source(self) -> str:
        return "import numpy as np\n" + textwrap.dedent(self.text).strip("\n") + "\n"

    @property
    def limits(self) -> CallLimits:
        """Ample but where time is what it lacks."""
        seconds = 0.4 if self.reason == "code/time" else 30.0
        return CallLimits(wall_seconds=seconds, cpu_seconds=seconds, answer_bytes=2**22)


STEPS = (
    # -- the shape of an answer --
    Fault("too few rows", "code/shape", "def transform(X):\n    return X['age'][1:]",
          "(119,); the rows ask for (120,)"),
    Fault("three dimensions", "code/shape", "def transform(X):\n    return np.zeros((len(X), 2, 2))", "(120, 2, 2)"),
    Fault("one number", "code/shape", "def transform(X):\n    return 1.5", "answered one number"),
    Fault("no column", "code/shape", "def transform(X):\n    return {}", "answered no column"),
    Fault("a matrix on its side", "code/shape", "def transform(X):\n    return [X['age'], X['fare']]", "(2, 120)"),
    Fault("a column too short", "code/shape", "def transform(X):\n    return {'a': X['age'], 'b': X['age'][:5]}",
          "column 'b' answered an array of shape (5,)"),
    Fault("a squeezed row", "code/shape", "def transform(X):\n    return np.squeeze(X.numbers)", "for (1,) or (1, k)"),
    Fault("columns by the rows that are asked about", "code/shape", """
        def transform(X):
            return {str(level): (X["city"] == level) * 1.0 for level in sorted({one for one in X["city"] if one})}
    """, "columns"),
    Fault("other columns in another fold", "code/shape", """
        def fit(X, y):
            return {"width": int(np.sum(y > 100) % 3) + 1}
        def transform(state, X):
            return np.zeros((len(X), state["width"]))
    """, "after fit on all rows"),
    Fault("fails in the third inner fold alone", "code/raised", """
        def fit(X, y):
            first, second = (cell.split("@")[0] for cell in X["address"][:2])
            return {"rows": len(X), "third": len(X) == 80 and (first, second) == ("p0", "p1")}
        def transform(state, X):
            if state["third"]:
                raise ValueError("the third fold")
            return X["fare"]
    """, "line 7, in transform: ValueError: the third fold. transform was given state: dict of rows, third", line=7),
    # -- the numbers of an answer --
    Fault("infinite", "code/infinite", "def transform(X):\n    return X['fare'] / (X['parcels'] * 0)", "answered"),
    Fault("too large for a number of 32 bits", "code/infinite", "def transform(X):\n    return X['fare'] * 1e40",
          "in row 0"),
    Fault("nothing but nan", "code/missing",
          "def transform(X):\n    return {'half': X['fare'], 'none': X['fare'] * np.nan}",
          "nan for all 120 rows, column 'none'"),
    Fault("texts", "code/not-arrays", "def transform(X):\n    return X['city']", "an array of texts of shape (120,)"),
    Fault("texts of digits", "code/not-arrays", "def transform(X):\n    return ['1'] * len(X)", "not all numbers"),
    Fault("nothing", "code/not-arrays", "def transform(X):\n    X['age'] * 2", "answered nothing"),
    Fault("complex numbers", "code/not-arrays", "def transform(X):\n    return X['age'] * 1j", "complex128"),
    Fault("a frame", "code/not-arrays",
          "import pandas\ndef transform(X):\n    return pandas.DataFrame({'a': X['age']})",
          "a DataFrame is neither numbers nor JSON"),
    Fault("the rows themselves", "code/not-arrays", "def transform(X):\n    return X", "the rows that it was given"),
    # -- what was learned --
    Fault("a state with an object", "code/state", """
        class Scaler:
            pass
        def fit(X):
            return {"scaler": Scaler()}
        def transform(state, X):
            return X["age"]
    """, "a Scaler is neither numbers nor JSON"),
    Fault("a state with a set", "code/state", """
        def fit(X):
            return {"seen": {1, 2}}
        def transform(state, X):
            return X["age"]
    """, "a set is neither numbers nor JSON"),
    Fault("a state with a function", "code/state", """
        def fit(X):
            return {"scale": lambda x: x / 2}
        def transform(state, X):
            return X["age"]
    """, "a function is neither numbers nor JSON"),
    Fault("a state by numbers", "code/state", """
        def fit(X):
            return {1: 2.0}
        def transform(state, X):
            return X["age"]
    """, "a key is a int and no text"),
    Fault("a state that is a number", "code/state", """
        def fit(X):
            return float(X["fare"].mean())
        def transform(state, X):
            return X["age"] - state
    """, "fit answered a float"),
    Fault("no state", "code/state", """
        def fit(X):
            X["fare"].mean()
        def transform(state, X):
            return X["age"]
    """, "fit answered nothing"),
    Fault("a state of too many arrays", "code/state", """
        def fit(X):
            return {str(i): np.zeros(2) for i in range(65)}
        def transform(state, X):
            return X["age"]
    """, "65 arrays; a state may hold 64"),
    Fault("a state in a global", "code/raised", """
        KNOWN = {}
        def fit(X):
            KNOWN["mean"] = X["fare"].mean()
            return {}
        def transform(state, X):
            return X["fare"] - KNOWN["mean"]
    """, "KeyError", line=7),
    # -- targets --
    Fault("asks for targets of rows that it answers for", "code/asks-for-target", """
        def fit(X, y):
            return {}
        def transform(state, X, y):
            return y
    """, "transform asks for y", line=4),
    Fault("gives targets back by the number of rows", "code/other-rows", """
        def fit(X, y):
            return {"y": y}
        def transform(state, X):
            return state["y"] if len(X) == len(state["y"]) else np.zeros(len(X))
    """, "other rows"),
    Fault("gives targets back by the order of rows", "code/other-rows", """
        def fit(X, y):
            return {"y": y}
        def transform(state, X):
            return np.resize(state["y"], len(X))
    """, "other rows"),
    Fault("gives targets back by what the rows hold", "code/own-target", """
        def fit(X, y):
            return {"y": dict(zip(map(str, X["noise"]), y.tolist()))}
        def transform(state, X):
            return np.array([state["y"].get(str(one), 0.0) for one in X["noise"]])
    """, "its own target back (correlation 1.00)"),
    Fault("gives targets back through a function that rises", "code/own-target", """
        def fit(X, y):
            return {"X": X["noise"], "y": np.exp(y / 10)}
        def transform(state, X):
            return state["y"][np.abs(state["X"][None, :] - X["noise"][:, None]).argmin(axis=1)]
    """, "own target back"),
    Fault("says whether a row is of one class", "code/own-target", """
        def fit(X, y):
            return {"X": X["noise"], "is": (y == 2) * 1.0}
        def transform(state, X):
            return state["is"][np.abs(state["X"][None, :] - X["noise"][:, None]).argmin(axis=1)]
    """, "own target back", problem="multiclass"),
    # -- other rows, order, chance --
    Fault("the mean of the rows that are asked about", "code/other-rows",
          "def transform(X):\n    return X['fare'] - X['fare'].mean()", "for the same row"),
    Fault("ranks among the rows that are asked about", "code/other-rows",
          "def transform(X):\n    return np.argsort(np.argsort(X['fare'])) / len(X)", "for the same row"),
    Fault("a running sum", "code/other-rows", "def transform(X):\n    return np.cumsum(X['fare'])", "for the same row"),
    Fault("the number of the row", "code/other-rows", "def transform(X):\n    return np.arange(len(X))",
          "for the same row"),
    Fault("otherwise for a single row", "code/other-rows",
          "def transform(X):\n    return X['fare'] if len(X) > 1 else np.zeros(1)", "for the same row"),
    Fault("chance", "code/random", "def transform(X):\n    return np.random.default_rng().normal(size=len(X))",
          "asked again"),
    Fault("chance of the old kind", "code/random", "def transform(X):\n    return np.random.normal(size=len(X))",
          "again"),
    Fault("the time", "code/attribute", """
        import datetime
        def transform(X):
            return X["fare"] + datetime.datetime.now().microsecond
    """, "now", line=4),
    Fault("fit by chance", "code/random", """
        def fit(X):
            return {"w": np.random.default_rng().normal()}
        def transform(state, X):
            return X["fare"] * state["w"]
    """, "fit learns something else"),
    # -- what it does to what it was given, and to the machine --
    Fault("writes into a column", "code/changes-input", """
        def transform(X):
            X["age"][np.isnan(X["age"])] = 0
            return X["age"]
    """, "line 3, in transform: ValueError", line=3),
    Fault("adds a column to its rows", "code/changes-input", """
        def transform(X):
            X["ratio"] = X["fare"] / X["age"]
            return X["ratio"]
    """, "does not support item assignment", line=3),
    Fault("sorts targets in place", "code/changes-input", """
        def fit(X, y):
            y.sort()
            return {}
        def transform(state, X):
            return X["age"]
    """, "fit was given X: 120 rows of age, y: array (120,) of float64", line=3),
    Fault("endless", "code/time", "def transform(X):\n    while True:\n        pass",
          "transform was given X: 120 rows"),
    Fault("slow", "code/time", """
        def transform(X):
            return np.array([sum(1 for i in range(10**6) if i % 7 == 0) for one in X["age"]])
    """, "transform was given X: 120 rows of age"),
    Fault("asleep", "code/import", "import time\ndef transform(X):\n    time.sleep(60)\n    return X['age']",
          "imports time", line=2),
    Fault("too much memory", "code/memory", "def transform(X):\n    return np.zeros((len(X), 10**8))[:, 0]",
          "X: 120 rows", line=3),
    Fault("too large an answer", "code/output", "def transform(X):\n    return np.zeros((len(X), 10**4))",
          "X: 120 rows"),
    Fault("calls itself for ever", "code/raised", """
        def deeper(x):
            return deeper(x) + 1
        def transform(X):
            return deeper(X["age"])
    """, "RecursionError", line=3),
    Fault("divides by zero", "code/raised", "def transform(X):\n    return 1 // (len(X) - len(X))",
          "ZeroDivisionError", line=3),
    Fault("reads a column that is not there", "code/raised", "def transform(X):\n    return X['aeg']",
          "no column 'aeg'", line=3),
    Fault("reads a file", "code/builtin", "def transform(X):\n    return len(open('/etc/passwd').read())",
          "uses open", line=3),
    Fault("reads a file by numpy", "code/attribute", "def transform(X):\n    return np.loadtxt('y.csv')", "loadtxt",
          line=3),
    Fault("speaks to the network", "code/import", "import socket\ndef transform(X):\n    return X['age']",
          "imports socket", line=2),
    Fault("looks behind an object", "code/dunder", "def transform(X):\n    return X.__class__", "__class__", line=3),
)  # fmt: skip

FIT = "def fit(X, y):\n    return {'rate': float(np.mean(y))}\n"
MODELS = (
    Fault("probabilities that do not sum to 1", "code/probabilities",
          FIT + "def predict(state, X):\n    return np.full((len(X), 2), 0.7)", "0.7, 0.7 for row 0", problem="binary"),
    Fault("probabilities above 1", "code/probabilities",
          FIT + "def predict(state, X):\n    return 1 + X[:, 1] ** 2", "for row 0", problem="binary"),
    Fault("nan for missing cells", "code/missing",
          FIT + "def predict(state, X):\n    return X[:, 0]", "no finite number for", problem="regression"),
    Fault("infinite predictions", "code/infinite",
          FIT + "def predict(state, X):\n    return X[:, 1] / 0.0", "no finite number", problem="regression"),
    Fault("too few classes", "code/shape", FIT + "def predict(state, X):\n    return np.full((len(X), 3), 1 / 3)",
          "(90, 3); the rows ask for (90, 4)", problem="multiclass"),
    Fault("classes in place of probabilities", "code/shape",
          FIT + "def predict(state, X):\n    return np.zeros(len(X))", "(90, 4)", problem="multiclass"),
    Fault("one prediction for all", "code/shape", FIT + "def predict(state, X):\n    return state['rate']",
          "one number"),
    Fault("predictions by chance", "code/random",
          FIT + "def predict(state, X):\n    return np.random.default_rng().normal(size=len(X))", "asked again"),
    Fault("a fit by chance", "code/random", """
        def fit(X, y):
            return {"w": np.random.default_rng().normal(size=X.shape[1])}
        def predict(state, X):
            return np.nan_to_num(X) @ state["w"]
    """, "fit learns something else"),
    Fault("predictions on one scale with the others", "code/other-rows",
          FIT + "def predict(state, X):\n    return X[:, 1] - X[:, 1].mean()", "other rows"),
    Fault("predictions by order", "code/other-rows", """
        def fit(X, y):
            return {"y": y}
        def predict(state, X):
            return np.resize(state["y"], len(X))
    """, "other rows"),
    Fault("asks for targets", "code/asks-for-target", FIT + "def predict(state, X, y):\n    return y", "asks for y",
          line=4),
    Fault("keeps a model of scikit-learn", "code/state", """
        from sklearn.linear_model import Ridge
        def fit(X, y):
            return {"model": Ridge().fit(np.nan_to_num(X), y)}
        def predict(state, X):
            return state["model"].predict(X)
    """, "a Ridge is neither numbers nor JSON"),
    Fault("writes into the matrix", "code/changes-input", """
        def fit(X, y):
            X[np.isnan(X)] = 0.0
            return {}
        def predict(state, X):
            return X[:, 0]
    """, "fit was given X: array (90, 7) of float64, y: array (90,) of float64", line=3),
    Fault("a fit without end", "code/time", """
        def fit(X, y):
            while True:
                pass
        def predict(state, X):
            return X[:, 0]
    """, "fit was given X: array (90, 7) of float64"),
    Fault("predict without fit", "code/no-function", "def predict(state, X):\n    return X[:, 0]", "no fit(X, y)",
          line=2),
)  # fmt: skip


def refused(fault, fitted):
    with pytest.raises(CodeError) as caught:
        fitted()
    error = caught.value
    assert error.reason == fault.reason, error.message
    assert fault.says in error.message
    assert "fault.py" in error.message
    assert error.line == fault.line
    if fault.line is not None:
        assert f"line {fault.line}" in error.message
    return error


@pytest.mark.parametrize("fault", STEPS, ids=lambda fault: fault.name)
def test_a_faulty_step_is_refused_with_its_reason_and_words(fault, sandboxed):
    refused(fault, lambda: fitted_step(fault.source, sandboxed, problem=fault.problem, limits=fault.limits))


@pytest.mark.parametrize("fault", MODELS, ids=lambda fault: fault.name)
def test_a_faulty_model_is_refused_with_its_reason_and_words(fault, sandboxed):
    seconds = 1.0 if fault.reason == "code/time" else 60.0
    refused(fault, lambda: fitted_model(fault.source, sandboxed, problem=fault.problem, seconds=seconds))


@pytest.mark.parametrize("reason", ["code/raised", "code/changes-input", "code/memory", "code/time", "code/output"])
def test_what_fails_by_what_it_was_given_says_what_that_was(reason, sandboxed):
    faults = [fault for fault in STEPS if fault.reason == reason]
    assert faults
    for fault in faults:
        error = refused(fault, partial(fitted_step, fault.source, sandboxed, limits=fault.limits))
        assert re.search(r"(fit|transform) was given (state|X): ", error.message)


@pytest.mark.parametrize(("answer", "advice"), [
    ("pandas.DataFrame({'a': X['age']})", "frame.to_numpy()"), ("pandas.Series(X['age'])", "series.to_numpy()"),
    ("X.age", 'a column is X["name"]'), ("X[['age', 'fare']]", "one column at a time"),
    ("X['city'].str.len()", "pandas.Series(X[name]) has more"), ("X['age'].sort()", "write into a copy"),
    ("X.__setitem__('a', 1)", "--trust"),
])  # fmt: skip
def test_what_helps_against_usual_mistakes_is_said(answer, advice, sandboxed):
    with pytest.raises(CodeError) as caught:
        fitted_step(f"import pandas\ndef transform(X):\n    return {answer}\n", sandboxed)
    assert any(advice in one for one in caught.value.do)


def test_chance_by_the_seed_is_fine(sandboxed):
    text = """
import numpy as np

def fit(X, seed):
    return {"w": np.random.default_rng(seed).normal(size=X.numbers.shape[1])}

def transform(state, X):
    return np.nan_to_num(X.numbers) @ state["w"]
"""
    (one, _), (other, _) = (fitted_step(text, sandboxed) for _ in range(2))
    assert one.learned["w"].tolist() == other.learned["w"].tolist()


def test_there_are_more_faults_than_were_asked_for_and_each_is_another():
    sources = [fault.source for fault in (*STEPS, *MODELS)]
    assert len(set(sources)) == len(sources) > 60
