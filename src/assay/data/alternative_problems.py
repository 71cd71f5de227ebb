"""Alternative problem types of a target, so that advice to use --problem is advice that works."""

import numpy as np

from assay.core.array import Floats
from assay.core.problem import Problem
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression

MOST_CLASSES = 1000
_ENOUGH = 0.95
"""Of the cells must be numbers, as where numbers written as text are known by themselves."""
_TRUTHS = frozenset({"true", "false"})


def are_too_many(n_classes: int, n_rows: int) -> bool:
    """Whether so many different values in so many rows are no classes."""
    return n_classes > MOST_CLASSES or n_classes > 0.5 * n_rows + 2


def other_problems(problem: Problem, values: Floats, labels: frozenset[str], *, n_classes: int) -> tuple[Problem, ...]:
    """The problems that --problem could make of a target that was understood as another.

    values: (n,) of the filled cells as numbers, NaN where one is none. labels: their distinct texts. n_classes: after
    spellings were merged. Truth values are no numbers, though they can be read as such.
    """
    if problem.is_class:
        is_number = float(np.mean(~np.isnan(values))) >= _ENOUGH and len(np.unique(values[~np.isnan(values)])) > 1
        return (Regression(),) if is_number and not {label.lower() for label in labels} <= _TRUTHS else ()
    if n_classes < 2 or are_too_many(n_classes, len(values)):
        return ()
    return (Binary(),) if n_classes == 2 else (Multiclass(),)
