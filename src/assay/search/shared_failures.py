"""A failure that several families share: no property of one model, but a fault of Assay or of an installed library."""

import re
from collections import defaultdict

from assay.core.result import Failure
from assay.core.task import Notice
from assay.features import registry as steps
from assay.journal.state import LabState
from assay.report.phrases import name_list, plural
from assay.search.code_gate import sources_called

FAMILIES_FAILED = "model/families-failed"
OF_FAULTS = frozenset({"error", "crash"})
"""Kinds that do not come from limits, or from predictions of one model that are no numbers."""
LONGEST = 120
"""Characters of a message."""


def shared_failures(state: LabState) -> tuple[Notice, ...]:
    """A warning for each reason for which two or more families failed, the widest first.

    Recipes that call functions of people are left out, as the fault may be theirs.
    """
    found: dict[str, list[tuple[str, Failure]]] = defaultdict(list)
    for entry in state.entries.values():
        failure = None if entry.result is None else entry.result.failure
        if failure is None or failure.kind not in OF_FAULTS or sources_called(state, entry.experiment.recipe):
            continue
        found[_reason(failure)].append((entry.experiment.recipe.model.name, failure))
    shared = (pairs for pairs in found.values() if len({name for name, _ in pairs}) > 1)
    return tuple(_notice(pairs) for pairs in sorted(shared, key=lambda pairs: -len({name for name, _ in pairs})))


def _reason(failure: Failure) -> str:
    """The message without what differs from step to step, column to column and fold to fold."""
    return re.sub(r"'[^']*'|\d+", "…", failure.message)


def _notice(pairs: list[tuple[str, Failure]]) -> Notice:
    families = tuple(dict.fromkeys(name for name, _ in pairs))
    at = tuple(dict.fromkeys(failure.step for _, failure in pairs if failure.step in steps))
    message = pairs[0][1].message.partition("\n")[0]
    why = message if len(message) <= LONGEST else f"{message[:LONGEST].rstrip()} …"
    where = f"{'step' if len(at) == 1 else 'steps'} {name_list(at)}: " if at else ""
    return Notice(
        code=FAMILIES_FAILED,
        message=f"{plural(len(families), 'kind of model', 'kinds of model')} failed for one reason ({where}{why}): "
        f"{name_list(families, 6)}. This is a fault of Assay or of an installed library.",
        do="assay doctor --try",
    )  # fmt: skip
