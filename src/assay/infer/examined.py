"""A fit as the checks look at it."""

from dataclasses import dataclass

from assay.core.array import AnyArray, Floats
from assay.infer.design import Design
from assay.infer.fit import Fit
from assay.infer.subject import Subject

BENT = 0.01
"""p from which a bend, a spread or a tail is named: with many rows the smallest is found, so its size is said too."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Examined:
    """What the checks look at. residuals: (n,) quantile residuals; order_by: the column of time rows are sorted by;
    effect: the column the question names."""

    fit: Fit
    design: Design
    subject: Subject
    residuals: Floats
    order_by: str | None = None
    effect: str | None = None

    @property
    def y(self) -> AnyArray:
        return self.subject.y
