"""Labels that all models reject: shown to the person, and less trusted in training."""

from dataclasses import dataclass
from typing import ClassVar

from assay.core.study import Findings, Leaning, StudyFact
from assay.studies import register
from assay.studies.study_context import StudyContext
from assay.studies.study_contract import StudyTraits
from assay.views.lab_errors import rejected_labels, witnesses

MOST_SHOWN = 20


@register("labels")
@dataclass(frozen=True)
class RejectedLabels:
    """Rows whose given target every model rejects (explain/label_noise), by the predictions of the best experiment of
    each family. Of classes a finding; of numbers a measure, as the tail of a skewed law looks like gross errors."""

    traits: ClassVar[StudyTraits] = StudyTraits(
        question="Which labels are wrong?", place=20, rows=300, experiments=2,
        asked_as=("label", "labels", "mislabelled", "mislabeled", "label noise", "wrong labels", "labels are wrong"),
    )  # fmt: skip

    def why_not(self, context: StudyContext) -> str:
        return "" if len(witnesses(context.tried, context.read)) > 1 else "needs experiments of two families"

    def seconds(self, context: StudyContext) -> float:
        return 2.0 + 2e-5 * len(context.y)

    def run(self, context: StudyContext) -> Findings:
        numbers = witnesses(context.tried, context.read)
        if not context.has_errors:
            return Findings()
        found = rejected_labels(context.folder, context.state, [context.oof(number) for number in numbers])
        if not found.is_visible:
            return Findings()
        is_class = context.folder.task.problem.is_class
        rows = tuple(one.row for one in found.rows[:MOST_SHOWN])
        said = (
            f"{100 * found.share:.1f} % of the targets look wrong (95 % {100 * found.low:.1f} to "
            f"{100 * found.high:.1f}): {len(numbers)} models of different families reject them. "
            f"Look at {len(rows)} of them first"
        )
        fact = StudyFact(
            code="label_noise", says=said, value=found.share, low=found.low, high=found.high, unit="share of rows",
            p=found.p, experiments=tuple(numbers), rows=rows, is_measure=not is_class,
        )  # fmt: skip
        trusted = Leaning(move="trusted_rows", factor=3.0, why="some labels look wrong")
        return Findings(facts=(fact,), leanings=(trusted,) if is_class else ())
