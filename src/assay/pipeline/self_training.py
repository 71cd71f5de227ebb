"""Pseudo-labels: rows without a target teach by what two different learners say of them (Blum and Mitchell, 1998).

Within the training rows of a fold, without each part of them in turn: the model is fitted, and the targets are spread
over near rows, with and without one. Where the mean of both knows the parts better than the model alone, the rows
without a target of which it is as sure as it was of reliable rows are kept, at less weight, and the model is fitted
once more on all. A model's own predictions teach it nothing new: on generated clusters they cost boosters and linear
models up to 0.1 of log loss, and 0.04 of AUC.

Nothing that is compared on a part knows the part: steps that look at the target are fitted without it, and a booster
that it stopped answers by the rounds of the other parts. Held-out rows of the fold stop the last fit alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.core.contract import Fitted, FoldView, Limits, Model, Seeds, Table, Target
from assay.core.row_ties import RowTies
from assay.pipeline.given_view import GivenView
from assay.pipeline.joined_rows import joined
from assay.pipeline.label_spreading import NeighbourGraph, points_of

MOST_ROWS = 3_000
"""Training rows up to which all parts are left out in turn, above it only the first: with 60 to 90 rows a single part
knew too little of what is reliable to keep anything."""
MOST_FRESH = 10_000
"""Rows without a target among which targets are spread; of more, so many are drawn."""
FEWEST_SURE = 10
"""Rows of the parts, below which nothing is known of a class."""
BETTER = 0.5
"""Most errors of rows that are reliable, relative to those of all rows predicted so."""
SHARES = (0.5, 1.0)
"""Shares of the spread targets in what both say, of which the better is taken."""
KNOWS_MORE, MUCH_MORE = 0.95, 0.8
"""Loss of both on the parts relative to that of the model alone, from which the rows without a target teach; the
second of numbers."""


def fits_before(n_rows: int) -> int:
    """Fits of a model before the one with rows without a target, each on most of the training rows, of which a fold of
    a table of so many rows has less."""
    return 5 if n_rows <= MOST_ROWS else 1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Guessed:
    """rows: positions of rows without a target that are kept; values: what they are taken to be, as trained."""

    rows: Index
    values: Floats | Index


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CrossFit:
    """Predictions by fits without a part. truth: (m,) of the rows of the parts; said: (m,) or (m, k) of them, each by
    the fit without it; guesses: (n,) or (n, k) of the rows without a target, the mean of all fits."""

    truth: Target
    said: Floats
    guesses: Floats

    @property
    def loss(self) -> float:
        """Mean log loss, or squared error, of what was said."""
        values = self.truth.values
        if not self.truth.is_class:
            return float(np.average((self.said - values) ** 2, weights=self.truth.weight))
        own = np.clip(self.said[np.arange(len(values)), values], 1e-6, 1.0)
        return float(np.average(-np.log(own), weights=self.truth.weight))

    def with_share(self, other: "CrossFit", share: float) -> "CrossFit":
        """The mean of both, with this share of the other."""
        return replace(
            self, said=(1.0 - share) * self.said + share * other.said,
            guesses=(1.0 - share) * self.guesses + share * other.guesses,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FreshRows:
    """Rows without a target that may teach. table: encoded; share: weight of all of them relative to all training rows,
    and of one relative to one at most; inner: (n_train,) inner fold numbers, by which parts are left out; left_out: of
    the positions of a part, what is fitted without it, None where no step looks at the target."""

    table: Table
    share: float
    inner: Index
    left_out: "Callable[[Index], LeftOut] | None" = None

    def without(self, view: FoldView, held: Index, kept: Index) -> "LeftOut":
        """What is fitted without a part of the view's training rows. kept: the rows without a target that are asked."""
        if self.left_out is not None:
            found = self.left_out(held)
            return replace(found, fresh=found.fresh.take(kept))
        table, target = view.table("train"), view.target("train")
        rest = np.setdiff1d(np.arange(len(target)), held)
        part = GivenView(view, (table.take(rest), target.take(rest)), (table.take(held), target.take(held)))
        return LeftOut(view=part, fresh=self.table.take(kept))


