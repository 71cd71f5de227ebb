"""Lag features: earlier numbers and targets of a row's unit, for rows in order of time."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.core.contract import NOTHING, Effort, Idea, Seeds, Step, StepTraits, Table, Target
from assay.features import register
from assay.features.group_screen import explained_beyond, outcomes, standard
from assay.features.smoothed_means import Outcome, needed
from assay.features.stored_state import StoredFields, StoredStep, Within

_MOST_NUMBERS = 40
_FEWEST_ROWS = 3.0
_MOST_TARGETS = 5


@dataclass(frozen=True, slots=True, eq=False)
class UnitHistory:
    """Rows that are known, by unit and moment. slot, moment: (h,) sorted by both; values: (h, v) what is remembered."""

    slot: Index
    moment: Floats
    values: Floats

    @classmethod
    def of(cls, slot: Index, moment: Floats, values: Floats) -> "UnitHistory":
        order = np.lexsort((moment, slot))
        return cls(slot[order], moment[order], values[order])

    def before(self, slot: Index, moment: Floats, depth: int) -> tuple[Floats, Floats]:
        """((n, depth, v), (n,)): of each row's unit the last rows strictly before its moment, the latest first, and
        when the latest was; NaN where there was none.
        """
        if not len(self.slot):
            return np.full((len(slot), depth, self.values.shape[1]), np.nan), np.full(len(slot), np.nan)
        start = np.searchsorted(self.slot, slot, side="left")
        end = start + _count_before(self, slot, moment)
        place = end[:, None] - np.arange(1, depth + 1)
        there = place >= start[:, None]
        at = np.where(there, place, 0)
        last = np.where(there[:, 0], self.moment[at[:, 0]], np.nan)
        return np.where(there[:, :, None], self.values[at], np.nan), last


def _count_before(history: UnitHistory, slot: Index, moment: Floats) -> Index:
    """(n,) rows of each row's unit strictly before its moment."""
    moments = np.unique(np.concatenate([history.moment, moment]))
    n = len(moments) + 1
    key = history.slot * n + np.searchsorted(moments, history.moment)
    own = np.searchsorted(moments, moment)
    return np.asarray(np.searchsorted(key, slot * n + own) - np.searchsorted(key, slot * n))


