"""Columns kept by name, or by kind, and no others."""

from dataclasses import dataclass
from typing import ClassVar

from assay.core.contract import Seeds, StepTraits, Table, Target
from assay.features import register
from assay.features.named_columns import Dropping, check_names, named
from assay.features.stored_state import StoredStep


@dataclass(frozen=True, slots=True, eq=False)
class FittedOnly(Dropping):
    """Drops all others."""

    stored_as: ClassVar[str] = "only"


@register("only")
@dataclass(frozen=True)
class Only(StoredStep):
    """The columns named and no others, as if the table had none.

    columns: by name; blocks: by kind, "numbers", "categories", "dates", "text". A column or a kind that is not there is
    an error. With nothing named all columns stay.
    """

    columns: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()

    traits: ClassVar[StepTraits] = StepTraits(
        readable=True, keeps_monotone=True, names_columns=True, only_drops=True
    )  # fmt: skip
    fitted = FittedOnly

    def __post_init__(self) -> None:
        check_names("only", self.columns, self.blocks)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedOnly:
        kept = named("only", table, self.columns, self.blocks) or frozenset(table.names)
        return FittedOnly(tuple(name for name in table.names if name not in kept), len(table.names))
