"""Validation of CatBoost's binary model before the library loads it, as the library follows any index in it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Index
from assay.models.flat import MOST_DEPTH
from assay.models.native_flatbuffer import Fields

_INT, _SINGLE, _DOUBLE, _BYTE = (np.dtype(form) for form in ("<i4", "<f4", "<f8", "u1"))
_BUCKET = np.dtype([("hash", "<u8"), ("place", "<u4")])
_SPLIT = np.dtype([("column", "<i4"), ("value", "<i4")])
_BIN = np.dtype([("block", "<u2"), ("mask", "u1"), ("border", "u1")])
_EMPTY_BUCKET = 2**64 - 1
"""The hash of an empty bucket, which ends a look-up."""
_BLOCK = 254
"""Borders of a column looked up together."""
_BORDERS, _BUCKETS, _MEANS, _COUNTS = 0, 1, (2, 3), (4, 5)
"""Kinds of statistics of categories."""
_LOSSES = ("Logloss", "MultiClass", "RMSE", "MAE", "Quantile")
# numbers of fields in catboost/libs/model/flatbuffers/*.fbs
_TREES, _NOTES, _PARTS = 1, 2, 3
_OTHER_KINDS = {10: "branches", 12: "texts", 13: "estimates", 18: "embeddings"}


def check_catboost(native: bytes) -> None:
    """ValueError where an index would leave its array, or a look-up would not end."""
    size = int.from_bytes(native[4:8], "little")
    if native[:4] != b"CBM1" or not 0 < size <= len(native) - 8:
        raise ValueError("it does not begin as CatBoost's models do")
    core, tail = native[8 : 8 + size], native[8 + size :]
    root = Fields.root(core)
    trees, parts = root.table(_TREES), root.texts(_PARTS)
    if parts not in ([], [b"static_provider_v1"]) or bool(parts) != bool(tail):
        raise ValueError("it has parts that CatBoost was not asked for")
    other = [what for field, what in _OTHER_KINDS.items() if len(trees.array(field, _BYTE))]
    if other:
        raise ValueError(f"it has {other[0]}, which CatBoost was not asked for")
    n_outputs = trees.number(0, 0)
    _check_notes(root, n_outputs)
    columns = _SplitColumns.of(trees)
    columns.check(_statistics(tail))
    _check_trees(trees, n_outputs, columns)


def _check_notes(root: Fields, n_outputs: int) -> None:
    """Check the training loss, which decides the output transform."""
    notes = {note.text(0): note.text(1) for note in root.tables(_NOTES)}
    loss = json.loads(notes.get(b"params", b"{}")).get("loss_function", {}).get("type", "RMSE")
    if loss not in _LOSSES or n_outputs < 1 or (n_outputs > 1 and loss != "MultiClass"):
        raise ValueError(f"it has {n_outputs} outputs, trained for {str(loss)[:60]!r}")


def _check_trees(trees: Fields, n_outputs: int, columns: "_SplitColumns") -> None:
    asked, depths, starts = (trees.array(field, _INT).astype(np.int64) for field in (1, 2, 3))
    if ((depths < 0) | (depths > MOST_DEPTH)).any() or not np.array_equal(starts, np.cumsum(depths) - depths):
        raise ValueError("its trees do not follow each other")
    n_leaves = int((1 << depths).sum())
    if len(trees.array(8, _DOUBLE)) != n_leaves * n_outputs or len(trees.array(9, _DOUBLE)) not in (0, n_leaves):
        raise ValueError("its trees have other leaves than they need")
    if len(trees.array(16, _DOUBLE)) not in (0, n_outputs):
        raise ValueError("its trees start from other outputs than they have")
    splits, blocks = columns.sizes
    if len(asked) != depths.sum() or ((asked < 0) | (asked >= splits)).any():
        raise ValueError("its trees ask questions that there are not")
    bins = trees.array(17, _BIN)
    if len(bins) not in (0, len(asked)) or (bins["block"] >= max(1, blocks)).any():
        raise ValueError("its trees ask questions that there are not")


@dataclass(frozen=True, slots=True)
class _StatisticSource:
    """Inputs of a categorical statistic, as canonical bytes, and its kind."""

    of: bytes
    kind: int
    target: int

    @classmethod
    def read(cls, base: Fields) -> "_StatisticSource":
        parts = base.table(0)
        read = (parts.array(0, _INT), parts.array(1, _SPLIT), parts.array(2, _SPLIT))
        return cls(b"|".join(part.tobytes() for part in read), base.number(1, 0, size=1), base.number(2, 0))


def _statistics(tail: bytes) -> dict[_StatisticSource, int]:
    """The stored categorical statistics and the number of classes each counts; every look-up in them ends."""
    found: dict[_StatisticSource, int] = {}
    at, count = 4, int.from_bytes(tail[:4], "little")
    for _ in range(count):
        size = int.from_bytes(tail[at : at + 4], "little")
        if not 0 < size <= len(tail) - at - 4:
            raise ValueError("its statistics of categories are cut off")
        table = Fields.root(tail[at + 4 : at + 4 + size])
        base = _StatisticSource.read(table.table(0))
        if base in found:
            raise ValueError("it has statistics of categories twice")
        found[base] = table.number(4, 0)
        _check_table(table, base.kind, found[base])
        at += 4 + size
    if tail and at != len(tail):
        raise ValueError("it goes on after its end")
    return found


def _check_table(table: Fields, kind: int, n_classes: int) -> None:
    raw, values = table.array(1, _BYTE), table.array(2, _BYTE)
    if len(raw) % _BUCKET.itemsize:
        raise ValueError("its statistics of categories have another form")
    buckets: AnyArray = raw.view(_BUCKET)
    width = 4 if kind in _COUNTS else 8 if kind in _MEANS else 4 * n_classes
    if width <= 0 or len(values) % width or len(buckets) & (len(buckets) - 1) or not len(buckets):
        raise ValueError("its statistics of categories have another form")
    is_empty = buckets["hash"] == _EMPTY_BUCKET
    if not is_empty.any() or (buckets["place"][~is_empty] >= len(values) // width).any():
        raise ValueError("its statistics of categories lead beyond what was counted")


@dataclass(frozen=True, slots=True)
class _SplitColumns:
    """The conditions a model may test. borders: of each numeric column, then values of each category column tested by
    level, then borders of each statistic."""

    n_numbers: int
    n_categories: int
    borders: tuple[int, ...]
    by_level: tuple[int, ...]
    statistics: Sequence[Fields]

    @classmethod
    def of(cls, trees: Fields) -> "_SplitColumns":
        categories, numbers, by_level, statistics = (trees.tables(field) for field in (4, 5, 6, 7))
        places = [(one.number(1, -1), one.number(2, -1)) for one in numbers]
        codes = [(one.number(0, -1), one.number(1, -1)) for one in categories]
        for found in (places, codes):
            if [number for number, _ in found] != [*range(len(found))]:
                raise ValueError("its columns do not follow each other")
        if sorted(place for _, place in (*places, *codes)) != [*range(len(places) + len(codes))]:
            raise ValueError("its columns are not all there")
        sizes = [len(one.array(3, _SINGLE)) for one in numbers] + [len(one.array(1, _INT)) for one in by_level]
        sizes += [len(one.array(1, _SINGLE)) for one in statistics]
        return cls(len(places), len(codes), tuple(sizes), tuple(one.number(0, -1) for one in by_level), statistics)

    @property
    def sizes(self) -> tuple[int, int]:
        """Number of conditions, and of the blocks they are looked up in."""
        return sum(self.borders), sum(-(-size // _BLOCK) for size in self.borders)

    def check(self, kept: dict[_StatisticSource, int]) -> None:
        """ValueError unless categorical conditions refer to existing columns and statistics."""
        if not all(0 <= number < self.n_categories for number in self.by_level):
            raise ValueError("it asks for levels of columns that there are not")
        for one in self.statistics:
            statistic = one.table(0)
            base, border = _StatisticSource.read(statistic.table(0)), statistic.number(1, 0)
            self._check_parts(statistic.table(0).table(0))
            most = {_BORDERS: kept.get(base, 0) - 1, _BUCKETS: kept.get(base, 0)}.get(base.kind, 1)
            if base not in kept or base.kind not in (_BORDERS, _BUCKETS, *_MEANS, *_COUNTS) or not 0 <= border < most:
                raise ValueError("it asks for statistics of categories that there are not")

    def _check_parts(self, parts: Fields) -> None:
        codes: Index = np.concatenate([parts.array(0, _INT), parts.array(2, _SPLIT)["column"]]).astype(np.int64)
        numbers = parts.array(1, _SPLIT)["column"]
        if ((codes < 0) | (codes >= self.n_categories)).any() or ((numbers < 0) | (numbers >= self.n_numbers)).any():
            raise ValueError("its statistics are of columns that there are not")
