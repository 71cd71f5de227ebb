"""Columns that seem to leak the target: a notice at the start of a lab, a question where somebody can answer."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from assay.core.argument import list_argument
from assay.core.inspection import without_advice
from assay.core.seed import Seeds
from assay.core.task import Notice, Task
from assay.data.options import TaskOptions
from assay.data.prepare import Prepared
from assay.inspect.early_suspicions import LEFT_OUT, SUSPECTED, labels_said, suspected, unasked
from assay.inspect.last_block import last_block
from assay.inspect.suspicion import UNIT

Decide = Callable[[Sequence[Notice]], Sequence[str]]
"""Given the suspicions of a new lab, returns the columns to leave out."""


def with_suspicions(prepared: Prepared, options: TaskOptions) -> Prepared:
    """The task with a notice for each suspicious column before all others, then the questions of time and units, and
    whether the last rows in order of time are unlike the others; its hash does not change.
    """
    task, seeds = prepared.task, Seeds(options.seed).child("inspect")
    found = suspected(task.schema, prepared.table, prepared.target, kept=options.keep, seeds=seeds,
                      units=prepared.groups)  # fmt: skip
    found += labels_said(task, prepared.table, prepared.target, kept=options.keep, seeds=seeds)
    if task.facts.ordered:  # the past of a unit may answer for it: later rows of it are scored, or none
        found = tuple(notice for notice in found if notice.code != UNIT)
    said = {notice.do for notice in found}
    asked = unasked(task.schema, prepared.table, prepared.target, options=options, seeds=seeds, units=prepared.groups)
    drifts = last_block(task.schema, prepared.table, prepared.target, prepared.split, name=task.target)
    found = (*found, *(notice for notice in asked if notice.do not in said), *drifts)
    return replace(prepared, task=replace(task, notices=(*found, *task.notices))) if found else prepared


def suspicions_of(task: Task) -> tuple[Notice, ...]:
    """The suspicions that are open."""
    return tuple(notice for notice in task.notices if notice.code in SUSPECTED)


def without(options: TaskOptions, columns: Sequence[str]) -> TaskOptions:
    """The options with these columns left out too."""
    return replace(options, drop=(*options.drop, *(column for column in columns if column not in options.drop)))


def with_answers(prepared: Prepared, asked: Sequence[Notice], columns: Sequence[str]) -> Prepared:
    """The task with the user's answers, so that a lab that is continued need not ask again."""
    said = tuple(
        replace(notice, message=f"{without_advice(notice.message)}{LEFT_OUT}",
                do=f"--keep {list_argument(str(notice.column))}")
        for notice in asked if notice.column in columns
    )  # fmt: skip
    task = prepared.task
    return replace(prepared, task=replace(task, notices=(*said, *task.notices)))


def as_answered(options: TaskOptions, known: Task | None) -> TaskOptions:
    """The options with the user's answers when this lab began; `keep` takes an answer back."""
    if known is None:
        return options
    dropped = {column.name for column in known.schema.of_kind("dropped")}
    asked = (notice.column for notice in known.notices if notice.code in SUSPECTED)
    return without(options, [name for name in asked if name in dropped and name not in options.keep])
