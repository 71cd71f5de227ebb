"""Workbooks and exports as people make them: titles, joined header rows, remarks, totals, several sheets."""

import io

import openpyxl
import pytest

from assay.core.errors import AssayError, UsageError
from assay.data.file_formats import read_content
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.refusal import Refusal

NAMES = ["age", "city", "spend"]
ROWS = [[20 + i, "ABC"[i % 3], i * 1.5] for i in range(30)]


def book(*sheets, **states):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows, finish in sheets:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = states.get(name, "visible")
        finish(sheet)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def one(rows, finish=lambda sheet: None):
    return book(("Data", rows, finish))


def read(content, *raw, **options):
    return read_content(content, name="t.xlsx", refused=Refusal(raw), **options)


def codes(raw):
    return [notice.code for notice in raw.notices]


def csv(rows, delimiter=";"):
    return "\n".join(delimiter.join("" if cell is None else str(cell) for cell in row) for row in rows).encode()


def test_titles_above_and_remarks_below_a_sheet_are_left_out_and_said():
    raw = read(one([["Customers"], [None, "made by", "CRM"], [], NAMES, *ROWS, [], ["Source: the CRM, 2024"]]))
    assert list(raw.frame.columns) == NAMES
    assert len(raw.frame) == 30
    assert [str(t) for t in raw.frame.dtypes] == ["int64", "str", "float64"]
    assert codes(raw) == ["data/title-lines", "data/footer-lines"]


GROUPS = [["Region", "2023", None, "2024", None], [None, "Q1", "Q2", "Q1", "Q2"]]
JOINED = ["Region", "2023 Q1", "2023 Q2", "2024 Q1", "2024 Q2"]
QUARTERS = [["North", i, i + 1, i + 2, i + 3.5] for i in range(20)]


def merge(*places):
    def finish(sheet):
        for place in places:
            sheet.merge_cells(place)

    return finish


def test_two_header_rows_with_merged_cells_are_one_name_a_column():
    raw = read(one([*GROUPS, *QUARTERS], merge("A1:A2", "B1:C1", "D1:E1")))
    assert list(raw.frame.columns) == JOINED
    assert (len(raw.frame), codes(raw)) == (20, ["data/header-rows"])
    assert raw.notices[0].do == "--raw header-rows"


def test_the_lower_row_alone_has_the_names_where_joining_is_refused():
    raw = read(one([*GROUPS, *QUARTERS], merge("A1:A2", "B1:C1", "D1:E1")), "header-rows")
    assert list(raw.frame.columns) == ["column 1", "Q1", "Q2", "Q1.2", "Q2.2"]
    assert len(raw.frame) == 20


def test_a_group_reaches_over_its_merged_cells_and_no_further():
    rows = [["2023", None, None, "id"], ["Q1", "Q2", "remark", None], *([i, i, "x", f"k{i}"] for i in range(20))]
    assert list(read(one(rows, merge("A1:B1"))).frame.columns) == ["2023 Q1", "2023 Q2", "remark", "id"]


def test_two_header_rows_of_a_text_file_are_joined_where_the_lower_one_would_not_do():
    assert list(read(csv([*GROUPS, *QUARTERS])).frame.columns) == JOINED
    titled = [["Sales", *[None] * 4], *GROUPS, *QUARTERS]
    assert list(read(csv(titled)).frame.columns) == JOINED


def test_a_title_merged_over_the_whole_width_is_a_title():
    raw = read(one([["Customers of March", None, None], NAMES, *ROWS], merge("A1:C1")))
    assert list(raw.frame.columns) == NAMES
    assert codes(raw) == ["data/title-lines"]


def test_an_ordinary_header_is_never_joined_with_a_row_of_words():
    rows = [["first", "second", "third"], *(["a", "b", "c"] for _ in range(9))]
    for content in (csv(rows), one(rows)):
        assert list(read(content).frame.columns) == rows[0]
        assert len(read(content).frame) == 9


def test_an_index_without_a_name_is_no_group_though_the_first_row_has_no_number():
    rows = [["", "a", "b", "c"], ["r1", "red", "red", ""], *([f"r{i}", "red", "low", i] for i in range(2, 9))]
    assert list(read(csv(rows)).frame.columns) == ["column 1", "a", "b", "c"]


