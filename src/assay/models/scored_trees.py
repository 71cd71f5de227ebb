"""Boosted trees by a loss whose scores are no probabilities: of pairs, for ranks, or focal, for a rare class.

pairwise: log loss of the difference of the scores of a row of the class and a row of the others (Burges et al., 2005;
RankNet), a smooth bound of 1 - AUC, so that only the order of the rows is learned. focal: log loss in which rows that
are already right weigh little (Lin et al., 2017). Rows of the training part that trees did not learn say when to stop,
and which sigmoid makes probabilities of the scores (Platt, 1999). Several classes: one against the rest each.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

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
from assay.core.errors import UsageError
from assay.core.inner_folds import inner_folds
from assay.models import _boosting as boosting
from assay.models import register
from assay.models._boosting import never_zero
from assay.models.composite import (
    FEWEST_ROWS,
    HELD_PARTS,
    CompositeFamily,
    FittedComposite,
    InnerView,
    Settings,
    ended_of,
    inner_model,
    inner_view,
    restored_end,
    restored_parts,
    times,
    whole_part,
    without_clock,
)  # fmt: skip
from assay.models.flat_boosted import FlatBoosted
from assay.models.flat_lightgbm import read_lightgbm
from assay.models.lightgbm import LIBRARY, LightGBM, raw_scores
from assay.models.matrix import sigmoid
from assay.models.platt import platt
from assay.models.special_training import BoosterParams, SpecialTraining

if TYPE_CHECKING:
    import lightgbm

ScoredLoss = Literal["pairwise", "focal"]
Gradient = Callable[[Floats, "lightgbm.Dataset"], tuple[Floats, Floats]]
PARTNERS = 64
"""Rows of the other side that each row is compared with, the same in all rounds."""
FOCUS = 2.0
"""Gamma of the focal loss, as its authors use it."""
STOPPED_BY: Mapping[str, BoosterParams] = {"pairwise": {"metric": "auc"}, "focal": {"metric": "average_precision"}}
LEAST_CURVATURE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class FittedScoredTrees(FittedComposite):
    """parts: "j" scores class j (two classes: the second alone). sigmoids: (parts, 2) slopes and offsets; n_rows: of
    training."""

    family: ClassVar[str] = "scored_trees"

    parts: Mapping[str, Fitted]
    sigmoids: Floats
    n_classes: int
    n_rows: int
    ended: Ended

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        scores = np.column_stack([self.parts[str(j)].predict(table) for j in range(len(self.parts))])
        chances = sigmoid(scores * self.sigmoids[:, 0] + self.sigmoids[:, 1])
        return never_zero(chances[:, 0] if self.n_classes == 2 else chances + 1e-12, self.n_rows)

    def meta(self) -> JsonObject:
        return {"n_classes": self.n_classes, "n_rows": self.n_rows}

    def arrays(self) -> Mapping[str, AnyArray]:
        return {"sigmoids": self.sigmoids}


@register("scored_trees", also=("ranker", "lambdarank", "focal"))
@dataclass(frozen=True)
class ScoredTrees(CompositeFamily):
    """settings: of LightGBM; loss: "pairwise" or "focal"."""

    entry: ClassVar[tuple[str, str]] = ("scored_trees", "lightgbm by a loss of pairs")
    traits: ClassVar[ModelTraits] = ModelTraits(
        only_classes=True, libraries=("lightgbm",), called=("ranking model",)
    )  # fmt: skip

    settings: Settings = ()
    loss: ScoredLoss = "pairwise"

    @property
    def learner(self) -> LightGBM:
        """UsageError where the settings are none of LightGBM's."""
        model = inner_model("lightgbm", self.settings, without=("objective", "max_step"))
        if not isinstance(model, LightGBM):
            raise UsageError("Scores of this kind are learned by LightGBM alone.")
        return model

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FittedScoredTrees:
        """UsageError for numbers; TimeoutError where the deadline comes before the last class was scored."""
        if not view.problem.is_class:
            raise UsageError("The model 'scored_trees' learns classes, and the target is a number.")
        if self.loss not in get_args(ScoredLoss):
            raise UsageError(f"Scores are learned by {' or '.join(get_args(ScoredLoss))}, not by {self.loss!r}.")
        limits, table, target = without_clock(limits, rounds), view.table("train"), view.target("train")
        parts: dict[str, Fitted] = {}
        sigmoids = []
        for j in range(target.n_classes) if target.n_classes > 2 else (1,):
            if parts and limits.deadline.is_over:
                raise TimeoutError(f"Time was over after {len(parts)} of {target.n_classes} classes were scored.")
            of_class = replace(target, values=(target.values == j).astype(np.float64), n_classes=0)
            inner = inner_view(view, table, of_class)
            parts[str(len(parts))], own = self._scored(inner, limits=limits, seeds=seeds.child("class", j))
            sigmoids.append(own)
        return FittedScoredTrees(parts, np.array(sigmoids), target.n_classes, len(target), ended_of(limits))

    def _scored(self, view: InnerView, *, limits: Limits, seeds: Seeds) -> tuple[FlatBoosted, Floats]:
        """The trees of one class on all rows, and the sigmoid of rows that an earlier fit did not learn."""
        n, none = len(view.values), view.test_rows
        classes = replace(view.values, values=view.values.values.astype(np.int32), n_classes=2)
        part = inner_folds(classes, HELD_PARTS, seeds.child("held")).first() if n >= FEWEST_ROWS else None
        if part is None:
            fitted = self._boosted(view.split(np.arange(n), none), limits=limits, seeds=seeds)
            return fitted, _sigmoid(fitted.predict(view.rows), view.values)
        first = self._boosted(view.split(part.train, part.held), limits=limits, seeds=seeds)
        own = _sigmoid(first.predict(view.rows.take(part.held)), view.values.take(part.held))
        if limits.deadline.is_over:
            return first, own
        return self._boosted(view.split(np.arange(n), none), limits=limits, seeds=seeds, rounds=first.rounds), own

    def _boosted(self, view: InnerView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FlatBoosted:
        y = np.asarray(view.target("train").values) > 0
        gradient = _focal if self.loss == "focal" else _pairs(y, seeds)
        special = SpecialTraining(params=STOPPED_BY[self.loss], gradient=gradient)
        booster, stopping = self.learner.trained(view, limits=limits, seeds=seeds, rounds=rounds, special=special)
        trees = read_lightgbm(booster.model_to_string(num_iteration=-1), width=boosting.NATIVE_LEVELS + 2)
        found = FlatBoosted.of(LIBRARY, trees, partial(raw_scores, booster), view, stopping)
        return found.first(found.rounds)

    def cost(self, facts: Facts) -> Cost:
        pairs = 4e-9 * PARTNERS * facts.n_rows * 100 * facts.n_outputs
        found = times(self.learner.cost(facts), 2.0)
        return Cost(setup_seconds=found.seconds + 2 * pairs, bytes=found.bytes + 24 * PARTNERS * facts.n_rows)

    @classmethod
    def restore(cls, state: State) -> FittedScoredTrees:
        """ValueError unless every class has its scores and their sigmoid."""
        parts, n_classes = restored_parts(state), whole_part(state, "n_classes")
        sigmoids, n_rows = np.asarray(state.arrays["sigmoids"], dtype=np.float64), whole_part(state, "n_rows")
        k = 1 if n_classes == 2 else n_classes
        if set(parts) != {str(j) for j in range(k)} or sigmoids.shape != (k, 2) or n_rows < 1 or n_classes < 2:
            raise ValueError(f"scored trees of {n_classes} classes have other scores or sigmoids than these")
        return FittedScoredTrees(parts, sigmoids, n_classes, n_rows, restored_end(state))


def _sigmoid(scores: Floats, target: Target) -> Floats:
    """(slope, offset); the share of the class where all rows have one score."""
    weight = np.ones(len(target)) if target.weight is None else target.weight
    return platt(scores, np.asarray(target.values) > 0, weight)


def _pairs(y: AnyArray, seeds: Seeds) -> Gradient:
    """Derivatives of the mean log loss of pairs. y: (n,) whether a row is of the class."""
    yes, no = np.flatnonzero(y), np.flatnonzero(~y)
    rng = seeds.child("pairs").rng()
    if not len(yes) or not len(no):
        return lambda scores, data: (np.zeros(len(scores)), np.full(len(scores), LEAST_CURVATURE))
    upper = np.concatenate([np.repeat(yes, PARTNERS), rng.choice(yes, PARTNERS * len(no))])
    lower = np.concatenate([rng.choice(no, PARTNERS * len(yes)), np.repeat(no, PARTNERS)])

    def derivatives(scores: Floats, data: "lightgbm.Dataset") -> tuple[Floats, Floats]:
        weight = data.get_weight()
        size = np.ones(len(upper)) if weight is None else np.asarray(weight)[upper] * np.asarray(weight)[lower]
        wrong = sigmoid(scores[lower] - scores[upper])
        return _of_rows(size * wrong, size * wrong * (1.0 - wrong), (upper, lower), len(scores))

    return derivatives


def _of_rows(slope: Floats, curvature: Floats, pairs: tuple[Index, Index], n: int) -> tuple[Floats, Floats]:
    """Derivatives of pairs, (m,), as those of their rows, of a size as in log loss."""
    upper, lower = pairs
    gradient = np.bincount(lower, slope, minlength=n) - np.bincount(upper, slope, minlength=n)
    summed = np.bincount(lower, curvature, minlength=n) + np.bincount(upper, curvature, minlength=n)
    return gradient / PARTNERS, np.maximum(summed / PARTNERS, LEAST_CURVATURE)


def _focal(scores: Floats, data: "lightgbm.Dataset") -> tuple[Floats, Floats]:
    """Derivatives of -(1 - q)^FOCUS log q, q being the chance of what is true; the second one is kept positive."""
    sign = np.where(np.asarray(data.get_label()) > 0, 1.0, -1.0)
    q = np.clip(sigmoid(sign * scores), 1e-9, 1.0 - 1e-9)
    p = 1.0 - q
    gradient = -sign * p**FOCUS * (p - FOCUS * q * np.log(q))
    inner = p * (1.0 + 2.0 * FOCUS) + FOCUS * np.log(q) * (p - FOCUS * q)
    curvature = q * p**FOCUS * np.maximum(inner, 0.0)
    weight = data.get_weight()
    size = 1.0 if weight is None else np.asarray(weight)
    return gradient * size, np.maximum(curvature * size, LEAST_CURVATURE)
