"""The state of a lab after its records, and what damaged records raise."""

from collections.abc import Iterable

from assay.core.contract import LedgerRecord
from assay.core.errors import LabError
from assay.core.garbage import without_collecting
from assay.journal.state import LabState

UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What bodies that were changed, or contradict those before, raise where they are read."""


def replay(records: Iterable[LedgerRecord]) -> LabState:
    """The state after these records. LabError names the record whose body does not fit its kind."""
    state = LabState()
    with without_collecting():
        for record in records:
            try:
                state.apply(record)
            except UNREADABLE as error:
                raise LabError(
                    f"Record {record.number}, a {record.kind}, cannot be read: it was changed, or another version of "
                    f"Assay wrote it ({error})."
                ) from error
    return state
