"""One metric and several predictions on the same rows: levels, influence values, levels under resampling."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.contract import Metric, Resampled
from assay.core.errors import DataError, Where
from assay.core.prediction import adapt_prediction, scored_rows
from assay.evidence.evaluation_rows import Rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Scored rows, and predictions in the form the metric needs.

    parts: positions of the rows that are scored together; the level is the mean over parts by their weight. Rank
    metrics have a part for each fold, because the scores of two fold models are not on one scale.
    known: (parts, c) the metric of each part, where it has been computed already.
    """

    metric: Metric
    rows: Rows
    predictions: tuple[AnyArray, ...]
    parts: tuple[Index, ...]
    notes: tuple[str, ...] = ()
    known: Floats | None = None

    @classmethod
    def of(cls, metric: Metric, rows: Rows, stored: Sequence[AnyArray]) -> "Sample":
        """Stored predictions of all rows; rows that no prediction covers are left out.

        Raises DataError when a prediction has another length, or covers other rows than the first: it names the row.
        """
        held = _common_rows(rows, stored)
        whole = bool(held.all())
        kept = rows if whole else rows.take(held)
        if not len(kept) or not held.any():
            raise DataError("No row has a prediction. Score the experiment before comparing it.")
        predictions = tuple(adapt_prediction(p if whole else p[held], metric.needs, rows.problem) for p in stored)
        pooled = cls(metric=metric, rows=kept, predictions=predictions, parts=(np.arange(len(kept)),))
        folds = kept.fold_rows()
        if not metric.by_fold or len(folds) < 2:
            return pooled
        by_fold = replace(pooled, parts=folds)
        levels = by_fold._part_levels(np.ones(len(kept), dtype=bool))
        if np.isnan(levels).any():
            return replace(pooled, notes=("a fold lacks a class: scored over all folds together",))
        return replace(by_fold, known=levels)

    def fold_levels(self) -> Floats:
        """(folds, c) the metric of each prediction in each fold; NaN where it is undefined."""
        folds = self.rows.fold_rows()
        if self.known is not None and len(self.parts) == len(folds):
            return self.known
        return replace(self, parts=folds, known=None)._part_levels(np.ones(len(self.rows), dtype=bool))

    def only(self, *numbers: int) -> "Sample":
        """The same rows with some of the predictions."""
        known = None if self.known is None else self.known[:, list(numbers)]
        return replace(self, predictions=tuple(self.predictions[number] for number in numbers), known=known)

    def levels(self, held: Bools | None = None) -> Floats:
        """(c,) the metric of each prediction, over the held rows; a part in which it is undefined is left out."""
        mask = np.ones(len(self.rows), dtype=bool) if held is None else held
        mass = self.rows.mass() * mask
        return mean_over_parts(self._part_levels(mask), np.array([mass[part].sum() for part in self.parts]))

    def _part_levels(self, held: Bools) -> Floats:
        """(parts, c)"""
        if self.known is not None and held.all():
            return self.known
        table = np.full((len(self.parts), len(self.predictions)), np.nan)
        for i, part in enumerate(self.parts):
            inside = part if held.all() else part[held[part]]
            for j, prediction in enumerate(self.predictions if len(inside) else ()):
                table[i, j] = self.metric.score(self.rows.y[inside], prediction[inside], weight=self._weight(inside))
        return table

    def influences(self) -> Floats | None:
        """(c, n) influence of each row on each level, its plain mean 0; None when the metric has none."""
        out = np.empty((len(self.predictions), len(self.rows)))
        mass = self.rows.mass()
        for part in self.parts:
            scale = mass[part].mean()
            for j, prediction in enumerate(self.predictions):
                values = self.metric.influence(self.rows.y[part], prediction[part], weight=self._weight(part))
                if values is None:
                    return None
                out[j, part] = values * scale
        return out

    def resampled(self, counts: AnyArray) -> Floats:
        """(b, c) the levels when each row is taken counts (b, n) times; NaN where undefined."""
        weights = counts if self.rows.weight is None else counts * self.rows.weight
        tables, masses = [], []
        for part in self.parts:
            whole = len(self.parts) == 1
            inside = weights if whole else np.ascontiguousarray(weights[:, part])
            tables.append(_scores(self.metric, self.rows.y[part], [p[part] for p in self.predictions], inside))
            masses.append(inside.sum(axis=1, dtype=np.float64))
        if len(tables) == 1:
            return tables[0]
        return mean_over_parts(np.stack(tables), np.stack(masses)[:, :, None])

    def _weight(self, rows: Index) -> Floats | None:
        return None if self.rows.weight is None else self.rows.weight[rows]


def _common_rows(rows: Rows, stored: Sequence[AnyArray]) -> Bools:
    held: Bools | None = None
    for prediction in stored:
        if len(prediction) != len(rows):
            raise DataError(f"{len(prediction):,} predictions do not go with {len(rows):,} rows.")
        covered = scored_rows(prediction)
        held = covered if held is None else held
        differ = np.flatnonzero(covered != held)
        if differ.size:
            row = int(differ[0])
            raise DataError(
                f"Predictions must cover the same rows: row {row} has one in some and none (NaN) in others. Compare "
                "experiments of one partition whose folds have all run.",
                where=Where(row=row),
            )  # fmt: skip
    return np.ones(len(rows), dtype=bool) if held is None else held


def mean_over_parts(table: Floats, mass: Floats) -> Floats:
    """Mean over the first axis by mass (parts,) or of the table's shape, leaving out NaN."""
    held = np.where(np.isnan(table), 0.0, mass[:, None] if mass.ndim < table.ndim else mass)
    with np.errstate(invalid="ignore"):
        return np.asarray((np.where(held > 0, table, 0.0) * held).sum(axis=0) / held.sum(axis=0))


def _scores(metric: Metric, y: AnyArray, predictions: Sequence[AnyArray], weights: AnyArray) -> Floats:
    if isinstance(metric, Resampled):
        return metric.scores(y, predictions, weights)
    return np.array([[_score_of_bag(metric, y, p, bag) for p in predictions] for bag in weights])


def _score_of_bag(metric: Metric, y: AnyArray, prediction: AnyArray, weight: AnyArray) -> float:
    """One score under weights. Whole numbers are counts: the rows are repeated, as the metric may take no weights."""
    if np.issubdtype(weight.dtype, np.integer):
        rows = np.repeat(np.arange(len(y)), weight)
        return metric.score(y[rows], prediction[rows]) if len(rows) else float("nan")
    rows = np.flatnonzero(weight)
    return metric.score(y[rows], prediction[rows], weight=weight[rows]) if len(rows) else float("nan")
