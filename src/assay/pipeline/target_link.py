"""The link between the target's scale and a model's: transform, bounds, mean correction, class weights.

All of it is learned on training rows, except the mean correction, which needs rows the model did not learn: each fold's
held-out rows, whose own predictions use the correction of the other folds; in order of time of the earlier folds, none
in the first.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.codec import from_json, to_json
from assay.core.contract import Recipe, State, Target
from assay.core.task import Task
from assay.pipeline.row_weights import BALANCED, parsed
from assay.pipeline.target_transforms import Parameters, TransformCurve, curve_of, transform_kind

STATE = "target"
"""Name of the State of a link, beside those of steps and models."""
HALVINGS = 100
"""Bisection steps for a shift; from 1e16 on the interval is below rounding."""
LARGEST = float(np.finfo(np.float64).max)
LOG_METRICS = frozenset({"rmsle"})
"""Metrics on logarithms, whose squared loss needs no correct mean on the user's scale."""


@dataclass(frozen=True, kw_only=True)
class TargetLink:
    """The fitted target link of one recipe, stored as JSON.

    low, high: bounds of model scores before the inverse, so that no prediction lies more than half the training range
    outside of it. shift: added to scores before the inverse, so that predictions are means on the user's scale; for a
    logarithm it is a factor; None if not learned. class_weights: training weights of each class, () for none;
    probabilities are divided by them. centre: subtracted from targets (identity only) that lie far from 0 relative to
    their spread, as libraries that learn in float32 would lose the differences.
    """

    name: str = "identity"
    parameters: Parameters = ()
    low: float = -math.inf
    high: float = math.inf
    shift: float | None = None
    class_weights: tuple[float, ...] = ()
    centre: float = 0.0

    def __post_init__(self) -> None:
        curve_of(self.name, self.parameters)
        if not math.isfinite(self.centre):
            raise ValueError(f"A link's centre is finite, unlike {self.centre}.")
        if not self.low <= self.high or not math.isfinite(self.shift or 0.0):
            raise ValueError(
                f"A link's bounds are ordered and its shift finite, unlike {self.shift} in [{self.low}, {self.high}]."
            )
        if not all(0.0 < weight < math.inf for weight in self.class_weights):
            raise ValueError(f"Class weights are positive numbers, unlike {self.class_weights}.")

    @cached_property
    def curve(self) -> TransformCurve:
        return curve_of(self.name, self.parameters)

    @property
    def is_plain(self) -> bool:
        """Whether it is the identity."""
        return self.name == "identity" and not self.class_weights and not self.centre

    def encode(self, values: AnyArray) -> Floats:
        """Targets on the user's scale as trained."""
        return self.curve.forward(np.asarray(values, dtype=np.float64) - self.centre)

    def decode(self, scores: Floats) -> Floats:
        """(n,) model outputs on the user's scale: monotone, and finite where they are."""
        z = np.asarray(scores, dtype=np.float64)
        if self.name == "identity":
            return z + self.centre if self.centre else z
        if self.shift:
            z = z + self.shift
        return self.curve.inverse(np.minimum(np.maximum(z, self.low), self.high))

    def true_priors(self, probability: Floats) -> Floats:
        """(n, k) probabilities under the true priors, from those learned with class weights; rows sum to 1.

        p_j ∝ q_j / w_j: equation 4 of Saerens, Latinne and Decaestecker (2002), Elkan (2001) for two classes.
        """
        if not self.class_weights:
            return probability
        p = probability / np.array(self.class_weights)
        return np.asarray(p / p.sum(axis=1, keepdims=True))

    def state(self) -> State:
        meta = to_json(self)
        assert isinstance(meta, dict)  # a dataclass is an object
        return State(name=STATE, meta=meta)

    @classmethod
    def restore(cls, state: State) -> "TargetLink":
        """ValueError when the state is no link."""
        return from_json(cls, state.meta)


PLAIN = TargetLink()


def _far_centre(train: Target) -> float:
    """The mean of targets so far from 0 that float32 would keep less than 8 bits of their differences."""
    values = np.asarray(train.values, dtype=np.float64)
    if not len(values):
        return 0.0
    centre, spread = float(values.mean()), float(values.std())
    return centre if spread * 2**16 < abs(centre) < LARGEST else 0.0


