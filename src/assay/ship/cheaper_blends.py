"""The best blend by score among cheaper ones, where the first is above a limit or its refits were late."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import nan

from assay.core.array import AnyArray
from assay.ensemble.candidate import Blend, Candidate
from assay.search.result_recorder import ResultRecorder
from assay.search.second_level import with_below
from assay.search.serving_cost import Bounds, as_shipped, reading_ms
from assay.search.session import Session
from assay.ship.ensemble_choice import ChosenBlend
from assay.ship.model_pick import ModelPicker, Option


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredCost:
    """Cost of a saved bundle: milliseconds of one row, by counts and as measured (None: no time), bytes on disk; and
    the columns that it was seen not to read.
    """

    estimated_ms: float
    measured_ms: float | None
    size_bytes: int
    unread: tuple[str, ...] = ()


def without(blend: Blend, numbers: Collection[int]) -> Blend | None:
    """The blend of its other members by weighted mean, as learned weights were learned for all; None without any."""
    kept = [number for number in blend.numbers if number not in numbers]
    if not kept:
        return None
    total = sum(blend.weight_of(number) for number in kept)
    weights = tuple(blend.weight_of(number) / total for number in kept)
    return replace(blend, numbers=tuple(kept), weights=weights, score=nan, learned=None)


@dataclass(frozen=True)
class CheaperBlends:
    """copies: how many models of an experiment ship; oof: out-of-fold predictions by experiment."""

    session: Session
    recorder: ResultRecorder
    copies: Callable[[int], int]
    oof: Mapping[int, AnyArray]

    def instead_of(self, final: ChosenBlend, weight: MeasuredCost | None) -> ChosenBlend | None:
        """The blend or single model of its members to ship in its place; None where it is to stay.

        weight: the cost of the saved blend that is above a limit; None before it is saved.
        """
        whole = self._option(final.blend, final.prediction, scale=(1.0, 1.0))
        scale = (1.0, 1.0)
        if weight is not None:
            scale = (weight.estimated_ms / max(whole.row_ms, 1e-9), weight.size_bytes / max(whole.size_bytes, 1.0))
        lighter = [self._scored(blend, scale) for blend in self._fewer(final.blend)]
        singles = [one for one in lighter if len(one.blend.numbers) == 1]
        if not singles:
            return None
        several = self._picker.best_first([one for one in lighter if len(one.blend.numbers) > 1])
        planned = several if weight is not None else [whole, *several]
        chosen = self._picker.pick(planned, singles)
        return None if chosen is whole else ChosenBlend(blend=chosen.blend, prediction=chosen.blend.predict(self.oof))

    def cost(self, blend: Blend) -> tuple[float, float]:
        """(milliseconds of one row, bytes) of a blend as it would ship now."""
        state, row_ms, size_bytes = self.session.state, reading_ms(self.session.folder.task.schema), 0.0
        for number in with_below(state, blend.numbers):
            if number in self._tried:
                copies = self.copies(number)
                (one,) = as_shipped(state, [self._tried[number]], copies=copies)
                row_ms, size_bytes = row_ms + copies * one.row_ms, size_bytes + copies * one.size_bytes
        return row_ms, size_bytes

    @cached_property
    def _tried(self) -> Mapping[int, Candidate]:
        return {candidate.number: candidate for candidate in self.recorder.tried()}

    def _fewer(self, blend: Blend) -> list[Blend]:
        """Each member alone; without the lightest by weight, then the next; the same for the slowest, the largest."""
        costs = {
            number: self.cost(replace(blend, numbers=(number,), weights=(1.0,), learned=None))
            for number in blend.numbers
        }
        orders = [sorted(blend.numbers, key=blend.weight_of)]
        orders += [[n for _, n in sorted((-costs[n][i], n) for n in blend.numbers)] for i in range(2)]
        left = [order[:n] for order in orders for n in range(1, len(order))]
        left += [[other for other in blend.numbers if other != number] for number in blend.numbers]
        found = [lighter for numbers in left if (lighter := without(blend, numbers)) is not None]
        return list({one.numbers: one for one in found}.values()) if len(blend.numbers) > 1 else []

    def _scored(self, blend: Blend, scale: tuple[float, float]) -> Option:
        return self._option(blend, blend.predict(self.oof), scale=scale)

    def _option(self, blend: Blend, prediction: AnyArray, *, scale: tuple[float, float]) -> Option:
        row_ms, size_bytes = self.cost(blend)
        score = self.recorder.scorer.figure_score(prediction)
        return Option(blend=blend, score=score, row_ms=scale[0] * row_ms, size_bytes=scale[1] * size_bytes)

    @property
    def _picker(self) -> ModelPicker:
        metric = self.recorder.scorer.metric
        return ModelPicker(higher_is_better=metric.higher_is_better, bounds=Bounds.of(self.session.settings))