def test_the_sheet_that_was_taken_is_said_and_a_cover_or_a_hidden_one_is_passed_over():
    content = book(
        ("Cover", [["Customers"], ["Made by the CRM"]], lambda s: None), ("Old", [NAMES, *ROWS[:9]], lambda s: None),
        ("Data", [NAMES, *ROWS], lambda s: None), ("More", [NAMES, *ROWS], lambda s: None), Old="hidden",
    )  # fmt: skip
    raw = read(content)
    assert len(raw.frame) == 30
    assert raw.notices[0].message == 'sheet "Data" of 4 is read; not "Cover", "Old", "More"'
    assert len(read(content, sheet="Old").frame) == 9
    with pytest.raises(UsageError, match='no sheet "data"'):
        read(content, sheet="data")


def test_rows_whose_formulas_add_up_the_rows_above_are_left_out_even_hidden_ones():
    rows = [NAMES, *ROWS[:10], [None, "A to C", "=SUM(C2:C11)"], *ROWS[10:], [None, "all", "=SUBTOTAL(9,C2:C32)"]]

    def hide(sheet):
        sheet.row_dimensions[33].hidden = True
        sheet.row_dimensions[3].hidden = True

    raw = read(one(rows, hide))
    assert raw.frame["age"].tolist() == [row[0] for row in ROWS]
    assert codes(raw) == ["data/total-line", "data/hidden-rows"]
    assert "2 rows of totals by formula" in raw.notices[0].message
    assert "1 row is hidden" in raw.notices[1].message
    assert len(read(one(rows, hide), "total-line").frame) == 32


@pytest.mark.parametrize("last", [["Total", None, 652.5], ["Sum 2024:", "", 652.5], ["Grand total", "A", 652.5]])
def test_a_named_last_row_that_adds_up_is_a_total(last):
    for content in (csv([NAMES, *ROWS, last]), one([NAMES, *ROWS, last])):
        raw = read(content)
        assert (len(raw.frame), codes(raw)) == (30, ["data/total-line"])
        assert str(raw.frame["age"].dtype) == "int64"
        assert len(read(content, "total-line").frame) == 31


def test_a_last_row_of_nothing_but_sums_is_a_total_without_a_name():
    rows = [["city", "a", "b"], *(["ABC"[i % 3], i, 2.5 * i] for i in range(30))]
    assert len(read(csv([*rows, ["", 435, 1087.5]])).frame) == 30
    assert len(read(csv([*rows, ["", 435, 1087.0]])).frame) == 31
    flags = [["city", "a", "b"], *(["ABC"[i % 3], int(i == 4), int(i == 7)] for i in range(30))]
    assert len(read(csv([*flags, ["", 1, 1]])).frame) == 31


def test_money_written_as_text_adds_up_too():
    rows = [["shop", "revenue"], *([f"shop {i}", f"{i + 1}.000,50 €"] for i in range(20))]
    raw = read(csv([*rows, ["Total", "210.010,00 €"]]))
    assert (len(raw.frame), codes(raw)) == (20, ["data/total-line"])


def test_remarks_below_a_column_of_truth_values_are_left_out_too():
    rows = [["name", "age", "member"], *([f"Mr {i}", i, i % 2 == 0] for i in range(30))]
    raw = read(csv([*rows, ["Source: CRM", "", ""]]))
    assert codes(raw) == ["data/footer-lines"]
    assert len(raw.frame) == 30


def test_remarks_are_left_out_unless_refused_and_a_last_row_with_gaps_is_none():
    rows = [NAMES, *ROWS]
    remarks = csv([*rows, ["", "", ""], ["* preliminary figures", "", ""], ["Source: CRM", "", ""]])
    assert codes(read(remarks)) == ["data/footer-lines"]
    assert str(read(remarks).frame["age"].dtype) == "int64"
    assert len(read(remarks, "footer-lines").frame) == 33
    assert len(read(csv([*rows, [77, "", ""]])).frame) == 31
    sparse = [["name", "a", "b"], *([f"Mr {i}", "", ""] for i in range(30)), ["Mrs Last", "", ""]]
    assert len(read(csv(sparse)).frame) == 31


