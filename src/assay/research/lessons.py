"""Lessons: what a lab has seen its moves gain, pooled over tries that are alike, with how sure that is.

A try is a paired difference that researchers see: the gain of an experiment less that of the best of its
parents, in units of noise. A normal hierarchy pools them (Efron and Morris, 1975): the gain of a move on one family of
models is near the move's own gain, that is near what is expected of it and of moves that read the same kind of columns.
So one try says a little about all that is like it and most about itself, and luck is shrunk. Older tries weigh less, as
a search changes what helps. All of it is a function of the view, so that a replay needs no record of it.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.core.contract import LabView, Observation
from assay.research.earned_turns import LIVES, faded
from assay.research.search_settings import SHIPPED

HALF_LIFE = SHIPPED.director["moves_half_life"]
"""Experiments after which a try counts half."""
MOST_EFFECT = 6.0
"""Largest gain or loss of a try that is believed, in units of noise."""
NOISE = 1.0
"""Standard deviation of a try's difference, in units of noise."""
ROUNDS = 2
"""Times that beliefs and the luck of parents are estimated from each other."""
UNSCORED: dict[str, float] = {"failed": -1.0, "stopped early": -1.0}
"""By status without a score: what such a try counts as, in units of noise, unless the move is believed to be worse. A
failure cost a try, and could not even be kept by luck; what was stopped was clearly worse on its first folds."""
OF_MOVE = SHIPPED.director["lessons_of_move"]
"""Standard deviation, in units of noise, of a move's gain around what is expected of it."""
OF_COLUMNS, OF_FAMILY = (0.25, 1.0, 2.0), (0.4, 1.0, 2.0)
"""The same of what moves on one kind of columns have in common, and of a move's gain on a family around its own: of
each the one that makes a lab's tries most likely, as tables differ in what is alike on them."""
BOLDNESS = SHIPPED.director["lessons_boldness"]
"""Share of the standard deviation of a belief by which gains are drawn: of some hundred moves on several families most
are never tried, and whole draws try the unknown for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A try of a move. number: of its experiment; family: of the parent that it is compared with; effect: in σ;
    unscored: the status of one without a score, a key of UNSCORED; parent: the number of the parent, 0 where it is not
    known."""

    number: int
    move: str
    family: str
    effect: float
    unscored: str = ""
    parent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """What is believed of a gain: its mean and standard deviation in σ, and by how many tries, faded."""

    mean: float
    sigma: float
    tries: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePrior:
    """What is known of a move before it was tried. mean: its expected gain; columns: the kinds it reads, joined."""

    mean: float
    columns: str = ""


def trials(view: LabView, names: Iterable[str]) -> tuple[Trial, ...]:
    """The tries of these moves among the last experiments, whoever proposed them, in order of number."""
    known = frozenset(names)
    latest = [past for past in view.history[-round(LIVES * HALF_LIFE) :] if past.experiment.move in known]
    wanted = {number for past in latest for number in past.experiment.parents}
    parents = {past.experiment.number: past for past in view.history if past.experiment.number in wanted}
    found = (_trial(past, parents) for past in latest)
    return tuple(one for one in found if one is not None)


def _trial(past: Observation, parents: Mapping[int, Observation]) -> Trial | None:
    """None where there is no score to compare with."""
    one = past.experiment
    before = [parents[n] for n in one.parents if n in parents and parents[n].gain is not None]
    best = max(before, key=lambda parent: parent.gain or 0.0, default=None)
    family = one.recipe.model.name if best is None else best.experiment.recipe.model.name
    if past.status in UNSCORED:
        counts = UNSCORED[past.status]
        return Trial(number=one.number, move=one.move, family=family, effect=counts, unscored=past.status)
    if past.gain is None or best is None or best.gain is None:
        return None
    effect = min(max(past.gain - best.gain, -MOST_EFFECT), MOST_EFFECT)
    return Trial(number=one.number, move=one.move, family=family, effect=effect, parent=best.experiment.number)


