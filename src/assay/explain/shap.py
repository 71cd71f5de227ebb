"""SHAP values of a model's answers: what each input column moves an answer by, from the mean over a background.

Players are the columns of the person's table, not those that steps make of them; docs/explanation/shap.md says what is
computed, and when it is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from assay.core.array import AnyArray, Floats, Index, Singles
from assay.core.errors import UsageError
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.explain.shap_blend import ScoredBlend, ScoredPiece, log_odds
from assay.explain.shap_mixtures import Mixer, inputs_of, sources
from assay.explain.shap_models import ExactGame
from assay.explain.shap_sampling import sampled_values
from assay.explain.shap_tables import LeafShares
from assay.pipeline.joined_rows import stacked
from assay.predictor.prediction_plan import PredictionPlan
from assay.predictor.predictor import Predictor

FEW_ROWS = 16
"""Up to this many rows are sampled with many permutations; more with one pair each."""
MIXED_A_ROW = 20_000
"""Mixed rows that are asked for each of few rows."""
BACKGROUND_ROWS = 100
TOGETHER = 10_000
"""Rows whose exact values are worked out at once."""
AGREES = 1e-6
"""Largest difference, relative to the size of the answer, between the parts put together and the model itself."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ShapValues:
    """Of n rows and d input columns, for k answers: the log odds of classes[1], of each of several classes, or a value.

    values: (n, d, k); base (k,) + their sum is `answers` (n, k). base: the mean answer of the background's rows; where
    nothing was sampled, the answer to the mean scores of the members. errors: (n, d, k) standard errors, 0 where
    nothing was sampled, NaN where a row has one pair. pairs: of permutations a row, 0 where nothing was sampled.
    sampled: names of the models that have no exact values.
    """

    inputs: tuple[str, ...]
    values: Floats
    base: Floats
    answers: Floats
    errors: Floats
    pairs: int
    background: int
    sampled: tuple[str, ...] = ()

    @property
    def importance(self) -> Floats:
        """(d, k) mean size of the values of each input."""
        return np.asarray(np.abs(self.values).mean(axis=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapSampling:
    """How what is not exact is sampled. pairs: of permutations a row; None: two for each row of the background, or as
    many as there is room for, where few rows are asked; of more rows none, but one where a member is not exact.
    threads: of this process.
    """

    pairs: int | None = None
    seeds: Seeds = field(default=Seeds(0))
    threads: int = 1

    def pairs_of(self, mixer: Mixer, rows: tuple[Index, Index]) -> int:
        """Of these rows and those of the background."""
        if self.pairs is not None:
            return self.pairs
        if len(rows[0]) > FEW_ROWS:
            return 0
        return min(2 * len(rows[1]), max(2, MIXED_A_ROW // (2 * max(1, len(mixer.inputs)))))


DEFAULT = ShapSampling()


def background_of(table: Table, *, seeds: Seeds, rows: int = BACKGROUND_ROWS) -> Table:
    """So many rows of a table, drawn without replacement; all where there are no more."""
    if table.n_rows <= rows:
        return table
    return table.take(np.sort(seeds.child("background").rng().choice(table.n_rows, rows, replace=False)))


def shap_values(
    predictor: Predictor, table: Table, background: Table, *, member: int | None = None,
    sampling: ShapSampling = DEFAULT,
) -> ShapValues:  # fmt: skip
    """Of rows encoded under the predictor's schema (`Predictor.encoded`, a lab's own), against those of a background.

    member: the number of one of its experiments, whose own answer is explained, before the blend and its calibration.
    UsageError for no rows, an unknown member, and a model whose answers depend on other rows.
    """
    if not table.n_rows or not background.n_rows:
        raise UsageError("SHAP values need a row to explain and a background of at least one row.")
    mixer = Mixer(whole := stacked(table, background), inputs_of(table))
    rows = np.arange(table.n_rows), np.arange(table.n_rows, whole.n_rows)
    place = None if member is None else _place(predictor, member)
    plan = predictor.plan
    if not isinstance(plan, PredictionPlan) or plan.allowed is not None:
        return _all_sampled(predictor, mixer, rows, place, sampling)
    blend = ScoredBlend.of(plan, predictor.passport, place)
    return _Explanation.of(blend, mixer, rows, sampling.seeds).values(predictor, sampling, member=place)


def _place(predictor: Predictor, member: int) -> int:
    numbers = [one.number for one in predictor.members]
    if member not in numbers:
        raise UsageError(f"#{member} is no member of this model.", do=(f"one of {', '.join(map(str, numbers))}",))
    return numbers.index(member)


def _answer(predictor: Predictor, table: Table) -> Floats:
    """(n, k) of the whole model."""
    made = predictor.of_table(table)
    return log_odds(made) if predictor.classes else made[:, None]


def _all_sampled(
    predictor: Predictor, mixer: Mixer, rows: tuple[Index, Index], place: int | None, sampling: ShapSampling
) -> ShapValues:
    """Where members read each other's answers, or labels are restricted: the whole model is one function."""
    if place is not None:
        raise UsageError(
            f"#{predictor.members[place].number} cannot be explained alone: members of this model read each other's "
            "answers, or labels are restricted by a column."
        )
    used = max(1, sampling.pairs_of(mixer, rows))
    found = sampled_values(
        mixer, lambda table, _: _answer(predictor, table), rows, pairs=used, seeds=sampling.seeds,
        threads=sampling.threads,
    )  # fmt: skip
    answers, others = (_answer(predictor, mixer.table.take(part)) for part in rows)
    base = others.mean(axis=0)
    return ShapValues(
        inputs=mixer.inputs, values=found.closed(answers - base - found.values.sum(axis=1)), base=base, answers=answers,
        errors=found.errors, pairs=used, background=len(rows[1]),
        sampled=tuple(one.name for one in predictor.members),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Explanation:
    """games, matrices: of the exact pieces of the blend, in their order, and of all rows of the mixer's table."""

    blend: ScoredBlend
    mixer: Mixer
    rows: tuple[Index, Index]
    games: tuple[ExactGame, ...]
    matrices: tuple[Singles, ...]

    @classmethod
    def of(cls, blend: ScoredBlend, mixer: Mixer, rows: tuple[Index, Index], seeds: Seeds) -> "_Explanation":
        def matrices(table: Table) -> list[Singles]:
            tables = blend.tables(table)
            return [one.model.matrix(tables[one.node]) for one in blend.pieces if one.model is not None]

        whole, d, shares = matrices(mixer.table), len(mixer.inputs), LeafShares()
        found = iter(zip(whole, sources(mixer, matrices, rows, seeds.child("sources")), strict=True))
        pieces, games, kept = list[ScoredPiece](), list[ExactGame](), list[Singles]()
        for piece in blend.pieces:
            if piece.model is None:
                pieces.append(piece)
                continue
            X, source = next(found)
            game = piece.model.game(X[rows[1]], source, d, shares)
            pieces.append(piece if game is not None else replace(piece, model=None))
            if game is not None:
                games.append(game)
                kept.append(X)
        return cls(replace(blend, pieces=tuple(pieces)), mixer, rows, tuple(games), tuple(kept))

    @property
    def sampled(self) -> tuple[int, ...]:
        """Members with a piece that has no exact values."""
        return tuple(dict.fromkeys(piece.member for piece in self.blend.pieces if piece.model is None))

    def values(self, predictor: Predictor, sampling: ShapSampling, *, member: int | None) -> ShapValues:
        """See `shap_values`. member: its place, where it is asked alone."""
        own, other = self.rows
        used = max(sampling.pairs_of(self.mixer, self.rows), 1 if self.sampled else 0)
        scores = self.blend.scores(self.mixer.table)
        ours, theirs = (self._taken(scores, part) for part in self.rows)
        answers = self.blend.answer(ours)
        if member is None:
            _check_agrees(answers, _answer(predictor, self.mixer.table.take(own)))
        start = [one.mean(axis=-1 if piece.model is not None else 0, keepdims=True)
                 for piece, one in zip(self.blend.pieces, theirs, strict=True)]  # fmt: skip
        weights = self.blend.weights_of(ours, start, closes=not self.sampled)
        values = self._exact(weights, answers.shape[1])
        errors = np.zeros_like(values)
        base = self.blend.answer(start)[0]
        if used:
            found = sampled_values(
                self.mixer, lambda table, number: self._rest(table, weights, number), self.rows, pairs=used,
                seeds=sampling.seeds.child("permutations"), threads=sampling.threads,
            )  # fmt: skip
            base = self.blend.answer(theirs).mean(axis=0)
            gap = answers - base - values.sum(axis=1) - found.values.sum(axis=1)
            values, errors = values + found.closed(gap), found.errors
        return ShapValues(
            inputs=self.mixer.inputs, values=values, base=base, answers=answers, errors=errors, pairs=used,
            background=len(other),
            sampled=tuple(predictor.members[at if member is None else member].name for at in self.sampled),
        )  # fmt: skip

    def _taken(self, scores: Sequence[AnyArray], rows: Index) -> list[AnyArray]:
        """Of some rows; scores of exact pieces are (n_outputs, n), of others stored predictions."""
        return [
            one[:, rows] if piece.model is not None else one[rows]
            for piece, one in zip(self.blend.pieces, scores, strict=True)
        ]

    def _exact(self, weights: Sequence[Floats], k: int) -> Floats:
        """(n, d, k) of the exact pieces, each by its weight."""
        own, d = self.rows[0], len(self.mixer.inputs)
        out = np.zeros((len(own), d, k))
        for game, X, weight in zip(self.games, self.matrices, weights, strict=True):
            for at in range(0, len(own), TOGETHER):
                part = slice(at, at + TOGETHER)
                out[part] += np.einsum("kon,odn->ndk", weight[:, :, part], game.values(X[own[part]]))
        return out

    def _rest(self, table: Table, weights: Sequence[Floats], number: Index) -> Floats:
        """(n, k) the answer of mixed rows, less what the exact pieces account for. number: the row of each."""
        scores = self.blend.scores(table)
        left = self.blend.answer(scores)
        exact = [one for piece, one in zip(self.blend.pieces, scores, strict=True) if piece.model is not None]
        for weight, one in zip(weights, exact, strict=True):
            left = left - np.einsum("kon,on->nk", weight[:, :, number], one)
        return left


def _check_agrees(answers: Floats, predicted: Floats) -> None:
    """UsageError where the parts put together answer otherwise than the model does."""
    gap = float(np.abs(answers - predicted).max(initial=0.0))
    if gap > AGREES * max(1.0, float(np.abs(predicted).max(initial=0.0))):
        raise UsageError(
            f"This model's answers differ by {gap:.2g} when its rows are asked in other company, so a step of it reads "
            "other rows, and no column of one row accounts for its answer."
        )
