"""Values that the model has never met: said once, a line a column, where they are many."""

import warnings

import pytest

from assay.core.errors import DataWarning
from assay.predictor.new_rows_check import NEW_SHARE


@pytest.mark.parametrize("ask", ["predict", "predict_proba", "predict_both"])
@pytest.mark.parametrize("n", [10, 100])
def test_a_call_warns_with_a_line_a_column(binary, ask, n):
    many, few = n // 2, n // 5
    predictor = binary.fresh()
    rows = binary.rows(n, city=[f"village {i % 3}" for i in range(many)], job=["influencer"] * few)
    with pytest.warns(DataWarning) as caught:
        getattr(predictor, ask)(rows)
    assert [warning.message.code for warning in caught] == ["data/unseen-values"]
    lines = str(caught[0].message).split("\n")
    assert lines == [
        f"city: {many} of {n} rows (50 %) hold values never seen in training, e.g. 'village 0'",
        f"job: {few} of {n} rows (20 %) hold values never seen in training, e.g. 'influencer'",
    ]
    assert caught[0].filename == __file__


def test_a_column_is_warned_of_once_by_a_predictor_and_another_still(binary):
    predictor = binary.fresh()
    with pytest.warns(DataWarning, match="city: 5 of 10 rows"):
        predictor.predict(binary.rows(10, city=["village"] * 5))
    predictor.predict(binary.rows(10, city=["hamlet"] * 5))  # a second warning would be an error
    with pytest.warns(DataWarning, match="job: 5 of 10 rows"):
        predictor.predict(binary.rows(10, city=["hamlet"] * 5, job=["influencer"] * 5))


def test_a_few_new_values_and_a_single_row_are_no_warning(binary):
    few = binary.rows(100, city=["village"] * (int(100 * NEW_SHARE) - 1))
    one = binary.rows(1, city=["village"])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        answers = [binary.predictor.predict(rows) for rows in (few, one, one.iloc[0].to_dict())]
    assert [len(answer) for answer in answers] == [100, 1, 1]
    assert caught == []


def test_the_report_has_the_same_line(binary):
    found = binary.predictor.check(binary.rows(10, city=["village 1", "village 2"], job=["influencer"]))
    assert "city: 2 of 10 rows (20 %) hold values never seen in training, e.g. 'village 1'" in found.text
    assert 'job "influencer" never seen (1 row)' in found.text


@pytest.mark.parametrize("rare", ["no base64", "AAAA"])
def test_hashes_that_are_none_are_no_schema(binary, rare):
    from assay.core.codec import from_json, to_json
    from assay.core.schema import Column

    body = to_json(binary.predictor.schema["city"])
    with pytest.raises(ValueError, match=r"(?i)base64|hashes"):
        from_json(Column, {**body, "rare": rare})
