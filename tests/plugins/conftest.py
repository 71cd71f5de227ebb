"""Packages that other processes find by their entry points, as pip would leave them."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[2] / "docs" / "howto"

Program = Callable[[str], str]
Install = Callable[[str, str], Program]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """install(group, text): a package of one module with an entry point of that group.

    Gives run(program): what a program prints that runs in `tmp_path`, in a process of its own, with that package
    installed.
    """

    def write(group: str, text: str) -> Program:
        name = "plugged_" + group.removeprefix("assay.")
        folder = tmp_path / "site" / name
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (folder / f"{name}.py").write_text(text)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {name}\n")
        return lambda program: run(program, tmp_path, folder)

    return write


@pytest.fixture
def bare(tmp_path: Path) -> Program:
    """The same where no package of a test is installed."""
    return lambda program: run(program, tmp_path)


def run(program: str, here: Path, *folders: Path) -> str:
    """What a program prints; AssertionError with its errors if it fails."""
    (here / "program.py").write_text(program)
    paths = [*map(str, folders), *filter(None, [os.environ.get("PYTHONPATH")])]
    known = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "ASSAY_HISTORY": "off", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=here, env=known, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def first_block() -> Callable[[str], str]:
    """first_block(page): the file that a page tells to write, its first block of Python."""

    def read(page: str) -> str:
        found = re.search(r"```python\n(.*?)```", (PAGES / page).read_text(), re.DOTALL)
        assert found is not None
        return found[1]

    return read
