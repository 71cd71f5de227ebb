"""A model for each segment of rows, drawn towards the model of all rows as far as held-out rows ask for it.

Where the law differs between segments, a model of its own need not spend splits on telling them apart; where it does
not, its weight is 0. Partial pooling (Gelman and Hill, 2007), with the share learned instead of assumed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index, JsonObject
from assay.core.contract import Cost, Ended, Facts, Fitted, FoldView, Limits, ModelTraits, Seeds, State, Table
from assay.core.errors import BundleError, UsageError
from assay.core.inner_folds import InnerSplit
from assay.models import register
from assay.models.composite import (
    CompositeFamily,
    FittedComposite,
    InnerView,
    Settings,
    ended_of,
    fit_held,
    held_part,
    inner_model,
    inner_view,
    restored_end,
    restored_parts,
    times,
    trained_losses,
    without_clock,
)  # fmt: skip
from assay.models.row_segments import RowSegments, found_segments, positions

WEIGHTS = (0.25, 0.5, 0.75, 1.0)
"""Shares of a segment's own model that are tried; the smaller one on a tie."""
CLEAR = 1.5
"""Standard errors that are taken off what a share saves: it must save more, or the model of all rows answers."""
ALL = "all"


@dataclass(frozen=True, slots=True, eq=False)
class FittedSegmented(FittedComposite):
    """parts: "all", and the number of each segment with a weight. weights: (segments,) shares of their own models."""

    family: ClassVar[str] = "segmented"

    parts: Mapping[str, Fitted]
    segments: RowSegments | None
    weights: Floats
    ended: Ended

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        out = np.array(self.parts[ALL].predict(table))
        if self.segments is None or not table.n_rows:
            return out
        for number, rows in enumerate(positions(self.segments, table)):
            if self.weights[number] and len(rows):
                own = self.parts[str(number)].predict(table.take(rows))
                out[rows] += self.weights[number] * (own - out[rows])
        return out

    def meta(self) -> JsonObject:
        return {"segments": None if self.segments is None else self.segments.as_json()}

    def arrays(self) -> Mapping[str, AnyArray]:
        return {"weights": self.weights}


@register("segmented", also=("segments", "per_group"))
@dataclass(frozen=True)
class Segmented(CompositeFamily):
    """base, settings: the family of all models and its parameters; column: whose levels, or halves, are the segments;
    "" for the one along which the law differs most."""

    entry: ClassVar[tuple[str, str]] = ("segmented", "lightgbm with a model for each segment")
    traits: ClassVar[ModelTraits] = ModelTraits(called=("segment model",))

    base: str = "lightgbm"
    settings: Settings = ()
    column: str = ""

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FittedSegmented:
        """UsageError where the column that was named is none of the model's or makes no segments. Past the deadline
        segments without a model answer as all rows."""
        limits, table, target = without_clock(limits, rounds), view.table("train"), view.target("train")
        if self.column and self.column not in (*table.numeric_names, *table.code_names):
            raise UsageError(f"There is no column {self.column!r} to make segments of, after the recipe's steps.")
        model, inner = inner_model(self.base, self.settings), inner_view(view, table, target)
        everything = np.arange(len(target))
        split = held_part(target, seeds.child("folds")) or InnerSplit(everything, everything[:0])
        whole = fit_held(model, inner, limits=limits, seeds=seeds.child(ALL), part=split)
        parts: dict[str, Fitted] = {ALL: whole.fitted}
        # not on the rows that the segments are judged on
        searched = everything if self.column else split.train
        found = found_segments(table.take(searched), target.take(searched), column=self.column, seeds=seeds)
        if self.column and found is None:
            raise UsageError(
                f"The column {self.column!r} makes no segments: too many levels, or too few rows in all but one."
            )
        weights = np.zeros(0 if found is None else len(found))
        answer = np.zeros((len(target), *whole.answer.shape[1:]))
        answer[whole.held] = whole.answer
        for number, rows in enumerate([] if found is None or not len(split.held) else positions(found, table)):
            if limits.deadline.is_over:
                break
            own = inner_view(view, table.take(rows), target.take(rows))
            mine = split.within(rows)
            if not len(mine.train) or not len(mine.held):
                continue
            one = fit_held(model, own, limits=limits, seeds=seeds.child("segment", number), part=mine)
            weights[number] = _weight(one.answer, answer[rows[mine.held]], own, mine.held)
            if weights[number]:
                parts[str(number)] = one.fitted
        return FittedSegmented(parts, found, weights, ended_of(limits))

    def cost(self, facts: Facts) -> Cost:
        return times(inner_model(self.base, self.settings).cost(facts), 4.0)

    @classmethod
    def restore(cls, state: State) -> FittedSegmented:
        """BundleError or ValueError unless each segment with a weight has a model."""
        parts, weights = restored_parts(state), np.asarray(state.arrays["weights"], dtype=np.float64)
        found = None if state.meta.get("segments") is None else RowSegments.restore(state)
        needed = {ALL, *(str(number) for number in np.flatnonzero(weights))}
        if weights.ndim != 1 or len(weights) != (0 if found is None else len(found)) or not needed <= set(parts):
            raise BundleError("A segmented state lacks the model of a segment. Save it again.")
        if ((weights < 0) | (weights > 1)).any():
            raise ValueError("the weights of segments are shares")
        return FittedSegmented(parts, found, weights, restored_end(state))


def _weight(own: Floats, whole: Floats, view: InnerView, held: Index) -> float:
    """The share of the segment's own model that saves most on held-out rows; 0 where what it saves is not clear."""
    target = view.values.take(held)
    size = np.ones(len(held)) if target.weight is None else target.weight / target.weight.mean()
    before = trained_losses(whole, target, view.loss, view.quantile)
    best, saved = 0.0, 0.0
    for w in WEIGHTS:
        gains = size * (before - trained_losses(whole + w * (own - whole), target, view.loss, view.quantile))
        clear = float(gains.mean()) - CLEAR * float(gains.std()) / np.sqrt(len(held))
        best, saved = (w, clear) if clear > saved else (best, saved)
    return best
