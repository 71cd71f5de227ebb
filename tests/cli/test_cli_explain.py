"""What `explain` prints of a model's columns."""

from assay.cli.explain_command import explain_lines
from assay.cli.line_layout import LineLayout, plain
from assay.core.usage import ColumnLoss, Usage


def printed(*columns):
    return [
        plain(one)
        for one in explain_lines(
            LineLayout(100), "houses.lab/model", Usage(columns=columns), metric_title="RMSE", target="price"
        )
    ]


def test_what_a_column_costs_has_as_many_digits_as_its_interval_has_earned():
    lines = printed(
        ColumnLoss(name="area", loss=145468.1007, low=131625.1815, high=159311.0199),
        ColumnLoss(name="garage", loss=-401.5224, low=-815.3889, high=12.3441),
    )
    assert lines[2].split() == ["area", "+145,000", "+132,000", "to", "+159,000"]
    assert lines[3].split() == ["garage", "−400", "−800", "to", "+0"]


def test_small_costs_keep_their_decimals():
    (_, _, row) = printed(ColumnLoss(name="tenure", loss=0.1186, low=0.0966, high=0.1407))
    assert row.split() == ["tenure", "+0.12", "+0.10", "to", "+0.14"]
