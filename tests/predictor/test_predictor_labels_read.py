"""Labels of other files: as they are, and as spreadsheets and people write them."""

import pytest

from assay.predictor.truth import label_reader


@pytest.mark.parametrize(
    ("cell", "code"), [("+ve", 1), ("'+ve", 1), (" +VE ", 1), ("'-ve", 0), ("''+ve", -1), ("ve", -1), (None, -1)]
)
def test_an_apostrophe_before_what_a_spreadsheet_takes_for_a_formula_is_no_part_of_a_label(cell, code):
    assert label_reader(("-ve", "+ve"))(cell) == code


def test_a_class_that_begins_with_an_apostrophe_is_itself():
    read = label_reader(("'a", "a"))
    assert (read("'a"), read("a")) == (0, 1)
