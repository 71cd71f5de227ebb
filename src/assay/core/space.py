"""Search spaces of hyperparameters as data: priors, logarithmic scales, conditions."""

from dataclasses import dataclass

import numpy as np

from assay.core.recipe import Frozen


@dataclass(frozen=True, slots=True)
class Float:
    """A real number in [low, high], uniform or log-uniform."""

    low: float
    high: float
    log: bool = False

    def sample(self, rng: np.random.Generator) -> float:
        if self.log:
            return float(np.exp(rng.uniform(np.log(self.low), np.log(self.high))))
        return float(rng.uniform(self.low, self.high))


@dataclass(frozen=True, slots=True)
class Int:
    """A whole number in [low, high], uniform or log-uniform."""

    low: int
    high: int
    log: bool = False

    def sample(self, rng: np.random.Generator) -> int:
        if self.log:
            value = int(np.floor(np.exp(rng.uniform(np.log(self.low), np.log(self.high + 1)))))
            return min(max(value, self.low), self.high)
        return int(rng.integers(self.low, self.high + 1))


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some values, equally likely."""

    values: tuple[Frozen, ...]

    def sample(self, rng: np.random.Generator) -> Frozen:
        return self.values[int(rng.integers(len(self.values)))]


@dataclass(frozen=True, slots=True)
class When:
    """A dimension that exists only when another one has a certain value."""

    other: str
    equals: Frozen
    then: Float | Int | Choice


Dimension = Float | Int | Choice | When


@dataclass(frozen=True, slots=True)
class Space:
    """Named dimensions, in order; a `When` must come after the dimension it depends on."""

    dimensions: tuple[tuple[str, Dimension], ...] = ()

    @classmethod
    def of(cls, **dimensions: Dimension) -> "Space":
        return cls(tuple(dimensions.items()))

    def sample(self, rng: np.random.Generator) -> dict[str, Frozen]:
        """One configuration from the prior."""
        chosen: dict[str, Frozen] = {}
        for name, dimension in self.dimensions:
            if isinstance(dimension, When):
                if chosen.get(dimension.other) != dimension.equals:
                    continue
                dimension = dimension.then
            chosen[name] = dimension.sample(rng)
        return chosen
