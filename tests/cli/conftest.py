"""Two small labs of one table of orders, for commands that answer and score new rows."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings


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
