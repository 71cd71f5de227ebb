"""Planning: the smallest gains that these rows can show, and whether further experiments are worth their time."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assay.core.figure import number_text

POWER = 0.8
LOOK_BACK, FEWEST, AHEAD = 50, 60, 50
"""Experiments looked back on, the fewest before anything is advised, and those looked ahead."""
ENOUGH_GAIN, ENOUGH_CHANCE = 0.5, 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectableGains:
    """The smallest gains that rows can show. steers: what a search can go by; claims: what a vault lets claim for the
    model as a whole, four times in five; None without a vault.
    """

    steers: float
    claims: float | None = None


def detectable_gains(
    sigma: float, *, search_rows: int, vault_rows: int | None = None, level: float = 0.05
) -> DetectableGains:
    """sigma: of a difference between like models over the search rows, planned or measured.

    On other rows its variance is as much larger as they are fewer: both are means over rows of the same kind. level: of
    the opening, one-sided, see evidence.vault_plan.price.
    """
    steers = 2.0 * sigma
    if vault_rows is None or vault_rows < 1:
        return DetectableGains(steers=steers)
    spread = sigma * math.sqrt(search_rows)
    return DetectableGains(steers=steers, claims=claimable_gain(spread, vault_rows, level=level))


def claimable_gain(spread: float, n: int, *, level: float = 0.05, power: float = POWER) -> float:
    """The true gain that one one-sided test on n rows finds with that power: (z_{1-level} + z_power) · spread / √n.

    spread: standard deviation of the paired difference of one row. By the normal approximation, so for n of some
    hundreds.
    """
    if n < 1 or not 0.0 < level < 1.0 or not 0.0 < power < 1.0:
        raise ValueError(f"No test of {n} rows at level {level} has power {power}.")
    from scipy.special import ndtri

    return float((ndtri(1.0 - level) + ndtri(power)) * spread / math.sqrt(n))


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedExperiment:
    """One scored experiment as it was judged. gain, sigma: against the champion of its time, positive is better."""

    by: str
    gain: float
    sigma: float
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Whether to go on. since: experiments since the last keep; gained: total of the last 50, each shrunk by its noise;
    chance: of a keep in the next 50 that a vault could claim; stop: None before 60 experiments.
    """

    since: int
    gained: float
    chance: float
    stop: bool | None
    why: str


def advise(tried: Sequence[TriedExperiment], *, sight: DetectableGains, given_back: bool | None = None) -> Advice:
    """Advice for people; a search with a budget does not stop by it.

    tried: in order. given_back: whether the last two trials removed as much as had been added; None where none was
    held. Stop once the last 50 brought less than half a sigma of the search, each shrunk by its noise (`shrunk`), and
    the chance of a keep worth claiming in the next 50 is below 10 %: per proposer Beta(1/2, 1/2) on its keeps above
    what can be claimed, the next slots shared out like the last 50.
    """
    since = next((place for place, one in enumerate(reversed(tried)) if one.kept), len(tried))
    gained = sum(shrunk(one) for one in tried[-LOOK_BACK:] if one.kept)
    chance = _chance(tried, sight.steers if sight.claims is None else sight.claims)
    if len(tried) < FEWEST:
        return Advice(since=since, gained=gained, chance=chance, stop=None, why="too early to say")
    small = gained < ENOUGH_GAIN * sight.steers / 2.0
    stop = small and chance < ENOUGH_CHANCE and given_back is not False
    return Advice(since=since, gained=gained, chance=chance, stop=stop, why=_why(stop, small, chance))


def shrunk(one: TriedExperiment) -> float:
    """A gain shrunk by its noise: Δ · max(0, 1 - 1/z²), positive-part James-Stein."""
    if not one.sigma > 0 or not one.gain > 0:
        return max(one.gain, 0.0)
    return one.gain * max(0.0, 1.0 - (one.sigma / one.gain) ** 2)


def _chance(tried: Sequence[TriedExperiment], least: float) -> float:
    """That one of the next 50 is kept with a gain of at least that much; slots as the last 50 were shared out."""
    slots = Counter(one.by for one in tried[-LOOK_BACK:])
    total = max(sum(slots.values()), 1)
    none = 0.0
    for by, count in slots.items():
        own = [one for one in tried if one.by == by]
        hits = sum(one.kept and one.gain >= least for one in own)
        none += _log_none(hits + 0.5, len(own) - hits + 0.5, round(AHEAD * count / total))
    return 1.0 - math.exp(none) if slots else 1.0


def _log_none(a: float, b: float, n: int) -> float:
    """log P(no hit in n draws) where the rate is Beta(a, b)."""
    return math.lgamma(b + n) - math.lgamma(b) + math.lgamma(a + b) - math.lgamma(a + b + n)


def _why(stop: bool, small: bool, chance: float) -> str:
    percent = f"{number_text(100 * chance, 0)} %"
    if stop:
        nothing = f"the last {LOOK_BACK} brought nothing to speak of"
        return f"{nothing}, and {AHEAD} more would with {percent}"
    if not small:
        return f"the last {LOOK_BACK} still brought something"
    return f"{AHEAD} more would bring a gain worth claiming with {percent}"
