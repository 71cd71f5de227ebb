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
from dataclasses import dataclass

import numpy as np

from assay.core.contract import LabView, Observation
from assay.research.earned_turns import LIVES, faded

HALF_LIFE = 200.0
"""Experiments after which a try counts half."""
MOST_EFFECT = 6.0
"""Largest gain or loss of a try that is believed, in units of noise."""
NOISE = 1.0
"""Standard deviation of a try's difference, in units of noise."""
OF_COLUMNS, OF_MOVE, OF_FAMILY = 0.5, 1.4, 0.7
"""Standard deviations, in units of noise: of what moves on one kind of columns have in common, of a move's gain around
that, and of its gain on a family around its own. Chosen on seeds that benchmarks/widening.py does not report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A try of a move. number: of its experiment; family: of the parent that it is compared with; effect: in σ."""

    number: int
    move: str
    family: str
    effect: float


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
    """A failure gained nothing; None where there is no score to compare with."""
    one = past.experiment
    before = [parents[n] for n in one.parents if n in parents and parents[n].gain is not None]
    best = max(before, key=lambda parent: parent.gain or 0.0, default=None)
    family = one.recipe.model.name if best is None else best.experiment.recipe.model.name
    if past.status == "failed":
        return Trial(number=one.number, move=one.move, family=family, effect=0.0)
    if past.gain is None or best is None or best.gain is None:
        return None
    effect = min(max(past.gain - best.gain, -MOST_EFFECT), MOST_EFFECT)
    return Trial(number=one.number, move=one.move, family=family, effect=effect)


@dataclass(frozen=True, slots=True)
class _Measured:
    """A mean and its precision, 1 / σ²; nothing measured: precision 0."""

    mean: float = 0.0
    precision: float = 0.0
    tries: float = 0.0

    @classmethod
    def pooled(cls, parts: Iterable["_Measured"], *, spread: float) -> "_Measured":
        """What parts say of the centre that they spread around; spread: their standard deviation around it."""
        known = [(one.mean, 1 / (spread**2 + 1 / one.precision), one.tries) for one in parts if one.precision]
        precision = sum(weight for _, weight, _ in known)
        mean = sum(mean * weight for mean, weight, _ in known) / precision if precision else 0.0
        return cls(mean, precision, sum(tries for _, _, tries in known))

    def beside(self, mean: float, spread: float) -> tuple[float, float, float]:
        """(mean, standard deviation, weight of the centre) once it is also known to lie around a centre."""
        own = 1 / spread**2
        share = own / (own + self.precision)
        return share * mean + (1 - share) * self.mean, math.sqrt(1 / (own + self.precision)), share

    def belief(self, centre: Belief, spread: float) -> Belief:
        """With all that is known of the centre."""
        mean, sigma, share = self.beside(centre.mean, spread)
        return Belief(mean=mean, sigma=math.hypot(sigma, share * centre.sigma), tries=self.tries)


@dataclass(frozen=True)
class Beliefs:
    """The posterior of the hierarchy. priors: by move, all that may be asked about."""

    priors: Mapping[str, MovePrior]
    _columns: Mapping[str, _Measured]
    _moves: Mapping[str, _Measured]
    _pairs: Mapping[tuple[str, str], _Measured]

    @classmethod
    def of(cls, tried: Sequence[Trial], priors: Mapping[str, MovePrior], *, now: int) -> "Beliefs":
        """By the tries so far. now: the number of the next experiment, by which they fade."""
        weights, sums = defaultdict[tuple[str, str], float](float), defaultdict[tuple[str, str], float](float)
        for one in tried:
            weight = faded(now - one.number, HALF_LIFE)
            weights[one.move, one.family] += weight
            sums[one.move, one.family] += weight * one.effect
        pairs = {pair: _Measured(sums[pair] / w, w / NOISE**2, w) for pair, w in weights.items()}
        by_move = defaultdict[str, list[_Measured]](list)
        for (move, _), measured in pairs.items():
            by_move[move].append(measured)
        moves = {move: _Measured.pooled(parts, spread=OF_FAMILY) for move, parts in by_move.items()}
        by_columns = defaultdict[str, list[_Measured]](list)
        for move, measured in moves.items():
            prior = priors[move]
            if prior.columns:
                by_columns[prior.columns].append(
                    _Measured(measured.mean - prior.mean, measured.precision, measured.tries)
                )
        columns = {kind: _Measured.pooled(parts, spread=OF_MOVE) for kind, parts in by_columns.items()}
        return cls(priors, columns, moves, pairs)

    def of_columns(self, columns: str) -> Belief:
        """What moves that read such columns gain beyond what was expected of them."""
        if not columns:
            return Belief(mean=0.0, sigma=0.0)
        return self._columns.get(columns, _Measured()).belief(Belief(mean=0.0, sigma=0.0), OF_COLUMNS)

    def of_move(self, move: str) -> Belief:
        """What a move gains on an unknown family."""
        common = self.of_columns(self.priors[move].columns)
        centre = Belief(mean=self.priors[move].mean + common.mean, sigma=common.sigma)
        return self._moves.get(move, _Measured()).belief(centre, OF_MOVE)

    def of_pair(self, move: str, families: Sequence[str]) -> Belief:
        """What a move gains on a parent. families: the parent's own, then those of its ancestors, the nearest first: a
        branch inherits what was seen of the move on it."""
        return self.seen(move, families).belief(self.of_move(move), OF_FAMILY)

    def seen(self, move: str, families: Sequence[str]) -> _Measured:
        """What was seen on the family, else, less sure, on the nearest ancestor's."""
        for distance, family in enumerate(families):
            measured = self._pairs.get((move, family))
            if measured is not None:
                return _Measured.pooled([measured], spread=OF_FAMILY) if distance else measured
        return _Measured()

    def draw(self, rng: np.random.Generator) -> "Draw":
        """One world that may be the case, by all that was seen (Thompson, 1933)."""
        common = {kind: rng.normal(found.mean, found.sigma) for kind, found in self._all_columns().items()}
        moves: dict[str, float] = {}
        for move, prior in self.priors.items():
            centre = prior.mean + common.get(prior.columns, 0.0)
            mean, sigma, _ = self._moves.get(move, _Measured()).beside(centre, OF_MOVE)
            moves[move] = float(rng.normal(mean, sigma))
        return Draw(self, moves, rng)

    def _all_columns(self) -> dict[str, Belief]:
        kinds = dict.fromkeys(prior.columns for prior in self.priors.values() if prior.columns)
        return {kind: self.of_columns(kind) for kind in kinds}


@dataclass(frozen=True)
class Draw:
    """Gains of moves, drawn: `moves` on the whole, and around that by family."""

    beliefs: Beliefs
    moves: Mapping[str, float]
    rng: np.random.Generator

    def gain(self, move: str, families: Sequence[str]) -> float:
        """The drawn gain of a move on a parent of these families (Beliefs.of_pair); another one each time."""
        mean, sigma, _ = self.beliefs.seen(move, families).beside(self.moves[move], OF_FAMILY)
        return float(self.rng.normal(mean, sigma))
