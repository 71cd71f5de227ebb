"""The rule by which proposers, and moves, earn their turns: what they gained for what they cost, drawn at random.

Thompson sampling (1933): of each, the mean gain of a try is drawn from what is known of it, a normal distribution that
begins with a prior and narrows with its tries; the next turn is for the highest draw per unit of cost. Older tries
weigh less, as a search changes what helps, and a floor leaves everyone some turns, so that nobody is lost for bad luck.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

LIVES = 5
"""Half-lives that are looked back at; what was before weighs less than a thirtieth."""


def faded(age: float, half_life: float) -> float:
    """Weight of what was earned so many experiments ago."""
    return float(0.5 ** (age / half_life))


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """What one earned, by faded tries. gain: sum over them, in units of noise; cost: sum over them.

    prior, prior_cost: gain and cost of a try that are expected of it; weight: number of tries that this counts as;
    spread: standard deviation of the gain of a try.
    """

    tries: float = 0.0
    gain: float = 0.0
    cost: float = 0.0
    prior: float = 0.0
    prior_cost: float = 1.0
    weight: float = 1.0
    spread: float = 1.0

    @property
    def mean(self) -> float:
        """Expected gain of a try."""
        return (self.weight * self.prior + self.gain) / (self.weight + self.tries)

    @property
    def mean_cost(self) -> float:
        """Expected cost of a try."""
        return (self.weight * self.prior_cost + self.cost) / (self.weight + self.tries)

    def drawn(self, rng: np.random.Generator) -> float:
        """A draw of the gain of a try, per unit of cost; a loss is worse the more it costs."""
        gain = rng.normal(self.mean, self.spread / math.sqrt(self.weight + self.tries))
        return float(gain / self.mean_cost if gain > 0 else gain * self.mean_cost)


def by_turn(known: Mapping[str, Earned], rng: np.random.Generator, *, floor: float) -> tuple[tuple[str, ...], bool]:
    """All names, the next first, and whether the floor dealt the turn. floor: share of the turns dealt at random."""
    names = tuple(known)
    if rng.random() < floor:
        return tuple(names[place] for place in rng.permutation(len(names))), True
    drawn = {name: one.drawn(rng) for name, one in known.items()}
    return tuple(sorted(names, key=lambda name: -drawn[name])), False