def test_a_table_that_begins_in_the_middle_of_a_sheet_has_no_columns_of_nothing():
    raw = read(one([[], [], [None, None, *NAMES], *([None, None, *row] for row in ROWS)]))
    assert list(raw.frame.columns) == NAMES
    assert len(raw.frame) == 30


def refusal_of(content):
    try:
        read(content)
    except AssayError as error:
        return error
    return None


def test_a_damaged_workbook_is_refused_in_words_or_read():
    content = one([NAMES, *ROWS])
    for at in range(30, len(content), 97):
        spoiled = bytearray(content)
        spoiled[at : at + 3] = b"\xff\x00\x3c"
        error = refusal_of(bytes(spoiled))
        assert error is None or (error.message and error.do)


def test_several_lines_of_totals_at_the_foot_are_left_out_and_named():
    rows = [["shop", "city", "open", "spend"], *(["shop", "A", "yes", row[2]] for row in ROWS)]
    last = [["Sum", None, None, 652.5], ["Mean:", None, None, 21.75]]
    for content in (csv([*rows, *last]), one([*rows, *last])):
        raw = read(content)
        assert (len(raw.frame), codes(raw)) == (30, ["data/total-line"])
        assert raw.notices[0].message == "the last 2 lines are totals (Sum, Mean:): left out"


def test_a_total_is_known_by_its_name_in_any_column_if_it_adds_up():
    total = [sum(row[0] for row in ROWS), "Total", None]
    for content in (csv([NAMES, *ROWS, total]), one([NAMES, *ROWS, total])):
        raw = read(content)
        assert (len(raw.frame), codes(raw)) == (30, ["data/total-line"])
        assert str(raw.frame["age"].dtype) == "int64"
    for last in ([33, "Total", None], [total[0], "Total", 1.0], [total[0], "Total Berlin", None]):
        assert len(read(one([NAMES, *ROWS, last])).frame) == 31


def test_cells_merged_over_rows_hold_in_each_of_them():
    rows = [[row[0], row[1] if i % 3 == 0 else None, row[2]] for i, row in enumerate(ROWS)]
    places = [f"B{2 + 3 * i}:B{4 + 3 * i}" for i in range(10)]
    raw = read(one([NAMES, *rows], merge(*places)))
    assert raw.frame["city"].tolist() == [ROWS[i - i % 3][1] for i in range(30)]
    assert codes(raw) == ["data/merged-cells"]
    assert raw.notices[0].message == "city: cells merged over rows hold in each of them, 20 filled"
    assert read(one([NAMES, *rows], merge(*places)), "merged-cells").frame["city"].isna().sum() == 20


def test_merged_cells_make_no_rows_of_rows_without_another_cell():
    raw = read(one([NAMES, [1, "A", 2.0], [2, None, 3.0], [], [3, "B", 4.0], [4, "B", 5.0]], merge("B2:B4")))
    assert raw.frame["city"].tolist() == ["A", "A", "B", "B"]


def test_formulas_that_nothing_has_computed_are_said():
    rows = [[*NAMES, "double"], *([*row, f"=C{i + 2}*2"] for i, row in enumerate(ROWS))]
    raw = read(one(rows))
    assert codes(raw) == ["data/unsaved-formulas"]
    assert "30 formulas (double; first row 2) have no saved value" in raw.notices[0].message
    assert raw.frame["double"].isna().all()


def test_a_list_of_remarks_in_two_columns_is_no_table_where_a_wider_one_follows():
    remarks = [["Author", "Ms X"], ["Date", "2024"], ["Contact", "crm@example.org"]]
    data = ("Data", [NAMES, *ROWS], lambda s: None)
    assert len(read(book(("Info", remarks, lambda s: None), data)).frame) == 30
    narrow = ("Pairs", [["x", "y"], *([i, i * 2] for i in range(20))], lambda s: None)
    assert len(read(book(narrow, ("Notes", remarks, lambda s: None))).frame) == 20


def test_a_column_that_is_not_in_the_sheet_taken_is_answered_with_the_others():
    content = book(("Old", [NAMES, *ROWS], lambda s: None), ("New", [NAMES, *ROWS], lambda s: None))
    with pytest.raises(UsageError, match=r'no column "bought".*Other sheets: "New"') as caught:
        prepare(read(content), TaskOptions(target="bought"))
    assert caught.value.do == ("name the sheet: --sheet NAME",)
