"""A worksheet's structure beside its values: merged cells, hidden rows, rows of column totals."""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PLACE = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)")
_SUM = re.compile(
    r"(?:SUM|SUBTOTAL|AVERAGE|AGGREGATE)\((?:\d+,)*\$?([A-Z]{1,3})\$?(\d+):\$?([A-Z]{1,3})\$?(\d+)\)", re.IGNORECASE
)

Place = tuple[int, int]
Place3 = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class SheetMarks:
    """Rows and columns count from 0. merged: (row, first column, last column) of cells merged side by side in one row;
    tall: (column, first row, last row) of cells of one column merged over rows; unsaved: (row, column) of formulas
    whose value no program has computed yet; hidden, totals: rows."""

    merged: tuple[tuple[int, int, int], ...] = ()
    tall: tuple[tuple[int, int, int], ...] = ()
    unsaved: tuple[tuple[int, int], ...] = ()
    hidden: frozenset[int] = frozenset()
    totals: frozenset[int] = frozenset()

    def merged_in(self, row: int) -> tuple[tuple[int, int], ...]:
        """First and last columns of the merged cells of a row."""
        return tuple((first, last) for at, first, last in self.merged if at == row)


def sheet_marks(content: bytes, sheet: str) -> SheetMarks:
    """The marks of a sheet of a workbook that openpyxl has opened; none where the parts of the file are elsewhere.

    One pass over the sheet's XML, a tenth of the time that its values take. Entities that grow without end are refused
    by expat itself.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        part = _part_of(archive, sheet)
        if part is None:
            return SheetMarks()
        with archive.open(part) as stream:
            return _marks(element for _, element in ElementTree.iterparse(stream))  # noqa: S314, openpyxl read it before


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The archive's name of the sheet's XML."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    key = next((one.get(_RELATION) for one in book.iter() if _tag(one) == "sheet" and one.get("name") == sheet), None)
    target = next((one.get("Target", "") for one in relations if one.get("Id") == key), None)
    if key is None or target is None:
        return None
    part = posixpath.normpath(posixpath.join("xl", target)) if not target.startswith("/") else target[1:]
    return part if part in names else None


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _marks(elements: Iterable[ElementTree.Element]) -> SheetMarks:
    merged, tall, unsaved, hidden, totals = list[Place3](), list[Place3](), list[Place](), set[int](), set[int]()
    for element in elements:
        tag = _tag(element)
        if tag == "row":
            if element.get("hidden") in {"1", "true"} and len(element):
                hidden.add(int(element.get("r", "0")) - 1)
            element.clear()
        elif tag == "c":
            _mark_formula(element, unsaved, totals)
        elif tag == "mergeCell":
            _mark_merge(element, merged, tall)
    return SheetMarks(
        tuple(sorted(merged)), tuple(sorted(tall)), tuple(unsaved), hidden=frozenset(hidden), totals=frozenset(totals)
    )


def _mark_formula(cell: ElementTree.Element, unsaved: list[Place], totals: set[int]) -> None:
    place, formula = _place(cell.get("r", "")), _part(cell, "f")
    if place is None or formula is None:
        return
    if _adds_up(formula, place):
        totals.add(place[0])
    if cell.get("t") != "str" and not _part(cell, "v"):  # "str": an empty text is a value
        unsaved.append(place)


def _mark_merge(element: ElementTree.Element, merged: list[Place3], tall: list[Place3]) -> None:
    first, _, last = element.get("ref", "").partition(":")
    start, end = _place(first), _place(last)
    if start is None or end is None:
        return
    if start[0] == end[0] and end[1] > start[1]:
        merged.append((start[0], start[1], end[1]))
    elif start[1] == end[1] and end[0] > start[0]:
        tall.append((start[1], start[0], end[0]))


def _part(cell: ElementTree.Element, tag: str) -> str | None:
    """The text of a part of a cell, None where the cell has none of it."""
    return next((part.text or "" for part in cell if _tag(part) == tag), None)


def _place(text: str) -> tuple[int, int] | None:
    """(row, column) of a place such as C12."""
    match = _PLACE.fullmatch(text)
    return None if match is None else (int(match[2]) - 1, _column(match[1]))


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - 64
    return number - 1


def _adds_up(formula: str, place: tuple[int, int]) -> bool:
    """Whether a formula sums two or more cells of its own column, all above it."""
    match = _SUM.fullmatch(formula.strip().removeprefix("="))
    if match is None or _column(match[1]) != place[1] or _column(match[3]) != place[1]:
        return False
    return int(match[2]) < int(match[4]) <= place[0]
