"""What people hand to an estimator, as a frame, a target and weights; errors in scikit-learn's words where it asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.caller_warnings import warn_caller
from assay.core.errors import DataError, DataWarning, TaskError, Where
from assay.core.schema import Label
from assay.data.cell import text_of
from assay.data.dataframes import frame_of, is_frame
from assay.data.whole_numbers import from_rows
from assay.predictor.row_reader import tidy_names

if TYPE_CHECKING:
    import pandas as pd

MOST_DENSE_BYTES = 200 * 10**6
_ALIKE = {"y": "yes", "n": "no", "t": "true", "f": "false"}
"""Labels that reading a target takes for one another (data/target_reading.py)."""


def features_of(X: object, *, who: str, least_rows: int = 1) -> "pd.DataFrame":
    """The rows of a frame, a dict of columns, a list of dicts, an array, lists, or a sparse matrix of at most 200 MB
    once dense; NaN is a missing cell. A list, array or Series of texts is one column.

    Columns without names are called x0, x1, … Raises ValueError for what is not two-dimensional, complex, or has
    fewer rows than asked for or no column; TypeError for a larger sparse matrix.
    """
    import pandas as pd
    from scipy.sparse import issparse
    from sklearn.utils import check_array

    if has_names(X):
        return _named_frame(X, who=who, least_rows=least_rows)
    if issparse(X):
        X = _dense(X, who=who)
    if _is_of_texts(X):
        return pd.DataFrame({getattr(X, "name", None) or "x0": np.asarray(X, dtype=object)})
    if _has_texts(X):
        X = np.array(X, dtype=object)  # else numpy makes texts of the numbers beside them
    array = check_array(
        X, dtype=None, ensure_all_finite=False, ensure_min_samples=least_rows, input_name="X", estimator=who
    )
    frame = pd.DataFrame(array, columns=[f"x{j}" for j in range(array.shape[1])])
    return frame.infer_objects() if array.dtype == object else frame


def _is_of_texts(X: object) -> bool:
    """Whether these are texts in a row, as scikit-learn's own readers of text take them."""
    cells = X if isinstance(X, list | tuple) else X.tolist() if getattr(X, "ndim", 0) == 1 else ()  # type: ignore[attr-defined]
    return bool(cells) and all(isinstance(cell, str) for cell in cells)


def _has_texts(X: object) -> bool:
    """Whether these are lists of cells, and some of them texts."""
    rows = [row for row in X if isinstance(row, list | tuple)] if isinstance(X, list | tuple) else []
    return any(isinstance(cell, str) for row in rows for cell in row)


def has_names(X: object) -> bool:
    """Whether the columns come with names: a frame of any library, a dict of columns, a list of dicts."""
    import pandas as pd

    return isinstance(X, pd.DataFrame) or _is_of_dicts(X) or is_frame(X)


def _is_of_dicts(X: object) -> bool:
    if hasattr(X, "toarray"):
        return False  # one kind of scipy's sparse matrices is a dict
    return isinstance(X, Mapping) or (isinstance(X, list | tuple) and bool(X) and isinstance(X[0], Mapping))


def as_scikit_learn_sees(X: object, rows: "pd.DataFrame", columns: Sequence[str] | None = None) -> object:
    """What scikit-learn looks at for the names of columns: X itself, unless it would refuse what we take.

    That are lazy frames, names of which some are text and some are not, and dicts, whose order (`columns`: of the fit)
    says nothing.
    """
    if _is_of_dicts(X):
        return rows if columns is None else in_order(rows, columns)
    if has_names(X) and not hasattr(X, "shape"):  # a lazy frame, whose columns nobody has read yet
        return rows
    names = getattr(X, "columns", ()) if hasattr(X, "iloc") else ()
    return rows if len({isinstance(name, str) for name in names}) > 1 else X


