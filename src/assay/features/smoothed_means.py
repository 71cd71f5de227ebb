"""Smoothed target means by level, also without each fold: the arithmetic of target encoding."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import Floats, Index, Singles
from assay.core.errors import UsageError
from assay.core.target import Target

MOST_CLASSES = 20
"""Beyond that many classes only the most frequent ones get a mean, each against all the rest."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What is averaged: shares of classes, or the value.

    labels: the classes that get a mean (binary: class 1), empty for regression. place: (n,) position of the row's
    class in them, their number for the rest. values: (n,) for regression. weight: (n,) with mean 1.
    """

    labels: tuple[int, ...]
    place: Index | None
    values: Floats | None
    weight: Floats

    @classmethod
    def of(cls, target: Target) -> "Outcome":
        n = len(target)
        weight = np.ones(n) if target.weight is None else target.weight / target.weight.mean()
        if not target.is_class:
            return cls((), None, np.asarray(target.values, dtype=np.float64), weight)
        labels = frequent_classes(target)
        place = np.full(target.n_classes, len(labels), dtype=np.int64)
        place[list(labels)] = np.arange(len(labels))
        return cls(labels, place[target.values], None, weight)

    @property
    def width(self) -> int:
        """Number of means."""
        return max(1, len(self.labels))

    def sums(self, key: Index, n_keys: int) -> Floats:
        """(n_keys, width + 1) weighted sums of each mean's numerator, and last of the weights, per key of the rows."""
        if self.values is not None:
            sums = [np.bincount(key, weights, minlength=n_keys) for weights in (self.weight * self.values, self.weight)]
            return np.stack(sums, axis=-1)
        place = self.place
        assert place is not None
        cells = np.bincount(key * (self.width + 1) + place, self.weight, minlength=n_keys * (self.width + 1))
        cells = cells.reshape(n_keys, self.width + 1)
        cells[:, -1] = cells.sum(axis=1)
        return np.asarray(cells, dtype=np.float64)

    def suffixes(self) -> tuple[str, ...]:
        """Suffixes of the means' names: empty, or the class."""
        return ("",) if len(self.labels) <= 1 else tuple(f" {label}" for label in self.labels)


def needed(target: Target | None, name: str) -> Target:
    """The target, or a UsageError: the step learns from it."""
    if target is None:
        raise UsageError(f"The step {name!r} learns from the target, and none was given. Fit it inside a fold.")
    return target


def frequent_classes(target: Target) -> tuple[int, ...]:
    """The classes that get a mean: 1 of a binary target, else up to MOST_CLASSES of the most rows, in code order."""
    if target.n_classes == 2:
        return (1,)
    counts = np.bincount(target.values, minlength=target.n_classes)
    return tuple(sorted(np.argsort(-counts, kind="stable")[:MOST_CLASSES].tolist()))


def smooth(sums: Floats, m: float) -> Floats:
    """m-estimate (Micci-Barreca, 2001): (sum + m * prior) / (weight + m), the prior being the mean over all slots.

    sums: (..., slots, width + 1) as of Outcome.sums. Returns (..., slots, width); a slot without rows has the prior.
    """
    total = sums.sum(axis=-2, keepdims=True)
    prior = total[..., :-1] / total[..., -1:]
    weight = sums[..., -1:]
    known = weight + m > 0
    means = (sums[..., :-1] + m * prior) / np.where(known, weight + m, 1.0)
    return np.asarray(np.where(known, means, prior))


def leave_fold_out(sums: Floats) -> Floats:
    """(K, …) sums of all folds but one, for each of K folds.

    By sums from both ends, not by subtraction from the total: a rounding error of a fold's own labels would be a
    leak, if a tiny one, and its features could change with them.
    """
    before, after = np.zeros_like(sums), np.zeros_like(sums)
    np.cumsum(sums[:-1], axis=0, out=before[1:])
    after[:-1] = np.cumsum(sums[:0:-1], axis=0)[::-1]
    return before + after


def level_means(outcome: Outcome, slot: Index, n_slots: int, m: float) -> Singles:
    """(n_slots, width) smoothed means; slot: (n,) of each training row."""
    return smooth(outcome.sums(slot, n_slots), m).astype(np.float32)


def cross_fitted_means(outcome: Outcome, slot: Index, n_slots: int, *, m: float, inner: Index) -> Singles:
    """(n, width) means for the training rows themselves, each from the rows of all inner folds but its own.

    Raises UsageError with fewer than two inner folds.
    """
    numbers, fold = np.unique(inner, return_inverse=True)
    if len(numbers) < 2:
        raise UsageError(
            f"Target means of training rows need at least 2 inner folds, and there are {len(numbers)}."
            " Give more rows or more folds."
        )
    sums = outcome.sums(fold * n_slots + slot, len(numbers) * n_slots)
    means = smooth(leave_fold_out(sums.reshape(len(numbers), n_slots, -1)), m)
    return means[fold, slot].astype(np.float32)
