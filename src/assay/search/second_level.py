"""Second-level models in the lab: their inputs are laid out for workers, and cost and ship with them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from assay.core.contract import Ledger
from assay.core.experiment import Experiment
from assay.core.recipe import Step
from assay.ensemble.candidate import Blend, Candidate
from assay.journal.state import LabState
from assay.pipeline.stacking_inputs import StackingBase, store_base
from assay.pipeline.store import TaskFolder


def lay_out(folder: TaskFolder, ledger: Ledger, state: LabState, experiment: Experiment) -> None:
    """Put the predictions that an experiment reads into the work folder; nothing for one that reads the table alone."""
    lay_out_all(folder, ledger, state, experiment.recipe.on)


def lay_out_all(folder: TaskFolder, ledger: Ledger, state: LabState, numbers: Sequence[int]) -> None:
    """Put out-of-fold predictions of experiments, and of those they read, into the work folder; ValueError without
    predictions.
    """
    for number in with_below(state, numbers):
        entry = state.entries[number]
        if entry.result is None or entry.result.oof is None:
            raise ValueError(f"#{number} is to be read by others and has no out-of-fold predictions.")
        base = StackingBase(experiment=entry.experiment, rounds=entry.result.rounds)
        store_base(folder, base, np.asarray(ledger.array(entry.result.oof)))


def is_stacked(state: LabState, number: int) -> bool:
    """Whether an experiment reads the predictions of others."""
    return bool(state.entries[number].experiment.recipe.on)


def with_below(state: LabState, numbers: Sequence[int]) -> tuple[int, ...]:
    """Experiments, then those they read that are not among them, and what these read, each once."""
    below = [other for number in numbers for other in state.entries[number].experiment.recipe.on]
    return tuple(dict.fromkeys((*numbers, *(with_below(state, below) if below else ()))))


def explained(state: LabState, numbers: Sequence[int]) -> list[int]:
    """Members that may stand for a blend where columns are shuffled: those that read columns alone.

    A second level reacts to a shuffled column only where it reads it itself; where it is the only member, the
    experiments it reads stand for it.
    """
    plain = [number for number in numbers if not is_stacked(state, number)]
    return plain or [number for number in with_below(state, numbers) if not is_stacked(state, number)]


def priced(state: LabState, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Candidates at the cost of all that ships with them; one that reads an experiment that cannot ship is left out.

    Members that share an input pay for it twice: limits are kept with room to spare.
    """
    known = {candidate.number: candidate for candidate in candidates}
    out = []
    for one in candidates:
        on = with_below(state, (one.number,))[1:]
        below = [known[number] for number in on if number in known]
        if len(below) < len(on):
            continue
        row_ms, size_bytes = (sum(getattr(c, name) for c in (one, *below)) for name in ("row_ms", "size_bytes"))
        out.append(
            replace(one, row_ms=row_ms, size_bytes=size_bytes, family=f"{one.family} on others" if on else one.family)
        )
    return out


def blend_step(chosen: Blend) -> Step:
    """A blend as the model of its own experiment; a learned one also by its weights per member and class."""
    step = Step.of("blend", numbers=chosen.numbers, weights=chosen.weights, scale=chosen.scale)
    if chosen.learned is None:
        return step
    return step.with_params(by_class=chosen.learned.weights, intercept=chosen.learned.intercept)
