"""The step that drops text columns, for models with readable columns."""

from dataclasses import dataclass
from typing import ClassVar

from assay.core.contract import Effort, Seeds, StepTraits, Table, Target
from assay.features import register
from assay.features.stored_state import StoredFields, StoredStep


@dataclass(frozen=True, slots=True)
class FittedWithoutText(StoredFields):
    """names: the columns that are left aside."""

    stored_as: ClassVar[str] = "without_text"
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        return table.without("text")

    def effort(self) -> Effort:
        return Effort(calls=8)


@register("without_text")
@dataclass(frozen=True)
class WithoutText(StoredStep):
    """Text columns are dropped; the others stay as they are."""

    traits: ClassVar[StepTraits] = StepTraits(readable=True)
    fitted = FittedWithoutText

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedWithoutText:
        return FittedWithoutText(table.text_names)
