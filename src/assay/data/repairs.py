"""The repairs of a column in words, derived from the schema, so that the predictor makes the same."""

from dataclasses import dataclass

from assay.core.argument import list_argument
from assay.core.schema import Column, NumberFormat, Schema
from assay.core.task import Notice

_READ_AS_DATE, _READ_AS_TIME = "dates", "times"
_CODES = {
    "numbers": "data/numbers-in-text", _READ_AS_DATE: "data/dates-in-text", _READ_AS_TIME: "data/times-in-text",
}  # fmt: skip
_SHOWN = 6
_MARKS = {",": "comma", ".": "point", "'": "apostrophe", "’": "apostrophe"}
"""Thousands marks that are no space, by name: a comma among commas would be taken for a misprint."""
_COMPOSED = {
    "fractions": "3 1/4 as 3.25", "degrees": "degrees and minutes, south and west negative",
    "feet": "feet and inches, in inches", "powers": "1.2×10^3 as 1200",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing done to the cells of a column; `refuse` is the option that leaves it undone."""

    name: str
    text: str
    refuse: str


def repairs_of(column: Column) -> tuple[Repair, ...]:
    """The repairs that reading this column means, in the order they are done."""
    found = []
    if column.kind == "numeric" and column.number.duration:
        found.append((_READ_AS_TIME, "read as durations, in seconds"))
    elif column.kind == "numeric" and (column.number != NumberFormat() or column.reason.endswith("as text")):
        found.append(("numbers", f"read as numbers{_format_text(column.number)}"))
    if column.kind == "datetime" and column.is_clock:
        found.append((_READ_AS_TIME, "read as times of day"))
    elif column.kind == "datetime" and column.date_formats:
        found.append((_READ_AS_DATE, f"read as dates, {' or '.join(map(date_words, column.date_formats))}"))
    if column.missing_marks and column.is_feature:
        listed = ", ".join(column.missing_marks[:4]) + (", …" if len(column.missing_marks) > 4 else "")
        found.append(("missing", f"read as missing: {listed}"))
    return tuple(Repair(name, text, f"--raw {list_argument(column.name, f'={name}')}") for name, text in found)


def _format_text(number: NumberFormat) -> str:
    marks = dict.fromkeys(_MARKS.get(mark, "space") for mark in number.thousands)
    parts = [
        {",": "decimal comma", ".,": "decimal point or comma"}.get(number.decimal, ""),
        f"thousands {' or '.join(marks)}" if marks else "",
        f"{', '.join(number.affixes)} cut off" if number.affixes else "",
        "footnotes ([1], *) cut off" if number.notes else "",
        "% as hundredths" if number.percent else "",
        "(5) as −5" if number.brackets else "",
        "<5 as 5" if number.limits else "",
        "ca. 5 as 5" if number.rough else "",
        "5-, 5 DR or 5 S as −5" if number.behind else "",
        _COMPOSED.get(number.composed, ""),
        "5k as 5,000 and 5M as 5,000,000" if number.factors else "",
    ]  # fmt: skip
    said = ", ".join(part for part in parts if part)
    return f": {said}" if said else ""


def date_words(form: str) -> str:
    """A strptime format as people write it: "%d.%m.%Y" is DD.MM.YYYY."""
    words = {
        "%Y": "YYYY", "%y": "YY", "%m": "MM", "%d": "DD", "%b": "Mon", "%q": "1-4", "%G": "YYYY", "%V": "ww", "%u": "d",
    }  # fmt: skip
    for token, word in words.items():
        form = form.replace(token, word)
    return form


def repair_notices(schema: Schema) -> tuple[Notice, ...]:
    """One notice for all columns whose numbers, one for all whose dates, and one for all whose times of day and
    durations were read out of text.
    """
    notices = []
    for name, code in _CODES.items():
        columns = [c.name for c in schema if any(repair.name == name for repair in repairs_of(c))]
        if columns:
            more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
            message = f"{', '.join(columns[:_SHOWN])}{more}: {name} written as text"
            do = f"--raw {list_argument(columns[0], f'={name}')}"
            notices.append(Notice(code=code, message=message, column=columns[0], do=do))
    return tuple(notices)
