"""Labels that all models reject: shown to the person, and less trusted in training."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.study import Findings, Leaning, StudyFact
from assay.explain.feature_columns import feature_columns
from assay.explain.label_noise import suspect_labels
from assay.studies import register
from assay.studies.study_context import StudyContext
from assay.studies.study_contract import StudyTraits

MOST_MODELS, MOST_SHOWN = 8, 20


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
        return "" if len(_models(context)) > 1 else "needs experiments of two families"

    def seconds(self, context: StudyContext) -> float:
        return 2.0 + 2e-5 * len(context.y)

    def run(self, context: StudyContext) -> Findings:
        numbers = _models(context)
        if not context.has_errors:
            return Findings()
        found = suspect_labels(
            np.stack([context.oof(number) for number in numbers]), context.y,
            is_class=context.folder.task.problem.is_class, units=context.units,
            columns=feature_columns(context.folder.table, context.folder.task.schema),
            seed=context.seeds.child("labels").number,
        )  # fmt: skip
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


def _models(context: StudyContext) -> list[int]:
    """The best experiment of each family, but the constant."""
    best: dict[str, int] = {}
    for entry in context.tried:
        name = entry.experiment.recipe.model.name
        if name != "constant" and context.read(entry.experiment.number) is not None:
            best.setdefault(name, entry.experiment.number)
    return list(best.values())[:MOST_MODELS]
