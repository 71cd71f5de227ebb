"""The decimal mark of ambiguous columns ("2,916") by the other columns, as one file uses one mark."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from assay.core.schema import Column, NumberFormat
from assay.data import vectorized as vector
from assay.data.number_format import NumberReader, number_format, read_number
from assay.data.numeric_kinds import judge_numbers
from assay.data.refusal import Refusal
from assay.data.texts import Texts

if TYPE_CHECKING:
    import pandas as pd

_LOOKED = 1000
"""Rows of a column that are looked at."""
_FEWEST, _ENOUGH = 3, 0.9
"""Distinct texts of a column that counts as evidence, and the share of them that are numbers."""


def is_doubtful(number: NumberFormat, texts: Sequence[str]) -> bool:
    """Whether commas are read as thousands, and each may as well be a decimal mark before three digits."""
    has_groups = number.decimal == "." and number.thousands == "," and number.whole
    return has_groups and all(text.count(",") <= 1 for text in texts)


def with_decimal_comma(number: NumberFormat) -> NumberFormat:
    """The format with the comma as its decimal mark."""
    return replace(number, decimal=",", thousands="", whole=False)


def said_of(texts: Sequence[str]) -> str:
    """What was done to a column with these texts, with an example."""
    example = next((text for text in texts if "," in text), "")
    return f"{example!r} read with a decimal comma, as other columns have it"


@dataclass(frozen=True, eq=False)
class FileDecimalMark:
    """The decimal marks of a frame's columns, computed once for all ambiguous ones."""

    frame: "pd.DataFrame"

    @cached_property
    def writes_decimal_commas(self) -> bool:
        """Whether columns show decimal commas, and none a decimal point behind commas; those in doubt show neither."""
        found = {_mark(str(name), self.frame.iloc[:, j]) for j, name in enumerate(self.frame.columns)}
        return "," in found and "." not in found


def _mark(name: str, series: "pd.Series") -> str:
    """The decimal mark that the texts of a column show beyond doubt, else ""."""
    series = vector.plain(series.head(_LOOKED))
    if series.dtype.kind in "iufbM" or vector.is_date(series):
        return ""
    texts = Texts.of(name, series, frozenset()).read_sample()
    number = number_format(texts)
    if len(texts) < _FEWEST or ("," not in number.decimal and not any("," in t and "." in t for t in texts)):
        return ""
    n_read = sum(not np.isnan(read_number(text, number)) for text in texts)
    return number.decimal if n_read >= _ENOUGH * len(texts) else ""


def with_file_decimal_mark(column: Column, series: "pd.Series", hand: FileDecimalMark, refused: Refusal) -> Column:
    """The column with its commas read as decimal marks where that is doubtful and the other columns have them so."""
    if column.kind != "numeric" or not (column.number.thousands == "," and column.number.whole):
        return column
    texts = Texts.of(column.name, vector.plain(series), frozenset(column.missing_marks)).texts
    if not is_doubtful(column.number, texts) or not hand.writes_decimal_commas:
        return column
    read = replace(column, number=with_decimal_comma(column.number), shift=0.0, scale=1.0)
    values = vector.raw_numbers(vector.plain(series), NumberReader(read))
    judged = judge_numbers(read, values, refused)
    return replace(judged, reason=column.reason, notes=(*dict.fromkeys(judged.notes), said_of(texts)))
