"""One attack: a function that tries to get out, and which layers are each meant to stop it alone."""

import os
import textwrap
from dataclasses import dataclass

from assay.sandbox.guest_start import readable_folders
from assay.sandbox.process_limits import is_readable_by_all

PRELUDE = """
import ctypes, fcntl, mmap, os, resource, signal, socket, stat, struct, subprocess, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)

def out(name):
    frame = sys._getframe()
    while name not in frame.f_locals or frame.f_code.co_name == "out":
        frame = frame.f_back
    return frame.f_locals[name]

"""
OS_LAYERS = frozenset({"namespaces", "landlock", "seccomp", "limits"})
EVERY_LAYER = OS_LAYERS | {"language"}
IS_ROOT = os.geteuid() == 0
BINDING = {
    "limit of processes": "" if IS_ROOT and not is_readable_by_all(readable_folders()) else "limits",
    "limit of shared memory": "namespaces" if IS_ROOT else "",
}
"""Limits that do not bind everybody: root, where Python is its own, and users, in a namespace of theirs."""


@dataclass(frozen=True, kw_only=True)
class Attack:
    """A source with a function `attack(goal, x)`; goal says what there is to reach (attack_scene.py).

    It answers a text with OUT where only it can see that it got out. stopped_by: layers that each stop it alone.
    is_live: it does harm where there are no layers. is_held_anyway: by how calls are made, with no layers too.
    """

    name: str
    source: str
    stopped_by: frozenset[str]
    wall_seconds: float = 0.5
    is_live: bool = True
    is_held_anyway: bool = False

    @property
    def os_layers(self) -> frozenset[str]:
        return self.stopped_by & OS_LAYERS

    def __str__(self) -> str:
        return self.name


def by_system(
    name: str, body: str, *layers: str, is_live: bool = True, is_held_anyway: bool = False, wall_seconds: float = 0.5
) -> Attack:
    """An attack on the system: the reading of its source stops it, and so do these layers."""
    source = PRELUDE + "def attack(goal, x):\n" + textwrap.indent(textwrap.dedent(body).strip(), "    ") + "\n"
    stopped_by = frozenset({"language", *(BINDING.get(layer, layer) for layer in layers)}) & EVERY_LAYER
    return Attack(
        name=name, source=source, stopped_by=stopped_by, is_live=is_live, is_held_anyway=is_held_anyway,
        wall_seconds=wall_seconds,
    )  # fmt: skip


def anywhere(name: str, body: str, *, wall_seconds: float = 0.3) -> Attack:
    """An attack that no layer is needed against: the way calls are made holds it."""
    return by_system(name, body, wall_seconds=wall_seconds, is_live=False, is_held_anyway=True)
