"""One session of work in a lab: what the search, the shipping and the opening of a vault share."""

from dataclasses import dataclass

from assay.core.clock import Deadline
from assay.core.job import Executor
from assay.journal.journal import Journal
from assay.journal.state import LabState
from assay.pipeline.store import TaskFolder
from assay.search.scorer import Scorer
from assay.search.settings import FitSettings


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Session:
    """The rows, the journal, the workers, the statistics, the settings, and the deadlines.

    deadline: by when the model must be saved; end: by when all must have ended, the opening of a vault included. In an
    exact run both are never, as its decisions read no clock. seconds: of the time limit, as it was when this began.
    ends_at: the lab's seconds by then, None without an end.
    """

    folder: TaskFolder
    journal: Journal
    executor: Executor
    scorer: Scorer
    settings: FitSettings
    deadline: Deadline
    end: Deadline
    seconds: float
    ends_at: float | None = None

    @property
    def state(self) -> LabState:
        """The lab's state after the last record."""
        return self.journal.state

    @property
    def is_exact(self) -> bool:
        """Whether a number of experiments ends the search, and no clock."""
        return self.settings.budget.is_exact

    @property
    def workers(self) -> int:
        """Jobs that run at once."""
        return self.executor.workers
