"""What a worker keeps between jobs: the last few designs and binned sets.

The one module-level cache of the package: a worker process lives for one search, is told the same names again and
again, and would otherwise open and bin the same files for every fold.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
LAST = 12


class Memory:
    """The last few objects by key; the oldest unused one goes first."""

    def __init__(self, last: int = LAST) -> None:
        self._last = last
        self._kept: OrderedDict[tuple[str, ...], object] = OrderedDict()

    def get(self, key: tuple[str, ...], build: Callable[[], T]) -> T:
        """The object of that key, built if it is not there."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]  # type: ignore[return-value]  # stored under this key by this very method
        value = build()
        self._kept[key] = value
        while len(self._kept) > self._last:
            self._kept.popitem(last=False)
        return value


WORKER_MEMORY = Memory()
