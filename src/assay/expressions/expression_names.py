"""What may be written in an expression: operators, functions and aggregates, with how many parts each takes."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signature:
    """usage: as it is written; least, most: how many parts it takes, None for any number."""

    usage: str
    least: int
    most: int | None


OPERATORS: Mapping[str, Signature] = {
    **{
        sign: Signature(f"a {sign} b", 2, 2)
        for sign in ("+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "and", "or")
    },
    "neg": Signature("-a", 1, 1),
    "not": Signature("not a", 1, 1),
}
"""By the head of their trees."""

FUNCTIONS: Mapping[str, Signature] = {
    **{
        name: Signature(f"{name}(x)", 1, 1)
        for name in ("abs", "sqrt", "exp", "log", "log1p", "log10", "floor", "ceil", "sign", "isnull")
    },
    **{name: Signature(f"{name}(sold)", 1, 1) for name in ("year", "quarter", "month", "day", "weekday", "hour")},
    "days": Signature("days(sold - built)", 1, 1),
    "round": Signature("round(x) or round(x, 2)", 1, 2),
    "clip": Signature("clip(x, low, high)", 2, 3),
    "if": Signature("if(condition, x, y)", 3, 3),
    "nullif": Signature("nullif(x, 0)", 2, 2),
    "coalesce": Signature("coalesce(x, 0)", 2, None),
    "min": Signature("min(a, b)", 2, None),
    "max": Signature("max(a, b)", 2, None),
}

AGGREGATES: Mapping[str, Signature] = {
    **{name: Signature(f"{name}(x, by=city)", 1, 1) for name in ("mean", "sum", "min", "max", "std", "median")},
    "nunique": Signature("nunique(x, by=city)", 1, 1),
    "count": Signature("count(by=city) or count(x, by=city)", 0, 1),
}
"""Learned on the training rows, of groups or of all rows. min and max of several values are functions."""

RESERVED = frozenset({"and", "or", "not", "in", "if", "else", "True", "False", "None"})
"""Words that are no names of columns unless they stand in backticks."""
