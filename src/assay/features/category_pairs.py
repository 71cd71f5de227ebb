"""Interacting pairs of category columns, target encoded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Annotated, ClassVar, Self

import numpy as np

from assay.core.array import Floats, Index, Singles
from assay.core.contract import NOTHING, Effort, Idea, Seeds, State, Step, StepTraits, Table, Target, has_columns
from assay.core.errors import BundleError
from assay.features import register
from assay.features.row_sample import sampled_rows
from assay.features.slots import with_block
from assay.features.smoothed_means import (
    Outcome,
    cross_fitted_means,
    frequent_classes,
    leave_fold_out,
    level_means,
    needed,
)
from assay.features.stored_state import StoredFields, StoredStep, Within

_MOST_ROWS = 20_000
_MOST_COLUMNS = 12
_FOLDS = 5
_REGRESSION_BINS = 8


@dataclass(frozen=True, slots=True, eq=False)
class FittedPairs(StoredFields):
    """Each pair of cells is a key: start + (first code + 1) * size + second code + 1, size that of the second column.

    keys: the keys seen in training, sorted, all pairs end to end; means: (keys + pairs, width), after the keys' own
    the overall mean of each pair, for keys not seen.
    """

    stored_as: ClassVar[str] = "pairs"
    left: Index
    right: Index
    sizes: Annotated[Index, Within(least=2)]
    starts: Index
    keys: Index
    means: Singles
    names: tuple[str, ...]

    def key(self, table: Table) -> Index:
        """(n, pairs) key of each row's pairs."""
        first, second = table.codes[:, self.left] + np.int64(1), table.codes[:, self.right] + np.int64(1)
        return np.asarray(self.starts + first * self.sizes + second)

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        key = self.key(table)
        place = np.searchsorted(self.keys, key)
        known = self.keys[np.minimum(place, len(self.keys) - 1)] == key
        place = np.where(known, place, len(self.keys) + np.arange(len(self.left)))
        return self.joined(table, self.means[place])

    def joined(self, table: Table, means: Singles) -> Table:
        """The table with means (n, pairs, width) added."""
        return with_block(table, means.reshape(table.n_rows, len(self.names)), self.names)

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        return Effort(calls=26, cells=40 * len(self.left) + len(self.names))

    @classmethod
    def restore(cls, state: State) -> Self:
        fitted = super(FittedPairs, cls).restore(state)
        if len(fitted.means) != len(fitted.keys) + len(fitted.left):
            raise BundleError(f"The stored step {state.name!r} has no mean for each pair. Save the bundle again.")
        return fitted


def as_classes(target: Target) -> Target:
    """The target in classes: the most frequent ones and the rest; regression: bins of equally many rows."""
    if not target.is_class:
        edges = np.quantile(target.values, np.linspace(0.0, 1.0, _REGRESSION_BINS + 1)[1:-1])
        return Target(np.searchsorted(edges, target.values).astype(np.int32), _REGRESSION_BINS, target.weight)
    if target.n_classes == 2:
        return target
    labels = list(frequent_classes(target))
    place = np.full(target.n_classes, len(labels), dtype=np.int32)
    place[labels] = np.arange(len(labels))
    return Target(place[target.values], len(labels) + 1, target.weight)


def information(slot: Index, target: Target, fold: Index, *, m: float) -> Floats:
    """(n,) information of a slot about each row's class, in nats; the mean estimates their mutual information.

    The gain in log-likelihood of class shares smoothed by m rows, learned without the row's fold, over the shares of
    all slots. Not above the truth in mean, so many levels alone never look like information, as they do in the plug-in
    estimate. target: classes.
    """
    shares, prior, slot = cross_fitted_shares(slot, target, fold, m=m)
    return np.asarray(np.log(shares[fold, slot, target.values]) - np.log(prior[fold, target.values]))


def cross_fitted_shares(slot: Index, target: Target, fold: Index, *, m: float) -> tuple[Floats, Floats, Index]:
    """Class shares (folds, slots, classes) and those of all slots (folds, classes), each without the fold's own rows.

    Third the slots (n,) numbered from 0 without gaps, as the shares have them.
    """
    numbers, slot = np.unique(slot, return_inverse=True)
    n_slots, n_classes, n_folds = len(numbers), target.n_classes, int(fold.max()) + 1
    key = ((fold * n_slots + slot) * n_classes) + target.values
    cells = np.bincount(key, target.weight, minlength=n_folds * n_slots * n_classes)
    others = leave_fold_out(cells.reshape(n_folds, n_slots, n_classes).astype(np.float64))
    prior = others.sum(axis=1) + 0.5  # half a row for each class: a class of one fold alone has no share of nil
    prior /= prior.sum(axis=1, keepdims=True)
    return (others + m * prior[:, None, :]) / (others.sum(axis=2, keepdims=True) + m), prior, slot


