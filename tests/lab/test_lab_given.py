"""Odd things people hand to an estimator: names that are no text, an index in another order, pandas' own types."""

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import DataError, DataWarning
from assay.estimator.estimator import AutoClassifier, AutoRegressor

N = 120


def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({"a": rng.normal(size=N), "b": rng.choice(["u", "v"], N), "c": rng.normal(5, 1, N)})


def labels(X: pd.DataFrame) -> pd.Series:
    return pd.Series(np.where(X.iloc[:, 0] + (X.iloc[:, 1] == "u") > 0.5, "yes", "no"), index=X.index, name="kept")


def classifier(**arguments: object) -> AutoClassifier:
    return AutoClassifier(time_limit=1, families="linear", **arguments)


NAMES = {
    "numbers": [0, 1, 2], "pairs": [("g", 1), ("g", 2), ("h", 1)], "mixed": [0, "b", pd.Timestamp("2024-01-01")],
    "a gap": ["a", float("nan"), "c"], "one number twice": [1, "1", "c"],
}  # fmt: skip


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_columns_are_known_by_their_names_whatever_these_are(names):
    X = table()
    X.columns = pd.MultiIndex.from_tuples(names) if isinstance(names[0], tuple) else pd.Index(names, dtype=object)
    model = classifier().fit(X, labels(X))
    answers = model.predict_proba(X)
    if not any(isinstance(name, str) for name in names):  # of text alone scikit-learn asks for the order of the fit
        np.testing.assert_array_equal(model.predict_proba(X.iloc[:, [2, 0, 1]]), answers)
    np.testing.assert_array_equal(model.predict_proba(X.head(7)), answers[:7])


@pytest.mark.filterwarnings("error")
def test_lists_of_numbers_and_texts_keep_their_numbers():
    X = table()
    model = classifier().fit(X.to_numpy().tolist(), labels(X).tolist())
    np.testing.assert_array_equal(model.predict(X.to_numpy().tolist()), model.predict(X.to_numpy()))


TEXTS = [f"call {i}, the {'good' if i % 2 else 'bad'} one" for i in range(N)]


@pytest.mark.parametrize("of", [list, np.array, pd.Series], ids=["list", "array", "series"])
def test_texts_in_a_row_are_one_column(of):
    model = classifier().fit(of(TEXTS), np.arange(N) % 2)
    assert model.predict(of(TEXTS[:3])).shape == (3,)


def test_a_target_of_texts_is_refused_with_the_estimator_for_them():
    with pytest.raises(DataError, match=r"y holds texts, e\.g\. 'call 0.*AutoClassifier"):
        AutoRegressor(time_limit=1).fit(table(), TEXTS)


def test_other_numbers_as_names_than_those_of_the_fit_are_refused():
    X = table().set_axis([3, 1, 2], axis=1)
    model = classifier().fit(X, labels(X))
    with pytest.raises(DataError, match='lack the column "3"'):
        model.predict(X.rename(columns={3: 4}))


def test_a_target_with_the_rows_index_in_another_order_is_warned_of():
    X = table()
    y = labels(X)
    with pytest.warns(DataWarning, match="same index in another order") as caught:
        classifier().fit(X, y.sort_values(kind="stable"))
    assert caught[0].message.code == "data/index-order"


@pytest.mark.slow
def test_a_target_with_an_index_of_its_own_goes_with_the_rows_by_position():
    X = table()
    y = labels(X)
    answers = classifier().fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(classifier().fit(X, y.reset_index(drop=True)).predict_proba(X), answers)
    twice = X.set_axis(np.zeros(N, dtype=int))
    np.testing.assert_array_equal(classifier().fit(twice, y).predict_proba(X), answers)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (pd.array([True, False] * (N // 2), dtype="boolean"), "b"),
        (pd.array([3, 1] * (N // 2), dtype="Int64"), "i"),
        (pd.array([3, 1] * (N // 2), dtype="int64[pyarrow]"), "i"),
        (pd.Categorical([3, 1] * (N // 2)), "i"),
    ],
)
def test_labels_of_pandas_own_types_come_back_as_booleans_and_whole_numbers(cells, kind):
    X = table()
    model = classifier().fit(X, pd.Series(cells, name="kept"))
    assert model.classes_.dtype.kind == kind
    assert model.predict(X).dtype.kind == kind


def test_a_missing_label_of_pandas_own_types_is_refused_like_any_other():
    y = pd.Series([True, False, None] * (N // 3), dtype="boolean")
    with pytest.raises(DataError, match="40 of 120 values are missing, first in row 2"):
        classifier().fit(table(), y)
    with pytest.raises(DataError, match="40 of 120 values are missing, first in row 2"):
        AutoRegressor(time_limit=1).fit(table(), y.astype("Int64"))


def test_intervals_as_labels_are_refused_with_a_way_out():
    X = table()
    with pytest.raises(DataError, match=r"y holds labels of type Interval.*astype\(str\)"):
        classifier().fit(X, pd.cut(X.a, 3))


@pytest.mark.parametrize("change", [lambda y: pd.to_timedelta(y, unit="D"), lambda y: pd.to_datetime(y, unit="D")])
def test_moments_and_durations_as_numbers_to_predict_are_refused_with_a_way_out(change):
    X = table()
    with pytest.raises(DataError, match=r"y holds .*numbers first"):
        AutoRegressor(time_limit=1).fit(X, change(X.c.round(3) + 100))


def test_dicts_are_rows_with_names_whatever_their_order():
    X = table()
    model = classifier().fit(X, labels(X))
    answers = model.predict_proba(X)
    given = X.to_dict("records")
    rows = [dict(reversed(row.items())) for row in given]
    np.testing.assert_array_equal(model.predict_proba(rows), answers)
    np.testing.assert_array_equal(model.predict_proba({name: list(X[name]) for name in "cab"}), answers)
    with pytest.raises(DataError, match='lack the column "b"'):
        model.predict([{"a": 1.0, "c": 2.0}])
    with pytest.raises(DataError, match="Row 1 of X is of type list"):
        model.predict([rows[0], [1, 2, 3]])
    np.testing.assert_array_equal(classifier().fit(given, labels(X)).predict_proba(X), answers)
