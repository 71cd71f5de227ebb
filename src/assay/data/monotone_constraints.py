"""Monotone constraints of the user, checked against the columns' kinds."""

from collections.abc import Mapping

from assay.core.argument import list_argument
from assay.core.errors import TaskError, UsageError, Where, nearest_names
from assay.core.problem import Problem
from assay.core.schema import CODED, NUMBERED, Schema
from assay.core.task import Notice

Signs = tuple[tuple[str, int], ...]


def check_signs(signs: Mapping[str, int]) -> None:
    """UsageError for a sign that is neither 1 nor -1."""
    for column, sign in signs.items():
        if sign not in (-1, 1):
            raise UsageError(
                f'The column "{column}" cannot be monotone by {sign!r}. Give 1 (only raises) or -1 (only lowers).',
                where=Where(option="--monotone", column=column),
            )


def monotone_signs(signs: Mapping[str, int], schema: Schema, *, problem: Problem) -> Signs:
    """The signs by column, in the order of the schema.

    Raises TaskError for more than two classes, and for a column that is no feature of numbers or of ordered words.
    """
    if not signs:
        return ()
    if problem.form == "probabilities":
        raise TaskError(
            "With more than two classes no column can only raise or only lower the prediction.",
            where=Where(option="--monotone"), do=("leave --monotone out",),
        )  # fmt: skip
    growing = [column.name for column in schema.features if column.kind in NUMBERED]
    for name in signs:
        if name not in growing:
            kind = schema[name].kind if name in schema.names else None
            what = (
                "is no column of the table" if kind is None else f"is {kind}, and only numbers and ordered words grow"
            )
            do = () if kind is None else (f"--kind {list_argument(name, '=ordinal' if kind in CODED else '=numeric')}",)
            raise TaskError(
                f'The column "{name}" {what}, so it cannot be monotone.',
                where=Where(option="--monotone", column=name), nearest=nearest_names(name, growing), do=do,
            )  # fmt: skip
    return tuple((name, int(signs[name])) for name in growing if name in signs)


def monotone_notices(signs: Signs) -> tuple[Notice, ...]:
    """The notice of what the constraint guarantees, and which model families it excludes."""
    if not signs:
        return ()
    moves = {1: "rises", -1: "falls"}
    said = "; ".join(f"as {name} grows it only {moves[sign]}" for name, sign in signs)
    message = f"the prediction is monotone: {said}. Families that cannot promise it are left out"
    return (Notice(code="data/monotone", message=message),)
