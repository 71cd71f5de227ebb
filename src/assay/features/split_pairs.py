"""Crosses of columns that trees split on one after the other."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from assay.core.array import Index
from assay.core.contract import Effort, Facts, Idea, Seeds, State, Step, StepCost, StepTraits, Table, Target
from assay.core.errors import BundleError, UsageError
from assay.features import register
from assay.features.arithmetic_pairs import FittedArithmetic, few_classes, plan_of, varying
from assay.features.code_columns import CODES_AS_COLUMNS
from assay.features.combination_screen import Combination
from assay.features.combinations import FittedCombinations, crossed
from assay.features.row_sample import sampled_rows
from assay.features.select_trees import boosted
from assay.features.smoothed_means import needed
from assay.features.stored_state import stored

_MOST_ROWS = 10_000
_FEWEST_ROWS = 100
_MOST_LEVELS = 1_000
_KINDS = ("difference", "ratio", "product")


@dataclass(frozen=True, slots=True, eq=False)
class FittedSplitPairs:
    """numbers: results of pairs of numbers; codes: pairs of levels."""

    numbers: FittedArithmetic
    codes: FittedCombinations

    def transform(self, table: Table) -> Table:
        return self.codes.transform(self.numbers.transform(table))

    def effort(self) -> Effort:
        return self.numbers.effort() + self.codes.effort()

    def state(self) -> State:
        states = {"numbers": self.numbers.state(), "codes": self.codes.state()}
        arrays = {f"{part}.{key}": array for part, one in states.items() for key, array in one.arrays.items()}
        return State("split_pairs", {part: one.meta for part, one in states.items()}, arrays)

    @classmethod
    def restore(cls, state: State) -> "FittedSplitPairs":
        return cls(FittedArithmetic.restore(_part(state, "numbers")), FittedCombinations.restore(_part(state, "codes")))


def _part(state: State, part: str) -> State:
    """The state of a part; BundleError if it is not there."""
    meta, own = stored(state, part), f"{part}."
    if not isinstance(meta, dict):
        raise BundleError(f"{part!r} of the stored step {state.name!r} cannot be read. Save the bundle again.")
    arrays = {key.removeprefix(own): array for key, array in state.arrays.items() if key.startswith(own)}
    return State(state.name, meta, arrays)


def split_pairs(table: Table, target: Target, *, seeds: Seeds) -> list[tuple[int, int]]:
    """Pairs of columns, numbers first and then codes, in the order of what the second split of each gained.

    Of a small booster on numbers and codes (as numbers): wherever a split on one column follows a split on another, the
    pair is given the gain of the one that follows. An interaction shows in no first split, and in many second ones.
    """
    X = np.concatenate([table.numeric, table.codes.astype(np.float32)], axis=1)
    gained: dict[tuple[int, int], float] = defaultdict(float)
    for tree in boosted(X, few_classes(target), seeds).dump_model()["tree_info"]:
        for upper, lower, gain in _followed(tree["tree_structure"]):
            if upper != lower:
                gained[min(upper, lower), max(upper, lower)] += gain
    return sorted(gained, key=lambda pair: (-gained[pair], pair))


def _followed(node: Mapping[str, Any]) -> Iterator[tuple[int, int, float]]:
    """(column of a split, column of the next below it, gain of that) for each split and what follows it."""
    waiting = [node]
    while waiting:
        upper = waiting.pop()
        for child in ("left_child", "right_child"):
            lower = upper.get(child, {})
            if "split_feature" in lower:
                yield int(upper["split_feature"]), int(lower["split_feature"]), float(lower["split_gain"])
                waiting.append(lower)


@register("split_pairs")
@dataclass(frozen=True)
class SplitPairs:
    """Columns that boosted trees split on one after the other are crossed: pairs of numbers become differences, ratios
    and products, pairs of categories a category of their pairs of levels.

    The `top` pairs of either kind, by the gain of the second splits of a small booster on at most 10,000 rows; a
    number with a category is not crossed (see group_statistics). Only the choice of pairs looks at the target.
    """

    top: int = 5

    traits: ClassVar[StepTraits] = StepTraits(
        needs_target=True,
        ideas=(Idea(
            name="split_pairs", what="crosses of columns that trees split on in turn", only_moves=True,
            when=lambda facts: facts.n_numeric > 1 or facts.n_category > 1,
            trees=(Step.of("split_pairs"),), distances=(Step.of("split_pairs"), *CODES_AS_COLUMNS),
            applies="two numeric columns or two categories", prior=2.0, source="Shi et al., SAFE (2020)",
            why="Where trees split on one column and then on another, the two act together, and one column says it.",
        ),),
    )  # fmt: skip

    def __post_init__(self) -> None:
        if self.top < 1:
            raise UsageError(f"Pairs to cross are 1 or more, not {self.top}.")

    def cost(self, facts: Facts) -> StepCost:
        """A small booster, and the trees that read the columns."""
        outputs = 2.0 if facts.n_outputs > 1 else 1.0
        pairs = min(self.top, facts.n_numeric * (facts.n_numeric - 1) // 2)
        wide = max(1.0, facts.n_features / 15)
        return StepCost(seconds=0.01 * outputs * (min(facts.n_rows, _MOST_ROWS) * wide) ** 0.5, columns=3 * pairs)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedSplitPairs:
        rows = sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows"))
        sample, labels = table.take(rows), needed(target, "split_pairs").take(rows)
        n, usable = len(table.numeric_names), len(rows) >= _FEWEST_ROWS and sample.numeric.size + sample.codes.size > 0
        pairs = split_pairs(sample, labels, seeds=seeds.child("trees")) if usable else []
        numbers = [pair for pair in pairs if pair[1] < n][: self.top]
        codes = [(a - n, b - n) for a, b in pairs if a >= n][: self.top]
        plan = plan_of([Combination(kind, *pair) for kind in _KINDS for pair in numbers], _KINDS, sample)
        return FittedSplitPairs(
            plan.only(varying(plan.block(sample.numeric))), crossed(table, codes, most_levels=_MOST_LEVELS)
        )  # fmt: skip

    def fit_transform(
        self, table: Table, target: Target, *, inner: Index, seeds: Seeds
    ) -> tuple[FittedSplitPairs, Table]:
        fitted = self.fit(table, target, seeds=seeds)
        return fitted, fitted.transform(table)

    @classmethod
    def restore(cls, state: State) -> FittedSplitPairs:
        return FittedSplitPairs.restore(state)
