"""Workbooks: which sheet, where its table starts, and which of its rows are totals."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from assay.core.errors import AssayError, DataError, MissingExtraError, UsageError, Where, nearest_names
from assay.core.task import Notice
from assay.data.cell import text_of
from assay.data.header import TableStart, find_start, start_notices
from assay.data.non_data_rows import body_of
from assay.data.raw import FileForm, RawTable, with_tidy_names
from assay.data.refusal import NOTHING, Refusal
from assay.data.sheet import SheetMarks, sheet_marks
from assay.data.whole_numbers import inferred

if TYPE_CHECKING:
    import pandas as pd

_DAMAGE = (
    ArithmeticError, AttributeError, EOFError, LookupError, OSError, RuntimeError, SyntaxError, TypeError, ValueError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What openpyxl, expat and zipfile raise on bytes that are none of theirs (SyntaxError: XML that does not parse)."""
_LOOKED = 200
"""Rows at the top of a sheet among which the names of the columns are looked for."""


def read_book(content: bytes, *, name: str, sheet: str | None = None, refused: Refusal = NOTHING) -> RawTable:
    """The table in one sheet of a workbook (.xlsx): the one named, else the first visible one that holds a table.

    Cells are taken by what they hold, not by how they are shown; of formulas the value that was saved last. Raises
    DataError where the file is damaged or the sheet holds no table, UsageError where there is no such sheet.
    """
    with _readable(name):
        book = _opened(content, name)
        sheets = tuple(str(item) for item in book.sheet_names)
        _refuse_unknown(sheet, sheets, name)
        chosen, cells, left = _chosen(book, sheets, sheet)
        marks = sheet_marks(content, chosen)
    start = _start(cells, marks, refused)
    if start is None or len(cells) <= start.end:
        raise DataError(f'{name}, sheet "{chosen}", has no row below its header.', where=Where(file=name),
                        do=("name another sheet: --sheet NAME",) if len(sheets) > 1 else ("add rows",))  # fmt: skip
    cells, tall = _filled_down(cells, start, marks, refused)
    rows, totals = _without_formulas(cells, start, marks, refused)
    body = body_of(inferred(rows), start, refused, name=name)
    if body.frame.empty:
        raise DataError(f'{name}, sheet "{chosen}", has a header and no row.', where=Where(file=name), do=("add rows",))
    named = with_tidy_names(inferred(body.frame), body.header,
                            keep_twins=refused.of_table("duplicate-column"))  # fmt: skip
    notices = (*_sheet_notice(chosen, sheet, left), *start_notices(start), *totals, *tall, *body.notices,
               *_unsaved_notice(marks, start), *_hidden_notice(marks, start), *named.notices)  # fmt: skip
    form = FileForm(encoding="", delimiter="", skipped=tuple(notice.message for notice in notices))
    return RawTable(frame=named.frame, name=name, notices=notices, repeated=named.repeated, form=form, sheets=left)


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Turns openpyxl's exceptions on damaged bytes into a DataError."""
    try:
        yield
    except AssayError:
        raise
    except _DAMAGE as error:
        first = str(error).split("\n")[0][:200] or type(error).__name__
        raise DataError(f"{name} is damaged: {first}", where=Where(file=name), do=("download it again",)) from error


def _opened(content: bytes, name: str) -> "pd.ExcelFile":
    import pandas as pd

    try:
        return pd.ExcelFile(io.BytesIO(content), engine="openpyxl")
    except ImportError as error:
        is_old = find_spec("openpyxl") is not None
        why = f"a newer openpyxl: {error}" if is_old else "openpyxl, which is not installed."
        raise MissingExtraError(
            f"{name} is an Excel file; reading it needs {why}", where=Where(file=name),
            do=(f"pip install {'--upgrade ' if is_old else ''}openpyxl   (or 'assay-ml[excel]')",),
        ) from error  # fmt: skip


def _refuse_unknown(sheet: str | None, sheets: tuple[str, ...], name: str) -> None:
    if sheet is not None and sheet not in sheets:
        raise UsageError(f'{name} has no sheet "{sheet}". Sheets: {", ".join(sheets)}.',
                         where=Where(file=name, option="--sheet"), nearest=nearest_names(sheet, sheets))  # fmt: skip


def _chosen(
    book: "pd.ExcelFile", sheets: tuple[str, ...], sheet: str | None
) -> tuple[str, "pd.DataFrame", tuple[str, ...]]:
    """(sheet, its cells, the other sheets); a sheet of one column or one row, as a cover, is passed over, and so is
    one of two columns, as a list of remarks, where a later one is wider.
    """
    if sheet is not None:
        return sheet, _cells(book, sheet), ()
    states = {str(one.title): str(getattr(one, "sheet_state", "visible")) for one in book.book.worksheets}
    visible = tuple(one for one in sheets if states.get(one) == "visible") or sheets
    best, best_cells, most = visible[0], None, -1
    for one in visible:
        cells = _cells(book, one)
        width, height = int(cells.notna().any().sum()), int(cells.notna().any(axis=1).sum()) - 1
        rank = 0 if min(width, height) < 2 else min(width, 3)
        if rank > most:
            best, best_cells, most = one, cells, rank
        if rank == 3:
            break
    assert best_cells is not None  # a workbook has a sheet
    return best, best_cells, tuple(other for other in sheets if other != best)


