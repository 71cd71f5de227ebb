"""One way to tamper with a lab."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tamper:
    """What is done to a copy of a lab. lab: its kind (attacks_labs); needs_head: nothing inside a lab can tell, a head
    of its ledger that was noted elsewhere does; harmless: why it changes nothing that a lab claims, "" where it does.
    """

    name: str
    lab: str
    act: Callable[[Path], object]
    needs_head: bool = False
    harmless: str = ""
