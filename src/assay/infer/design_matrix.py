"""The design matrix with named terms: dummy coding, rows with gaps and redundant columns left out, each with a note."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.core.argument import list_argument
from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.errors import TaskError, Where
from assay.core.schema import FEATURES, LEVELLED, Column
from assay.data import vectorized as vector
from assay.data.cell import LevelReader
from assay.data.number_format import NumberReader
from assay.data.numeric_kinds import too_large
from assay.infer.term import YEAR, ModelTerm

if TYPE_CHECKING:
    import pandas as pd

MOST_LEVELS = 50
MOST_TERMS = 500
_LARGEST = 1e100
"""Numbers whose squares, and whose variances' squares, 64 bits hold."""
_SAME = 1e-9
"""A column whose component outside the span of the others is below this share of its norm is redundant."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DesignMatrix:
    """x: (n, 1 + k) in the columns' own units, a column of ones first; terms: (k,). rows: (n,) positions in the table.

    z: the same, each column brought to mean 0 and spread 1, on which models are fitted: counts of years and of grams
    side by side would lose digits. left_out: sentences.
    """

    x: Floats
    z: Floats
    terms: tuple[ModelTerm, ...]
    rows: Index
    left_out: tuple[str, ...] = ()

    @classmethod
    def of_x(cls, x: Floats, terms: Sequence[ModelTerm], *, rows: Index, left_out: tuple[str, ...]) -> "DesignMatrix":
        """x: (n, 1 + k), ones first."""
        centre, scale = _centre(x)
        return cls(x=x, z=(x - centre) / scale, terms=tuple(terms), rows=rows, left_out=left_out)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(term.column for term in self.terms))

    def of(self, columns: Sequence[str]) -> Index:
        """Positions in x of the terms of these columns."""
        wanted = frozenset(columns)
        return np.array([j + 1 for j, term in enumerate(self.terms) if term.column in wanted], dtype=np.int64)

    def unscaling(self) -> Floats:
        """(1 + k, 1 + k) that takes coefficients on z to coefficients on x."""
        centre, scale = _centre(self.x)
        out = np.diag(1.0 / scale)
        out[0, :] = -centre / scale
        out[0, 0] = 1.0
        return out


def _centre(x: Floats) -> tuple[Floats, Floats]:
    """(means, spreads) of the columns, those of the ones 0 and 1."""
    centre, scale = x.mean(axis=0), x.std(axis=0)
    centre[0], scale[0] = 0.0, 1.0
    return centre, np.where(scale > 0, scale, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _ColumnTerms:
    values: Floats
    known: Bools
    terms: tuple[ModelTerm, ...]
    notes: tuple[str, ...] = ()


def make_design_matrix(
    frame: "pd.DataFrame", columns: Sequence[Column], *, effect: str | None, source: str
) -> DesignMatrix:
    """The matrix of these columns over the rows in which none of them is missing.

    A category's baseline is its most frequent level, a truth value's its no, an ordinal column's its lowest level.
    Columns of one value and columns that the others add up to are left out, from the right, the effect last; each is
    said. Raises TaskError where no row is complete, nothing is left, or the effect itself is redundant.
    """
    usable, left = _usable(columns, effect)
    blocks = [_block(frame[column.name], column) for column in usable]
    known = np.all([block.known for block in blocks], axis=0) if blocks else np.ones(len(frame), dtype=bool)
    if not known.any():
        raise _no_row(usable, blocks, source)
    left += [note for block in blocks for note in block.notes]
    left += _missing(usable, blocks, known)
    parts = [np.ones((int(known.sum()), 1)), *(block.values[known] for block in blocks)]
    x, terms = np.hstack(parts), [term for block in blocks for term in block.terms]
    refuse_many(len(terms), source)
    x, terms, more = _without_redundant(x, terms, effect, source)
    return DesignMatrix.of_x(x, terms, rows=np.flatnonzero(known), left_out=(*left, *more))


def refuse_many(terms: int, source: str) -> None:
    """TaskError for more coefficients than a person can read."""
    if terms > MOST_TERMS:
        raise TaskError(
            f"{source}: {terms:,} coefficients are asked for; {MOST_TERMS} are the most that can be read.",
            where=Where(file=source), do=("--effect COLUMN --adjust COLUMNS", "--drop COLUMNS"),
        )  # fmt: skip


def _usable(columns: Sequence[Column], effect: str | None) -> tuple[list[Column], list[str]]:
    usable, left = [], list[str]()
    for column in columns:
        reason = ""
        if column.kind not in FEATURES - {"text"}:
            reason = f"{column.kind} has no coefficient"
        elif column.kind in LEVELLED and len(column.levels) > MOST_LEVELS:
            reason = f"{len(column.levels)} levels, more than {MOST_LEVELS}"
        if reason and column.name == effect:
            raise TaskError(
                f'The effect "{effect}" cannot be estimated: {reason}.', where=Where(column=effect),
                do=("--effect OTHER", "make one number or category of the column, and name that"),
            )  # fmt: skip
        if reason:
            left.append(f"{column.name} left out: {reason}")
        else:
            usable.append(column)
    return usable, left


def _block(series: "pd.Series", column: Column) -> _ColumnTerms:
    series = vector.plain(series)
    if column.kind in LEVELLED:
        return _levels(series, column)
    if column.is_clock:
        values, term = 24.0 * vector.date_days(series, column), ModelTerm(column=column.name, unit="hour")
    elif column.kind == "datetime":
        values, term = vector.date_days(series, column) / YEAR, ModelTerm(column=column.name, unit="year")
    else:
        return _numbers(vector.raw_numbers(series, NumberReader(column)), column)
    return _ColumnTerms(values[:, None], ~np.isnan(values), (term,))


def _numbers(values: Floats, column: Column) -> _ColumnTerms:
    """Numbers too large for a table, or for a variance, are missing, as in every fit."""
    lost = too_large(values, column) | (np.abs(values) > _LARGEST)
    notes = tuple[str, ...]()
    if lost.any():
        least = float(np.abs(values[lost]).min())
        notes = (f"{column.name}: {lost.sum():,} numbers of {least:.1e} and more are too large: read as missing",)
        values = np.where(lost, np.nan, values)
    known = ~np.isnan(values)
    return _ColumnTerms(values[:, None], known, (ModelTerm(column=column.name, per=_step(values[known])),), notes)


def _step(known: Floats) -> float:
    """A power of ten near the spread of numbers, 1 between 0.1 and 20 and of zeros and ones.

    The odds are 1.00 times as high for each further euro of a balance, and 1.02 times for each further thousand.
    """
    spread = float(np.std(known)) if len(known) else 0.0
    if not 0 < spread < np.inf or 0.1 <= spread < 20 or bool(np.isin(known, (0.0, 1.0)).all()):
        return 1.0
    return float(10.0 ** np.floor(np.log10(spread)))


def _levels(series: "pd.Series", column: Column) -> _ColumnTerms:
    """One column a level but for the baseline; several levels too rare to have a name of their own are "other"."""
    codes, texts = vector.texts_of(series, frozenset(column.missing_marks))
    reader = LevelReader(column)
    place = np.array([*(reader.of_text(text) for text in texts), -1], dtype=np.int64)
    known = place[codes]
    rare = [texts[code] for code in np.unique(codes[known == len(column.levels)])]
    names = [*column.levels, rare[0] if len(rare) == 1 else "other"]
    counts = np.bincount(known[known >= 0], minlength=len(names))
    there = [j for j in range(len(names)) if counts[j]]
    if len(there) < 2:
        return _ColumnTerms(np.zeros((len(known), 1)), known >= 0, (ModelTerm(column=column.name),))
    base = there[0] if column.kind in ("boolean", "ordinal") else max(there, key=lambda j: (counts[j], -j))
    others = [j for j in there if j != base]
    values = (known[:, None] == np.array(others)).astype(np.float64)
    terms = tuple(ModelTerm(column=column.name, level=names[j], against=names[base]) for j in others)
    return _ColumnTerms(values, known >= 0, terms)


def _missing(columns: Sequence[Column], blocks: Sequence[_ColumnTerms], known: Bools) -> list[str]:
    lost = int((~known).sum())
    if not lost:
        return []
    gaps = sorted(((int((~b.known).sum()), c.name) for c, b in zip(columns, blocks, strict=True)), reverse=True)
    most = ", ".join(f"{name} {count:,}" for count, name in gaps[:3] if count)
    share = lost / len(known)
    return [
        f"{lost:,} of {len(known):,} rows ({share:.0%}) left out, as a cell is missing in them ({most}): "
        "right where what is missing does not depend on the target beyond the other columns"
    ]


def _no_row(columns: Sequence[Column], blocks: Sequence[_ColumnTerms], source: str) -> TaskError:
    worst = min(zip(blocks, columns, strict=True), key=lambda pair: int(pair[0].known.sum()))[1]
    return TaskError(
        f'{source}: no row has a value in every column; "{worst.name}" has the most gaps.',
        where=Where(file=source, column=worst.name), do=(f"--drop {list_argument(worst.name)}",),
    )  # fmt: skip


def _without_redundant(
    x: Floats, terms: list[ModelTerm], effect: str | None, source: str
) -> tuple[Floats, list[ModelTerm], tuple[str, ...]]:
    """(matrix, terms, sentences) without constants and without what the other columns add up to."""
    varies = np.ptp(x, axis=0) > 0
    varies[0] = True
    constant = [term for term, moves in zip(terms, varies[1:], strict=True) if not moves]
    terms = [term for term, moves in zip(terms, varies[1:], strict=True) if moves]
    x = x[:, varies]
    _refuse(constant, effect, "has one value in all rows used", source)
    if not terms:
        raise TaskError(
            f"{source}: every column has one value in all rows used; there is nothing to compare.",
            where=Where(file=source), do=("add columns", "--keep COLUMN"),
        )  # fmt: skip
    if len(x) < len(terms) + 2:
        raise TaskError(
            f"{source}: {len(x):,} complete rows cannot tell {len(terms) + 1} coefficients.", where=Where(file=source),
            do=("--effect COLUMN --adjust FEWER,COLUMNS", "--drop COLUMNS", "add rows"),
        )  # fmt: skip
    same = redundant_columns(x, [term.column != effect for term in terms])
    doubled = [term for term, repeats in zip(terms, same, strict=True) if repeats]
    _refuse(doubled, effect, "is made up of the other columns (they add up to it)", source)
    kept = [term for term, repeats in zip(terms, same, strict=True) if not repeats]
    said = [*(f"{name} left out: one value in all rows used" for name in _names(constant)),
            *(f"{name} left out: other columns add up to it" for name in _names(doubled))]  # fmt: skip
    return x[:, np.concatenate([[True], ~same])], kept, tuple(said)


def _names(terms: Sequence[ModelTerm]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(term.name for term in terms))


def _refuse(terms: Sequence[ModelTerm], effect: str | None, why: str, source: str) -> None:
    if any(term.column == effect for term in terms):
        raise TaskError(
            f'{source}: the effect "{effect}" {why}, so that nothing can be said of it.',
            where=Where(file=source, column=effect), do=("--adjust fewer columns", "another effect"),
        )  # fmt: skip


def redundant_columns(x: Floats, late: Sequence[bool]) -> Bools:
    """(k,) columns that are linear combinations of the ones before them; those not `late` come last.

    The effect comes last, so that it is the one reported as redundant.
    """
    centre, scale = _centre(x)
    z = ((x - centre) / scale)[:, 1:]
    order = sorted(range(z.shape[1]), key=lambda j: (not late[j], j))
    basis = np.empty_like(z, order="F")
    out, found = np.zeros(z.shape[1], dtype=bool), 0
    for j in order:
        known = basis[:, :found]
        rest = z[:, j] - known @ (known.T @ z[:, j])
        rest -= known @ (known.T @ rest)  # once more, as the first pass leaves rounding of the size it takes away
        length = float(np.linalg.norm(rest))
        out[j] = length <= _SAME * np.sqrt(len(z))
        if not out[j]:
            basis[:, found] = rest / length
            found += 1
    return out


def variance_inflation(z: Floats) -> Floats:
    """(k,) variance inflation factors.

    z: (n, 1 + k) of a Design, so that the diagonal of the inverse correlation matrix is the answer.
    """
    part: AnyArray = z[:, 1:]
    if part.shape[1] < 2:
        return np.ones(part.shape[1])
    return np.asarray(np.diag(np.linalg.pinv(part.T @ part / len(part))))
