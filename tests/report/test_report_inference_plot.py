"""The plot of coefficients says what the table beside it says."""

from dataclasses import replace

import numpy as np
import pytest

from assay.report.inference_plot import forest
from assay.report.inference_text import name_text
from assay.report.plot import Label, Mark, Stroke
from samples.sample_inference import inference


def test_a_number_told_of_by_the_thousand_is_drawn_by_the_thousand():
    """Its name said "per 1,000" beside a dot of one unit, on the zero."""
    found = inference()
    age = next(one for one in found.coefficients if one.name == "age")
    small = tuple(replace(spread, low=spread.low / 1000, high=spread.high / 1000) for spread in age.spreads)
    thousand = replace(age, value=age.value / 1000, per=1000.0, spreads=small)
    told = replace(found, coefficients=tuple(thousand if one is age else one for one in found.coefficients))
    assert name_text(thousand) == "age, per 1,000"
    ours, theirs = ([item.x for item in forest(one).items if isinstance(item, Mark)] for one in (found, told))
    assert theirs == pytest.approx(ours)
    ends, same = ([item.points for item in forest(one).items if isinstance(item, Stroke)] for one in (found, told))
    assert np.concatenate([np.ravel(points) for points in same]) == pytest.approx(
        np.concatenate([np.ravel(points) for points in ends])
    )


def test_what_has_no_end_is_not_drawn_and_counted():
    found = inference()
    endless = tuple(
        one if one.role == "intercept" or one.name != "age"
        else replace(one, spreads=(replace(one.shown, low=-np.inf, high=np.inf),)) for one in found.coefficients
    )  # fmt: skip
    title = next(item.text for item in forest(replace(found, coefficients=endless)).items if isinstance(item, Label))
    assert title.endswith("; 1 more in the table")
