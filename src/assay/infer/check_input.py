"""The input of the assumption checks."""

from dataclasses import dataclass

from assay.core.array import AnyArray, Floats
from assay.infer.analysis_data import AnalysisData
from assay.infer.design_matrix import DesignMatrix
from assay.infer.likelihood import Fit

BENT = 0.01
"""p below which a violation is reported, with its size, as with many rows the smallest is significant."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CheckInput:
    """What the checks look at. residuals: (n,) quantile residuals; order_by: the column of time rows are sorted by;
    effect: the column the question names."""

    fit: Fit
    design: DesignMatrix
    data: AnalysisData
    residuals: Floats
    order_by: str | None = None
    effect: str | None = None

    @property
    def y(self) -> AnyArray:
        return self.data.y
