"""A screen of pairs of numeric columns for interactions: a cheap test of all, a cross-fitted one of the finalists."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist

import numpy as np

from assay.core.array import Floats, Index, Singles
from assay.core.contract import Seeds, Table, Target
from assay.features.category_pairs import as_classes, cross_fitted_shares, mean_and_error
from assay.features.row_sample import sampled_rows
from assay.features.smoothed_means import Outcome
from assay.features.standardizer import Standardizer

_MOST_ROWS = 10_000
_MOST_COLUMNS = 500
_MOST_WORK = 1_000_000_000
"""Rows times squared columns of the look at all pairs."""
_LEAST_ROWS = 60
_FINALISTS = 32
_LEADING = 8
_FOLDS = 5
_CHANCE = 0.001
_SMOOTHING = 10.0
_EXPERT_WEIGHTS = (0.5, 0.75, 1.0)
_ERRORS_ABOVE = 4.0
"""Standard errors a pair must be above 0: some 200 are measured, on rows that also named them."""


@dataclass(frozen=True, slots=True, order=True)
class Combination:
    """kind: a key of arithmetic's operations; left, right: positions in Table.numeric."""

    kind: str
    left: int
    right: int


@dataclass(frozen=True, slots=True, eq=False)
class _ScreenData:
    """Correlations with what single columns leave unexplained, at all pairs of a few hundred columns.

    columns: (k,) positions; product, ratio: (k, k); ratio[a, b] is of a to b. sure: the same two, 0 where chance could
    have made it: beyond what it reaches at any pair in one table of a thousand (Bonferroni).
    leading: positions of the columns that say most by themselves.
    """

    columns: Index
    product: Floats
    ratio: Floats
    sure: tuple[Floats, Floats]
    leading: tuple[int, ...]

    def linear_gain(self, combination: Combination) -> float:
        """Nats by a linear correlation, at its lower confidence bound; 0 for differences."""
        if combination.kind == "difference":
            return 0.0
        a, b = (int(np.searchsorted(self.columns, j)) for j in (combination.left, combination.right))
        r = float(self.sure[combination.kind == "ratio"][a, b])
        return -0.5 * math.log1p(-min(r * r, 1.0 - 1e-9))


def responses(target: Target) -> Floats:
    """(n, r) what is correlated: the value without its outer per cents, or the indicators of 3 classes, centred."""
    if not target.is_class:
        low, high = np.quantile(target.values, [0.01, 0.99])
        y = np.clip(target.values, low, high)[:, None] if high > low else target.values[:, None]
    else:
        frequent = np.argsort(-np.bincount(target.values), kind="stable")[: 1 if target.n_classes == 2 else 3]
        y = (target.values[:, None] == frequent).astype(np.float64)
    return np.asarray(y - y.mean(axis=0))


def _inverses(numeric: Singles) -> Floats:
    """(n, k) 1 / x, standardised, without its outer per cents; 0 (its middle) where x is 0 or missing."""
    with np.errstate(all="ignore"):
        inverse = 1.0 / numeric.astype(np.float64)
    inverse[~np.isfinite(inverse)] = np.nan
    out = np.zeros(inverse.shape)
    for column, found in zip(inverse.T, out.T, strict=True):
        known = column[~np.isnan(column)]
        if not len(known):
            continue
        low, high = np.quantile(known, [0.01, 0.99])
        known = np.clip(known, low, high)
        if (spread := known.std()) > 1e-9 * max(abs(low), abs(high)):
            found[:] = np.nan_to_num((np.clip(column, low, high) - known.mean()) / spread)
    return out


def _left_over(y: Floats, single: Floats) -> Floats:
    """y (n, r) without what a ridge on single columns (n, k) explains."""
    moments = single.T @ single
    moments[np.diag_indices_from(moments)] += 1e-3 * len(single)
    return np.asarray(y - single @ np.linalg.solve(moments, single.T @ y))


def _correlations(y: Floats, a: Floats, b: Floats, *, errors: float = 0.0) -> Floats:
    """(ka, kb) largest |correlation| of a column of y (mean 0) with the product of a column of a and one of b.

    Nil where the covariance is not so many of its standard errors from 0 (White, 1980): where a column makes y wide,
    not high or low, plain correlations are far from 0 at all pairs it is part of.
    """
    squares_a, squares_b = a * a, b * b
    size = np.sqrt(np.maximum(squares_a.T @ squares_b, 1e-12 * len(y)))
    best = np.zeros(size.shape)
    for response in y.T:
        length = float(np.sqrt(response @ response))
        if length == 0:
            continue
        sums = np.abs((a * response[:, None]).T @ b)
        if errors:
            spread = np.sqrt((squares_a * (response * response)[:, None]).T @ squares_b)
            sums[sums <= errors * spread] = 0.0
        best = np.maximum(best, sums / (size * length))
    return best


