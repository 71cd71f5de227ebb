"""A tiny lab, made in a second, so that documents and folders can be shown as they are."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.run_context import RunContext
from assay.lab.fit import fit
from assay.search.settings import FitSettings


@contextmanager
def sample_lab() -> Iterator[Path]:
    """A folder with orders.lab, past.csv, its rows, and orders.csv, the same without the target."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"weight": rng.normal(size=200), "city": rng.choice(["Bern", "Oslo", "Riga"], 200)})
    table["late"] = np.where(table["weight"] + (table["city"] == "Oslo") + rng.normal(size=200) > 0.5, "yes", "no")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        settings = FitSettings(budget=Budget(experiments=3), out=str(place / "orders.lab"))
        fit(table, TaskOptions(target="late"), settings, context=RunContext(inline=True))
        table.to_csv(place / "past.csv", index=False)
        table.drop(columns="late").to_csv(place / "orders.csv", index=False)
        yield place
