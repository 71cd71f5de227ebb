"""Labs whose truth is known, and what is built from their search rows by those who look at them.

G1: a linear world under squared error, the truth from its coefficients. `Lab` screens columns one by one, as attackers
do; `Path` is a search that keeps or drops one move after the other, as a loop does.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from assay.core.contract import Metric
from assay.core.figure import Figure
from assay.core.problem.regression import Regression
from assay.core.seed import Seeds
from assay.evidence.bbc import ModelChoice, correct
from assay.evidence.evaluation_rows import Rows
from assay.evidence.judge import judge
from assay.evidence.noise import Noise
from assay.evidence.paired import compare_with_excess, quick_compare
from assay.metrics.choose_metric import find

Array = np.ndarray[Any, Any]
MSE = find("mse", Regression())
N_ROWS, VAULT, FOLDS = 1000, 0.25, 5
N_SEARCH = round(N_ROWS * (1 - VAULT))
SEED_NOISE = 0.07
"""Standard deviation of what a seed adds to a stored prediction."""


def corrected(metric: Metric, rows: Rows, pool: Mapping[int, Array], seed: int) -> Figure:
    """The figure alone of the best of a pool, corrected for choosing it."""
    return correct(metric, replace(rows, seeds=Seeds(seed)), ModelChoice(pool=pool)).figure


@dataclass(frozen=True)
class Lab:
    """Rows of a world in which nothing can be found; the vault is the last quarter, any column is worth nothing."""

    X: Array
    y: Array

    @classmethod
    def drawn(cls, seed: int, columns: int) -> "Lab":
        """(1000, columns) independent standard normal columns and a target that none of them knows of."""
        rng = np.random.default_rng(seed)
        return cls(rng.normal(size=(N_ROWS, columns)), rng.normal(size=N_ROWS))

    def rows(self, *, vault: bool) -> Rows:
        """The truth of the vault, or of the search's rows and their folds."""
        part = slice(N_SEARCH, None) if vault else slice(None, N_SEARCH)
        folds = None if vault else np.arange(N_SEARCH) % FOLDS
        return Rows(
            y=self.y[part], problem=Regression(), folds=folds, origin="vault" if vault else "oof", seeds=Seeds(0)
        )  # fmt: skip

    def out_of_fold(self, columns: Array) -> Array:
        """(n_search, k) predictions of each column's regression through the origin, fitted on the other folds."""
        x, y, fold = columns[:N_SEARCH], self.y[:N_SEARCH], np.arange(N_SEARCH) % FOLDS
        member = np.eye(FOLDS)[fold].T
        top, bottom = member @ (x * y[:, None]), member @ (x * x)
        slopes = (top.sum(axis=0) - top) / (bottom.sum(axis=0) - bottom)
        return np.asarray(x * slopes[fold])

    def gains(self, columns: Array) -> Array:
        """(k,) z of each column alone against predicting nothing: `evidence.gap`, for all columns at once."""
        y = self.y[:N_SEARCH, None]
        better = y**2 - (y - self.out_of_fold(columns)) ** 2
        return np.asarray(better.mean(axis=0) / better.std(axis=0, ddof=1) * math.sqrt(N_SEARCH))

    def slope(self, column: Array) -> float:
        """The coefficient of a column fitted on all rows of the search; any value but 0 only adds error."""
        x = column[:N_SEARCH]
        return float(x @ self.y[:N_SEARCH] / (x @ x))

    def vault(self, column: Array) -> Array:
        """Predictions for the vault of the regression on all search rows."""
        return np.asarray(column[N_SEARCH:] * self.slope(column))

    def signed(self, chosen: Array) -> Array:
        """The sum of columns with the signs they have on the rows of the search, of variance 1."""
        signs = np.sign(self.X[:N_SEARCH, chosen].T @ self.y[:N_SEARCH])
        return np.asarray(self.X[:, chosen] @ signs / math.sqrt(len(chosen)))


# -- attackers ------------------------------------------------------------------------------------------------------


def innocent(lab: Lab, z: Array) -> Array:
    """Keeps the one column that looked best."""
    return lab.X[:, int(np.argmax(z))]


def near_misses(lab: Lab, z: Array) -> Array:
    """Adds up the eleven columns that looked best, each with the sign it seemed to have."""
    return lab.signed(np.argsort(z)[-11:])


def screen(lab: Lab, z: Array) -> Array:
    """Tries every column alone, then adds up all that seemed to help."""
    chosen = np.flatnonzero(z > 0)
    return lab.signed(chosen if len(chosen) else np.array([0]))


def stack(lab: Lab, z: Array) -> Array:
    """Adds up everything with the sign it seemed to have."""
    return lab.signed(np.arange(lab.X.shape[1]))


