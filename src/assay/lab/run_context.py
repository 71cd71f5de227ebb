"""Everything around a fit that is neither question nor setting."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from assay.core.clock import Clock, SystemClock
from assay.core.errors import LabError
from assay.core.event import Event
from assay.core.experiment import Experiment
from assay.journal.source_stamp import Stamp
from assay.lab.person import Person
from assay.search.session_limits import SessionLimits
from assay.search.stop_rule import Interrupt
from assay.search.suspicious_columns import Decide
from assay.vault.vault import Vault


def _ignore(event: Event) -> None:
    """The listener of those who do not listen."""


def _no_vault() -> Vault:
    """Of a context that has its vault, or whose lab has none."""
    raise LabError("This lab's vault cannot be opened here.")


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """Who listens, who interrupts, whose clock it is, and what a fit is a part of."""

    listener: Callable[[Event], None] = _ignore
    interrupt: Interrupt = field(default_factory=threading.Event)
    started: float | None = None
    clock: Clock = field(default_factory=SystemClock)
    inline: bool = False
    write_brief: bool = True
    stamp: Stamp | None = None
    vault: Vault | None = None
    deal: Callable[[], Vault] = _no_vault
    """Deals the rows of a vault again, for a lab that goes on and has not read its file; raises where it cannot."""
    decide: Decide | None = None
    person: Person | None = None
    """Who is asked where a session waits at a plateau; None: it waits for a message."""
    limits: SessionLimits = field(default_factory=SessionLimits)
    first: tuple[Experiment, ...] = ()
    """What a new lab tries before anything else."""
