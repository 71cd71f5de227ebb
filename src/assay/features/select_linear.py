"""Column selection by linear models: lasso, stability selection, forward selection."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.core.contract import Facts, Seeds, StepCost, Table, Target
from assay.core.errors import check_known
from assay.features import register
from assay.features.group_screen import outcomes, standard
from assay.features.row_sample import sampled_rows
from assay.features.selection import FittedSelection, Method, Selecting, everything, selected
from assay.features.smoothed_means import Outcome, cross_fitted_means, needed

_MOST_ROWS = 10_000
_FEWEST_ROWS = 20
_FOLDS = 5
_MOST_OUTCOMES = 5


def regressions(table: Table, target: Target, *, seeds: Seeds) -> Iterator[tuple[Floats, Floats]]:
    """(X, y) for each of up to five outcomes of the target: its value in ranks, or the indicator of a class.

    X: (n, columns) numeric columns, standard, then each code column as its mean of that outcome out of fold.
    """
    y = outcomes(target)
    fold = seeds.child("folds").rng().permutation(len(target)) % _FOLDS
    for k in range(min(y.shape[1], _MOST_OUTCOMES)):
        one = Outcome.of(Target(y[:, k]))
        slots = [np.unique(column, return_inverse=True)[1] for column in table.codes.T]
        means = [cross_fitted_means(one, slot, int(slot.max()) + 1, m=10.0, inner=fold)[:, 0] for slot in slots]
        yield standard(np.column_stack([table.numeric, *means]).astype(np.float64)), y[:, k]


@contextmanager
def _ignoring_convergence() -> Iterator[None]:
    """Where columns say the same, the path ends early and descent is slow to end: what was reached is a choice too."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def scaled_lasso(X: Floats, y: Floats, seeds: Seeds) -> Floats:
    """(p,) absolute coefficients of the lasso at penalty sigma sqrt(2 log p / n), sigma the noise it leaves itself.

    With that penalty hardly a column of noise enters (Sun and Zhang, "Scaled sparse linear regression", 2012).
    """
    from sklearn.linear_model import Lasso

    n, p = X.shape
    penalty, sigma, weights = float(np.sqrt(2.0 * np.log(max(p, 2)) / n)), float(y.std()), np.zeros(p)
    for _ in range(10):
        with _ignoring_convergence():
            model = Lasso(alpha=max(sigma * penalty, 1e-9), max_iter=2_000, tol=1e-3).fit(X, y)
        weights, before = np.asarray(model.coef_), sigma
        sigma = float(np.std(y - X @ weights))
        if abs(sigma - before) <= 1e-3 * before:
            break
    return np.abs(weights)


