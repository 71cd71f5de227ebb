"""Shapley values of any function of rows, by permutations of the players; the values add up by construction.

From a row of the background the players move one after the other to the row asked, and each gets the change that its
move makes (Castro, Gómez and Tejada, 2009). Each permutation is walked forwards and backwards: with such a pair the
value is exact wherever no more than two players act together, as in linear models and factorisation machines.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.explain.shap_mixtures import Mixer

MIXED = 8_192
"""Mixed rows answered together."""
MET = 50
"""Times that each row of the background is met, from which on what it does to all rows is taken out: with one pair a
row, most of the error."""

Game = Callable[[Table, Index], Floats]
"""From mixed rows, and the number of the row that each is made for, to (n, k) what the function answers."""


@dataclass(frozen=True, slots=True, eq=False)
class SampledValues:
    """values, errors: (n, d, k) Shapley values and their standard errors, NaN where there is one pair a row; spread:
    (d, k) the variance of what each player gets."""

    values: Floats
    errors: Floats
    spread: Floats

    def closed(self, gap: Floats) -> Floats:
        """(n, d, k) values that give `gap` (n, k) more together, by which chance missed the known total. It goes
        to the players in proportion to their variance, where such an error comes from."""
        total = self.spread.sum(axis=0)
        even = 1.0 / max(1, len(self.spread))
        share = np.where(total > 0.0, self.spread / np.where(total > 0.0, total, 1.0), even)
        return np.asarray(self.values + gap[:, None, :] * share)


def sampled_values(
    mixer: Mixer, game: Game, rows: tuple[Index, Index], *, pairs: int, seeds: Seeds, threads: int = 1
) -> SampledValues:
    """rows: positions in the mixer's table of the rows asked (n,), and of those of the background, of which each row
    meets `pairs` in turn. pairs: permutations a row, each walked forwards and backwards.

    Where there are many rows and few pairs, what a row of the background does to all rows that met it is taken out.
    """
    own, background = rows
    n, d, m = len(own), len(mixer.inputs), len(background)
    if not n or not d:
        k = game(mixer.table.take(own), np.arange(n)).shape[1] if n else 1
        return SampledValues(np.zeros((n, d, k)), np.zeros((n, d, k)), np.zeros((d, k)))
    rng = seeds.rng()
    number = np.repeat(np.arange(n), pairs)
    met = (np.tile(np.arange(pairs), n) + np.repeat(rng.permutation(n), pairs)) % m
    order = rng.permuted(np.tile(np.arange(d), (len(number), 1)), axis=1)
    size = max(1, MIXED // (2 * d))

    def walked(at: int) -> Floats:
        item = slice(at, at + size)
        return _walked(mixer, game, order[item], (own[number[item]], background[met[item]], number[item]))

    with ThreadPoolExecutor(max_workers=threads) as pool:
        found = np.concatenate(list(pool.map(walked, range(0, len(number), size))))
    if len(number) >= MET * m and pairs < m:
        found = found - _of_background(found, met, m)
    spread = found.var(axis=0)
    found = found.reshape(n, pairs, *found.shape[1:])
    return SampledValues(found.mean(axis=1), _errors(found, m), spread)


def _of_background(found: Floats, met: Index, m: int) -> Floats:
    """(items, d, k) by how much the values of items that met the same row of the background lie above those of all."""
    counts = np.bincount(met, minlength=m)
    sums = np.zeros((m, *found.shape[1:]))
    np.add.at(sums, met, found)
    means = sums / np.maximum(counts, 1)[:, None, None]
    return np.asarray((means - found.mean(axis=0))[met])


def _errors(found: Floats, m: int) -> Floats:
    """(n, d, k) standard errors of means of found (n, pairs, d, k). Where each row of the background is met equally
    often, and more than once, of the permutations alone, as the background is as given; else of both."""
    n, pairs, *shape = found.shape
    if pairs >= 2 * m and pairs % m == 0:
        of_each = found.reshape(n, pairs // m, m, *shape).var(axis=1, ddof=1)
        return np.asarray(np.sqrt(of_each.mean(axis=1) / pairs))
    if pairs > 1:
        return np.asarray(found.std(axis=1, ddof=1) / np.sqrt(pairs))
    return np.full((n, *shape), np.nan)


def _walked(mixer: Mixer, game: Game, order: Index, rows: tuple[Index, Index, Index]) -> Floats:
    """(n, d, k) what each player adds on average of both directions. order: (n, d) players in the order of moving."""
    own, other, number = rows
    n, d = order.shape
    is_own = _states(order)
    tiled = (np.repeat(part, 2 * d) for part in (own, other, number))
    a, b, made_for = tiled
    answers = game(mixer.mixed(a, b, is_own.reshape(-1, d)), made_for).reshape(n, 2 * d, -1)
    forwards = np.diff(answers[:, : d + 1], axis=1)
    back = np.concatenate([answers[:, :1], answers[:, d + 1 :], answers[:, d : d + 1]], axis=1)
    out = np.zeros_like(forwards)
    np.put_along_axis(out, order[:, :, None], forwards, axis=1)
    backwards = np.zeros_like(forwards)
    np.put_along_axis(backwards, order[:, ::-1, None], np.diff(back, axis=1), axis=1)
    return np.asarray((out + backwards) / 2.0)


def _states(order: Index) -> Bools:
    """(n, 2 d, d) which players have moved: none, then one more each time up to all; then, in the opposite order, one
    up to all but one."""
    n, d = order.shape
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(d), (n, d)), axis=1)
    forwards = rank[:, None, :] < np.arange(d + 1)[:, None]
    backwards = (d - 1 - rank)[:, None, :] < np.arange(1, d)[:, None]
    return np.concatenate([forwards, backwards], axis=1)
