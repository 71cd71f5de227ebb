"""The layers of the sandbox: what each one holds back, and which a machine can give."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Layer = Literal["language", "namespaces", "landlock", "seccomp", "limits"]
LAYERS: tuple[Layer, ...] = get_args(Layer)
PURPOSE: Mapping[Layer, str] = {
    "language": "The source may use a list of modules, functions and attributes; read before anything runs.",
    "namespaces": "Processes, network, users and files of its own: no other process, no network, no other folder.",
    "landlock": "The kernel lets it read Python's own folders and nothing else, and connect to nothing.",
    "seccomp": "The kernel answers the calls that arithmetic needs, and refuses all others.",
    "limits": "Memory, processor seconds, file size, processes; no privileges, and nobody's user where it was root.",
}
Barrier = Literal["files", "network", "processes", "memory"]
BARRIERS: tuple[Barrier, ...] = get_args(Barrier)
"""What a sandbox must hold to be called strong; each is tried, not assumed (barriers.py)."""


FEWEST: tuple[Barrier, ...] = ("files", "network", "processes")
"""Without these a sandbox runs nothing that nobody vouches for."""


def keep_out(layers: Collection[Layer]) -> bool:
    """Whether these layers are meant to hold FEWEST together; the reading of a source is no such layer."""
    return "namespaces" in layers or {"landlock", "seccomp"} <= set(layers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """What a sandbox of this machine holds: the layers that it has, and the barriers that were tried and held.

    lacking: why a layer is not there, in words; empty for all that are.
    """

    layers: tuple[Layer, ...]
    holds: tuple[Barrier, ...]
    lacking: tuple[tuple[Layer, str], ...] = ()

    @property
    def is_strong(self) -> bool:
        """Whether every barrier held."""
        return set(self.holds) == set(BARRIERS)

    @property
    def is_enough(self) -> bool:
        """Whether the fewest barriers held without which nothing is run."""
        return set(FEWEST) <= set(self.holds)

    @property
    def text(self) -> str:
        """In words, for ledger and people."""
        held = ", ".join(self.layers) or "none"
        open_ones = [barrier for barrier in BARRIERS if barrier not in self.holds]
        return held if not open_ones else f"{held}; does not hold: {', '.join(open_ones)}"