def fit_link(recipe: Recipe, train: Target) -> TargetLink:
    """The link of a recipe for these training rows; the mean correction is learned by `corrected`."""
    if train.is_class:
        return TargetLink(class_weights=class_weights(recipe.weighting, train))
    kind = transform_kind(recipe.transform)
    if recipe.transform == "identity" or not len(train):
        return TargetLink(centre=_far_centre(train))
    values = np.asarray(train.values, dtype=np.float64)
    weight = np.ones(len(values)) if train.weight is None else train.weight
    parameters = kind.fit(values, weight)
    lowest, highest = float(values.min()), float(values.max())
    margin = highest / 2.0 - lowest / 2.0
    ends = np.array([max(lowest - margin, -LARGEST), min(highest + margin, LARGEST)])
    low, high = curve_of(recipe.transform, parameters).forward(ends).tolist()
    return TargetLink(name=recipe.transform, parameters=parameters, low=low, high=high)


def corrects_mean(link: TargetLink, task: Task) -> bool:
    """Whether predictions must be means on the user's scale: a squared loss there, with a transformed target."""
    return link.name != "identity" and task.loss == "squared" and task.metric not in LOG_METRICS


def corrected(link: TargetLink, scores: Floats, held: Target) -> TargetLink:
    """The link with the shift at which predictions have the mean of their targets, from rows the model did not learn.

    scores: (n,) model outputs; held: their targets on the user's scale. The back-transformed mean of a logarithm is too
    low by a factor (Duan, 1983). Duan's own estimate, the mean of the residuals' exponentials, is ruined by one row
    that was predicted far too low; the ratio of the means is not, and a shift generalises it to any transform.
    """
    if not len(held) or not link.low < link.high:
        return link
    weight = np.ones(len(held)) if held.weight is None else held.weight
    wanted = float(np.average(held.values, weights=weight))
    low, high = link.low - float(scores.max()), link.high - float(scores.min())
    for _ in range(HALVINGS):
        middle = low / 2.0 + high / 2.0
        mean = float(np.average(replace(link, shift=middle).decode(scores), weights=weight))
        low, high = (middle, high) if mean < wanted else (low, middle)
    return replace(link, shift=low / 2.0 + high / 2.0)


def cross_decoded(link: TargetLink, scores: Floats, held: Target) -> Floats:
    """Predictions of held-out rows, each half corrected by the other half."""
    out = np.empty(len(scores))
    for half in (0, 1):
        mine, others = np.arange(half, len(scores), 2), np.arange(1 - half, len(scores), 2)
        out[mine] = corrected(link, scores[others], held.take(others)).decode(scores[mine])
    return out


def with_mean_shift(link: TargetLink, others: Sequence[TargetLink]) -> TargetLink:
    """The link with the mean of the others' shifts; unchanged where they have none."""
    known = [other.shift for other in others if other.shift is not None]
    return replace(link, shift=float(np.mean(known))) if known else link


# -- weights of training rows -------------------------------------------------------------------------------------


def class_weights(weighting: str, train: Target) -> tuple[float, ...]:
    """(k,) weights that balance the classes, mean 1 over the rows; () for weightings of rows (pipeline/row_weights.py).

    A class without rows weighs 1. UsageError for a weighting that there is not.
    """
    parsed(weighting)
    if weighting != BALANCED:
        return ()
    mass = np.bincount(train.values, weights=train.weight, minlength=train.n_classes)
    seen = mass > 0
    even = mass.sum() / (np.count_nonzero(seen) * np.where(seen, mass, 1.0))
    return tuple(np.where(seen, even, 1.0).tolist())


def relative_scale(train: Target) -> float:
    """For relative errors: the least |y| an error is divided by, a tenth of the median.

    Without it the few targets near 0 would dominate.
    """
    size = np.abs(np.asarray(train.values, dtype=np.float64))
    return float(np.median(size)) / 10.0 or float(size.max()) / 10.0 or 1.0


def weighed(part: Target, by: Floats) -> Target:
    """The target with its row weights multiplied by others."""
    return replace(part, weight=by if part.weight is None else part.weight * by)