def marginal(y: Floats, z: Floats) -> Floats:
    """(k,) largest |correlation| of a column of y with a column of z or its square."""
    ones = np.ones((len(y), 1))
    squares = z * z
    return np.maximum(_correlations(y, z, ones), _correlations(y, squares - squares.mean(axis=0), ones))[:, 0]


def _screen_data(numeric: Singles, target: Target) -> _ScreenData:
    """One matrix product for all pairs of products and one for all ratios: no pair is built."""
    standard = Standardizer.of(numeric, at_most=_MOST_COLUMNS)
    rows = slice(0, max(2_000, _MOST_WORK // max(1, len(standard.kept)) ** 2))  # rows are in no order of the target
    z, y = standard(numeric[rows]), responses(target)[rows]
    v, squares = _inverses(numeric[rows][:, standard.kept]), z * z
    alone = marginal(y, z)
    for single in (np.hstack([z, v, squares - squares.mean(axis=0)]), z):
        if 5 * single.shape[1] <= len(y):  # with more, the ridge explains noise and takes the pairs along
            y = _left_over(y, single)
            break
    y = y - y.mean(axis=0)
    order = np.argsort(-alone, kind="stable")[:_LEADING]
    errors = NormalDist().inv_cdf(1.0 - _CHANCE / max(2.0, 4.0 * len(alone) ** 2 * y.shape[1]))
    sure = _correlations(y, z, z, errors=errors), _correlations(y, z, v, errors=errors)
    return _ScreenData(
        columns=standard.kept, product=np.triu(_correlations(y, z, z), 1), ratio=_off_diagonal(_correlations(y, z, v)),
        sure=sure, leading=tuple(standard.kept[np.sort(order)].tolist()),
    )  # fmt: skip


def _off_diagonal(square: Floats) -> Floats:
    return np.asarray(square * (1.0 - np.eye(len(square))))


def _strongest(scores: Floats, columns: Index) -> Iterable[tuple[int, int]]:
    """The pairs of columns with the highest scores above 0, at most _FINALISTS."""
    best = np.argsort(-scores, axis=None, kind="stable")[:_FINALISTS]
    for a, b in zip(*np.unravel_index(best, scores.shape), strict=True):
        if scores[a, b] > 0:
            yield int(columns[a]), int(columns[b])


def _finalists(look: _ScreenData, kinds: tuple[str, ...]) -> list[Combination]:
    """Strong products, strong ratios (the way round that correlates more), all pairs of the leading columns."""
    place = {int(j): k for k, j in enumerate(look.columns)}
    one_way = np.where(look.ratio >= look.ratio.T, look.ratio, 0.0)
    found = {(a, b) for scores in (look.product, one_way) for a, b in _strongest(scores, look.columns)}
    pairs = {(min(a, b), max(a, b)) for a, b in (*found, *combinations(look.leading, 2))}
    out = list[Combination]()
    for kind in kinds:
        for a, b in sorted(pairs):
            turn = kind == "ratio" and look.ratio[place[b], place[a]] > look.ratio[place[a], place[b]]
            out.append(Combination(kind, b, a) if turn else Combination(kind, a, b))
    return out


def _slots(values: Floats, n_bins: int) -> Index:
    """(n,) bin of equally many rows, the last one for what is not finite."""
    known = np.isfinite(values)
    if not known.any():
        return np.zeros(len(values), dtype=np.int64)
    edges = np.unique(np.quantile(values[known], np.linspace(0.0, 1.0, n_bins + 1)[1:-1]))
    return np.where(known, np.searchsorted(edges, np.where(known, values, 0.0), side="right"), n_bins)


def combined(kind: str, left: Singles, right: Singles) -> Floats:
    """(n,) the two numbers combined, NaN or infinite where they cannot be."""
    operation = {"difference": np.subtract, "ratio": np.divide, "product": np.multiply}[kind]
    with np.errstate(all="ignore"):
        return np.asarray(operation(left.astype(np.float64), right.astype(np.float64)))


def best_combinations(
    table: Table, target: Target, *, kinds: tuple[str, ...], top: int, seeds: Seeds
) -> tuple[Combination, ...]:
    """At most `top` combinations of two numeric columns that say more of the target than their columns, best first.

    First correlations of all products and ratios (up to 500 columns) with what single columns leave. Of the 32
    strongest of each, and all pairs of the 8 columns of most marginal correlation, those are kept whose correlation is
    sure, or whose information (pairs.information, out of fold, in up to 16 bins) is beyond that of both columns
    together by 4 standard errors. One kind a pair. On at most 10,000 rows; fewer than 60 say nothing.
    """
    rows = seeds.child("order").rng().permutation(sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows")))
    if len(rows) < _LEAST_ROWS or len(table.numeric_names) < 2:
        return ()
    numeric, classes = table.numeric[rows], as_classes(target.take(rows))
    look = _screen_data(numeric, target.take(rows))
    finalists = _finalists(look, kinds)
    beyond, straight = (
        _beyond(numeric, classes, finalists),
        {finalist: look.linear_gain(finalist) for finalist in finalists},
    )
    gain = {c: max(beyond.get(c, 0.0), straight[c]) for c in finalists if c in beyond or straight[c] > 0}
    chosen = dict[tuple[int, int], Combination]()
    for finalist in sorted(gain, key=lambda c: (-gain[c], c)):
        chosen.setdefault((min(finalist.left, finalist.right), max(finalist.left, finalist.right)), finalist)
    return tuple(list(chosen.values())[:top])


@dataclass(frozen=True, slots=True, eq=False)
class _Telling:
    """The information of binned numbers about each row's class, cross-fitted. weight: (n,) of the labels, with mean
    1."""

    labels: Target
    weight: Floats
    fold: Index
    n_bins: int

    def lifts(self, values: Floats) -> tuple[Singles, Singles]:
        """(n, classes) logarithms: of the shares of the row's bin over those of all rows, and of the latter."""
        shares, prior, slot = cross_fitted_shares(_slots(values, self.n_bins), self.labels, self.fold, m=_SMOOTHING)
        of_all = np.log(prior)[self.fold]
        return (np.log(shares[self.fold, slot]) - of_all).astype(np.float32), of_all.astype(np.float32)

    def own(self, lifts: Singles) -> Floats:
        """(n,) nats that a row's own class gains."""
        return lifts[np.arange(len(lifts)), self.labels.values].astype(np.float64)

    def together(self, a: Singles, b: Singles, of_all: Singles) -> Floats:
        """(n,) nats gained by both columns at once, or by the better one, or none, whichever is most in mean.

        A product of experts, of full weight where the columns know different things, of half where the same.
        """
        sums, options = a + b, [self.own(a), self.own(b), np.zeros(len(a))]
        for weight in _EXPERT_WEIGHTS:
            logits = weight * sums
            total = np.log(np.exp(np.minimum(of_all + logits, 60.0)).sum(axis=1))
            options.append(self.own(logits) - total)
        return max(options, key=lambda gain: mean_and_error(gain, self.weight)[0])


def _beyond(numeric: Singles, classes: Target, finalists: list[Combination]) -> dict[Combination, float]:
    """Information of each combination beyond that of its two columns together, where it is surely above 0."""
    weight, n_bins = Outcome.of(classes).weight, int(np.clip(len(numeric) // 60, 4, 16))
    labels = Target(classes.values, classes.n_classes, weight)
    telling = _Telling(labels, weight, np.arange(len(numeric)) % _FOLDS, n_bins)
    alone = {
        j: telling.lifts(numeric[:, j].astype(np.float64))
        for j in sorted({j for finalist in finalists for j in (finalist.left, finalist.right)})
    }
    known: dict[tuple[int, int], Floats] = {}
    out = dict[Combination, float]()
    for finalist in finalists:
        pair = (min(finalist.left, finalist.right), max(finalist.left, finalist.right))
        if pair not in known:
            known[pair] = telling.together(alone[pair[0]][0], *alone[pair[1]])
        values = combined(finalist.kind, numeric[:, finalist.left], numeric[:, finalist.right])
        mean, error = mean_and_error(telling.own(telling.lifts(values)[0]) - known[pair], weight)
        if mean > _ERRORS_ABOVE * error:
            out[finalist] = mean
    return out
