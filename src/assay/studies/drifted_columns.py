"""Drift: columns that are distributed otherwise in late rows, and whether a classifier tells these from early ones."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import Floats, Index
from assay.core.inspection import ColumnDrift
from assay.core.schema import Column
from assay.core.study import Findings, Leaning, StudyFact
from assay.inspect.drift import column_drift, separability
from assay.studies import register
from assay.studies.held_out_tests import LEVEL
from assay.studies.study_context import StudyContext
from assay.studies.study_contract import StudyTraits

MOST_REPORTED, MOST_ROWS = 3, 20_000
CHANCE = 0.05
"""Of a false alarm of any column that inspect/drift.py allows; a study allows LEVEL."""
LEAST_DISTANCE = 0.1
"""Largest gap of the two distributions: less moves no model."""


@register("drift")
@dataclass(frozen=True)
class DriftedColumns:
    """Compares the first third of the rows in order of time with the last, column by column, and by trees that separate
    them out of fold (adversarial validation)."""

    traits: ClassVar[StudyTraits] = StudyTraits(
        question="Do late rows differ from early ones?", place=12, rows=300, experiments=0,
        asked_as=("drift", "drifts", "drifted", "shift", "shifted", "time", "late", "later", "change", "changed"),
    )  # fmt: skip

    def why_not(self, context: StudyContext) -> str:
        if not _compared(context):
            return "has no column to compare early and late rows by"
        return "" if order_of(context) is not None else "needs rows in order of time (--order-by), or a date"

    def seconds(self, context: StudyContext) -> float:
        return 1.0 + 2e-5 * min(len(context.y), MOST_ROWS) * len(context.columns) / 10

    def run(self, context: StudyContext) -> Findings:
        order = order_of(context)
        assert order is not None
        early, late = _thirds(order, context)
        table, columns = context.folder.table, _compared(context)
        old, new = table.take(early), table.take(late)
        strict = round(len(columns) * CHANCE / LEVEL)
        found = [column_drift(column, old, new, of=strict) for column in columns]
        drifted = [one for one in found if one.distance > max(one.chance, LEAST_DISTANCE)]
        drifted.sort(key=lambda one: -one.distance)
        if not drifted:
            return Findings()
        facts = [_fact(one, len(early), len(late)) for one in drifted[:MOST_REPORTED]]
        separated = separability(old, new, context.seeds)
        if separated is not None:
            facts.append(StudyFact(
                code="drift_seen", is_measure=True, value=separated.value, low=separated.low, high=separated.high,
                unit="ROC AUC",
                says=f"trees separate early rows from late ones with ROC AUC {separated.text} (0.5: not at all)",
            ))  # fmt: skip
        names = ", ".join(one.column for one in drifted[:MOST_REPORTED])
        if context.folder.table.moment is None:  # a date that may be of birth: no order of time that anybody asked for
            return Findings(facts=tuple(facts))
        return Findings(facts=tuple(facts), leanings=(
            Leaning(move="drop_drifting", factor=3.0, why=f"late rows differ in {names}"),
            Leaning(move="drift_weights", factor=3.0, why=f"late rows differ in {names}"),
            Leaning(move="recency_weights", factor=2.0, why=f"late rows differ in {names}"),
        ))  # fmt: skip


def _compared(context: StudyContext) -> list[Column]:
    """Columns of numbers and levels; what tells the time differs by itself."""
    ordering = {c.name for c in context.columns if c.kind in ("datetime", "time") or c.orders_rows}
    able = {*context.numbers, *context.levels} - ordering
    return [column for column in context.columns if column.name in able]


def order_of(context: StudyContext) -> Floats | None:
    """(n,) the moment of each row: as asked, else by the date that most rows have; None without one."""
    table = context.folder.table
    if table.moment is not None:
        return np.asarray(table.moment, dtype=np.float64)
    if not table.date_names:
        return None
    known = np.isfinite(table.dates)
    place = int(known.mean(axis=0).argmax())
    dates = table.dates[:, place]
    return dates if known[:, place].mean() > 0.9 and len(np.unique(dates[known[:, place]])) > 10 else None


def _thirds(order: Floats, context: StudyContext) -> tuple[Index, Index]:
    known = np.flatnonzero(np.isfinite(order))
    known = known[np.argsort(order[known], kind="stable")]
    parts = known[: len(known) // 3], known[-(len(known) // 3) :]
    rng = context.seeds.child("thirds").rng()
    first, last = (np.sort(rng.permutation(part)[:MOST_ROWS]) for part in parts)
    return first, last


def _fact(one: ColumnDrift, early: int, late: int) -> StudyFact:
    said = (
        f"{one.column} is distributed otherwise in the last third of the rows than in the first: the distributions are "
        f"up to {one.distance:.2f} apart, by chance at most {one.chance:.2f}"
    )
    return StudyFact(
        code="drift", says=said, value=one.distance, unit="largest gap of two distributions", p=LEVEL,
        columns=(one.column,), sigma=(0.25 / early + 0.25 / late) ** 0.5,
    )  # fmt: skip
