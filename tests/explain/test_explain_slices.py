"""Slices of errors: what was planted is found and said, what is noise is not."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.explain.error_slices import error_slices
from assay.explain.feature_columns import FeatureColumn
from assay.explain.row_losses import row_losses, row_residuals

MONTHS = ("jan", "feb", "mar", "apr")


def table(rng, rows):
    values = rng.normal(size=(rows, 4))
    numbers = [
        FeatureColumn(name=name, form="number", values=column) for name, column in zip("abcd", values.T, strict=False)
    ]
    month = FeatureColumn(name="month", form="level", values=rng.integers(0, 4, rows).astype(float), levels=MONTHS)
    return values, month.values, (*numbers, month)


def linear(X, y):
    """Predictions of least squares on all rows: hardly any of them is fitted by itself."""
    design = np.column_stack([np.ones(len(X)), X])
    return design @ np.linalg.lstsq(design, y, rcond=None)[0]


def found_in(y, prediction, columns, **more):
    return error_slices(
        row_losses(prediction, y), columns, residuals=row_residuals(prediction, y), predictions=prediction, **more
    )


def test_a_slice_in_which_another_law_holds_is_named_and_said_in_words():
    X, month, columns = table(np.random.default_rng(1), 1600)
    inside = (month == 3) & (X[:, 2] > 0)
    y = np.where(inside, -X[:, 0], X[:, 0]) + 0.5 * np.random.default_rng(2).normal(size=1600)
    first = found_in(y, linear(X, y), columns)[0]
    assert first.correctable
    assert first.is_worse
    assert set(first.columns) == {"month", "c"}
    assert first.condition.startswith("month is apr and c above ")
    assert (first.mask & inside).sum() > 0.8 * inside.sum()
    assert first.rows == first.mask.sum()
    assert first.excess.low > 0
    assert first.loss > first.rest


def test_a_slice_of_classes_in_which_another_law_holds_is_named():
    rng = np.random.default_rng(3)
    X, month, columns = table(rng, 2400)
    score = np.where(month == 1, -2.5 * X[:, 0], 2.5 * X[:, 0])
    y = (rng.random(2400) < 1 / (1 + np.exp(-score))).astype(np.int64)
    prediction = np.clip(linear(X, y), 0.02, 0.98)
    first = found_in(y, prediction, columns)[0]
    assert first.correctable
    assert first.condition.startswith("month is feb")


def test_rows_that_are_only_noisier_are_worse_but_not_correctable():
    rng = np.random.default_rng(4)
    X, month, columns = table(rng, 1600)
    y = X[:, 0] + rng.normal(size=1600) * np.where(month == 2, 3.0, 0.5)
    slices = found_in(y, linear(X, y), columns)
    assert slices[0].condition == "month is mar"
    assert all(one.is_worse and not one.correctable for one in slices)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_said_where_the_law_is_one_and_the_noise_is_alike(seed):
    rng = np.random.default_rng(10 + seed)
    X, _, columns = table(rng, 900)
    y = X[:, 0] - X[:, 1] + rng.normal(size=900)
    assert found_in(y, linear(X, y), columns) == ()


def test_rows_of_a_unit_are_one_observation():
    """Twenty shops, four of them bad and all in march by chance: the rows are many, the shops are not."""
    rng = np.random.default_rng(5)
    _X, _, columns = table(rng, 1200)
    shop = np.arange(1200) % 20
    level = np.where(shop < 4, 2.0, 0.0)
    month = FeatureColumn(name="month", form="level", values=np.where(shop < 4, 2.0, 0.0), levels=MONTHS)
    losses = level + np.abs(rng.normal(size=1200))
    columns = (*columns[:4], month)
    assert error_slices(losses, columns)[0].condition in ("month is mar", "month is not jan")
    assert error_slices(losses, columns, units=shop) == ()


def test_a_bias_is_told_with_its_sign():
    rng = np.random.default_rng(6)
    X, month, columns = table(rng, 1600)
    y = X[:, 0] + 3.0 * (month == 0) + 0.5 * rng.normal(size=1600)
    prediction = X[:, 0]
    first = next(one for one in found_in(y, prediction, columns) if one.condition == "month is jan")
    assert first.bias is not None
    assert 2.8 < first.bias.low < first.bias.high < 3.2


def test_rows_without_a_score_and_missing_cells_are_no_trouble():
    rng = np.random.default_rng(7)
    X, _, columns = table(rng, 1500)
    holes = np.where(rng.random(1500) < 0.3, np.nan, X[:, 3])
    y = X[:, 0] + np.where(np.isnan(holes), 3.0, 0.5) * rng.normal(size=1500)
    prediction = linear(X, y)
    prediction[:200] = np.nan
    holed = (*columns[:3], FeatureColumn(name="d", form="number", values=holes), columns[4])
    first = found_in(y, prediction, holed)[0]
    assert first.condition == "d is missing"
    assert first.mask[:200].any()


def test_few_rows_or_no_columns_give_nothing_and_unequal_lengths_are_refused():
    columns = table(np.random.default_rng(8), 60)[2]
    assert error_slices(np.ones(60), columns) == ()
    assert error_slices(np.ones(600), ()) == ()
    with pytest.raises(DataError, match="70 losses"):
        error_slices(np.ones(70), columns)
    with pytest.raises(DataError, match="2 predictions for 3 rows"):
        row_losses(np.zeros(2), np.zeros(3))


def test_many_classes_have_slices_too():
    rng = np.random.default_rng(9)
    X, month, columns = table(rng, 2000)
    scores = np.column_stack([X[:, 0], X[:, 1], np.zeros((2000, 3))]) * 2.0
    y = np.where(month == 3, rng.integers(0, 5, 2000), (scores + rng.gumbel(size=scores.shape)).argmax(axis=1))
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    slices = found_in(y.astype(np.int64), shares, columns)
    assert slices
    assert slices[0].correctable
    assert slices[0].bias is None
    assert slices[0].condition.startswith("month is apr")
