"""A linear trend, and boosted trees on what it leaves: trees bend a trend, but cannot extend it beyond the rows.

The trees start from the trend's scores of rows that it did not learn, so that what it leaves is honest (regression with
ARIMA errors and boosting "from a margin" do the same); classes are added up on the log-odds scale.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, JsonObject
from assay.core.contract import Cost, Ended, Facts, Fitted, FoldView, Limits, ModelTraits, Seeds, State, Table
from assay.core.errors import BundleError, UsageError
from assay.core.inner_folds import inner_folds
from assay.models import _boosting as boosting
from assay.models import register
from assay.models.composite import (
    FEWEST_ROWS,
    HELD_PARTS,
    CompositeFamily,
    FittedComposite,
    InnerView,
    Settings,
    cut,
    ended_of,
    inner_model,
    inner_view,
    out_of_fold,
    restored_end,
    restored_parts,
    times,
    without_clock,
)  # fmt: skip
from assay.models.flat_boosted import FlatBoosted
from assay.models.flat_lightgbm import read_lightgbm
from assay.models.lightgbm import LIBRARY, LightGBM, raw_scores
from assay.models.plain_numbers import PlainNumbers
from assay.models.special_training import SpecialTraining

LEAST_CHANCE = 1e-3
"""Of a trend's probabilities, before their logarithm."""
TREND, TREES = "trend", "trees"


@dataclass(frozen=True, slots=True, eq=False)
class FittedResidual(FittedComposite):
    """parts: the trend, on `numbers`, and the trees that are added to it."""

    family: ClassVar[str] = "residual"

    parts: Mapping[str, Fitted]
    numbers: PlainNumbers
    trees: FlatBoosted
    ended: Ended

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        trend = self.parts[TREND].predict(self.numbers.table(table))
        if not table.n_rows:
            return trend
        start = scores_of(trend).reshape(table.n_rows, -1)
        return self.trees.finish(self.trees.sums(boosting.matrix(table)) + start.T)

    def meta(self) -> JsonObject:
        return {}

    def arrays(self) -> Mapping[str, AnyArray]:
        return self.numbers.arrays()


def scores_of(trend: Floats) -> Floats:
    """The scale that trees add to: values, (n,) log odds of the second of two classes, (n, k) logarithms."""
    if trend.ndim == 1:
        return trend
    chances = np.maximum(trend, LEAST_CHANCE)
    scores: Floats = np.log(chances / chances.sum(axis=1, keepdims=True))
    return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores


@register("residual")
@dataclass(frozen=True)
class Residual(CompositeFamily):
    """settings: of the LightGBM that learns what the linear trend leaves."""

    entry: ClassVar[tuple[str, str]] = ("residual", "lightgbm on what a linear trend leaves")
    traits: ClassVar[ModelTraits] = ModelTraits(libraries=("lightgbm",), called=("residual model",))

    settings: Settings = ()

    @property
    def learner(self) -> LightGBM:
        """UsageError where the settings are none of LightGBM's."""
        model = inner_model("lightgbm", self.settings, without=("objective",))
        if not isinstance(model, LightGBM):
            raise UsageError("What a trend leaves is learned by LightGBM alone.")
        return model

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FittedResidual:
        limits, table, target = without_clock(limits, rounds), view.table("train"), view.target("train")
        numbers = PlainNumbers.of(table)
        linear = inner_model("linear", ())
        trend_view = inner_view(view, numbers.table(table), target)
        trend, predicted, fitted = out_of_fold(linear, trend_view, limits=limits, seeds=seeds.child(TREND))
        if len(predicted) < len(target):  # of rows in order the oldest have no trend that did not learn them
            table, target = table.take(predicted), target.take(predicted)
        inner = inner_view(view, table, target)
        trees = self._trees(inner, scores_of(trend[predicted]), limits=limits, seeds=seeds.child(TREES))
        return FittedResidual({TREND: fitted, TREES: trees}, numbers, trees, ended_of(limits))

    def _trees(self, view: InnerView, start: Floats, *, limits: Limits, seeds: Seeds) -> FlatBoosted:
        """Stopped by a part of the rows, then trained on all for as many rounds; past the deadline the first alone."""
        n = len(view.values)
        rows, none = np.arange(n), view.test_rows
        part = inner_folds(view.values, HELD_PARTS, seeds.child("held")).first() if n >= FEWEST_ROWS else None
        if part is None:
            return self._boosted(view.split(rows, none), start, limits=limits, seeds=seeds)
        first = self._boosted(view.split(part.train, part.held), start, limits=limits, seeds=seeds)
        if limits.deadline.is_over:
            return first
        return self._boosted(view.split(rows, none), start, limits=limits, seeds=seeds, rounds=first.rounds)

    def _boosted(
        self, view: InnerView, start: Floats, *, limits: Limits, seeds: Seeds, rounds: int | None = None
    ) -> FlatBoosted:
        special = SpecialTraining(start=(start[view.train_rows], start[view.test_rows]))
        booster, stopping = self.learner.trained(view, limits=limits, seeds=seeds, rounds=rounds, special=special)
        trees = read_lightgbm(booster.model_to_string(num_iteration=-1), width=boosting.NATIVE_LEVELS + 2)
        fitted: Any = cut(FlatBoosted.of(LIBRARY, trees, partial(raw_scores, booster), view, stopping))
        return fitted  # type: ignore[no-any-return]  # cut gives what it was given

    def cost(self, facts: Facts) -> Cost:
        return times(self.learner.cost(facts), 2.2)

    @classmethod
    def restore(cls, state: State) -> FittedResidual:
        """BundleError or ValueError where the trend or the trees are missing or none."""
        parts = restored_parts(state)
        trees = parts.get(TREES)
        if TREND not in parts or not isinstance(trees, FlatBoosted):
            raise BundleError("A residual state holds a trend and trees, and this one does not. Save it again.")
        return FittedResidual(parts, PlainNumbers.restore(state.arrays), trees, restored_end(state))
