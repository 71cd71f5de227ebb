"""CSV that a spreadsheet cannot run."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from assay.cli.spreadsheet import csv_text, safe_cell
from each import each

cells = st.one_of(st.none(), st.integers(), st.floats(allow_nan=False), st.text(max_size=10))


@each("text", ["=1+1", "+cmd", "-rm", "@SUM(A1)", "\tx", "\r=1", "=", "\r0", "-inf", "+1 ", "\n=1", "＝1", "－x"])
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@each("cell", ["-1", "+5", "-3.5e4", "plain", "", 3, -3, -2.5, None, True])
def test_numbers_and_plain_text_stay(cell: str | float | None) -> None:
    assert safe_cell(cell) == cell


@given(st.lists(st.tuples(cells, cells), max_size=20))
def test_every_row_is_kept_in_order_and_no_cell_starts_a_formula(rows: list[tuple[object, object]]) -> None:
    written = csv_text(["row", "y"], rows)  # type: ignore[arg-type]
    read = list(csv.reader(io.StringIO(written, newline="")))
    assert len(read) == len(rows) + 1
    for row in read[1:]:
        for cell in row:
            assert not cell.startswith(("=", "@")) or cell.startswith("'")


def test_the_header_and_the_names_of_rows_are_written_letter_for_letter() -> None:
    written = csv_text(["@id", "-y"], [("+49 30", "=1"), ("a\rb", "-x"), ("a,\nb", 2)], names=1)
    read = list(csv.reader(io.StringIO(written, newline="")))
    assert read == [["@id", "-y"], ["+49 30", "'=1"], ["a\rb", "'-x"], ["a,\nb", "2"]]
    assert "\r\n" not in written
