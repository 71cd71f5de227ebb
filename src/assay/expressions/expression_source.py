"""Errors of expressions: each names the position and the part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assay.core.errors import UsageError, Where
from assay.expressions.expression_tree import Tree
from assay.expressions.written_expression import written

_SHOWN = 60
"""Characters of a part that an error shows."""


def shortened(text: str) -> str:
    """The beginning of a part."""
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionSource:
    """What errors say of where they are. text: as a person wrote it; places: start and end of its parts in it.

    Both are empty for a tree that came from a file.
    """

    text: str = ""
    places: Mapping[Tree, tuple[int, int]] = field(default_factory=dict)

    def refusal(
        self, part: Tree, says: str, *, column: str | None = None, nearest: Sequence[str] = (), do: Sequence[str] = ()
    ) -> UsageError:
        """The error of a part of a tree."""
        if part in self.places:
            return self.refusal_at(*self.places[part], says, column=column, nearest=nearest, do=do)
        return _refusal(f"In the expression, `{shortened(written(part))}`", says, column, nearest, do)

    def refusal_at(
        self,
        start: int,
        end: int,
        says: str,
        *,
        column: str | None = None,
        nearest: Sequence[str] = (),
        do: Sequence[str] = (),
    ) -> UsageError:
        """The error of characters of the text."""
        part = shortened(self.text[start:end])
        return _refusal(f"At position {start + 1} of the expression, `{part}`", says, column, nearest, do)


def _refusal(head: str, says: str, column: str | None, nearest: Sequence[str], do: Sequence[str]) -> UsageError:
    hint = f" Near: {', '.join(nearest)}." if nearest else ""
    return UsageError(
        f"{head}: {says}{hint}", where=Where(column=column, option="expression"), nearest=nearest, do=do
    )  # fmt: skip
