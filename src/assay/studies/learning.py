"""What more rows would bring: the champion's learning curve."""

from dataclasses import dataclass
from typing import ClassVar

from assay.core.study import Findings, StudyFact
from assay.core.views import MoreRows
from assay.search.learning_curve import FEWEST_ROWS, FOLDS_WORTH, more_rows, seconds_of
from assay.studies import register
from assay.studies.study_context import StudyContext
from assay.studies.study_contract import StudyTraits


@register("curve")
@dataclass(frozen=True)
class LearningRows:
    """The learning curve of search/learning_curve, which a plateau measures, too; one that was measured is not measured
    again. A measure: every table has one."""

    traits: ClassVar[StudyTraits] = StudyTraits(
        question="Would more rows help?", place=60, rows=FEWEST_ROWS,
        asked_as=("rows", "more rows", "more data", "data", "learning curve", "curve"),
    )  # fmt: skip

    def why_not(self, context: StudyContext) -> str:
        return "" if seconds_of(context.state, context.executor.workers) is not None else "needs a champion"

    def seconds(self, context: StudyContext) -> float:
        if _known(context):
            return 0.0
        if context.is_exact:
            return context.fold_seconds * FOLDS_WORTH
        return seconds_of(context.state, context.executor.workers) or 0.0

    def run(self, context: StudyContext) -> Findings:
        known = _known(context)
        more = known or more_rows(
            context.folder, context.state, context.scorer, context.executor,
            context.deadline, context.goes_on,
        )  # fmt: skip
        return Findings() if more is None else Findings(facts=(_fact(more, context),))


def _known(context: StudyContext) -> MoreRows | None:
    more = context.state.more
    return more if more is not None and more.number == context.champion else None


def _fact(more: MoreRows, context: StudyContext) -> StudyFact:
    title = context.scorer.metric.title
    may = f"may bring {more.value:+.3g}" if more.is_visible else "would bring no visible gain"
    return StudyFact(
        code="more_rows", is_measure=True, value=more.value, low=more.low, high=more.high,
        sigma=(more.high - more.low) / 3.92, unit=context.scorer.metric.title, experiments=(more.number,),
        says=f"{more.rows:,} more rows {may} in {title} (95 % {more.low:.3g} to {more.high:.3g}), by the learning "
        f"curve of #{more.number}",
    )  # fmt: skip
