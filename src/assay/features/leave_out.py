"""Columns left out by name, or by kind."""

from dataclasses import dataclass
from typing import ClassVar

from assay.core.contract import Seeds, StepTraits, Table, Target
from assay.features import register
from assay.features.named_columns import Dropping, check_names, left_of, named
from assay.features.stored_state import StoredStep


@dataclass(frozen=True, slots=True, eq=False)
class FittedLeaveOut(Dropping):
    """Drops those named."""

    stored_as: ClassVar[str] = "leave_out"


@register("leave_out")
@dataclass(frozen=True)
class LeaveOut(StoredStep):
    """All columns but those named, as if these had never been in the table.

    columns: by name; blocks: by kind, "numbers", "categories", "dates", "text". A column or a kind that is not there is
    an error, and so is leaving out all. With nothing named nothing is left out.
    """

    columns: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()

    traits: ClassVar[StepTraits] = StepTraits(
        readable=True, keeps_monotone=True, names_columns=True, only_drops=True
    )  # fmt: skip
    fitted = FittedLeaveOut

    def __post_init__(self) -> None:
        check_names("leave_out", self.columns, self.blocks)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedLeaveOut:
        gone = named("leave_out", table, self.columns, self.blocks)
        return FittedLeaveOut(left_of("leave_out", table, gone), len(table.names))
