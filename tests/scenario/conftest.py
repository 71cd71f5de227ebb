"""Working folders, and test models that other processes find as a plug-in."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

MODELS = '''
"""Models that misbehave: `t_<behaviour>` for each behaviour named in the environment variable TEST_MODELS."""

import errno
import math
import os
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.effort import Effort
from assay.core.contract import State
from assay.core.recipe import Entry, Recipe, Step
from assay.core.result import Cost
from assay.core.space import Float, Space
from assay.core.traits import ModelTraits
from assay.models import register


@dataclass(frozen=True)
class Answer:
    name: str
    n_classes: int
    value: float
    rounds = None
    rounds_done = None
    ended = "converged"

    def predict(self, table, *, rounds=None):
        shape = (table.n_rows, self.n_classes) if self.n_classes else table.n_rows
        return np.full(shape, self.value)

    def effort(self, *, rounds=None):
        return Effort(calls=2)

    def state(self):
        return State(self.name, {"k": self.n_classes, "v": self.value})


def fine(model, view):
    return Answer(model.name, view.target("train").n_classes, 0.5)


def raises(model, view):
    raise ValueError(f"variant {model.variant} is no good")


def lacks(model, view):
    raise MemoryError("1 TB")


def full(model, view):
    if os.path.exists("disk-is-full"):
        raise OSError(errno.ENOSPC, "No space left on device")
    return fine(model, view)


def nan(model, view):
    return Answer(model.name, view.target("train").n_classes, math.nan)


def hangs(model, view):
    while True:
        pass


def dies(model, view):
    os._exit(9)


def later(model, view):
    """Fine with its first settings only."""
    if model.rate != 0.5:
        raise ValueError("only 0.5 will do")
    return fine(model, view)


def last(model, view):
    """All folds fail but the one of the first row."""
    if view.test_rows[0]:
        raise ValueError(f"row {view.test_rows[0]}")
    return fine(model, view)


def family(behaviour):
    name = f"t_{behaviour.__name__}"
    @dataclass(frozen=True)
    class Model:
        name: ClassVar[str] = f"t_{behaviour.__name__}"
        traits: ClassVar[ModelTraits] = ModelTraits()

        variant: int = 0
        rate: float = 0.5

        @classmethod
        def space(cls, facts):
            return Space.of(rate=Float(0.1, 1.0)) if behaviour is later else Space()

        @classmethod
        def portfolio(cls, facts):
            recipes = [Recipe(model=Step.of(name, variant=i)) for i in range(1 if behaviour is later else 4)]
            return [Entry(name=f"{name}_{i}", what=f"{name} {i}", recipe=one) for i, one in enumerate(recipes)]

        def fit(self, view, *, limits, seeds, rounds=None):
            return behaviour(self, view)

        def cost(self, facts):
            return Cost(setup_seconds=0.01)

        @classmethod
        def restore(cls, state):
            return Answer(state.name, state.meta["k"], state.meta["v"])

    Model.__qualname__ = name
    register(name)(Model)


for behaviour in (fine, raises, lacks, full, nan, hangs, dies, later, last):
    if behaviour.__name__ in os.environ.get("TEST_MODELS", "").split():
        family(behaviour)
'''


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder; labs made in it are not remembered."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSAY_HISTORY", "off")
    return tmp_path


def install_models(folder: Path) -> None:
    """A package with an entry point, as pip would leave it."""
    (folder / "assay_test_models.py").write_text(MODELS)
    info = folder / "assay_test_models-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: assay-test-models\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[assay.models]\ntest = assay_test_models\n")


Script = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def script(here: Path, tmp_path_factory: pytest.TempPathFactory) -> Script:
    """script(text, models="raises dies"): run it as a program in the working folder, with these test models."""
    plug_in = tmp_path_factory.mktemp("plug_in")
    install_models(plug_in)

    def run(text: str, *, models: str = "", seconds: float = 300.0) -> subprocess.CompletedProcess[str]:
        (here / "program.py").write_text(text)
        paths = [str(plug_in), *filter(None, [os.environ.get("PYTHONPATH")])]
        known = {**os.environ, "TEST_MODELS": models, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
        return subprocess.run(
            [sys.executable, "program.py"], env=known, capture_output=True, text=True, timeout=seconds, check=False
        )

    return run
