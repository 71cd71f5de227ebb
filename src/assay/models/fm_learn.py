"""Variational training of a factorisation machine: weight and vector of each level, given all other fields.

Rendle's (2010) model as a mean-field posterior (Freudenthaler et al., 2011, sample the same one): every field and
factor has its own learned variance, so there is no regularisation to tune and a field without interactions gets zero
vectors. Logistic losses use the quadratic bound of Jaakkola and Jordan (2000), softmax one class at a time, whose
conditional is logistic (Holmes and Held, 2006). Levels of one field never meet in a row, so that a whole field is one
batch of small systems.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.clock import Deadline
from assay.core.fold_scores import Ended

START = 0.3
"""Standard deviation of the initial vectors. With 0.1 the vectors of 2,000 and 4,000 logistic rows collapse at once."""
PRECISION, VECTOR_PRECISION = 1.0, 2.0
"""Precision of weights and vectors before their variances are learned."""
FIXED_SWEEPS = 3
"""Sweeps before variances are learned, as those of random vectors carry no information."""
SHAPE, RATE = 0.5, 0.02
"""The Gamma prior of a precision: a field of two levels has little to learn it from. A larger rate keeps fields that do
nothing from dying out, a smaller one draws many small effects to 0 (docs/log.md).
"""
STEADY = 1e-3
"""Convergence: a sweep changed the scores by at most this share of their spread."""
LEAST_NOISE = 1e-6
"""Lower bound of the noise, as a share of the variance of the values."""
LONG_LEVEL = 32
"""Rows of a level above which one product per level is faster than a sum of outer products."""


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Rows of one field by level. order: (n,) rows grouped by level; first, counts: (L,) offset and number of rows of
    each level; slots: (L,) the level's position among all levels; value: (n,) in that order."""

    order: Index
    first: Index
    counts: Index
    slots: Index
    value: Floats

    @classmethod
    def of(cls, slots: Index, value: Floats) -> "Field":
        """slots, value: (n,) of each row."""
        order = np.argsort(slots, kind="stable")
        found, first, counts = np.unique(slots[order], return_index=True, return_counts=True)
        return cls(order, first, counts, found, value[order])

    def rows_of(self, levels: Floats) -> Floats:
        """(c, n) from (c, slots), in the field's order."""
        return np.repeat(levels[:, self.slots], self.counts, axis=1)

    def sums(self, rows: Floats) -> Floats:
        """(..., L) from (..., n) in the field's order."""
        out: Floats = np.add.reduceat(rows, self.first, axis=-1)
        return out

    def grams(self, left: Floats, right: Floats) -> Floats:
        """(L, c, c) sums of outer products of the columns."""
        if left.shape[1] < LONG_LEVEL * len(self.slots):
            return np.moveaxis(self.sums(left[:, None, :] * right), 2, 0)
        ends = self.first + self.counts
        return np.stack([left[:, a:b] @ right[:, a:b].T for a, b in zip(self.first, ends, strict=True)])


@dataclass(frozen=True, slots=True, eq=False)
class FieldData:
    """y: (n,) class positions, or standardised values where n_classes is 0; weight: (n,) of mean 1."""

    fields: tuple[Field, ...]
    n_slots: int
    y: AnyArray
    weight: Floats
    n_classes: int

    @property
    def n_scores(self) -> int:
        return self.n_classes if self.n_classes > 2 else 1


