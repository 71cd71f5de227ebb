"""Who runs functions: the sandbox and this process give the same values and the same reasons."""

import numpy as np
import pytest

from assay.core.errors import CodeError
from assay.sandbox.rows import Rows
from assay.testing.tables import tiny_table
from assay.user_code.access import CodeAccess
from assay.user_code.calls import Functions
from assay.user_code.runners import NoRunner, TrustedRunner
from assay.user_code.source import CodeSource
from each import each
from user_code.test_user_code_faults import MODELS, STEPS
from user_code.test_user_code_models import RIDGE
from user_code.test_user_code_steps import LEARNED, MEANS
from user_code.tried_functions import fitted_model, fitted_step

HELD_BY_THE_SANDBOX = frozenset({
    "code/time", "code/memory", "code/output", "code/import", "code/builtin", "code/dunder", "code/attribute",
})  # fmt: skip
"""What only a sandbox refuses: who trusts a source lets it do all that Python can do."""


@pytest.mark.parametrize("text", [MEANS, LEARNED])
def test_a_step_has_the_same_values_in_the_sandbox_and_in_this_process(text, sandboxed):
    (one, here), (other, there) = (fitted_step(text, runner) for runner in (TrustedRunner(), sandboxed))
    assert here.numeric.tobytes() == there.numeric.tobytes()
    assert one.state().meta == other.state().meta
    table = tiny_table(5, 30)
    assert one.transform(table).numeric.tobytes() == other.transform(table).numeric.tobytes()


def test_a_model_has_the_same_values_in_the_sandbox_and_in_this_process(sandboxed):
    table = tiny_table(5, 30, plain=True)
    here, there = (fitted_model(RIDGE, runner).predict(table) for runner in (TrustedRunner(), sandboxed))
    np.testing.assert_allclose(here, there, rtol=1e-9)


@each("fault", [one for one in STEPS if one.reason not in HELD_BY_THE_SANDBOX], ids=lambda fault: fault.name)
def test_a_faulty_step_is_refused_for_the_same_reason_in_this_process(fault):
    with pytest.raises(CodeError) as caught:
        fitted_step(fault.source, TrustedRunner(), problem=fault.problem)
    assert (caught.value.reason, caught.value.line) == (fault.reason, fault.line)
    assert fault.says in caught.value.message
    assert "fault.py" in caught.value.message


@each("fault", [one for one in MODELS if one.reason not in HELD_BY_THE_SANDBOX], ids=lambda fault: fault.name)
def test_a_faulty_model_is_refused_for_the_same_reason_in_this_process(fault):
    with pytest.raises(CodeError) as caught:
        fitted_model(fault.source, TrustedRunner(), problem=fault.problem)
    assert (caught.value.reason, caught.value.line) == (fault.reason, fault.line)


def called(text, runner, **given):
    return runner.call(CodeSource("made", text), "transform", given)


def test_trusted_sources_may_do_what_the_sandbox_refuses(sandboxed, tmp_path):
    (tmp_path / "rate.txt").write_text("2.5")
    text = "import pathlib\ndef transform(X):\n    return X * float(pathlib.Path(PATH).read_text())\n"
    text = text.replace("PATH", repr(str(tmp_path / "rate.txt")))
    assert called(text, TrustedRunner(), X=np.ones(2)).value.tolist() == [2.5, 2.5]
    with pytest.raises(CodeError, match="line 1: it imports pathlib"):
        called(text, sandboxed, X=np.ones(2))


@pytest.mark.parametrize(("body", "reason", "says"), [
    ("open('/nowhere/at/all')", "code/raised", "FileNotFoundError"), ("raise SystemExit(3)", "code/raised",
        "SystemExit"),
    ("import json; json.loads('{')", "code/raised", "JSONDecodeError"), ("X[0] = 1", "code/changes-input", "read-only"),
    ("raise MemoryError", "code/memory", "MemoryError"), ("return 1 +", "code/syntax", "SyntaxError"),
])  # fmt: skip
def test_what_fails_in_this_process_is_said_as_that_of_the_sandbox_is(body, reason, says):
    with pytest.raises(CodeError) as caught:
        called(f"def transform(X):\n    {body}\n", TrustedRunner(), X=np.ones(2))
    assert (caught.value.reason, caught.value.line) == (reason, 2)
    assert says in caught.value.message


