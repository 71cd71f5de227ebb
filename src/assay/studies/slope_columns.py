"""Columns of a number that has another slope in each level of a category: the number in a level's rows, 0 elsewhere."""

from collections.abc import Iterator

import numpy as np

from assay.core.study import StudyProposal
from assay.expressions.written_expression import written_name, written_text
from assay.studies.added_columns import with_added, written_set
from assay.studies.study_context import StudyContext

MOST_SLOPES = 6
FEWEST_ROWS = 20
"""Of a level, below which a slope of its own is mostly luck."""


def slope_proposals(context: StudyContext, category: str, number: str) -> Iterator[StudyProposal]:
    """The columns on the best of two families; nothing where `why_no_slopes` says why."""
    added = written_set(context, _texts(context, category, number), name="slope", what=f"{number} by {category}")
    if added is not None:
        why = f"Does {number} help with another slope for each {category}, as a study saw?"
        yield from with_added(context, added, question=why, move="arithmetic")


def why_no_slopes(context: StudyContext, category: str, number: str) -> str:
    """Why there are no such columns; "" where there are."""
    if len(_sizes(context, category)) < 2:
        return f"fewer than two levels of {category} have {FEWEST_ROWS} rows, too few for slopes of their own"
    if not context.best_of_families(1):
        return "no experiment stands that columns could be added to"
    return "" if next(slope_proposals(context, category, number), None) else "they were tried, or cannot be written"


def _sizes(context: StudyContext, category: str) -> dict[int, int]:
    """Rows by level, of those that have a name and enough rows, the largest first."""
    codes = context.levels[category]
    levels = next(column.levels for column in context.columns if column.name == category)
    rows = np.bincount(codes[codes >= 0], minlength=len(levels))[: len(levels)]
    order = np.argsort(-rows, kind="stable").tolist()
    return {code: int(rows[code]) for code in order if rows[code] >= FEWEST_ROWS}


def _texts(context: StudyContext, category: str, number: str) -> list[str]:
    sizes = list(_sizes(context, category))
    if len(sizes) < 2:
        return []
    return [
        f"{written_name(number)} if {written_name(category)} == {written_text(context.label(category, code))} else 0"
        for code in sizes[:MOST_SLOPES]
    ]
