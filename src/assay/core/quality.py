"""Errors and calibration of the shipped model on the rows it was measured on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tenth:
    """A tenth of the rows, by prediction: number, mean predicted, mean observed and its 95 % interval, of the groups
    that rows come in, if any; None where there are too few. Means by the rows' weights.

    Of classes the means are a predicted probability and the observed share; of numbers in the target's unit.
    """

    rows: int
    predicted: float
    observed: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Out-of-fold predictions against the truth. rows: their number; tenths: lowest predictions first.

    crossed: whether calibration and labelling were learned on the other folds; False: not on these rows at all.

    Of classes: confusion[truth][prediction] counts rows by position in `classes`; threshold: the probability of the
    second of two classes above which it is predicted, None for more. Of numbers: within holds pairs of a share of rows
    and the absolute error that so many stay within; bias is the mean of predicted minus true.
    """

    rows: int
    tenths: tuple[Tenth, ...]
    classes: tuple[str, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    threshold: float | None = None
    within: tuple[tuple[float, float], ...] = ()
    bias: float = 0.0
    crossed: bool = False

    def __post_init__(self) -> None:
        k = len(self.classes)
        if len(self.confusion) != k or any(len(row) != k for row in self.confusion):
            raise ValueError(f"A confusion of {k} classes has {k} rows and columns.")
