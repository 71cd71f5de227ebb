"""Prediction with stacked members: the first level reads the columns, others also predictions of those below them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.core.array import AnyArray, Floats
from assay.core.contract import State
from assay.core.effort import Effort, total
from assay.core.table import Table
from assay.ensemble.combine import combined
from assay.pipeline.stacking_inputs import beside
from assay.pipeline.surroundings import Surroundings
from assay.predictor.member import Member, levels_of
from assay.predictor.passport import Passport
from assay.predictor.prediction_plan import PredictionPlan


def plan_of(
    members: Sequence[Member], states: Mapping[str, State], passport: Passport, surroundings: Surroundings
) -> "PredictionPlan | StackedPlan":
    """The plan of these members, of one level or more."""
    if any(member.on for member in members):
        return StackedPlan.of(members, states, passport, surroundings)
    return PredictionPlan.of(
        members, states, passport.scale, passport.learned, candidates=passport.candidates, surroundings=surroundings
    )


@dataclass(frozen=True, slots=True, eq=False)
class _SecondLevel:
    """Members with the same inputs, which share one table."""

    on: tuple[int, ...]
    numbers: tuple[int, ...]
    plan: PredictionPlan


@dataclass(frozen=True, slots=True, eq=False)
class StackedPlan:
    """Plans of all levels, upper: the lower ones first. weights: of members with weight, by number."""

    first: PredictionPlan
    numbers: tuple[int, ...]
    upper: tuple[_SecondLevel, ...]
    weights: Mapping[int, float]
    passport: Passport

    @classmethod
    def of(
        cls, members: Sequence[Member], states: Mapping[str, State], passport: Passport, surroundings: Surroundings
    ) -> "StackedPlan":
        """Restore every state once per level; members: checked by member.check_members."""

        def planned(level: Sequence[Member]) -> PredictionPlan:
            return PredictionPlan.of(
                level, states, passport.scale, candidates=passport.candidates, surroundings=surroundings
            )  # fmt: skip

        first = [member for member in members if not member.on]
        uppers = []
        levels = levels_of({member.number: member.on for member in members})
        for on in dict.fromkeys(m.on for m in sorted(members, key=lambda m: levels[m.number]) if m.on):
            alike = [member for member in members if member.on == on]
            uppers.append(
                _SecondLevel(
                    on,
                    tuple(m.number for m in alike),
                    planned(alike),
                )
            )
        weights = {member.number: member.weight for member in members if member.weight > 0}
        numbers = tuple(member.number for member in first)
        lower = planned(first)
        return cls(lower, numbers, tuple(uppers), weights, passport)

    def predict(self, table: Table) -> Floats:
        """Stored-form predictions of the blend, before calibration: (n,) or (n, k)."""
        is_class = bool(self.passport.classes)
        answers: dict[int, AnyArray] = dict(zip(self.numbers, self.first.means(table), strict=True))
        for upper in self.upper:
            wider = beside(table, {number: answers[number] for number in upper.on}, is_class=is_class)
            answers.update(zip(upper.numbers, upper.plan.means(wider), strict=True))
        counted = [answers[number] for number in self.weights]
        return combined(counted, list(self.weights.values()), self.passport.scale, self.passport.learned)

    def effort(self) -> Effort:
        """Cost of `predict` for one row."""
        return self.first.effort() + total(upper.plan.effort() + Effort(calls=12) for upper in self.upper)