def beside(rows: "pd.DataFrame", more: "Mapping[str, AnyArray | pd.Index]") -> "pd.DataFrame":
    """A new frame of the rows, numbered, with more columns; of many parts set into it pandas would warn."""
    import pandas as pd

    return pd.concat([rows.reset_index(drop=True), pd.DataFrame(dict(more))], axis=1)


def in_order(rows: "pd.DataFrame", columns: Sequence[str]) -> "pd.DataFrame":
    """The rows with the columns of the fit, by name; DataError names those that are not there."""
    lacking = [name for name in columns if name not in rows.columns]
    if lacking:
        listed = ", ".join(f'"{name}"' for name in lacking[:5]) + ", …" * (len(lacking) > 5)
        noun = "column" if len(lacking) == 1 else "columns"
        raise DataError(f"The rows lack the {noun} {listed} of the fit.", where=Where(column=lacking[0]))
    return rows if tuple(rows.columns) == tuple(columns) else rows[list(columns)]


def without_extra(X: object, columns: Sequence[str]) -> "tuple[object, tuple[str, ...]]":
    """(X without columns that the fit did not have, which these are); X as it is where it lacks one of the fit, or has
    no names, so that scikit-learn's check names what is wrong.
    """
    if not has_names(X) or _is_of_dicts(X):
        return X, ()  # of dicts only the names of the fit are read
    frame = frame_of(X)
    names = [name if isinstance(name, str) else str(name) for name in frame.columns]
    known = set(columns)
    extra = tuple(name for name in names if name not in known)
    if not extra or not known <= set(names):
        return X, ()
    return frame.loc[:, [name in known for name in names]], extra


def warn_of_order(X: object, y: object) -> None:
    """Say (to whoever called `fit`) that rows and targets, which go together by position, are labelled otherwise."""
    import pandas as pd

    if not isinstance(X, pd.DataFrame) or not isinstance(y, pd.Series | pd.DataFrame) or X.index.equals(y.index):
        return
    if X.index.is_unique and y.index.is_unique and len(X) == len(y) and y.index.isin(X.index).all():
        message = (
            "X and y have the same index in another order, and go together by position. If the index tells which "
            "belong together, give y.loc[X.index]; if not, y.to_numpy()."
        )
        warn_caller(DataWarning(message, code="data/index-order"))


def _named_frame(X: object, *, who: str, least_rows: int) -> "pd.DataFrame":
    frame = _of_rows(X) if isinstance(X, list | tuple) else frame_of(X)
    refuse_complex(frame)
    for count, what, least in ((frame.shape[0], "sample", least_rows), (frame.shape[1], "feature", 1)):
        if count < least:
            raise DataError(
                f"Found array with {count} {what}(s) (shape={frame.shape}) while a minimum of {least} is required "
                f"by {who}."
            )
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise DataError(f"X has two columns named {twice[0]!r}. Rename one.", where=Where(column=str(twice[0])))
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        names = list(tidy_names(names))  # 1 and "1" are two columns, and one text
    return frame.set_axis(names, axis=1)


def refuse_complex(frame: "pd.DataFrame") -> None:
    """DataError for a frame with a column of complex numbers, in the words scikit-learn's checks look for."""
    if any(getattr(dtype, "kind", "") == "c" for dtype in frame.dtypes):
        raise DataError("Complex data not supported: X has a column of complex numbers. Split it into two.")


def _of_rows(rows: Sequence[object]) -> "pd.DataFrame":
    given = [dict(row) for row in rows if isinstance(row, Mapping)]
    if len(given) < len(rows):
        odd, row = next((i, row) for i, row in enumerate(rows) if not isinstance(row, Mapping))
        raise DataError(f"Row {odd} of X is of type {type(row).__name__}, the first is a dict of cells.")
    return from_rows(given)


