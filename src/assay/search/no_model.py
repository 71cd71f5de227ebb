"""The error of a search that ends with nothing to ship."""

import shlex

from assay.core.errors import BudgetError
from assay.core.views import StoppedBy
from assay.journal.find_labs import shown_path
from assay.journal.state import LabState
from assay.pipeline.store import TaskFolder
from assay.report.phrases import plural
from assay.search.settings import FitSettings


def no_model(folder: TaskFolder, state: LabState, settings: FitSettings, stopped_by: StoppedBy) -> BudgetError:
    """Why no model was scored on every fold: it was stopped, what was tried is void, all models failed, or the
    budget was short.
    """
    if stopped_by == "interrupt":
        again = "the same command again goes on from here"
        return BudgetError("Interrupted before one model was scored on every fold.", do=(again,))
    void = [number for number, entry in state.entries.items() if entry.is_void and entry.is_scored]
    if void:
        return BudgetError(
            f"No experiment stands: {plural(len(void), 'scored one')} {'is' if len(void) == 1 else 'are'} void by what "
            "was said, and the budget ended before another was scored.",
            do=(*_more(state, settings), f"assay status {shlex.quote(shown_path(folder.path))}  (lists what was said)"),
        )  # fmt: skip
    failures = [e.result.failure for e in state.entries.values() if e.result is not None and e.result.failure]
    if failures and not state.open() and stopped_by != "time":
        return BudgetError(
            f"No model could be fitted: {len(failures)} failed, the last with: {failures[-1].message}",
            do=("give more rows or other columns", f"assay leaderboard {folder.path.name}"),
        )
    return BudgetError("The budget ended before one model was scored on every fold.", do=_more(state, settings))


def _more(state: LabState, settings: FitSettings) -> tuple[str, ...]:
    if settings.budget.experiments is not None and state.proposed >= settings.budget.experiments:
        more = max(10, 2 * settings.budget.experiments)
        return (f"give more experiments, e.g. --experiments {more}: the first two are the floor that models must beat",)
    return ("give more time, e.g. --time-limit 5m", "leave slow families out with --without")
