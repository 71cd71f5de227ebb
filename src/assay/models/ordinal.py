"""Ordered classes by cumulative questions (Frank and Hall, 2001): is it above the first, above the second, …?

Each question has two answers, so that the order of the classes, which a loss of several classes ignores, is used. A
number is learned in the same way, as ordered bins of which each has the mean of its rows: the mean over the bins'
chances is bounded, and no row of a heavy tail pulls it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index, JsonObject
from assay.core.contract import (
    Cost,
    Ended,
    Facts,
    Fitted,
    FoldView,
    Limits,
    ModelTraits,
    Seeds,
    State,
    Table,
    Target,
)  # fmt: skip
from assay.models import register
from assay.models._boosting import never_zero
from assay.models.composite import (
    CompositeFamily,
    FittedComposite,
    Settings,
    ended_of,
    fit_held,
    inner_model,
    inner_view,
    restored_end,
    restored_parts,
    times,
    whole_part,
    without_clock,
)  # fmt: skip
from assay.models.constant import best_constant

BINS = 8
"""Of a number, with equally many rows as far as equal values allow."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedOrdinal(FittedComposite):
    """parts: "j" says whether a row is above class (or bin) j. answers: (k,) of the bins of a number, empty for
    classes; n_rows: of training."""

    family: ClassVar[str] = "ordinal"

    parts: Mapping[str, Fitted]
    answers: Floats
    n_classes: int
    n_rows: int
    ended: Ended

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        above = np.column_stack([self.parts[str(j)].predict(table)[:, 1] for j in range(len(self.parts))])
        falling = np.minimum.accumulate(above, axis=1)
        ends = np.ones((table.n_rows, 1)), np.zeros((table.n_rows, 1))
        chances = -np.diff(np.concatenate([ends[0], falling, ends[1]], axis=1), axis=1)
        if self.n_classes:
            return never_zero(chances, self.n_rows)
        answer: Floats = (chances * self.answers).sum(axis=1)  # by row, so that no row depends on others
        return answer

    def meta(self) -> JsonObject:
        return {"n_classes": self.n_classes, "n_rows": self.n_rows}

    def arrays(self) -> Mapping[str, AnyArray]:
        return {"answers": self.answers}


@register("ordinal", also=("ordered", "cumulative"))
@dataclass(frozen=True)
class Ordinal(CompositeFamily):
    """base, settings: the family of each question and its parameters; classes are in the order of their codes."""

    entry: ClassVar[tuple[str, str]] = ("ordinal", "lightgbm, as ordered questions")
    traits: ClassVar[ModelTraits] = ModelTraits(called=("ordinal model",))

    base: str = "lightgbm"
    settings: Settings = ()

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FittedOrdinal:
        """TimeoutError where the deadline comes before the last question was asked."""
        limits, table, target = without_clock(limits, rounds), view.table("train"), view.target("train")
        place, k = (np.asarray(target.values), target.n_classes) if target.is_class else _bins(target)
        model = inner_model(self.base, self.settings, without=("objective",))
        parts: dict[str, Fitted] = {}
        for j in range(k - 1):
            if j and limits.deadline.is_over:
                raise TimeoutError(f"Time was over after {j} of {k - 1} questions of an ordinal model.")
            question = inner_view(view, table, replace(target, values=(place > j).astype(np.int32), n_classes=2))
            parts[str(j)] = fit_held(model, question, limits=limits, seeds=seeds.child("above", j)).fitted
        answers = np.zeros(0) if target.is_class else _answers(target, place, k, view)
        return FittedOrdinal(parts, answers, target.n_classes, len(target), ended_of(limits))

    def cost(self, facts: Facts) -> Cost:
        return times(inner_model(self.base, self.settings).cost(facts), 1.8 * ((facts.n_classes or BINS) - 1))

    @classmethod
    def restore(cls, state: State) -> FittedOrdinal:
        """ValueError unless there is a question between any two classes or bins."""
        parts, n_classes = restored_parts(state), whole_part(state, "n_classes")
        answers, n_rows = np.asarray(state.arrays["answers"], dtype=np.float64), whole_part(state, "n_rows")
        k = n_classes or len(answers)
        if set(parts) != {str(j) for j in range(k - 1)} or n_rows < 1 or answers.ndim != 1:
            raise ValueError(f"an ordinal model of {k} classes or bins has other questions than these")
        return FittedOrdinal(parts, answers, n_classes, n_rows, restored_end(state))


def _bins(target: Target) -> tuple[Index, int]:
    """(n,) bin of each row, and how many there are, two at least."""
    values = np.asarray(target.values, dtype=np.float64)
    edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1], method="lower"))
    edges = edges[edges < values.max()] if len(values) else edges
    if not len(edges):
        return np.zeros(len(values), dtype=np.int64), 2
    return np.searchsorted(edges, values, side="left").astype(np.int64), len(edges) + 1


def _answers(target: Target, place: Index, k: int, view: FoldView) -> Floats:
    """(k,) best constant of each bin; that of all rows for a bin without any."""
    whole = best_constant(target, view.loss, view.quantile)[0]
    rows = [np.flatnonzero(place == j) for j in range(k)]
    return np.array(
        [best_constant(target.take(own), view.loss, view.quantile)[0] if len(own) else whole for own in rows]
    )
