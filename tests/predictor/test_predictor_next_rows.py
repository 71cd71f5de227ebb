"""A promise of the next rows is held against the next rows."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assay.core.problem.regression import Regression
from assay.core.schema import ORDERS, Column, Schema
from assay.predictor.next_rows import moments_of, next_rows
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


@pytest.mark.parametrize("changes", [{}, {"kind": "time"}])
def test_the_first_rows_in_order_of_time_wherever_they_lie(passport, changes):
    mixed = FRAME.sample(frac=1, random_state=0)
    first = next_rows(moments_of(passport(**changes), mixed), 10)
    assert sorted(mixed["day"][first]) == FRAME["day"][:10].tolist()


def test_rows_of_one_moment_stay_together(passport):
    twice = pd.concat([FRAME, FRAME])
    assert next_rows(moments_of(passport(), twice), 9).sum() == 10


@pytest.mark.parametrize(("kind", "cells"), [("numeric", [str(k) for k in range(30)]), ("time", range(30))])
def test_numbers_order_rows_as_dates_do(passport, kind, cells):
    assert next_rows(moments_of(passport(kind=kind), pd.DataFrame({"day": cells})), 10).sum() == 10


@pytest.mark.parametrize(
    ("frame", "changes"),
    [
        (FRAME.where(np.arange(30)[:, None] > 0), {}),
        (FRAME.where(np.arange(30)[:, None] > 0), {"kind": "time"}),
        (FRAME.assign(day="early"), {"kind": "time"}),
        (FRAME.rename(columns={"day": "date"}), {}),
        (FRAME, {"reason": "dates"}),
    ],
)
def test_gaps_and_no_order_leave_moments_unknown(passport, frame, changes):
    assert moments_of(passport(**changes), frame) is None


def test_no_more_rows_than_promised_are_all_of_them(passport):
    assert next_rows(moments_of(passport(), FRAME[:10]), 10) is None
