"""Parts of a search without a score: the baseline, or every experiment of a family, and why."""

from collections.abc import Iterable

from assay.core.fold_scores import FoldScore
from assay.core.task import Task
from assay.core.views import Unfinished
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.state import LabState
from assay.research.portfolio import BASELINE, FLOOR, entries

LITTLE = 0.75
"""Share of a core under which fits waited for others: one on an idle machine has 0.9 and more."""
ENOUGH_SECONDS = 0.1
"""Least seconds of folds that show their share of a core: shorter ones read and write for most of their time."""
SHORT = frozenset({"time", "interrupt"})
"""Ends of a search that leave proposals unfinished."""


def unfinished(state: LabState, task: Task) -> tuple[Unfinished, ...]:
    """The baseline first, then in the portfolio's order, each family once; () while the search goes on.

    Left out: a family of which everything was stopped early, as that is an answer, and one that a budget of experiments
    did not reach.
    """
    end, session = state.end, state.session
    if end is None or session is None:
        return ()
    offered = entries(task.facts, without=frozenset(session.without))
    offered = tuple(entry for entry in offered if entry.name not in FLOOR and not entry.is_idle)
    found = []
    for family in dict.fromkeys(entry.recipe.model.name for entry in offered):
        names = {entry.name for entry in offered if entry.recipe.model.name == family}
        has_baseline = BASELINE in names and not _is_known(state, [e for e in _of(state, family) if _is_baseline(e)])
        tried = [e for e in _of(state, family) if not has_baseline or _is_baseline(e)]
        if not _is_known(state, tried) and (tried or end.stopped_by in SHORT):
            found.append(_one(family, tried, task.n_folds, is_baseline=has_baseline))
    share = _share_of_core(state)
    busy = share if share is not None and share < LITTLE else None
    return tuple(
        Unfinished(
            family=one.family, is_baseline=one.is_baseline, why=one.why, folds=one.folds, n_folds=one.n_folds,
            busy=None if one.why == "failed" else busy,
        )
        for one in sorted(found, key=lambda one: not one.is_baseline)
    )  # fmt: skip


def _of(state: LabState, family: str) -> list[ExperimentEntry]:
    return [e for e in state.entries.values() if e.experiment.recipe.model.name == family]


def _is_baseline(entry: ExperimentEntry) -> bool:
    return entry.experiment.entry == BASELINE


def _is_known(state: LabState, tried: Iterable[ExperimentEntry]) -> bool:
    """Whether one of them has a score, or was given up as hopeless, which is an answer too."""
    return any(e.result is not None and e.result.failure is None for e in tried)


def _one(family: str, tried: list[ExperimentEntry], n_folds: int, *, is_baseline: bool) -> Unfinished:
    is_open = any(e.result is None for e in tried)
    folds = max((len(e.folds) for e in tried), default=0)
    return Unfinished(
        family=family, is_baseline=is_baseline, folds=folds, n_folds=n_folds,
        why="cut off" if is_open else "failed" if tried else "not begun",
    )  # fmt: skip


def _share_of_core(state: LabState) -> float | None:
    """Processor time of all folds over their wall time; a fit runs on one thread. None where they took too little."""
    folds: list[FoldScore] = [fold for entry in state.entries.values() for fold in entry.folds.values()]
    wall = sum(fold.wall_seconds for fold in folds)
    return sum(fold.cpu_seconds for fold in folds) / wall if wall >= ENOUGH_SECONDS else None
