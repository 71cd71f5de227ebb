"""Conditions in words: what they say is what they select."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.explain.feature_columns import FeatureColumn
from assay.explain.row_conditions import RowCut, condition_mask, condition_text, essential, short_threshold, value_text

DAYS = FeatureColumn(name="sold", form="date", values=np.array([19000.0, 19100.0, np.nan]))
AGE = FeatureColumn(name="age", form="number", values=np.array([20.0, 40.0, np.nan]))
SIZE = FeatureColumn(name="size", form="order", values=np.array([0.0, 1.0, 2.0]), levels=("small", "medium", "large"))
CITY = FeatureColumn(name="city", form="level", values=np.array([0.0, 1.0, np.nan]), levels=("Bern", "Oslo"))
COLUMNS = {column.name: column for column in (DAYS, AGE, SIZE, CITY)}


def said(*cuts):
    return condition_text(cuts, COLUMNS), condition_mask(cuts, COLUMNS).tolist()


def test_levels_dates_and_orders_are_said_as_they_are_written():
    assert said(RowCut(column="city", side="is", value=1.0)) == ("city is Oslo", [False, True, False])
    assert said(RowCut(column="city", side="missing")) == ("city is missing", [False, False, True])
    assert said(RowCut(column="sold", side="above", value=19050.0)) == ("sold after 2022-02-27", [False, True, False])
    assert said(RowCut(column="size", side="above", value=0.0)) == ("size above small", [False, True, True])
    assert value_text(CITY, 7.0) == "a rare value"


def test_what_another_comparison_implies_is_left_out_and_columns_stand_together():
    wide, narrow = RowCut(column="age", side="above", value=10.0), RowCut(column="age", side="above", value=30.0)
    known, other = RowCut(column="age", side="known"), RowCut(column="size", side="at most", value=1.0)
    assert essential((wide, narrow, known)) == (narrow,)
    low = RowCut(column="age", side="at most", value=50.0)
    assert said(narrow, other, low)[0] == "age above 30 and age at most 50 and size at most medium"


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30, unique=True), st.data())
def test_a_short_threshold_parts_the_values_as_the_long_one_does(values, data):
    known = np.sort(np.array(values))
    at = data.draw(st.integers(0, len(known) - 2))
    threshold = (known[at] + known[at + 1]) / 2
    assert ((known > short_threshold(known, threshold)) == (known > threshold)).all()
