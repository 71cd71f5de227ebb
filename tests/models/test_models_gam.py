"""The additive model predicts what its boosted trees do, and can be read."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.clock import Limits
from assay.core.contract import State
from assay.core.seed import Seeds
from assay.models import _boosting as boosting
from assay.models.gam import FittedGam, Gam, collapsed
from assay.models.wording import Wording
from assay.testing.models import small_view
from assay.testing.tables import PROBLEMS


def fitted(view, **params) -> FittedGam:
    return Gam(**params).fit(view, limits=Limits(), seeds=Seeds(1))


def library_answer(view, table, rounds=None) -> np.ndarray:
    """What LightGBM's own trees predict, with leaves in double precision as the curves have them."""
    booster, stopping = Gam().learner.trained(view, limits=Limits(), seeds=Seeds(1), rounds=None)
    raw = booster.predict(boosting.matrix(table), num_iteration=rounds or stopping.best_round)
    return boosting.never_zero(raw, len(view.train_rows)) if view.problem.is_class else raw


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("rounds", [1, 7, None])
def test_curves_predict_what_the_boosted_trees_do(problem, rounds):
    view = small_view(problem)
    expected = library_answer(view, view.rows, rounds)
    np.testing.assert_allclose(fitted(view).predict(view.rows, rounds=rounds), expected, rtol=1e-9, atol=1e-9)


def test_rows_answered_one_by_one_add_up_the_trees_once():
    gam = fitted(small_view("multiclass"))
    first, again = gam.summed(2), gam.summed(2)
    assert first[0] is again[0]
    assert gam.summed(3)[0] is not first[0]
    np.testing.assert_array_equal(gam.summed(2)[0], first[0])


def test_a_cell_missing_only_in_new_rows_is_predicted_as_the_trees_do():
    view = small_view("binary")
    table = view.table("test")
    table.numeric[:, 1:] = np.nan
    np.testing.assert_allclose(fitted(view).predict(table), library_answer(view, table), rtol=1e-9, atol=1e-9)


def test_trees_of_two_questions_are_refused():
    view = small_view("binary")
    deep = replace(Gam().learner, leaves=4).trained(view, limits=Limits(), seeds=Seeds(1), rounds=None)
    with pytest.raises(ValueError, match="not additive"):
        collapsed(*deep, view.table("train"), view.target("train"))


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_terms_of_a_row_add_up_to_its_score(problem):
    view = small_view(problem)
    gam = fitted(view)
    centre = sum(term.rows @ term.values for term in gam.terms()) / len(view.train_rows)
    np.testing.assert_allclose(centre, 0.0, atol=1e-9)
    assert {term.name for term in gam.terms()} <= set(gam.names)
    assert all(term.rows.sum() == len(view.train_rows) for term in gam.terms())


def test_terms_speak_in_the_words_of_the_table():
    gam = fitted(small_view("regression"))
    words = Wording(levels={"grade": ("A", "B", "C", "D", "E")}, scales={"fare": (1000.0, 1.0)})
    by_name = {term.name: term for term in gam.terms(words)}
    assert {"A", "B", "missing"} <= set(by_name["grade"].bins)
    assert by_name["fare"].bins[0].startswith("<= 10")
    assert any(line.startswith("  A: ") for line in gam.describe(words))
    assert gam.terms()[0].matters == max(term.matters for term in gam.terms())


@pytest.mark.parametrize(("name", "at", "value"), [("used", 0, 99), ("columns", 0, -1), ("first_edge", 1, 10**6)])
def test_a_gam_whose_numbers_lead_out_of_it_is_not_restored(name, at, value):
    state = fitted(small_view("binary")).state()
    arrays = {key: np.array(array) for key, array in state.arrays.items()}
    arrays[name][at] = value
    with pytest.raises(ValueError, match="do not fit"):
        Gam.restore(State(state.name, state.meta, arrays))


@pytest.mark.parametrize("levels", [1, True, 4, 0])
def test_a_gam_whose_number_is_said_to_be_a_category_is_not_restored(levels):
    gam = fitted(small_view("regression"))
    state = gam.state()
    number = next(int(c) for c in gam.stumps.columns if gam.levels[c] < 0)
    said = [levels if c == number else n for c, n in enumerate(gam.levels)]
    with pytest.raises(ValueError, match="do not fit"):
        Gam.restore(State(state.name, {**state.meta, "levels": said}, state.arrays))
