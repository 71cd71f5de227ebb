"""A column that seems to know the answer is kept and said; where somebody can answer, it is asked about once."""

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import SystemClock
from assay.core.errors import LabError


class Ahead:
    """A clock that can be put forward."""

    ahead = 0.0

    def now(self):
        return SystemClock().now() + self.ahead


@pytest.fixture
def suspicious(here, frame):
    """shop.csv with a column that tells nearly everything."""
    rng = np.random.default_rng(1)
    told = (frame["bought"] == "yes") + rng.normal(0, 0.1, len(frame))
    frame.assign(told=told).to_csv("shop.csv", index=False)


def suspicions(summary):
    return [(n.code, n.column) for n in summary.task.notices if n.code.startswith("leak/")]


def kinds(summary):
    return {column.name: column.kind for column in summary.task.schema}


def test_without_anybody_to_ask_a_suspicious_column_is_kept_and_said_with_its_option(suspicious, run):
    summary = run(experiments=1)
    assert suspicions(summary) == [("leak/nearly-target", "told")]
    assert summary.task.notices[0].do == "--drop told"
    assert "Kept" in summary.task.notices[0].message
    assert kinds(summary)["told"] == "numeric"


def test_a_column_that_is_kept_or_dropped_on_purpose_is_no_suspicion(suspicious, run):
    assert suspicions(run(experiments=1, keep=("told",))) == []
    assert suspicions(run(experiments=1, drop=("told",), out="other.lab")) == []


def test_an_answer_leaves_the_column_out_and_is_asked_for_once(suspicious, run):
    heard = []

    def decide(notices):
        heard.append([notice.column for notice in notices])
        return ["told"]

    first = run(experiments=1, decide=decide)
    assert heard == [["told"]]
    assert kinds(first)["told"] == "dropped"
    assert "Left out as answered" in first.task.notices[0].message
    again = run(experiments=2)  # the lab remembers
    assert (again.experiments, kinds(again)["told"]) == (2, "dropped")
    with pytest.raises(LabError, match="asks another question"):
        run(experiments=3, keep=("told",))


def test_an_answer_of_no_changes_nothing(suspicious, run, story):
    run(experiments=1, decide=lambda notices: [], out="a.lab")
    run(experiments=1, out="b.lab")
    assert story("a.lab") == story("b.lab")


def test_the_time_of_an_answer_is_not_taken_from_the_search(suspicious, run):
    clock = Ahead()

    def decide(notices):
        clock.ahead += 1000.0
        return ["told"]

    assert run(experiments=1, decide=decide, clock=clock).elapsed_seconds < 500


def test_nobody_is_asked_where_nothing_is_suspicious(run):
    assert run(experiments=1, decide=lambda notices: pytest.fail("asked")).model is not None


def test_the_command_for_a_new_lab_keeps_what_was_asked(run):
    run(experiments=1)
    with pytest.raises(LabError) as caught:
        run(experiments=1, drop=("noise",), metric="log_loss")
    new_lab = "assay fit shop.csv --target bought --metric log_loss --drop noise --out shop-2.lab  (a new lab)"
    assert new_lab in caught.value.do


def patients(n: int = 40, visits: int = 3) -> pd.DataFrame:
    """Rows of patients who answer alike; the year of birth knows who it is, and nothing of the answer."""
    rng = np.random.default_rng(3)
    whose = np.repeat(np.arange(n), visits)
    return pd.DataFrame({
        "patient": [f"P{i:03d}" for i in whose], "born": rng.permutation(np.arange(1930, 1930 + n))[whose],
        "pressure": rng.normal(120, 9, n * visits).round(), "relapse": rng.permutation(np.arange(n) % 2)[whose],
    })  # fmt: skip


def test_a_column_of_units_that_answer_alike_is_offered_as_a_group(run):
    summary = run(patients(), experiments=1, target="relapse", decide=lambda notices: pytest.fail("asked"))
    found = [notice for notice in summary.task.notices if notice.code.startswith("leak/")]
    assert [(notice.code, notice.do) for notice in found] == [("leak/unit", "--group patient")]


def test_what_only_random_folds_found_is_no_suspicion_where_units_stay_together(run):
    assert suspicions(run(patients(), experiments=1, target="relapse", group="patient")) == []


def test_a_true_leak_among_units_stays_a_suspicion(run):
    table = patients(200)
    told = table["relapse"] + np.random.default_rng(0).normal(0, 0.05, len(table))
    found = suspicions(run(table.assign(told=told), experiments=1, target="relapse"))
    assert set(found) == {("leak/unit", "patient"), ("leak/nearly-target", "told")}


def test_fit_says_that_later_rows_have_other_targets(run):
    rng = np.random.default_rng(4)
    day = pd.date_range("2024-01-01", periods=300)
    table = pd.DataFrame({"day": day, "x": rng.normal(size=300), "wear": np.arange(300) / 50 + rng.normal(size=300)})
    mixed = table.sample(frac=1, random_state=0)
    asks = [(n.code, n.do) for n in run(mixed, experiments=1, target="wear").task.notices]
    assert ("ask/time", "--order-by day") in asks
    ordered = run(table, experiments=1, target="wear", order_by="day", out="ordered.lab")
    assert "ask/time" not in {notice.code for notice in ordered.task.notices}


@pytest.mark.parametrize("key", ["{side}-{j}", "{j}{side}x"])
def test_a_key_with_a_part_that_tells_the_answer_is_asked_about(here, frame, run, key):
    """Steps take keys apart: a model would live on what the name of a file says."""
    ids = np.random.default_rng(0).choice(10**6, len(frame), replace=False)
    sides = np.where(frame["bought"] == "yes", "p", "q")
    frame.assign(scan=[key.format(side=s, j=j) for s, j in zip(sides, ids, strict=True)]).to_csv(
        "shop.csv", index=False
    )
    summary = run(experiments=1)
    assert ("leak/nearly-target", "scan") in suspicions(summary)
    assert "part of scan" in summary.task.notices[0].message
    assert summary.task.notices[0].do == "--drop scan"
    assert suspicions(run(experiments=1, keep=("scan",), out="kept.lab")) == []
