"""Cost of predicting one row as operation counts, priced on a reference machine, so that decisions need no clock."""

from collections.abc import Iterable
from dataclasses import dataclass

CALL_US = 0.33
"""Microseconds of an operation on a few numbers: a small array operation, or a line or two of Python."""
CELL_NS = 0.7
"""Nanoseconds per number of an operation, in addition to the call."""
HOP_NS = 4.0
"""Nanoseconds of a step down a tree, a memory access that depends on the previous one."""
PRODUCT_NS = 0.15
"""Nanoseconds of a multiplication and addition in a product of matrices."""
TOGETHER = 1.3
"""Slowdown of whole models over their parts run repeatedly alone, as the caches hold less of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Operation counts for one encoded row; the prices above say what each means."""

    calls: float = 0.0
    cells: float = 0.0
    hops: float = 0.0
    products: float = 0.0

    def __add__(self, other: "Effort") -> "Effort":
        return Effort(
            calls=self.calls + other.calls, cells=self.cells + other.cells, hops=self.hops + other.hops,
            products=self.products + other.products,
        )  # fmt: skip

    def times(self, n: float) -> "Effort":
        """The cost n times."""
        return Effort(calls=n * self.calls, cells=n * self.cells, hops=n * self.hops, products=n * self.products)

    @property
    def ms(self) -> float:
        """Milliseconds of processor time on the reference machine, within a model."""
        ns = 1e3 * CALL_US * self.calls + CELL_NS * self.cells + HOP_NS * self.hops + PRODUCT_NS * self.products
        return 1e-6 * TOGETHER * ns


NOTHING = Effort()


def total(efforts: Iterable[Effort]) -> Effort:
    """The sum of costs."""
    return sum(efforts, NOTHING)