def _cells(book: "pd.ExcelFile", sheet: str) -> "pd.DataFrame":
    """All cells from the first row on, those without a value missing."""
    import pandas as pd

    return pd.read_excel(book, sheet_name=sheet, header=None, keep_default_na=False, na_values=[""], dtype=object)


def _start(cells: "pd.DataFrame", marks: SheetMarks, refused: Refusal) -> TableStart | None:
    rows = [[_text(cell) for cell in row] for row in cells.iloc[:_LOOKED].itertuples(index=False)]
    used = [j for j in range(cells.shape[1]) if cells.iloc[:, j].notna().any()]
    if not used:
        return None
    last = used[-1] + 1
    merged = [marks.merged_in(i) for i in range(len(rows))]
    return find_start([row[:last] for row in rows], last, merged=merged, refused=refused)


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else text_of(cell) or ""


def _without_formulas(
    cells: "pd.DataFrame", start: TableStart, marks: SheetMarks, refused: Refusal
) -> tuple["pd.DataFrame", tuple[Notice, ...]]:
    """The rows below the names that hold a cell, without those whose formulas add up their columns."""
    body = cells.iloc[start.end :, : len(start.names)]
    totals = sorted(row for row in marks.totals if row >= start.end and row < len(cells))
    if refused.of_table("total-line"):
        totals = []
    body = body.drop(index=totals)
    body = body[body.notna().any(axis=1)]
    if not totals:
        return body, ()
    noun, where = ("row", "row") if len(totals) == 1 else ("rows", "first row")
    message = f"{len(totals)} {noun} of totals by formula left out ({where} {totals[0] + 1:,} of the sheet)"
    return body, (Notice(code="data/total-line", message=message, row=totals[0] + 1, do="--raw total-line"),)


def _filled_down(
    cells: "pd.DataFrame", start: TableStart, marks: SheetMarks, refused: Refusal
) -> tuple["pd.DataFrame", tuple[Notice, ...]]:
    """The cells with those merged over rows in each row that holds another cell; a file has them in the first alone."""
    spans = [span for span in marks.tall if span[1] >= start.end and span[0] < len(start.names)]
    if refused.of_table("merged-cells") or not spans:
        return cells, ()
    import pandas as pd

    values, is_row = cells.to_numpy(dtype=object, copy=True), cells.notna().any(axis=1).to_numpy()
    names = dict[str, int]()
    for column, first, last in spans:
        cell = values[first, column] if first < len(values) else None
        rows = [row for row in range(first + 1, min(last + 1, len(cells))) if is_row[row]]
        if rows and text_of(cell) is not None:
            values[rows, column] = cell
            name = start.names[column] or f"column {column + 1}"
            names[name] = names.get(name, 0) + len(rows)
    if not names:
        return cells, ()
    listed = ", ".join(list(names)[:3]) + (", …" if len(names) > 3 else "")
    message = f"{listed}: cells merged over rows hold in each of them, {sum(names.values()):,} filled"
    filled = pd.DataFrame(values, index=cells.index, columns=cells.columns)
    return filled, (Notice(code="data/merged-cells", message=message, do="--raw merged-cells"),)


def _unsaved_notice(marks: SheetMarks, start: TableStart) -> tuple[Notice, ...]:
    """That formulas have no value, as in workbooks written by programs that do not compute."""
    found = [place for place in marks.unsaved if place[0] >= start.end and place[1] < len(start.names)
             and place[0] not in marks.totals]  # fmt: skip
    if not found:
        return ()
    names = list(dict.fromkeys(start.names[column] or f"column {column + 1}" for _, column in sorted(found)))
    listed = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    row = min(found)[0] + 1
    message = f"{len(found):,} formulas ({listed}; first row {row:,}) have no saved value and are read as missing"
    return (Notice(code="data/unsaved-formulas", message=message, row=row,
                   do="open the workbook in a spreadsheet program and save it"),)  # fmt: skip


def _sheet_notice(chosen: str, asked: str | None, left: tuple[str, ...]) -> tuple[Notice, ...]:
    if asked is not None or not left:
        return ()
    others = ", ".join(f'"{one}"' for one in left[:3]) + (", …" if len(left) > 3 else "")
    message = f'sheet "{chosen}" of {len(left) + 1} is read; not {others}'
    return (Notice(code="data/sheet", message=message, do="--sheet NAME"),)


def _hidden_notice(marks: SheetMarks, start: TableStart) -> tuple[Notice, ...]:
    hidden = [row for row in marks.hidden if row >= start.end and row not in marks.totals]
    if not hidden:
        return ()
    noun = "row is" if len(hidden) == 1 else "rows are"
    message = f"{len(hidden):,} {noun} hidden in the workbook and read like the others, first row {min(hidden) + 1:,}"
    return (Notice(code="data/hidden-rows", message=message, row=min(hidden) + 1),)
