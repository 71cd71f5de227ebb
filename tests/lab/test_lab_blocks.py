"""Where rows are in order of time, neighbours are one unit of every statistic of a lab."""

import numpy as np
import pandas as pd
import pytest

from assay.cli.line_layout import LineLayout
from assay.cli.summary_lines import summary_lines
from assay.core.array import Index
from assay.core.problem.regression import Regression
from assay.lab.lab import Lab
from assay.predictor.predictor import Predictor
from assay.predictor.row_scores import score_rows
from assay.search.scorer import Scorer


def drifting(n: int = 1200) -> pd.DataFrame:
    """A number that follows x, and an error that is nearly that of the hour before."""
    rng = np.random.default_rng(0)
    x, error = rng.normal(size=n), np.zeros(n)
    for hour in range(1, n):
        error[hour] = 0.97 * error[hour - 1] + 0.25 * rng.normal()
    return pd.DataFrame({"hour": np.arange(n) * 3.5, "x": x, "unit": np.arange(n) % 60, "wear": 4.0 * x + error})


def units_of(path: object) -> tuple[Lab, Index | None]:
    lab = Lab.open(path)
    return lab, lab.scorer.rows.groups


def width(figure) -> float:
    return figure.high - figure.low


def test_neighbours_in_time_are_units_of_the_promise_and_it_is_less_sure(run, here) -> None:
    summary = run(drifting(), experiments=3, target="wear", order_by="hour", drop=("unit",))
    lab, units = units_of(here / "shop.lab")
    try:
        assert units is not None
        assert len(np.unique(units)) == len(units) // 11 + 1  # ⌈1200^⅓⌉ = 11 rows each
        prediction = lab.oof(lab.state.model.blend.numbers[0])
        by_row = Scorer(lab.folder, lab.metric, lab.scorer.rows.__class__(
            y=lab.scorer.rows.y, problem=Regression(), folds=lab.scorer.rows.folds))  # fmt: skip
        assert width(lab.scorer.quick_figure(prediction)) > 1.8 * width(by_row.quick_figure(prediction))
        assert width(summary.expect) > 1.8 * width(by_row.figure(prediction))
        assert summary.expect.ahead == 144  # rows of a block, behind the first 40 %
        assert len(summary.blocks.scores) == 5
        assert summary.expect.method.startswith("random effects over 5 blocks of time, for a next one of 144 rows")
        assert "blocks of time" in lab.difference(1, 3).method
        weight, split = lab.folder.chosen_by.weight, lab.folder.split
        assert [weight[split.held(block)].mean() for block in range(5)] == pytest.approx(
            [0.7**age for age in range(4, -1, -1)]
        )
        assert lab.audit().ok
    finally:
        lab.close()


def test_a_lab_made_before_blocks_keeps_rows_as_units(run, here) -> None:
    run(drifting(300), experiments=3, target="wear", order_by="hour", drop=("unit",))
    (here / "shop.lab" / "data" / "blocks.npy").unlink()
    lab, units = units_of(here / "shop.lab")
    lab.close()
    assert units is None


@pytest.mark.parametrize("options", [{}, {"order_by": "hour", "group": "unit"}])
def test_other_splits_and_groups_have_no_blocks(options, run, here) -> None:
    run(drifting(300), experiments=3, target="wear", **options)
    assert not (here / "shop.lab" / "data" / "blocks.npy").exists()


def test_fewer_than_three_blocks_are_cut_into_stretches_that_tell_how_the_next_may_differ(run, here) -> None:
    summary = run(drifting(), experiments=3, target="wear", order_by="hour", drop=("unit",), n_folds=2)
    assert summary.task.n_folds == 2
    assert len(summary.blocks.scores) == 6
    assert sum(summary.blocks.rows) == 720
    assert summary.expect.ahead == 120
    assert not [notice for notice in summary.warnings if notice.code == "evidence/rows-only"]
    lab = Lab.open(here / "shop.lab")
    try:
        assert lab.audit().ok
    finally:
        lab.close()


