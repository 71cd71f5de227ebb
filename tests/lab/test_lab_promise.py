"""What a lab promises is never more than it measured, and never sure beyond its rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.fit import Call, fit
from assay.lab.settings import FitSettings


def table(seed: int, n: int, *, perfect: bool) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n), "c": rng.choice(["x", "y", "z"], n)})
    noise = 0.0 if perfect else 2.0
    frame["y"] = np.where(frame["a"] + noise * rng.normal(size=n) > 0, "yes", "no")
    return frame


@pytest.mark.parametrize("seed", range(3))
def test_the_promise_is_at_most_the_search_score(seed: int, tmp_path: Path) -> None:
    settings = FitSettings(budget=Budget(experiments=5), out=str(tmp_path / "a.lab"), without=frozenset({"catboost"}))
    summary = fit(table(seed, 120, perfect=False), TaskOptions(target="y"), settings, call=Call(inline=True))
    assert summary.expect is not None
    assert summary.search is not None
    assert summary.expect.value <= summary.search.value
    assert (summary.optimism or 0.0) >= 0.0


def test_a_perfect_score_on_few_rows_has_an_interval(tmp_path: Path) -> None:
    settings = FitSettings(budget=Budget(experiments=4), out=str(tmp_path / "a.lab"), without=frozenset({"catboost"}))
    summary = fit(table(0, 80, perfect=True), TaskOptions(target="y"), settings, call=Call(inline=True))
    assert summary.expect is not None
    if summary.expect.value == 1.0:
        assert summary.expect.low is not None
        assert summary.expect.low < 0.99
