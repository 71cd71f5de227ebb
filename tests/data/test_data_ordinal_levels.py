"""Words that have an order are given it: scales, ranges and numbered answers; whatever else is left alone."""

import numpy as np
import pandas as pd
from hypothesis import example, given
from hypothesis import strategies as st

from assay.data.encode import encode_frame, encode_rows
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions
from assay.data.ordinal_levels import RANKS, order_of
from each import each


@each(
    "low_to_high",
    [
        ("low", "med", "high", "vhigh"),
        ("small", "med", "big"),
        ("2", "3", "4", "5more"),
        ("2", "4", "more"),
        ("Fair", "Good", "Very Good", "Premium", "Ideal"),
        ("<18", "18-24", "25-34", "65+"),
        ("under 18", "18 to 24", "25 or more"),
        ("less than 1 year", "1-2 years", "3-5 years", "6+ years"),
        ("$500-999", "$1,000-2,000", "$2,001+"),
        ("<10k", "10k-20k", "20k-100k", ">100k"),
        ("<0", "0<=X<200", ">=200"),
        ("1 - never", "2 - sometimes", "10 - always"),
        ("grade 2", "grade 9", "grade 10"),
        ("1 - Strongly disagree", "2 - Disagree", "3", "4 - Agree", "5 - Strongly agree"),
        ("Low Risk", "Med Risk", "High Risk"),
        ("Disagree", "Disagree somewhat", "Agree somewhat", "Agree"),
        ("one", "two", "three or more"),
        ("underweight", "normal", "overweight", "obese"),
        ("somewhat disagree", "neither agree nor disagree", "tend to agree"),
        ("yearly", "bi-weekly", "daily"),
        ("Strongly disagree", "Disagree", "Neutral", "Agree", "Strongly agree"),
    ],
)
def test_an_order_of_words_is_found_whatever_order_they_come_in(low_to_high):
    assert order_of(tuple(reversed(low_to_high))) == low_to_high
    assert order_of(tuple(sorted(low_to_high))) == low_to_high


@each(
    "texts",
    [
        ("red", "green", "blue"), ("yes", "no", "maybe"), ("S", "M", "D", "W"), ("A12", "A13", "B1"),
        ("555-1234", "555-1235", "555-9999"), ("12345-6789", "22345-6789", "32345-6789"), ("low", "high"),
        ("low", "medium", "red"), ("Mon", "Tue", "Wed"), ("unknown", "low", "high"), ("T-4", "X-4", "Y-5"),
        ("10-20", "10-30", "30-40"),
    ],
)  # fmt: skip
def test_words_without_an_order_that_all_agree_on_have_none(texts):
    assert order_of(texts) is None


def test_answers_that_say_nothing_have_no_place():
    assert order_of(("unknown", "primary", "tertiary", "secondary")) == ("primary", "secondary", "tertiary")


@example(["not important", "extremely important", "moderately important"])
@given(st.sampled_from(RANKS).flatmap(lambda scale: st.lists(st.sampled_from(sorted(scale)), min_size=1, unique=True)))
def test_every_scale_is_ordered_by_its_own_ranks_or_by_an_earlier_one_that_has_all_words(words):
    found = order_of(words)
    fitting = next(scale for scale in RANKS if all(word in scale for word in words))
    if found is None:
        assert len({fitting[word] for word in words}) < 3
    else:
        places = [fitting[word] for word in found]
        assert places == sorted(places)


@given(st.lists(st.text(max_size=12), max_size=12))
def test_any_texts_are_answered_without_a_crash_and_no_text_is_invented(texts):
    found = order_of(texts)
    assert found is None or set(found) <= set(texts)


def table():
    grades = ["low", "med", "high", "vhigh", None, "low"] * 10
    return pd.DataFrame({"grade": grades, "x": np.arange(60.0), "y": [0, 1] * 30})


def test_a_column_of_ordered_words_is_an_ordinal_that_says_its_order():
    column = infer_schema(table(), TaskOptions(target="y"))["grade"]
    assert (column.kind, column.levels, column.reason) == ("ordinal", ("low", "med", "high", "vhigh"),
                                                           "low < med < high < vhigh")  # fmt: skip


def test_who_wants_a_category_says_so():
    column = infer_schema(table(), TaskOptions(target="y", kinds={"grade": "category"}))["grade"]
    assert column.kind == "category"


def test_an_ordinal_lies_in_the_table_as_its_place_the_same_from_frames_and_from_rows():
    schema = infer_schema(table(), TaskOptions(target="y"))
    rows = [{"grade": word, "x": 1.0} for word in ("vhigh", "low", "never seen", None, "med")]
    one, other = encode_frame(schema, pd.DataFrame(rows)), encode_rows(schema, rows)
    place = one.numeric_names.index("grade")
    assert np.array_equal(one.numeric[:, place], np.array([3, 0, np.nan, np.nan, 1], np.float32), equal_nan=True)
    assert np.array_equal(one.numeric, other.numeric, equal_nan=True)
    assert "grade" not in one.code_names