def rare(n: int, places: list[int]) -> pd.DataFrame:
    """Twelve rare rows in each tenth named, none in the others."""
    rng = np.random.default_rng(1)
    y = np.zeros(n, dtype=int)
    for place in places:
        y[place * n // 10 + np.arange(12) * 7] = 1
    return pd.DataFrame({"hour": np.arange(n), "x": rng.normal(size=n) + y, "wear": np.where(y == 1, "worn", "sound")})


def test_blocks_that_cannot_be_scored_are_named(run) -> None:
    summary = run(rare(1500, [0, 1, 2, 4, 6, 9]), experiments=3, target="wear", order_by="hour", metric="roc_auc")
    assert summary.blocks.unscored == (3, 4)
    text = "\n".join("".join(span.text for span in line) for line in summary_lines(LineLayout(columns=200), summary))
    assert "blocks 3, 4 not scored: too few rows, or of a class" in text


@pytest.mark.slow
def test_where_too_few_stretches_can_be_scored_the_promise_says_that_it_is_of_these_rows(run, here) -> None:
    summary = run(rare(1500, [0, 1, 2, 4, 9]), experiments=3, target="wear", order_by="hour", metric="roc_auc")
    assert summary.blocks is None
    told = [notice for notice in summary.warnings if notice.code == "evidence/rows-only"]
    assert len(told) == 1
    assert "2 of 5 stretches of time could be scored, and it takes 3" in told[0].message
    assert "how later stretches differ cannot be known; the interval is of these rows only" in told[0].message
    text = "\n".join("".join(span.text for span in line) for line in summary_lines(LineLayout(columns=200), summary))
    assert "  blocks   2 of 5 stretches of time could be scored" in text
    lab = Lab.open(here / "shop.lab")
    try:
        assert lab.audit().ok
    finally:
        lab.close()


def jumping(n: int = 600) -> pd.DataFrame:
    """A level that changes without a law that its past could tell."""
    rng = np.random.default_rng(0)
    level = np.repeat([0.0, 2.0, 1.0, 60.0, 61.0, -20.0, -21.0, 30.0, 30.5, 31.0], n // 10)
    x = rng.normal(size=n)
    return pd.DataFrame({"hour": np.arange(n), "x": x, "wear": level + x + rng.normal(size=n)})


def test_a_promise_that_spans_everything_is_none_and_score_holds_nothing_against_it(run, here) -> None:
    summary = run(jumping(), experiments=3, target="wear", order_by="hour", write_brief=True)
    assert summary.expect is None
    assert len(summary.blocks.scores) == 5
    text = "\n".join("".join(span.text for span in line) for line in summary_lines(LineLayout(columns=300), summary))
    assert "expect   –   this file cannot tell how later rows will do: its stretches of time differ so much" in text
    assert "evidence/no-promise" in {notice.code for notice in summary.warnings}
    brief = (here / "shop.lab" / "brief.md").read_text()
    assert "How well it predicts wear on later rows this file cannot tell" in brief
    predictor = Predictor.load(here / "shop.lab")
    assert predictor.expected is None
    found = score_rows(predictor.passport, predictor.stored, jumping().tail(100), name="later")
    assert found.promised is None
    assert found.kept is None
    lab = Lab.open(here / "shop.lab")
    try:
        assert lab.audit().ok
    finally:
        lab.close()


def rising(n: int = 600) -> pd.DataFrame:
    """A level that rises faster and faster: a line through what is known leaves it the further the longer."""
    rng = np.random.default_rng(0)
    x, time = rng.normal(size=n), np.linspace(0.0, 1.0, n)
    return pd.DataFrame({"hour": np.arange(n), "x": x, "wear": 20.0 * time**2 + 12.0 * x + rng.normal(size=n)})


def test_models_that_answer_worse_the_further_ahead_rows_are_leave_no_promise(run, here) -> None:
    summary = run(rising(), experiments=3, target="wear", order_by="hour", write_brief=True)
    assert summary.expect is None
    near, *behind = summary.unknown_next_period.further
    assert len(behind) == 3
    assert sorted([near, *behind]) == [near, *behind]
    text = "\n".join("".join(span.text for span in line) for line in summary_lines(LineLayout(columns=400), summary))
    assert "expect   –   this file cannot tell how later rows will do, as it answers worse the further ahead" in text
    assert "tell nothing of the next" not in text
    assert "evidence/no-promise" in {notice.code for notice in summary.warnings}
    assert "as it answers worse the further ahead they are" in (here / "shop.lab" / "brief.md").read_text()
    predictor = Predictor.load(here / "shop.lab")
    assert score_rows(predictor.passport, predictor.stored, rising().tail(100), name="later").kept is None
    lab = Lab.open(here / "shop.lab")
    try:
        assert lab.audit().ok
        assert [len(scores) for scores in lab.state.end.further] == [5, 4, 3, 2, 1]
    finally:
        lab.close()


def test_stretches_that_differ_in_nothing_keep_the_promise(run, here) -> None:
    summary = run(rising().assign(wear=rising()["x"] + jumping()["x"]), experiments=3, target="wear", order_by="hour")
    assert summary.expect is not None
    assert summary.unknown_next_period is None
