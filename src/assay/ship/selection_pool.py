"""The pool that the shipped model was chosen from, as recorded: enough to compute the correction for choosing again."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray
from assay.ensemble.candidate import Blend, BlendLimits, Candidate
from assay.evidence.bbc import ModelChoice
from assay.journal.adaptive import is_searched
from assay.search.result_recorder import ResultRecorder
from assay.ship.bagged_blend import BaggedBlend

MOST_POOL = 500
"""Recipes a correction looks at, the best by score: no resample chooses one further back, and each costs a score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRecord:
    """pool: experiments that could have shipped, in order; draws: resamples made, usable or not. fixed, searched: how
    many were to choose from, those outside the pool among them. instead: the constant, which ships where nothing is
    better; None where it has no score, or is the only candidate.
    """

    pool: tuple[int, ...]
    limits: BlendLimits
    copies: int = 0
    draws: int
    fixed: int
    searched: int
    instead: int | None = None


def within(candidates: Sequence[Candidate], limits: BlendLimits) -> list[Candidate]:
    """Those that could ship alone: a model that breaks the limits was no choice, however well it scored."""
    return [candidate for candidate in candidates if limits.allow([candidate])]


def nearest(candidates: Sequence[Candidate], chosen: Blend, *, higher_is_better: bool) -> list[Candidate]:
    """The best MOST_POOL by score and the members of what ships, in order of number."""
    sign = -1.0 if higher_is_better else 1.0
    place = {one.number: np.inf if np.isnan(one.score) else sign * one.score for one in candidates}
    ranked = sorted(candidates, key=lambda one: (one.number not in chosen.numbers, place[one.number], one.number))
    return sorted(ranked[:MOST_POOL], key=lambda one: one.number)


def recorded(
    recorder: ResultRecorder,
    tried: Sequence[Candidate],
    chosen: Blend,
    *,
    limits: BlendLimits,
    copies: int,
    instead: Candidate | None,
) -> tuple[ChoiceRecord, list[Candidate]]:
    """(the record of a choice whose resamples are still to be made, the candidates of its pool)."""
    pool = nearest(tried, chosen, higher_is_better=recorder.scorer.metric.higher_is_better)
    entries, known = recorder.journal.state.entries, {one.number for one in tried}
    others = (one.number for one in recorder.tried() if one.number not in known)
    void = [number for number in others if entries[number].is_void]  # what was tried still counts
    searched = sum(is_searched(entries[number].experiment) for number in (*known, *void))
    record = ChoiceRecord(
        pool=tuple(one.number for one in pool), limits=limits, copies=copies, draws=0,
        fixed=len(known) + len(void) - searched,
        searched=searched, instead=None if instead is None else instead.number,
    )  # fmt: skip
    return record, pool


def choice_of(
    recorder: ResultRecorder,
    candidates: Sequence[Candidate],
    chosen: Blend,
    record: ChoiceRecord,
    *,
    shipped: AnyArray,
    draws: int | None = None,
) -> ModelChoice:
    """The choice among candidates, their blend chosen anew in every resample. The baseline is one fit of its recipe, as
    on the leaderboard, though it was fitted on other folds, too. shipped: predictions of what ships; draws: at most so
    many resamples."""
    state, several, limits = recorder.journal.state, len(candidates) > 1, record.limits
    seeds = recorder.seeds.child("final")
    blend = (
        BaggedBlend.of(candidates, chosen, recorder.folder.chosen_by, limits=limits, seeds=seeds) if several else None
    )  # fmt: skip
    return ModelChoice(
        pool={candidate.number: candidate.oof for candidate in candidates}, blend=blend,
        instead=None if record.instead is None else recorder.oof[record.instead], shipped=shipped,
        baseline=None if state.baseline is None else recorder.own.get(state.baseline),
        searched=record.searched, behind=record.fixed + record.searched - len(candidates), draws=draws,
    )  # fmt: skip
