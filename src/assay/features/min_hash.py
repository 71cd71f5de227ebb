"""MinHash encoding: categories of many spellings in a few numbers, without training."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import Index, Singles
from assay.core.contract import Effort, Idea, Seeds, Step, StepTraits, Table, Target
from assay.features import register
from assay.features.character_ngrams import by_text, string_names
from assay.features.stored_state import StoredFields, StoredStep

_MODULUS = 2**32


@dataclass(frozen=True, slots=True, eq=False)
class FittedMinHash(StoredFields):
    """factor, shift: (k,) of the hash functions (factor * gram + shift) mod 2**32, factors odd."""

    stored_as: ClassVar[str] = "min_hash"
    columns: tuple[str, ...]
    factor: Index
    shift: Index

    def _encode(self, found: Index) -> Singles:
        spread = found[:, None].astype(np.uint64) * self.factor.astype(np.uint64) + self.shift.astype(np.uint64)
        return np.asarray((spread % np.uint64(_MODULUS)).min(axis=0) / _MODULUS, dtype=np.float32)

    def transform(self, table: Table) -> Table:
        for column in self.columns:
            names = tuple(f"{column}:hash {k}" for k in range(len(self.factor)))
            table = table.with_numeric(by_text(table, column, len(names), self._encode), names)
        return table

    def effort(self) -> Effort:
        return Effort(calls=100 * len(self.columns), cells=60 * len(self.columns) * len(self.factor))


@register("min_hash")
@dataclass(frozen=True)
class MinHash(StoredStep):
    """Codes, keys and names (Table.strings) as the least hash of their runs of characters, by `components` functions.

    Two texts agree in a component with the probability that a run of one is a run of both, so trees can split off
    texts that share a piece, seen before or not (Cerda and Varoquaux, 2020). A missing cell is NaN.
    """

    components: int = 16

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="shared_pieces", what="hashes of pieces of codes and names", finds=("min_hash",), is_raw=True,
            trees=(Step.of("min_hash"),), only_moves=True, applies="columns of codes or names; trees", prior=0.3,
            source="Cerda and Varoquaux (2020)",
            why="Names that share a piece fall on one side of a split, seen before or not.",
        ),),
    )  # fmt: skip
    fitted = FittedMinHash

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedMinHash:
        rng = seeds.child("min_hash").rng()
        factor = rng.integers(0, _MODULUS // 2, self.components) * 2 + 1
        return FittedMinHash(string_names(table), factor, rng.integers(0, _MODULUS, self.components))
