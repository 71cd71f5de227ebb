"""Runs of a search beside the experiments it counts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UncountedRuns:
    """Blends of experiments, and confirmations on other folds: they count towards no budget."""

    blends: int = 0
    confirmations: int = 0
