"""Every error a person can meet: what happened, where, and what to do.

AssayError (a ValueError)
  UsageError          an option or argument that cannot be meant
  DataError           a file, column or cell that cannot be read or learned from
  TaskError           a question the data cannot answer (target, metric, split)
  SplitError          rows that cannot be divided as asked
  LabError            a lab that cannot be opened, continued or found
  BudgetError         the budget ended without one scored model
  MissingExtraError   an optional library that is not installed
  StorageError        no space, no rights
  BundleError         a predictor folder that cannot be trusted or read
  CodeError           a person's own function that is refused, or failed; `reason` is a code of sandbox/reasons.py
AssayWarning (a UserWarning): DataWarning, LeakWarning, BudgetWarning, DriftWarning
"""

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial

from assay.core.safe_text import visible


@dataclass(frozen=True, slots=True)
class Where:
    """The place an error or warning refers to; unknown parts are None."""

    file: str | None = None
    column: str | None = None
    row: int | None = None
    option: str | None = None

    def as_json(self) -> dict[str, str | int | None]:
        return asdict(self)


class AssayError(ValueError):
    """The root of all errors meant for people.

    message says what happened and where; `do` are commands or actions that would help, best first; `nearest` are known
    names similar to a wrong one. `exit_code` is that of the command line.
    """

    kind = "error"
    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        where: Where | None = None,
        nearest: Sequence[str] = (),
        do: Sequence[str] = (),
    ) -> None:
        message = visible(message)  # it names columns, files and cells, and may end on a terminal
        super().__init__(message)
        self.message = message
        self.where = where or Where()
        self.nearest = tuple(nearest)
        self.do = tuple(do)


class UsageError(AssayError):
    kind = "usage"


class DataError(AssayError):
    kind = "data"


class TaskError(AssayError):
    kind = "task"


class SplitError(AssayError):
    kind = "split"


class LabError(AssayError):
    kind = "lab"


class BudgetError(AssayError):
    kind = "budget"
    exit_code = 3


class MissingExtraError(AssayError):
    kind = "extra"


class StorageError(AssayError):
    kind = "storage"


class BundleError(AssayError):
    kind = "bundle"


class CodeError(AssayError):
    """A function that is not ours was refused, or failed.

    reason: a code of sandbox/reasons.py; line: of its source, from 1, None where no line is to blame.
    """

    kind = "code"

    def __init__(
        self, reason: str, message: str, *, line: int | None = None, where: Where | None = None, do: Sequence[str] = ()
    ) -> None:
        super().__init__(message, where=where, do=do)
        self.reason = reason
        self.line = line

    def __reduce__(self) -> tuple[Callable[[], "CodeError"], tuple[()]]:
        return partial(
            CodeError, self.reason, self.message, line=self.line, where=self.where, do=self.do
        ), ()  # fmt: skip


class AssayWarning(UserWarning):
    """The root of all warnings; `code` can be looked up, e.g. 'leak/filled-with-target'."""

    def __init__(self, message: str, *, code: str = "", column: str | None = None, do: str = "") -> None:
        message = visible(message)
        super().__init__(message)
        self.message = message
        self.code = code
        self.column = column
        self.do = do


class DataWarning(AssayWarning):
    pass


class LeakWarning(AssayWarning):
    pass


class BudgetWarning(AssayWarning):
    pass


class DriftWarning(AssayWarning):
    pass


def check_known(name: str, known: Collection[str], says: str) -> None:
    """UsageError where the name is unknown, with the known names and the nearest ones; says: the beginning of the
    message."""
    if name not in known:
        raise UsageError(f"{says} Known: {', '.join(known)}.", nearest=nearest_names(name, known))


_MOST_LONGER = 0.4
"""Largest excess length of a misspelling, relative to the longer name."""


def nearest_names(name: str, known: Iterable[str], *, at_most: int = 3) -> tuple[str, ...]:
    """Known names similar to a wrong one, nearest first: ignoring case, by edit similarity or common prefix.

    Not names that merely contain it: lengths may differ by less than two fifths ("agent" is no misspelled "age").
    """
    wanted = name.strip().casefold()
    folded: dict[str, str] = {}
    for candidate in known:
        folded.setdefault(candidate.strip().casefold(), candidate)
    alike = [key for key in folded if abs(len(key) - len(wanted)) < _MOST_LONGER * max(len(key), len(wanted), 1)]
    close = difflib.get_close_matches(wanted, alike, n=at_most, cutoff=0.7)
    started = [key for key in folded if len(wanted) > 2 and key.startswith(wanted) and key not in close]
    return tuple(folded[key] for key in [*close, *started][:at_most])


@contextmanager
def at_step(name: str) -> Iterator[None]:
    """Whatever is raised in here says at which step, unless it does already: its attribute `step`, which a Failure has
    too (`execute.job_exceptions`)."""
    try:
        yield
    except Exception as error:
        if not hasattr(error, "step"):
            error.step = name  # type: ignore[attr-defined]  # read by getattr
        raise
