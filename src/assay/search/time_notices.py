"""The warning where nothing shows how later stretches of time differ from those that were scored."""

from assay.core.problem import Problem
from assay.core.task import Notice
from assay.journal.state import LabState
from assay.report.time_blocks import unknown_next_period_words

ROWS_ONLY, NO_PROMISE = "evidence/rows-only", "evidence/no-promise"


def next_period_notices(state: LabState, problem: Problem) -> tuple[Notice, ...]:
    """A warning that the promise for later rows rests on the rows at hand alone, or that there is none; () where a
    vault tests it.
    """
    end = state.end
    if end is None or end.unknown_next_period is None or state.certified is not None:
        return ()
    if end.unknown_next_period.leaves_no_promise:
        return (Notice(code=NO_PROMISE, message=unknown_next_period_words(end.unknown_next_period)),)
    more = "add rows of more times, and of each class" if problem.is_class else "add rows of more times"
    do = (
        more if end.unknown_next_period.are_too_few else ""
    )  # where scores hold no noise, as of no error, no rows are lacking
    return (Notice(code=ROWS_ONLY, message=unknown_next_period_words(end.unknown_next_period), do=do),)
