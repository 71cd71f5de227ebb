"""Reading of new files in the way of a model's training file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from assay.cli.command_options import Names, listed
from assay.cli.option_groups import option
from assay.core.errors import UsageError

if TYPE_CHECKING:
    from assay.cli.console import Console
    from assay.data.read import RawTable
    from assay.predictor.passport import Passport
    from assay.predictor.predictor import Predictor


@dataclass(frozen=True, slots=True)
class ReadingArguments:
    """Reading options of a file of new rows, where they differ from the training file's."""

    sheet: Annotated[str | None, option("--sheet", metavar="NAME", help="Sheet of the workbook.")] = None
    raw: Annotated[Names, option("--raw", metavar="COLUMNS", help="Columns or repairs to leave as they are.")] = None
    text_model: Annotated[
        list[str] | None, option("--text-model", metavar="FOLDER", help="Where an encoder that the model needs lies.")
    ] = None
    allow_code: Annotated[
        bool, option("--allow-code", help="Run functions that a saved model holds, with all that Python can do.")
    ] = False

    def equipped(self, model: "Predictor") -> "Predictor":
        """The model, told where encoders of texts lie."""
        return model.with_text_models(self.text_model) if self.text_model else model

    @property
    def words(self) -> list[str]:
        """The options as typed."""
        refused = ",".join(listed(self.raw))
        models = [word for one in self.text_model or () for word in ("--text-model", one)]
        return [
            *(["--sheet", self.sheet] if self.sheet else []), *(["--raw", refused] if refused else []), *models,
            *(["--allow-code"] if self.allow_code else []),
        ]  # fmt: skip


def read_like(file: str, passport: "Passport", asked: ReadingArguments, *, spelled: Sequence[str] = ()) -> "RawTable":
    """The rows of a file: the training file's sheet, where a workbook has it; repairs refused then are refused.

    asked: the sheet in place of that one, and further refused repairs. spelled: columns kept letter for letter, too.
    """
    from assay.data.read import read_table
    from assay.data.refusal import Refusal

    raw = Refusal(tuple(dict.fromkeys((*passport.raw, *listed(asked.raw)))), tuple(spelled))
    if asked.sheet is not None or not passport.sheet or file == "-":
        return read_table(file, sheet=asked.sheet, raw=raw)
    try:
        return read_table(file, sheet=passport.sheet, raw=raw)
    except UsageError as error:
        if error.where.option != "--sheet":
            raise
        return read_table(file, raw=raw)  # no such sheet, or no workbook; the sheet that is taken is said


def say_reading(console: "Console", raw: "RawTable") -> None:
    """Rows left out of the file, and the sheet taken, as missing predictions must not surprise."""
    from assay.cli.line_layout import labelled

    for notice in raw.notices:
        if notice.column is None:
            text = f"{notice.message}{f': {notice.do}' if notice.do else ''}"
            console.say(labelled(console.err.layout, raw.name, text, size=len(raw.name) + 3))
