"""Symbolic regression: it recovers laws, says them, and answers by hand what it says."""

import numpy as np
import pytest

from assay.core.block.columns import NumericBlock
from assay.core.clock import Deadline, Limits
from assay.core.contract import Seeds, State, Table, Target
from assay.models import registry
from assay.models.formula import Formula
from assay.models.formula_terms import is_formula, values_of
from assay.models.wording import Wording
from assay.research.portfolio import entries
from assay.research.readable import order
from assay.search.preset import is_readable
from assay.testing.memory_view import MemoryView, facts_of
from assay.testing.tables import tiny_table

SMALL = Formula(population=80, generations=6, most_terms=2)


def view_of(X, y, n_classes=0):
    table = Table.of(numeric=NumericBlock(np.float32(X), tuple(f"x{j}" for j in range(X.shape[1]))))
    return MemoryView.of(table, Target(np.int32(y), n_classes) if n_classes else Target(np.float64(y)))


def fitted(view, model=SMALL, limits=None, seed=1):
    return model.fit(view, limits=limits or Limits(), seeds=Seeds(seed))


def positive(n=300, d=5, seed=0):
    return np.random.default_rng(seed).uniform(0.5, 3.0, (n, d))


@pytest.mark.parametrize(
    ("law", "text"),
    [
        (lambda X: 3 * X[:, 1] / X[:, 2] + 2, "the target = 2 + 3 * (x1 / x2)"),
        (lambda X: 5 - 0.5 * X[:, 0] * X[:, 3], "the target = 5 - 0.5 * (x3 * x0)"),
        (lambda X: 1 + 4 * np.log(X[:, 4]), "the target = 1 + 4 * (log(x4))"),
        (lambda X: 2 * X[:, 0] * X[:, 1] / X[:, 2], "x0"),
    ],
)  # fmt: skip
def test_a_law_without_noise_is_found(law, text):
    X = positive()
    view = view_of(X, law(np.float64(np.float32(X))))
    model = fitted(view)
    np.testing.assert_allclose(model.predict(view.table("test")), view.target("test").values, rtol=1e-5)
    assert text in model.describe()[0]


def test_a_law_with_noise_is_found_with_its_factors():
    X = positive(600)
    view = view_of(X, 3 * X[:, 1] / X[:, 2] + 2 + np.random.default_rng(1).normal(0, 0.3, 600))
    model = fitted(view)
    assert model.terms[0] == ("/", ("column", "x1"), ("column", "x2"))
    assert abs(model.factors[1, 0] - 3) < 0.3


def test_classes_get_log_odds_of_a_formula():
    X = positive(600)
    odds = 4 * (X[:, 0] / X[:, 1] - 1)
    view = view_of(X, np.random.default_rng(1).random(600) < 1 / (1 + np.exp(-odds)), n_classes=2)
    model = fitted(view)
    p, y = model.predict(view.table("test"))[:, 1], view.target("test").values
    assert (p[y == 1][:, None] > p[y == 0]).mean() > 0.8
    assert model.describe(Wording(classes=("no", "yes")))[0].startswith("log odds of yes = ")


def test_what_is_not_defined_counts_as_the_mean():
    X = positive()
    model = fitted(view_of(X, X[:, 1] / X[:, 2]))
    odd = np.float32(X[:3])
    odd[0, 2], odd[1, 1] = 0.0, np.nan
    p = model.predict(view_of(odd, np.zeros(3)).rows)
    assert np.isfinite(p).all()
    assert p.max() <= model.bounds[1]


def test_levels_are_asked_by_name():
    table = tiny_table(plain=True, n=300)
    y = np.where(table.codes[:, 1] == 2, 5.0, 0.0)
    model = fitted(MemoryView.of(table, Target(y)))
    name = table.code_names[1]
    assert f'{name} == "C"' in model.describe(Wording(levels={name: ("A", "B", "C", "D", "E")}))[0]


def test_a_front_grows_in_length_and_falls_in_error():
    X = positive(600)
    model = fitted(view_of(X, X[:, 0] * X[:, 3] - 2 * np.log(X[:, 4])), Formula(population=80, generations=6))
    assert len(model.front) >= 3
    assert all(a.length < b.length and a.left > b.left for a, b in zip(model.front, model.front[1:], strict=False))


def test_the_same_seed_finds_the_same_and_the_deadline_ends_the_search():
    X = positive()
    view = view_of(X, np.sin(3 * X[:, 0]) + X[:, 1])
    assert fitted(view).state().meta == fitted(view).state().meta
    late = fitted(view, limits=Limits(deadline=Deadline.after(-1.0)))
    assert late.ended == "deadline"
    assert np.isfinite(late.predict(view.rows)).all()


def test_a_state_with_a_foreign_part_is_refused():
    X = positive()
    state = fitted(view_of(X, X[:, 1] / X[:, 2])).state()
    for term in (["exp", ["column", "x1"]], ["/", ["column", "x1"], ["column", "y"]], ["column"], 3.0):
        with pytest.raises(Exception, match=r"formula|expression|expected"):
            registry.get("formula").restore(State("formula", {**state.meta, "terms": [term]}, state.arrays))
    assert not is_formula(("+", ("column", "a"), "text"))
    assert values_of(("/", ("column", "a"), 2.0), {"a": np.ones(2)}, 2).tolist() == [0.5, 0.5]


def test_it_is_read_in_the_preset_for_reading_alone():
    facts = facts_of(tiny_table(plain=True), Target(np.zeros(160)))
    read = {entry.name: entry for entry in order(facts)}
    assert is_readable(read["formula"].recipe)
    assert "formula" not in {entry.name for entry in entries(facts)}
