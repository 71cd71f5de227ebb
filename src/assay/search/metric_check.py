"""Whether a metric can score these rows at all, tried on arbitrary predictions before a lab is made."""

import math
from collections.abc import Iterator

import numpy as np

from assay.core.array import AnyArray
from assay.core.contract import ChecksTarget, Metric
from assay.core.errors import DataError, TaskError
from assay.core.seed import Seeds
from assay.data.prepare import Prepared
from assay.evidence.evaluation_rows import Rows
from assay.evidence.interval import level


def check_metric(prepared: Prepared, metric: Metric) -> None:
    """Refuse a question whose predictions could never be scored: TaskError, or the DataError of the metric itself.

    Two predictions are tried, as each alone is undefined for some metric: the target in another order, and its mean,
    with which no correlation is defined. Cost: mostly one score.
    """
    if isinstance(metric, ChecksTarget):
        metric.refuse(prepared.target.values)
    trouble: DataError | None = None
    for answer in _answers(prepared):
        try:
            if math.isfinite(level(metric, _rows(prepared), answer)):
                return
        except DataError as error:
            trouble = error
    if trouble is not None:
        raise trouble
    task = prepared.task
    raise TaskError(
        f"{task.source}: {metric.title} is undefined on these {task.n_rows:,} rows in {task.n_folds} folds: "
        + ("a class is absent from too many of them." if task.classes else "the target hardly varies in them."),
        do=("add rows of the rarest class" if task.classes else "add rows", "another metric: --metric NAME"),
    )


def _rows(prepared: Prepared) -> Rows:
    target = prepared.target
    return Rows(
        y=target.values, problem=prepared.task.problem, folds=prepared.split.numbers[:, 0], weight=target.weight,
        groups=prepared.groups,
    )  # fmt: skip


def _answers(prepared: Prepared) -> Iterator[AnyArray]:
    """The target in another order, then its mean; in stored form, NaN in rows never scored."""
    target, scored = prepared.target, prepared.split.scored()
    order = Seeds(prepared.task.seed).child("trial").rng().permutation(len(target))
    truth = target.one_hot()[:, 1] if target.n_classes == 2 else target.one_hot()
    truth = truth[:, 0] if not target.is_class else truth
    constant = np.broadcast_to(truth.mean(axis=0), truth.shape)
    near = 0.9 * truth[order] + 0.1 * constant if target.is_class else truth[order]
    for answer in (near, constant):
        stored = np.array(answer, dtype=np.float64)
        stored[~scored] = np.nan
        yield stored
