"""A term of the design matrix: a number, a level against the baseline, or a product of two."""

from dataclasses import dataclass

YEAR = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTerm:
    """One column of the matrix. level "": a number in `unit` (years, hours), else 1 where the column is `level`.

    per: units of one step in texts. parts: the two terms of a product (`product`). given: of a column that is part of
    one: where the other is held.
    """

    column: str
    level: str = ""
    against: str = ""
    unit: str = ""
    per: float = 1.0
    parts: tuple["ModelTerm", ...] = ()
    given: str = ""

    @property
    def is_level(self) -> bool:
        """Whether it is 0 or 1: a level, or two together."""
        return all(part.level for part in self.parts) if self.parts else bool(self.level)

    @property
    def name(self) -> str:
        if self.parts:
            one, other = self.parts
            return self.column if one == other else f"{one.name} × {other.name}"
        return f"{self.column} = {self.level}" if self.level else self.column
