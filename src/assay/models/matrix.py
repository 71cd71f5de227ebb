"""A table as one numeric matrix, and helpers shared by linear models, neighbours, kernels and forests."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import Floats, Index, Singles
from assay.core.contract import Limits, Table, Target


def columns(table: Table) -> Singles:
    """(n, d) numeric, codes and dates side by side as float32, NaN kept; text and sparse blocks are left out.

    Codes are numbers (-1 missing, then by falling frequency): right for trees; for other models a step should encode
    them before.
    """
    numeric, others = table.numeric, [block for block in (table.codes, table.dates) if block.shape[1]]
    if not others:
        return numeric
    return np.concatenate([numeric, *others], axis=1, dtype=np.float32)


def filled(table: Table) -> Singles:
    """As `columns`, with 0 in place of NaN, the mean of columns centred by the scale step."""
    X = columns(table)
    # One sum finds a NaN faster than isnan does: one row must cost microseconds.
    if X.size and not np.isfinite(X.sum()):
        X = np.nan_to_num(X, nan=0.0, posinf=0.0, neginf=0.0)
    return X


@dataclass(frozen=True, slots=True, eq=False)
class SeenClasses:
    """The classes of the training rows, which may be fewer than the task's.

    present: their codes, rising; codes: (n,) position in `present` of each row's class.
    """

    present: Index
    codes: Index
    n_classes: int

    @classmethod
    def of(cls, target: Target) -> "SeenClasses":
        present, codes = np.unique(target.values, return_inverse=True)
        return cls(present.astype(np.int64), codes.astype(np.int64), target.n_classes)


def spread(probabilities: Floats, present: Index, n_classes: int) -> Floats:
    """(n, n_classes) probabilities, with 0 for classes absent in training."""
    if len(present) == n_classes:
        return probabilities
    out = np.zeros((len(probabilities), n_classes))
    out[:, present] = probabilities
    return out


def lengths(Z: Floats) -> Floats:
    """(m,) squared lengths of the rows."""
    return np.asarray(np.einsum("ij,ij->i", Z, Z))


def squares(X: Floats, Z: Floats, *, known: Floats | None = None) -> Floats:
    """(n, m) squared distances between the rows of X and of Z; known: precomputed lengths(Z)."""
    found = lengths(X)[:, None] + (lengths(Z) if known is None else known) - 2.0 * (X @ Z.T)
    return np.asarray(np.maximum(found, 0.0, out=found))


def softmax(scores: Floats) -> Floats:
    """(n, k) rows of exp(score) / sum, shifted by the row's maximum so that nothing overflows."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    out: Floats = raised / raised.sum(axis=1, keepdims=True)
    return out


def sigmoid(scores: Floats) -> Floats:
    """1 / (1 + exp(-score)) for any size of score."""
    out: Floats = 0.5 * (1.0 + np.tanh(0.5 * scores))
    return out


def two_columns(positive: Floats) -> Floats:
    """(n, 2) from (n,) probabilities of the second class."""
    return np.column_stack([1.0 - positive, positive])


def weighted_quantile(values: Floats, weight: Floats | None, q: float) -> float:
    """The smallest value that at least a share q of the weight does not exceed."""
    order = np.argsort(values, kind="stable")
    total = np.cumsum(np.ones(len(values)) if weight is None else weight[order])
    at = int(np.searchsorted(total, q * total[-1] * (1 - 1e-12)))
    return float(values[order[min(at, len(values) - 1)]])


def need_time(limits: Limits, seconds: float, what: str) -> None:
    """TimeoutError if uninterruptible work of this many predicted seconds cannot end in time.

    The executor allows 2 s beyond the deadline; one of them may be used here.
    """
    left = limits.deadline.left
    if seconds > left + 1.0:
        raise TimeoutError(f"{what} needs about {seconds:.1f} s, and {max(left, 0.0):.1f} s are left.")
