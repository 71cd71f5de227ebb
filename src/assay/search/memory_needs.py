"""Expected memory of a job: its family's estimate for a fit on so many rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from assay.core.job import Job, JobKind, TaskStore
from assay.core.schema import Facts
from assay.models import registry as models
from assay.pipeline.store import TaskFolder
from assay.pipeline.text_steps import MOST_CELLS as MOST_NUMBERS
from assay.terms.kept_terms import MOST_CELLS as MOST_COUNTS

KEPT_A_CHARACTER = 40.0
"""Bytes: some five counts of 8 bytes [measured on call transcripts, docs/log.md]."""
FITS: frozenset[JobKind] = frozenset({"fold", "guard", "refit"})
"""Jobs whose memory is that of a fit; the others read a part of what a fit reads."""


@dataclass(frozen=True, slots=True)
class MemoryNeeds:
    """Expected bytes by job; what is read of a task's folder is read once."""

    _known: dict[TaskStore, Mapping[bool, Facts]] = field(default_factory=dict)

    def __call__(self, job: Job) -> int:
        """Peak bytes of the job's fit, as the family estimates, and what its worker keeps of texts; 0 for jobs that
        fit nothing."""
        if job.kind not in FITS:
            return 0
        if job.store not in self._known:
            with job.store.opened(job) as path:
                self._known[job.store] = _facts(TaskFolder(path))
        facts = self._known[job.store][job.kind == "refit"]
        return models.build(job.experiment.recipe.model).cost(facts).bytes + kept_bytes(facts)


def kept_bytes(facts: Facts) -> int:
    """What a process keeps of texts once all rules of the portfolio have read them: counts of terms, and numbers."""
    counts, numbers = 8 * MOST_COUNTS, 4 * MOST_NUMBERS
    return int(min(KEPT_A_CHARACTER * facts.n_rows * facts.text_chars, counts + numbers))


def _facts(folder: TaskFolder) -> Mapping[bool, Facts]:
    """The task's facts on the rows of a refit (True), and on those of the task that a fold is a part of (False)."""
    every = replace(folder.task.facts, n_rows=len(folder.target))
    searched = replace(every, n_rows=round(every.n_rows * 1.25 / folder.refit_growth))
    return MappingProxyType({True: every, False: searched})
