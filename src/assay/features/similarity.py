"""Similarity encoding: n-gram similarity of categories to the commonest ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from assay.core.array import Index, Json, JsonObject, Singles
from assay.core.contract import Effort, Idea, Seeds, State, Step, StepTraits, Table, Target
from assay.core.errors import BundleError
from assay.features import register
from assay.features.character_ngrams import by_text, character_ngrams, string_names
from assay.features.code_columns import frequent
from assay.features.stored_state import stored, stored_names


def likeness(known: Sequence[Index]) -> Callable[[Index], Singles]:
    """A function from grams to their Jaccard index, shared over all, with each of the known sets of grams."""
    pool = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *known]))
    member = np.stack([np.isin(pool, own) for own in known], axis=1).astype(np.float64)
    sizes = np.array([len(own) for own in known], dtype=np.float64)

    def of(found: Index) -> Singles:
        shared = member[np.isin(pool, found)].sum(axis=0)
        return np.asarray(shared / (len(found) + sizes - shared), dtype=np.float32)

    return of


@dataclass(frozen=True, eq=False)
class FittedSimilarity:
    """prototypes: of each column the texts it is compared with."""

    columns: tuple[str, ...]
    prototypes: tuple[tuple[str, ...], ...]

    @cached_property
    def _likeness(self) -> tuple[Callable[[Index], Singles], ...]:
        return tuple(likeness([character_ngrams(text) for text in own]) for own in self.prototypes)

    def transform(self, table: Table) -> Table:
        for column, own, like in zip(self.columns, self.prototypes, self._likeness, strict=True):
            block = by_text(table, column, len(own), like)
            table = table.with_numeric(block, tuple(f"{column}~{k}" for k in range(len(own))))
        return table

    def effort(self) -> Effort:
        return Effort(calls=150 * len(self.columns), cells=200 * sum(map(len, self.prototypes)))

    def state(self) -> State:
        prototypes: list[Json] = [list(own) for own in self.prototypes]
        meta: JsonObject = {"columns": list(self.columns), "prototypes": prototypes}
        return State("similarity", meta)


@register("similarity")
@dataclass(frozen=True)
class Similarity:
    """Codes, keys and names (Table.strings) as likeness to the `prototypes` commonest texts of their column.

    Likeness is the Jaccard index of the runs of 2 to 4 characters (Cerda, Varoquaux and Kégl, 2018); a missing cell is
    NaN. A column none of whose texts comes in three rows is left alone.
    """

    prototypes: int = 20

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="likeness", what="likeness to the commonest names", finds=("similarity",), is_raw=True,
            trees=(Step.of("similarity"),), distances=(Step.of("similarity"),), only_moves=True,
            applies="columns of codes or names of which some come often", prior=0.2,
            source="Cerda, Varoquaux and Kégl (2018)",
            why="Misspelt and longer forms of a name count as that name, as far as they are like it.",
        ),),
    )  # fmt: skip

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedSimilarity:
        found = dict[str, tuple[str, ...]]()
        for name in string_names(table):
            assert table.strings is not None
            places, texts = table.strings.column(name)
            common = frequent(np.bincount(places[places >= 0], minlength=len(texts)), at_most=self.prototypes)
            if len(common):
                found[name] = tuple(texts[k] for k in common)
        return FittedSimilarity(tuple(found), tuple(found.values()))

    @classmethod
    def restore(cls, state: State) -> FittedSimilarity:
        columns, body = stored_names(state, "columns"), stored(state, "prototypes")
        prototypes = [tuple(map(str, own)) for own in body if isinstance(own, list)] if isinstance(body, list) else []
        if len(prototypes) != len(columns) or not all(prototypes):
            raise BundleError(
                f"The prototypes of the stored step {state.name!r} cannot be read. Save the bundle again."
            )
        return FittedSimilarity(columns, tuple(prototypes))