def cheat(lab: Lab, z: Array) -> Array:
    """Hands in a column that knows the search's rows by heart: the target there, noise elsewhere."""
    column = lab.X[:, 0].copy()
    column[:N_SEARCH] = lab.y[:N_SEARCH]
    return column


ATTACKERS: dict[str, tuple[Callable[[Lab, Array], Array], int]] = {
    "innocent": (innocent, 165), "near-miss combiner": (near_misses, 165),
    "screen, then combine 165": (screen, 165), "screen, then combine 400": (screen, 400),
    "screen, then combine 2000": (screen, 2000), "stack of everything": (stack, 165), "a cheater": (cheat, 20),
}  # fmt: skip


# -- a search that keeps and drops ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moves:
    """165 moves, each a column with a coefficient: useful, of no use, or fitted three times too large (harmful)."""

    X: Array
    y: Array
    beta: Array
    scale: Array

    @classmethod
    def drawn(cls, seed: int, *, useful: float, strength: float, moves: int = 165) -> "Moves":
        """useful: the share of columns with an effect |N(strength, strength/2)|; of the others 60 % are harmful."""
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(N_ROWS, moves))
        is_useful = rng.random(moves) < useful
        beta = np.where(is_useful, np.abs(rng.normal(strength, strength / 2, moves)), 0.0)
        scale = np.where(~is_useful & (rng.random(moves) < 0.6), 3.0, 1.0)
        return cls(X, X @ beta + rng.normal(size=N_ROWS), beta, scale)


@dataclass(eq=False)
class Path:
    """A search over moves with the rule of `fit`, evidence.judge; c = 0: whatever scores higher is kept."""

    moves: Moves
    c: float
    seed: int
    kept: list[tuple[int, float]] = field(default_factory=list)
    """(move, z of the search)"""
    fits: list[Array] = field(default_factory=list)
    """After each keep, the coefficients fitted on all search rows."""

    def run(self) -> "Path":
        """Every move once, in order, stagewise on what the champion leaves; the champion changes at each keep."""
        X, y = self.moves.X[:N_SEARCH], self.moves.y[:N_SEARCH]
        folds, rng, noise = np.arange(N_SEARCH) % FOLDS, np.random.default_rng([self.seed, 1]), Noise()
        train = np.array([folds != f for f in range(FOLDS)] + [np.ones(N_SEARCH, dtype=bool)], dtype=float)
        rows = Rows(y=y, problem=Regression(), folds=folds, seeds=Seeds(0))
        left = np.tile(y, (FOLDS + 1, 1))  # residuals of the champion's model of each fold, and of all rows
        champion, known = np.zeros(N_SEARCH), np.zeros(X.shape[1])
        stored = SEED_NOISE * rng.normal(size=N_SEARCH)
        self.fits.append(known)
        for j in range(X.shape[1]):
            slopes = self.moves.scale[j] * ((train * left) @ X[:, j]) / (train @ X[:, j] ** 2)
            candidate = champion + slopes[folds] * X[:, j]
            answer = candidate + SEED_NOISE * rng.normal(size=N_SEARCH)
            found, excess = compare_with_excess(MSE, rows, stored, answer, noise=noise)
            noise = noise.seen(excess)
            if judge(found, c=self.c).kept if self.c > 0 else found.value > 0:
                champion, stored, left = candidate, answer, left - slopes[:, None] * X[:, j]
                known = known.copy()
                known[j] = slopes[-1]
                self.kept.append((j, found.z))
                self.fits.append(known)
        return self

    def chain(self, most: int) -> list[int]:
        """Places in `fits` from the baseline to the champion, the weakest keeps merged with the next."""
        inner = sorted(range(1, len(self.fits) - 1), key=lambda place: -self.kept[place - 1][1])[: most - 1]
        return [0, *sorted(inner), len(self.fits) - 1] if len(self.fits) > 1 else []

    def risk(self, place: int) -> float:
        """The exact expected squared error of the model after that many keeps."""
        return 1.0 + float(((self.moves.beta - self.fits[place]) ** 2).sum())

    def on_vault(self, place: int) -> Array:
        """What that model predicts for the vault."""
        return np.asarray(self.moves.X[N_SEARCH:] @ self.fits[place])

    def vault_rows(self) -> Rows:
        """The truth of the vault."""
        return Rows(y=self.moves.y[N_SEARCH:], problem=Regression(), origin="vault", seeds=Seeds(self.seed))


def agrees_with_gap(seed: int = 0) -> bool:
    """Whether the fast z of columns is that of the package."""
    lab = Lab.drawn(seed, 3)
    rows, out = lab.rows(vault=False), lab.out_of_fold(lab.X)
    slow = [quick_compare(MSE, rows, np.zeros(N_SEARCH), out[:, j]).z for j in range(3)]
    return bool(np.allclose(slow, lab.gains(lab.X), rtol=1e-6))
