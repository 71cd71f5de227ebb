"""When each row was, where the rows of a table are ordered by a column."""

from dataclasses import dataclass

import numpy as np

from assay.core.block import register
from assay.core.block.row_values import RowValues


@register("moment")
@dataclass(frozen=True, slots=True, eq=False)
class MomentBlock(RowValues[np.float64]):
    """Rows that are asked about have none, and are later than all rows ever learned from; no model may tell rows by
    their place in time alone.
    """
