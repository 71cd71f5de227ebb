"""The rule by which proposers, and moves, earn their turns: what they gained for what they cost, drawn at random.

Thompson sampling (1933): of each, the mean gain of a try is drawn from what is known of it, a normal distribution that
begins with a prior and narrows with its tries; the next turn is for the highest draw per unit of cost. Older tries
weigh less, as a search changes what helps, and a floor leaves everyone some turns, so that nobody is lost for bad luck.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

HALF_LIFE = 50.0
"""Experiments after which what was earned counts half."""
WINDOW = 500
"""Experiments that are looked back at; those before weigh less than a thousandth."""
FLOOR = 0.05
"""Share of the turns that each gets, whatever it earned, while there are few."""
MOST_FLOORED = 0.2
"""Largest share of the turns that are dealt so."""


def faded(age: float) -> float:
    """Weight of what was earned so many experiments ago."""
    return float(0.5 ** (age / HALF_LIFE))


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


def by_turn(known: Mapping[str, Earned], rng: np.random.Generator) -> tuple[tuple[str, ...], bool]:
    """All names, the next first, and whether the floor dealt the turn."""
    names = tuple(known)
    if rng.random() < min(FLOOR * len(names), MOST_FLOORED):
        return tuple(names[place] for place in rng.permutation(len(names))), True
    drawn = {name: one.drawn(rng) for name, one in known.items()}
    return tuple(sorted(names, key=lambda name: -drawn[name])), False
