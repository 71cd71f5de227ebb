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


def check_own_target(
    functions: Functions, X: Rows, target: Target, columns: Sequence[GivenColumn], seeds: Seeds
) -> None:
    """CodeError where columns of rows that a step learned from, with targets dealt at random, repeat these targets.

    What repeats random targets has stored them row by row. Folds keep that from flattering a score; but nothing is
    learned by it, and whoever calls the function elsewhere has a leak. Not tried on fewer than 40 rows, nor where the
    function fails on the 300 that it is tried on.
    """
    if len(X) < _FEWEST:
        return
    rng = seeds.child("own target").rng()
    some = np.sort(rng.permutation(len(X))[:_ROWS])
    dealt = rng.permutation(target.values[some])
    mine = X.take(some)
    try:
        learned = functions.fit_step(mine, dealt, columns, seeds.child("own target", "fit").number)
        made = functions.transform(learned, mine).values.astype(np.float64)
    except CodeError:
        return
    forms = _forms(dealt, target.n_classes)
    alike = max((_alike(column, forms) for column in made.T), default=0.0)
    if alike > _TOO_ALIKE:
        raise CodeError(
            "code/own-target",
            f"{functions.source.file}: after fit on targets dealt at random, transform gives each row its own target "
            f"back (correlation {alike:.2f}): it stores targets row by row. fit was given {len(mine):,} rows.",
            do=("learn something of groups of rows: means, counts, slopes",),
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
