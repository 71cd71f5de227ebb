"""Experiments ranked by a metric that a person brought."""

from pathlib import Path

import numpy as np
import pytest

from assay.core.errors import CodeError, UsageError
from assay.core.prediction import scored_rows
from lab.sessions_by_hand import lab

COST = """
import numpy as np

HIGHER_IS_BETTER = False
NEEDS = "label"

def score(y, prediction):
    return float(np.mean(5.0 * ((y == 1) & (prediction == 0)) + 1.0 * ((y == 0) & (prediction == 1))))
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))


def added(text, name="cost.py"):
    Path(name).write_text(text)
    return lab().add(name)


@pytest.mark.slow
def test_the_score_is_that_of_the_function_on_stored_predictions(made):
    made(experiments=5)
    assert added(COST).answer.ended == "acted on"
    opened = lab()
    board = opened.ranked_by("cost")
    assert list(board.score) == sorted(board.score)
    assert bool(board.tied[0])
    for row in board.itertuples():
        oof = np.asarray(opened.oof(row.number))
        at = scored_rows(oof)
        y, label = opened.folder.target.values[at], oof[at] > 0.5
        assert row.score == pytest.approx(np.mean(5.0 * ((y == 1) & ~label) + ((y == 0) & label)))
        assert row.low <= row.score <= row.high
    assert opened.audit().ok
    assert not opened.state.steering.queue


def test_what_is_clearly_worse_is_no_tie_of_the_best_and_equal_predictions_are(made):
    made(experiments=5)
    added("def score(y, prediction):\n    return float(((prediction - y) ** 2).mean() < 0.2)\n", "within.py")
    board = lab().ranked_by("within")
    assert set(board.score) == {0.0, 1.0}
    assert not board[board.score == 0.0].tied.any()
    assert board[board.score == 1.0].tied.all()


def test_a_metric_that_nobody_added_is_named_with_those_that_were(made):
    made(experiments=2)
    added(COST)
    with pytest.raises(UsageError, match="no metric 'coast'") as caught:
        lab().ranked_by("coast")
    assert caught.value.nearest == ("cost",)


def test_a_metric_that_answers_no_number_is_refused_before_it_is_kept(made):
    made(experiments=2)
    with pytest.raises(CodeError) as caught:
        added("def score(y, prediction):\n    return 'good'\n", "word.py")
    assert caught.value.reason == "code/not-arrays"
    assert lab().state.steering.code == {}
