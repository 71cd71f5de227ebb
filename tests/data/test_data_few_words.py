"""A few words among numbers and dates say why there is none, and be they in most cells."""

import numpy as np
import pandas as pd
import pytest

from assay.data.encode import encode_frame, encode_rows
from assay.data.infer_schema import infer_schema
from assay.data.kind_guess import describe
from assay.data.options import TaskOptions

N = 200
NUMBERS = [f"{5 + i % 47}.{i % 10}" for i in range(N)]
DATES = [f"{1 + i % 28:02}.{1 + i % 12:02}.2023" for i in range(N)]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([cell if i % 3 else "ND" for i, cell in enumerate(NUMBERS)], "numeric"),
        ([cell if i % 3 == 0 else "not measured" for i, cell in enumerate(NUMBERS)], "numeric"),
        ([cell if i % 2 else ("refused", "don't know")[i % 3 == 0] for i, cell in enumerate(NUMBERS)], "numeric"),
        ([cell if i % 8 else "not done" for i, cell in enumerate(DATES)], "datetime"),
        ([cell if i % 2 else ("not done", "declined")[i % 3 == 0] for i, cell in enumerate(DATES)], "datetime"),
    ],
)
def test_words_in_many_cells_leave_the_others_numbers_or_dates(cells, kind):
    frame = pd.DataFrame({"x": cells, "y": np.arange(N) % 2})
    schema = infer_schema(frame, TaskOptions(target="y"))
    words = [cell for cell in cells if not any(map(str.isdigit, cell))]
    assert schema["x"].kind == kind
    assert schema["x"].missing == len(words)
    assert any(note.startswith(f"{len(words)} cells are no ") for note in schema["x"].notes)
    whole, rows = encode_frame(schema, frame), encode_rows(schema, frame.to_dict("records"))
    np.testing.assert_array_equal(whole.numeric, rows.numeric)
    np.testing.assert_array_equal(whole.dates, rows.dates)


def test_few_levels_of_which_some_are_numbers_stay_levels():
    found = describe("answer", pd.Series([("1", "2", "3", "refused")[i % 4] for i in range(N)]))
    assert found.kind in {"category", "ordinal"}


def test_codes_with_letters_are_no_words_for_missing():
    found = describe("room", pd.Series([str(100 + i % 40) if i % 2 else ("B1", "B2", "B3")[i % 3] for i in range(N)]))
    assert found.kind == "category"


def test_several_words_in_most_cells_are_levels():
    cells = [cell if i % 3 == 0 else ("never", "daily")[i % 2] for i, cell in enumerate(NUMBERS)]
    assert describe("smoked", pd.Series(cells)).kind == "category"
