"""What one row takes, in counts; and what these cost on a reference machine, so that no decision needs a clock."""

from collections.abc import Iterable
from dataclasses import dataclass

CALL_US = 0.33
"""Microseconds of an operation on a few numbers, whatever they are: a small array's, or a line or two of Python."""
CELL_NS = 0.7
"""Nanoseconds of a number that an operation goes through, beside the operation."""
HOP_NS = 4.0
"""Nanoseconds of a step down a tree: a look-up at a place that is known only after the one before."""
PRODUCT_NS = 0.15
"""Nanoseconds of a multiplication and addition in a product of matrices."""
TOGETHER = 1.3
"""How much longer whole models take than their parts do one by one, again and again: the processor's caches hold less
of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Counts of what is done to answer one row that is encoded already; see the prices above for what each means."""

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
        """So many times the same."""
        return Effort(calls=n * self.calls, cells=n * self.cells, hops=n * self.hops, products=n * self.products)

    @property
    def ms(self) -> float:
        """Milliseconds of processor time on the machine that the prices are of, as part of a model."""
        ns = 1e3 * CALL_US * self.calls + CELL_NS * self.cells + HOP_NS * self.hops + PRODUCT_NS * self.products
        return 1e-6 * TOGETHER * ns


NOTHING = Effort()


def total(efforts: Iterable[Effort]) -> Effort:
    """All of them, one after the other."""
    return sum(efforts, NOTHING)