class ScorePosterior:
    """Posterior of one score. Arrays are laid out with rows along the last axis, as numpy is slow along short ones.

    mean, variance: (1 + k, slots) of each weight and vector, 0 for levels without rows; precision: (F, 1 + k). Per row:
    score (n,); vectors, spreads, pulls (k, n): sums over fields of the vectors, of their variances, and of the products
    of both; doubt (n,): variance of the score.
    """

    def __init__(self, data: FieldData, factors: int, rng: np.random.Generator) -> None:
        n, shape = len(data.y), (1 + factors, data.n_slots)
        start = rng.normal(0.0, START, (factors, data.n_slots))
        self.mean, self.variance = np.zeros(shape), np.zeros(shape)
        self.precision = np.full((len(data.fields), 1 + factors), VECTOR_PRECISION)
        self.precision[:, 0] = PRECISION
        self.intercept = 0.0
        self.score, self.doubt = np.zeros(n), np.zeros(n)
        self.vectors, self.spreads, self.pulls = (np.zeros((factors, n)) for _ in range(3))
        for one in data.fields:
            self.mean[1:, one.slots] = start[:, one.slots]
            vectors = one.value * one.rows_of(start)
            self.score[one.order] += (self.vectors[:, one.order] * vectors).sum(axis=0)
            self.vectors[:, one.order] += vectors

    def shift(self, omega: Floats, wanted: Floats) -> None:
        """Update the intercept, given everything else."""
        step = float(omega @ (wanted - self.score) / omega.sum())
        self.intercept += step
        self.score += step

    def update(self, at: int, one: Field, omega: Floats, wanted: Floats, *, learn_precision: bool) -> Floats:
        """Update the posterior of a field's levels, given all other fields; returns the field's variance of the score.

        omega, wanted: (n,) the loss is omega * (score - wanted)^2 / 2.
        """
        rows, value, weight = one.order, one.value, omega[one.order]
        mean, vectors, spreads = self._parts(one)
        others = self.vectors[:, rows] - vectors
        spread = np.maximum(self.spreads[:, rows] - spreads, 0.0)
        pull = self.pulls[:, rows] - spreads * vectors
        rest = self.score[rows] - value * mean[0] - (vectors * others).sum(axis=0)
        design = np.concatenate([value[None], value * others])
        heavy = weight * design
        matrix = one.grams(heavy, design)
        right = heavy * (wanted[rows] - rest)
        # The vectors of the others are uncertain, and so is what they leave over, in the same direction.
        right[1:] -= weight * value * (spread * others - pull)
        at_own = np.arange(len(design))
        matrix[:, at_own, at_own] += self.precision[at]
        matrix[:, at_own[1:], at_own[1:]] += one.sums(weight * value**2 * spread).T
        new = np.linalg.solve(matrix, one.sums(right).T[:, :, None])[:, :, 0].T
        variance = 1.0 / matrix[:, at_own, at_own].T
        self.mean[:, one.slots], self.variance[:, one.slots] = new, variance
        if learn_precision:
            squares = (new**2 + variance).sum(axis=1)
            self.precision[at] = (len(one.slots) + 2 * SHAPE) / (squares + 2 * RATE)
        mean, vectors, spreads = self._parts(one)
        self.vectors[:, rows], self.spreads[:, rows] = others + vectors, spread + spreads
        self.pulls[:, rows] = pull + spreads * vectors
        self.score[rows] = rest + value * mean[0] + (vectors * others).sum(axis=0)
        doubt: Floats = (spreads * (others**2 + spread / 2)).sum(axis=0)
        doubt += value**2 * one.rows_of(self.variance[:1])[0]
        return doubt

    def _parts(self, one: Field) -> tuple[Floats, Floats, Floats]:
        """Of each row, in the field's order: means of its level (1 + k, n), its vector and its variances (k, n)."""
        mean = one.rows_of(self.mean)
        return mean, one.value * mean[1:], one.value**2 * one.rows_of(self.variance[1:])


@dataclass(frozen=True, slots=True, eq=False)
class FittedFactors:
    """intercept: (k,); mean: (k, slots, 1 + factors); scores: (n, k) of the rows learned from."""

    intercept: Floats
    mean: Floats
    scores: Floats
    sweeps: int
    ended: Ended


