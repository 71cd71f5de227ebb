"""From a raw table to the question a lab works on: metric, loss, folds or holdout."""

from dataclasses import replace

from assay.core.contract import Metric
from assay.core.schema import Facts
from assay.core.seed import Seeds
from assay.core.split import NEVER
from assay.core.task import Task
from assay.data.options import TaskOptions
from assay.data.prepare import Prepared, prepare
from assay.data.read import RawTable
from assay.lab.settings import FitSettings
from assay.lab.suspicion import with_suspicions
from assay.lab.trial import check_metric
from assay.metrics.choose import choose, find
from assay.metrics.scorer import ScoreFunction
from assay.models import registry as models
from assay.pipeline.machine import cores

HOLDOUT_SHARE = 0.15
"""Folds are used while five of the standard booster cost at most this share of all core-seconds."""
FOLDS_ROWS = 5_000
"""Up to so many rows a fifth of them says too little, whatever the time."""
HOLDOUT_ROWS = 250_000
"""In an exact run no clock is asked: folds up to so many rows."""
RUNG_ROWS = 100_000
"""Training rows of the search on a large table."""

AnyMetric = str | ScoreFunction | Metric


def understand(
    raw: RawTable,
    options: TaskOptions,
    settings: FitSettings,
    *,
    metric: AnyMetric | None = None,
    known: Task | None = None,
) -> Prepared:
    """The question as it will be worked on.

    metric: a function or Metric in place of options.metric. known: the task of a lab that is continued; what it
    settled by its budget or was told, and is not told otherwise now, stays as it was.
    """

    def too_large_for_folds(facts: Facts) -> bool:
        if known is not None:
            is_last_block = known.n_folds == 1 and facts.n_rows > FOLDS_ROWS  # the holdout of rows in order of time
            return known.split_kind == "holdout" or is_last_block
        if facts.n_rows <= FOLDS_ROWS:
            return False
        if settings.budget.is_exact:
            return facts.n_rows > HOLDOUT_ROWS
        seconds = models.get("lightgbm")().cost(facts).seconds * 5
        return seconds > HOLDOUT_SHARE * settings.budget.seconds * (settings.jobs or cores())

    folds = options.n_folds
    if folds is None and known is not None and known.split_kind in ("stratified", "grouped"):
        folds = known.n_folds  # labs made before had fewer where one of several classes was rare
    prepared = prepare(raw, replace(options, metric=None, n_folds=folds), holdout=too_large_for_folds)
    problem = prepared.task.problem
    wanted, reason = metric if metric is not None else options.metric, "as asked"
    if wanted is None and known is not None and known.problem == problem:
        wanted, reason = known.metric, known.metric_reason
    elif wanted is None:
        reason = f"the default for {problem}"
    found = choose(problem) if wanted is None else find(wanted, problem, also=prepared.also)
    prepared = prepared.with_metric(found, reason=reason)
    if known is None:
        check_metric(prepared, found)
        prepared = with_suspicions(prepared, options)
    if prepared.split.kind == "holdout":
        prepared = _on_a_rung(prepared)
    quantile = getattr(found, "quantile", 0.5)
    return replace(prepared, task=replace(prepared.task, loss=found.loss, quantile=float(quantile)))


def _on_a_rung(prepared: Prepared) -> Prepared:
    """A large table's search trains on a sample; the final fit on all rows."""
    if int((prepared.split.numbers[:, 0] == NEVER).sum()) <= RUNG_ROWS:
        return prepared
    split = prepared.split.on_a_rung(RUNG_ROWS, Seeds(prepared.task.seed).child("rung").rng())
    return replace(prepared, split=split, task=replace(prepared.task, split_reason=split.reason))
