"""Numbers in a form that is not read are said to be, with what to write instead."""

import numpy as np
import pandas as pd
import pytest

from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions

N = 200
FORMS = {
    "two numbers a cell": lambda j: f"{47 + j / 100:.3f}, {6 + j / 50:.3f}",
    "two numbers": lambda j: f"{110 + j}/{60 + j % 40}",
    "several units (g, kg)": lambda j: f"{100 + j} g" if j % 2 else f"{j / 100} kg",
}


def notes_of(form):
    frame = pd.DataFrame({"x": [form(j) for j in range(N)], "y": np.arange(N) % 2})
    return infer_schema(frame, TaskOptions(target="y"))["x"].notes


@pytest.mark.parametrize("what", FORMS)
def test_a_form_that_is_not_read_is_named_with_what_to_write(what):
    (note,) = notes_of(FORMS[what])
    assert what in note
    assert "write" in note


@pytest.mark.parametrize("form", [lambda j: f"{j} kg", lambda j: f"10.0.{j % 5}.{j}", lambda j: f"AB{j}", str])
def test_other_columns_get_no_hint(form):
    assert notes_of(form) == ()
