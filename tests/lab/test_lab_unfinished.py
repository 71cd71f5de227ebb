"""What a limit cut off is said: by its status, on the board, and of whole families in the summary."""

import re
import shutil
from dataclasses import replace

import pytest

from assay.cli.line_layout import LineLayout, plain
from assay.cli.summary_lines import summary_lines
from assay.core.codec import to_json
from assay.core.experiment import Experiment
from assay.core.fold_scores import FoldScore, FoldScores
from assay.core.result import Failure, Result
from assay.journal.records import EndRecord, SessionRecord
from assay.lab.lab import Lab
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.research.portfolio import entries

LEFT_OUT = ("svm", "extra_trees", "random_forest", "knn", "fm", "gp", "tabm", "gam", "linear")


def fold(number, *, cpu=0.95):
    return FoldScore(
        fold=number, partition=0, score=0.7, ended="converged", rounds=None, rounds_done=None, wall_seconds=1.0,
        cpu_seconds=cpu, peak_bytes=1, model_bytes=1, row_ms=0.1, piece_ms=0.1, predictions="p", model="m",
    )  # fmt: skip


FAILED = Result(
    score=None, folds=FoldScores.of(), oof=None, complete=False, wall_seconds=1.0, cpu_seconds=1.0, peak_bytes=1,
    model_bytes=1, row_ms=0.1, failure=Failure(kind="memory", step="fit", message="too large"),
)  # fmt: skip


@pytest.fixture
def later(finished, here):
    """later(ends=…, cpu=…, fails=…): the lab after a session that came two folds far with the standard booster."""
    shutil.copytree(finished, here / "shop.lab")

    def made(*, ends="time", cpu=0.95, fails=()):
        lab = Lab.open(here / "shop.lab")
        offered = {entry.name: entry for entry in entries(lab.task.facts)}
        number, end = lab.state.next_number, lab.state.end
        lab.close()
        ledger = SqliteLedger.open(here / "shop.lab", create=False, write=True)

        def write(kind, value, experiment=None):
            ledger.append(kind, {"value": to_json(value), "seconds_in": 9.0}, experiment=experiment)

        write("session", SessionRecord(pid=1, seed=0, seconds=5.0, experiments=None, workers=1, versions=(),
                                       without=LEFT_OUT))  # fmt: skip
        for place, name in enumerate(("lgb_std", *fails)):
            one = offered[name]
            write("asked", Experiment(number=number + place, recipe=one.recipe, what=one.what, question="?",
                                      by="portfolio", entry=name), number + place)  # fmt: skip
        for k in (0, 1):
            write("fold", fold(k, cpu=cpu), number)
        for place in range(len(fails)):
            write("result", FAILED, number + 1 + place)
        if ends:
            write("end", replace(end, stopped_by=ends) if end else EndRecord(
                stopped_by=ends, expect=None, search=None, optimism=None, gain=None, learned=""))  # fmt: skip
        ledger.close()
        return Lab.open(here / "shop.lab"), number

    return made


def not_done(lab, columns=100):
    lines = [plain(spans).strip() for spans in summary_lines(LineLayout(columns), lab.summary())]
    return [line.removeprefix("not done").strip() for line in lines if line.startswith("not done")]


@pytest.mark.parametrize(
    ("ends", "why"),
    [("time", "cut off by the limit"), ("interrupt", "cut off when the search was stopped"),
     ("", "cut off when its process ended")],
)  # fmt: skip
def test_an_experiment_without_an_end_is_not_running_when_nobody_works_on_it(later, ends, why):
    lab, number = later(ends=ends)
    record = lab.record(number)
    assert (record.status, record.verdict_why) == ("not ended", why)
    (left,) = lab.board().unranked
    assert (left.number, left.reason) == (number, "not ended")
    assert left.detail == f"{why}, 2 of {lab.task.n_folds} folds done"
    assert (lab.status().unfinished, lab.status().running) == (1, ())


def test_a_later_session_takes_it_up_again(later, run, here):
    _, number = later()
    run(experiments=4)
    assert Lab.open(here / "shop.lab").record(number).status in ("kept", "dropped")


def test_the_summary_names_the_baseline_and_the_families_without_a_score_and_why(later):
    (said,) = not_done(later()[0])
    assert said.startswith("standard LightGBM (2 of 5 folds); catboost")
    assert said.endswith("(not begun): out of time")


def test_a_busy_machine_is_named_where_the_fits_waited_for_it(later):
    (said,) = not_done(later(cpu=0.4)[0], 160)
    assert re.search(r"\(not begun\): out of time, the machine was busy \(fits had [34]\d % of a core\)$", said)


def test_a_family_that_failed_is_not_called_out_of_time(later):
    lab, _ = later(fails=("xgb_std",))
    assert [(one.family, one.why) for one in lab.summary().unfinished][-1] != ("xgboost", "not begun")
    assert ("xgboost", "failed") in [(one.family, one.why) for one in lab.summary().unfinished]


def test_what_a_budget_of_experiments_left_out_is_not_said(finished):
    assert not_done(Lab.open(finished)) == []


@pytest.mark.parametrize("columns", [60, 80, 100, 120])
def test_the_line_is_one_line_and_never_wider_than_the_terminal(later, columns):
    lab, _ = later(cpu=0.4, fails=("xgb_std",))
    lines = [plain(spans).rstrip() for spans in summary_lines(LineLayout(columns), lab.summary())]
    assert [line for line in lines if len(line) > columns and "/" not in line] == []  # paths are not cut
    assert columns < 80 or len(not_done(lab, columns)) == 1
