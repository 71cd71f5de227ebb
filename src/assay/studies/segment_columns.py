"""Columns of one slice, for recipes: an indicator of its rows, and the numbers that its errors follow, there alone."""

import re
from collections.abc import Iterator, Sequence

import numpy as np

from assay.core.array import Bools
from assay.core.errors import UsageError
from assay.core.feature_idea import FeatureSet
from assay.core.study import StudyProposal
from assay.expressions.written_expression import written_name, written_text
from assay.features.expression import expression_step
from assay.research.feature_sets import with_set
from assay.studies.held_out_tests import ranked, z_score
from assay.studies.study_context import StudyContext

MOST_CROSSES, MOST_PARENTS = 2, 2
SIDES = {"is not": "!=", "is": "==", "above": ">", "at most": "<="}
LEVELS = frozenset({"category", "boolean"})


def segment_proposals(
    condition: str, columns: Sequence[str], rows: Bools, context: StudyContext
) -> Iterator[StudyProposal]:
    """The slice's columns on the best of two families; nothing where its condition cannot be written as an expression.

    rows: (n,) those of the slice; condition: in the words of explain/row_conditions.py.
    """
    cuts = as_expression(condition, columns, context)
    if not cuts:
        return
    texts = [f"1 if {cuts} else 0"]
    texts += [f"{written_name(name)} if {cuts} else 0" for name in _followed(rows, context)]
    schema = context.folder.task.schema
    try:
        steps = tuple(expression_step(text, schema, name=f"segment {i}") for i, text in enumerate(texts, start=1))
    except UsageError:  # a level that the expression cannot name: then there is no such column
        return
    added = FeatureSet(name="segment", what=f"columns of the rows where {condition}", steps=steps)
    for one in context.best_of_families(MOST_PARENTS):
        if not set(steps) & set(one.recipe.steps):
            yield StudyProposal(
                recipe=with_set(one.recipe, added), what=f"{one.what} + {added.what}", cites=(one.number,), adds=steps,
                question=f"Does it help to know where {condition}, where a study saw another law?",
                move="segment_models",
            )  # fmt: skip


def as_expression(condition: str, columns: Sequence[str], context: StudyContext) -> str:
    """The condition as an expression; "" where a part of it compares a date, an order or gaps."""
    kinds = {column.name: column.kind for column in context.columns}
    names = "|".join(re.escape(name) for name in sorted(columns, key=len, reverse=True))
    part = rf"({names}) (is not|is|above|at most) (.+?)"
    pieces = re.fullmatch(rf"{part}(?: and (?:{part}))*", condition)
    found = list(re.finditer(rf"(?:^| and ){part}(?= and (?:{names}) (?:is|above|at most|up to|after) |$)", condition))
    if pieces is None or " and ".join(one.group(0).removeprefix(" and ") for one in found) != condition:
        return ""
    out = list[str]()
    for one in found:
        name, side, value = one.groups()
        text = _value(kinds.get(name, ""), side, value)
        if not text:
            return ""
        out.append(f"{written_name(name)} {SIDES[side]} {text}")
    return " and ".join(out)


def _value(kind: str, side: str, value: str) -> str:
    if kind in LEVELS and side in ("is", "is not"):
        return written_text(value)
    is_number = kind == "numeric" and side in ("above", "at most")
    return value if is_number and re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", value) else ""


def _followed(rows: Bools, context: StudyContext) -> list[str]:
    """The numbers that the residuals of these rows follow most."""
    residuals = context.residuals
    inside = rows & context.scored
    if residuals is None or inside.sum() < 20:
        return []
    unit = context.unit[inside]
    strength = {
        name: abs(z_score(ranked(cells[inside]), residuals[inside], unit)) for name, cells in context.numbers.items()
        if np.isfinite(cells[inside]).sum() > 20
    }  # fmt: skip
    return sorted(strength, key=lambda name: -strength[name])[:MOST_CROSSES]
