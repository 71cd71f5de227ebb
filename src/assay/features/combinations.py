"""Crossed categories: the pairs of two columns' levels as levels of a new column."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.block.columns import MISSING_CODE
from assay.core.contract import Effort, Idea, Seeds, Step, StepTraits, Table, Target, has_columns
from assay.features import register
from assay.features.category_pairs import best_pairs
from assay.features.code_columns import CODES_AS_COLUMNS, codes_of, frequent, with_codes
from assay.features.smoothed_means import needed
from assay.features.stored_state import StoredFields, StoredStep, Within

_FEWEST_ROWS = 10


@dataclass(frozen=True, slots=True, eq=False)
class FittedCombinations(StoredFields):
    """left, right: (k,) positions in Table.codes; sizes: (k,) codes of the right one, missing and unseen among them.

    keys: sorted pairs of codes that have a level, all columns end to end, of which ends (k,) says where each ends;
    codes: the level of each key.
    """

    stored_as: ClassVar[str] = "combinations"
    left: Index
    right: Index
    sizes: Annotated[Index, Within(least=2)]
    keys: Index
    ends: Annotated[Index, Within(lambda step: len(step["keys"]) + 1)]
    codes: Annotated[AnyArray, Within(lambda step: len(step["keys"]))]
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        columns, start = list[AnyArray](), 0
        for left, right, size, end in zip(self.left, self.right, self.sizes, self.ends.tolist(), strict=True):
            keys, codes, known = self.keys[start:end], self.codes[start:end], end - start
            a, b = table.codes[:, left], table.codes[:, right]
            key = _keys(a, b, size)
            place = np.minimum(np.searchsorted(keys, key), known - 1)
            place = np.where(keys[place] == key, place, known)
            place = np.where((a == MISSING_CODE) | (b == MISSING_CODE), -1, place)
            columns.append(codes_of(place, np.append(codes, np.int32(known)).astype(np.int32)))
            start = end
        levels = np.diff(self.ends, prepend=0).tolist()
        return with_codes(table, columns, self.names, tuple(levels))

    def effort(self) -> Effort:
        return Effort(calls=12 + 16 * len(self.left))


def _keys(a: AnyArray, b: AnyArray, size: int) -> Index:
    return np.asarray((a + np.int64(1)) * size + b + np.int64(1))


def crossed(table: Table, pairs: Sequence[tuple[int, int]], *, most_levels: int) -> FittedCombinations:
    """The pairs of levels of these pairs of code columns, by position, as levels of new columns; of pairs of which
    fewer than two levels are frequent none is made.
    """
    found = [(a, b, *_levels(table, a, b, most_levels)) for a, b in pairs]
    found = [pair for pair in found if len(pair[2]) > 1]
    none = np.empty(0, dtype=np.int64)
    return FittedCombinations(
        left=np.array([a for a, *_ in found], dtype=np.int64),
        right=np.array([b for _, b, *_ in found], dtype=np.int64),
        sizes=np.array([table.levels[b] + 2 for _, b, *_ in found], dtype=np.int64),
        keys=np.concatenate([none, *(keys for *_, keys, _ in found)]),
        ends=np.cumsum([len(keys) for *_, keys, _ in found], dtype=np.int64),
        codes=np.concatenate([none, *(codes for *_, codes in found)]).astype(np.int32),
        names=tuple(f"{table.code_names[a]} & {table.code_names[b]}" for a, b, *_ in found),
    )  # fmt: skip


def _levels(table: Table, left: int, right: int, most_levels: int) -> tuple[Index, Index]:
    """The pairs of codes with a level, sorted, and the level of each."""
    a, b = table.codes[:, left], table.codes[:, right]
    known = (a != MISSING_CODE) & (b != MISSING_CODE)
    keys, counts = np.unique(_keys(a[known], b[known], table.levels[right] + 2), return_counts=True)
    best = frequent(counts, at_most=most_levels)
    order = np.argsort(keys[best])
    return keys[best][order], np.asarray(order)


@register("combinations")
@dataclass(frozen=True)
class Combinations(StoredStep):
    """The `top` pairs of code columns that interact (chosen as in `pairs`) become a code column of their two levels.

    Levels are pairs in three training rows or more, at most `most_levels`, by falling frequency; other pairs are
    unseen, and missing where one of the two is. Only the choice of columns looks at the target.
    """

    top: int = 3
    most_levels: int = 1000

    traits: ClassVar[StepTraits] = StepTraits(
        needs_target=True,
        ideas=(Idea(
            name="crossed", what="crossed categories", when=has_columns(categories=2), only_moves=True,
            trees=(Step.of("combinations"),), distances=(Step.of("combinations"), *CODES_AS_COLUMNS),
            applies="two columns of categories or more", prior=0.1,
            why="Two categories that act together are one category of their pairs, which a model can split as such.",
        ),),
    )  # fmt: skip
    fitted = FittedCombinations

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedCombinations:
        target = needed(target, "combinations")
        few = table.n_rows < _FEWEST_ROWS
        tried = () if few else best_pairs(table, target, top=self.top, m=10.0, seeds=seeds)
        return crossed(table, tried, most_levels=self.most_levels)

    def fit_transform(
        self, table: Table, target: Target, *, inner: Index, seeds: Seeds
    ) -> tuple[FittedCombinations, Table]:
        fitted = self.fit(table, target, seeds=seeds)
        return fitted, fitted.transform(table)
