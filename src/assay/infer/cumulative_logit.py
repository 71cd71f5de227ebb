"""The cumulative logit model of ordered levels: likelihood, scores and information."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Floats, Index

_FAR = 500.0


@dataclass(frozen=True, slots=True, eq=False)
class CumulativeLogit:
    """Rows of levels 0 to levels - 1 under logit P(Y ≥ j) = θ_j + zβ, j = 1 to levels - 1 (McCullagh, 1980).

    Coefficients lie as (θ_1, β, θ_2, …), so that they begin like those of every other model. lower, upper: (n, p) what
    the logit of reaching a row's own level, and of reaching the next one, moves by with each of them; 0 where every row
    reaches the level (the lowest), or none the next (the highest).
    """

    lower: Floats
    upper: Floats
    codes: Index
    levels: int

    @classmethod
    def of(cls, z: Floats, codes: AnyArray) -> "CumulativeLogit":
        """z: (n, 1 + k), ones first; codes: (n,) from 0 without a gap."""
        places = np.asarray(codes, dtype=np.int64)
        levels = int(places.max()) + 1
        return cls(_moved(z, places, levels), _moved(z, places + 1, levels), places, levels)

    def logits(self, params: Floats) -> tuple[Floats, Floats]:
        """(n,) each: of reaching the own level, ∞ in the lowest, and of reaching the next, -∞ in the highest."""
        own = np.where(self.codes == 0, np.inf, np.clip(self.lower @ params, -_FAR, _FAR))
        following = np.where(self.codes == self.levels - 1, -np.inf, np.clip(self.upper @ params, -_FAR, _FAR))
        return own, following

    def logs(self, params: Floats) -> Floats:
        """(n,) log probability of each row's own level; -∞ where levels change places."""
        own, following = self.logits(params)
        with np.errstate(divide="ignore", invalid="ignore"):
            between = np.log1p(-np.exp(np.minimum(following - own, 0.0)))
        return np.asarray(-np.logaddexp(0.0, -own) - np.logaddexp(0.0, following) + between)

    def scores(self, params: Floats) -> Floats:
        """(n, p) what each row adds to the derivative of the log-likelihood."""
        u, v = self._pulls(params)
        return np.asarray(u[:, None] * self.lower - v[:, None] * self.upper)

    def information(self, params: Floats, weight: Floats, rows: Index | None = None) -> Floats:
        """(p, p) minus the second derivative, of all rows or some; positive, as the likelihood is concave (Pratt,
        1981). weight: (n,)."""
        u, v = self._pulls(params)
        own, following = self.logits(params)
        both = np.asarray(weight * u * v)
        below = weight * (u**2 - u * np.tanh(-0.5 * own))  # 1 - 2 F(a) is tanh(-a / 2)
        above = weight * (v**2 + v * np.tanh(-0.5 * following))
        held = slice(None) if rows is None else rows
        a, b = self.lower[held], self.upper[held]
        cross = a.T @ (both[held, None] * b)
        return np.asarray(a.T @ (below[held, None] * a) + b.T @ (above[held, None] * b) - cross - cross.T)

    def _pulls(self, params: Floats) -> tuple[Floats, Floats]:
        """(n,) each: the density at both ends over the probability between them."""
        own, following = self.logits(params)
        with np.errstate(divide="ignore", over="ignore"):
            between = -np.expm1(following - own)
            u = np.exp(np.logaddexp(0.0, following) - np.logaddexp(0.0, own)) / between
            v = np.exp(np.logaddexp(0.0, -own) - np.logaddexp(0.0, -following)) / between
        return u, v


def _moved(z: Floats, reached: Index, levels: int) -> Floats:
    """(n, p) the derivative of θ_j + zβ for j = reached; 0 outside of 1 to levels - 1."""
    n, width = z.shape
    out = np.zeros((n, width + levels - 2))
    inside = np.flatnonzero((reached >= 1) & (reached <= levels - 1))
    out[inside, 1:width] = z[inside, 1:]
    out[inside, np.where(reached[inside] == 1, 0, width + reached[inside] - 2)] = 1.0
    return out