def _figures(past: Floats, age: Floats) -> Floats:
    """(n, 2 v + 1): the latest value, the mean of all remembered ones, of each value; then the age of the latest."""
    known = ~np.isnan(past)
    rows = known.sum(axis=1)
    mean = np.where(known, past, 0.0).sum(axis=1) / np.where(rows > 0, rows, 1)
    both = np.stack([past[:, 0], np.where(rows > 0, mean, np.nan)], axis=2)
    return np.concatenate([both.reshape(len(past), 2 * past.shape[2]), age[:, None]], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class FittedLags(StoredFields):
    """Of each unit column its last rows. columns: (u,) positions in Table.codes; starts: (u,) first slot of each.

    past: (slots, depth, v) and last: (slots,) what History.before gives after the last training row; kept:
    (u (2 v + 1),) which of the figures are columns. end: the moment after training, taken for rows without one.
    """

    stored_as: ClassVar[str] = "lags"
    columns: Index
    starts: Annotated[Index, Within(lambda step: min(len(step["past"]), len(step["last"])))]
    past: Floats
    last: Floats
    kept: Bools
    end: float
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        moment = np.full(table.n_rows, self.end) if table.moment is None else np.asarray(table.moment)
        blocks = list[Floats]()
        for column, start in zip(self.columns.tolist(), self.starts.tolist(), strict=True):
            at = start + table.codes[:, column] + np.int64(1)
            age = moment - self.last[at]
            is_later = age > 0  # what came after a row, or with it, says nothing of its past
            past = np.where(is_later[:, None, None], self.past[at], np.nan)
            blocks.append(_figures(past, np.where(is_later, age, np.nan)))
        return table.with_numeric(np.concatenate(blocks, axis=1)[:, self.kept], self.names)

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        return Effort(calls=20 + 40 * len(self.columns), cells=4 * len(self.names))


def _nothing() -> FittedLags:
    none = np.empty(0, dtype=np.int64)
    return FittedLags(none, none, np.empty((0, 1, 0)), np.empty(0), np.empty(0, dtype=np.bool_), 0.0, ())


@dataclass(frozen=True, slots=True, eq=False)
class _LagPlan:
    """Training rows: slots (n, u) of their units, -1 unknown; moments; remembered values (n, v) and their names."""

    columns: Index
    slots: Index
    moment: Floats
    values: Floats
    names: tuple[str, ...]

    def histories(self, rows: Index) -> list[UnitHistory]:
        found = [rows[slot[rows] >= 0] for slot in self.slots.T]
        return [
            UnitHistory.of(slot[known], self.moment[known], self.values[known])
            for slot, known in zip(self.slots.T, found, strict=True)
        ]

    def figures(self, inner: Index, depth: int) -> Floats:
        """(n, u (2 v + 1)) of the training rows, from rows before them that are not of their inner fold."""
        out = np.full((len(inner), self.slots.shape[1] * (2 * self.values.shape[1] + 1)), np.nan)
        for fold in np.unique(inner):
            own, others = np.flatnonzero(inner == fold), np.flatnonzero(inner != fold)
            blocks = []
            for slot, history in zip(self.slots[own].T, self.histories(others), strict=True):
                past, last = history.before(slot, self.moment[own], depth)
                blocks.append(_figures(past, self.moment[own] - last))
            out[own] = np.concatenate(blocks, axis=1)
        return out


def _units(table: Table, at_most: int) -> Index:
    """Code columns whose levels come again and again, those of most levels first: the finest units."""
    sizes = np.array([len(np.unique(column)) for column in table.codes.T], dtype=np.int64)
    fit = np.flatnonzero((sizes >= 2) & (sizes <= table.n_rows / _FEWEST_ROWS))
    return np.asarray(fit[np.argsort(-sizes[fit], kind="stable")][:at_most], dtype=np.int64)


def _targets(target: Target) -> tuple[Floats, tuple[str, ...]]:
    """((n, t), names): the value, or indicators of up to five classes."""
    if not target.is_class:
        return np.asarray(target.values, dtype=np.float64)[:, None], ("target",)
    outcome = Outcome.of(target)
    assert outcome.place is not None
    labels = outcome.labels[:_MOST_TARGETS]
    hit = (outcome.place[:, None] == np.arange(len(labels))).astype(np.float64)
    return hit, tuple(f"target{suffix}" for suffix in outcome.suffixes()[: len(labels)])


@register("lags")
@dataclass(frozen=True)
class Lags(StoredStep):
    """The last value, and the mean of the last `depth`, of numbers and of the target in earlier rows of a row's unit.

    Only where rows are ordered by a column (Table.moment). Units are the `units` code columns of most levels whose
    levels come three times or more in mean; beside the values stands how long ago the latest row was. The `top` figures
    that explain most of the target are kept (linearly, on training rows).

    Past only: a training row sees rows of its unit before its moment that are in other inner folds, which in folds by
    time are blocks, so that its past is as old as that of the rows to be predicted. A new row gets what was known of
    its unit when training ended, which new rows do not bring up to date; without a moment it is taken to come next.
    """

    depth: int = 5
    top: int = 12
    units: int = 2

    traits: ClassVar[StepTraits] = StepTraits(
        needs_target=True, nan_arrays=frozenset({"past", "last"}),
        ideas=(Idea(
            name="past", what="the past of their unit", when=lambda facts: facts.ordered and facts.n_category > 0,
            is_early=True, trees=(Step.of("lags"),), distances=(Step.of("lags"),),
            applies="rows in order of time, with a column that names units", prior=6.0, cost="minutes",
            why="What a unit did before is mostly the best guess of what it does next.",
        ),),
    )  # fmt: skip
    fitted = FittedLags

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedLags:
        return self._fitted(table, needed(target, "lags"))[0]

    def fit_transform(self, table: Table, target: Target, *, inner: Index, seeds: Seeds) -> tuple[FittedLags, Table]:
        fitted, plan = self._fitted(table, target)
        if plan is None or not fitted.names:
            return fitted, table
        return fitted, table.with_numeric(plan.figures(inner, self.depth)[:, fitted.kept], fitted.names)

    def _fitted(self, table: Table, target: Target) -> tuple[FittedLags, _LagPlan | None]:
        columns = _units(table, self.units)
        if table.moment is None or not len(columns) or len(np.unique(table.moment)) < 3:
            return _nothing(), None
        hits, labels = _targets(target)
        values = np.concatenate([table.numeric[:, :_MOST_NUMBERS].astype(np.float64), hits], axis=1)
        codes = table.codes[:, columns].astype(np.int64)
        slots = np.where(codes < np.array(table.levels)[columns], codes, -1)  # rare units share a code and no past
        plan = _LagPlan(
            columns, slots, np.asarray(table.moment, dtype=np.float64), values,
            (*table.numeric_names[:_MOST_NUMBERS], *labels),
        )  # fmt: skip
        kept, names = self._chosen(table, target, plan)
        figures = kept.reshape(len(columns), -1)
        used = figures[:, :-1].reshape(len(columns), -1, 2).any(axis=(0, 2))
        kept = figures[:, np.append(np.repeat(used, 2), True)].ravel()
        plan = replace(plan, values=values[:, used], names=tuple(np.array(plan.names)[used].tolist()))
        return _remembered(table, plan, kept, names, self.depth), plan

    def _chosen(self, table: Table, target: Target, plan: _LagPlan) -> tuple[Bools, tuple[str, ...]]:
        """The figures of most use, and the age of the latest row of each unit one of them is of."""
        tried = standard(plan.figures(np.arange(table.n_rows) % 5, self.depth))
        score = explained_beyond(np.zeros((len(tried), 1)), tried, outcomes(target))
        width = 2 * len(plan.names) + 1
        is_age = np.arange(len(score)) % width == width - 1
        score[is_age | (tried.std(axis=0) == 0)] = -1.0
        best = np.argsort(-score, kind="stable")[: self.top]
        kept = np.zeros(len(score), dtype=np.bool_)
        kept[best[score[best] > 0]] = True
        kept[is_age] = kept.reshape(-1, width).any(axis=1)
        names = [
            f"{table.code_names[column]}: {name}"
            for column in plan.columns.tolist()
            for name in (*(f"{kind} {v}" for v in plan.names for kind in ("last", "recent")), "since")
        ]
        return kept, tuple(name for name, keep in zip(names, kept.tolist(), strict=True) if keep)


def _remembered(table: Table, plan: _LagPlan, kept: Bools, names: tuple[str, ...], depth: int) -> FittedLags:
    sizes = [table.levels[column] + 2 for column in plan.columns.tolist()]
    moments = np.unique(plan.moment)
    end = float(moments[-1] + np.median(np.diff(moments)))
    past, last = list[Floats](), list[Floats]()
    for size, history in zip(sizes, plan.histories(np.arange(table.n_rows)), strict=True):
        # slot 0 is for missing units, whose past nobody knows; levels count from 0
        own, when = history.before(np.arange(-1, size - 1), np.full(size, np.inf), depth)
        past.append(own)
        last.append(when)
    starts = np.cumsum([0, *sizes])[: len(sizes)].astype(np.int64)
    return FittedLags(plan.columns, starts, np.concatenate(past), np.concatenate(last), kept, end, names)
