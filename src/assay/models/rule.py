"""A decision stump: the best single split of one column, a floor that a reader can check by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Bools, Codes, Floats, Index
from assay.core.clock import Deadline, Limits
from assay.core.contract import Cost, Effort, Ended, Facts, Fitted, FoldView, ModelTraits, Seeds, State, Table, Target
from assay.core.recipe import Entry, Recipe, Step
from assay.core.space import Space
from assay.models import register
from assay.models.constant import best_constant, fit_constant
from assay.models.fitted_bases import WithoutRounds
from assay.models.wording import MOST_LEVELS, Wording, answer_words

MOST_ROWS = 50_000
"""Rows on which the split is searched; its two predictions come from all rows."""
MIN_ROWS = 5
"""Least rows on each side of a split, and of a level named in it."""


@dataclass(frozen=True, slots=True, eq=False)
class RuleSplit:
    """The rows on the "yes" side: numbers (block "numeric" or "dates") at most `threshold`, codes among `levels`.

    threshold None: any known number. position: of the column in its block. missing: the side of missing numbers; for
    codes, missing is a level like others.
    """

    block: str
    position: int
    column: str
    gain: float
    threshold: float | None = None
    missing: bool = False
    levels: Codes | None = None

    def says_yes(self, table: Table) -> Bools:
        if self.levels is not None:
            return np.isin(table.codes[:, self.position], self.levels)
        block = table.numeric if self.block == "numeric" else table.dates
        x = block[:, self.position]
        yes: Bools = ~np.isnan(x) if self.threshold is None else x <= self.threshold
        return yes | np.isnan(x) if self.missing else yes


@dataclass(frozen=True, slots=True, eq=False)
class FittedRule(WithoutRounds):
    """answers: (2, n_classes) or (2, 1), for the "no" and the "yes" side."""

    split: RuleSplit
    answers: Floats
    is_class: bool
    ended: Ended

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        answers: Floats = self.answers[self.split.says_yes(table).astype(np.intp)]
        return answers if self.is_class else answers[:, 0]

    def describe(self, words: Wording | None = None) -> tuple[str, ...]:
        """The condition with its prediction, and the prediction of all other rows."""
        words, n_classes = words or Wording(), self.answers.shape[1] if self.is_class else 0
        no, yes = (answer_words(values, words, n_classes) for values in self.answers)
        return f"{self._question(words)}: {yes}", f"otherwise: {no}"

    def _question(self, words: Wording) -> str:
        split = self.split
        name = words.name(split.column)
        if split.levels is not None:
            named = [words.level(split.column, int(c), n_levels=np.iinfo(np.int32).max) for c in split.levels]
            more = f", {len(named) - MOST_LEVELS} more" if len(named) > MOST_LEVELS else ""
            return f"{name} in {{{', '.join(named[:MOST_LEVELS])}{more}}}"
        if split.threshold is None:
            return f"{name} is known"
        said = words.condition(split.column, -np.inf, split.threshold)
        if split.block == "dates":
            said = f"{name} <= {_moment(split.threshold)}"
        return f"{said}{' or missing' if split.missing else ''}"

    def effort(self, *, rounds: int | None = None) -> Effort:
        return Effort(calls=10)

    def state(self) -> State:
        """meta names the column and the condition, for reports: `column` at most `threshold`, or in `levels`."""
        split = self.split
        return State(
            "rule",
            {
                "block": split.block, "position": split.position, "column": split.column, "gain": split.gain,
                "threshold": split.threshold, "missing": split.missing, "is_class": self.is_class,
                "levels": None if split.levels is None else split.levels.tolist(), "ended": self.ended,
            },
            {"answers": self.answers},
        )  # fmt: skip


def _moment(days: float) -> str:
    """A date; for times of day, which are stored on one fixed day, a time."""
    day, share = divmod(days, 1.0)
    if day == 0.0 and share > 0.0:
        return str(np.datetime64(round(share * 1440), "m")).partition("T")[2]
    return str(np.datetime64(0, "D") + int(day))


def _gains(left: Floats, left_weight: Floats, all_sum: Floats, all_weight: float) -> Floats:
    """(m,) share of the target's variance (classes: Gini impurity) a split takes away, up to a constant factor.

    left: (m, k) sums of the target's columns on the yes side; left_weight: (m,). The gain of squared error is
    |S_l|²/W_l + |S_r|²/W_r - |S|²/W, in both cases (Breiman et al., 1984).
    """
    right, right_weight = all_sum - left, all_weight - left_weight
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = (left**2).sum(axis=1) / left_weight + (right**2).sum(axis=1) / right_weight
    return np.asarray(np.nan_to_num(gain, nan=0.0, posinf=0.0) - (all_sum**2).sum() / all_weight)


@dataclass(frozen=True, slots=True, eq=False)
class _Goal:
    """Y: (n, k) target columns times the weight, weight: (n,)."""

    Y: Floats
    weight: Floats

    @property
    def total(self) -> Floats:
        total: Floats = self.Y.sum(axis=0)
        return total


def _between(values: Floats, at: int) -> float | None:
    """A threshold between a value and the next larger one; None after the last."""
    if at + 1 == len(values):
        return None
    middle = float(values[at] / 2 + values[at + 1] / 2)
    return middle if values[at] <= middle < values[at + 1] else float(values[at])


def _number_split(x: AnyArray, goal: _Goal) -> tuple[float, float | None, bool] | None:
    """(gain, threshold, side of missing) of the best cut of a numeric column; None if there is none."""
    is_known = ~np.isnan(x)
    known = np.flatnonzero(is_known)
    known = known[np.argsort(x[known], kind="stable")]
    if len(known) < MIN_ROWS:
        return None
    values = x[known].astype(np.float64)
    sums: Floats = np.cumsum(goal.Y[known], axis=0)
    weights: Floats = np.cumsum(goal.weight[known])
    n_missing = len(x) - len(known)
    counts = np.arange(1, len(known) + 1)
    is_cut = np.append(values[1:] > values[:-1], n_missing > 0)
    best: tuple[float, float | None, bool] | None = None
    for missing in (False, True) if n_missing else (False,):
        lost, lost_weight = goal.Y[~is_known].sum(axis=0) * missing, float(goal.weight[~is_known].sum()) * missing
        yes = counts + n_missing * missing
        at = np.flatnonzero(is_cut & (yes >= MIN_ROWS) & (len(x) - yes >= MIN_ROWS))
        if not len(at):
            continue
        gains = _gains(sums[at] + lost, weights[at] + lost_weight, goal.total, float(goal.weight.sum()))
        i = int(np.argmax(gains))
        if best is None or gains[i] > best[0]:
            best = (float(gains[i]), _between(values, int(at[i])), missing)
    return best


def _level_split(codes: Codes, goal: _Goal) -> tuple[float, Codes] | None:
    """(gain, levels on the "yes" side); levels are ordered by the mean of the target column with most variance.

    For two classes and for numbers the best prefix of that order is the best of all subsets (Fisher, 1958).
    """
    levels, at, counts = np.unique(codes, return_inverse=True, return_counts=True)
    named = np.flatnonzero(counts >= MIN_ROWS)
    if not len(named):
        return None
    weight = np.bincount(at, weights=goal.weight, minlength=len(levels))[named]
    sums = np.column_stack([np.bincount(at, weights=column, minlength=len(levels)) for column in goal.Y.T])[named]
    means = sums / weight[:, None]
    spread = weight @ (means - weight @ means / weight.sum()) ** 2
    order = np.argsort(means[:, int(np.argmax(spread))], kind="stable")
    yes = np.cumsum(counts[named][order])
    left: Floats = np.cumsum(sums[order], axis=0)
    left_weight: Floats = np.cumsum(weight[order])
    allowed = np.flatnonzero((yes >= MIN_ROWS) & (len(codes) - yes >= MIN_ROWS))
    if not len(allowed):
        return None
    gains = _gains(left[allowed], left_weight[allowed], goal.total, float(goal.weight.sum()))
    i = int(np.argmax(gains))
    return float(gains[i]), np.sort(levels[named[order[: allowed[i] + 1]]]).astype(np.int32)


def _splits_of_numbers(
    block: str, values: AnyArray, names: Sequence[str], goal: _Goal, ends: Deadline
) -> list[RuleSplit]:
    splits = []
    for j, name in enumerate(names):
        if ends.is_over:
            break
        found = _number_split(values[:, j], goal)
        if found is not None:
            splits.append(RuleSplit(block, j, name, found[0], found[1], found[2]))
    return splits


def _best_split(table: Table, goal: _Goal, deadline: Deadline) -> RuleSplit | None:
    """The split of most gain, the earlier column on a tie; None if no column can be split."""
    splits = _splits_of_numbers("numeric", table.numeric, table.numeric_names, goal, deadline)
    for j, name in enumerate(table.code_names):
        if deadline.is_over:
            break
        found = _level_split(table.codes[:, j], goal)
        if found is not None:
            splits.append(RuleSplit("codes", j, name, found[0], levels=found[1]))
    splits += _splits_of_numbers("dates", table.dates, table.date_names, goal, deadline)
    return max(splits, key=lambda split: split.gain, default=None)


def _goal(target: Target) -> _Goal:
    weight = np.ones(len(target)) if target.weight is None else target.weight
    Y = target.one_hot()
    if not target.is_class:
        Y = Y - np.average(Y, axis=0, weights=weight)  # sums of squares of a far mean would cancel
    return _Goal(Y * weight[:, None], weight)


def _answers(yes: Bools, target: Target, view: FoldView) -> Floats:
    """(2, k) best constants of both sides, classes drawn towards the shares of all rows by one row's weight."""
    out = []
    whole = best_constant(target, view.loss, view.quantile)
    for side in (~yes, yes):
        rows = np.flatnonzero(side)
        answer = best_constant(target.take(rows), view.loss, view.quantile) if len(rows) else whole
        out.append((answer * len(rows) + whole) / (len(rows) + 1) if target.is_class else answer)
    return np.array(out)


