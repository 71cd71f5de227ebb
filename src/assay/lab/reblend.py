"""The blend made anew in a bag of rows, cheaply enough for hundreds of bags."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.prediction import scored_rows
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.ensemble.candidate import Blend, BlendLimits, Candidate
from assay.ensemble.combine import combine
from assay.ensemble.greedy import LIBRARY
from assay.ensemble.sample import selection_rows

STEPS = 25
HALF_WAY = 300.0
"""As the shipped weights, a bag's are pulled towards equal ones: half way at so many rows (ensemble.shrink)."""


@dataclass(frozen=True, slots=True, eq=False)
class Reblend:
    """Members and weights from the rows of a bag alone, combined on the scale that ships, within the same limits.

    Greedy additions (Caruana et al., 2004) by squared error, on classes the Brier score: the residuals' products sum up
    all a bag has to say, so that a bag costs a millisecond. The shipped blend climbs by the metric itself, at a hundred
    times the cost; the two differ in what they fit, not in how freely, so the gain of looking shows in either.
    residuals: (m, r k) of the rows that choose, rows: (r,) their positions, weight: (r,).
    """

    candidates: Sequence[Candidate]
    shipped: Blend
    limits: BlendLimits
    residuals: AnyArray
    rows: Index
    weight: Floats
    pull: float

    @classmethod
    def of(
        cls, candidates: Sequence[Candidate], shipped: Blend, target: Target, *, limits: BlendLimits, seeds: Seeds
    ) -> "Reblend":
        """target: of all rows. Candidates that alone break the limits are no members, as in what ships."""
        able = [c for c in candidates if limits.allow([c])]
        scored = np.flatnonzero(scored_rows(able[0].oof))
        rows, ground = selection_rows(scored, target, seeds.child("rows"))
        truth = ground.one_hot() if able[0].oof.ndim == 2 else np.asarray(ground.values, dtype=np.float64)
        residuals = np.array([(c.oof[rows] - truth).ravel() for c in able], dtype=np.float64)
        whole = target.take(scored)
        n = len(whole) if whole.n_classes != 2 else 2 * int(np.bincount(whole.values, minlength=2).min())
        weight = np.ones(len(rows)) if ground.weight is None else ground.weight
        return cls(able, shipped, limits, residuals, rows, weight, 1.0 / (1.0 + n / HALF_WAY))

    def __call__(self, counts: AnyArray) -> AnyArray:
        """Predictions of all rows by weights fitted on the rows counted; (n,) or (n, k)."""
        weights = self.weights(counts)
        members = np.flatnonzero(weights)
        stored = [self.candidates[int(i)].oof for i in members]
        return combine(stored, [float(w) for w in weights[members]], self.shipped.scale)

    def weights(self, counts: AnyArray) -> Floats:
        """(m,) weights summing to 1."""
        mass = np.repeat(counts[self.rows] * self.weight, self.residuals.shape[1] // len(self.rows))
        losses = (self.residuals * self.residuals) @ mass if len(self.candidates) > LIBRARY else np.zeros(0)
        near = np.argsort(losses, kind="stable")[:LIBRARY] if losses.size else np.arange(len(self.candidates))
        inside = self.residuals[near]
        taken = self._climbed((inside * mass) @ inside.T, near)
        out = np.zeros(len(self.candidates))
        out[near] = (1.0 - self.pull) * taken / taken.sum() + self.pull * (taken > 0) / (taken > 0).sum()
        return out

    def _climbed(self, products: Floats, near: Index) -> Floats:
        """(p,) how often each is in the best blend met; products: (p, p) sums of residual times residual."""
        counts, best, best_loss = np.zeros(len(near)), np.zeros(len(near)), np.inf
        own = np.diag(products)
        for step in range(1, STEPS + 1):
            losses = (counts @ products @ counts + 2.0 * products @ counts + own) / step**2
            chosen = int(np.where(self._offered(counts > 0, near), losses, np.inf).argmin())
            counts[chosen] += 1.0
            if losses[chosen] < best_loss:
                best, best_loss = counts.copy(), float(losses[chosen])
        return best

    def _offered(self, members: Bools, near: Index) -> Bools:
        """(p,) members, and whoever keeps the blend within the limits."""
        ms = np.array([self.candidates[int(i)].row_ms for i in near])
        size = np.array([self.candidates[int(i)].size_bytes for i in near], dtype=np.float64)
        fits = (ms[members].sum() + ms <= self.limits.row_ms) & (size[members].sum() + size <= self.limits.size_bytes)
        return np.asarray(members | (fits & (members.sum() < self.limits.members)))
