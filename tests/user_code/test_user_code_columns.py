"""Which columns a source reads, by its text: what it says is enough for the same answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import CodeError
from assay.sandbox.rows import Rows
from assay.user_code.calls import Functions
from assay.user_code.given_rows import GivenColumn
from assay.user_code.runners import TrustedRunner
from assay.user_code.source import CodeSource
from each import each

NAMES = ("a", "b", "c", "d")
ROWS = Rows({name: np.arange(5.0) * (i + 1) for i, name in enumerate(NAMES)}, 5)
PIECES = (
    "X['a']", "X['b'] * 2", 'X["c"]', "np.full(len(X), 3.0)", "len(X) + X['a'] * 0", "X.numbers.sum(axis=1)",
    "sum(X[name] for name in X)", "sum(X[name] for name in ('a', 'd'))", "helper(X)", "inner(X)", "X[KEY]", "other()",
    "np.asarray(X)[:, 3]", "X.take(slice(None))['d']", "(lambda X: X['b'])(X)", "[X][0]['d']", "(Z := X)['c']",
    "dict(X.items())['d']", "locals()['X']['d']", "eval('X')['c']", "state['n'] + X['a'] * 0", "size(X)",
    "X['a'] if 'b' in X else X['c']", "{**dict(X.items())}['b']", "f'{X[\"a\"][0]}' and X['b']",
)  # fmt: skip
FITS = ("{'n': len(X)}", "{'n': len(columns)}", "{'n': X['d'].sum()}", "{'n': len(list(X))}", "{'n': 0.0}")


def text_of(pieces, fit):
    asks = "X, columns" if "columns" in fit else "X"
    return f"""
import numpy as np

KEY = "d"

def size(X):
    return X["a"] * 0 + len(X)

def helper(rows):
    return rows["d"]

def other():
    return 1.0

def fit({asks}):
    return {fit}

def transform(state, X):
    def inner(rows):
        return X["b"]
    return np.zeros(len(X)) + {" + ".join(f"({piece})" for piece in pieces)}
"""


def answer(source, rows):
    functions = Functions(source=source, runner=TrustedRunner())
    columns = [GivenColumn(name=name, kind="number") for name in rows]
    return functions.transform(functions.fit_step(rows, None, columns, 0), rows).values


@given(pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=3), fit=st.sampled_from(FITS))
def test_the_columns_that_it_says_it_reads_are_enough_for_the_same_answer(pieces, fit):
    source = CodeSource("some", text_of(pieces, fit))
    named = source.columns
    if named is None:
        return
    few = Rows({name: column for name, column in ROWS.items() if name in named}, len(ROWS))
    np.testing.assert_array_equal(answer(source, few), answer(source, ROWS))


@each(("body", "expected"), [
    ("return X['a'] / X['b']", ("a", "b")),
    ("x = X['b'].copy()\n    return x + len(X) + X['b']", ("b",)),
    ("return len(X)", None),
    ("return X.numbers", None),
    ("return X[KEY]", None),
    ("return [X[name] for name in X]", None),
    ("X = X['a']\n    return X", None),
    ("for X in [1]:\n        pass\n    return X['a']", None),
    ("return other(X) + X['a']", None),
    ("return len(X, 1) + X['a']", None),
    ("return locals()['X']['b'] + X['a']", None),
])  # fmt: skip
def test_it_tells_only_where_every_use_of_its_rows_names_a_column(body, expected):
    assert CodeSource("some", f"def transform(X):\n    {body}\n").columns == expected


def test_one_that_asks_which_columns_there_are_reads_all():
    text = """
def fit(X, columns):
    return {"n": len(columns)}

def transform(state, X):
    return X["a"] + state["n"]
"""
    assert CodeSource("some", text).columns is None
    assert CodeSource("some", text.replace(", columns", "").replace("columns", "[]")).columns == ("a",)


def test_another_meaning_of_len_tells_nothing():
    text = "def len(X):\n    return X.numbers\ndef transform(X):\n    return len(X) + X['a']\n"
    assert CodeSource("some", text).columns is None


def test_a_source_that_does_not_fit_says_so():
    with pytest.raises(CodeError, match="asks for y"):
        _ = CodeSource("some", "def transform(X, y):\n    return X['a']").columns
