"""What the shipped model was chosen from, as recorded: enough to make the correction for choosing again."""

from dataclasses import dataclass

from assay.ensemble.candidate import Blend, BlendLimits, Candidate
from assay.evidence.bbc import Choice
from assay.lab.reblend import Reblend
from assay.lab.settle import Settler


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRecord:
    """pool: experiments that could have shipped, in order; draws: resamples made, usable or not."""

    pool: tuple[int, ...]
    limits: BlendLimits
    copies: int = 0
    draws: int


def choice_of(
    settler: Settler, candidates: list[Candidate], chosen: Blend, *, limits: BlendLimits, draws: int | None = None
) -> Choice:
    """The choice among candidates, their blend made anew in every resample; draws: at most so many of these."""
    state, several = settler.book.state, len(candidates) > 1
    seeds = settler.seeds.child("final")
    blend = (
        Reblend.of(candidates, chosen, settler.folder.target, limits=limits, seeds=seeds) if several else None
    )  # fmt: skip
    return Choice(
        pool={candidate.number: candidate.oof for candidate in candidates}, blend=blend,
        baseline=None if state.baseline is None else settler.oof.get(state.baseline),
        searched=sum(not state.entries[candidate.number].experiment.fixed_pool for candidate in candidates),
        draws=draws,
    )  # fmt: skip
