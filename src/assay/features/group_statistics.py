"""Group statistics: means of numbers by category, a row's deviation from them, and its rank among them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar, Literal, get_args

import numpy as np

from assay.core.array import Floats, Index
from assay.core.contract import (
    NOTHING,
    Effort,
    Facts,
    Idea,
    Seeds,
    Step,
    StepCost,
    StepTraits,
    Table,
    Target,
    has_columns,
)
from assay.core.errors import check_known
from assay.features import register
from assay.features.arithmetic_pairs import numeric_gains
from assay.features.group_screen import best_pairs
from assay.features.row_sample import sampled_rows
from assay.features.smoothed_means import needed
from assay.features.stored_state import StoredFields, StoredStep, Within

GroupKind = Literal["mean", "deviation", "ratio", "sd", "rank"]
KINDS: tuple[GroupKind, ...] = get_args(GroupKind)

_MOST_ROWS = 20_000
_MOST_RANKED = 200
_LARGEST = np.finfo(np.float32).max
_VALUES: dict[str, Callable[[Floats, Floats, Floats], Floats]] = {
    "mean": lambda x, mean, sd: mean,
    "deviation": lambda x, mean, sd: x - mean,
    "ratio": lambda x, mean, sd: x / mean,
    "sd": lambda x, mean, sd: sd,
}
_GRID = np.linspace(0.0, 1.0, 21)


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Moments of one number in the slots of one category (missing, levels, unseen), shrunk to those of all rows.

    sums: (slots, 3) known cells, their sum and their sum of squares, all about `centre`, the mean of all rows.
    """

    centre: float
    sums: Floats
    m: float

    @classmethod
    def of(cls, slot: Index, x: Floats, n_slots: int, *, m: float) -> "Grouping":
        known = ~np.isnan(x)
        centre = float(x[known].mean()) if known.any() else 0.0
        gap, at = x[known] - centre, slot[known]
        parts = [np.bincount(at, weights, minlength=n_slots) for weights in (None, gap, gap * gap)]
        return cls(centre, np.stack(parts, axis=1).astype(np.float64), m)

    def moments(self, sums: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation of sums (k, 3), each as if `m` more rows were like all rows."""
        rows, total, squares = sums.T
        overall = self.sums.sum(axis=0)
        spread = overall[2] / max(overall[0], 1.0)
        weight = np.where(rows + self.m > 0, rows + self.m, 1.0)
        mean = total / weight
        within = np.maximum(squares - total * mean, 0.0)
        return self.centre + mean, np.sqrt((within + self.m * spread) / weight)

    def without_own(self, slot: Index, x: Floats) -> Floats:
        """(n, 3) sums of each row's slot without the row: what it will be for rows that come later."""
        gap = np.where(np.isnan(x), 0.0, x - self.centre)
        own = np.stack([~np.isnan(x), gap, gap * gap], axis=1).astype(np.float64)
        return np.asarray(np.maximum(self.sums[slot] - own, np.array([0.0, -np.inf, 0.0])))


@dataclass(frozen=True, eq=False)
class FittedGroupStatistics(StoredFields):
    """Each output is one statistic of one number in one category.

    codes, numbers: (k,) positions in Table.codes and Table.numeric; kinds, names: (k,). starts: (k,) first slot of each
    output in mean and sd (all slots end to end); ranked: (k,) the same in grid (slots, 21), -1 for what is no rank.
    """

    stored_as: ClassVar[str] = "group_statistics"
    codes: Index
    numbers: Index
    starts: Annotated[Index, Within(lambda step: min(len(step["mean"]), len(step["sd"])))]
    ranked: Annotated[Index, Within(lambda step: len(step["grid"]), least=-1)]
    mean: Floats
    sd: Floats
    grid: Floats
    kinds: tuple[str, ...]
    names: tuple[str, ...]

    @cached_property
    def _places(self) -> dict[str, Index]:
        """The outputs of each kind there is."""
        kinds = np.array(self.kinds)
        return {kind: np.flatnonzero(kinds == kind) for kind in KINDS if kind in self.kinds}

    def _cells(self, table: Table) -> tuple[Index, Floats]:
        """(n, k) slots of the categories and values of the numbers."""
        return table.codes[:, self.codes] + np.int64(1), table.numeric[:, self.numbers].astype(np.float64)

    def _block(self, slot: Index, x: Floats, mean: Floats, sd: Floats) -> Floats:
        """(n, k) the outputs; what float32 cannot hold is NaN."""
        out = np.empty_like(x)
        with np.errstate(all="ignore"):
            for kind, at in self._places.items():
                if kind == "rank":
                    out[:, at] = self._ranks(slot[:, at], x[:, at], self.ranked[at])
                else:
                    out[:, at] = _VALUES[kind](x[:, at], mean[:, at], sd[:, at])
        out[~(np.abs(out) < _LARGEST)] = np.nan
        return out

    def _ranks(self, slot: Index, x: Floats, starts: Index) -> Floats:
        """(n, k) share of each cell's grid below it, equal ones half; the same for a whole column at a time."""
        out = np.empty_like(x)
        for k, start in enumerate(starts.tolist()):
            cell, grid = x[:, k : k + 1], self.grid[start + slot[:, k]]
            out[:, k] = ((grid < cell).sum(axis=1) + 0.5 * (grid == cell).sum(axis=1)) / grid.shape[1]
        out[np.isnan(x)] = np.nan
        return out

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        slot, x = self._cells(table)
        at = self.starts + slot
        return table.with_numeric(self._block(slot, x, self.mean[at], self.sd[at]), self.names)

    def honest(self, table: Table, groups: Sequence[Grouping]) -> Table:
        """The training rows, each against the others of its group; ranks are among all, a grid hardly moves by one."""
        if not self.names:
            return table
        slot, x = self._cells(table)
        moments = [group.moments(group.without_own(slot[:, k], x[:, k])) for k, group in enumerate(groups)]
        mean, sd = (np.stack(part, axis=1) for part in zip(*moments, strict=True))
        return table.with_numeric(self._block(slot, x, mean, sd), self.names)

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        return Effort(calls=110 + 10 * self.kinds.count("rank"), cells=12 * len(self.names))


def _quantiles(slot: Index, x: Floats, n_slots: int) -> Floats:
    """(n_slots, 21) quantiles of the known numbers of each slot; of all rows where a slot has none."""
    known = np.flatnonzero(~np.isnan(x))
    everyone = np.quantile(x[known], _GRID) if len(known) else np.zeros(len(_GRID))
    out = np.tile(everyone, (n_slots, 1))
    order = known[np.lexsort((x[known], slot[known]))]
    for s, rows in zip(*_runs(slot[order]), strict=True):
        out[s] = np.quantile(x[order[rows]], _GRID)
    return out


def _runs(sorted_slots: Index) -> tuple[list[int], list[slice]]:
    slots, starts = np.unique(sorted_slots, return_index=True)
    ends = [*starts.tolist()[1:], len(sorted_slots)]
    return slots.tolist(), [slice(a, b) for a, b in zip(starts.tolist(), ends, strict=True)]


@dataclass(frozen=True, slots=True)
class GroupOutput:
    """One statistic: positions of its category and its number, and which it is."""

    code: int
    number: int
    kind: str

    def group(self, table: Table, m: float) -> Grouping:
        """The moments it is made of."""
        slot, x = table.codes[:, self.code] + np.int64(1), table.numeric[:, self.number].astype(np.float64)
        return Grouping.of(slot, x, table.levels[self.code] + 2, m=m)

    def name(self, table: Table) -> str:
        return f"{table.numeric_names[self.number]} by {table.code_names[self.code]}:{self.kind}"


def _fitted(outputs: Sequence[GroupOutput], groups: Sequence[Grouping], table: Table) -> FittedGroupStatistics:
    starts = np.cumsum([0, *(len(group.sums) for group in groups)])[: len(groups)]
    moments = [group.moments(group.sums) for group in groups]
    ranked, grids, end = list[int](), [np.empty((0, len(_GRID)))], 0
    for output in outputs:
        if output.kind != "rank":
            ranked.append(-1)
            continue
        ranked.append(end)
        slot, x = table.codes[:, output.code] + np.int64(1), table.numeric[:, output.number].astype(np.float64)
        grids.append(_quantiles(slot, x, table.levels[output.code] + 2))
        end += len(grids[-1])
    return FittedGroupStatistics(
        codes=np.array([o.code for o in outputs], dtype=np.int64),
        numbers=np.array([o.number for o in outputs], dtype=np.int64),
        starts=starts.astype(np.int64), ranked=np.array(ranked, dtype=np.int64), grid=np.concatenate(grids),
        mean=np.concatenate([np.empty(0), *(mean for mean, _ in moments)]),
        sd=np.concatenate([np.empty(0), *(sd for _, sd in moments)]),
        kinds=tuple(o.kind for o in outputs), names=tuple(o.name(table) for o in outputs),
    )  # fmt: skip


@register("group_statistics")
@dataclass(frozen=True)
class GroupStatistics(StoredStep):
    """The `top` statistics of numbers within categories: the group's mean and sd, and a row's deviation from that mean,
    ratio to it, and rank in the group.

    Categories times numbers are screened inside the training rows, linearly for `pairs` of them (group_screen), then by
    gain in a small LightGBM with all their statistics. Means are shrunk by m rows towards the mean of all rows. Only
    the choice looks at the target. A training row is compared with the others of its group, as new rows will be.
    """

    top: int = 12
    pairs: int = 12
    kinds: tuple[str, ...] = KINDS
    m: float = 3.0

    traits: ClassVar[StepTraits] = StepTraits(
        needs_target=True,
        ideas=(Idea(
            name="groups", what="numbers within their group", when=has_columns(numbers=1, categories=1),
            trees=(Step.of("group_statistics"),), distances=(Step.of("group_statistics"),),
            applies="a numeric column and a column of categories or more", prior=4.0, source="OpenFE, arXiv 2211.12507",
            why="A number means something else in each group: how far it is from the mean of its own is comparable.",
        ),),
    )  # fmt: skip
    fitted = FittedGroupStatistics

    def __post_init__(self) -> None:
        for kind in self.kinds:
            check_known(kind, KINDS, f"A group has no {kind!r} of a number.")

    def cost(self, facts: Facts) -> StepCost:
        """30 microseconds a row, most of it the screen of pairs."""
        if not (facts.n_numeric and facts.n_category):
            return StepCost()
        return StepCost(seconds=0.02 + 3e-5 * min(facts.n_rows, _MOST_ROWS), columns=self.pairs)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedGroupStatistics:
        outputs = self._chosen(table, needed(target, "group_statistics"), seeds)
        return _fitted(outputs, [output.group(table, self.m) for output in outputs], table)

    def fit_transform(
        self, table: Table, target: Target, *, inner: Index, seeds: Seeds
    ) -> tuple[FittedGroupStatistics, Table]:
        outputs = self._chosen(table, target, seeds)
        groups = [output.group(table, self.m) for output in outputs]
        fitted = _fitted(outputs, groups, table)
        return fitted, fitted.honest(table, groups)

    def _chosen(self, table: Table, target: Target, seeds: Seeds) -> list[GroupOutput]:
        rows = sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows"))
        sample, labels = table.take(rows), target.take(rows)
        outputs = [
            GroupOutput(code, number, kind) for code, number in best_pairs(sample, labels, top=self.pairs, seeds=seeds)
            for kind in self.kinds if kind != "rank" or sample.levels[code] <= _MOST_RANKED
        ]  # fmt: skip
        if not outputs:
            return []
        groups = [output.group(sample, self.m) for output in outputs]
        tried = _fitted(outputs, groups, sample).honest(sample, groups)
        gains = numeric_gains(tried, labels, seeds=seeds)[len(sample.numeric_names) :]
        best = np.argsort(-gains, kind="stable")[: self.top]
        return [outputs[k] for k in sorted(best.tolist()) if gains[k] > 0]
