"""Scores and influence values of many predictions, computed once each; any two are compared by subtraction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.contract import Batched, Metric
from assay.core.errors import DataError
from assay.core.figure import Difference, z_score
from assay.core.prediction import scored_rows
from assay.evidence.estimate import Estimate, estimate, unit_sums
from assay.evidence.evaluation_rows import Rows
from assay.evidence.metric_sample import Sample, mean_over_parts
from assay.evidence.noise import Noise
from assay.evidence.paired import sigma_of, signs_of, with_noise

BATCH_CELLS = 200_000
"""Predictions per batch: more no longer fit into the processor's cache."""
FEWEST = 8


@dataclass(frozen=True, slots=True, eq=False)
class ScoreInfluence:
    """One prediction's score and what each unit adds to it: from two of them any `quick_compare` follows by
    subtraction, as influences (and a jackknife's blocks) are those of one prediction each. A list of thousands needs
    each once.
    """

    sample: Sample
    found: Estimate
    n_all: int

    @classmethod
    def of(cls, metric: Metric, rows: Rows, prediction: AnyArray) -> "ScoreInfluence":
        sample = Sample.of(metric, rows, [prediction])
        return cls(sample, estimate(sample, np.ones(1)), len(rows))

    def ahead_of(self, other: "ScoreInfluence", *, noise: Noise | None = None, over: int | None = None) -> Difference:
        """`quick_compare` from the other to this, of the same metric and rows."""
        return with_noise(self.sample, self._beyond(other), noise, self.n_all if noise else 0, over)

    def z_ahead_of(self, other: "ScoreInfluence", *, noise: Noise | None = None) -> float:
        """The z of `ahead_of` alone."""
        found = self._beyond(other)
        return z_score(found.value, sigma_of(self.sample, found, noise or Noise(), self.n_all if noise else 0))

    def _beyond(self, other: "ScoreInfluence") -> Estimate:
        mine, theirs, sign = self.found, other.found, float(signs_of(self.sample.metric)[1])
        if len(mine.sums) != len(theirs.sums) or len(self.sample.parts) != len(other.sample.parts):
            raise DataError("Two standings have other units: they are of other rows, or of another metric.")
        return replace(mine, value=sign * (mine.value - theirs.value), sums=sign * (mine.sums - theirs.sums))


def batch_size(rows: Rows) -> int:
    """How many predictions of these rows `score_influences` looks at best in one go."""
    return max(BATCH_CELLS // max(len(rows), 1), 1)


def score_influences(metric: Metric, rows: Rows, predictions: Sequence[AnyArray]) -> tuple[ScoreInfluence, ...]:
    """The standing of each, in one go where the metric can and they cover the same rows; then equal up to rounding."""
    one_by_one = len(predictions) < FEWEST or not isinstance(metric, Batched)
    held = scored_rows(predictions[0]) if predictions else np.zeros(0, dtype=bool)
    if one_by_one or any(not np.array_equal(scored_rows(other), held) for other in predictions):
        return tuple(ScoreInfluence.of(metric, rows, prediction) for prediction in predictions)
    sample = Sample.of(metric, rows, [predictions[0]])
    levels, influences = _in_one_go(sample, np.stack([prediction[held] for prediction in predictions]))
    if sample.notes or np.isnan(levels).any():
        return tuple(ScoreInfluence.of(metric, rows, prediction) for prediction in predictions)
    units, mass = sample.rows.units(), sample.rows.mass()
    masses = unit_sums(units, mass)
    return tuple(
        ScoreInfluence(
            sample,
            Estimate(value=float(level), sums=unit_sums(units, moved), mass=masses, n_rows=len(units)),
            len(rows),
        )
        for level, moved in zip(levels, influences, strict=True)
    )


def _in_one_go(sample: Sample, predictions: AnyArray) -> tuple[Floats, Floats]:
    """(c,) levels and (c, n) influences of predictions (c, n) or (c, n, k) on the sample's rows, part by part."""
    metric, rows, mass = sample.metric, sample.rows, sample.rows.mass()
    assert isinstance(metric, Batched)
    table, moved = np.empty((len(sample.parts), len(predictions))), np.empty((len(predictions), len(rows)))
    for place, part in enumerate(sample.parts):
        weight = None if rows.weight is None else rows.weight[part]
        table[place], influences = metric.scores_and_influences(rows.y[part], predictions[:, part], weight=weight)
        moved[:, part] = influences * mass[part].mean()
    return mean_over_parts(table, np.array([mass[part].sum() for part in sample.parts])), moved
