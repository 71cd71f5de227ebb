"""The blend chosen anew on a bag of rows, cheaply enough for hundreds of bags."""

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
from assay.ensemble.selection_rows import selection_rows

STEPS = 25
HALF_WAY = 300.0
"""As with the shipped weights, a bag's are pulled towards equal ones: half way at so many rows (ensemble.shrink)."""


@dataclass(frozen=True, slots=True, eq=False)
class BaggedBlend:
    """Members and weights from the rows of a bag alone, combined on the scale that ships, within the same limits.

    Greedy additions (Caruana et al., 2004) by squared error, on classes the Brier score: products of the residuals are
    sufficient, so that a bag costs a millisecond. The shipped blend climbs by the metric itself, at a hundred times the
    cost; the two differ in what they fit, not in how freely, so the gain of choosing shows in either. residuals: (m, r
    k) of the rows that choose; squares: theirs where a bag leaves some out, else (m, 0); rows: (r,) their positions;
    weight: (r,); row_ms, size_bytes: (m,) what each member costs.
    """

    candidates: Sequence[Candidate]
    shipped: Blend
    limits: BlendLimits
    residuals: AnyArray
    squares: AnyArray
    row_ms: Floats
    size_bytes: Floats
    rows: Index
    weight: Floats
    pull: float

    @classmethod
    def of(
        cls, candidates: Sequence[Candidate], shipped: Blend, target: Target, *, limits: BlendLimits, seeds: Seeds
    ) -> "BaggedBlend":
        """target: of all rows. Candidates that alone break the limits are no members, as in what ships."""
        able = [c for c in candidates if limits.allow([c])]
        scored = np.flatnonzero(scored_rows(able[0].oof))
        rows, ground = selection_rows(scored, target, seeds.child("rows"))
        truth = ground.one_hot() if able[0].oof.ndim == 2 else np.asarray(ground.values, dtype=np.float64)
        residuals = np.array([(c.oof[rows] - truth).ravel() for c in able], dtype=np.float64)
        whole = target.take(scored)
        n = len(whole) if whole.n_classes != 2 else 2 * int(np.bincount(whole.values, minlength=2).min())
        weight = np.ones(len(rows)) if ground.weight is None else ground.weight
        return cls(
            candidates=able, shipped=shipped, limits=limits, residuals=residuals,
            squares=residuals * residuals if len(able) > LIBRARY else np.zeros((len(able), 0)),
            row_ms=np.array([c.row_ms for c in able]), size_bytes=np.array([float(c.size_bytes) for c in able]),
            rows=rows, weight=weight, pull=1.0 / (1.0 + n / HALF_WAY),
        )  # fmt: skip

    def __call__(self, counts: AnyArray) -> AnyArray:
        """Predictions of all rows by weights fitted on the rows counted; (n,) or (n, k)."""
        weights = self.weights(counts)
        members = np.flatnonzero(weights)
        stored = [self.candidates[int(i)].oof for i in members]
        return combine(stored, [float(w) for w in weights[members]], self.shipped.scale)

    def weights(self, counts: AnyArray) -> Floats:
        """(m,) weights summing to 1."""
        mass = np.repeat(counts[self.rows] * self.weight, self.residuals.shape[1] // len(self.rows))
        near = np.arange(len(self.candidates))
        if self.squares.size:
            near = np.argsort(self.squares @ mass, kind="stable")[:LIBRARY]
        inside = self.residuals[near]
        taken = self._climbed((inside * mass) @ inside.T, near)
        out = np.zeros(len(self.candidates))
        out[near] = (1.0 - self.pull) * taken / taken.sum() + self.pull * (taken > 0) / (taken > 0).sum()
        return out

    def _climbed(self, products: Floats, near: Index) -> Floats:
        """(p,) counts in the best blend met; products: (p, p) sums of residual times residual."""
        counts, best, best_loss = np.zeros(len(near)), np.zeros(len(near)), np.inf
        own, row_ms, size_bytes = np.diag(products), self.row_ms[near], self.size_bytes[near]
        for step in range(1, STEPS + 1):
            losses = (counts @ products @ counts + 2.0 * products @ counts + own) / step**2
            chosen = int(np.where(self._offered(counts > 0, row_ms, size_bytes), losses, np.inf).argmin())
            counts[chosen] += 1.0
            if losses[chosen] < best_loss:
                best, best_loss = counts.copy(), float(losses[chosen])
        return best

    def _offered(self, members: Bools, row_ms: Floats, size_bytes: Floats) -> Bools:
        """(p,) members that keep the blend within the limits."""
        is_fast = row_ms[members].sum() + row_ms <= self.limits.row_ms
        is_small = size_bytes[members].sum() + size_bytes <= self.limits.size_bytes
        return np.asarray(members | (is_fast & is_small & (members.sum() < self.limits.members)))
