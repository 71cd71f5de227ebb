"""Parts of expressions that make numbers of numbers, choose between values, and join conditions."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np

from assay.core.array import AnyArray
from assay.expressions.column_reading import days_of
from assay.expressions.expression_program import Operation, PartValue, ProgramBuilder, ValueKind, words_of
from assay.expressions.expression_tree import Tree

Rule: TypeAlias = Callable[[ProgramBuilder, Tree, Sequence[PartValue]], PartValue]
"""Writes the operations of a part whose own parts are written, and says what it is."""

_OF_NUMBERS: Mapping[str, Operation] = {
    "*": np.multiply, "/": np.divide, "//": np.floor_divide, "%": np.remainder, "**": np.power, "neg": np.negative,
    "abs": np.abs, "sqrt": np.sqrt, "exp": np.exp, "log": np.log, "log1p": np.log1p, "log10": np.log10,
    "floor": np.floor, "ceil": np.ceil, "sign": np.sign,
}  # fmt: skip
"""Of float64, so that what is missing, infinite or divided by 0 follows IEEE 754, as in pandas."""
_MOST_DIGITS = 15


def head_of(part: Tree) -> str:
    """What a part is called."""
    return str(part[0]) if isinstance(part, tuple) else ""


def _numeric(builder: ProgramBuilder, part: Tree, parts: Sequence[PartValue]) -> PartValue:
    head = head_of(part)
    read = [builder.number(one, of="-" if head == "neg" else head) for one in parts]
    return PartValue(part=part, kind="number", at=builder.step(_OF_NUMBERS[head], *read))


def summed(builder: ProgramBuilder, part: Tree, parts: Sequence[PartValue]) -> PartValue:
    """+ and -, also of dates: a date and days are a date, the difference of two dates is in days."""
    head, (a, b) = head_of(part), parts
    operation: Operation = np.add if head == "+" else np.subtract
    if "date" not in (a.kind, b.kind):
        read = [builder.number(one, of=head) for one in parts]
        return PartValue(part=part, kind="number", at=builder.step(operation, *read))
    if head == "-" and {a.kind, b.kind} <= {"date", "label"}:
        read = [date_at(builder, one) for one in parts]
        return PartValue(part=part, kind="days", at=builder.step(operation, *read))
    if a.kind == b.kind:
        raise builder.refusal(a, "two dates have a difference and no sum.")
    if head == "-" and b.kind == "date":
        raise builder.refusal(b, "a date can only be taken from a date.")
    read = [one.at if one.kind == "date" else builder.number(one, of=f"{head} with a date") for one in parts]
    return PartValue(part=part, kind="date", at=builder.step(operation, *read))


def date_at(builder: ProgramBuilder, value: PartValue) -> int:
    """The register of a date, or of a text that is one."""
    return value.at if value.kind == "date" else builder.constant(written_days(builder, value))


def written_days(builder: ProgramBuilder, value: PartValue) -> float:
    """Days of a text that is a date; UsageError for anything else."""
    if value.kind != "label":
        raise builder.refusal(value, f"a date stands beside it, and this is {words_of(value)}.")
    days = days_of(str(value.constant))
    if days is None:
        raise builder.refusal(value, 'this is no date. Dates are written "2024-12-31", or "2024-12-31 18:30".')
    return days


def _to_digits(x: AnyArray, *, digits: int) -> AnyArray:
    """Halves go to the even neighbour."""
    return np.asarray(np.round(x, digits))


def _rounded(builder: ProgramBuilder, part: Tree, parts: Sequence[PartValue]) -> PartValue:
    digits = parts[1].constant if len(parts) > 1 else 0.0
    if not isinstance(digits, float) or abs(digits) > _MOST_DIGITS or digits % 1:
        raise builder.refusal(parts[1], f"round takes a number of digits up to {_MOST_DIGITS}, as in round(x, 2).")
    at = builder.step(partial(_to_digits, digits=int(digits)), builder.number(parts[0], of="round"))
    return PartValue(part=part, kind="number", at=at)


def alike(builder: ProgramBuilder, part: Tree, parts: Sequence[PartValue]) -> tuple[ValueKind, list[int]]:
    """(what all these values are, their registers): numbers, truth values or dates; a text beside dates is a date."""
    given = [one for one in parts if one.kind != "missing"]
    if any(one.kind == "date" for one in given):
        return "date", [builder.constant(np.nan) if one.kind == "missing" else date_at(builder, one) for one in parts]
    if len(given) == len(parts) and all(one.kind == "truth" for one in given):
        return "truth", [one.at for one in parts]
    head = head_of(part)
    return "number", [
        builder.constant(np.nan) if one.kind == "missing" else builder.number(one, of=head) for one in parts
    ]  # fmt: skip


def _if(builder: ProgramBuilder, part: Tree, parts: Sequence[PartValue]) -> PartValue:
    condition = builder.condition(parts[0], of="if")
    kind, branches = alike(builder, part, parts[1:])
    return PartValue(part=part, kind=kind, at=builder.step(np.where, condition, *branches))


def _first_known(a: AnyArray, b: AnyArray) -> AnyArray:
    return np.where(np.isnan(a), b, a)


def _coalesce(builder: ProgramBuilder, part: Tree, parts: Sequence[PartValue]) -> PartValue:
    kind, (first, *others) = alike(builder, part, parts)
    for other in others:
        first = builder.step(_first_known, first, other)
    return PartValue(part=part, kind=kind, at=first)


def _extreme(builder: ProgramBuilder, part: Tree, parts: Sequence[PartValue]) -> PartValue:
    """The least or the greatest of several; missing where one is missing."""
    operation: Operation = np.minimum if head_of(part) == "min" else np.maximum
    kind, (first, *others) = alike(builder, part, parts)
    for other in others:
        first = builder.step(operation, first, other)
    return PartValue(part=part, kind=kind, at=first)


def _at_least(x: AnyArray, low: AnyArray) -> AnyArray:
    """x, or low where that is larger; a missing bound is none, as in pandas."""
    return np.where(x < low, low, x)


def _at_most(x: AnyArray, high: AnyArray) -> AnyArray:
    return np.where(x > high, high, x)


def _clip(builder: ProgramBuilder, part: Tree, parts: Sequence[PartValue]) -> PartValue:
    fixed = [one.constant for one in parts[1:] if isinstance(one.constant, float)]
    if len(fixed) == 2 and fixed[0] > fixed[1]:
        raise builder.refusal(parts[1], f"clip has the lower bound first, and {fixed[0]:g} > {fixed[1]:g}.")
    kind, (at, *bounds) = alike(builder, part, parts)
    for bounded, bound in zip((_at_least, _at_most), bounds, strict=False):
        at = builder.step(bounded, at, bound)
    return PartValue(part=part, kind="number" if kind == "truth" else kind, at=at)


def _isnull(builder: ProgramBuilder, part: Tree, parts: Sequence[PartValue]) -> PartValue:
    return PartValue(part=part, kind="truth", at=missing_at(builder, parts[0]))


def missing_at(builder: ProgramBuilder, value: PartValue) -> int:
    """The register of whether a value is missing."""
    if value.kind == "category":
        return builder.step(_is_no_code, value.at)
    if value.kind == "text":
        return builder.step(_is_empty, value.at)
    known = value.kind in ("date", "ordinal")
    return builder.step(np.isnan, value.at if known else builder.number(value, of="isnull"))


def _is_no_code(codes: AnyArray) -> AnyArray:
    return np.asarray(codes < 0)


def _is_empty(texts: AnyArray) -> AnyArray:
    return np.asarray(texts == "", dtype=np.bool_)


def _joined(builder: ProgramBuilder, part: Tree, parts: Sequence[PartValue]) -> PartValue:
    head = head_of(part)
    operation: Operation = np.logical_and if head == "and" else np.logical_or
    read = [builder.condition(one, of=head) for one in parts]
    return PartValue(part=part, kind="truth", at=builder.step(operation, *read))


def _not(builder: ProgramBuilder, part: Tree, parts: Sequence[PartValue]) -> PartValue:
    return PartValue(part=part, kind="truth", at=builder.step(np.logical_not, builder.condition(parts[0], of="not")))


ARITHMETIC: Mapping[str, Rule] = {
    **dict.fromkeys(_OF_NUMBERS, _numeric), "+": summed, "-": summed, "round": _rounded, "if": _if,
    "coalesce": _coalesce, "min": _extreme, "max": _extreme, "clip": _clip, "isnull": _isnull, "and": _joined,
    "or": _joined, "not": _not,
}  # fmt: skip
