"""Out-of-fold predictions of a lab's experiments: read from its artifacts when needed, the last few kept in memory."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from assay.core.array import AnyArray

MOST_BYTES = 2**25
"""Of the predictions in memory; a blend reads those of 25 candidates, the same ones after most experiments."""

Read = Callable[[], AnyArray]


@dataclass(eq=False)
class StoredPredictions(Mapping[int, AnyArray]):
    """By experiment, in the order they came. What is dropped from memory is read again, with the same bits."""

    most_bytes: int = MOST_BYTES
    _read: dict[int, Read] = field(default_factory=dict)
    _recent: "OrderedDict[int, AnyArray]" = field(default_factory=OrderedDict)
    _bytes: int = 0

    def put(self, number: int, read: Read, *, now: AnyArray | None = None) -> None:
        """How an experiment's predictions are read from now on; now: what that gives, where it is in memory already."""
        self._forget(number)
        self._read[number] = read
        if now is not None:
            self._remember(number, now)

    @property
    def in_memory(self) -> int:
        """Bytes of the predictions in memory."""
        return self._bytes

    def __getitem__(self, number: int) -> AnyArray:
        known = self._recent.get(number)
        if known is None:
            known = self._read[number]()
            self._remember(number, known)
        else:
            self._recent.move_to_end(number)
        return known

    def __contains__(self, number: object) -> bool:
        return number in self._read

    def __iter__(self) -> Iterator[int]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)

    def _remember(self, number: int, prediction: AnyArray) -> None:
        self._forget(number)
        self._recent[number] = prediction
        self._bytes += prediction.nbytes
        while self._bytes > self.most_bytes and len(self._recent) > 1:
            self._forget(next(iter(self._recent)))

    def _forget(self, number: int) -> None:
        known = self._recent.pop(number, None)
        self._bytes -= 0 if known is None else known.nbytes
