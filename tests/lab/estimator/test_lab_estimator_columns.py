"""New rows with other columns than the fit's: more are ignored with one warning, lacking ones are named."""

import pickle
import warnings

import numpy as np
import pytest

from assay.core.errors import DataWarning


def test_columns_that_the_fit_did_not_have_are_ignored_with_one_warning(fitted, X):
    more = X.assign(note="n", basket=np.arange(len(X)))[["basket", *X.columns, "note"]]
    model = pickle.loads(pickle.dumps(fitted))
    with pytest.warns(
        DataWarning, match=r"2 columns that were not there when AutoClassifier was fitted, ignored: basket, note"
    ) as told:
        answers = model.predict(more)
    assert (answers == model.predict(X)).all()
    assert np.array_equal(model.predict_proba(more), model.predict_proba(X))
    assert [one.message.code for one in told] == ["data/extra-columns"]
    assert told[0].filename == __file__
    with pytest.warns(DataWarning, match="1 column that was not there .* ignored: other"):
        model.predict(more.assign(other=1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(more)


def test_lacking_columns_are_named_also_beside_some_that_are_more(fitted, X):
    for rows in (X.drop(columns="colour"), X.drop(columns="colour").assign(more=1)):
        with pytest.raises(ValueError, match="colour"):
            fitted.predict(rows)