class FactorTrainer:
    """Trains all scores, one sweep at a time; noise: precision of the values."""

    def __init__(self, data: FieldData, factors: int, rng: np.random.Generator) -> None:
        self.data, self.noise = data, 1.0
        self.posteriors = [ScorePosterior(data, factors, rng) for _ in range(data.n_scores)]
        if not data.n_classes:
            return
        counts = np.bincount(data.y, weights=data.weight, minlength=data.n_classes)
        chances = counts / counts.sum()
        logs = np.log(chances) if data.n_classes > 2 else [np.log(chances[1] / chances[0])]
        for posterior, log in zip(self.posteriors, logs, strict=True):
            posterior.intercept = float(log)
            posterior.score += log

    def sweep(self, number: int, deadline: Deadline) -> float | None:
        """One pass over all fields and scores; the change of the scores as a share of their spread, or None if the
        deadline stopped it."""
        moved = spread = 0.0
        for at, posterior in enumerate(self.posteriors):
            before = posterior.score.copy()
            omega, wanted = self._bound(at, posterior)
            posterior.shift(omega, wanted)
            doubt = np.zeros(len(before))
            for place, one in enumerate(self.data.fields):
                if deadline.is_over:
                    return None
                part = posterior.update(place, one, omega, wanted, learn_precision=number >= FIXED_SWEEPS)
                doubt[one.order] += part
            posterior.doubt = doubt
            moved += float(np.mean((posterior.score - before) ** 2))
            spread += float(np.var(posterior.score))
        if not self.data.n_classes:
            left = np.average((self.data.y - posterior.score) ** 2 + posterior.doubt, weights=self.data.weight)
            self.noise = 1.0 / max(LEAST_NOISE, float(left))
        return float(np.sqrt(moved / max(spread, 1e-12)))

    def _bound(self, at: int, posterior: ScorePosterior) -> tuple[Floats, Floats]:
        """omega and wanted of Surface.update."""
        data = self.data
        if not data.n_classes:
            return data.weight * self.noise, np.asarray(data.y, dtype=np.float64)
        rivals = _log_sum([one.score for i, one in enumerate(self.posteriors) if i != at])
        is_it = data.y == (at if data.n_classes > 2 else 1)
        size = np.sqrt((posterior.score - rivals) ** 2 + posterior.doubt) + 1e-6
        curve = np.tanh(size / 2) / (2 * size)
        return data.weight * curve, rivals + (is_it - 0.5) / curve


def _log_sum(scores: Sequence[Floats]) -> Floats:
    """(n,) logarithm of the sum of exponentials; 0 of no scores, as a score of two classes has a rival of 0."""
    if not scores:
        return np.zeros(1)
    top = np.max(scores, axis=0)
    out: Floats = top + np.log(np.sum([np.exp(score - top) for score in scores], axis=0))
    return out


def learn(
    data: FieldData, *, factors: int, sweeps: int, is_exact: bool, deadline: Deadline, rng: np.random.Generator
) -> FittedFactors:
    """Sweeps until the scores converge, at most `sweeps`; is_exact: no fewer.

    The deadline is checked before each field. TimeoutError if not one sweep is done by then, as vectors would still be
    random. Cost of a sweep: rows * fields * scores * (1 + factors)^2.
    """
    trainer = FactorTrainer(data, factors, rng)
    done = 0
    ended: Ended = "rounds"
    while done < sweeps:
        moved = trainer.sweep(done, deadline)
        if moved is None:
            ended = "deadline"
            break
        done += 1
        if not is_exact and done > 2 * FIXED_SWEEPS and moved < STEADY:
            ended = "converged"
            break
    if not done:
        raise TimeoutError(f"The time was over before the first of {sweeps} sweeps of a factorisation machine.")
    return FittedFactors(
        np.array([one.intercept for one in trainer.posteriors]), np.stack([one.mean.T for one in trainer.posteriors]),
        np.stack([one.score for one in trainer.posteriors], axis=1), done, ended,
    )  # fmt: skip
