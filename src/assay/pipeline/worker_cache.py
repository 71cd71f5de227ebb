"""A worker's cache of the last few designs and binned data sets.

The one module-level cache of the package: a worker process serves one search and meets the same names again and again;
without it, it would open and bin the same files for every fold.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
LAST = 12
MOST_CELLS = 120_000_000
"""Limit of cells of all binned data sets. A cell takes one or two bytes: twelve sets of a million rows would fill a
gigabyte."""


class WorkerCache:
    """The last few objects by key; the least recently used go first, before a new one is built."""

    def __init__(self, last: int = LAST, most_cells: int = MOST_CELLS) -> None:
        self._last, self._most_cells = last, most_cells
        self._kept: OrderedDict[tuple[str, ...], tuple[object, int]] = OrderedDict()

    def get(self, key: tuple[str, ...], build: Callable[[], T], *, cells: int = 0) -> T:
        """The object of that key, built if absent.

        cells: table cells it holds in memory; 0 for memory-mapped files. One above the limit is kept alone, beside
        memory-mapped ones.
        """
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key][0]  # type: ignore[return-value]  # stored under this key by this very method
        self._make_room(cells)
        value = build()
        self._kept[key] = (value, cells)
        while len(self._kept) > self._last:
            self._kept.popitem(last=False)
        return value

    def _make_room(self, cells: int) -> None:
        held = sum(size for _, size in self._kept.values())
        for key, (_, size) in list(self._kept.items()):
            if not cells or held + cells <= self._most_cells:
                return
            if size:
                del self._kept[key]
                held -= size


WORKER_CACHE = WorkerCache()
