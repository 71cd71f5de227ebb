"""The tree and the rules say in words exactly what they predict."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.clock import Limits
from assay.core.contract import State
from assay.core.recipe import Step
from assay.core.schema import Column, Schema
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.features import registry as steps
from assay.models import registry
from assay.models.coding import Coding, paths, sentence
from assay.models.rules import Rules
from assay.models.rules_search import holds
from assay.models.tree import Tree
from assay.models.wording import Wording, number
from assay.research.portfolio import entries
from assay.testing.memory_view import MemoryView, facts_of
from assay.testing.models import small_view
from assay.testing.tables import PROBLEMS, tiny_table, tiny_target

WORDS = Wording(levels={"grade": ("A", "B", "C", "D", "E")}, classes=("no", "yes", "maybe"), outcome="price")


def fitted(model, view):
    return model.fit(view, limits=Limits(), seeds=Seeds(1))


@pytest.mark.parametrize("problem", PROBLEMS)
def test_each_row_satisfies_the_conditions_of_its_leaf_and_of_no_other(problem):
    view = small_view(problem)
    tree = fitted(Tree(min_leaf=5), view)
    X = tree.coding.matrix(view.rows)
    leaf = tree.forest.leaves(X, 0)
    for node, path in paths(tree.forest).items():
        if tree.forest.left[node] == node:
            assert np.array_equal(holds(path, X), leaf == tree.forest.leaf[node])


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_printed_tree_has_a_line_for_each_answer_and_counts_every_row_once(problem):
    view = small_view(problem)
    tree = fitted(Tree(min_leaf=5), view)
    lines = [line for line in tree.describe(WORDS) if "rows)" in line]
    assert len(lines) == len(tree.forest.values)
    assert sum(int(line.rsplit("(", 1)[1].split(" ")[0]) for line in lines) == len(view.train_rows)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_rules_are_few_short_and_add_up_to_the_prediction(problem):
    view = small_view(problem)
    model = fitted(Rules(n_rules=5, conditions=2), view)
    assert len(model.rules) <= 5
    assert all(len(rule) <= 2 for rule in model.rules)
    X = model.coding.matrix(view.rows)
    Z = np.column_stack([*(holds(rule, X) for rule in model.rules), np.ones(len(X))])
    np.testing.assert_allclose(model.scores(X), Z @ model.weights, rtol=1e-12, atol=1e-12)
    lines = model.describe(WORDS)
    assert len(lines) == len(model.rules) + 1
    assert lines[0].startswith("start at ")
    assert all(line.startswith("if ") for line in lines[1:])


def test_rules_name_columns_levels_and_classes():
    table = tiny_table(plain=True, n=300)
    y = np.isin(table.codes[:, 1], [0, 3]).astype(np.int32)
    model = fitted(Rules(n_rules=1, conditions=1), MemoryView.of(table, Target(y, 2)))
    assert any("grade in {A, D}" in line or "grade not in" in line for line in model.describe(WORDS))
    assert all("for yes" in line for line in model.describe(WORDS))


def test_a_number_stored_on_another_scale_is_said_in_the_persons_own():
    schema = Schema(columns=(Column(name="year", kind="numeric", reason="", shift=2000.0, scale=2.0),))
    words = Wording.of(schema)
    assert words.interval("year", -np.inf, 1.5) == "<= 2003"
    assert words.interval("year", 0.0, 1.5) == "> 2000 and <= 2003"


@given(st.floats(-1e9, 1e9))
def test_a_number_in_words_is_within_a_thousandth_of_itself(value):
    assert float(number(value)) == pytest.approx(value, rel=1e-3, abs=1e-12)


def test_the_levels_of_two_classes_lie_in_the_order_of_their_share():
    table = tiny_table(plain=True, n=400)
    target = tiny_target("binary", table)
    coding = Coding.of(table, target)
    first = coding.first[1]
    means = [np.mean(target.values[table.codes[:, 1] == code]) for code in range(5)]
    rows = np.array([np.sum(table.codes[:, 1] == code) for code in range(5)])
    often = np.flatnonzero(rows > 60)
    values = coding.values[first + 1 : first + 6]
    assert np.array_equal(np.argsort(values[often]), np.argsort(np.array(means)[often]))


def test_a_rule_without_conditions_is_always_true():
    coding = Coding.of(tiny_table(plain=True), tiny_target("binary", tiny_table(plain=True)))
    assert sentence((), coding, Wording()) == "always"


@pytest.mark.parametrize("name", ["tree", "rules"])
def test_readable_models_are_tried_only_where_they_are_wanted(name):
    facts = facts_of(tiny_table(plain=True), tiny_target("binary", tiny_table(plain=True)))
    assert name not in {entry.name for entry in entries(facts)}
    entry = next(entry for entry in entries(facts, purpose="interpretable") if entry.name == name)
    assert registry.get(name).traits.readable
    assert all(steps.build(step) for step in entry.recipe.steps)


@pytest.mark.parametrize(("name", "array", "value"), [
    ("tree", "code_first", 7), ("tree", "left", 10**6), ("rules", "column", 99), ("rules", "rule", -1),
])  # fmt: skip
def test_a_readable_model_whose_numbers_lead_out_of_it_is_not_restored(name, array, value):
    state = fitted(registry.build(Step.of(name)), small_view("binary")).state()
    arrays = {key: np.array(one) for key, one in state.arrays.items()}
    arrays[array][0] = value
    with pytest.raises(ValueError, match="fit"):
        registry.get(name).restore(State(state.name, state.meta, arrays))


@pytest.mark.parametrize(("column", "said"), [
    ("city:mean", "usual outcome of city"), ("since:month", "month of since"), ("city & grade:mean",
    "usual outcome of city and grade"), ("fare", "fare"), ("a:b", "a:b"), ("unknown:mean", "unknown:mean"),
])  # fmt: skip
def test_a_column_that_a_step_made_is_said_as_a_person_would(column, said):
    words = Wording(columns=frozenset({"city", "grade", "since", "fare", "a:b"}))
    assert words.name(column) == said


def test_what_trees_write_for_zero_is_zero():
    assert Wording().interval("visits", 1e-35, np.inf) == "> 0"
    assert Wording().interval("visits", -np.inf, -1e-35) == "<= 0"
    assert Wording().interval("visits", 69.5, 1e300) == "> 69.5"  # as LightGBM parts what is missing from the rest
