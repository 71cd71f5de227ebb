"""The narrow columnar view that all code below `data` sees: blocks of arrays, never a frame."""

from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Codes, Floats, Index, Objects, Singles
from assay.core.strings import Strings

MISSING_CODE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Sparse:
    """A compressed-row float32 matrix without scipy, so that core needs numpy only.

    data, indices: (n_values,); indptr: (n_rows + 1,).
    """

    data: Singles
    indices: Codes
    indptr: Index
    n_columns: int

    @property
    def n_rows(self) -> int:
        return len(self.indptr) - 1

    def take(self, rows: Index) -> "Sparse":
        """The given rows, in the given order."""
        starts, counts = self.indptr[rows], np.diff(self.indptr)[rows]
        indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        offsets = np.arange(indptr[-1]) - np.repeat(indptr[:-1], counts) + np.repeat(starts, counts)
        return Sparse(self.data[offsets], self.indices[offsets], indptr, self.n_columns)


def _none(n_rows: int, dtype: type) -> AnyArray:
    return np.empty((n_rows, 0), dtype=dtype)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Table:
    """Rows as blocks; a step takes a Table and gives a Table with other columns and the same rows.

    numeric: (n, a) float32, NaN missing.   codes: (n, b) int32, -1 missing, levels[j] = never seen.
    dates:   (n, c) float64 days since 1970-01-01, NaN missing.   text: (n, d) str objects, "" missing.
    sparse:  (n, e) wide text features for linear models, or None.
    levels[j]: how many known levels code column j has, so codes lie in [-1, levels[j]].
    strings: columns of codes, keys and names as they are written, or None; read by steps, never by models.
    moment:  (n,) float64, where the rows are ordered by a column: when each was; None in rows that are asked about,
    which are later than all rows ever learned from.
    """

    numeric: Singles
    codes: Codes
    dates: Floats
    text: Objects
    numeric_names: tuple[str, ...] = ()
    code_names: tuple[str, ...] = ()
    date_names: tuple[str, ...] = ()
    text_names: tuple[str, ...] = ()
    levels: tuple[int, ...] = ()
    sparse: Sparse | None = None
    strings: Strings | None = None
    moment: Floats | None = None

    @classmethod
    def empty(cls, n_rows: int) -> "Table":
        """A table with rows and no columns."""
        return cls(
            numeric=_none(n_rows, np.float32), codes=_none(n_rows, np.int32),
            dates=_none(n_rows, np.float64), text=_none(n_rows, np.object_),
        )  # fmt: skip

    @property
    def n_rows(self) -> int:
        return len(self.numeric)

    def take(self, rows: Index) -> "Table":
        """The given row positions, in the given order (a copy)."""
        return replace(
            self, numeric=self.numeric[rows], codes=self.codes[rows], dates=self.dates[rows],
            text=self.text[rows], sparse=None if self.sparse is None else self.sparse.take(rows),
            strings=None if self.strings is None else self.strings.take(rows),
            moment=None if self.moment is None else self.moment[rows],
        )  # fmt: skip

    def with_numeric(self, block: AnyArray, names: tuple[str, ...]) -> "Table":
        """The same table with numeric columns added on the right."""
        if not names:
            return self
        joined = np.concatenate([self.numeric, np.asarray(block, dtype=np.float32)], axis=1)
        return self.with_numbers(joined, (*self.numeric_names, *names))

    def with_columns(
        self,
        numeric: Singles,
        numeric_names: tuple[str, ...],
        codes: Codes,
        code_names: tuple[str, ...],
        levels: tuple[int, ...],
    ) -> "Table":
        """The same table with these numbers and codes in place of its own; see with_numbers."""
        return Table(
            numeric=numeric, codes=codes, dates=self.dates, text=self.text, numeric_names=numeric_names,
            code_names=code_names, date_names=self.date_names, text_names=self.text_names, levels=levels,
            sparse=self.sparse, strings=self.strings, moment=self.moment,
        )  # fmt: skip

    def with_numbers(self, block: Singles, names: tuple[str, ...]) -> "Table":
        """The same table with these numeric columns in place of its own; a third of what `replace` takes, as rows are
        hot.
        """
        return Table(
            numeric=block, codes=self.codes, dates=self.dates, text=self.text, numeric_names=names,
            code_names=self.code_names, date_names=self.date_names, text_names=self.text_names, levels=self.levels,
            sparse=self.sparse, strings=self.strings, moment=self.moment,
        )  # fmt: skip

    def without_codes(self, positions: tuple[int, ...]) -> "Table":
        """The same table without the code columns at these positions."""
        keep = [j for j in range(len(self.code_names)) if j not in set(positions)]
        return replace(
            self, codes=self.codes[:, keep], code_names=tuple(self.code_names[j] for j in keep),
            levels=tuple(self.levels[j] for j in keep),
        )  # fmt: skip
