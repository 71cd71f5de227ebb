"""What a search runs beside the experiments that a person counts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class UncountedRuns:
    """Blends of experiments, and runs that try a keep on other folds: no budget counts them."""

    blends: int = 0
    confirmations: int = 0
