"""A small task, quick to fit in this process, and what is needed to run it and look at what was recorded."""

import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.models import registry as models
from assay.search.settings import FitSettings
from lab.sessions_by_hand import SLOW, After, tell

TIMES = frozenset(
    {
        "wall_seconds",
        "cpu_seconds",
        "seconds_in",
        "seconds",
        "measured_ms",
        "peak_bytes",
        "utilisation",
        "pid",
        "copy",
        "files",
    }
)


def shop(n: int = 150, seed: int = 0) -> pd.DataFrame:
    """Two numbers, a category and an outcome that follows them."""
    rng = np.random.default_rng(seed)
    age, city = rng.normal(40, 9, n).round(1), rng.choice(["Köln", "Bonn", "Ulm"], n)
    bought = rng.random(n) < 1 / (1 + np.exp(-(age - 40) / 6 - (city == "Ulm")))
    return pd.DataFrame({
        "age": age, "city": city, "noise": rng.normal(size=n), "bought": np.where(bought, "yes", "no")
    })  # fmt: skip


@pytest.fixture
def frame() -> pd.DataFrame:
    return shop()


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The working folder, with shop.csv in it."""
    monkeypatch.chdir(tmp_path)
    shop().to_csv("shop.csv", index=False)
    return tmp_path


@pytest.fixture
def big(here):
    """The working folder, with a shop.csv that a vault can be set aside of."""
    rng = np.random.default_rng(1)
    n = 420
    age, city = rng.normal(40, 9, n).round(1), rng.choice(["Köln", "Bonn", "Ulm"], n)
    bought = rng.random(n) < 1 / (1 + np.exp(-(age - 40) / 5 - (city == "Ulm")))
    pd.DataFrame({
        "age": age, "city": city, "noise": rng.normal(size=n), "bought": np.where(bought, "yes", "no")
    }).to_csv("shop.csv", index=False)  # fmt: skip
    return here


@pytest.fixture
def run(here) -> Callable[..., object]:
    """run(source="shop.csv", experiments=4, options of the task and the settings): the summary of a fit inline."""
    of_task = set(TaskOptions.__dataclass_fields__)
    of_call = set(RunContext.__dataclass_fields__)

    def once(source="shop.csv", experiments=4, *, seconds=None, metric=None, **options):
        budget = Budget(experiments=experiments) if seconds is None else Budget(seconds=seconds)
        asked = {name: value for name, value in options.items() if name in of_task}
        context = {name: value for name, value in options.items() if name in of_call}
        rest = {name: value for name, value in options.items() if name not in of_task | of_call}
        return fit(
            source, TaskOptions(**{"target": "bought", "metric": metric, **asked}),
            FitSettings(**{"budget": budget, "out": "shop.lab", "without": SLOW, **rest}),
            context=RunContext(**{"inline": True, "write_brief": False, **context}),
        )  # fmt: skip

    return once


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    """(folder, summaries by what was asked) of the labs that `made` copies from."""
    return tmp_path_factory.mktemp("shelf"), {}


@pytest.fixture
def made(run, here, shelf) -> Callable[..., object]:
    """made(as run): as run, into shop.lab; what was asked before in this process is not fitted again but copied.

    The copy was made from another file of the same rows: the same call again reads them, where a lab of `run` need not.
    """
    folder, summaries = shelf

    def once(source="shop.csv", experiments=4, **options):
        rows = Path(source).read_text() if isinstance(source, str) else source.to_csv()
        asked = repr((rows, experiments, sorted(options.items())))
        kept = folder / hashlib.sha256(asked.encode()).hexdigest()
        if asked in summaries:
            shutil.copytree(kept, "shop.lab")
        else:
            summaries[asked] = run(source, experiments, **options)
            shutil.copytree("shop.lab", kept)
        return summaries[asked]

    return once


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A lab of two experiments on shop.csv, to be copied."""
    folder = tmp_path_factory.mktemp("finished")
    shop().to_csv(folder / "shop.csv", index=False)
    settings = FitSettings(budget=Budget(experiments=2), out=str(folder / "shop.lab"), without=SLOW)
    fit(
        str(folder / "shop.csv"),
        TaskOptions(target="bought"),
        settings,
        context=RunContext(inline=True, write_brief=False),
    )
    return folder / "shop.lab"


def without_times(value):
    """A record's body without what a clock or a meter gave."""
    if isinstance(value, dict):
        return {name: without_times(item) for name, item in value.items() if name not in TIMES}
    return [without_times(item) for item in value] if isinstance(value, list) else value


@pytest.fixture
def story():
    """story(path): everything a lab recorded, but for times."""

    def read(path):
        lab = Lab.open(path)
        try:
            return [(record.kind, record.experiment, without_times(record.body)) for record in lab.ledger.records()]
        finally:
            lab.close()

    return read


@pytest.fixture
def cut_ledger():
    """cut_ledger(lab's folder, number): as if the process had been killed right after that record."""

    def cut(path, kept):
        connection = sqlite3.connect(path / "ledger.sqlite")
        for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f"drop trigger {name}")
        connection.execute("delete from record where number > ?", (kept,))
        connection.commit()
        connection.close()

    return cut


@pytest.fixture(scope="session")
def long_lab(tmp_path_factory):
    """A lab of 22 experiments with a hint in between, in which a set of columns was kept; to be read, or copied."""
    folder = tmp_path_factory.mktemp("long")
    X = np.random.default_rng(0).normal(size=(500, 4)).round(3)
    sold = X[:, 0] * X[:, 1] + 0.3 * X[:, 2] + np.random.default_rng(1).normal(0, 0.3, 500)
    table = pd.DataFrame(X, columns=list("abcd")).assign(sold=sold.round(4))
    table.to_csv(folder / "long.csv", index=False)
    out = folder / "long.lab"
    fit(
        str(folder / "long.csv"), TaskOptions(target="sold"),
        FitSettings(
            budget=Budget(experiments=22), out=str(out), without=frozenset(models.names()) - {"constant", "linear"},
            researchers=("ablate", "portfolio", "features_kept"),
        ),
        context=RunContext(inline=True, listener=After({8: lambda: tell("say", out, text="try the ratio of a and d")})),
    )  # fmt: skip
    return out
