"""Comparisons in expressions: of numbers, of dates, and of categories and ordered levels with their labels."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from assay.core.array import AnyArray, Bools, Index
from assay.core.errors import UsageError, nearest_names
from assay.expressions.arithmetic_rules import Rule, date_at, head_of, written_days
from assay.expressions.column_reading import ReadColumn
from assay.expressions.expression_program import NUMBERS, CodeLookup, Operation, PartValue, ProgramBuilder, words_of
from assay.expressions.expression_tree import Tree
from assay.expressions.written_expression import written, written_name, written_text

_COMPARE: Mapping[str, Operation] = {
    "==": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip
_TURNED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_NO_CODE = -9
"""Of a label that a column does not have: no cell's code."""
_LEVELLED = ("category", "ordinal")


def _compared(builder: ProgramBuilder, part: Tree, parts: Sequence[PartValue]) -> PartValue:
    head, (a, b) = head_of(part), parts
    if "missing" in (a.kind, b.kind):
        raise builder.source.refusal(
            part, f"nothing equals what is missing. Write isnull({written(_other(a, b).part)})."
        )
    if "date" in (a.kind, b.kind):
        read = [date_at(builder, one) for one in parts]
        return _truth(builder, part, _COMPARE[head], *read)
    if a.kind in _LEVELLED and b.kind in _LEVELLED:
        return _columns(builder, part, a, b)
    if a.kind in _LEVELLED and _is_label(b):
        return _labelled(builder, part, head, a, b)
    if b.kind in _LEVELLED and _is_label(a):
        return _labelled(builder, part, _TURNED[head], b, a)
    return _truth(builder, part, _COMPARE[head], *_numbers(builder, head, a, b))


def _other(a: PartValue, b: PartValue) -> PartValue:
    return b if a.kind == "missing" else a


def _is_label(value: PartValue) -> bool:
    return value.kind == "label" or isinstance(value.constant, bool)


def _truth(builder: ProgramBuilder, part: Tree, operation: Operation, *read: int) -> PartValue:
    return PartValue(part=part, kind="truth", at=builder.step(operation, *read))


def _numbers(builder: ProgramBuilder, head: str, a: PartValue, b: PartValue) -> tuple[int, int]:
    """Registers of two numbers; one that was written is rounded as the cells of the column beside it are."""
    for one, other in ((a, b), (b, a)):
        _check_number(builder, head, one, other)
    return _beside(builder, head, a, b), _beside(builder, head, b, a)


def _check_number(builder: ProgramBuilder, head: str, one: PartValue, other: PartValue) -> None:
    """UsageError, in the words of both sides, for what is no number."""
    if one.kind == "label" and other.kind in NUMBERS:
        name = written_name(str(one.constant))
        raise builder.refusal(
            one, f"a text is compared with {written(other.part)}, which is {words_of(other)}. "
            f"Leave the quotes out, or write {name} in backticks if it is a column.",
        )  # fmt: skip
    is_levelled = one.kind in _LEVELLED and one.column is not None and one.column.truth is None
    if is_levelled and isinstance(other.constant, float):
        label = written_text(f"{other.constant:g}")
        raise builder.refusal(one, f"levels are texts. Write {written(one.part)} {head} {label}.")
    if one.kind == "text" or (one.kind == "label" and other.kind in ("label", "text")):
        raise builder.refusal(one, f"{words_of(one)} cannot be compared; isnull(x) and steps that read texts can.")


def _beside(builder: ProgramBuilder, head: str, one: PartValue, other: PartValue) -> int:
    if isinstance(one.constant, float) and other.column is not None and other.kind == "number":
        return builder.constant(other.column.as_stored(one.constant))
    return builder.number(one, of=head)


def _labelled(builder: ProgramBuilder, part: Tree, head: str, column: PartValue, label: PartValue) -> PartValue:
    """A level and a label. A label that the column does not have equals nothing, and has no place among levels."""
    code = _code(builder, column, label)
    if head in ("==", "!="):
        at = builder.constant(_NO_CODE if code is None else code)
        return _truth(builder, part, _COMPARE[head], column.at, at)
    if column.kind == "category":
        raise builder.refusal(column, f"a category has no order, so that {head} does not apply. Compare by == or in.")
    if code is None:
        raise _unknown_label(builder, column, label)
    return _truth(builder, part, _COMPARE[head], column.at, builder.constant(code))


