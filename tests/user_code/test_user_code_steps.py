"""A step that calls a person's functions: fitted in the fold, cross-fitted where it reads targets, stored whole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.block.columns import CodeBlock
from assay.core.contract import Seeds, Table, Target
from assay.core.errors import BundleError, CodeError, DataError, UsageError
from assay.core.schema import Schema
from assay.features.code_step import CodeStep, FittedCodeStep
from assay.pipeline.states import read_states, write_states
from assay.testing.tables import PROBLEMS, folds_of, only, tiny_table, tiny_target
from assay.user_code.access import CodeAccess, may_run
from assay.user_code.runners import TrustedRunner
from assay.user_code.source import CodeSource
from each import at_most, each
from user_code.tried_functions import binary, new_values, placed

MEANS = """
import numpy as np

def fit(X, y, seed):
    levels = sorted({one for one in X["city"] if one is not None})
    return {"levels": levels, "means": np.array([y[X["city"] == one].mean() for one in levels]), "all": float(y.mean())}

def transform(state, X):
    means = dict(zip(state["levels"], state["means"]))
    return {"rate": np.array([means.get(one, state["all"]) for one in X["city"]])}
"""
OWN = TrustedRunner()
N = 60


def learning(learned, answer, asks="X"):
    """A source of two expressions."""
    return f"def fit({asks}):\n    return {learned}\n\ndef transform(state, X):\n    return {answer}\n"


def means_of(targets, inner, table):
    """The training block's column of MEANS."""
    step = placed(CodeSource("means", MEANS), OWN)
    fitted, made = step.fit_transform(table, Target(targets), inner=inner, seeds=Seeds(3))
    return fitted, new_values(made, table)[:, 0]


@settings(max_examples=at_most(25))
@given(seed=st.integers(0, 2**20), n_folds=st.integers(2, 5), data=st.data())
def test_a_training_rows_column_does_not_depend_on_the_targets_of_its_inner_fold(seed, n_folds, data):
    table, rng = only(tiny_table(seed % 7, N), "codes"), np.random.default_rng(seed)
    inner, targets = rng.permutation(folds_of(N, n_folds)), rng.normal(size=N)
    fold = data.draw(st.integers(0, n_folds - 1))
    others = np.where(inner == fold, rng.normal(size=N) * 10 + 3, targets)
    (_, one), (_, other) = means_of(targets, inner, table), means_of(others, inner, table)
    assert one[inner == fold].tolist() == other[inner == fold].tolist()
    assert one.tolist() != other.tolist()


@settings(max_examples=at_most(25))
@given(seed=st.integers(0, 2**20))
def test_a_row_that_was_never_seen_gets_what_was_learned_of_all_training_rows(seed):
    table, rng = only(tiny_table(seed % 7, 2 * N), "codes"), np.random.default_rng(seed)
    seen, unseen, targets = table.take(np.arange(N)), table.take(np.arange(N, 2 * N)), rng.normal(size=N)
    fitted, _ = means_of(targets, folds_of(N, 3), seen)
    codes, at = seen.codes[:, 2], seen.levels[2]
    expected = [
        targets[codes == code].mean() if code != at and (codes == code).any() else targets.mean()
        for code in unseen.codes[:, 2]
    ]
    np.testing.assert_allclose(new_values(fitted.transform(unseen), unseen)[:, 0], expected, rtol=1e-6)


def test_without_targets_training_rows_get_what_new_rows_get(sandboxed):
    text = learning("{'most': float(X['fare'].max())}", "X['fare'] / state['most']")
    table = tiny_table(n=N)
    fitted, made = placed(CodeSource("share", text), sandboxed).fit_transform(
        table, binary(table), inner=folds_of(N), seeds=Seeds(0)
    )
    assert made.numeric_names == (*table.numeric_names, "share")
    assert new_values(made, table).tolist() == new_values(fitted.transform(table), table).tolist()
    assert new_values(made, table).max() == 1.0


@pytest.mark.parametrize("problem", PROBLEMS)
def test_targets_come_as_numbers_or_as_codes_of_classes(problem):
    text = learning("{'kind': y.dtype.kind, 'least': float(y.min())}", "X['fare']", asks="X, y")
    table = tiny_table(n=N)
    fitted, _ = placed(CodeSource("share", text), OWN).fit_transform(
        table, tiny_target(problem, table), inner=folds_of(N), seeds=Seeds(0)
    )
    assert fitted.learned["kind"] == ("f" if problem == "regression" else "i")


