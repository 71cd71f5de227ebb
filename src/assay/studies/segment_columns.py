"""Columns of one slice, for recipes: an indicator of its rows, and the numbers that its errors follow, there alone."""

from collections.abc import Iterator, Sequence

import numpy as np

from assay.core.array import Bools
from assay.core.study import StudyProposal
from assay.explain.error_slices import ErrorSlice
from assay.explain.feature_columns import FeatureColumn
from assay.explain.row_conditions import RowCut, value_text
from assay.expressions.written_expression import written_name, written_text
from assay.studies.added_columns import with_added, written_set
from assay.studies.held_out_tests import ranked, z_score
from assay.studies.study_context import StudyContext
from assay.views.lab_errors import allowed_columns

MOST_CROSSES = 2
SIDES = {"is not": "!=", "is": "==", "above": ">", "at most": "<="}
LEVELS = frozenset({"category", "boolean"})


def segment_proposals(one: ErrorSlice, context: StudyContext) -> Iterator[StudyProposal]:
    """The slice's columns on the best of two families; nothing where its condition is no expression."""
    cuts = as_expression(one.cuts, context)
    if not cuts:
        return
    texts = [f"1 if {cuts} else 0"]
    texts += [f"{written_name(name)} if {cuts} else 0" for name in _followed(one.mask, context)]
    added = written_set(context, texts, name="segment", what=f"columns of the rows where {one.condition}")
    if added is not None:
        why = f"Does it help to know where {one.condition}, where a study saw another law?"
        yield from with_added(context, added, question=why, move="segment_models")


def as_expression(cuts: Sequence[RowCut], context: StudyContext) -> str:
    """The cuts as an expression; "" where one of them compares a date, an order, a length or gaps."""
    known = {column.name: column for column in allowed_columns(context.folder, context.state)}
    kinds = {column.name: column.kind for column in context.columns}
    parts = [_part(cut, known[cut.column], kinds.get(cut.column, "")) for cut in cuts]
    return " and ".join(parts) if all(parts) else ""


def _part(cut: RowCut, column: FeatureColumn, kind: str) -> str:
    if kind in LEVELS and cut.side in ("is", "is not"):
        value = written_text(column.level_text(cut.value))
    elif kind == "numeric" and cut.side in ("above", "at most"):
        value = value_text(column, cut.value)
    else:
        return ""
    return f"{written_name(cut.column)} {SIDES[cut.side]} {value}"


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
