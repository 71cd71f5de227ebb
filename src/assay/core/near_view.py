"""How rows are looked at that are copies of others, though no cell of them is equal."""

from dataclasses import dataclass
from typing import Literal

NearKind = Literal["noise in numbers", "the unit of numbers", "many words", "the spelling of levels"]
"""What copies differ in, in words."""


@dataclass(frozen=True, slots=True)
class NearView:
    """names: columns that are compared; of: what copies differ in; by: the column within whose levels they
    are compared by their spread, "" for none; step: distance to the last copy of a row, as a share of that to the next
    row that is none.
    """

    names: tuple[str, ...]
    of: NearKind
    by: str = ""
    step: float = 0.0

    @property
    def text(self) -> str:
        """What copies differ in, with the column where there is one."""
        return f"{self.of} of {self.names[0]}" if self.of == "many words" else self.of