def test_no_rows_have_columns_and_are_not_asked_about():
    text, table = learning("{}", "{'a': X['fare'] / 2, 'b': X['fare']}"), tiny_table(n=N)
    fitted = CodeStep.restore(_fitted(text, table).state())
    none = fitted.transform(table.take(np.arange(0)))  # nobody runs its functions
    assert none.numeric_names == (*table.numeric_names, "a", "b")
    assert none.numeric.shape == (0, 6)
    assert none.numeric.dtype == np.float32


def _fitted(text: str, table: Table, name: str = "made", target: Target | None = None) -> FittedCodeStep:
    return placed(CodeSource(name, text), OWN).fit(table, target, seeds=Seeds(0))


@pytest.mark.parametrize(("answer", "names"), [
    ("X['fare']", ("made",)),
    ("X.numbers[:, 1:3]", ("made:1", "made:2")),
    ("[[a, b] for a, b in zip(X['fare'], X['age'])]", ("made:1", "made:2")),
    ("{'new': X['fare'], 'fare': X['fare'], '': X['fare']}", ("new", "made:fare", "made:3")),
    ("{'#7': X['fare']}", ("made:#7",)),
    ("(X['fare'] > 20).tolist()", ("made",)),
    ("[None if one < 10 else one for one in X['fare']]", ("made",)),
])  # fmt: skip
def test_columns_have_the_names_that_they_were_given_and_none_of_the_table(answer, names):
    table = tiny_table(n=N)
    assert _fitted(f"def transform(X):\n    return {answer}\n", table).names == names


def test_a_step_that_is_there_twice_has_two_columns():
    text, table = "def transform(X):\n    return X['fare'] / 2\n", tiny_table(n=N)
    for _ in range(3):
        table = _fitted(text, table).transform(table)
    assert table.numeric_names[-3:] == ("made", "made:made", "made:1:2")
    named = "def transform(X):\n    return {'made': X['fare'] / 2}\n"
    assert _fitted(named, table).names == ("made:made:2",)


def test_columns_by_name_may_come_in_any_order_and_must_be_the_same():
    text = """
def fit(X):
    return {"n": len(X)}

def transform(state, X):
    made = {"a": X["fare"], "b": X["fare"] * 2}
    return made if len(X) == state["n"] else {"b": made["b"], "a": made["a"]}
"""
    table = tiny_table(n=N)
    fitted = _fitted(text, table)
    assert (
        new_values(fitted.transform(table.take(np.arange(3))), table).tolist()
        == np.array([[one, 2 * one] for one in table.numeric[:3, 1]]).astype(np.float32).tolist()
    )
    other = FittedCodeStep(
        fitted.source, fitted.learned, fitted.columns, ("a", "c"), ("a", "c"), CodeAccess(runner=OWN)
    )
    with pytest.raises(CodeError, match=r"2 columns \(a, b\) where it answered 2 columns \(a, c\) when it was fitted"):
        other.transform(table)


def test_only_the_columns_that_the_text_names_are_given_and_must_be_there():
    text, table = "def transform(X):\n    return X['fare'] + len(list(dict(X.items()))) * 0\n", tiny_table(n=N)
    assert len(_fitted(text, table).columns) == len(table.names)
    named = "def transform(X):\n    return X['fare'] + len(X) * 0\n"
    assert [column.name for column in _fitted(named, table).columns] == ["fare"]
    source = CodeSource("made", named)
    step = CodeStep(source.digest, "made", ("fare", "gone")).knowing(Schema(columns=()))
    with pytest.raises(DataError, match="'code_step' names the column 'gone'"):
        may_run(step, CodeAccess(runner=OWN, known=(source,))).fit(table, None, seeds=Seeds(0))


def test_inner_folds_must_be_two_at_least():
    table = tiny_table(n=N)
    with pytest.raises(UsageError, match="at least 2 inner folds; there are 1"):
        placed(CodeSource("means", MEANS), OWN).fit_transform(
            table, binary(table), inner=np.zeros(N, dtype=np.int64), seeds=Seeds(0)
        )


