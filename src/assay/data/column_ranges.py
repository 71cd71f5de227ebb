"""The range of each numeric and date column, so that later values far outside are noticed."""

from dataclasses import replace

import numpy as np

from assay.core.schema import Schema
from assay.core.table import Table


def with_ranges(schema: Schema, table: Table) -> Schema:
    """The schema with the lowest and highest value of each numeric column (in its own unit) and of each column of dates
    (in days since 1970), as this table has them.
    """
    blocks = ((table.numeric_names, table.numeric), (table.date_names, table.dates))
    spans: dict[str, tuple[float, float]] = {}
    for names, block in blocks:
        lowest, highest = (end.reduce(block, axis=0).tolist() for end in (np.fmin, np.fmax))
        for name, low, high in zip(names, lowest, highest, strict=True):
            if schema[name].kind == "ordinal" or np.isnan(low):
                continue
            shift, scale = schema[name].shift, schema[name].scale
            ends = sorted(float(end) * scale + shift for end in (low, high))
            spans[name] = (ends[0], ends[1])
    return Schema(columns=tuple(replace(column, span=spans.get(column.name)) for column in schema))