def _dense(X: "object", *, who: str) -> AnyArray:
    """A sparse matrix as an array; TypeError where it would be too large."""
    n_rows, n_columns = X.shape  # type: ignore[attr-defined]  # scipy ships no types
    n_bytes = n_rows * n_columns * X.dtype.itemsize  # type: ignore[attr-defined]
    if n_bytes > MOST_DENSE_BYTES:
        raise TypeError(
            f"{who} works on dense rows, and this sparse X of {n_rows:,} × {n_columns:,} would take "
            f"{n_bytes / 1e6:,.0f} MB of them (at most {MOST_DENSE_BYTES / 1e6:.0f} MB). Make it narrower first, "
            "e.g. sklearn.decomposition.TruncatedSVD(100).fit_transform(X)."
        )
    dense: AnyArray = X.toarray()  # type: ignore[attr-defined]
    return dense


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """A classifier's target. classes: (k,) sorted, in their own type; codes: (n,) positions among them.

    spoken: the classes as the lab knows them, which never takes two of them for one, nor one for a missing value.
    """

    classes: AnyArray
    codes: Index
    spoken: tuple[Label, ...]

    @classmethod
    def of(cls, y: object, *, n_rows: int) -> "Labels":
        """Raises ValueError when y is no list of labels, misses some, or does not go with the rows."""
        from sklearn.utils.multiclass import check_classification_targets

        given = _column(y, n_rows)
        _refuse_missing(given)
        if given.dtype == object:
            given = _of_one_type(given)
        check_classification_targets(given)
        classes, codes = np.unique(given, return_inverse=True)
        _warn_of_spellings(classes)
        return cls(classes, codes.reshape(-1), _spoken(classes))

    def at(self, rows: AnyArray) -> "Labels":
        """The same classes, some rows."""
        return Labels(self.classes, self.codes[rows], self.spoken)

    def check_several(self) -> None:
        """Raise TaskError where the rows are all of one class."""
        found = np.unique(self.codes)
        if len(found) < 2:
            only = self.classes[found[0]]
            raise TaskError(
                f"y holds one class only, {only!s}: a classifier needs rows of two classes or more, with weights "
                "above zero."
            )

    def column(self) -> "pd.Index":
        """(n,) what the lab reads."""
        import pandas as pd

        return pd.Index(list(self.spoken)).take(self.codes)

    def order_of(self, labels: Sequence[Label]) -> Index:
        """(k,) for each class, where the lab's labels have it."""
        place = {text_of(label): position for position, label in enumerate(labels)}
        return np.array([place[text_of(label)] for label in self.spoken], dtype=np.int64)


def _warn_of_spellings(classes: AnyArray) -> None:
    """Labels are classes as they are, as scikit-learn has them; "yes" beside "Yes " is hardly meant."""
    spelled: dict[str, list[str]] = {}
    for label in classes.tolist():
        if isinstance(label, str):
            spelled.setdefault(label.strip().casefold(), []).append(label)
    alike = [" and ".join(map(repr, labels)) for labels in spelled.values() if len(labels) > 1]
    if alike:
        message = f"y has {'; '.join(alike)} as different classes. If they are one: y.str.strip().str.lower()."
        warn_caller(DataWarning(message, code="data/label-spelling"))


def _of_one_type(labels: AnyArray) -> AnyArray:
    """Objects as what they are: text, whole numbers, truth values. Types without a common order are refused."""
    import pandas as pd

    found = np.asarray(pd.Series(labels).infer_objects())
    kinds = sorted({type(label).__name__ for label in found.tolist()})
    if len(kinds) > 1:
        raise DataError(f"y mixes labels of types {' and '.join(kinds)}, which have no common order. Make them one.")
    if found.dtype == object and kinds != ["str"]:
        raise DataError(f"y holds labels of type {kinds[0]}; a class is a text, a number or a truth value. "
                        "Make them text: y.astype(str).")  # fmt: skip
    return found


