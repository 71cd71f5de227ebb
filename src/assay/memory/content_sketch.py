"""What a table holds, as sketches by which the same rows are known again whatever their columns are called.

A sketch is of a set of hashes (one of each distinct cell of a column, or of each row): the hashes are dealt to BUCKETS
by their first bits, and the last four bits of the smallest of each are kept (one-permutation hashing, Li, Owen and
Zhang, 2012; b-bit minwise hashing, Li and König, 2010). Two sketches agree in about the share of the elements that both
sets have. A set of fewer than LEAST elements has none, so that each half byte stands for several cells, and none can be
read from it.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.schema import Column, Label
from assay.core.table import Table
from assay.core.target import Target
from assay.core.task import Task

Hashes = np.ndarray[tuple[int], np.dtype[np.uint64]]

BUCKETS, LEAST = 32, 200
MOST_COLUMNS = 40
"""Columns of which a sketch is kept, those with the most distinct cells first."""
MANTISSA = 20
"""Bits of a number that count: one that was stored shifted and scaled comes back with others at the end."""
SHARED_ROWS, SHARED_CELLS = 0.35, 0.5
"""Share of the elements of two sets that both have, from which on they are the same rows, or the same column: two draws
of 80 % of a table share 67 %, of 70 % they share 54 %. Columns of other tables, too, share cells that are usual."""
MOSTLY_DISTINCT = 0.5
"""Distinct cells of a column by its rows, from which on it tells one table from another: ages of people do not."""
NO_ELEMENT = "-"
_SALT = b"assay memory "


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentSketch:
    """rows: of all rows, "" where there are too few; columns: of each column that has enough distinct cells, sorted.
    Each is a text of BUCKETS hexadecimal digits."""

    rows: str = ""
    columns: tuple[str, ...] = ()

    @classmethod
    def of(cls, task: Task, table: Table, target: Target) -> "ContentSketch":
        """Of the rows that a lab searches on. Cost: about 0.05 s for a million cells, 1 s for a million texts."""
        total, found = np.zeros(table.n_rows, dtype=np.uint64), list[tuple[int, str]]()
        for cells in _columns(task, table, target):
            total += cells
            distinct = _distinct(cells)
            if len(distinct) >= max(LEAST, MOSTLY_DISTINCT * table.n_rows):
                found.append((-len(distinct), sketch_of(distinct)))
        rows = _distinct(total)
        return cls(
            rows=sketch_of(rows) if len(rows) >= LEAST else "",
            columns=tuple(sorted(one for _, one in sorted(found)[:MOST_COLUMNS])),
        )

    def shares_rows(self, other: "ContentSketch") -> bool:
        """Whether both hold the same rows: many rows whole, or most columns of the one that has fewer."""
        if are_alike(self.rows, other.rows, share=SHARED_ROWS):
            return True
        few, many = sorted((self.columns, other.columns), key=len)
        matched = sum(any(are_alike(one, two, share=SHARED_CELLS) for two in many) for one in few)
        return matched > len(few) / 2


def sketch_of(hashes: Hashes) -> str:
    """BUCKETS hexadecimal digits of a set of 64-bit hashes in rising order; NO_ELEMENT for a bucket without any."""
    first = np.arange(BUCKETS, dtype=np.uint64) << np.uint64(64 - int(np.log2(BUCKETS)))
    starts = np.append(np.searchsorted(hashes, first), len(hashes)).tolist()
    return "".join(
        f"{int(hashes[start]) % 16:x}" if start < end else NO_ELEMENT for start, end in pairwise(starts)
    )  # fmt: skip


def _distinct(hashes: Hashes) -> Hashes:
    """In rising order; numpy's own `unique` is dozens of times slower."""
    found = np.sort(hashes)
    return found[np.append(True, found[1:] != found[:-1])] if len(found) else found


def are_alike(one: str, other: str, *, share: float) -> bool:
    """Whether the sets of two sketches have at least that share of their elements in common."""
    pairs = [(a, b) for a, b in zip(one, other, strict=False) if NO_ELEMENT not in (a, b)]
    if len(pairs) < BUCKETS // 2:
        return False
    by_chance = 1 / 16
    agreed = sum(a == b for a, b in pairs) / len(pairs)
    return (agreed - by_chance) / (1 - by_chance) >= share


def _columns(task: Task, table: Table, target: Target) -> Iterator[Hashes]:
    """(n,) hashes of the cells of each column, the target last: what is the target here may be a feature elsewhere."""
    for column in task.schema.features:
        cells = _cells(table, column)
        if cells is not None:
            yield cells
    yield _labels(target.values, task.classes) if task.classes else _numbers(np.asarray(target.values, np.float64))


def _cells(table: Table, column: Column) -> Hashes | None:
    """None for a column of another kind."""
    name = column.name
    if name in table.numeric_names:
        if column.levels:  # of an ordinal
            return _labels(np.nan_to_num(table.column(name), nan=-1).astype(np.int64), column.levels)
        return _numbers(np.asarray(table.column(name), np.float64) * column.scale + column.shift)
    if name in table.code_names:
        return _labels(table.column(name), column.levels)
    if name in table.date_names:
        return _numbers(np.asarray(table.column(name), np.float64))
    return _texts(table.column(name).tolist()) if name in table.text_names else None


def _numbers(values: Floats) -> Hashes:
    """A number by its first MANTISSA bits, all missing ones alike."""
    part, exponent = np.frexp(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0))
    whole = np.round(part * 2.0**MANTISSA).astype(np.int64) * 4096 + exponent
    return _mixed(np.where(np.isfinite(values), whole, -1).astype(np.int64).view(np.uint64))


def _labels(codes: AnyArray, levels: tuple[Label, ...]) -> Hashes:
    """A level by how it is written; missing ones alike, and what has no level of its own."""
    known = np.concatenate([_texts([str(level) for level in levels]), _texts(["\x1frare", "\x1fmissing"])])
    places = np.where(codes < 0, len(levels) + 1, np.minimum(codes, len(levels)))
    return np.asarray(known[places], dtype=np.uint64)


def _texts(texts: list[str]) -> Hashes:
    digests = [hashlib.blake2b(_SALT + str(one).encode("utf-8", "surrogatepass"), digest_size=8) for one in texts]
    return np.frombuffer(b"".join(one.digest() for one in digests), dtype=np.uint64).copy()


def _mixed(values: Hashes) -> Hashes:
    """Each bit of the result depends on all of them (SplitMix64; Steele, Lea and Flood, 2014)."""
    found = values + np.uint64(0x9E3779B97F4A7C15)
    found = (found ^ (found >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    found = (found ^ (found >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(found ^ (found >> np.uint64(31)), dtype=np.uint64)
