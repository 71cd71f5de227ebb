"""Files that a model is asked about, read as the one it learned from."""

from typing import TYPE_CHECKING

from assay.core.errors import UsageError

if TYPE_CHECKING:
    from assay.cli.console import Console
    from assay.data.read import RawTable
    from assay.predictor.passport import Passport


def read_like(
    file: str, passport: "Passport", *, sheet: str | None = None, refused: tuple[str, ...] = ()
) -> "RawTable":
    """The rows of a file: the sheet the model learned from, where a workbook has it; repairs refused then are refused.

    sheet, refused: what is asked for now, in place of that sheet and on top of those repairs.
    """
    from assay.data.read import read_table

    raw = tuple(dict.fromkeys((*passport.raw, *refused)))
    if sheet is not None or not passport.sheet or file == "-":
        return read_table(file, sheet=sheet, raw=raw)
    try:
        return read_table(file, sheet=passport.sheet, raw=raw)
    except UsageError as error:
        if error.where.option != "--sheet":
            raise
        return read_table(file, raw=raw)  # no such sheet, or no workbook; the sheet that is taken is said


def say_reading(console: "Console", raw: "RawTable") -> None:
    """What was left out of the file, and which sheet was taken: rows without a prediction must not surprise."""
    from assay.cli.layout import labelled

    for notice in raw.notices:
        if notice.column is None:
            text = f"{notice.message}{f': {notice.do}' if notice.do else ''}"
            console.say(labelled(console.err.layout, raw.name, text, size=len(raw.name) + 3))
