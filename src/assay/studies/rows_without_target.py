"""Rows without a target: whether there are enough of them to learn from."""

import re
from dataclasses import dataclass
from typing import ClassVar

from assay.core.study import Findings, Leaning, StudyFact
from assay.studies import register
from assay.studies.study_context import StudyContext
from assay.studies.study_contract import StudyTraits

LEAST_RATIO, FEWEST = 1.0, 200
"""Rows without a target to rows with one, and the fewest of them, from which they are worth a try."""


@register("unlabelled")
@dataclass(frozen=True)
class RowsWithoutTarget:
    """Counts the rows that lie beside the lab, or were left out, as their target is missing. Whether they help,
    experiments say."""

    traits: ClassVar[StudyTraits] = StudyTraits(
        question="Are there rows without a target to learn from?", place=18, experiments=0,
        asked_as=("unlabelled", "unlabeled", "without a target", "missing target", "pseudo"),
    )  # fmt: skip

    def why_not(self, context: StudyContext) -> str:
        return ""

    def seconds(self, context: StudyContext) -> float:
        return 0.1

    def run(self, context: StudyContext) -> Findings:
        kept, labelled = context.folder.task.facts.n_unlabelled, len(context.y)
        n = kept or left_out(context)
        if n < max(FEWEST, LEAST_RATIO * labelled):
            return Findings()
        how = "they are kept for pseudo-labels" if kept else "--unlabelled missing keeps them for pseudo-labels"
        said = (
            f"{n:,} rows have no target, beside {labelled:,} that have one: their features say where rows lie ({how})"
        )
        fact = StudyFact(
            code="unlabelled", says=said, value=n / labelled, unit="rows without a target for each with one"
        )
        return Findings(facts=(fact,), leanings=(
            Leaning(move="pseudo_labels", factor=3.0, why=f"{n:,} rows have no target"),
            Leaning(move="drift_weights", factor=1.5, why=f"{n:,} rows have no target"),
        ))  # fmt: skip


def left_out(context: StudyContext) -> int:
    """Rows that the task left out for want of a target, as its notice says."""
    said = (notice.message for notice in context.folder.task.notices if notice.code == "data/missing-target")
    found = (re.match(r"([\d,]+) row", message) for message in said)
    return sum(int(one.group(1).replace(",", "")) for one in found if one)
