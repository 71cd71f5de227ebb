"""Tables in a terminal keep their lines, whatever the names in them."""

from assay.cli.line_layout import LineLayout, plain
from assay.cli.terminal_table import TableColumn, table


def test_a_line_break_in_a_name_does_not_break_the_table():
    lines = [plain(one) for one in table(LineLayout(), [TableColumn("name", ["a\nb", "c\r\nd"], right=False)])]
    assert lines == [" name", " a\\nb", " c\\r\\nd"]
