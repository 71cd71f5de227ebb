"""The models that may ship, and the blend that is chosen among them."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import Index
from assay.ensemble.candidate import Blend, BlendLimits, Candidate, stored_of
from assay.research.portfolio import CONSTANT
from assay.search.code_gate import sources_called
from assay.search.preset import is_readable
from assay.search.result_recorder import ResultRecorder
from assay.search.second_level import is_stacked, priced
from assay.search.serving_cost import Bounds, as_shipped, reading_ms
from assay.search.session import Session
from assay.ship.ensemble_choice import ChosenBlend, EnsembleChooser
from assay.ship.selection_pool import within
from assay.ship.shipping import copies_of, form_of


@dataclass
class EligibleModels:
    """The experiments that the preset and the limits allow, as of each call."""

    session: Session
    recorder: ResultRecorder
    nothing: bool = False
    """Whether what was chosen was no better than the constant, which ships in its place."""
    free: Blend | None = None
    """The blend that would ship without limits of time and size."""

    @property
    def copies(self) -> int:
        """Models of an experiment that ship as planned."""
        return copies_of(form_of(self.session.folder, self.session.settings), self.session.folder.split.n_folds)

    def limits(self) -> BlendLimits:
        """Limits on one copy of all members: the user's, less what it takes to read a row."""
        bounds, offered = Bounds.of(self.session.settings), self.candidates()
        row_ms = (bounds.row_ms - reading_ms(self.session.folder.task.schema)) / self.copies
        size_bytes = bounds.size_bytes / self.copies
        # a preset's limits are soft: where no model is as quick or as small, the next best may ship
        if self.session.settings.max_latency_ms is None:
            row_ms = max(row_ms, min((c.row_ms for c in offered), default=0.0))
        if self.session.settings.max_size_bytes is None:
            size_bytes = max(size_bytes, min((c.size_bytes for c in offered), default=0))
        return BlendLimits(row_ms=row_ms, size_bytes=size_bytes, members=self.session.settings.wanted.members)

    def candidates(self) -> list[Candidate]:
        """What may ship, at the cost of one copy: every real model the preset allows; only without any, the trivial
        ones; where none is better than the constant, the constant.
        """
        return self._constant() if self.nothing else self._found()

    def _found(self) -> list[Candidate]:
        return self._allowed(self.recorder.candidates()) or self.recorder.floor()

    def _allowed(self, found: list[Candidate]) -> list[Candidate]:
        """Those the preset allows, at the cost of one copy."""
        entries = self.session.state.entries
        shipped = as_shipped(self.session.state, found, copies=self.copies)
        candidates = priced(self.session.state, shipped)
        if self.session.settings.wanted.readable:
            candidates = [c for c in candidates if is_readable(entries[c.number].experiment.recipe)]
        if not self.session.settings.ship_code:
            candidates = [
                c for c in candidates
                if not sources_called(self.session.state, entries[c.number].experiment.recipe)
            ]  # fmt: skip
        return candidates

    def counted(self, limits: BlendLimits) -> list[Candidate]:
        """The models that a correction for choosing must count: those that may ship within the limits, and those that
        would but for a guard, for want of room for their models, or for a hint. Also where only the constant ships, as
        it was chosen by their scores. What is void and scored better than all that stands could not have been chosen:
        it is counted, and takes no part in the resamples.
        """
        offered = self._found()
        known = {candidate.number for candidate in offered}
        barred = [c for c in self._allowed(self.recorder.tried()) if c.number not in known]
        barred = [
            c for c in barred if not (self.session.state.entries[c.number].is_void and self._is_ahead(c, offered))
        ]
        return within((*offered, *barred), limits) or offered

    def _is_ahead(self, one: Candidate, offered: list[Candidate]) -> bool:
        sign = 1.0 if self.recorder.scorer.metric.higher_is_better else -1.0
        return sign * one.score > max((sign * c.score for c in offered), default=-np.inf)

    @property
    def instead(self) -> Candidate | None:
        """The constant, where it ships if no model is better; None where it has no score, or is the only candidate."""
        constant = self._constant()
        return constant[0] if constant and constant[0].number not in {one.number for one in self._found()} else None

    def _chooser(self, limits: BlendLimits) -> EnsembleChooser:
        return EnsembleChooser(
            target=self.session.folder.chosen_by, folds=self._folds, metric=self.recorder.scorer.metric,
            limits=limits, seeds=self.recorder.seeds.child("final"), score=self.recorder.scorer.figure_score,
        )  # fmt: skip

    def members(self, candidates: list[Candidate]) -> Blend:
        """The blend within the limits, with weights as they are before any are learned.

        First the one that would ship without limits of time and size; another only where it breaks them.
        """
        above = frozenset(c.number for c in candidates if is_stacked(self.session.state, c.number))
        limits = self.limits()
        self.free = self._chooser(BlendLimits(members=limits.members)).members(candidates, stacked=above)
        if limits.allow([c for c in candidates if c.number in self.free.numbers]):
            return self.free
        return self._chooser(limits).members(candidates, stacked=above)

    def final(self, chosen: Blend, candidates: list[Candidate]) -> ChosenBlend:
        """The members with the weights they ship with; the constant in their place where they are no better than it."""
        final = self._chooser(self.limits()).learned(chosen, stored_of(candidates, chosen.numbers))
        constant = self._constant()
        if constant and self.recorder.scorer.is_no_better(final.prediction, than=constant[0].oof):
            self.nothing = True
            final = self._chooser(self.limits()).choose(constant)
        self.session.journal.write("blend", final.blend)
        return final

    def _constant(self) -> list[Candidate]:
        """The constant as the only candidate; [] where it has no score."""
        entries = self.session.state.entries
        return [c for c in self.recorder.floor() if entries[c.number].experiment.entry == CONSTANT]

    @property
    def _folds(self) -> Index:
        return self.session.folder.split.numbers[:, 0].astype(np.int64)
