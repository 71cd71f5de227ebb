"""Character n-grams of texts, for min_hash and similarity."""

import zlib
from collections.abc import Callable

import numpy as np

from assay.core.array import Index, Singles
from assay.core.table import Table

_SIZES = (2, 3, 4)


def character_ngrams(text: str) -> Index:
    """Distinct 32-bit hashes of the runs of 2 to 4 characters, in small letters, a space before and behind."""
    padded = f" {text.lower().strip()} "
    runs = {padded[i : i + size] for size in _SIZES for i in range(max(1, len(padded) - size + 1))}
    return np.array(sorted({zlib.crc32(run.encode("utf-8", "surrogatepass")) for run in runs}), dtype=np.int64)


def by_text(table: Table, column: str, width: int, encode: Callable[[Index], Singles]) -> Singles:
    """(n, width) what `encode` makes of the grams of each distinct text of a strings column; missing cells are NaN."""
    assert table.strings is not None
    places, texts = table.strings.column(column)
    values = np.full((len(texts) + 1, width), np.nan, dtype=np.float32)
    for k, text in enumerate(texts):
        values[k] = encode(character_ngrams(text))
    return values[places]


def string_names(table: Table) -> tuple[str, ...]:
    """The columns of strings a table has."""
    return table.strings.names if table.strings is not None else ()
