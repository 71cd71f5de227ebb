"""What a lab promises is never more than it measured, and never sure beyond its rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget, SystemClock
from assay.core.views import telling_rows
from assay.data.options import TaskOptions
from assay.ensemble.candidate import BlendLimits
from assay.journal.journal import Journal
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.search.result_recorder import ResultRecorder
from assay.search.settings import FitSettings
from assay.views.board import board


def table(seed: int, n: int, *, perfect: bool) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n), "c": rng.choice(["x", "y", "z"], n)})
    noise = 0.0 if perfect else 2.0
    frame["y"] = np.where(frame["a"] + noise * rng.normal(size=n) > 0, "yes", "no")
    return frame


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_promise_is_at_most_the_search_score(seed: int, tmp_path: Path) -> None:
    settings = FitSettings(budget=Budget(experiments=5), out=str(tmp_path / "a.lab"), without=frozenset({"catboost"}))
    summary = fit(
        table(seed, 120, perfect=False),
        TaskOptions(target="y"),
        settings,
        context=RunContext(inline=True, write_brief=False),
    )
    assert summary.expect is not None
    assert summary.search is not None
    assert summary.expect.value <= summary.search.value
    assert (summary.optimism or 0.0) >= 0.0


def test_a_perfect_score_on_few_rows_has_an_interval(tmp_path: Path) -> None:
    settings = FitSettings(budget=Budget(experiments=4), out=str(tmp_path / "a.lab"), without=frozenset({"catboost"}))
    summary = fit(
        table(0, 80, perfect=True),
        TaskOptions(target="y"),
        settings,
        context=RunContext(inline=True, write_brief=False),
    )
    assert summary.expect is not None
    if summary.expect.value == 1.0:
        assert summary.expect.low is not None
        assert summary.expect.low < 0.99


def test_of_heavy_tails_the_gain_is_that_of_the_board_less_the_optimism_of_choosing(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal(size=(200, 3)), columns=["a", "b", "c"])
    frame["y"] = rng.standard_t(2, 200)
    settings = FitSettings(budget=Budget(experiments=5), out=str(tmp_path / "a.lab"), without=frozenset({"catboost"}))
    options = TaskOptions(target="y", metric="rmse")
    summary = fit(frame, options, settings, context=RunContext(inline=True, write_brief=False))
    lab = Lab.open(tmp_path / "a.lab")
    on_board = next(row.score.value for row in lab.board().rows if row.is_baseline)
    is_same = lab.audit().ok
    lab.close()
    assert is_same
    assert summary.expect is not None
    assert summary.search is not None
    assert summary.gain is not None
    assert summary.optimism is not None
    assert summary.gain.value == pytest.approx(on_board - summary.search.value - summary.optimism)
    assert summary.expect.value + summary.gain.value == pytest.approx(on_board)
    assert summary.gain.low is not None
    assert summary.gain.high is not None
    assert summary.gain.low < 0 < summary.gain.high
    assert summary.gain.origin == summary.expect.origin == "corrected"
    assert "on the same rows out of bag" in summary.gain.method


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A product of columns that trees see and a straight line does not, and room for the line alone."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(600, 3)), columns=["a", "b", "c"])
    frame["y"] = np.where(frame["a"] * frame["b"] + 0.5 * frame["c"] + 0.7 * rng.normal(size=600) > 0, "yes", "no")
    path = tmp_path_factory.mktemp("small") / "a.lab"
    settings = FitSettings(
        budget=Budget(experiments=5), out=str(path), without=frozenset({"catboost"}), max_size_bytes=3500
    )
    fit(frame, TaskOptions(target="y"), settings, context=RunContext(inline=True, write_brief=False))
    return Lab.open(path)


def test_what_is_too_large_to_ship_lends_its_score_to_no_figure(small: Lab) -> None:
    end = small.state.end
    assert end is not None
    assert end.expect is not None
    assert end.gain is not None
    rows = small.board().rows
    shipped, baseline = rows[-3], next(row for row in rows if row.is_baseline)
    assert shipped.family == "linear"
    assert baseline.score.value > shipped.score.value + 0.05  # the trees, which would not go into 3,500 bytes
    assert end.expect.low is not None
    assert end.expect.high is not None
    assert end.expect.low <= shipped.score.value <= end.expect.high
    assert end.gain.value < -0.05
    assert end.expect.value - end.gain.value == pytest.approx(baseline.score.value, abs=0.03)  # both on one footing
    assert small.audit().ok


def test_a_short_board_has_the_rows_of_the_long_one(small: Lab) -> None:
    whole, short, top = small.board(), small.board(every=False), board(small, at_most=3)
    told = telling_rows([(row.family, row.is_baseline) for row in whole.rows])
    assert short.rows == tuple(whole.rows[place] for place in told)
    assert (top.rows, top.left_out) == (whole.rows[:3], len(whole.rows) - 3)


def test_a_board_tells_the_first_five_the_baseline_and_the_best_of_each_further_family() -> None:
    rows = [*[("linear", False)] * 7, ("lightgbm", False), ("lightgbm", True), ("lightgbm", False), ("rule", False)]
    assert telling_rows(rows) == (0, 1, 2, 3, 4, 7, 8, 10)
    assert telling_rows(rows[:2]) == (0, 1)


def test_recipes_whose_models_were_deleted_stay_among_those_a_figure_is_corrected_for(small: Lab) -> None:
    clock = SystemClock()
    journal = Journal.start(small.ledger, small.state, clock, started=clock.now())

    def begun() -> ResultRecorder:
        return ResultRecorder.resume(
            small.folder, journal, small.scorer, limits=BlendLimits(), on_scored=lambda event: None
        )

    before = {one.number for one in begun().candidates()}
    gone = max(before)
    for file in small.folder.work.glob(f"{gone}-p0-f*.state"):
        file.unlink()
    recorder = begun()
    assert {one.number for one in recorder.candidates()} == before - {gone}
    assert {one.number for one in recorder.tried()} == before


def test_a_metric_that_leaves_rows_out_is_not_undone_by_a_fold_with_more_of_them(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(400, 2)), columns=["a", "b"])
    frame["y"] = np.exp(1 + 0.5 * frame["a"] + 0.3 * rng.normal(size=400))
    frame.loc[rng.permutation(400)[:18], "y"] = 0.0  # 4.5 % of the table, more in some folds
    settings = FitSettings(budget=Budget(experiments=3), out=str(tmp_path / "a.lab"))
    summary = fit(
        frame, TaskOptions(target="y", metric="mape"), settings, context=RunContext(inline=True, write_brief=False)
    )
    assert summary.failed == 0
    assert summary.expect is not None