LEARNED = """
import numpy as np

def fit(X):
    return {
        "gaps": np.array([1.0, np.nan, np.inf]), "whole": np.arange(6).reshape(2, 3), "yes": np.array([True, False]),
        "texts": np.array(["a", None, "\\ud83d\\ude00"], dtype=object), "deep": {"er": {"est": [1, [2.5, None, "x"]]}},
        "nan": float("nan"), "small": -np.inf, "big": 2**70, "flag": True, "one": np.float32(0.5),
            "empty": np.zeros((0, 3)),
        "tuple": (1, 2), "rows": X.take(np.arange(2)),
    }

def transform(state, X):
    assert np.isnan(state["gaps"][1]) and np.isnan(state["nan"]) and state["small"] == -np.inf
    assert state["whole"].tolist() == [[0, 1, 2], [3, 4, 5]] and state["yes"].tolist() == [True, False]
    assert state["texts"].tolist() == ["a", None, "\\ud83d\\ude00"]
    assert state["deep"]["er"]["est"] == [1, [2.5, None, "x"]]
    assert state["big"] == 2.0**70 and state["flag"] is True and state["one"] == 0.5 and state["empty"].shape == (0, 3)
    assert state["tuple"] == [1, 2] and len(state["rows"]) == 2
    return X["fare"] + state["rows"]["fare"][0] + state["gaps"][0]
"""


def test_a_state_comes_back_from_disk_as_it_was_learned(tmp_path, sandboxed):
    table = tiny_table(n=N)
    for runner in (OWN, sandboxed):
        fitted = placed(CodeSource("kept", LEARNED), runner).fit(table, None, seeds=Seeds(0))
        write_states(tmp_path / "one.state", [fitted.state()])
        (state,) = read_states(tmp_path / "one.state")
        again = may_run(CodeStep.restore(state), CodeAccess(runner=runner))
        assert again.transform(table).numeric.tobytes() == fitted.transform(table).numeric.tobytes()
        assert again.effort() == fitted.effort()
        assert set(state.arrays) <= CodeStep.traits.nan_arrays
        write_states(tmp_path / "two.state", [again.state()])
        assert (tmp_path / "two.state").read_bytes() == (tmp_path / "one.state").read_bytes()


@each(("key", "value"), [
    ("version", 2), ("source", 7), ("source_name", None), ("learned", [1]), ("learned", {"a": 99}), ("columns", "all"),
    ("columns", [["fare", "thing", [], 0.0, 1.0]]), ("columns", [["fare", "number", [], "0", 1.0]]), ("columns", [7]),
    ("names", ["a", "b"]), ("answered", 3),
])  # fmt: skip
def test_a_damaged_state_is_refused(key, value):
    state = _fitted(learning("{'x': X['fare'] * 2}", "X['fare']"), tiny_table(n=N)).state()
    state.meta[key] = value
    with pytest.raises(BundleError):
        CodeStep.restore(state)


def test_nobody_runs_functions_of_a_step_that_was_not_told_who():
    table = tiny_table(n=N)
    state = _fitted("def transform(X):\n    return X['fare']\n", table).state()
    with pytest.raises(CodeError, match="allow_code=True") as caught:
        CodeStep.restore(state).transform(table)
    assert caught.value.reason == "code/no-sandbox"
    with pytest.raises(CodeError, match=r"The source of code .* is not here: there is no lab"):
        CodeStep("a" * 64).fit(table, None, seeds=Seeds(0))


@pytest.mark.parametrize("n_levels", [1, 15, 60, 300])
def test_means_of_a_category_are_learned_however_many_levels_it_has(n_levels):
    """Of few rows a level they are nearly the rows' own targets; a sample of a large table may look like that."""
    rng, n = np.random.default_rng(0), 300
    codes = CodeBlock(rng.permutation(np.arange(n) % n_levels)[:, None].astype(np.int32), ("city",), (n_levels,))
    fitted, made = placed(CodeSource("means", MEANS), OWN).fit_transform(
        Table.of(codes=codes), Target(rng.normal(size=n)), inner=folds_of(n), seeds=Seeds(0)
    )
    assert fitted.names == ("rate",)
    assert made.numeric.shape == (n, 1)


def test_sums_of_large_numbers_that_come_to_nearly_nothing_are_the_same_but_for_rounding():
    text = """
import numpy as np

def fit(X):
    return {"w": np.array([1.0, 1.0, -1.0, -1.0]) * 1e9}

def transform(state, X):
    A = np.nan_to_num(X.numbers)[:, [1, 2, 1, 2]] + np.arange(len(X))[:, None] * 0
    return {"nothing": A @ state["w"] + np.full(len(X), 1e-7 * len(X)), "much": X["fare"] * 1e9}
"""
    table = tiny_table(n=N)
    with pytest.raises(CodeError, match="what other rows are asked about"):
        _fitted(text, table)
    assert _fitted(text.replace('"nothing": A', '"nothing": 1e5 * X["parcels"] + A'), table).names == (
        "nothing",
        "much",
    )