@dataclass(frozen=True, slots=True)
class _Measured:
    """A mean and its precision, 1 / σ²; nothing measured: precision 0. likely: log-likelihood of how its parts differ,
    but for a constant."""

    mean: float = 0.0
    precision: float = 0.0
    tries: float = 0.0
    likely: float = 0.0

    @classmethod
    def pooled(cls, parts: Sequence["_Measured"], *, spread: float) -> "_Measured":
        """What parts say of the centre that they spread around; spread: their standard deviation around it."""
        known = [(one.mean, 1 / (spread**2 + 1 / one.precision), one.tries) for one in parts if one.precision]
        precision = sum(weight for _, weight, _ in known)
        if not precision:
            return cls()
        mean = sum(mean * weight for mean, weight, _ in known) / precision
        apart = sum(math.log(weight) - weight * (part - mean) ** 2 for part, weight, _ in known)
        likely = 0.5 * (apart - math.log(precision)) + sum(one.likely for one in parts)
        return cls(mean, precision, sum(tries for _, _, tries in known), likely)

    def beside(self, mean: float, spread: float) -> tuple[float, float, float]:
        """(mean, standard deviation, weight of the centre) once it is also known to lie around a centre."""
        own = 1 / spread**2
        share = own / (own + self.precision)
        return share * mean + (1 - share) * self.mean, math.sqrt(1 / (own + self.precision)), share

    def belief(self, centre: Belief, spread: float) -> Belief:
        """With all that is known of the centre."""
        mean, sigma, share = self.beside(centre.mean, spread)
        return Belief(mean=mean, sigma=math.hypot(sigma, share * centre.sigma), tries=self.tries)


@dataclass(frozen=True, slots=True)
class _ResidualTree:
    """What was measured at each level, with these spreads."""

    of_columns: float
    of_family: float
    columns: Mapping[str, _Measured]
    moves: Mapping[str, _Measured]
    pairs: Mapping[tuple[str, str], _Measured]

    @classmethod
    def of(
        cls, pairs: Mapping[tuple[str, str], _Measured], priors: Mapping[str, MovePrior], of_columns: float,
        of_family: float,
    ) -> "_ResidualTree":  # fmt: skip
        by_move = defaultdict[str, list[_Measured]](list)
        for (move, _), part in pairs.items():
            by_move[move].append(part)
        moves = {move: _Measured.pooled(parts, spread=of_family) for move, parts in by_move.items()}
        by_columns = defaultdict[str, list[_Measured]](list)
        for move, part in moves.items():
            by_columns[priors[move].columns].append(replace(part, mean=part.mean - priors[move].mean))
        columns = {kind: _Measured.pooled(parts, spread=OF_MOVE) for kind, parts in by_columns.items()}
        return cls(of_columns, of_family, columns, moves, pairs)

    @property
    def likelihood(self) -> float:
        """Of all tries, but for a constant (log)."""
        total = 0.0
        for kind, part in self.columns.items():
            variance = 1 / part.precision + (self.of_columns**2 if kind else 0.0)
            total += part.likely - 0.5 * (math.log(variance) + part.mean**2 / variance)
        return total


