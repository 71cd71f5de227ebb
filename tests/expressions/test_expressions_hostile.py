"""A tree that comes from a file is one of ours, or it is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import UsageError
from assay.expressions.expression_tree import checked_tree
from assay.expressions.written_expression import written
from each import each


def deep(levels):
    tree = ["column", "x"]
    for _ in range(levels):
        tree = ["abs", tree]
    return tree


HOSTILE = {
    "nothing": None, "a truth value": True, "an object": {"column": "x"}, "an empty list": [],
    "a list of a list": [["abs"]],
    "an unknown head": ["eval", "x"], "code": ["__import__", "os"], "a column of no name": ["column", ""],
    "a column of two names": ["column", "x", "y"], "a column that is a list": ["column", ["x"]], "no parts": ["+"],
    "one part too many": ["/", 1, 2, 3], "a constant with a part": ["true", 1], "nan": ["abs", float("nan")],
    "infinity": float("inf"), "an endless number": ["abs", 10**400], "by alone": ["by", "x"],
    "by inside": ["abs", ["by", "x"]],
    "grouped twice": ["mean", ["mean", ["column", "x"], ["by"]], ["by", "y"]],
    "grouped by a tree": ["mean", 1, ["by", ["x"]]],
    "grouped twice by one": ["mean", 1, ["by", "x", "x"]], "a mean of all that is none": ["mean", ["column", "x"]],
    "a mean of nothing": ["mean", ["by", "x"]], "in nothing": ["in", ["column", "x"]], "in without all": ["in"],
    "in a column": ["in", 1, ["column", "x"]], "in this and that": ["in", ["column", "x"], 1, "a"],
    "too deep": deep(50), "far too deep": deep(900), "too wide": ["max", *[["column", "x"]] * 201],
    "too many": ["max", *[["max", *[1] * 20]] * 20],
}  # fmt: skip


@each("body", HOSTILE.values(), ids=HOSTILE)
def test_a_tree_of_another_form_is_refused(body):
    with pytest.raises(UsageError):
        checked_tree(body)


def test_trees_within_the_limits_are_canonical_however_they_are_stored():
    body = ["if", ["in", ["column", "x"], 1.0, 2.5], ["neg", 3.0], deep(30)]
    tree = checked_tree(body)
    assert tree[:3] == ("if", ("in", ("column", "x"), 1, 2.5), -3)
    assert checked_tree(json.loads(json.dumps(tree))) == tree
    assert json.dumps(tree) == json.dumps(checked_tree(tree)), "1.0 and 1 are one number"


bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["column", "by", "in", "mean", "+", "if", "neg", "true"]),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=3), parts, max_size=2),
    max_leaves=12,
)  # fmt: skip


@given(bodies)
def test_whatever_a_file_holds_is_a_tree_that_can_be_written_or_refused(body):
    try:
        tree = checked_tree(body)
    except UsageError:
        return
    assert written(tree)
    assert checked_tree(tree) == tree
