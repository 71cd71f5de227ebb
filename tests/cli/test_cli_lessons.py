"""The command lessons: a table of what moves gained, its JSON, and what it says where nothing was tried."""

import shutil

import pytest

from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.search.settings import FitSettings
from cli.conftest import SLOW


@pytest.fixture(scope="session")
def moved(tmp_path_factory, orders):
    """A lab in which moves were tried on the portfolio's first entries."""
    folder = tmp_path_factory.mktemp("lessons")
    settings = FitSettings(
        budget=Budget(experiments=9), out=str(folder / "moved.lab"), without=SLOW, researchers=("small", "features")
    )  # fmt: skip
    fit(orders(300, 1).drop(columns="price"), TaskOptions(target="late"), settings,
        context=RunContext(inline=True, write_brief=False))  # fmt: skip
    return folder / "moved.lab"


def test_lessons_are_shown_as_a_table_and_as_json(alone, moved, tmp_path, say, document):
    shutil.copytree(moved, tmp_path / "moved.lab")
    body = document("lessons", "moved")
    assert body["schema"] == "lessons/1"
    assert body["lessons"]
    tried = {number for one in body["lessons"] for number in one["experiments"]}
    for one in body["lessons"]:
        assert one["n"] == len(one["experiments"])
        assert one["sigma"] > 0
        assert (one["move"] == "") == (one["over"] == "columns")
    shown = say("lessons", "moved", "--all")
    assert all(one["move"] in shown for one in body["lessons"])
    assert tried


def test_a_lab_without_moves_says_so(post, say):
    assert "no move was tried here yet" in say("lessons", "post")
