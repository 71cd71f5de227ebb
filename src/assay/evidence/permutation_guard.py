"""Whether a set of engineered columns says more than noise of its sort: it must beat permuted copies of itself.

To pass is no proof of use. A copy is unrelated to the target and to the other columns, so the level holds for columns
that are so too. Columns that only repeat the others are unrelated to neither, and where a copy disturbs the model more
than a repetition does, as in distances, they pass more often than the level: three sums of columns that were there, for
15 nearest neighbours, in 25 % of 60 tables of 600 rows. What a set is of use tells the gain that every keep must have.
"""

from collections.abc import Sequence
from dataclasses import dataclass

COPIES = 19
"""With so many the set must beat them all: one of twenty like it would. Level 5 %, for columns of pure noise."""
STAGES = (3, 9, COPIES)
"""Copies fitted at once: three out of four sets that know nothing end after the first three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What a set gained on some folds and what its permuted copies did, as scores in which more is better.

    real: of the set; copies: of its copies, in order; columns: how many it made.
    """

    real: float
    copies: tuple[float, ...]
    columns: int = 0

    @property
    def passed(self) -> bool:
        """Beyond the 95th percentile of permuted copies: better than each of COPIES (Besag and Clifford, 1991).

        Were the set, like a copy, unrelated to the target and to the other columns, all COPIES + 1 scores would be
        exchangeable, and this would happen at most once in COPIES + 1 times, whatever their distribution. A tie is no
        gain; NaN is none either.
        """
        return len(self.copies) >= COPIES and all(self.real > copy for copy in self.copies)

    @property
    def is_decided(self) -> bool:
        """Whether another copy could change nothing: one that is as good decides, and so do all of them."""
        return len(self.copies) >= COPIES or not all(self.real > copy for copy in self.copies)

    @property
    def why(self) -> str:
        """For people: "better than 19 of 19 permuted copies of its columns"."""
        beaten = sum(self.real > copy for copy in self.copies)
        return f"better than {beaten} of {len(self.copies)} permuted copies of its columns"


def pooled(scores: Sequence[float], rows: Sequence[int], *, higher_is_better: bool) -> float:
    """The mean of some folds' scores by their rows, so turned that more is better."""
    sign = 1.0 if higher_is_better else -1.0
    return sign * sum(score * n for score, n in zip(scores, rows, strict=True)) / sum(rows)