def mean_and_error(gain: Floats, weight: Floats) -> tuple[float, float]:
    """Weighted mean (weights of mean 1) and its standard error."""
    mean = float(np.mean(weight * gain))
    return mean, float(np.sqrt(np.mean((weight * (gain - mean)) ** 2) / len(gain)))


def best_pairs(table: Table, target: Target, *, top: int, m: float, seeds: Seeds) -> tuple[tuple[int, int], ...]:
    """The code column pairs with most information beyond the sum of their two columns', best first.

    Only where it is above 0 by 3 standard errors, as up to 66 pairs are tried: those of the 12 columns of most
    information of their own (ties: the earlier), on at most 20,000 rows.
    """
    rows = sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows"))
    codes, classes = table.codes[rows].astype(np.int64) + 1, as_classes(target.take(rows))
    weight = Outcome.of(classes).weight
    classes = Target(classes.values, classes.n_classes, weight)
    fold = seeds.child("folds").rng().permutation(len(rows)) % _FOLDS
    gains = {j: information(codes[:, j], classes, fold, m=m) for j in range(codes.shape[1]) if np.ptp(codes[:, j]) > 0}
    single = {j: mean_and_error(gain, weight)[0] for j, gain in gains.items()}
    columns = sorted(sorted(single, key=lambda j: -single[j])[:_MOST_COLUMNS])
    beyond: dict[tuple[int, int], float] = {}
    for a, b in combinations(columns, 2):
        gain = information(codes[:, a] * (table.levels[b] + 2) + codes[:, b], classes, fold, m=m)
        alone = [gains[j] for j in (a, b) if single[j] > 0]  # a column that only overfits takes nothing away
        mean, error = mean_and_error(gain - np.sum(alone, axis=0), weight)
        if mean > 3.0 * error:
            beyond[a, b] = mean
    return tuple(sorted(beyond, key=lambda pair: -beyond[pair])[:top])


def _unfitted(pairs: Sequence[tuple[int, int]], table: Table, suffixes: Sequence[str]) -> FittedPairs:
    """The plan of these pairs, still without keys and means."""
    left = np.array([a for a, _ in pairs], dtype=np.int64)
    right = np.array([b for _, b in pairs], dtype=np.int64)
    size = np.array(table.levels, dtype=np.int64) + 2
    starts = np.concatenate([[0], np.cumsum(size[left] * size[right])])[: len(pairs)].astype(np.int64)
    titles = [f"{table.code_names[a]} & {table.code_names[b]}" for a, b in pairs]
    names = tuple(f"{title}:mean{suffix}" for title in titles for suffix in suffixes)
    nothing = np.empty((0, len(suffixes)), dtype=np.float32)
    return FittedPairs(left, right, size[right], starts, np.empty(0, dtype=np.int64), nothing, names)


@register("pairs")
@dataclass(frozen=True)
class Pairs(StoredStep):
    """The `top` pairs of code columns that interact get the smoothed target mean of their two levels together.

    A pair is chosen by its mutual information with the target beyond that of its columns, inside the training rows; m
    and the means are those of target_mean. A pair of levels not seen together has the overall mean.
    """

    top: int = 5
    m: float = 10.0

    traits: ClassVar[StepTraits] = StepTraits(
        needs_target=True, keeps_monotone=True,
        ideas=(Idea(
            name="pairs", what="pairs of categories", when=has_columns(categories=2), trees=(Step.of("pairs", top=5),),
            distances=(Step.of("pairs", top=5),),
            applies="two columns of categories or more", prior=2.0,
            why="Where two categories together say more than each for itself, one column for the pair says it at once.",
        ),),
    )  # fmt: skip
    fitted = FittedPairs

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedPairs:
        target = needed(target, "pairs")
        if table.n_rows < 2 * _FOLDS:
            return _unfitted((), table, ("",))
        outcome = Outcome.of(target)
        pairs = best_pairs(table, target, top=self.top, m=self.m, seeds=seeds)
        plan = _unfitted(pairs, table, outcome.suffixes())
        keys, means, priors = [plan.keys], [plan.means], [plan.means]
        for column in plan.key(table).T:
            seen, slot = np.unique(column, return_inverse=True)
            found = level_means(outcome, slot, len(seen) + 1, self.m)  # the slot without rows gets the overall mean
            keys.append(seen)
            means.append(found[:-1])
            priors.append(found[-1:])
        return replace(plan, keys=np.concatenate(keys), means=np.concatenate([*means, *priors]))

    def fit_transform(self, table: Table, target: Target, *, inner: Index, seeds: Seeds) -> tuple[FittedPairs, Table]:
        fitted = self.fit(table, target, seeds=seeds)
        if not fitted.names:
            return fitted, table
        outcome, rows = Outcome.of(target), list[Singles]()
        for column in fitted.key(table).T:
            seen, slot = np.unique(column, return_inverse=True)
            rows.append(cross_fitted_means(outcome, slot, len(seen), m=self.m, inner=inner))
        return fitted, fitted.joined(table, np.stack(rows, axis=1))
