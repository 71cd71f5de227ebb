"""The models that ship, made small by the workers; one that cannot be, or not in time, ships as it is."""

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field

from assay.core.clock import Deadline
from assay.core.contract import State
from assay.core.job import Job
from assay.core.result import Compacted, Failure
from assay.pipeline.states import read_last_state
from assay.search.session import Session

Copy = tuple[int, int]
"""An experiment and a fold of it, or compact.REFIT."""


@dataclass(frozen=True, slots=True)
class Compactor:
    """Gives models to the workers and takes back the smaller states."""

    session: Session
    _begun: dict[Copy, "Future[object]"] = field(default_factory=dict)

    def begin(self, jobs: Sequence[Job], deadline: Deadline) -> None:
        """Have the workers make models small that will ship, when they are otherwise idle."""
        for job in jobs:
            if (job.experiment.number, job.fold) not in self._begun:
                self._begun[job.experiment.number, job.fold] = self.session.executor.submit(job, deadline=deadline)

    def small(self, jobs: Sequence[Job], deadline: Deadline) -> Mapping[Copy, State]:
        """The small states of the models that have one; the ledger holds why others, where tried, have none."""
        self.begin(jobs, deadline)
        futures = [(job, self._begun[job.experiment.number, job.fold]) for job in jobs]
        seconds = None if math.isinf(deadline.at) else max(deadline.left, 0.0)
        wait([future for _, future in futures], timeout=seconds)
        found: dict[Copy, State] = {}
        why: dict[int, set[str]] = {}
        for job, future in futures:
            number = job.experiment.number
            outcome = future.result() if future.done() else Failure(kind="time", step="compact", message="out of time")
            if isinstance(outcome, Compacted) and outcome.model is not None:
                found[number, job.fold] = read_last_state(self.session.folder.work / outcome.model)
            elif isinstance(outcome, Compacted):
                why.setdefault(number, set()).update([outcome.why] if outcome.why else [])
            elif isinstance(outcome, Failure):
                why.setdefault(number, set()).add(outcome.message)
        for number in sorted(why):
            if why[number]:
                self.session.journal.write("native", {"why": " · ".join(sorted(why[number]))}, experiment=number)
        return found
