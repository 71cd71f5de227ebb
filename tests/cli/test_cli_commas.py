"""Files with decimal commas, for models that learned decimal points."""

import pandas as pd

from assay.cli.decimal_commas import with_decimal_points
from assay.core.schema import Column, NumberFormat, Schema
from assay.data.read import read_table

SCHEMA = Schema(columns=(
    Column(name="income", kind="numeric", reason=""), Column(name="share", kind="numeric", reason=""),
    Column(name="fee", kind="numeric", reason="", number=NumberFormat(decimal=",")),
    Column(name="city", kind="category", reason=""),
))  # fmt: skip


def test_decimal_commas_of_a_file_are_read_as_such(tmp_path):
    path = tmp_path / "semi.csv"
    path.write_text("income;share;fee;city\n1.204,50;0,125;1,5;a,b\n990,00;0,250;2,5;c\n12,00;;3,5;d\n")
    frame, columns = with_decimal_points(read_table(path).frame, SCHEMA)
    assert columns == ("income", "share")  # the fee was learned with commas, the city is a word
    assert frame["income"].tolist() == [1204.5, 990.0, 12.0]
    assert frame["share"].tolist()[:2] == [0.125, 0.25]
    assert pd.isna(frame["share"][2])
    assert frame["fee"].tolist() == ["1,5", "2,5", "3,5"]


def test_words_stay_and_so_do_commas_that_may_mean_thousands():
    words = pd.DataFrame({"income": ["1,5", "on request"], "share": [0.5, 0.5]})
    assert with_decimal_points(words, SCHEMA)[0]["income"].tolist() == [1.5, "on request"]
    unsure = pd.DataFrame({"income": ["1,204", "2,500"], "share": [0.5, 0.5]})
    assert with_decimal_points(unsure, SCHEMA) == (unsure, ())
    points = pd.DataFrame({"income": [1.5, 2.5], "share": [0.5, 0.5]})
    assert with_decimal_points(points, SCHEMA) == (points, ())
