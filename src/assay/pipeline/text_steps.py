"""Steps that learn from texts or their terms alone, kept as fitted with what they made: a recipe that adds a column
pays for it alone.

A design is of a whole list of steps; many lists read the same texts by the same step of the same fold.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

import numpy as np

from assay.core.array import Index, Json
from assay.core.block.columns import NumericBlock
from assay.core.contract import FittedEncoder, Step, Table, Target
from assay.core.recipe import canonical, short_hash
from assay.features.text_scores import SCORE
from assay.pipeline.store import TaskFolder
from assay.pipeline.worker_cache import WORKER_CACHE

MOST_CELLS = 20_000_000
"""Numbers that steps made of texts, in one process; four bytes each."""
RAW = "raw"


def texts_after(before: str, table: Table, made: Table, step: Step, seen: str) -> str:
    """A name of the texts that a step leaves: the one before where they are the very same, else one of its own.

    seen: which rows it learned by.
    """
    if made.blocks["text"] is table.blocks["text"]:
        return before
    return short_hash(canonical([before, list(made.text_names), step.as_json(), seen]))


@dataclass(frozen=True, slots=True, eq=False)
class MadeOfTexts:
    """A fitted step, the numbers it added to all rows, and which texts it left. numbers: None where it makes terms,
    which take more room than time; in_place: they stand for the terms."""

    fitted: FittedEncoder
    numbers: NumericBlock | None
    left: tuple[str, ...]
    cells: int
    in_place: bool = False

    @classmethod
    def of(cls, fitted: FittedEncoder, table: Table, made: Table) -> "MadeOfTexts":
        """made: what it made of all rows of a table."""
        cells = sum(array.size for array in fitted.state().arrays.values())
        in_place = table.sparse is not None and made.sparse is None
        if made.sparse is not table.sparse and not in_place:
            return cls(fitted, None, made.text_names, cells)
        own = len(table.numeric_names)
        added = NumericBlock(made.numeric[:, own:].copy(), made.numeric_names[own:])
        return cls(fitted, added, made.text_names, cells + added.values.size, in_place)

    def added_to(self, table: Table) -> Table:
        """What `transform` would make of the table."""
        if self.numbers is None:
            return self.fitted.transform(table)
        gone = frozenset(table.text_names) - frozenset(self.left)
        made = table.without_columns(gone) if gone else table
        made = made.without("sparse") if self.in_place else made
        return made.with_numeric(self.numbers.values, self.numbers.names)


def name_of_terms(table: Table, target: Target, inner: Index) -> str:
    """A name of all that a step learns by which learns from terms and the target alone."""
    sparse, found = table.sparse, sha256()
    parts = () if sparse is None else (sparse.data, sparse.indices, sparse.indptr)
    for array in (*parts, target.values, inner, *(() if target.weight is None else (target.weight,))):
        found.update(np.ascontiguousarray(array).data)
    labels: list[Json] = [] if sparse is None else [sparse.n_columns, *sparse.parts, *sparse.labels]
    names: list[Json] = [name for name in table.names if SCORE in name]  # by which those of new scores may be numbered
    return short_hash(canonical([found.hexdigest(), labels, target.n_classes, names]))


@dataclass(eq=False)
class TextSteps:
    """Those of a task, the last used."""

    _kept: dict[tuple[str, ...], MadeOfTexts] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: TaskFolder) -> "TextSteps":
        """Those of this process."""
        return WORKER_CACHE.get(("text steps", str(folder.path), folder.task.hash), cls)

    def applied(
        self, key: tuple[str, ...], table: Table, fit: Callable[[], tuple[FittedEncoder, Table]]
    ) -> tuple[FittedEncoder, Table]:
        """The step of that key, fitted if it is not there, and what it makes of the table."""
        found = self._kept.pop(key, None)
        if found is None:
            fitted, made = fit()
            found = MadeOfTexts.of(fitted, table, made)
        else:
            made = found.added_to(table)
        self._kept[key] = found
        self._make_room(key)
        return found.fitted, made

    def _make_room(self, key: tuple[str, ...]) -> None:
        held = sum(one.cells for one in self._kept.values())
        for other in list(self._kept):
            if held <= MOST_CELLS or other == key:
                break
            held -= self._kept.pop(other).cells
