"""Leaks: columns that say too much of the target to be known beforehand."""

from dataclasses import dataclass
from typing import ClassVar

from assay.core.study import Findings, StudyFact
from assay.inspect.early_suspicions import SUSPECTED, suspected
from assay.studies import register
from assay.studies.study_context import StudyContext
from assay.studies.study_contract import StudyTraits


@register("leaks")
@dataclass(frozen=True)
class LeakingColumns:
    """The suspicions of inspect/early_suspicions on the rows of the search; what to do is the person's to say."""

    traits: ClassVar[StudyTraits] = StudyTraits(
        question="Does a column say too much?", place=14, experiments=0,
        asked_as=("leak", "leaks", "leakage", "too good", "cheat", "suspicious"),
    )  # fmt: skip

    def why_not(self, context: StudyContext) -> str:
        return "" if len(context.columns) <= 1000 else "looks at 1,000 columns at most (assay inspect looks at all)"

    def seconds(self, context: StudyContext) -> float:
        return 0.5 + 2e-4 * len(context.columns) * min(len(context.y), 20_000) / 1000

    def run(self, context: StudyContext) -> Findings:
        folder, names = context.folder, {column.name for column in context.columns}
        found = suspected(
            folder.task.schema, folder.table, folder.target, kept=(), seeds=context.seeds, units=context.units
        )
        return Findings(facts=tuple(
            StudyFact(code="leak", says=one.message, columns=(one.column,))
            for one in found if one.code in SUSPECTED and one.column in names
        ))  # fmt: skip
