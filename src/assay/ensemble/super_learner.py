"""The Super Learner for classes: weights by likelihood, kept where cross-fitting shows that they beat the blend's."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.contract import Metric
from assay.core.prediction import scored_rows
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.ensemble.candidate import Blend
from assay.ensemble.combine import LogitModel, as_logits, largest
from assay.ensemble.selection_rows import selection_rows
from assay.ensemble.shrink import margin
from assay.metrics.choose_metric import evaluate

FEWEST_ROWS = 300
"""Of 20 cross-fitted tries on 11 tables one passed, of 334 rows and 19 classes; held-out log loss then fell by 13 %."""
MOST_CLASSES = 30
MOST_CELLS = 400_000
"""Members x rows x classes that are fitted on: six fits then end within two seconds."""
PULL = 0.003
"""L2 towards the blend's weights; 0.003, 0.01 and 0.03 differed by less than half a standard error."""
STEPS = 60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearnedBlend:
    """The blend with its learned model, and cross-fitted out-of-fold predictions."""

    blend: Blend
    crossed: AnyArray


def learn_weights(
    chosen: Blend, stored: Sequence[AnyArray], target: Target, folds: Index, *, metric: Metric, seeds: Seeds
) -> LearnedBlend | None:
    """Weights per member and class on logits, with an intercept; None where the chosen blend is to stay.

    stored: the members' out-of-fold predictions in the blend's order; folds: (n,) fold numbers. Minimises log loss with
    non-negative weights (Breiman, 1996) under an L2 pull towards the blend's (van der Laan, Polley and Hubbard, 2007).
    Each fold is predicted by weights of the others, and the learned ones are taken only if the metric is better by more
    than one standard error. Regression, one member, few rows, very many classes and restricted labels are
    left alone.
    """
    rows = np.flatnonzero(scored_rows(stored[0]))
    k = target.n_classes
    if len(stored) < 2 or not 2 <= k <= MOST_CLASSES or len(rows) < FEWEST_ROWS or len(np.unique(folds[rows])) < 2:
        return None
    if k > 2 and (largest(stored)[rows] == 0.0).any():  # a linear model of logits knows nothing that is impossible
        return None
    plain = chosen.predict(dict(zip(chosen.numbers, stored, strict=True)))
    crossed = np.full(np.shape(plain), np.nan, dtype=np.float32)
    for fold in np.unique(folds[rows]):
        inside, outside = rows[folds[rows] == fold], rows[folds[rows] != fold]
        model = _fitted(chosen, stored, target, outside, seeds.child("fold", int(fold)))
        crossed[inside] = model.apply([p[inside] for p in stored])
    gain, error = margin(crossed[rows], plain[rows], target.take(rows), metric=metric)
    if not gain > error:
        return None
    model = _fitted(chosen, stored, target, rows, seeds.child("all"))
    truth = target.take(rows)
    score = evaluate(metric, truth.values, crossed[rows], target.problem, weight=truth.weight)
    return LearnedBlend(blend=replace(chosen, learned=model, score=score), crossed=crossed)


def _fitted(chosen: Blend, stored: Sequence[AnyArray], target: Target, rows: Index, seeds: Seeds) -> LogitModel:
    """Fitted on at most MOST_CELLS of these rows."""
    some, ground = selection_rows(rows, target, seeds)
    most = max(MOST_CELLS // (len(stored) * target.n_classes), target.n_classes * 20)
    if len(some) > most:
        kept = np.sort(seeds.child("fewer").rng().permutation(len(some))[:most])
        some, ground = some[kept], ground.take(kept)
    scored = np.stack([as_logits(p[some]) for p in stored])
    width = scored.shape[2]
    start = np.concatenate([np.repeat(np.array(chosen.weights), width), np.zeros(width)])
    found = _minimised(_Loss.of(scored, ground, start), start)
    m = len(stored)
    weights = found[: m * width].reshape(m, width)
    return LogitModel(
        weights=tuple(tuple(float(w) for w in row) for row in weights),
        intercept=tuple(float(b) for b in found[m * width :]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Loss:
    """Mean log loss plus the pull. scored: (m, n, w) logits, w = 1 for two classes; truth: (n, w); share: (n,)."""

    scored: Floats
    truth: Floats
    share: Floats
    start: Floats

    @classmethod
    def of(cls, scored: Floats, target: Target, start: Floats) -> "_Loss":
        hot = target.one_hot()
        weight = np.ones(len(target)) if target.weight is None else target.weight
        truth = hot[:, 1:] if scored.shape[2] == 1 else hot
        return cls(scored, np.asarray(truth, dtype=np.float64), weight / weight.sum(), start)

    def __call__(self, flat: Floats) -> tuple[float, Floats]:
        m, _, width = self.scored.shape
        weights, intercept = flat[: m * width].reshape(m, width), flat[m * width :]
        z = (self.scored * weights[:, None, :]).sum(axis=0) + intercept
        if width == 1:
            losses = np.logaddexp(0.0, z[:, 0]) - self.truth[:, 0] * z[:, 0]
            p = 0.5 * (1.0 + np.tanh(0.5 * z))
        else:
            top = z.max(axis=1, keepdims=True)
            raised = np.exp(z - top)
            total = raised.sum(axis=1, keepdims=True)
            losses = (np.log(total) + top)[:, 0] - (self.truth * z).sum(axis=1)
            p = raised / total
        slope = (p - self.truth) * self.share[:, None]
        gradient = np.concatenate([(self.scored * slope).sum(axis=1).ravel(), slope.sum(axis=0)])
        away = flat - self.start
        return float(losses @ self.share + PULL * away @ away), gradient + 2.0 * PULL * away


def _minimised(loss: _Loss, start: Floats) -> Floats:
    from scipy.optimize import Bounds, minimize

    width = loss.scored.shape[2]
    low = np.zeros(len(start))
    low[-width:] = -np.inf
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=Bounds(low, np.full(len(start), np.inf)),
        options={"maxiter": STEPS},
    )  # fmt: skip
    return np.asarray(found.x, dtype=np.float64)
