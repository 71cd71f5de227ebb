"""The number of experiments of a lab, counted as `--experiments` counts them: those of the search."""

from collections import Counter
from dataclasses import dataclass

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
    beside: UncountedRuns


def counts(state: LabState) -> Counts:
    """The counts of a lab's current state."""
    ended = [entry for entry in state.entries.values() if entry.result is not None]
    made = Counter(entry.experiment.role for entry in ended)
    found = Counter(entry.status for entry in ended if entry.experiment.role == "proposal")
    return Counts(
        experiments=found.total(), kept=found["kept"], dropped=found["dropped"], failed=found["failed"],
        stopped_early=found["stopped early"],
        beside=UncountedRuns(blends=made["blend"], confirmations=made["confirmation"]),
    )  # fmt: skip
