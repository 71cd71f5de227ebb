"""How a search went, as numbers that follow from its ledger alone."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GainCurve:
    """Where along one axis the confirmed gain came. A keep's confirmed gain is what it gained over the champion of its
    time on folds that chose nothing, in σ; keeps that were not tried on other folds count for nothing here.

    length: of the axis; total: gain at its end, σ. area: under the curve, divided by total × length: 1 if all came at
    once, near 0 if all came last. first, last: where the first and the last confirmed keep lie; late: share of the gain
    that came after half of the axis. All None but length and total where nothing was confirmed.
    """

    length: float
    total: float
    area: float | None = None
    first: float | None = None
    last: float | None = None
    late: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """What became of the experiments that were started; failed: (kind, number) by kind of failure. refused: messages of
    people that no rule or table allowed; they were not started."""

    started: int
    scored: int
    stopped: int
    not_ended: int
    failed: tuple[tuple[str, int], ...] = ()
    void: int = 0
    refused: int = 0

    @property
    def scored_share(self) -> float | None:
        """Scored on every fold, of those that were started; None where none was."""
        return self.scored / self.started if self.started else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diversity:
    """How far the recipes lie apart. A recipe is a point: a coordinate for each family, step and transform that occurs,
    1/√2 where the recipe has it, and one for each setting, scaled to [0, 1] over all recipes.

    spread: mean distance to the centre; reach: the largest distance from the baseline, champion: that of the champion,
    None without a baseline. dimension: participation ratio of the recipes' covariance, (Σλ)² / Σλ²; in_effect: the same
    of their out-of-fold predictions, None where too few have any. mechanisms: recipes that differ in more than
    settings; near: experiments that differ from an earlier one in one setting at most. of: experiments.
    """

    of: int
    mechanisms: int
    near: int
    spread: float | None = None
    reach: float | None = None
    champion: float | None = None
    dimension: float | None = None
    in_effect: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCost:
    """wall_seconds: of the lab; cpu_seconds: of all experiments that ended, failed ones too; busy: the share of the
    last session's workers' time that folds took, None before its end; crashed: the share of the experiments' wall time
    that went into ones that failed, None where no time was measured."""

    wall_seconds: float
    cpu_seconds: float
    busy: float | None
    crashed: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LooksUsed:
    """Openings of a vault: how often, and of how many parts it consists."""

    opened: int
    parts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overfit:
    """The search's own score minus that of the vault, oriented so that positive is what choosing had added; low, high:
    as wide as the vault's interval. Signed: below zero, the vault was kinder."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessMetrics:
    """Process metrics after FML-bench (arXiv 2605.17373), printed and never optimised; differences: see each part."""

    by_experiment: GainCurve
    by_second: GainCurve
    since_last: int | None
    """Experiments since the last confirmed keep."""
    outcomes: Outcomes
    diversity: Diversity
    cost: RunCost
    looks: LooksUsed | None = None
    overfit: Overfit | None = None
    survived: tuple[int, int] | None = None
    """(changes on the way to the champion that are still needed, those that were taken out once)"""
