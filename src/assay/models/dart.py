"""Boosted trees with dropout (Vinayak and Gilad-Bachrach, 2015): each tree is fitted with some of the earlier ones left
out, so that late trees are no mere corrections of single rows.

Every round rescales earlier trees, so that fewer rounds are no prefix of more: their number is fixed beforehand.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from assay.core.array import Floats, JsonObject
from assay.core.contract import Cost, Ended, Facts, Fitted, FoldView, Limits, ModelTraits, Seeds, State, Table
from assay.core.errors import BundleError, UsageError
from assay.models import _boosting as boosting
from assay.models import register
from assay.models.composite import (
    CompositeFamily,
    FittedComposite,
    Settings,
    inner_model,
    inner_view,
    restored_end,
    restored_parts,
    times,
    without_clock,
)  # fmt: skip
from assay.models.flat_boosted import FlatBoosted
from assay.models.flat_lightgbm import read_lightgbm
from assay.models.lightgbm import LIBRARY, LightGBM, raw_scores
from assay.models.special_training import BoosterParams, SpecialTraining

TREES = "trees"
NEED_OF_DROPOUT = 20.0
"""Learning rate x rounds: some three times what usual boosting needs, as dropped trees shrink the others."""
LEAST_RATE = 0.1
MOST_ROUNDS = 300
"""Each round predicts by the trees it leaves out, so that time grows by the square of the rounds."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedDart(FittedComposite):
    """parts: the trees, all rounds of them."""

    family: ClassVar[str] = "dart"

    parts: Mapping[str, Fitted]
    ended: Ended

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        return self.parts[TREES].predict(table)

    def meta(self) -> JsonObject:
        return {}


@register("dart", also=("dropout_trees",))
@dataclass(frozen=True)
class Dart(CompositeFamily):
    """settings: of LightGBM; dropped: share of the earlier trees that each round leaves out."""

    entry: ClassVar[tuple[str, str]] = ("dart", "lightgbm with dropout of trees")
    traits: ClassVar[ModelTraits] = ModelTraits(libraries=("lightgbm",), called=("boosting with dropout",))

    settings: Settings = ()
    dropped: float = 0.1

    @property
    def learner(self) -> LightGBM:
        """With a rate at which MOST_ROUNDS are enough; UsageError where the settings are none of LightGBM's."""
        model = inner_model("lightgbm", self.settings)
        if not isinstance(model, LightGBM) or not 0 < self.dropped < 1:
            raise UsageError(f"LightGBM's trees alone are dropped, and a share of them, not {self.dropped:g}.")
        return replace(model, learning_rate=max(model.learning_rate, LEAST_RATE))

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FittedDart:
        """The scored rows stop nothing; past the deadline the model is of the rounds that were done."""
        learner = self.learner
        n_rounds = min(learner.max_rounds, MOST_ROUNDS, math.ceil(NEED_OF_DROPOUT / learner.learning_rate))
        inner = inner_view(view, view.table("train"), view.target("train"))
        params: BoosterParams = {"boosting": "dart", "drop_rate": self.dropped, "drop_seed": seeds.number}
        special = SpecialTraining(params=params, rounds=n_rounds)
        booster, stopping = learner.trained(
            inner, limits=without_clock(limits, rounds), seeds=seeds, rounds=None, special=special
        )
        trees = read_lightgbm(booster.model_to_string(num_iteration=-1), width=boosting.NATIVE_LEVELS + 2)
        fitted = FlatBoosted.of(LIBRARY, trees, partial(raw_scores, booster), inner, stopping)
        return FittedDart({TREES: fitted}, "deadline" if stopping.ended == "deadline" else "converged")

    def cost(self, facts: Facts) -> Cost:
        return times(self.learner.cost(facts), 3.0)

    @classmethod
    def restore(cls, state: State) -> FittedDart:
        """BundleError where there are no trees."""
        parts = restored_parts(state)
        if not isinstance(parts.get(TREES), FlatBoosted):
            raise BundleError("A dart state holds trees, and this one does not. Save it again.")
        return FittedDart(parts, restored_end(state))
