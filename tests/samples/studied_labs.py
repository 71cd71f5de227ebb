"""Small tables with something in them or nothing, and labs that searched them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings

SLOW = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn"})
ROWS = 800


def columns(rng: np.random.Generator, n: int = ROWS) -> pd.DataFrame:
    """Three numbers and a category."""
    frame = pd.DataFrame({f"x{i}": rng.normal(size=n).round(3) for i in range(1, 4)})
    return frame.assign(site=rng.choice(["north", "south", "east"], n))


def sloped(n: int = ROWS) -> pd.DataFrame:
    """A target whose slope on x2 is another in each site."""
    rng = np.random.default_rng(0)
    frame = columns(rng, n)
    slope = frame["site"].map({"north": 2.0, "south": -2.0, "east": 0.0})
    return frame.assign(y=frame["x1"] + slope * frame["x2"] + 0.5 * rng.normal(size=n))


def clean() -> pd.DataFrame:
    """A linear law and noise."""
    rng = np.random.default_rng(0)
    frame = columns(rng)
    return frame.assign(y=frame["x1"] - 0.5 * frame["x2"] + (frame["site"] == "east") + rng.normal(size=ROWS))


def searched(frame: pd.DataFrame, folder: Path, experiments: int = 4, **options: Any) -> Path:
    """A lab of an exact search in this process."""
    frame.to_csv(folder / "table.csv", index=False)
    settings = FitSettings(
        budget=Budget(experiments=experiments), out=str(folder / "table.lab"), without=SLOW,
        **{name: value for name, value in options.items() if name == "vault"},
    )  # fmt: skip
    asked = {name: value for name, value in options.items() if name != "vault"}
    fit(
        str(folder / "table.csv"), TaskOptions(**{"target": "y", **asked}), settings,
        context=RunContext(inline=True),
    )  # fmt: skip
    return folder / "table.lab"