def _as_it_is(values: Floats) -> Floats:
    return values


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LeftOut:
    """A part of the training rows left out. view: its training rows are the others, its test rows the part, encoded
    without it; fresh: rows without a target, encoded alike; scale: from the scale trained there to that of all."""

    view: FoldView
    fresh: Table
    scale: Callable[[Floats], Floats] = _as_it_is


def with_pseudo_labels(view: FoldView, rows: FreshRows, model: Model, *, limits: Limits, seeds: Seeds) -> FoldView:
    """The view with the reliable ones among its training rows; itself where none is reliable.

    TimeoutError where a fit met its deadline, as it could not be repeated.
    """
    inner = rows.inner
    parts = [np.flatnonzero(inner == part) for part in np.unique(inner)[: None if len(inner) <= MOST_ROWS else 1]]
    smallest = min(map(len, parts), default=0)
    if smallest < 2 or smallest == len(inner) or view.loss == "quantile":
        return view  # the middle of two quantiles is none
    asked = np.arange(rows.table.n_rows)
    if len(asked) > MOST_FRESH:
        asked = np.sort(seeds.child("fresh").rng().permutation(len(asked))[:MOST_FRESH])
    fresh, truth = rows.table.take(asked), view.target("train").take(np.concatenate(parts))
    left = [rows.without(view, held, asked) for held in parts]
    answers = _spread(view, fresh, parts) if rows.left_out is None else _spread_apart(left)
    if answers is None:
        return view
    spread = CrossFit(truth=truth, said=answers[0], guesses=answers[1])
    said, guesses = _cross_fit(left, model, limits=limits, seeds=seeds)
    own = CrossFit(truth=truth, said=said, guesses=guesses)
    both = min((own.with_share(spread, one) for one in SHARES), key=lambda found: found.loss)
    if both.loss > KNOWS_MORE * own.loss:
        return view
    kept = sure(both) if both.truth.is_class else agreed(both, own, spread)
    return view if not len(kept.rows) else _extended(view, fresh.take(kept.rows), kept, rows.share)


def _spread(view: FoldView, fresh: Table, parts: Sequence[Index]) -> tuple[Floats, Floats] | None:
    """What label spreading says of the parts, and of the rows without a target; None where the table has no columns
    that make rows near."""
    points, target = points_of(joined(view.table("train"), fresh)), view.target("train")
    if not points.shape[1] or not fresh.n_rows:
        return None
    near, said, guesses = NeighbourGraph.of(points), [], []
    for held in parts:
        rest = np.setdiff1d(np.arange(len(target)), held)
        answer = near.answers(target.take(rest), rest)
        said.append(answer[held])
        guesses.append(answer[len(target) :])
    return np.concatenate(said), np.asarray(np.mean(guesses, axis=0))


def _spread_apart(left: Sequence[LeftOut]) -> tuple[Floats, Floats] | None:
    """The same where rows lie elsewhere without each part."""
    said, guesses = [], []
    for one in left:
        taught, held = one.view.table("train"), one.view.table("test")
        points, n, m = points_of(joined(joined(taught, held), one.fresh)), taught.n_rows, held.n_rows
        if not points.shape[1] or not one.fresh.n_rows:
            return None
        answer = one.scale(NeighbourGraph.of(points).answers(one.view.target("train"), np.arange(n)))
        said.append(answer[n : n + m])
        guesses.append(answer[n + m :])
    return np.concatenate(said), np.asarray(np.mean(guesses, axis=0))


def _cross_fit(left: Sequence[LeftOut], model: Model, *, limits: Limits, seeds: Seeds) -> tuple[Floats, Floats]:
    """What the model says of both."""
    fits = list[Fitted]()
    for number, one in enumerate(left):
        fits.append(model.fit(one.view, limits=limits, seeds=seeds.child(number)))
        if fits[-1].ended == "deadline":
            raise TimeoutError("A fit that labels rows without a target met its time limit.")
    said, guesses = [], []
    for number, (fitted, one) in enumerate(zip(fits, left, strict=True)):
        rounds = _rounds_of_others(fits, number)
        said.append(one.scale(fitted.predict(one.view.table("test"), rounds=rounds)))
        guesses.append(one.scale(fitted.predict(one.fresh, rounds=rounds)))
    return np.concatenate(said), np.asarray(np.mean(guesses, axis=0))


