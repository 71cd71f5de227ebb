"""From a raw table to the question a lab works on: metric, loss, folds or holdout."""

from dataclasses import replace

from assay.core.schema import Facts
from assay.core.seed import Seeds
from assay.core.split import NEVER
from assay.core.task import Task
from assay.data.candidate_labels import check_restrictable
from assay.data.make_split import USUAL
from assay.data.options import TaskOptions
from assay.data.prepare import Prepared, prepare
from assay.data.read import RawTable, read_table
from assay.data.unlabelled_rows import with_unlabelled
from assay.metrics.choose_metric import check_name, choose, find
from assay.models import registry as models
from assay.pipeline.machine import cores, slowness
from assay.research.portfolio import BASELINE
from assay.search.metric_check import check_metric
from assay.search.settings import FitSettings
from assay.search.suspicious_columns import with_suspicions

FOLDS_SHARE, SHARE_OF_CLASSES = 0.15, 0.5
"""Share of all core-seconds that the folds of the standard booster may cost: five, else three, else one holdout. More
with several classes, as there it is the dearest of many that learn, and these gain by folds: 12 classes x 20,000 rows
in a minute, log loss .15 with five, .18 with three, .29 with a holdout (docs/log.md).
"""
FEWER = 3
EXACT_SECONDS = 600.0
"""Core-seconds assumed in an exact run, which reads no clock: a search as long as the usual one on two cores."""
FOLDS_ROWS = 5_000
"""Up to so many rows a fifth of them is too noisy, whatever the time."""
HOLDOUT_ROWS = 250_000
"""Rows up to which an exact run, which reads no clock, makes folds."""
SUBSAMPLE_ROWS = 100_000
"""Training rows of the search on a large table."""


def check_asked(options: TaskOptions, settings: FitSettings) -> None:
    """UsageError or TaskError, before the table is read, for options that no table could satisfy."""
    if isinstance(options.metric, str):
        check_name(options.metric)
    asked = options.asked_problem
    if asked is not None and not asked.is_class:
        check_restrictable(asked, options.candidates_by)
    if asked is None or asked.form == "probabilities":  # an estimator asks so of two classes, too: the table decides
        return
    settings.labels.check(asked)
    if options.metric is not None:
        find(options.metric, asked)


def read_source(source: object, options: TaskOptions) -> RawTable:
    """The table, read as the options say where it has not been read yet, with the rows that --unlabelled names."""
    raw = source
    if not isinstance(raw, RawTable):
        raw = read_table(source, sheet=options.sheet, query=options.query, raw=options.raw)
    return with_unlabelled(raw, options, lambda path: read_table(path, sheet=options.sheet, raw=options.raw))


def understand(
    raw: RawTable,
    options: TaskOptions,
    settings: FitSettings,
    *,
    known: Task | None = None,
) -> Prepared:
    """The question as it will be worked on.

    known: the task of a lab that is continued; what was decided there by its budget or its options stays as it was,
    unless an option sets it otherwise now.
    """

    def most_folds(facts: Facts) -> int:
        if known is None:
            return folds_in_time(facts, settings)
        is_last_block = known.n_folds == 1 and facts.n_rows > FOLDS_ROWS  # the holdout of rows in order of time
        return 1 if known.split_kind == "holdout" or is_last_block else USUAL

    folds = options.n_folds
    if folds is None and known is not None and known.split_kind in ("stratified", "grouped", "random"):
        folds = known.n_folds  # by the time there was, or by the classes
    prepared = prepare(raw, replace(options, metric=None, n_folds=folds), most_folds=most_folds)
    problem = prepared.task.problem
    settings.labels.check(problem)
    wanted, reason = options.metric, "as asked"
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
        prepared = _subsampled(prepared)
    quantile = getattr(found, "quantile", 0.5)
    loss = "log_loss" if problem.is_class else found.loss  # a metric of classes and numbers has one for numbers
    return replace(prepared, task=replace(prepared.task, loss=loss, quantile=float(quantile)))


def folds_in_time(facts: Facts, settings: FitSettings) -> int:
    """How many folds there is time for, by the expected cost of the standard booster at this machine's present speed,
    in an exact run at that of the machine its costs were measured on. 1: one holdout.
    """
    if facts.n_rows <= FOLDS_ROWS:
        return USUAL
    exact = settings.budget.is_exact
    if exact and facts.n_rows > HOLDOUT_ROWS:
        return 1
    fold = standard_seconds(facts) * (1.0 if exact else slowness())
    most = SHARE_OF_CLASSES if facts.problem.form == "probabilities" else FOLDS_SHARE
    share = most * (EXACT_SECONDS if exact else settings.budget.seconds * (settings.jobs or cores()))
    return next((folds for folds in (USUAL, FEWER) if folds * fold <= share), 1)


def standard_seconds(facts: Facts) -> float:
    """Expected core-seconds of a fold of the standard booster, on the machine that costs were measured on."""
    entry = next((one for one in models.get("lightgbm").portfolio(facts) if one.name == BASELINE), None)
    model = models.get("lightgbm")() if entry is None else models.build(entry.recipe.model)
    return model.cost(facts).seconds


def _subsampled(prepared: Prepared) -> Prepared:
    """A large table's search trains on a sample; the final fit on all rows."""
    if int((prepared.split.numbers[:, 0] == NEVER).sum()) <= SUBSAMPLE_ROWS:
        return prepared
    split = prepared.split.subsample_training(SUBSAMPLE_ROWS, Seeds(prepared.task.seed).child("rung").rng())
    return replace(prepared, split=split, task=replace(prepared.task, split_reason=split.reason))
