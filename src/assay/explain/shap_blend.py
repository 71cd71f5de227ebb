"""A plan of prediction as one function of the scores of its pieces, and how much each score weighs in it.

A member averages probabilities of its pieces, a blend those of its members or their logits, and a calibration follows:
none of that is linear in the scores of trees. From the mean scores over the background to those of a row runs a
straight line; along it the answer's change is divided among the scores by their derivatives (Aumann and Shapley, 1974),
so that each score has a weight, exactly its derivative where the function is linear in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.contract import Fitted
from assay.core.table import Table
from assay.ensemble.calibrate import Calibration
from assay.ensemble.combine import TINY, LogitModel, Scale, combined
from assay.explain.shap_models import ExactModel, exact_model
from assay.models.flat_boosted import FlatBoosted
from assay.pipeline.fitted_recipe import stored
from assay.pipeline.target_link import TargetLink
from assay.predictor.passport import Passport
from assay.predictor.prediction_plan import PredictionPlan

STEPS = 8
"""Of the line from the mean scores to those of a row."""
NUDGE = 1e-5
"""Of a score, relative to its range, for a derivative."""


def log_odds(predicted: AnyArray) -> Floats:
    """(n, k) log odds of probabilities (n,) of one class, or (n, k) of each class against the others."""
    p = np.clip(np.asarray(predicted, dtype=np.float64), TINY, 1.0 - TINY)
    p = p[:, None] if p.ndim == 1 else p
    return np.asarray(np.log(p) - np.log1p(-p))


class TableNode(Protocol):
    """A step of a plan, and the number of the table that it reads."""

    @property
    def parent(self) -> int: ...

    def table(self, parent: Table) -> Table: ...


@dataclass(frozen=True, slots=True, eq=False)
class ScoredPiece:
    """A fitted model of a plan. node: the table it reads; share: of its member; model: as an exact game, or None."""

    node: int
    member: int
    share: float
    fitted: Fitted
    link: TargetLink
    rounds: int | None
    model: ExactModel | None

    def scores(self, table: Table) -> AnyArray:
        """(n_outputs, n) scores of encoded rows, or stored predictions where there is no exact game."""
        if self.model is not None:
            return self.model.scores(self.model.matrix(table))
        return stored(self.fitted.predict(table, rounds=self.rounds), self.link)

    def stored(self, scores: AnyArray) -> AnyArray:
        """Stored predictions from `scores`."""
        return scores if self.model is None else stored(self.model.predictions(scores), self.link)

    def slopes(self, scores: Floats) -> Floats:
        """(n_outputs, n, k) derivatives of its stored predictions."""
        made = []
        for output in range(len(scores)):
            step = np.zeros_like(scores)
            step[output] = NUDGE * np.maximum(1.0, np.abs(scores[output]))
            rise = self.stored(scores + step) - self.stored(scores - step)
            made.append(rise.reshape(scores.shape[1], -1) / (2.0 * step[output])[:, None])
        return np.stack(made)


@dataclass(frozen=True, slots=True, eq=False)
class ScoredBlend:
    """Members of a plan together, or one alone. weights: of members; calibration: what follows."""

    nodes: tuple[TableNode, ...]
    pieces: tuple[ScoredPiece, ...]
    weights: tuple[float, ...]
    scale: Scale
    learned: LogitModel | None
    calibration: Calibration
    is_class: bool

    @classmethod
    def of(cls, plan: PredictionPlan, passport: Passport, member: int | None) -> "ScoredBlend":
        """member: its place among the members, whose own answer is asked; None: the blend of all."""
        pieces = [piece for piece in _pieces(plan) if member in (None, piece.member)]
        is_class = bool(passport.classes)
        if member is not None:
            alone = tuple(replace(piece, member=0) for piece in pieces)
            return cls(plan.nodes, alone, (1.0,), "plain", None, Calibration(), is_class)
        return cls(plan.nodes, tuple(pieces), plan.weights, plan.scale, plan.learned, passport.calibration, is_class)

    def tables(self, table: Table) -> list[Table]:
        """The table of each node that is read, and of those before it."""
        made, read = [table], self._read()
        for number, node in enumerate(self.nodes, start=1):
            made.append(node.table(made[node.parent]) if number in read else table)
        return made

    def _read(self) -> set[int]:
        read = {piece.node for piece in self.pieces}
        for number in range(len(self.nodes), 0, -1):
            if number in read:
                read.add(self.nodes[number - 1].parent)
        return read

    def scores(self, table: Table) -> list[AnyArray]:
        """Of each piece, for raw rows."""
        tables = self.tables(table)
        return [piece.scores(tables[piece.node]) for piece in self.pieces]

    def answer(self, scores: Sequence[AnyArray]) -> Floats:
        """(n, k) the answer from the scores of all pieces: log odds, or the value."""
        return self._of_means(self._means([piece.stored(one) for piece, one in zip(self.pieces, scores, strict=True)]))

    def _means(self, answers: Sequence[AnyArray]) -> list[AnyArray]:
        means: list[AnyArray] = [np.zeros(())] * len(self.weights)
        for piece, own in zip(self.pieces, answers, strict=True):
            means[piece.member] = means[piece.member] + piece.share * own
        return means

    def _of_means(self, means: Sequence[AnyArray]) -> Floats:
        made = combined(means, self.weights, self.scale, self.learned)
        return log_odds(self.calibration.apply(made)) if self.is_class else made[:, None]

    def weights_of(self, scores: Sequence[AnyArray], start: Sequence[AnyArray], *, closes: bool) -> list[Floats]:
        """For each exact piece (k, n_outputs, n) the weight of its scores in the answer, on the way from the scores
        `start` of a background, of one row, to those of rows. closes: all pieces are exact, and what they get is to be
        the whole change of the answer.
        """
        away = [one - first for one, first in zip(scores, start, strict=True)]
        found: list[Floats] = []
        before = self.answer([np.broadcast_to(first, one.shape) for one, first in zip(scores, start, strict=True)])
        for step in range(STEPS):
            at = [first + (step + 0.5) / STEPS * gap for first, gap in zip(start, away, strict=True)]
            slopes = self._slopes(at)
            if closes:
                after = self.answer([first + (step + 1) / STEPS * gap for first, gap in zip(start, away, strict=True)])
                slopes = _closed(slopes, [gap / STEPS for gap in away], (after - before).T)
                before = after
            found = slopes if not found else [a + b for a, b in zip(found, slopes, strict=True)]
        return [one / STEPS for one in found]

    def _slopes(self, scores: Sequence[AnyArray]) -> list[Floats]:
        """(k, n_outputs, n) derivatives of the answer by the scores of each exact piece."""
        means = self._means([piece.stored(one) for piece, one in zip(self.pieces, scores, strict=True)])
        by_mean = [self._mean_slopes(means, member) for member in range(len(means))]
        return [
            np.einsum("nqk,onq->kon", by_mean[piece.member], piece.share * piece.slopes(one))
            for piece, one in zip(self.pieces, scores, strict=True)
            if piece.model is not None
        ]

    def _mean_slopes(self, means: Sequence[AnyArray], member: int) -> Floats:
        """(n, q, k) derivatives of the answer by the q numbers that a member answers."""
        own = np.asarray(means[member], dtype=np.float64)
        made = []
        for column in range(1 if own.ndim == 1 else own.shape[1]):
            value = own if own.ndim == 1 else own[:, column]
            room = value * (1.0 - value) if self.is_class else np.maximum(1.0, np.abs(value))
            step = NUDGE * np.maximum(room, TINY)
            up, down = own.copy(), own.copy()
            (up if own.ndim == 1 else up[:, column])[...] += step
            (down if own.ndim == 1 else down[:, column])[...] -= step
            rise = [self._of_means([*means[:member], moved, *means[member + 1 :]]) for moved in (up, down)]
            made.append((rise[0] - rise[1]) / (2.0 * step)[:, None])
        return np.stack(made, axis=1)


def _closed(slopes: list[Floats], away: list[AnyArray], change: Floats) -> list[Floats]:
    """Slopes moved in proportion to what they give, so that they give the whole change (k, n)."""
    gap = change - sum(np.einsum("kon,on->kn", s, a) for s, a in zip(slopes, away, strict=True))
    size = np.asarray(sum(np.einsum("kon,on->kn", np.abs(s), np.abs(a)) for s, a in zip(slopes, away, strict=True)))
    plain = np.asarray(sum(np.abs(a).sum(axis=0) for a in away))
    flat = size <= 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nan_to_num(np.where(flat, gap / plain, gap / np.where(flat, 1.0, size)), posinf=0.0, neginf=0.0)
    weight = [np.where(flat[:, None, :], 1.0, np.abs(s)) for s in slopes]
    return [s + share[:, None, :] * w * np.sign(a) for s, a, w in zip(slopes, away, weight, strict=True)]


def _pieces(plan: PredictionPlan) -> list[ScoredPiece]:
    """All pieces of a plan, in the order of members."""
    found = [] if plan.joint is None else [
        ScoredPiece(one.node, one.member, one.share, one.model, one.link, None, exact_model(one.model))
        for one in plan.joint.pieces
    ]  # fmt: skip
    for one in plan.separate:
        fitted, recipe = one.recipe.model, one.recipe
        used = fitted.first(recipe.rounds or fitted.rounds) if isinstance(fitted, FlatBoosted) else fitted
        found.append(ScoredPiece(one.node, one.member, one.share, used, recipe.link, recipe.rounds, exact_model(used)))
    return sorted(found, key=lambda piece: piece.member)
