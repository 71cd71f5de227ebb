"""The number of experiments of a lab, counted as `--experiments` counts them: those of the search."""

from collections import Counter
from dataclasses import dataclass

from assay.core.event import Status
from assay.core.experiment import Role
from assay.core.uncounted_runs import UncountedRuns
from assay.journal.state import LabState


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Experiments that have ended, by outcome; beside: those that ended without counting towards the search."""

    experiments: int
    kept: int
    dropped: int
    stopped_early: int
    failed: int
    void: int
    repeats: int
    beside: UncountedRuns


def counts(state: LabState) -> Counts:
    """The counts of a lab's current state."""
    made, found = Counter[Role](), Counter[Status]()
    for (role, status), number in state.index.outcomes.items():
        made[role] += number
        found[status] += number if role == "proposal" else 0
    return Counts(
        experiments=found.total(), kept=found["kept"], dropped=found["dropped"], failed=found["failed"],
        stopped_early=found["stopped early"], void=found["void"],
        repeats=found["repeat"],
        beside=UncountedRuns(blends=made["blend"], confirmations=made["confirmation"]),
    )  # fmt: skip
