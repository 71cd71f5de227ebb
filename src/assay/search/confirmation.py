"""Confirmation of keeps on other folds: which experiments need it, the runs it takes, the verdict that follows.

The folds on which a proposal beat the champion helped to choose it, and so did its seeds. Both are fitted again on
another partition of the same rows, with other seeds; the luck of the rows themselves remains, and the vault is there to
measure it. Researchers go on from whatever scores well, kept or not, so that small gains add up to a visible one
(benchmarks/evidence_search.py). How much has to show on the other folds: evidence.judge.HELD.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from assay.core.experiment import Experiment
from assay.core.figure import Difference, number_text
from assay.evidence.judge import HELD, holds_again
from assay.journal.adaptive import UNCONFIRMED, is_searched
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.records import VerdictRecord
from assay.journal.state import LabState

SHARE = 0.125
"""Largest share of the time left for one run, a quarter for a pair; what cannot be afforded stays unconfirmed."""
NOT_AGAIN = "not again"
"""The rule where both were fitted on other folds and the gain did not hold."""

Compare = Callable[[int, int, int], Difference]
"""What the second run gains over the first, both on a partition: (run, run, partition)."""

CONFIRM = "confirm"
"""The proposer's name of runs on other folds in the ledger."""


def must_show(state: LabState, experiment: Experiment, *, partitions: int) -> bool:
    """Whether a gain of this experiment has to hold on other folds before it is a keep.

    Not where rows have one partition only (order of time, a holdout), nor where one of the two is a second level, whose
    columns were predicted in the first folds.
    """
    champion = state.champion
    if partitions < 2 or champion is None:
        return False
    if experiment.partition or not is_searched(experiment):
        return False
    return not experiment.recipe.on and not state.entries[champion].experiment.recipe.on


def place_of(state: LabState, number: int, *, partitions: int) -> int:
    """The partition on which an experiment is confirmed: all but the first take turns."""
    return 1 + state.confirming.get(number, len(state.confirming)) % (partitions - 1)


def pair_of(state: LabState, number: int, *, partitions: int) -> tuple[int, int] | None:
    """The runs of champion and experiment on its partition; None until both are complete."""
    if partitions < 2:
        return None
    place = place_of(state, number, partitions=partitions)
    found = [state.runs.get((one, place)) for one in (state.champion, number) if one is not None]
    return (found[0], found[1]) if len(found) == 2 and found[0] and found[1] else None


def after_confirm(
    state: LabState, experiment: Experiment, verdict: VerdictRecord, compare: Compare, *, partitions: int
) -> VerdictRecord:
    """The verdict with the result on other folds; without one it is no keep (rule UNCONFIRMED)."""
    if verdict.against is None or not verdict.kept or not must_show(state, experiment, partitions=partitions):
        return verdict
    pair = pair_of(state, experiment.number, partitions=partitions)
    if pair is None:
        why = f"{verdict.why}; not yet compared on other folds"
        return replace(verdict, kept=False, rule=UNCONFIRMED, why=why)
    found = compare(*pair, place_of(state, experiment.number, partitions=partitions))
    why = f"{verdict.why}; {number_text(found.z, 1, signed=True)} σ on other folds"
    held = HELD if state.session is None else state.session.held  # as the session began: an audit judges by its rule
    if holds_again(found, held=held):
        return replace(verdict, kept=True, rule="gain", confirm=found, why=why)
    needed = f", at least {held:g} σ needed" if held else ""
    return replace(verdict, kept=False, rule=NOT_AGAIN, confirm=found, why=f"{why}{needed}")


def shown_z(verdict: VerdictRecord) -> float:
    """The difference to the champion in its σ, as researchers see it: on other folds alone, where these were fitted.

    The mean of both would still hold half of the luck of the first folds (benchmarks/evidence_search.py measures both).
    """
    shown = verdict.against if verdict.confirm is None else verdict.confirm
    return 0.0 if shown is None else shown.z


def luck(verdict: VerdictRecord) -> float:
    """The part of a score's gain that other folds did not confirm; 0 where these were not fitted."""
    if verdict.confirm is None or verdict.against is None:
        return 0.0
    return verdict.against.value - verdict.confirm.value


def waiting(state: LabState) -> list[ExperimentEntry]:
    """Experiments whose keep waits for other folds, in order of arrival."""
    entries = [state.entries[number] for number in state.confirming]
    waits = (e for e in entries if e.verdict is not None and e.verdict.rule == UNCONFIRMED)
    return [entry for entry in waits if not entry.is_void]


def wanted(state: LabState, *, n: int, partitions: int, asked: frozenset[str], seed: int) -> tuple[Experiment, ...]:
    """At most n runs on other folds that a waiting keep needs; asked: keys that are known, or cannot be afforded.

    One keep at a time, the strongest first: if it holds there is a new champion, and most others need no runs.
    """
    lost = asked - {entry.experiment.key for entry in state.open()}
    strongest = sorted(waiting(state), key=lambda entry: -_z(entry)) if partitions > 1 else ()
    for entry in strongest:
        runs = list(_missing(state, entry.experiment.number, partitions))
        if runs and not any(run.key in lost for run in runs):  # where one of a pair is lost the other is of no use
            fresh = (run for run in runs if run.key not in asked)
            return tuple(
                replace(one, number=state.next_number + place, seed=seed) for place, one in enumerate(islice(fresh, n))
            )
    return ()


def _missing(state: LabState, number: int, partitions: int) -> Iterator[Experiment]:
    """The runs that a keep needs and that are not complete."""
    place = place_of(state, number, partitions=partitions)
    for one in (state.champion, number):
        if one is not None and (one, place) not in state.runs:
            yield _run(state.entries[one].experiment, place)


def _z(entry: ExperimentEntry) -> float:
    return 0.0 if entry.verdict is None or entry.verdict.against is None else entry.verdict.against.z


def _run(of: Experiment, place: int) -> Experiment:
    return Experiment(
        number=of.number, recipe=of.recipe, what=f"{of.what}, folds {place + 1}", by=CONFIRM,
        role="confirmation", pool="fixed", parents=(of.number,),
        question=f"Does what #{of.number} shows hold on other folds?", predicted_sigma=0.0, predicted_keep=0.0,
        partition=place,
    )  # fmt: skip
