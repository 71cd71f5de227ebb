"""Of each row the value by which its labels are restricted, where a task restricts them."""

from dataclasses import dataclass

import numpy as np

from assay.core.block import register
from assay.core.block.row_values import RowValues


@register("candidates")
@dataclass(frozen=True, slots=True, eq=False)
class CandidateValues(RowValues[np.int32]):
    """values: int32 places among the known values of that column (`Column.restricts`), -1 for none of them. Whether the
    column itself is a feature is another matter.
    """