def test_in_this_process_too_nothing_is_kept_between_calls_nor_changed_outside():
    text = "SEEN = []\ndef transform(X):\n    SEEN.append(1)\n    return len(SEEN)\n"
    runner = TrustedRunner()
    assert [called(text, runner, X=1).value for _ in range(3)] == [1, 1, 1]
    given = np.ones(3)
    with pytest.raises(CodeError, match="read-only"):
        called("def transform(X):\n    X += 1\n", runner, X=given)
    assert given.tolist() == [1.0, 1.0, 1.0]
    assert given.flags.writeable


def test_what_a_function_prints_is_kept_and_its_warnings_of_numbers_are_not_ours(sandboxed, capsys):
    text = "import numpy as np\ndef transform(X):\n    print('rows', len(X))\n    return np.log(X - 1)\n"
    for runner in (TrustedRunner(), sandboxed):
        found = called(text, runner, X=np.ones(2))
        assert found.printed.startswith("rows 2\n")
        assert np.isneginf(found.value).all()
    assert capsys.readouterr() == ("", "")


def test_nobody_runs_functions_and_says_why():
    with pytest.raises(CodeError, match="not here") as caught:
        called("def transform(X):\n    return X\n", NoRunner("not here", ("go there",)), X=1)
    assert (caught.value.reason, caught.value.do) == ("code/no-sandbox", ("go there",))


@pytest.mark.parametrize(("body", "reason", "says"), [
    ("return 'high'", "code/not-arrays", "score answered a str, and no number"),
    ("return None", "code/not-arrays", "score answered nothing, and no number"),
    ("return [1.0]", "code/not-arrays", "and no number"),
    ("return True", "code/not-arrays", "a bool"),
    ("return float('nan')", "code/missing", "score answered nan"),
    ("return -float('inf')", "code/infinite", "score answered -inf"),
    ("return 1 / (y.sum() - y.sum())", "code/infinite", "score answered"),
    ("return weights", "code/raised", "score was given y: array (4,) of int32, prediction: array (4,) of float64"),
])  # fmt: skip
def test_a_score_that_is_no_finite_number_is_refused(body, reason, says, sandboxed):
    source = CodeSource("made", f"def score(y, prediction):\n    {body}\n")
    with pytest.raises(CodeError) as caught:
        Functions(source=source, runner=sandboxed).score(np.zeros(4, dtype=np.int32), np.ones(4), None)
    assert caught.value.reason == reason
    assert says in caught.value.message
    assert "made.py" in caught.value.message


@pytest.mark.parametrize(
    "answer", ["2", "2.0", "np.float64(2)", "np.array(2.0)", "np.average(prediction, weights=weight)"]
)
def test_a_score_is_a_number_and_weighs_as_told(answer, sandboxed):
    source = CodeSource("made", f"import numpy as np\ndef score(y, prediction, weight):\n    return {answer}\n")
    functions = Functions(source=source, runner=sandboxed)
    prediction = np.array([1.0, 3.0])
    assert functions.score(np.zeros(2), prediction, np.ones(2)) == functions.score(np.zeros(2), prediction, None) == 2.0


def test_a_trusted_source_runs_here_and_all_others_where_they_are_told_to():
    source, other, elsewhere = CodeSource("a", "x = 1"), CodeSource("b", "x = 2"), NoRunner("elsewhere")
    access = CodeAccess(runner=elsewhere, trusted=frozenset({source.digest}))
    assert isinstance(access.runs(source), TrustedRunner)
    assert access.runs(source) is access.runs(source), "what it compiled is kept"
    assert access.runs(other) is elsewhere


def test_rows_cross_to_the_sandbox_and_back(sandboxed):
    X = Rows({"a": np.arange(3.0), "b": np.array(["x", None, "y"], dtype=object)}, 3)
    found = called("def transform(X):\n    return X\n", sandboxed, X=X).value
    assert isinstance(found, Rows)
    assert (found["a"].tolist(), found["b"].tolist()) == ([0.0, 1.0, 2.0], ["x", None, "y"])
