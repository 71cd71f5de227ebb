"""Labs on small tables, searched once for all tests and copied for those that change them."""

import shutil
from pathlib import Path

import pytest

from samples.studied_labs import clean, searched, sloped


@pytest.fixture(scope="session")
def kept(tmp_path_factory):
    """Paths of labs that nobody changes, by name."""
    made: dict[str, Path] = {}

    def lab_of(name, maker):
        if name not in made:
            made[name] = searched(maker(), tmp_path_factory.mktemp(name))
        return made[name]

    return lab_of


@pytest.fixture
def sloped_lab(kept, tmp_path):
    """A copy of a lab with something to find."""
    return Path(shutil.copytree(kept("sloped", sloped), tmp_path / "table.lab"))


@pytest.fixture
def clean_lab(kept, tmp_path):
    """A copy of a lab with nothing to find."""
    return Path(shutil.copytree(kept("clean", clean), tmp_path / "table.lab"))
