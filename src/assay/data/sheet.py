"""What a worksheet says beside its values: merged cells, hidden rows, rows whose formulas add up what is above them."""

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


@dataclass(frozen=True, slots=True)
class SheetMarks:
    """Rows and columns count from 0. merged: (row, first column, last column) of cells merged side by side in one row;
    hidden, totals: rows."""

    merged: tuple[tuple[int, int, int], ...] = ()
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
    merged, hidden, totals = [], set(), set()
    for element in elements:
        tag = _tag(element)
        if tag == "row":
            if element.get("hidden") in {"1", "true"} and len(element):
                hidden.add(int(element.get("r", "0")) - 1)
            element.clear()
        elif tag == "c":
            place = _place(element.get("r", ""))
            if place is not None and any(_tag(part) == "f" and _adds_up(part.text or "", place) for part in element):
                totals.add(place[0])
        elif tag == "mergeCell":
            first, _, last = element.get("ref", "").partition(":")
            start, end = _place(first), _place(last)
            if start is not None and end is not None and start[0] == end[0] and end[1] > start[1]:
                merged.append((start[0], start[1], end[1]))
    return SheetMarks(tuple(sorted(merged)), frozenset(hidden), frozenset(totals))


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