def _code(builder: ProgramBuilder, column: PartValue, label: PartValue) -> int | None:
    assert column.column is not None
    code = column.column.code_of(label.constant if isinstance(label.constant, bool) else str(label.constant))
    if code is None and builder.is_strict:
        raise _unknown_label(builder, column, label)
    return code


def _unknown_label(builder: ProgramBuilder, column: PartValue, label: PartValue) -> UsageError:
    """The error of a label that a column does not have."""
    assert column.column is not None
    text, labels = str(label.constant), column.column.labels
    near = nearest_names(text, labels)
    listed = ", ".join(map(repr, labels[:8])) + (", …" if len(labels) > 8 else "")
    says = f"{column.column.name!r} has no level {text!r}; levels of one or two rows are not kept. It has: {listed}."
    return builder.source.refusal(label.part, says, column=column.column.name, nearest=near)


def _columns(builder: ProgramBuilder, part: Tree, a: PartValue, b: PartValue) -> PartValue:
    """Two columns of levels, by their labels."""
    assert a.column is not None
    assert b.column is not None
    head, both_ordered = head_of(part), a.kind == b.kind == "ordinal"
    if both_ordered and a.column.labels == b.column.labels:
        return _truth(builder, part, _COMPARE[head], a.at, b.at)
    if both_ordered or a.kind != b.kind or head not in ("==", "!="):
        raise builder.source.refusal(
            part, f"{head} does not apply to columns whose levels have no common order. Compare each with a level."
        )
    numbers = {label: number for number, label in enumerate(dict.fromkeys((*a.column.labels, *b.column.labels)))}
    read = [
        builder.step(CodeLookup(_shared(column, numbers, first=-2 * side)), at)
        for side, (column, at) in enumerate(((a.column, a.at), (b.column, b.at)), start=1)
    ]
    return _truth(builder, part, _COMPARE[head], *read)


def _shared(column: ReadColumn, numbers: Mapping[str, int], *, first: int) -> Index:
    """(levels + 2,) numbers of the labels; what was never seen, and what is missing, equals nothing of the other."""
    return np.array([*(numbers[label] for label in column.labels), first, first - 1], dtype=np.int64)


def _in(builder: ProgramBuilder, part: Tree, parts: Sequence[PartValue]) -> PartValue:
    one, *values = parts
    if one.kind == "date":
        return _one_of(builder, part, one.at, [written_days(builder, value) for value in values])
    if one.kind in _LEVELLED and all(map(_is_label, values)):
        codes = [_code(builder, one, value) for value in values]
        return _one_of(builder, part, one.at, [_NO_CODE if code is None else code for code in codes])
    for value in values:
        _check_number(builder, "in", value, one)
        _check_number(builder, "==", one, value)
    numbers = [value.constant for value in values if isinstance(value.constant, float)]
    if len(numbers) < len(values):
        raise builder.refusal(values[0], f"{written(one.part)} is {words_of(one)}; numbers are written without quotes.")
    stored = one.column.as_stored if one.column is not None and one.kind == "number" else float
    return _one_of(builder, part, builder.number(one, of="in"), [stored(number) for number in numbers])


def _one_of(builder: ProgramBuilder, part: Tree, at: int, values: Sequence[float]) -> PartValue:
    known = np.array(values, dtype=np.float64)
    return _truth(builder, part, partial(_is_among, known=known), at)


def _is_among(cells: AnyArray, *, known: AnyArray) -> Bools:
    """Whether each equals one of a few values; by comparing, as a look-up by sorting costs one row ten times more."""
    return np.asarray((cells[..., None] == known).any(axis=-1))


def _nullif(builder: ProgramBuilder, part: Tree, parts: Sequence[PartValue]) -> PartValue:
    """The first, missing where it equals the second."""
    first, second = parts
    if second.kind == "missing" or first.kind == "missing":
        raise builder.source.refusal(part, "nullif takes two values, of which none is None.")
    same = _compared(builder, ("==", first.part, second.part), parts)
    if first.kind == "date":
        return PartValue(part=part, kind="date", at=builder.step(_without, first.at, same.at))
    at = builder.step(_without, builder.number(first, of="nullif"), same.at)
    return PartValue(part=part, kind="days" if first.kind == "days" else "number", at=at)


def _without(cells: AnyArray, gone: AnyArray) -> AnyArray:
    return np.where(gone, np.nan, cells)


COMPARISONS: Mapping[str, Rule] = {**dict.fromkeys(_COMPARE, _compared), "in": _in, "nullif": _nullif}
