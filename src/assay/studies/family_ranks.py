"""Families compared: the best of each against the best of all, on the same rows, and which the blend is made of."""

from dataclasses import dataclass
from typing import ClassVar

from assay.core.study import Findings, StudyFact
from assay.report.figure_text import size_with_error
from assay.studies import register
from assay.studies.study_context import StudyContext
from assay.studies.study_contract import StudyTraits

MOST_FAMILIES = 12


@register("families")
@dataclass(frozen=True)
class FamilyRanks:
    """Paired differences of the best experiment of each family to the best of all, with σ. Measures: every lab has
    them."""

    traits: ClassVar[StudyTraits] = StudyTraits(
        question="Which families of models are good here?", place=40, experiments=3,
        asked_as=("family", "families", "model", "models", "compare", "comparison", "boosting", "blend"),
    )  # fmt: skip

    def why_not(self, context: StudyContext) -> str:
        families = {entry.experiment.recipe.model.name for entry in context.tried}
        return "" if len(families) > 1 else "needs experiments of two families"

    def seconds(self, context: StudyContext) -> float:
        return 1.0 + 2e-5 * len(context.y) * MOST_FAMILIES

    def run(self, context: StudyContext) -> Findings:
        best: dict[str, int] = {}
        for entry in context.tried:
            if context.read(entry.experiment.number) is not None:
                best.setdefault(entry.experiment.recipe.model.name, entry.experiment.number)
        first = next(iter(best.values()), None)
        if first is None:
            return Findings()
        facts = [self._first(context, first)]
        noise = context.scorer.noise(context.state)
        for family, number in list(best.items())[1 : 1 + MOST_FAMILIES]:
            gap = context.scorer.gap(context.oof(first), context.oof(number), noise=noise, over=first)
            weight = context.state.weight_of(number)
            part = f"weight {weight:.2f} in the blend" if weight else "no part of the blend"
            facts.append(StudyFact(
                code="family", value=gap.value, sigma=gap.sigma, low=gap.low, high=gap.high, is_measure=True,
                unit=context.scorer.metric.title, experiments=(first, number), p=gap.p,
                says=f"{family} (#{number}) is {size_with_error(gap)} "
                f"{'worse' if gap.value < 0 else 'better'} than #{first}; {part}",
            ))  # fmt: skip
        return Findings(facts=tuple(facts))

    @staticmethod
    def _first(context: StudyContext, number: int) -> StudyFact:
        entry = context.state.entries[number]
        name, weight = entry.experiment.recipe.model.name, context.state.weight_of(number)
        score = None if entry.result is None else entry.result.score
        return StudyFact(
            code="family", value=score, unit=context.scorer.metric.title, experiments=(number,), is_measure=True,
            says=f"{name} (#{number}) is the best, weight {weight:.2f} in the blend",
        )  # fmt: skip