def stability(X: Floats, y: Floats, seeds: Seeds) -> Floats:
    """(p,) share of 50 half samples in which each column is among the first sqrt(0.8 p) of the lasso's path.

    Complementary pairs (Shah and Samworth, 2013): of columns of noise that are alike at most two in expectation come to
    0.7 (Meinshausen and Bühlmann, 2010, theorem 1: q² / (2 * 0.7 - 1) p), in practice fewer.
    """
    from sklearn.linear_model import lars_path

    n, p = X.shape
    first, rng, chosen = max(1, int(np.sqrt(0.8 * p))), seeds.child("halves").rng(), np.zeros(p)
    for _ in range(25):
        order = rng.permutation(n)
        for half in (order[: n // 2], order[n // 2 :]):
            with _ignoring_convergence():
                _, active, _ = lars_path(X[half], y[half], method="lasso", max_iter=first, return_path=False)
            chosen[np.asarray(active, dtype=np.int64)] += 1.0
    return chosen / 50.0


def forward(X: Floats, y: Floats, seeds: Seeds) -> Floats:
    """(p,) in which step of forward selection each column came, counted down from 1; 0 for those that did not.

    A step takes the column that lowers the squared error of least squares most on rows held out (5 folds), while the
    gain over rows is above sqrt(2 log p) standard errors, what the best of p useless columns may reach; at most 30.
    """
    n, p = X.shape
    fold = seeds.child("forward").rng().permutation(n) % _FOLDS
    left, residual, came = np.repeat(X[None], _FOLDS, axis=0), np.repeat(y[None], _FOLDS, axis=0), np.zeros(p)
    for k in range(_FOLDS):
        learnt = fold != k
        left[k] -= left[k][learnt].mean(axis=0)
        residual[k] -= residual[k][learnt].mean()
    for step in range(min(30, p)):
        gain = _held_out_gain(left, residual, fold)
        gain[:, came > 0] = -np.inf
        best = int(np.argmax(gain.mean(axis=0)))
        own = gain[:, best]
        if came[best] or own.mean() <= np.sqrt(2.0 * np.log(max(p, 2))) * own.std() / np.sqrt(n):
            break
        came[best] = 1.0 - step / 100.0
        _sweep(left, residual, fold, best)
    return came


def _slopes(column: Floats, others: Floats) -> Floats:
    return np.asarray(column @ others / max(float(column @ column), 1e-9))


def _held_out_gain(left: Floats, residual: Floats, fold: Index) -> Floats:
    """(n, p) by how much the squared error of each row falls with each column, fitted without the row's fold."""
    gain = np.empty(left.shape[1:])
    for k in range(_FOLDS):
        held = fold == k
        x, r = left[k][~held], residual[k][~held]
        slope = (r @ x) / np.maximum((x * x).sum(axis=0), 1e-9)
        error = residual[k][held][:, None]
        gain[held] = error**2 - (error - left[k][held] * slope) ** 2
    return gain


def _sweep(left: Floats, residual: Floats, fold: Index, best: int) -> None:
    """Take the chosen column out of the residuals and of the other columns, by slopes of each fold's training rows."""
    for k in range(_FOLDS):
        learnt, column = fold != k, left[k][:, best].copy()
        residual[k] -= column * _slopes(column[learnt], residual[k][learnt])
        left[k] -= column[:, None] * _slopes(column[learnt], left[k][learnt])


METHODS: Mapping[str, Method[Floats]] = {
    "lasso": Method(scaled_lasso, 0.0, "lasso weight"),
    "stability": Method(stability, 0.7, "share of half samples"),
    "forward": Method(forward, 0.0, "forward step"),
}


@register("select_linear")
@dataclass(frozen=True)
class SelectLinear(Selecting):
    """Columns that a linear model has no use for beside the others are left out.

    method: "lasso" (scaled_lasso), "stability" (chosen by the lasso in seven of ten half samples), "forward" (stepwise,
    by rows held out). Code columns stand as target means out of fold. Of several classes a column is kept that any of
    the first five needs. On at most 10,000 rows; what is not linear is not found.
    """

    method: str = "stability"

    def __post_init__(self) -> None:
        check_known(self.method, METHODS, f"There is no method {self.method!r}.")

    def cost(self, facts: Facts) -> StepCost:
        outcomes = min(facts.n_outputs, _MOST_OUTCOMES)
        return StepCost(seconds=0.03 * outcomes + 3e-6 * min(facts.n_rows, _MOST_ROWS))

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedSelection:
        rows = sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows"))
        sample, labels = table.take(rows), needed(target, "select_linear").take(rows)
        n_columns = len(table.numeric_names) + len(table.code_names)
        if len(rows) < _FEWEST_ROWS or n_columns < 2:
            return everything("select_linear", table)
        method, score = METHODS[self.method], np.zeros(n_columns)
        for X, y in regressions(sample, labels, seeds=seeds):
            score = np.maximum(score, _of_varying(X, y, method, seeds))
        keep: Bools = score >= method.least if method.least else score > 0
        reasons = [f"{method.says} {value:.2g}, kept from {method.least or 'above 0'}" for value in score.tolist()]
        return selected("select_linear", table, keep, reasons, score=score)


def _of_varying(X: Floats, y: Floats, method: Method[Floats], seeds: Seeds) -> Floats:
    """The method's scores of all columns; 0 where a column does not vary, everywhere where y does not."""
    varies, score = X.std(axis=0) > 0, np.zeros(X.shape[1])
    if varies.any() and y.std() > 0:
        score[varies] = method.judge(X[:, varies], y, seeds)
    return score
