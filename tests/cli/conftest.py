"""Small labs of one table of orders, for commands that answer and score new rows, and that steer and go on."""

import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.cli.main import main
from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings

SLOW = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn"})
"""Families that small tables need not wait for."""


def _orders(n: int, seed: int, *, noise: float = 1.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"weight": rng.normal(size=n).round(4), "city": rng.choice(["Bern", "Oslo", "Riga"], n)})
    signal = 1.5 * table["weight"] + (table["city"] == "Oslo") + noise * rng.normal(size=n)
    return table.assign(late=np.where(signal > 0.5, "yes", "no"), price=(10 + signal).round(5))


@pytest.fixture(scope="session")
def orders() -> Callable[..., pd.DataFrame]:
    """orders(n, seed, noise=1.0): a weight, a city, whether an order was late, and its price."""
    return _orders


@pytest.fixture(scope="session")
def order_labs() -> Callable[..., Path]:
    """order_labs(folder, experiments): late.lab of two classes and price.lab of numbers, from the same 400 rows."""

    def made(folder: Path, experiments: int) -> Path:
        table = _orders(400, 0)
        for target, other in (("late", "price"), ("price", "late")):
            settings = FitSettings(budget=Budget(experiments=experiments), out=str(folder / f"{target}.lab"))
            options = TaskOptions(target=target, drop=(other,))
            fit(table, options, settings, context=RunContext(inline=True, write_brief=False))
        return folder

    return made


@pytest.fixture(scope="session")
def kept(tmp_path_factory, orders) -> Path:
    """A lab of three experiments on weight and city, to be copied."""
    folder = tmp_path_factory.mktemp("steer")
    orders(150, 0).drop(columns="price").to_csv(folder / "post.csv", index=False)
    settings = FitSettings(budget=Budget(experiments=3), out=str(folder / "post.lab"), without=SLOW)
    context = RunContext(inline=True, write_brief=False)
    fit(str(folder / "post.csv"), TaskOptions(target="late"), settings, context=context)
    return folder / "post.lab"


@pytest.fixture
def post(alone, kept, tmp_path) -> Path:
    """post.lab in the folder that one is in."""
    return Path(shutil.copytree(kept, tmp_path / "post.lab"))


@pytest.fixture
def say(capsys, monkeypatch) -> Callable[..., str]:
    """say("hint", …, code=2): both outputs of a command that ends so; stdin= is what is piped into it."""

    def said(*words, code=0, stdin=None):
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        monkeypatch.setattr(sys, "argv", ["assay", *words])
        capsys.readouterr()
        ended = main([*words, "--width", "200"])
        told = capsys.readouterr()
        assert ended == code, told.out + told.err
        assert "Traceback" not in told.out + told.err
        assert "Errno" not in told.out + told.err
        assert ".." not in told.out + told.err
        if code == 2 and told.err.startswith("error"):
            assert not told.out
        return told.out + told.err

    return said


@pytest.fixture
def document(say, capsys) -> Callable[..., dict]:
    """The JSON document of a command."""
    return lambda *words, **how: json.loads(say(*words, "--json", "-q", **how))
