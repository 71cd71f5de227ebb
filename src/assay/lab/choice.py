"""What the shipped model was chosen from, as recorded: enough to make the correction for choosing again."""

from collections.abc import Mapping
from dataclasses import dataclass

from assay.core.array import AnyArray
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.ensemble.candidate import Blend, BlendLimits, Candidate
from assay.evidence.bbc import Choice
from assay.lab.reblend import Reblend
from assay.lab.state import LabState


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRecord:
    """pool: experiments that could have shipped, in order; draws: resamples made, usable or not."""

    pool: tuple[int, ...]
    limits: BlendLimits
    copies: int = 0
    draws: int


def choice_of(
    candidates: list[Candidate], chosen: Blend, target: Target, *, state: LabState, oof: Mapping[int, AnyArray],
    limits: BlendLimits, seeds: Seeds, draws: int | None = None,
) -> Choice:  # fmt: skip
    """The choice among candidates, their blend made anew in every resample; draws: at most so many of these."""
    several = len(candidates) > 1
    blend = Reblend.of(candidates, chosen, target, limits=limits, seeds=seeds) if several else None
    return Choice(
        pool={candidate.number: candidate.oof for candidate in candidates}, blend=blend,
        baseline=None if state.baseline is None else oof.get(state.baseline),
        searched=sum(not state.entries[candidate.number].experiment.fixed_pool for candidate in candidates),
        draws=draws,
    )  # fmt: skip
