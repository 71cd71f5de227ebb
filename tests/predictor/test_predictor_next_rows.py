"""A promise of the next rows is held against the next rows."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assay.core.problem.regression import Regression
from assay.core.schema import ORDERS, Column, Schema
from assay.predictor.next_rows import next_rows
from assay.predictor.passport import Passport


@pytest.fixture
def passport():
    """Of a model of rows in order of a day."""

    def made(**changes: object) -> Passport:
        day = replace(Column(name="day", kind="datetime", reason=ORDERS), **changes)
        return Passport(target="y", problem=Regression(), classes=(), metric="mae", metric_title="MAE",
                        schema=Schema(columns=(day,)), rows=30)  # fmt: skip

    return made


FRAME = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=30).strftime("%Y-%m-%d")})


def test_the_first_rows_in_order_of_time_wherever_they_lie(passport):
    mixed = FRAME.sample(frac=1, random_state=0)
    first = next_rows(passport(), mixed, 10)
    assert sorted(mixed["day"][first]) == FRAME["day"][:10].tolist()


def test_rows_of_one_moment_stay_together(passport):
    twice = pd.concat([FRAME, FRAME])
    assert next_rows(passport(), twice, 9).sum() == 10


@pytest.mark.parametrize(
    ("frame", "changes"),
    [
        (FRAME[:10], {}),
        (FRAME.where(np.arange(30)[:, None] > 0), {}),
        (FRAME.rename(columns={"day": "date"}), {}),
        (FRAME, {"reason": "dates"}),
    ],
)
def test_no_more_rows_than_promised_gaps_or_no_order_leave_all(passport, frame, changes):
    assert next_rows(passport(**changes), frame, 10) is None
