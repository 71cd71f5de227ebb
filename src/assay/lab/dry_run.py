"""What a fit would do, without doing it: the question as understood, and the experiments it would begin with."""

import math
from dataclasses import dataclass, replace
from typing import Literal

from assay.core.clock import SystemClock
from assay.core.event import Understood
from assay.core.experiment import Experiment
from assay.core.task import Task
from assay.data.options import TaskOptions
from assay.data.prepare import Prepared
from assay.data.read import RawTable
from assay.execute.memory_budget import DOUBT, KEPT_FREE_BYTES
from assay.inspect.order_in_time import as_begun, with_order
from assay.journal.find_labs import is_lab, known_task
from assay.journal.state import LabState
from assay.lab.lab_folder import lab_path
from assay.metrics.choose_metric import find
from assay.models import registry as models
from assay.pipeline.machine import cores, free_memory, slowness
from assay.research import takes_turns
from assay.search.director import Director
from assay.search.fit_cost import CostModel, recipe_cost
from assay.search.known_so_far import columns_of
from assay.search.session_text_models import check_text_models
from assay.search.settings import FitSettings
from assay.search.task_setup import check_asked, read_source, understand
from assay.search.time_reserve import MOST_SHARE
from assay.search.validation_rows import with_own_rows
from assay.vault.vault import vault_at

MOST = 1_000
START_SECONDS = 2.0
"""Until the first fold begins, beside the reading (benchmarks/start.py)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One experiment of a plan. seconds: of all its folds on one core, as its family expects, at the speed that this
    machine shows now; bytes: that a fold is expected to use at its peak; lacks: what there is too little of for it, ""
    where it has room: the time that those before it leave, or the memory of a worker.
    """

    experiment: Experiment
    seconds: float
    bytes: int
    lacks: Literal["", "time", "memory"]

    @property
    def fits(self) -> bool:
        return not self.lacks


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """seen: what would be understood; known: what is known to be tried, in order; searchers: who would then propose.

    workers, limit_seconds (None: as many experiments as asked for): what the plan counts on.
    """

    seen: Understood
    known: tuple[Planned, ...]
    searchers: tuple[str, ...]
    workers: int
    limit_seconds: float | None


def dry_run(source: object, options: TaskOptions, settings: FitSettings) -> DryRun:
    """Read the table and plan; nothing is fitted and nothing is written. Raises what a fit would raise before it."""
    settings = settings.allowed(models)
    check_asked(options, settings)
    check_text_models(settings)
    clock = SystemClock()
    began = clock.now()
    raw = read_source(source, options)
    raw, options = with_own_rows(raw, options, settings)
    options = _ordered(raw, options, settings)
    raw, aside = _searched(raw, options, settings)
    prepared = understand(raw, options, settings)
    workers = settings.jobs or cores()
    budget = settings.budget
    limit = None if budget.is_exact else budget.seconds
    left = math.inf if limit is None else (1 - MOST_SHARE) * limit - START_SECONDS - raw.seconds
    known = _planned(_proposed(prepared.task, settings), prepared, _Machine.of(settings, left), budget.experiments)
    return DryRun(
        seen=replace(_seen(prepared, raw, settings, clock.now() - began), set_aside=aside),
        known=known, workers=workers, limit_seconds=limit,
        searchers=tuple(name for name in settings.proposers if takes_turns(name, has_vault=settings.vault is not None)),
    )  # fmt: skip


def _ordered(raw: RawTable, options: TaskOptions, settings: FitSettings) -> TaskOptions:
    """The options with the order that a fit would take the rows to be in."""
    known = None if settings.force else known_task(lab_path(raw.name, settings))
    return with_order(raw, options) if known is None else as_begun(options, known)


def _searched(raw: RawTable, options: TaskOptions, settings: FitSettings) -> tuple[RawTable, int]:
    """The rows that a search would see, and how many a vault would hold; refused as a fit would refuse it."""
    path = lab_path(raw.name, settings)
    known = None if settings.force else known_task(path)
    seen, vault = vault_at(path, raw, options, settings.vault, begun=known is not None)
    return seen, 0 if vault is None else vault.record.rows


def _proposed(task: Task, settings: FitSettings) -> tuple[Experiment, ...]:
    """What those with a fixed pool would ask for before anything is known."""
    director = Director(
        facts=task.facts, without=settings.without, families=settings.families, seed=settings.seed,
        names=settings.proposers, columns=columns_of(task),
    )  # fmt: skip
    return tuple(director.known(LabState(), n=MOST))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Machine:
    """What a plan counts on. left: seconds of the search; memory: bytes of one worker; free: of all of them."""

    workers: int
    left: float
    memory: float
    free: float

    @classmethod
    def of(cls, settings: FitSettings, left: float) -> "_Machine":
        free = max(free_memory() - KEPT_FREE_BYTES, 0)
        return cls(workers=settings.jobs or cores(), left=left, memory=settings.memory_bytes or free, free=free)

    def at_once(self, n_bytes: int) -> int:
        """How many jobs of that size run beside each other."""
        return max(1, min(self.workers, int(self.free // max(n_bytes, 1))))


def _planned(
    proposed: tuple[Experiment, ...], prepared: Prepared, machine: _Machine, most: int | None
) -> tuple[Planned, ...]:
    """Each with what is left by those before it; one that surely needs more memory than a worker has takes no time."""
    cost, folds = CostModel.planned(prepared.task.facts, slowness=slowness()), prepared.split.n_folds
    out, spent = [], 0.0
    for experiment in proposed[:most]:
        seconds = folds * cost.work_seconds(experiment)
        n_bytes = recipe_cost(experiment.recipe, prepared.task.facts).bytes
        at_once, whole = machine.at_once(n_bytes), folds * cost.fold_seconds(experiment)
        lacks: Literal["", "time", "memory"] = ""
        if n_bytes > DOUBT * machine.memory:
            lacks = "memory"
        elif spent + whole / min(at_once, folds) > machine.left:
            lacks = "time"
        spent += 0.0 if lacks else whole / at_once
        out.append(Planned(experiment=experiment, seconds=seconds, bytes=n_bytes, lacks=lacks))
    return tuple(out)


def _seen(prepared: Prepared, raw: RawTable, settings: FitSettings, seconds: float) -> Understood:
    path, task, target = lab_path(raw.name, settings), prepared.task, prepared.target
    return Understood(
        task=task, lab=path.name, is_new=settings.force or not is_lab(path), continued_at=None,
        read_seconds=seconds, class_rows=target.class_rows, metric_title=find(task.metric, task.problem).title,
    )  # fmt: skip
