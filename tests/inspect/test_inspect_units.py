"""Columns that name what several rows are of are asked about, by their names or by what they tell."""

import numpy as np
import pandas as pd
import pytest

from assay.core.seed import Seeds
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.inspect.early_suspicions import unasked
from assay.inspect.inspect_table import inspect_table

N, OF_EACH = 600, 10
RNG = np.random.default_rng(4)
WHO = RNG.integers(0, N // OF_EACH, N)
ANSWER = RNG.random(N // OF_EACH) < 0.5
FLIPPED = RNG.random(N) < 0.1


def visits(name, cells):
    return read_table(pd.DataFrame({"x": RNG.normal(size=N), name: cells, "y": (ANSWER[WHO] ^ FLIPPED).astype(int)}))


def asked(raw):
    options = TaskOptions(target="y")
    ready = prepare(raw, options)
    early = unasked(ready.task.schema, ready.table, ready.target, options=options, seeds=Seeds(0))
    whole = inspect_table(raw, options)
    said = {ask.do for ask in whole.asks if ask.code == "ask/group"}
    assert said == {notice.do for notice in early if notice.code == "ask/group"}
    return said


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("patient", [f"P{who}" for who in WHO]),
        ("patient", (WHO * 7 + 3).tolist()),
        ("Customer_No", [f"{who:05}" for who in WHO]),
        ("lot", [f"L{who}" for who in WHO]),
    ],
    ids=["words", "numbers", "a number of a customer", "no name of units, but rows of one have one answer"],
)
def test_units_whose_rows_share_the_answer_are_asked_about(name, cells):
    assert asked(visits(name, cells)) == {f"--group {name}"}


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("lot", [f"L{who}" for who in RNG.permutation(WHO)]),
        ("customer_age", RNG.integers(18, 90, N).tolist()),
        ("customer", RNG.choice(["new", "old"], N).tolist()),
        ("machine", RNG.normal(size=N).round(1).tolist()),
    ],
    ids=["units that tell nothing", "a measure of a unit", "two sorts", "measurements"],
)
def test_other_columns_that_come_again_are_not(name, cells):
    assert asked(visits(name, cells)) == set()
