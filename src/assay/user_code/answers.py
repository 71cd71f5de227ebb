"""What is checked of the answers of a person's functions, before anything uses them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from assay.core.array import AnyArray, Floats, Singles
from assay.core.errors import CodeError
from assay.core.places import places_of
from assay.sandbox.rows import Rows
from assay.sandbox.wire import Value
from assay.user_code.source import CodeSource

MOST_COLUMNS, LONGEST_NAME = 1_000, 200
_SUMS_TO_ONE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class NewColumns:
    """values: (n, k) float32, NaN missing; names: (k,), as the function gave them, "" where it gave none."""

    values: Singles
    names: tuple[str, ...]

    def like(self, names: Sequence[str], source: CodeSource, when: str) -> Self:
        """The same columns in the order of these names; CodeError where they are others. when: these were answered."""
        if self.names == tuple(names):
            return self
        if sorted(self.names) != sorted(names):
            raise CodeError(
                "code/shape", f"{source.file}: transform answered {_said(self.names)} where it answered {_said(names)} "
                f"{when}.", do=("let fit decide which columns there are, and keep that in the state",),
            )  # fmt: skip
        return type(self)(self.values[:, places_of(names, self.names)], tuple(names))


def _said(names: Sequence[str]) -> str:
    """Columns for people: by name where they have any."""
    count = f"{len(names):,} column{'s' * (len(names) != 1)}"
    return f"{count} ({', '.join(names[:5])}{', …' * (len(names) > 5)})" if any(names) else count


def new_columns(answer: Value, n_rows: int, source: CodeSource) -> NewColumns:
    """The columns that `transform` answered: (n,) or (n, k) numbers, or a dict of names to (n,) numbers."""
    where = f"{source.file}: transform"
    if isinstance(answer, dict):
        return _named_columns(answer, n_rows, where)
    block = _numbers(answer, where)
    if block.ndim not in (1, 2) or len(block) != n_rows:
        raise _shape(where, block, f"({n_rows},) or ({n_rows}, k)")
    block = block[:, None] if block.ndim == 1 else block
    return NewColumns(_finite(block, where), ("",) * block.shape[1])


def _named_columns(answer: Mapping[str, Value], n_rows: int, where: str) -> NewColumns:
    _check_names(answer, where)
    columns = {name: _numbers(column, f"{where}, column {name!r}") for name, column in answer.items()}
    for name, column in columns.items():
        if column.shape != (n_rows,):
            raise _shape(f"{where}, column {name!r}", column, f"({n_rows},), one number a row")
    block = np.stack(list(columns.values()), axis=1) if columns else np.empty((n_rows, 0))
    return NewColumns(_finite(block, where), tuple(columns))


def _check_names(names: Iterable[str], where: str) -> None:
    """Names go into tables, states and messages: they are printable, and short."""
    for name in names:
        if len(name) > LONGEST_NAME or not name.isprintable():
            said = f"{where} named a column {name[:40]!r}; a name has up to {LONGEST_NAME} printable characters."
            raise CodeError("code/shape", said)


def _finite(block: Floats, where: str) -> Singles:
    if not 1 <= block.shape[1] <= MOST_COLUMNS:
        found = f"{block.shape[1]:,} columns" if block.shape[1] else "no column"
        raise CodeError("code/shape", f"{where} answered {found}; 1 to {MOST_COLUMNS:,} are possible.")
    with np.errstate(over="ignore"):
        single = block.astype(np.float32)
    if np.isinf(single).any():
        row, column = np.argwhere(np.isinf(single))[0].tolist()
        raise CodeError(
            "code/infinite", f"{where} answered {block[row, column]:g} in row {row} of those it was given.",
            do=("answer nan where there is nothing to say: np.where(area > 0, price / area, np.nan)",),
        )  # fmt: skip
    return single


def check_not_all_missing(found: NewColumns, source: CodeSource) -> None:
    """CodeError where a column has no number in any of many rows."""
    nothing = np.flatnonzero(np.isnan(found.values).all(axis=0))
    if len(found.values) and len(nothing):
        name = repr(found.names[nothing[0]]) if found.names[nothing[0]] else f"number {nothing[0] + 1}"
        raise CodeError(
            "code/missing", f"{source.file}: transform answered nan for all {len(found.values):,} rows, column {name}."
        )


def predictions(answer: Value, n_rows: int, n_classes: int, source: CodeSource) -> Floats:
    """What `predict` answered, as models give it: (n,) values, or (n, n_classes) probabilities that sum to 1.

    Of two classes (n,) probabilities of the second are taken too.
    """
    where = f"{source.file}: predict"
    found = _numbers(answer, where)
    if not n_classes and found.shape == (n_rows, 1):
        found = found[:, 0]
    is_second = n_classes == 2 and found.shape == (n_rows,)
    if not is_second and found.shape != ((n_rows, n_classes) if n_classes else (n_rows,)):
        wanted = f"({n_rows}, {n_classes})" if n_classes else f"({n_rows},)"
        raise _shape(where, found, wanted + (f" or ({n_rows},)" if n_classes == 2 else ""))
    _check_finite(found, where)
    if not n_classes:
        return found
    return _probabilities(np.stack([1.0 - found, found], axis=1) if is_second else found, where)


def _check_finite(found: Floats, where: str) -> None:
    finite = np.isfinite(found)
    bad = np.flatnonzero(~(finite if found.ndim == 1 else finite.all(axis=1)))
    if len(bad):
        reason = "code/missing" if np.isnan(found[bad[0]]).any() else "code/infinite"
        said = f"{where} answered no finite number for {len(bad):,} of {len(found):,} rows, first row {bad[0]}."
        raise CodeError(reason, said, do=("X may hold missing cells: np.nan_to_num(X)",))


def _probabilities(found: Floats, where: str) -> Floats:
    sums = found.sum(axis=1)
    bad = np.flatnonzero((found < -1e-9).any(axis=1) | (np.abs(sums - 1.0) > _SUMS_TO_ONE))
    if len(bad):
        said = ", ".join(f"{value:g}" for value in found[bad[0]][:5])
        raise CodeError(
            "code/probabilities", f"{where} answered {said} for row {bad[0]}; probabilities are 0 to 1 and sum to 1.",
            do=("divide by their sum: p / p.sum(axis=1, keepdims=True)",),
        )  # fmt: skip
    clipped = np.clip(found, 0.0, 1.0)
    return np.asarray(clipped / clipped.sum(axis=1, keepdims=True))


def number(answer: Value, source: CodeSource) -> float:
    """What `score` answered; CodeError where it is no finite number."""
    if isinstance(answer, np.ndarray) and answer.shape == () and answer.dtype.kind in "iuf":
        answer = answer.item()
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        raise CodeError("code/not-arrays", f"{source.file}: score answered {_kind(answer)}, and no number.")
    if not np.isfinite(answer):
        reason = "code/missing" if np.isnan(answer) else "code/infinite"
        raise CodeError(reason, f"{source.file}: score answered {answer}, and no finite number.")
    return float(answer)


def check_same(
    first: AnyArray, again: AnyArray, reason: str, what: str, *, among: AnyArray | None = None, do: Sequence[str] = ()
) -> None:
    """CodeError where two answers for the same rows, (n,) or (n, k), differ by more than rounding.

    among: answers for these and other rows, by which a column's size is known: sums of large numbers that come to
    nearly 0 are rounded like large numbers.
    """
    if first.shape != again.shape:
        raise CodeError(reason, f"{what}: arrays of shape {first.shape} and {again.shape}.", do=do)
    sizes = np.abs(np.nan_to_num(first if among is None else among)).max(axis=0, initial=0.0)
    apart = np.abs(first - again) > 1e-8 + 1e-9 * sizes + 1e-5 * np.abs(again)
    apart |= np.isnan(first) != np.isnan(again)
    if apart.any():
        place = tuple(np.argwhere(apart)[0].tolist())
        raise CodeError(reason, f"{what}: {first[place]:g} and {again[place]:g} for the same row.", do=do)


def _numbers(value: Value, where: str) -> Floats:
    """As float64, from an array, a list or a number; CodeError for anything else."""
    if isinstance(value, list) and _is_numbers(value):
        try:
            value = np.asarray(value, dtype=np.float64)
        except (ValueError, TypeError):
            raise CodeError("code/not-arrays", f"{where} answered a list of lists of several lengths.") from None
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = np.asarray(value, dtype=np.float64)
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        raise CodeError("code/not-arrays", f"{where} answered {_kind(value)}, and no array of numbers.")
    return value.astype(np.float64)


def _is_numbers(value: Value) -> bool:
    """Of lists of lists of numbers; None is missing."""
    if isinstance(value, list):
        return all(_is_numbers(one) for one in value)
    is_array = isinstance(value, np.ndarray) and value.dtype.kind in "biuf"
    return is_array or value is None or isinstance(value, int | float)


def _kind(value: Value) -> str:
    """What an answer is, for people."""
    if value is None:
        return "nothing"
    if isinstance(value, np.ndarray):
        return f"an array of {'texts' if value.dtype.kind == 'O' else value.dtype} of shape {value.shape}"
    if isinstance(value, Rows):
        return "the rows that it was given"
    return "a list that is not all numbers" if isinstance(value, list) else f"a {type(value).__name__}"


def _shape(where: str, found: AnyArray, wanted: str) -> CodeError:
    said = f"an array of shape {found.shape}" if found.ndim else "one number"
    return CodeError("code/shape", f"{where} answered {said}; the rows ask for {wanted}.")


def state_of(answer: Value, source: CodeSource) -> Mapping[str, Value]:
    """What `fit` learned: a dict; whatever else it answered is refused, as `transform` could not name its parts."""
    if not isinstance(answer, dict):
        raise CodeError(
            "code/state", f"{source.file}: fit answered {_kind(answer)}; a state is a dict of arrays and JSON.",
            do=('return {"mean": mean}',),
        )  # fmt: skip
    return answer
