"""Shapley values of any function of rows, by permutations of the players; the values add up by construction.

From a row of the background the players move one after the other to the row asked, and each gets the change that its
move makes (Castro, Gómez and Tejada, 2009). Each permutation is walked forwards and backwards: with such a pair the value
is exact wherever no more than two players act together, as in linear models and factorisation machines.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.explain.shap_mixtures import Mixer

MIXED = 8_192
"""Mixed rows answered together."""

Game = Callable[[Table, Index], Floats]
"""From mixed rows, and the number of the row that each is made for, to (n, k) what the function answers."""


@dataclass(frozen=True, slots=True, eq=False)
class SampledValues:
    """values, errors: (n, d, k) Shapley values and their standard errors, NaN where there is one pair a row."""

    values: Floats
    errors: Floats


def sampled_values(mixer: Mixer, game: Game, rows: tuple[Index, Index], *, pairs: int, seeds: Seeds) -> SampledValues:
    """rows: positions in the mixer's table of the rows asked (n,), and of those of the background, of which each row
    meets `pairs` in turn. pairs: permutations a row, each walked forwards and backwards."""
    own, background = rows
    n, d = len(own), len(mixer.inputs)
    if not n or not d:
        k = game(mixer.table.take(own), np.arange(n)).shape[1] if n else 1
        return SampledValues(np.zeros((n, d, k)), np.zeros((n, d, k)))
    rng = seeds.rng()
    number = np.repeat(np.arange(n), pairs)
    other = background[(np.tile(np.arange(pairs), n) + number) % len(background)]
    size, parts = max(1, MIXED // (2 * d)), []
    for at in range(0, len(number), size):
        item = slice(at, at + size)
        order = rng.permuted(np.tile(np.arange(d), (len(number[item]), 1)), axis=1)
        parts.append(_walked(mixer, game, order, (own[number[item]], other[item], number[item])))
    found = np.concatenate(parts)
    found = found.reshape(n, pairs, *found.shape[1:])
    return SampledValues(found.mean(axis=1), _errors(found, len(background)))


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
