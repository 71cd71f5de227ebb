"""Logistic regression that is interrupted in time."""

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.clock import Deadline
from assay.core.contract import Ended
from assay.solvers.newton import ROUGHLY, TOLERANCE, NewtonRows, log_loss, newton

ITERATIONS = 200
CHUNK = 50
NO_BETTER_STEP = ("Rounding errors prevent", "The line search algorithm", "Line Search failed")
"""How scipy and scikit-learn say that a Newton step can better nothing that doubles can tell: the fit is done."""
CHUNK_WORK = 2e9
"""Iterations run in chunks of at most 50, and of about a second (multiplications), with a deadline check between."""


@dataclass(eq=False)
class SparseLogistic:
    """Logistic regression of sparse rows that goes on where it stood, with the names of scikit-learn's.

    Newton steps: L-BFGS took five times as long on 28,000 terms and six classes, as its own vectors are as wide as the
    coefficients.
    """

    C: float = 1.0
    tolerance: float = TOLERANCE
    classes_: AnyArray = field(default_factory=lambda: np.empty(0))
    _X: Any = None
    _rows: NewtonRows | None = None
    _weights: Floats | None = None

    def set_params(self, C: float) -> "SparseLogistic":
        """The same at another strength."""
        self.C = C
        return self

    @property
    def coef_(self) -> Floats:
        return self._parted[0].T

    @property
    def intercept_(self) -> Floats:
        return self._parted[1]

    @property
    def _parted(self) -> tuple[Floats, Floats]:
        if self._rows is None or self._weights is None:
            raise ValueError("There is no coefficient before a fit.")
        return self._rows.parted(self._weights)

    def fit(self, X: Any, y: AnyArray, weight: Floats | None, deadline: Deadline) -> Ended:
        """X: (n, d) CSR matrix; a fit of the same one goes on from the last."""
        self.classes_, codes = np.unique(y, return_inverse=True)
        k = len(self.classes_)
        if self._X is not X or self._rows is None:
            self._X, self._rows, self._weights = X, NewtonRows.of(X), None
        if self._weights is None:
            self._weights = np.zeros((X.shape[1] + 1, k if k > 2 else 1))
        own = np.full(X.shape[0], self.C) if weight is None else self.C * weight
        found = newton(self._rows, log_loss(codes, k), self._weights, own, deadline, tolerance=self.tolerance)
        self._weights = found.weights
        return found.ended

    def predict_proba(self, X: Any) -> Floats:
        coef, intercept = self._parted
        scores = np.asarray(X @ coef) + intercept
        if scores.shape[1] == 1:
            positive = 0.5 * (1.0 + np.tanh(0.5 * scores[:, 0]))
            return np.column_stack([1.0 - positive, positive])
        return np.asarray(np.exp(scores - np.logaddexp.reduce(scores, axis=1)[:, None]))


def logistic(penalty: str, *, is_sparse: bool, seed: int, roughly: bool = False) -> Any:
    """An unfitted model, of scikit-learn or with its names, that goes on where it stood. roughly: as close as comparing
    strengths needs, where it is solved by Newton steps."""
    from sklearn.linear_model import LogisticRegression

    if penalty == "elastic":
        return LogisticRegression(l1_ratio=0.5, solver="saga", tol=1e-3, warm_start=True, random_state=seed)
    if is_sparse:
        return SparseLogistic(tolerance=ROUGHLY if roughly else TOLERANCE)
    return LogisticRegression(solver="lbfgs", tol=1e-4, warm_start=True)


def run(model: Any, X: Any, y: AnyArray, weight: Floats | None, deadline: Deadline) -> Ended:
    """Continue the fit in chunks; "deadline" if it was stopped. X: (n, d) array or CSR matrix."""
    if isinstance(model, SparseLogistic):
        return model.fit(X, y, weight, deadline)
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
