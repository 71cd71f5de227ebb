"""The facts of a table as if some of its columns had never been there."""

from collections.abc import Iterable
from dataclasses import replace

from assay.core.recipe import Step
from assay.core.schema import Facts
from assay.core.seed import Seeds
from assay.data.facts import facts_of
from assay.features import registry as steps
from assay.pipeline.store import TaskFolder


def facts_without(folder: TaskFolder, barred: Iterable[str]) -> Facts:
    """The task's facts without these columns, which are left out by the step that leaves them out of recipes."""
    task, away = folder.task, frozenset(barred)
    step = steps.build(Step.of("leave_out", columns=sorted(away)))
    table = step.fit(folder.table, None, seeds=Seeds(task.seed)).transform(folder.table)
    schema = replace(task.schema, columns=tuple(c for c in task.schema if c.name not in away))
    found = facts_of(schema, table, folder.target, problem=task.problem, metric=task.metric)
    monotone = tuple(one for one in task.facts.monotone if one[0] not in away)
    return replace(found, monotone=monotone, ordered=task.facts.ordered, n_rows=task.facts.n_rows,
                   period=tuple(name for name in task.facts.period if name not in away))  # fmt: skip
