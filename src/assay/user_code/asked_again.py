"""Whether the answer for a row is its own: some rows are asked for again, alone, and in another order."""

from collections.abc import Callable

import numpy as np

from assay.core.array import AnyArray, Index
from assay.user_code.answers import check_same

TRIED_ROWS = 100
"""Of those that were answered, the most that are asked for again."""
_SEED = ("take a seed in fit, and draw from np.random.default_rng(seed)",)
_STATE = ("learn of all rows in fit, and keep it in the state: means, counts, ranks",)


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
    check_same(again, same, "code/random", f"{what} differently when it is asked again", among=made, do=_SEED)
    check_same(made[some], again, "code/other-rows", by_others, among=made, do=_STATE)
    check_same(again[:1], alone, "code/other-rows", by_others, among=made, do=_STATE)
    check_same(again[order], turned, "code/other-rows", by_order, among=made, do=_STATE)