def _spoken(classes: AnyArray) -> tuple[Label, ...]:
    native = [label.item() if isinstance(label, np.generic) else label for label in classes]
    texts = [(text_of(label) or "").casefold() for label in native]
    keys = [_ALIKE.get(text, text) for text in texts]
    is_plain = all(isinstance(label, str | int | float | bool) for label in native)
    if is_plain and all(keys) and len(set(keys)) == len(keys):
        return tuple(native)
    return tuple(f"class {code}: {label}" for code, label in enumerate(native))


def values_of(y: object, *, n_rows: int) -> Floats:
    """A regressor's target, (n,) finite numbers; ValueError for anything else."""
    from pandas.api.types import is_datetime64_any_dtype, is_timedelta64_dtype
    from sklearn.utils import check_array

    given = _column(y, n_rows)
    for is_such, what, way in ((is_datetime64_any_dtype, "moments", "(y - y.min()).dt.total_seconds()"),
                               (is_timedelta64_dtype, "durations", "y.dt.total_seconds()")):  # fmt: skip
        if is_such(getattr(y, "dtype", given.dtype)):
            raise DataError(f"y holds {what}. Make them numbers first, in a unit you choose: {way}.")
    _refuse_missing(given)
    try:
        found: Floats = check_array(given, ensure_2d=False, dtype=np.float64, input_name="y")
    except ValueError as error:
        text = next((cell for cell in given.tolist() if isinstance(cell, str)), None)
        if text is None:
            raise
        raise DataError(
            f"y holds texts, e.g. {text[:40]!r}, and AutoRegressor predicts numbers. For classes take AutoClassifier."
        ) from error
    return found


def _column(y: object, n_rows: int) -> AnyArray:
    from sklearn.utils import column_or_1d

    given: AnyArray = column_or_1d(_of_numpy(y), warn=True)
    if np.iscomplexobj(given):
        raise DataError("Complex data not supported: y holds complex numbers.")
    if len(given) != n_rows:
        raise DataError(f"Found input variables with inconsistent numbers of samples: X {n_rows}, y {len(given)}.")
    return given


def _of_numpy(y: object) -> object:
    """Truth values and whole numbers of pandas' own types as numpy's; scikit-learn would make floats of them."""
    import pandas as pd

    if not isinstance(y, pd.Series | pd.api.extensions.ExtensionArray) or isinstance(y.dtype, np.dtype):
        return y
    for is_such, dtype in ((pd.api.types.is_bool_dtype, np.bool_), (pd.api.types.is_integer_dtype, np.int64)):
        if is_such(y.dtype) and not isinstance(y.dtype, pd.CategoricalDtype):
            _refuse_cells(np.asarray(pd.isna(y)))
            return y.to_numpy(dtype=dtype)
    return y


def _refuse_missing(y: AnyArray) -> None:
    import pandas as pd
    from sklearn.utils import assert_all_finite

    if y.dtype.kind == "f":
        assert_all_finite(y, input_name="y")
    _refuse_cells(np.asarray(pd.isna(y)))


def _refuse_cells(is_missing: AnyArray) -> None:
    missing = np.flatnonzero(is_missing)
    if len(missing):
        raise DataError(
            f"Input y contains NaN: {len(missing):,} of {len(is_missing):,} values are missing, first in row "
            f"{missing[0]}. Leave those rows out."
        )


def weights_of(sample_weight: object, *, n_rows: int) -> Floats | None:
    """(n,) non-negative weights; None where there are none or all are equal, which is the same."""
    from sklearn.utils.validation import _check_sample_weight

    if sample_weight is None:
        return None
    weight: Floats = _check_sample_weight(
        sample_weight, np.empty((n_rows, 1)), dtype=np.float64, ensure_non_negative=True
    )
    return None if weight.min() == weight.max() else weight


def free_name(wanted: str, taken: Sequence[str]) -> str:
    """The name, with underscores until no column of X has it."""
    known = set(tidy_names(taken))
    while wanted in known:
        wanted += "_"
    return wanted
