"""Attacks have a scene to reach for; the report says which layers the machine has."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from attack_scene import Scene, scene

from assay.sandbox.barriers import strength


def pytest_report_header() -> str:
    """Of the machine, where the tests of the sandbox are asked for."""
    found = strength()
    lacking = "".join(f"; without {layer}: {why}" for layer, why in found.lacking)
    return f"sandbox: {found.text}{lacking}"


@pytest.fixture(scope="session")
def place() -> Iterator[Scene]:
    yield from scene()


@pytest.fixture(scope="session")
def layers_here() -> frozenset[str]:
    """The layers of this machine."""
    return frozenset(strength().layers)
