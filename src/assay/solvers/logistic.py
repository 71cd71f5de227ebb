"""Logistic regression that is interrupted in time."""

import warnings
from typing import Any

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.clock import Deadline
from assay.core.contract import Ended

ITERATIONS = 200
CHUNK = 50
NO_BETTER_STEP = ("Rounding errors prevent", "The line search algorithm", "Line Search failed")
"""How scipy and scikit-learn say that a Newton step can better nothing that doubles can tell: the fit is done."""
CHUNK_WORK = 2e9
"""Iterations run in chunks of at most 50, and of about a second (multiplications), with a deadline check between."""


def logistic(penalty: str, *, is_sparse: bool, seed: int) -> Any:
    """An unfitted model of scikit-learn that goes on where it stood.

    On sparse rows by Newton steps: L-BFGS took five times as long on 28,000 terms and six classes, as its own vectors
    are as wide as the coefficients.
    """
    from sklearn.linear_model import LogisticRegression

    if penalty == "elastic":
        return LogisticRegression(l1_ratio=0.5, solver="saga", tol=1e-3, warm_start=True, random_state=seed)
    return LogisticRegression(solver="newton-cg" if is_sparse else "lbfgs", tol=1e-4, warm_start=True)


def run(model: Any, X: Any, y: AnyArray, weight: Floats | None, deadline: Deadline) -> Ended:
    """Continue the fit in chunks; "deadline" if it was stopped. X: (n, d) array or CSR matrix."""
    from sklearn.exceptions import ConvergenceWarning

    chunk = _chunk(X, y)
    model.set_params(max_iter=chunk)
    for _ in range(ITERATIONS // chunk):
        # Kernels of some processors report an invalid value where every number is finite.
        with warnings.catch_warnings(), np.errstate(invalid="ignore"):
            warnings.simplefilter("ignore", ConvergenceWarning)
            for what in NO_BETTER_STEP:
                warnings.filterwarnings("ignore", what)
            model.fit(X, y, sample_weight=weight)
        if int(np.max(model.n_iter_)) < chunk:
            return "converged"
        if deadline.is_over:
            return "deadline"
    return "rounds"


def _chunk(X: Any, y: AnyArray) -> int:
    """Iterations between two deadline checks; depends on size alone, so that it is the same in every run."""
    cells = X.size if isinstance(X, np.ndarray) else X.nnz
    classes = int(y.max()) + 1
    work = 4.0 * max(1, cells) * (classes if classes > 2 else 1)
    return int(np.clip(CHUNK_WORK / work, 5, CHUNK))
