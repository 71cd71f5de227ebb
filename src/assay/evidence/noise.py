"""The noise of score differences: from rows, training sets and seeds."""

import math
from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from statistics import median
from types import MappingProxyType

import numpy as np

from assay.core.array import AnyArray
from assay.core.figure import Difference
from assay.core.problem import Problem

PRIOR_PHI, PRIOR_WEIGHT, MEMORY = 0.25, 10, 50
"""Simulated excess ratios lay between 0.04 and 0.30."""
ENOUGH = 3
"""Comparisons of like recipes after which their median sigma stands for the planned one."""
NEAR_SIGMAS = 4.0
"""Recipes further apart than this differ in kind, and do not estimate the noise between similar ones."""
FLOOR_SHARE = 0.25
"""Least sigma, as a share of the median sigma between runs of the same recipe on other folds and seeds."""
AREAS: Mapping[str, float] = MappingProxyType({"roc_auc": 1.0, "gini": 2.0})
"""Metrics of two classes that are an area under the ROC curve, and how many times it they move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """Variance between folds of one comparison: `rows` of it rows alone explain; `beyond` is the rest, of any sign."""

    beyond: float
    rows: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """A lab's estimate of its noise; immutable, replaced after each comparison.

    excesses: of the last 50 comparisons. sigma: of the difference of two runs that differ by their seed alone, or
    planned before any run; None when unknown. method: how it was estimated. floor: the least sigma of a difference.
    """

    excesses: tuple[Excess, ...] = ()
    sigma: float | None = None
    method: str = "unknown"
    floor: float = 0.0

    @classmethod
    def planned(cls, metric: str, problem: Problem, y: AnyArray, *, is_grouped: bool = False) -> "Noise":
        """Before any result, by a planning formula where there is one. None knows the correlation within groups."""
        sigma = None if is_grouped else expected_sigma(metric, problem, y)
        return cls() if sigma is None else cls(sigma=sigma, method="planned (Hanley and McNeil)")

    @property
    def is_planned(self) -> bool:
        """Whether sigma is planned from the number of rows, before any comparison."""
        return self.method.startswith("planned")

    @property
    def phi(self) -> float:
        """Pooled ratio of excess to row variance, with a prior of 0.25 that weighs as much as 10 comparisons."""
        if not self.excesses:
            return PRIOR_PHI
        beyond, rows = sum(e.beyond for e in self.excesses), sum(e.rows for e in self.excesses)
        prior = PRIOR_WEIGHT * rows / len(self.excesses)
        return max(0.0, (beyond + PRIOR_PHI * prior) / (rows + prior)) if rows > 0 else PRIOR_PHI

    @property
    def detectable(self) -> float | None:
        """Smallest gain that is visible to the search: 2 sigma."""
        return None if self.sigma is None else 2.0 * self.sigma

    def seen(self, excess: Excess | None) -> "Noise":
        """After one more comparison; None and comparisons of identical predictions change nothing."""
        if excess is None or not excess.rows > 0:
            return self
        return replace(self, excesses=(*self.excesses, excess)[-MEMORY:])

    def measured(self, run: Difference) -> "Noise":
        """After an A/A run: the same recipe with another seed. A deterministic recipe (sigma 0) measures nothing."""
        if not run.sigma > 0:
            return self
        return replace(
            self, sigma=run.sigma, floor=FLOOR_SHARE * run.sigma, method="measured (same recipe, other seed)"
        )

    def of_recipe(self, row_variance: float, *, n_folds: int, test_to_train: float) -> float:
        """Sigma of a difference between recipes: Nadeau and Bengio's factor (2003) on the pooled excess only.

        row_variance: V_row of the difference over all folds; test_to_train: rows of a fold's test by its training.
        """
        excess = self.phi * n_folds * row_variance * (1.0 / n_folds + test_to_train)
        return math.sqrt(max(row_variance + excess, self.floor**2))


@dataclass
class NoiseHistory:
    """The comparisons of a lab so far, from which its noise is estimated at constant cost each.

    excesses: (experiment, excess) in the order of experiments. like: sigmas of comparisons of recipes that are not far
    apart, rising. same: those of A/A runs, the same recipe on other folds or with another seed, rising.
    """

    excesses: list[tuple[int, Excess]] = field(default_factory=list)
    like: list[float] = field(default_factory=list)
    same: list[float] = field(default_factory=list)

    def take(self, number: int, against: Difference, excess: Excess | None, *, is_same: bool) -> None:
        """One more comparison, of experiment `number`. is_same: with an earlier run of its own recipe."""
        if excess is not None and excess.rows > 0:
            insort(self.excesses, (number, excess), key=lambda item: item[0])
        if is_same:
            insort(self.same, against.sigma)
        elif abs(against.z) <= NEAR_SIGMAS:
            insort(self.like, against.sigma)

    def noise(self, planned: Noise) -> Noise:
        """planned: what was known before any result. The floor is a quarter of the median sigma of A/A runs."""
        noise = replace(planned, excesses=tuple(excess for _, excess in self.excesses[-MEMORY:]))
        if self.same:
            noise = replace(noise, floor=FLOOR_SHARE * median(self.same))
        if len(self.like) < ENOUGH or not median(self.like) > 0:  # none: models that say the same measure nothing
            return noise
        return replace(noise, sigma=median(self.like), method="median over the experiments so far")


def expected_sigma(metric: str, problem: Problem, y: AnyArray) -> float | None:
    """Sigma of a paired difference before any result: AUC 0.8, correlation 0.95 (Hanley and McNeil, 1982, 1983).

    The Gini coefficient of two classes is twice the AUC, less one. None for other metrics: their noise depends on
    errors that are not known yet.
    """
    if metric not in AREAS or problem.form != "probability":
        return None
    area, correlation = 0.8, 0.95
    n_positive = int(np.sum(y == 1))
    n_negative = len(y) - n_positive
    if not (n_positive and n_negative):
        return None
    one, two = area / (2.0 - area), 2.0 * area**2 / (1.0 + area)
    spread = (n_positive - 1) * (one - area**2) + (n_negative - 1) * (two - area**2)
    variance = (area * (1.0 - area) + spread) / (n_positive * n_negative)
    return AREAS[metric] * math.sqrt(2.0 * (1.0 - correlation) * variance)
