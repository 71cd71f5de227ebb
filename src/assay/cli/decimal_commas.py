"""Conversion of files with decimal commas, for models trained on decimal points."""

import math
from typing import TYPE_CHECKING

from assay.core.schema import NumberFormat, Schema

if TYPE_CHECKING:
    import pandas as pd


def with_decimal_points(frame: "pd.DataFrame", schema: Schema) -> "tuple[pd.DataFrame, tuple[str, ...]]":
    """The frame with its decimal commas read as such, and the converted columns.

    Text cells of columns trained as plain numbers are examined. All of them together must show that the comma is the
    decimal mark ("1,204" alone may be a thousand and some), as a file is written in one format. Other cells stay as
    they are.
    """
    from assay.data.number_format import number_format

    written = {name: _texts(frame[name]) for name in _plain_numbers(schema) if name in frame.columns}
    foreign = {name: texts for name, texts in written.items() if any("," in text for text in texts)}
    found = number_format(sorted(set().union(*foreign.values())))
    if "," not in found.decimal:
        return frame, ()
    marks = NumberFormat(decimal=found.decimal, thousands=found.thousands)
    read = {name: _read(texts, marks) for name, texts in foreign.items()}
    changed = {name: _replaced(frame[name], known) for name, known in read.items() if known}
    return frame.assign(**changed), tuple(changed)


def _read(texts: frozenset[str], marks: NumberFormat) -> dict[str, float]:
    """The texts that are numbers in that format."""
    from assay.data.number_format import read_number

    numbers = {text: read_number(text.strip(), marks) for text in texts}
    return {text: number for text, number in numbers.items() if math.isfinite(number)}


def _plain_numbers(schema: Schema) -> tuple[str, ...]:
    return tuple(c.name for c in schema.features if c.kind == "numeric" and c.number == NumberFormat())


def _texts(series: "pd.Series") -> frozenset[str]:
    """The distinct texts in a column; none where it holds numbers."""
    if series.dtype.kind in "iufbM":
        return frozenset()
    return frozenset(cell for cell in series.unique().tolist() if isinstance(cell, str))


def _replaced(series: "pd.Series", known: dict[str, float]) -> "pd.Series":
    import pandas as pd

    cells = [known.get(cell, cell) if isinstance(cell, str) else cell for cell in series.tolist()]
    return pd.Series(cells, index=series.index, dtype=object)
