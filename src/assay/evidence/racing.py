"""Racing: which experiments may stop before their last fold. Rejects early, never keeps."""

import math
from collections.abc import Callable

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.problem import Problem
from assay.core.task import Loss

CLIP = 1e-15
SHARES = np.arange(0.0, 1.01, 0.05)


def row_loss(
    problem: Problem, y: AnyArray, stored: AnyArray, *, loss: Loss = "squared", quantile: float = 0.5
) -> Floats:
    """(n,) proxy loss of stored predictions: log loss for classes, else squared, absolute or pinball error."""
    given = np.asarray(stored, dtype=np.float64)
    if problem.is_class:
        true = np.where(y == 1, given, 1.0 - given) if given.ndim == 1 else given[np.arange(len(y)), y]
        return np.asarray(-np.log(np.clip(true, CLIP, 1.0 - CLIP)))
    error = np.asarray(y, dtype=np.float64) - given
    if loss == "quantile":
        return np.asarray(np.maximum(quantile * error, (quantile - 1.0) * error))
    return np.abs(error) if loss == "absolute" else np.asarray(error**2)


def blend_share(blend: AnyArray, stored: AnyArray, loss_of: Callable[[AnyArray], Floats]) -> float:
    """The share in 0, 0.05 … 1 of a candidate that serves best beside the current blend on these rows.

    loss_of: (n,) row losses of stored predictions, by the weights of the rows where these have any.
    """
    losses = [loss_of((1.0 - share) * blend + share * stored).mean() for share in SHARES]
    return float(SHARES[int(np.argmin(losses))])


def unit_sums(loss: Floats, groups: AnyArray) -> Floats:
    """(G,) row losses summed within groups: what is_hopeless takes where rows of a group belong together."""
    return np.bincount(np.unique(groups, return_inverse=True)[1], weights=loss).astype(np.float64)


def is_hopeless(
    candidate_loss: Floats, best_loss: Floats, *, share: float = 0.0, folds_done: int, n_test: int, n_train: int
) -> bool:
    """Whether a candidate may stop after some folds: worse than the best and useless to the blend.

    candidate_loss, best_loss: row losses on the rows scored so far, the same rows, times their weights (or sums by
    group). Worse: by one standard error or more, widened by √(1 + folds_done · n_test / n_train) for what other
    training sets would give (Nadeau and Bengio, 2003). share: from blend_share; above 0.05 the candidate runs on.
    """
    if share > 0.05 or len(candidate_loss) < 2:
        return False
    gap = candidate_loss - best_loss
    error = float(gap.std(ddof=1)) / math.sqrt(len(gap)) * math.sqrt(1.0 + folds_done * n_test / n_train)
    return bool(float(gap.mean()) >= error and float(gap.mean()) > 0.0)
