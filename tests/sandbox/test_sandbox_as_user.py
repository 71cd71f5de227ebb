"""The sandbox of a user who is not root: the tests are run by root in containers, and by users elsewhere."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay.sandbox.guest_start import readable_folders
from assay.sandbox.layers import BARRIERS, LAYERS
from assay.sandbox.process_limits import NOBODY, is_readable_by_all

VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
READY = "import numpy, pandas, pytest, sys; assert sys.version_info[:2] == {}"


def environment() -> dict[str, str]:
    """What finds the packages, but not Python's own modules, which are another Python's."""
    path = [entry for entry in sys.path if "site-packages" in entry or "src" in Path(entry).parts]
    return {"PYTHONPATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.defpath}


def python_for_all() -> str:
    """This Python, or one like it, that any user can start."""
    found = [sys.executable] if is_readable_by_all(readable_folders()) else []
    for python in (*found, f"/usr/bin/{VERSION}", f"/usr/local/bin/{VERSION}"):
        try:
            done = as_nobody([python, "-c", READY.format(tuple(sys.version_info[:2]))])
        except OSError:
            continue
        if not done.returncode:
            return python
    pytest.skip("no Python that any user can start has the packages")


def as_nobody(command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, cwd="/", env=environment(),
        user=NOBODY, group=NOBODY, extra_groups=[],
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="the other tests are a user's already")
def test_the_layers_of_a_user_hold_what_those_of_root_do():
    done = as_nobody([python_for_all(), str(Path(__file__).parent / "attacks_as_user.py")])
    assert done.returncode == 0, done.stderr[-2_000:]
    layers, holds, harm, n_attacks = json.loads(done.stdout.splitlines()[-1])
    if set(layers) != set(LAYERS):
        pytest.skip(f"a user of this machine has only {', '.join(layers)}")
    assert (set(holds), harm) == (set(BARRIERS), {})
    assert n_attacks > 100
