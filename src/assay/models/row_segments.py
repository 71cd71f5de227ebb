"""Segments of rows by one column, and the column along which the law of the target differs most between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import Bools, Floats, Index, JsonObject
from assay.core.contract import Seeds, State, Table, Target
from assay.core.errors import BundleError
from assay.models.plain_numbers import PlainNumbers
from assay.models.ridge import ridge

LEAST_ROWS, LEAST_SHARE = 40, 0.05
"""Of a segment of its own."""
MOST_SEGMENTS = 8
MOST_COLUMNS = 30
"""Columns that may make segments, and that the laws compared are made of."""
SCREENED_ROWS = 4_000
ALPHAS = np.array([1.0, 30.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSegments:
    """Rows by a level of one code column, or by which side of a threshold a number is. position: of the column in its
    block; levels: those that are a segment each; threshold: None for codes. Rows in none of them are in no segment."""

    column: str
    position: int
    levels: tuple[int, ...] = ()
    threshold: float | None = None

    def __len__(self) -> int:
        return 2 if self.threshold is not None else len(self.levels)

    def rows(self, table: Table, segment: int) -> Bools:
        """(n,) which rows are in it."""
        if self.threshold is None:
            return np.asarray(table.codes[:, self.position] == self.levels[segment])
        x = table.numeric[:, self.position]
        return np.asarray(x > self.threshold) if segment else np.asarray(x <= self.threshold)

    def as_json(self) -> JsonObject:
        return {
            "column": self.column, "position": self.position, "levels": list(self.levels), "threshold": self.threshold,
        }  # fmt: skip

    @classmethod
    def restore(cls, state: State) -> "RowSegments":
        """BundleError for anything else than what as_json gives."""
        body = state.meta.get("segments")
        given = body if isinstance(body, dict) else {}
        column, position, threshold = given.get("column"), given.get("position"), given.get("threshold")
        levels = given.get("levels")
        is_valid = isinstance(column, str) and isinstance(position, int) and position >= 0 and isinstance(levels, list)
        if not is_valid or not isinstance(threshold, int | float | None):
            raise BundleError("A segmented state does not name the column of its segments. Save it again.")
        whole = tuple(level for level in levels if isinstance(level, int))  # type: ignore[union-attr]  # a list
        return cls(column=str(column), position=int(str(position)), levels=whole, threshold=threshold)


def found_segments(table: Table, target: Target, *, column: str, seeds: Seeds) -> RowSegments | None:
    """The segments of a column, or, where none is named, of the one along which laws differ most; None for none.

    Laws are ridge regressions on all columns, one a segment, judged by their left-out errors (PRESS) against one law
    for all rows that knows the segment's mean: so that a mean that differs is no reason, and a slope is.
    """
    candidates = [one for one in _candidates(table) if not column or one.column == column]
    if column or not candidates:
        return candidates[0] if candidates else None
    rows = np.sort(seeds.child("segments").rng().permutation(table.n_rows)[:SCREENED_ROWS])
    table, target = table.take(rows), target.take(rows)
    X, Y = PlainNumbers.of(table).values(table)[:, :MOST_COLUMNS], target.one_hot()
    gains = [_gain(one, table, X, Y) for one in candidates]
    best = int(np.argmax(gains))
    return candidates[best] if gains[best] > 0 else None


def _candidates(table: Table) -> Iterator[RowSegments]:
    least = max(LEAST_ROWS, LEAST_SHARE * table.n_rows)
    for j, name in list(enumerate(table.code_names))[:MOST_COLUMNS]:
        rows = np.bincount(table.codes[:, j] + 1, minlength=table.levels[j] + 2)[1:-1]
        levels = np.flatnonzero(rows >= least)
        if 2 <= len(levels) <= MOST_SEGMENTS:
            yield RowSegments(column=name, position=j, levels=tuple(levels.tolist()))
    for j, name in list(enumerate(table.numeric_names))[:MOST_COLUMNS]:
        x = table.numeric[:, j]
        known = x[np.isfinite(x)]
        threshold = float(np.median(known)) if len(known) else 0.0
        if len(known) and min((known <= threshold).sum(), (known > threshold).sum()) >= least:
            yield RowSegments(column=name, position=j, threshold=threshold)


def _gain(segments: RowSegments, table: Table, X: Floats, Y: Floats) -> float:
    """Share of the left-out error of one law that laws of their own save, on rows in segments."""
    member = [np.flatnonzero(segments.rows(table, one)) for one in range(len(segments))]
    member = [rows for rows in member if len(rows) >= LEAST_ROWS // 2]
    if len(member) < 2:
        return 0.0
    rows = np.concatenate(member)
    indicators = np.column_stack([np.isin(rows, one) for one in member]).astype(np.float64)
    together = _left_out(np.concatenate([X[rows], indicators], axis=1), Y[rows])
    apart = sum(_left_out(X[one], Y[one]) for one in member)
    return 1.0 - apart / together if together > 0 else 0.0


def _left_out(X: Floats, Y: Floats) -> float:
    outputs: Sequence[Floats] = list(Y.T[:10])
    if len(outputs) == 2:
        outputs = outputs[1:]
    return float(sum((ridge(X, y, None, ALPHAS)[2] ** 2).sum() for y in outputs))


def positions(segments: RowSegments, table: Table) -> list[Index]:
    """The rows of each segment."""
    return [np.flatnonzero(segments.rows(table, one)) for one in range(len(segments))]
