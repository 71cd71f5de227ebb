"""The labs that are tampered with: small, whole, each made once by the code as it is."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings

SLOW = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn"})
PLAIN, VAULT, AGAIN = "plain", "vault", "again"
"""No vault; a vault, opened once; searched again after a figure was shown, so not certified."""


def table(n: int = 600, seed: int = 0) -> dict[str, object]:
    """Two numbers and a category; the outcome follows the first and the last."""
    rng = np.random.default_rng(seed)
    age, city = rng.normal(40, 9, n).round(2), rng.choice(["Köln", "Bonn", "Ulm"], n)
    bought = rng.random(n) < 1 / (1 + np.exp(-(age - 40) / 6 - 2 * (city == "Ulm")))
    return {"age": age, "city": city, "noise": rng.normal(size=n).round(3), "bought": np.where(bought, "yes", "no")}


SEARCHES: Mapping[str, tuple[dict[str, object], ...]] = {
    PLAIN: ({},),
    VAULT: ({"vault": 0.25},),
    AGAIN: ({}, {"experiments": 5, "preset": "fast"}),
}
"""What each lab is searched with, one after another."""


def make(kind: str, path: Path, *, write_brief: bool = True) -> None:
    """The lab of that kind, in this process."""
    for wishes in SEARCHES[kind]:
        search(path, write_brief=write_brief, **wishes)  # type: ignore[arg-type]  # as SEARCHES names them


def search(path: Path, *, experiments: int = 4, write_brief: bool = True, **settings: object) -> None:
    """One search of the table of all these labs, or the same again."""
    fit(
        table(), TaskOptions(target="bought"),
        FitSettings(budget=Budget(experiments=experiments), out=str(path), without=SLOW, **settings),  # type: ignore[arg-type]  # as the caller names them
        context=RunContext(inline=True, write_brief=write_brief),
    )  # fmt: skip
