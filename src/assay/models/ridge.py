"""Ridge regression with its strength chosen by closed-form leave-one-out, or by given parts of the rows."""

from collections.abc import Sequence

import numpy as np

from assay.core.array import Floats
from assay.core.inner_folds import InnerSplit

RidgeFit = tuple[Floats, float, Floats, float]


def _weighted(X: Floats, y: Floats, weight: Floats | None) -> tuple[Floats, Floats, Floats, Floats, float]:
    """Rows centred by their weighted means and multiplied by the root of their weight; the weights; the means."""
    w = np.ones(len(y)) if weight is None else weight / weight.mean()
    x_mean, y_mean = w @ X / w.sum(), float(w @ y / w.sum())
    root = np.sqrt(w)
    return (X - x_mean) * root[:, None], (y - y_mean) * root, w, x_mean, y_mean


def _axes(X: Floats) -> tuple[Floats, Floats]:
    """Squared singular values (r,) and right vectors (d, r) from the smaller of the two Gram matrices."""
    n, d = X.shape
    values, vectors = np.linalg.eigh(X.T @ X if d <= n else X @ X.T)
    keep = values > max(n, d) * np.finfo(np.float64).eps * max(float(values.max(initial=0.0)), 1e-300)
    values, vectors = values[keep], vectors[:, keep]
    return values, vectors if d <= n else X.T @ vectors / np.sqrt(values)


def ridge(X: Floats, y: Floats, weight: Floats | None, alphas: Floats) -> RidgeFit:
    """Coefficients (d,), intercept, left-out residuals (n,) and the alpha of least weighted left-out squared error.

    The residual of a row left out is its residual / (1 - its leverage) (Allen's PRESS); with a free intercept the
    leverage is that of the centred columns plus the row's share of the weight. Exact, not an approximation.
    Cost: n d min(n, d) + min(n, d)^3 + n min(n, d) for each alpha.
    """
    rows, values, w, x_mean, y_mean = _weighted(X, y, weight)
    squares, axes = _axes(rows)
    scores = rows @ axes
    along, heights = scores.T @ values, scores**2
    best: tuple[float, float, Floats] | None = None
    for alpha in alphas:
        left = 1.0 - heights @ (1.0 / (squares + alpha)) - w / w.sum()
        residual = (values - scores @ (along / (squares + alpha))) / np.maximum(left, 1e-9)
        error = float(residual @ residual)
        if best is None or error < best[0]:
            best = (error, float(alpha), residual)
    if best is None:
        raise ValueError("ridge needs at least one alpha.")
    coef = axes @ (along / (squares + best[1]))
    return coef, y_mean - float(x_mean @ coef), best[2] / np.sqrt(w), best[1]


def ridge_of_parts(
    X: Floats, y: Floats, weight: Floats | None, alphas: Floats, *, parts: Sequence[InnerSplit]
) -> RidgeFit:
    """As `ridge`, where a row may not be left out by itself: the alpha of least weighted squared error of the held rows
    of parts, whose residuals are those of fits without their part."""
    left = np.zeros((len(alphas), len(y)))
    for part in parts:
        own = None if weight is None else weight[part.train]
        rows, values, _, x_mean, y_mean = _weighted(X[part.train], y[part.train], own)
        squares, axes = _axes(rows)
        along, seen = (rows @ axes).T @ values, (X[part.held] - x_mean) @ axes
        for i, alpha in enumerate(alphas):
            left[i, part.held] = y[part.held] - y_mean - seen @ (along / (squares + alpha))
    errors = left**2 @ (np.ones(len(y)) if weight is None else weight)
    best = int(np.argmin(errors))
    coef, intercept, residual, alpha = ridge(X, y, weight, alphas[best : best + 1])
    held = np.concatenate([part.held for part in parts]) if parts else np.zeros(0, dtype=np.int64)
    residual[held] = left[best, held]
    return coef, intercept, residual, alpha