@dataclass(frozen=True)
class Beliefs:
    """The posterior of the hierarchy. priors: by move, all that may be asked about."""

    priors: Mapping[str, MovePrior]
    tree: _ResidualTree

    @classmethod
    def of(cls, tried: Sequence[Trial], priors: Mapping[str, MovePrior], *, now: int) -> "Beliefs":
        """By the tries so far. now: the number of the next experiment, by which they fade.

        One without a score is taken to have gained what the move is believed to, by its scores, where that is below
        what it counts as: it would raise a move that is known to harm.
        """
        scored = [one for one in tried if not one.unscored]
        found = cls._by(scored, priors, now)
        for _ in range(ROUNDS):
            own = found.without_luck(scored)
            found = cls._by(own, priors, now)
        if len(scored) == len(tried):
            return found
        lowered = [replace(one, effect=found.lowest(one)) for one in tried if one.unscored]
        return cls._by([*own, *lowered], priors, now, like=found.tree if scored else None)

    def without_luck(self, tried: Sequence[Trial]) -> list[Trial]:
        """The tries less what the luck of their parents' scores, which all children of a parent are compared with, is
        estimated to be: the mean of what is left of them, shrunk."""
        by_parent = defaultdict[int, list[Trial]](list)
        for one in tried:
            by_parent[one.parent].append(one)
        luck = {parent: self._luck(ones) for parent, ones in by_parent.items() if parent and len(ones) > 1}
        return [replace(one, effect=one.effect - luck.get(one.parent, 0.0)) for one in tried]

    def _luck(self, siblings: Sequence[Trial]) -> float:
        half = NOISE**2 / 2
        pulls, precision = 0.0, 1 / half
        for one in siblings:
            belief = self.of_pair(one.move, (one.family,))
            weight = 1 / (half + belief.sigma**2)
            pulls += weight * (one.effect - belief.mean)
            precision += weight
        return pulls / precision

    def lowest(self, unscored: Trial) -> float:
        """What a try without a score counts as."""
        seen = self.tree.pairs.get((unscored.move, unscored.family), _Measured())
        believed = (self.of_pair(unscored.move, (unscored.family,)).mean, self.of_move(unscored.move).mean)
        return min(unscored.effect, *believed, *((seen.mean,) if seen.precision else ()))

    @classmethod
    def _by(
        cls, tried: Iterable[Trial], priors: Mapping[str, MovePrior], now: int, like: _ResidualTree | None = None
    ) -> "Beliefs":
        """like: whose spreads are taken; None for the likeliest."""
        weights, sums = defaultdict[tuple[str, str], float](float), defaultdict[tuple[str, str], float](float)
        for one in tried:
            weight = faded(now - one.number, HALF_LIFE)
            weights[one.move, one.family] += weight
            sums[one.move, one.family] += weight * one.effect
        pairs = {pair: _Measured(sums[pair] / w, w / NOISE**2, w) for pair, w in weights.items()}
        if like is not None:
            return cls(priors, _ResidualTree.of(pairs, priors, like.of_columns, like.of_family))
        has_columns = any(prior.columns for prior in priors.values())
        trees = [
            _ResidualTree.of(pairs, priors, of_columns, of_family)
            for of_columns in (OF_COLUMNS if has_columns else OF_COLUMNS[:1]) for of_family in OF_FAMILY
        ]  # fmt: skip
        return cls(priors, max(trees, key=lambda tree: tree.likelihood))

    def of_columns(self, columns: str) -> Belief:
        """What moves that read such columns gain beyond what was expected of them."""
        if not columns:
            return Belief(mean=0.0, sigma=0.0)
        found = self.tree.columns.get(columns, _Measured())
        return found.belief(Belief(mean=0.0, sigma=0.0), self.tree.of_columns)

    def of_move(self, move: str) -> Belief:
        """What a move gains on an unknown family."""
        common = self.of_columns(self.priors[move].columns)
        centre = Belief(mean=self.priors[move].mean + common.mean, sigma=common.sigma)
        return self.tree.moves.get(move, _Measured()).belief(centre, OF_MOVE)

    def of_pair(self, move: str, families: Sequence[str]) -> Belief:
        """What a move gains on a parent. families: the parent's own, then those of its ancestors, the nearest first: a
        branch inherits what was seen of the move on it."""
        return self.seen(move, families).belief(self.of_move(move), self.tree.of_family)

    def seen(self, move: str, families: Sequence[str]) -> _Measured:
        """What was seen on the family, else, less sure, on the nearest ancestor's."""
        for distance, family in enumerate(families):
            found = self.tree.pairs.get((move, family))
            if found is not None:
                return _Measured.pooled([found], spread=self.tree.of_family) if distance else found
        return _Measured()

    def draw(self, rng: np.random.Generator) -> "Draw":
        """One world that may be the case, by all that was seen (Thompson, 1933)."""
        kinds = dict.fromkeys(prior.columns for prior in self.priors.values() if prior.columns)
        common = {kind: _drawn(rng, self.of_columns(kind).mean, self.of_columns(kind).sigma) for kind in kinds}
        moves: dict[str, float] = {}
        for move, prior in self.priors.items():
            centre = prior.mean + common.get(prior.columns, 0.0)
            mean, sigma, _ = self.tree.moves.get(move, _Measured()).beside(centre, OF_MOVE)
            moves[move] = _drawn(rng, mean, sigma)
        return Draw(self, moves, rng)


def _drawn(rng: np.random.Generator, mean: float, sigma: float) -> float:
    return float(rng.normal(mean, BOLDNESS * sigma))


@dataclass(frozen=True)
class Draw:
    """Gains of moves, drawn: `moves` on the whole, and around that by family."""

    beliefs: Beliefs
    moves: Mapping[str, float]
    rng: np.random.Generator

    def gain(self, move: str, families: Sequence[str]) -> float:
        """The drawn gain of a move on a parent of these families (Beliefs.of_pair); another one each time."""
        spread = self.beliefs.tree.of_family
        mean, sigma, _ = self.beliefs.seen(move, families).beside(self.moves[move], spread)
        return _drawn(self.rng, mean, sigma)
