"""Labelling: the threshold, multipliers or cuts that turn probabilities into labels, shipped with a model."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Floats, Index

HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelling:
    """How stored probabilities become class codes.

    threshold: binary, of the positive class. multipliers: (k,) positive factors on the probabilities before the
    largest is taken, () for none. cuts: (k − 1,) rising, a row's code is the number of those below its expected code;
    () for none. At most one of the last two.
    """

    threshold: float = HALF
    multipliers: tuple[float, ...] = ()
    cuts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not np.isfinite(self.threshold):
            raise ValueError(f"A threshold is a number, unlike {self.threshold}.")
        if not all(0.0 < factor < np.inf for factor in self.multipliers):
            raise ValueError(f"Multipliers of probabilities are positive numbers, unlike {self.multipliers}.")
        if any(not a <= b for a, b in zip(self.cuts, self.cuts[1:], strict=False)) or (self.cuts and self.multipliers):
            raise ValueError(f"Cuts rise and stand alone, unlike {self.cuts} beside {self.multipliers}.")

    @property
    def is_plain(self) -> bool:
        """Whether the likeliest class is taken."""
        return self == Labelling()

    def codes(self, stored: AnyArray) -> Index:
        """(n,) class codes of (n,) or (n, k) probabilities."""
        if stored.ndim == 1:
            return np.asarray(stored > self.threshold, dtype=np.intp)
        if self.cuts:
            return nearest_possible(by_cuts(expected_codes(stored), np.array(self.cuts)), stored)
        return np.asarray((stored * np.array(self.multipliers) if self.multipliers else stored).argmax(axis=1))


PLAIN = Labelling()


def expected_codes(p: AnyArray) -> Floats:
    """(n,) mean class codes of (n, k) probabilities, where classes have an order."""
    return np.asarray(p @ np.arange(p.shape[1]))


def nearest_possible(codes: Index, p: AnyArray) -> Index:
    """(n,) codes, of rows in which theirs has probability 0 in (n, k) the nearest that has more."""
    rows = np.flatnonzero(p[np.arange(len(p)), codes] == 0.0)
    if not len(rows):
        return codes
    away = np.abs(np.arange(p.shape[1])[None, :] - codes[rows, None])
    out = codes.copy()
    out[rows] = np.where(p[rows] > 0.0, away, p.shape[1]).argmin(axis=1)
    return out


def by_cuts(expected: Floats, cuts: Floats) -> Index:
    """(n,) codes: how many of the rising cuts lie below each expected code."""
    return np.searchsorted(cuts, expected, side="left")
