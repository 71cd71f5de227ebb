"""What a predictor answers: the same as its recipes, from any form of rows, in the order of the rows."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import DataError, UsageError
from assay.data.encode import encode_frame
from assay.predictor.predictor import Predictor
from each import at_most

LABELS = {"bought": {"yes", "no"}, "grade": {0, 1, 2}}


def by_hand(case):
    """The blend computed from its fitted recipes: half the bag, half the refit, weights, prior."""
    table = encode_frame(case.predictor.schema, case.frame)
    total = 0.0
    for member in case.predictor.members:
        *bag, refit = [recipe.predict(table) for recipe in case.recipes[member.number]]
        total = total + member.weight * (0.5 * np.mean(bag, axis=0) + 0.5 * refit)
    return case.predictor.passport.calibration.apply(total) if case.predictor.classes else total


def test_the_answer_is_half_the_fold_bag_and_half_the_refit_of_each_member(case):
    np.testing.assert_allclose(case.predictor.stored(case.frame), by_hand(case), rtol=1e-9)


def forms(frame):
    records = frame.to_dict("records")
    return {
        "frame": frame,
        "shuffled columns": frame[list(frame.columns[::-1])],
        "extra column": frame.assign(notes="x"),
        "list of dicts": records,
        "tuple of dicts": tuple(records),
        "dict of lists": frame.to_dict("list"),
        "dict of arrays": {name: frame[name].to_numpy() for name in reversed(frame.columns)},
        "dict of series": dict(frame.items()),
        "polars": pl.from_pandas(frame),
        "arrow": pa.Table.from_pandas(frame),
        "other index": frame.set_axis(range(500, 500 + len(frame))),
        "objects": frame.astype(object),
        "names with spaces": frame.rename(columns={"age": " age "}),
    }


@pytest.mark.parametrize("n", [1, 7, 100])
def test_every_form_of_the_same_rows_gets_the_same_answer(case, n):
    expected = case.predictor.stored(case.frame)[:n]
    for name, rows in forms(case.frame[:n]).items():
        np.testing.assert_allclose(case.predictor.stored(rows), expected, rtol=1e-9, err_msg=name)


def test_a_dict_a_pandas_row_and_a_frame_of_one_row_are_one_row(case):
    expected = case.predictor.predict(case.frame[3:4])
    row = case.frame.iloc[3]
    for one in (dict(row), row, case.frame[3:4]):
        answer = case.predictor.predict(one)
        assert answer.shape == (1,)
        assert answer[0] == expected[0]


def test_both_at_once_are_what_each_gives(case):
    if not case.predictor.classes:
        with pytest.raises(UsageError, match="has no probabilities"):
            case.predictor.predict_both(case.frame)
        return
    labels, p = case.predictor.predict_both(case.frame)
    np.testing.assert_array_equal(labels, case.predictor.predict(case.frame))
    np.testing.assert_array_equal(p, case.predictor.predict_proba(case.frame))


def test_an_array_is_read_by_the_order_of_the_schema(binary):
    columns = list(binary.frame.columns[:7])
    for n in (5, 80):
        rows = binary.frame[columns][:n]
        np.testing.assert_allclose(
            binary.predictor.stored(rows.to_numpy(dtype=object)), binary.predictor.stored(rows), rtol=1e-9
        )


def test_an_array_of_another_width_is_refused_with_the_columns_expected(binary):
    for wrong in (np.zeros((3, 4)), np.zeros(7)):
        with pytest.raises(UsageError, match=r"7 columns are expected \(age, fare, job, city, member, …\)"):
            binary.predictor.predict(wrong)


def test_missing_columns_are_named_whatever_the_form(binary):
    lacking = binary.frame.drop(columns=["age", "job"])
    for rows in (lacking, lacking[:2], lacking[:1].to_dict("records")[0], lacking[:3].to_dict("records")):
        with pytest.raises(DataError, match='"age", "job"'):
            binary.predictor.predict(rows)


def test_what_is_no_table_is_refused(binary):
    with pytest.raises(DataError, match="cannot be made of int"):
        binary.predictor.predict(3)
    with pytest.raises(UsageError, match="Row 0 is of type int"):
        binary.predictor.predict([1, 2])


def test_labels_come_back_in_their_own_type(case):
    answer = case.predictor.predict(case.frame)
    if not case.predictor.classes:
        assert answer.dtype == np.float64
        return
    assert set(answer.tolist()) <= LABELS[case.predictor.passport.target]
    assert {type(label) for label in answer.tolist()} == {type(case.predictor.classes[0])}


def test_probabilities_sum_to_one_and_agree_with_the_labels(case):
    if not case.predictor.classes:
        with pytest.raises(UsageError, match="has no probabilities"):
            case.predictor.predict_proba(case.frame)
        return
    p = case.predictor.predict_proba(case.frame)
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-12)
    assert p.min() > 0
    labels = np.array(case.predictor.classes, dtype=object)[p.argmax(axis=1)]
    assert np.array_equal(labels, case.predictor.predict(case.frame).astype(object))


@settings(max_examples=at_most(20), deadline=None)
@given(order=st.permutations(range(12)), copies=st.integers(1, 8))
def test_each_row_is_answered_for_itself_in_its_place(binary, order, copies):
    rows = binary.frame.iloc[list(order) * copies]
    expected = binary.predictor.stored(binary.frame[:12])[list(order) * copies]
    np.testing.assert_allclose(binary.predictor.stored(rows), expected, rtol=1e-9)


def test_no_rows_get_no_answers(binary):
    for none in (binary.frame[:0], []):
        assert binary.predictor.predict(none).shape == (0,)
        assert binary.predictor.predict_proba(none).shape == (0, 2)


def test_many_rows_in_chunks_are_answered_like_few(binary):
    many = pd.concat([binary.frame] * 90, ignore_index=True)
    assert len(many) > 20_000
    once = binary.predictor.stored(binary.frame)
    np.testing.assert_allclose(binary.predictor.stored(many), np.tile(once, 90), rtol=1e-12)


def test_whole_numbers_beside_a_gap_stay_whole(binary):
    rows = binary.frame.to_dict("records")
    rows[0] = {**rows[0], "rooms": None}
    expected = np.concatenate([binary.predictor.stored(rows[:1]), binary.predictor.stored(binary.frame[1:])])
    np.testing.assert_allclose(binary.predictor.stored(rows), expected, rtol=1e-9)


def test_the_threshold_decides_between_two_classes(binary):
    from dataclasses import replace

    bundle = binary.predictor._bundle
    strict = Predictor(replace(bundle, passport=replace(bundle.passport, threshold=0.999999)))
    assert set(strict.predict(binary.frame)) == {"no"}
    assert strict.threshold == 0.999999


def test_encoders_that_members_share_are_fitted_into_the_plan_once(binary):
    pieces = [piece for member in binary.predictor.members for piece in member.pieces]
    prefixes = {piece.encoders[:depth] for piece in pieces for depth in range(1, len(piece.encoders) + 1)}
    used = sum(len(piece.encoders) for piece in pieces)
    assert len(binary.predictor.plan.nodes) == len(prefixes) < used


def test_multipliers_and_cuts_decide_labels_and_leave_probabilities_alone(case, tmp_path):
    from dataclasses import replace

    if len(case.predictor.classes) < 3:
        return
    made = case
    bundle, plain = made.predictor._bundle, made.predictor.predict_proba(made.frame)
    for changes, only in (
        ({"multipliers": (1e-9, 1e-9, 1.0)}, 2),
        ({"cuts": (1.9, 1.99)}, 0),
        ({"cuts": (0.0, 2.0)}, 1),
    ):
        moved = Predictor(replace(bundle, passport=replace(bundle.passport, **changes)))
        loaded = Predictor.load(moved.save(tmp_path / "moved.zip"))
        np.testing.assert_array_equal(loaded.predict_proba(made.frame), plain)
        np.testing.assert_array_equal(loaded.predict(made.frame), moved.predict(made.frame))
        assert set(loaded.predict(made.frame)) == {only}
    for wrong in ({"multipliers": (1.0, 1.0)}, {"cuts": (1.0,)}, {"multipliers": (1.0, 1.0, -1.0)}):
        with pytest.raises(ValueError, match=r"multipliers|Multipliers"):
            replace(bundle.passport, **wrong)
