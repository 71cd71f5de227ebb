"""Whether the answer for a row is its own: some rows are asked for again, alone, and in another order."""

from collections.abc import Callable

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.errors import CodeError
from assay.user_code.answers import check_same

TRIED_ROWS = 100
"""Of those that were answered, the most that are asked for again."""
ALONE_ROWS = 25
"""Of many rows, those that are asked for once more without the others, at every call."""
_SEED = ("take a seed in fit, and draw from np.random.default_rng(seed)",)
_AGAIN = " differently when it is asked again"
_STATE = ("learn of all rows in fit, and keep it in the state: means, counts, ranks",)


def dealt(n_rows: int, digest: str) -> Index:
    """An order of rows that tells a function nothing of their places: by its source's digest, which it cannot know."""
    if n_rows < 2:
        return np.arange(n_rows, dtype=np.int64)
    return np.random.default_rng([int(digest[:15], 16), n_rows]).permutation(n_rows).astype(np.int64)


def check_alone(made: AnyArray, answers_for: Callable[[Index], AnyArray], order: Index, *, what: str) -> None:
    """CodeError where some of many rows have other answers without the others; so too for rows that are scored.

    made: answers in the rows' own order; order: the one in which they were asked for.
    """
    if len(made) <= TRIED_ROWS:
        return
    some = order[:: max(len(order) // ALONE_ROWS, 1)][:ALONE_ROWS]
    words, alone = f"{what} by what other rows are asked about", answers_for(some)
    try:
        check_same(made[some], alone, "code/other-rows", words, among=made, do=_STATE)
    except CodeError:  # or is it chance? then the same rows have other answers once more
        check_same(alone, answers_for(some), "code/random", f"{what}{_AGAIN}", among=made, do=_SEED)
        raise


def check_asked_again(made: AnyArray, answers_for: Callable[[Index], AnyArray], *, seed: int, what: str) -> None:
    """CodeError where answers depend on chance, or on what other rows are asked about.

    made: (n,) or (n, k), the answers for all rows; answers_for: asks for those of some. what: how the message begins.
    """
    n_rows = len(made)
    rng = np.random.default_rng(seed)
    some = np.sort(rng.permutation(n_rows)[: min(TRIED_ROWS, max(n_rows // 2, 1))]).astype(np.int64)
    order = rng.permutation(len(some)).astype(np.int64)
    again, same = answers_for(some), answers_for(some)
    turned, alone = answers_for(some[order]), answers_for(some[:1])
    by_others, by_order = f"{what} by what other rows are asked about", f"{what} by the order of rows"
    check_same(again, same, "code/random", f"{what}{_AGAIN}", among=made, do=_SEED)
    check_same(made[some], again, "code/other-rows", by_others, among=made, do=_STATE)
    check_same(again[:1], alone, "code/other-rows", by_others, among=made, do=_STATE)
    check_same(again[order], turned, "code/other-rows", by_order, among=made, do=_STATE)
