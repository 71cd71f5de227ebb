"""A column that seems to know the answer is kept and said; where somebody can answer, it is asked about once."""

import numpy as np
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
    assert suspicions(run(experiments=1, drop=("told",), out="other")) == []


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
    run(experiments=1, decide=lambda notices: [], out="a")
    run(experiments=1, out="b")
    assert story("a.lab") == story("b.lab")


def test_the_time_of_an_answer_is_not_taken_from_the_search(suspicious, run):
    clock = Ahead()

    def decide(notices):
        clock.ahead += 1000.0
        return ["told"]

    assert run(experiments=1, decide=decide, clock=clock).elapsed_seconds < 500


def test_nobody_is_asked_where_nothing_is_suspicious(run):
    assert run(experiments=1, decide=lambda notices: pytest.fail("asked")).model is not None
