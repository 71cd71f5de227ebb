"""Programs of expressions: a list of array operations on registers, run on the columns of a table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.errors import UsageError
from assay.core.table import Table
from assay.expressions.column_reading import ColumnKind, ReadColumn
from assay.expressions.expression_source import ExpressionSource
from assay.expressions.expression_tree import Tree
from assay.expressions.written_expression import written, written_name, written_text

ValueKind: TypeAlias = ColumnKind | Literal["truth", "days", "label", "missing"]
NUMBERS: frozenset[ValueKind] = frozenset({"number", "truth", "days"})
Operation: TypeAlias = Callable[..., AnyArray]
_ROWS_AT_ONCE = 16_384
"""So that what lies between the operations of a large table stays in the processor's cache."""
_WORDS: Mapping[ValueKind, str] = {
    "number": "a number", "truth": "a condition", "days": "a number of days", "category": "a category",
    "ordinal": "a column of ordered levels", "date": "a date", "text": "a column of texts", "label": "a text",
    "missing": "no value",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PartValue:
    """What a part of an expression is. at: the register that holds it, -1 for a constant that is in none.

    column: where the part is a column and nothing else; constant: a number, text or truth value that was written.
    """

    part: Tree
    kind: ValueKind
    at: int = -1
    column: ReadColumn | None = None
    constant: float | str | bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ExpressionProgram:
    """columns: whose cells are in the first registers. registers: those after them, constants and None for results.

    steps: (register of the result, operation, registers that it reads), in order. results: a register a column made.
    """

    columns: tuple[ReadColumn, ...]
    registers: tuple[AnyArray | np.float64 | None, ...]
    steps: tuple[tuple[int, Operation, tuple[int, ...]], ...]
    results: tuple[int, ...]

    def run(self, table: Table) -> Floats:
        """(n, k) results, infinite ones among them; each row by itself."""
        out = np.empty((table.n_rows, len(self.results)))
        with np.errstate(all="ignore"):
            for start in range(0, table.n_rows, _ROWS_AT_ONCE):
                self._fill(out, table, slice(start, start + _ROWS_AT_ONCE))
        return out

    def _fill(self, out: Floats, table: Table, rows: slice) -> None:
        values: list[Any] = [column.cells(table, rows) for column in self.columns]
        values += self.registers
        for at, operation, read in self.steps:
            values[at] = operation(*[values[place] for place in read])
        for j, place in enumerate(self.results):
            out[rows, j] = values[place]


def _as_number(truth: AnyArray) -> AnyArray:
    return truth.astype(np.float64)


def _holds(number: AnyArray) -> AnyArray:
    """Whether it is another number than 0; what is missing does not hold."""
    return np.abs(number) > 0


@dataclass(frozen=True, slots=True, eq=False)
class CodeLookup:
    """An operation: each code's entry in a list that ends with those of a code never seen and of a missing one."""

    entries: AnyArray

    def __call__(self, codes: AnyArray) -> AnyArray:
        return np.asarray(self.entries[codes])


@dataclass(slots=True, eq=False)
class ProgramBuilder:
    """A program that is being written. source: for errors; is_strict: a label that its column lacks is one."""

    columns: Sequence[ReadColumn]
    source: ExpressionSource
    is_strict: bool = False
    registers: list[AnyArray | np.float64 | None] = field(default_factory=list)
    steps: list[tuple[int, Operation, tuple[int, ...]]] = field(default_factory=list)

    def constant(self, value: float) -> int:
        """The register of a number."""
        self.registers.append(np.float64(value))
        return len(self.columns) + len(self.registers) - 1

    def step(self, operation: Operation, *read: int) -> int:
        """The register of the result of one more operation."""
        self.registers.append(None)
        at = len(self.columns) + len(self.registers) - 1
        self.steps.append((at, operation, read))
        return at

    def number(self, value: PartValue, *, of: str) -> int:
        """The register of a value as numbers, of a category of false and true 0 and 1; UsageError for any other.

        of: what asks for a number.
        """
        if value.kind == "truth":
            return self.step(_as_number, value.at)
        if value.kind in NUMBERS:
            return value.at
        truth = value.column.truth if value.column is not None and value.kind == "category" else None
        if truth is None:
            raise self.not_a_number(value, of=of)
        entries = np.full(len(_labels(value)) + 2, np.nan)
        entries[list(truth)] = 0.0, 1.0
        return self.step(CodeLookup(entries), value.at)

    def condition(self, value: PartValue, *, of: str) -> int:
        """The register of a value as truth values: a number holds unless it is 0 or missing."""
        return value.at if value.kind == "truth" else self.step(_holds, self.number(value, of=of))

    def program(self, results: Sequence[int]) -> ExpressionProgram:
        """The program, with these registers as its results."""
        return ExpressionProgram(tuple(self.columns), tuple(self.registers), tuple(self.steps), tuple(results))

    def refusal(self, value: PartValue, says: str, *, do: Sequence[str] = ()) -> UsageError:
        """The error of a part."""
        column = value.column.name if value.column is not None else None
        return self.source.refusal(value.part, says, column=column, do=do)

    def not_a_number(self, value: PartValue, *, of: str) -> UsageError:
        """The error of a part that is none where one is needed, with what can be made of it."""
        return self.refusal(value, f"{of} takes numbers, and this is {_WORDS[value.kind]}. {self._hint(value)}".strip())

    def _hint(self, value: PartValue) -> str:
        shown = written(value.part)
        if value.kind in ("category", "ordinal"):
            first = written_text(_labels(value)[0]) if _labels(value) else '"…"'
            return f"Compare it with a level: {shown} == {first}."
        if value.kind == "date":
            return f"Take a part of it, as year({shown}), or the difference of two dates."
        if value.kind == "label" and value.constant in {column.name for column in self.columns}:
            return f"A column's name stands in backticks: {written_name(str(value.constant))}."
        return {"text": "Steps that read texts make numbers of it.", "missing": "isnull(x) asks for a gap."}.get(
            value.kind, ""
        )


def _labels(value: PartValue) -> tuple[str, ...]:
    return value.column.labels if value.column is not None else ()


def words_of(value: PartValue) -> str:
    """What a value is, for errors."""
    return _WORDS[value.kind]
