"""Columns that a step's settings name, one by one or by kind; what steps that leave columns out have in common."""

from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assay.core.array import Objects
from assay.core.block import registry as blocks_registry
from assay.core.contract import Effort, Table
from assay.core.errors import DataError, UsageError, Where, check_known, nearest_names
from assay.core.places import places_of
from assay.features.stored_state import StoredFields

KINDS: Mapping[str, tuple[str, ...]] = {
    "numbers": ("numeric",), "categories": ("codes", "strings"), "dates": ("dates",), "text": ("text",),
}  # fmt: skip
"""Words for kinds of columns, and the blocks that hold them; of other blocks the registered name is the word."""


@dataclass(frozen=True, slots=True, eq=False)
class Dropping(StoredFields, ABC):
    """left_out: names of the columns that go, each in every block that has it. n_columns: how many there were."""

    left_out: tuple[str, ...]
    n_columns: int

    def transform(self, table: Table) -> Table:
        return table.without_columns(frozenset(self.left_out)) if self.left_out else table

    def effort(self) -> Effort:
        return Effort(calls=12 + self.n_columns / 4) if self.left_out else Effort()


def check_names(step: str, columns: Sequence[str], blocks: Sequence[str]) -> None:
    """UsageError where these are no names of columns, or no kinds of columns."""
    if not all(isinstance(name, str) and name for name in columns):
        raise UsageError(f"The step {step!r} takes names of columns, not {list(columns)!r}.")
    for word in blocks:
        if word not in KINDS:  # to look for plug-ins takes a while
            check_known(word, (*KINDS, *blocks_registry.names()), f"No kind of columns is called {word!r}.")


def named(step: str, table: Table, columns: Sequence[str], blocks: Sequence[str]) -> frozenset[str]:
    """The columns that these name; DataError for a column, or a kind of columns, that the table has not."""
    found = set[str]()
    for name in columns:
        found.add(there(step, name, table.names))
    for word in blocks:
        own = [table.blocks[block].names for block in KINDS.get(word, (word,)) if block in table.blocks]
        if not any(own):
            raise DataError(
                f"The step {step!r} names the columns of the kind {word!r}, and there are none where it stands.",
                where=Where(option=step), do=(f"leave {word!r} out of the step's `blocks`",),
            )  # fmt: skip
        found.update(*own)
    return frozenset(found)


def there(step: str, name: str, names: Sequence[str]) -> str:
    """The name, if it is one of these; DataError naming the step and what is like it."""
    if name not in names:
        raise DataError(
            f"The step {step!r} names the column {name!r}, which is not there: not in the table, or not any more "
            "after the steps before it.",
            where=Where(column=name, option=step), nearest=nearest_names(name, names),
            do=("name columns as `assay inspect` does", "put the step before those that change these columns"),
        )  # fmt: skip
    return name


def left_of(step: str, table: Table, left_out: frozenset[str]) -> tuple[str, ...]:
    """The names that go, in the table's order; DataError if all would."""
    names = table.names
    if left_out and left_out.issuperset(names):
        raise DataError(
            f"The step {step!r} would leave none of the {len(names)} columns.", where=Where(option=step),
            do=("name fewer columns",),
        )  # fmt: skip
    return tuple(name for name in names if name in left_out)


def texts_of(table: Table, columns: Sequence[str]) -> Objects:
    """(n, len(columns)) cells of these text columns."""
    return table.text[:, places_of(columns, table.text_names)]
