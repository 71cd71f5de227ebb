"""Numbers as people read them, near names, places, errors."""

import math
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assay.core import errors
from assay.core.errors import AssayError, AssayWarning, CodeError, UsageError, Where, nearest_names
from assay.core.figure import Difference, Figure, decimals_for, number_text

finite = st.floats(-1e12, 1e12)


@given(value=finite, decimals=st.integers(0, 8), signed=st.booleans())
def test_a_number_as_text_reads_back_to_within_half_a_unit_of_its_last_digit(value, decimals, signed):
    text = number_text(value, decimals, signed=signed)
    read = float(text.replace(",", "").replace("−", "-"))
    assert abs(read - value) <= 0.5 * 10**-decimals + 1e-12 * abs(value)
    assert "-" not in text, "a minus sign, not a hyphen"


@given(value=finite, decimals=st.integers(0, 4))
def test_zero_has_no_minus_and_a_sign_is_shown_when_asked(value, decimals):
    text = number_text(value, decimals)
    assert text.startswith("−") == (value < 0 and float(text.lstrip("−").replace(",", "")) != 0)
    assert number_text(value, decimals, signed=True)[0] in "+−"


@given(value=st.floats(1e-200, 1e-8), share=st.sampled_from([1e-3, 1e-2, 0.1]))
def test_a_tiny_number_is_told_by_a_power_of_ten_to_the_digits_it_earned(value, share):
    text = number_text(value, decimals_for(share * value))
    assert float(text) == pytest.approx(value, rel=share)
    assert len(text) <= 12


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_is_unknown_is_a_dash_and_never_zero(value):
    assert number_text(value, 2) == "–"


@given(sigma=st.floats(1e-9, 1e6))
def test_the_last_digit_shown_is_the_first_that_noise_moves(sigma):
    decimals = decimals_for(sigma)
    assert decimals == 0 or 10**-decimals <= sigma * (1 + 1e-9) < 10 * 10**-decimals * (1 + 1e-9)


@pytest.mark.parametrize("sigma", [0.0, -1.0, math.nan, math.inf])
def test_without_a_noise_four_digits_are_shown(sigma):
    assert decimals_for(sigma) == 4


def figure(**changes):
    known = {"value": 0.80812, "metric": "roc_auc", "origin": "corrected", "rows": 45_211, "title": "ROC AUC"}
    return Figure(**{**known, "low": 0.8008, "high": 0.8154, **changes})


def test_a_figure_says_what_it_is_from_how_many_rows_and_how_sure():
    assert repr(figure()) == "0.808 ROC AUC (95 % 0.801 to 0.815), corrected, 45,211 rows"
    assert repr(figure(low=None, high=None)) == "0.8081 ROC AUC, corrected, 45,211 rows"
    assert float(figure()) == 0.80812


@given(value=st.floats(-10, 10), sigma=st.floats(1e-6, 1.0))
def test_a_difference_is_counted_in_its_own_noise(value, sigma):
    difference = Difference(
        origin="oof", value=value, sigma=sigma, df=4, n_units=5, low=None, high=None, p=None, e=None
    )
    assert difference.z == pytest.approx(value / sigma)
    assert difference.text[0] in "+−"
    assert difference.interval_text == ""


@pytest.mark.parametrize(("value", "z"), [(0.0, 0.0), (1e-9, math.inf), (-2.0, -math.inf)])
def test_without_noise_any_difference_is_beyond_it(value, z):
    assert Difference(origin="oof", value=value, sigma=0.0, df=4, n_units=5, low=None, high=None, p=None, e=None).z == z


# -- near names --------------------------------------------------------------------------------

KNOWN = ("lightgbm", "linear", "catboost", "extra_trees", "Random Forest")


@pytest.mark.parametrize(
    ("wrong", "first"),
    [("lightgmb", "lightgbm"), ("LINEAR", "linear"), ("cat", "catboost"), (" extra_tree ", "extra_trees"),
     ("random forest", "Random Forest")],
)  # fmt: skip
def test_a_slip_finds_the_name_that_was_meant(wrong, first):
    assert nearest_names(wrong, KNOWN)[0] == first


@given(wrong=st.text(max_size=12), known=st.lists(st.text(max_size=12), max_size=8), at_most=st.integers(1, 4))
def test_near_names_are_few_known_and_each_named_once(wrong, known, at_most):
    near = nearest_names(wrong, known, at_most=at_most)
    assert set(near) <= set(known)
    assert len(near) == len(set(near)) <= at_most


@given(known=st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6), data=st.data())
def test_a_known_name_in_other_letters_is_the_nearest_to_itself(known, data):
    name = data.draw(st.sampled_from(known))
    assume(name.strip() and name.upper().casefold() == name.casefold())
    assert nearest_names(name.upper(), known)[0].strip().casefold() == name.strip().casefold()


def test_nothing_near_is_nothing():
    assert nearest_names("zebra", KNOWN) == ()
    assert nearest_names("agent", ("Age", "y")) == ()


# -- errors ------------------------------------------------------------------------------------


def kinds_of(root):
    return [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, root)]


def test_every_error_is_a_value_error_with_a_kind_of_its_own_and_an_exit_code():
    found = kinds_of(AssayError)
    assert len({error.kind for error in found}) == len(found) >= 9
    for error in found:
        assert issubclass(error, ValueError)
        reason = ("code/raised",) if error is CodeError else ()
        assert error(*reason, "what happened").exit_code in (2, 3)


def test_an_error_carries_where_what_was_near_and_what_to_do():
    error = UsageError("no", where=Where(file="a.csv", row=3), nearest=["yes"], do=["this", "that"])
    assert str(error) == error.message == "no"
    assert (error.nearest, error.do) == (("yes",), ("this", "that"))
    assert error.where.as_json() == {"file": "a.csv", "column": None, "row": 3, "option": None}


def test_every_warning_has_a_code_that_can_be_looked_up():
    for warning in kinds_of(AssayWarning):
        assert issubclass(warning, UserWarning)
        assert re.fullmatch(r"[a-z]+/[a-z-]+", warning("odd", code="data/cells").code)


def test_digits_handed_in_decide_where_no_interval_does():
    shown = figure(low=None, high=None, digits=2)
    assert (shown.text, shown.interval_text) == ("0.81", "")


def test_a_large_score_shows_no_digit_that_its_rows_have_not_earned() -> None:
    found = Figure(value=323_082_877_275.0, metric="rmse", origin="oof", rows=1500, low=5267.0, high=544_902_541_029.0)
    assert found.text == "300,000,000,000"
    assert found.interval_text == "95 % 0 to 500,000,000,000"
    house = Figure(value=23_456.0, metric="rmse", origin="oof", rows=1500, low=20_950.0, high=25_900.0)
    assert (house.text, house.interval_text) == ("23,000", "95 % 21,000 to 26,000")
