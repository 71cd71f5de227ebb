"""Whether recipes that call a person's functions may run on this machine now, or wait."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from assay.core.recipe import Recipe
from assay.journal.code_records import SandboxRecord
from assay.journal.journal import Journal
from assay.journal.state import LabState
from assay.sandbox.barriers import strength
from assay.sandbox.layers import FEWEST, Strength
from assay.steering.code_intake import calls_of


def sources_called(state: LabState, recipe: Recipe) -> tuple[str, ...]:
    """Digests of the sources that a recipe calls, itself or through the experiments that it is on."""
    own = [digest for _, digest, _ in calls_of(recipe)]
    below = [sources_called(state, state.entries[number].experiment.recipe) for number in recipe.on]
    return tuple(dict.fromkeys([*own, *(digest for found in below for digest in found)]))


@dataclass
class CodeGate:
    """Asks the machine once, when a recipe with code first comes up, and writes down what it found.

    required: only a sandbox that holds every barrier will do. trusts: gives the digests of sources that need none.
    """

    journal: Journal
    required: bool = False
    trusts: Callable[[], frozenset[str]] = frozenset

    def why_waits(self, recipe: Recipe) -> str:
        """Why a recipe cannot run here now; "" where it can."""
        called = set(sources_called(self.journal.state, recipe))
        if not called:
            return ""
        if self.required or called - self.trusts():
            return self._found.waits
        self._note_trusted()
        return ""

    def _note_trusted(self) -> None:
        """Write down which sources run without a sandbox, where the last record does not say so."""
        trusted = tuple(sorted(self.trusts() & self.journal.state.steering.code.keys()))
        known = self.journal.state.steering.sandbox
        if known is None or known.trusted != trusted:
            plain = SandboxRecord(layers=(), holds=()) if known is None else known
            self.journal.write("sandbox", replace(plain, trusted=trusted))

    @cached_property
    def _found(self) -> SandboxRecord:
        found = strength()
        trusted = self.trusts() & self.journal.state.steering.code.keys()
        record = SandboxRecord(
            layers=found.layers, holds=found.holds, lacking=found.lacking, trusted=tuple(sorted(trusted)),
            waits=why_refused(found, required=self.required),
        )  # fmt: skip
        if record != self.journal.state.steering.sandbox:
            self.journal.write("sandbox", record)
        return record


def why_refused(found: Strength, *, required: bool) -> str:
    """Why a sandbox of this strength runs nothing; "" where it does."""
    if not found.is_enough:
        lacking = [barrier for barrier in FEWEST if barrier not in found.holds]
        return f"this machine has no sandbox that holds {' and '.join(lacking)}"
    if required and not found.is_strong:
        return f"--sandbox required, and this machine's does not hold everything ({found.text})"
    return ""
