"""Whether a step gives rows their own targets back: tried with targets that nothing can be learned from."""

from collections.abc import Sequence

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.errors import CodeError
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.sandbox.rows import Rows
from assay.user_code.calls import Functions
from assay.user_code.given_rows import GivenColumn

_ROWS, _FEWEST, _CLASSES = 300, 40, 20
_TOO_ALIKE = 0.95
_FEWEST_OF_LEVEL = 4


def check_own_target(
    functions: Functions, X: Rows, target: Target, columns: Sequence[GivenColumn], seeds: Seeds
) -> None:
    """CodeError where columns of rows that a step learned from, with targets dealt at random, repeat these targets.

    What repeats random targets has stored them row by row. Folds keep that from flattering a score; but nothing is
    learned by it, and whoever calls the function elsewhere has a leak. Not tried on fewer than 40 rows, nor where a
    category has few rows a level, as in a sample: its means are nearly the targets, and learned all the same.
    All rows are learned from, so that groups have the rows that they have; 300 are looked at.
    """
    if len(X) < _FEWEST or _has_small_groups(X, columns):
        return
    rng = seeds.child("own target").rng()
    dealt, some = rng.permutation(target.values), np.sort(rng.permutation(len(X))[:_ROWS])
    try:
        learned = functions.fit_step(X, dealt, columns, seeds.child("own target", "fit").number)
        made = functions.transform(learned, X.take(some))
    except CodeError:
        return
    forms = _forms(dealt[some], target.n_classes)
    for name, column in zip(made.names, made.values.T.astype(np.float64), strict=True):
        alike = _alike(column, forms)
        if alike > _TOO_ALIKE:
            raise _refused(functions, name, alike, len(X))


def _has_small_groups(X: Rows, columns: Sequence[GivenColumn]) -> bool:
    """Whether the levels of a category that the function is given have fewer than four rows, in the mean."""
    levels = [len(set(X[column.name].tolist()) - {None}) for column in columns if column.kind == "category"]
    return any(_FEWEST_OF_LEVEL * n > len(X) for n in levels)


def _refused(functions: Functions, name: str, alike: float, n_rows: int) -> CodeError:
    where = f", column {name!r}," if name else ""
    return CodeError(
        "code/own-target",
        f"{functions.source.file}: after fit on targets dealt at random, transform{where} gives each row its own "
        f"target back (correlation {alike:.2f}): it stores targets row by row. fit was given {n_rows:,} rows.",
        do=("learn something of groups of rows: means, counts, slopes", "leave out columns that differ in every row"),
    )


def _forms(target: AnyArray, n_classes: int) -> Floats:
    """(m, n) numbers that a column may repeat a target as: its values, and their ranks, or whether it is of a class."""
    values = target.astype(np.float64)
    if n_classes:
        return np.stack([values, *((target == one).astype(np.float64) for one in np.unique(target)[:_CLASSES])])
    return np.stack([values, _ranks(values)])


def _alike(column: Floats, forms: Floats) -> float:
    """The largest correlation of a column, or of its ranks, with one of the forms; 0 where it says nothing."""
    known = np.isfinite(column)
    if known.sum() < _FEWEST:
        return 0.0
    own = np.stack([column[known], _ranks(column[known])])
    left, right = (_on_one_scale(values) for values in (own, forms[:, known]))
    return float(np.abs(left @ right.T).max())


def _on_one_scale(values: Floats) -> Floats:
    """(m, n) each row with mean 0 and length 1, so that products are correlations; a constant row is 0."""
    centred = values - values.mean(axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    spread = np.ptp(values, axis=1, keepdims=True) > 0
    return np.asarray(np.divide(centred, length, out=np.zeros_like(centred), where=spread & (length > 0)))


def _ranks(values: Floats) -> Floats:
    """Rising from 0; equal values share theirs."""
    return np.unique(values, return_inverse=True)[1].astype(np.float64)