def _rounds_of_others(fits: Sequence[Fitted], number: int) -> int | None:
    """The mean rounds of the fits that other parts stopped, as far as this one went; its own where there is no other,
    None where there are no rounds."""
    own, others = fits[number], [fitted.rounds for k, fitted in enumerate(fits) if k != number]
    known = [rounds for rounds in others if rounds is not None]
    if own.rounds is None or not known:
        return own.rounds
    return min(max(1, round(float(np.mean(known)))), own.rounds_done or own.rounds)


def _extended(view: FoldView, fresh: Table, found: Guessed, share: float) -> FoldView:
    table, target = view.table("train"), view.target("train")
    own = np.ones(len(target)) if target.weight is None else target.weight
    each = share * float(own.mean()) * min(1.0, len(target) / len(found.rows))
    values = np.concatenate([target.values, found.values.astype(target.values.dtype)])
    weight = np.concatenate([own, np.full(len(found.rows), each)])
    ties = (target.ties or RowTies()).with_guesses(len(target), len(found.rows))
    return GivenView(
        view, (joined(table, fresh), replace(target, values=values, weight=weight, ties=ties)),
        (view.table("test"), view.target("test")),
    )  # fmt: skip


def sure(found: CrossFit) -> Guessed:
    """Rows whose likeliest class is as likely as it was where the model was right.

    For each predicted class the lowest probability from which the rows of the parts have at most half of the errors of
    all that were predicted so. Classes keep the proportions that are predicted of all rows, the surest rows first;
    nothing is kept where one of them would have no row: the others alone would only pull towards themselves.
    """
    guesses, n_classes = found.guesses, found.truth.n_classes
    label, top = guesses.argmax(axis=1), guesses.max(axis=1)
    least = np.array([_least_sure(found.said, found.truth.values, one) for one in range(n_classes)])
    reliable = np.flatnonzero(top >= least[label])
    share = guesses.mean(axis=0)
    counts = np.bincount(label[reliable], minlength=n_classes)
    there = np.flatnonzero(np.bincount(label, minlength=n_classes))
    scale = float((counts[there] / share[there]).min()) if len(there) else 0.0
    kept = [
        mine[np.argsort(-top[mine], kind="stable")][: round(scale * float(share[one]))]
        for one in there.tolist() for mine in [reliable[label[reliable] == one]]
    ]  # fmt: skip
    rows = np.sort(np.concatenate(kept)) if kept else np.zeros(0, dtype=np.int64)
    return Guessed(rows=rows, values=label[rows])


def _least_sure(said: Floats, truth: Index, label: int) -> float:
    mine = np.flatnonzero(said.argmax(axis=1) == label)
    if len(mine) < FEWEST_SURE:
        return np.inf
    order = mine[np.argsort(-said[mine, label], kind="stable")]
    wrong: Bools = truth[order] != label
    errors = np.cumsum(wrong) / np.arange(1, len(order) + 1)
    fine = np.flatnonzero(errors[FEWEST_SURE - 1 :] <= BETTER * errors[-1])
    return float(said[order[fine[-1] + FEWEST_SURE - 1], label]) if len(fine) else np.inf


def agreed(both: CrossFit, own: CrossFit, spread: CrossFit) -> Guessed:
    """Rows of which the model and the spread targets differ by no more than they do for nine in ten rows of the parts;
    taken to be what both say. None unless both know much more than the model alone, as no row says how sure it is.
    """
    if both.loss > MUCH_MORE * own.loss:
        return Guessed(rows=np.zeros(0, dtype=np.int64), values=np.zeros(0))
    usual = float(np.quantile(np.abs(own.said - spread.said), 0.9))
    rows = np.flatnonzero(np.abs(own.guesses - spread.guesses) <= usual)
    return Guessed(rows=rows, values=both.guesses[rows])
