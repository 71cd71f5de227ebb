"""The rows that a function is given, column by column."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from assay.core.array import AnyArray, Floats


class GivenRows:
    """Columns by name: (n,) arrays of float64, or of str objects (None missing); they cannot be written to.

    `X["price"]` is a column, `len(X)` the number of rows, `X.numbers` the (n, d) matrix of all columns of numbers in
    their order, which `numpy.asarray(X)` gives too; `list(X)` are the names.
    """

    def __init__(self, columns: Mapping[str, AnyArray], n_rows: int) -> None:
        self._columns = dict(columns)
        self._n_rows = n_rows

    def __getitem__(self, name: str) -> AnyArray:
        try:
            return self._columns[name]
        except KeyError:
            raise KeyError(f"there is no column {name!r}; there are {', '.join(map(repr, self._columns))}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        """Of its rows, as for an array."""
        return self._n_rows

    def items(self) -> Sequence[tuple[str, AnyArray]]:
        """Names and columns, as of a dict; `pandas.DataFrame(dict(X.items()))` is a frame."""
        return tuple(self._columns.items())

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._columns)

    @property
    def numbers(self) -> Floats:
        """(n, d) of the columns of numbers."""
        found = [column for column in self._columns.values() if column.dtype.kind == "f"]
        return np.stack(found, axis=1) if found else np.empty((self._n_rows, 0))

    def __array__(self, dtype: object = None, copy: bool | None = None) -> AnyArray:
        return self.numbers if dtype is None else self.numbers.astype(dtype)  # type: ignore[call-overload]

    def take(self, rows: AnyArray) -> "GivenRows":
        """These rows, by position or by True and False."""
        at = np.arange(self._n_rows)[rows]
        return GivenRows({name: column[at] for name, column in self._columns.items()}, len(at))

    def __repr__(self) -> str:
        return f"Rows({self._n_rows:,} rows; {', '.join(self._columns)})"


Rows = GivenRows
"""The short name, in contracts and messages."""