@register("rule", also=("stump",))
@dataclass(frozen=True)
class Rule:
    """Two predictions, separated by one threshold or one set of levels of the most informative column."""

    traits: ClassVar[ModelTraits] = ModelTraits(readable=True, averages=True, called=("single rule",))

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space()

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        return (Entry(name="rule", what="best single split", recipe=Recipe(model=Step.of("rule"))),)

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> Fitted:
        table, target = view.table("train"), view.target("train")
        deadline = limits.deadline if rounds is None else Deadline()
        sample: Index = np.arange(table.n_rows)
        if table.n_rows > MOST_ROWS:
            sample = np.sort(seeds.child("rule").rng().choice(table.n_rows, MOST_ROWS, replace=False))
        split = _best_split(table.take(sample), _goal(target.take(sample)), deadline)
        if split is None:
            return fit_constant(view)
        answers = _answers(split.says_yes(table), target, view)
        return FittedRule(split, answers, target.is_class, "deadline" if deadline.is_over else "converged")

    def cost(self, facts: Facts) -> Cost:
        rows = min(facts.n_rows, MOST_ROWS)
        columns = max(1, facts.n_numeric + facts.n_category + facts.n_dates)
        classes = max(1, facts.n_classes)
        return Cost(setup_seconds=0.002 + columns * rows * (1.5e-7 + 2e-8 * classes), bytes=rows * (16 * classes + 64))

    @classmethod
    def restore(cls, state: State) -> FittedRule:
        meta, levels = state.meta, state.meta["levels"]
        split = RuleSplit(
            str(meta["block"]), int(str(meta["position"])), str(meta["column"]), float(str(meta["gain"])),
            None if meta["threshold"] is None else float(str(meta["threshold"])), bool(meta["missing"]),
            np.array(levels, dtype=np.int32) if isinstance(levels, list) else None,
        )  # fmt: skip
        ended: Ended = "deadline" if meta["ended"] == "deadline" else "converged"
        return FittedRule(split, np.asarray(state.arrays["answers"]), bool(meta["is_class"]), ended)
