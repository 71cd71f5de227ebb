"""What more rows would bring: measured on parts of the rows a lab has, told in its brief, and left without a trace."""

import os
import shutil

import numpy as np
import pytest

from assay.core.clock import Deadline
from assay.core.views import MoreRows
from assay.execute.inline import InlineExecutor
from assay.lab.lab import Lab
from assay.report.brief_text import more_sentence
from assay.search.learning_curve import more_rows, seconds_of
from assay.search.worker_jobs import run as work
from samples import sample_views


@pytest.fixture
def lab(run, here):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3))
    table = {"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "bought": x @ [1.0, 2.0, -1.0] + rng.normal(size=400)}
    run(table, experiments=3)
    found = Lab.open(here / "shop.lab")
    yield found
    found.close()


def test_a_curve_is_measured_on_the_rows_of_the_lab(lab):
    found = more_rows(lab.folder, lab.state, lab.scorer, InlineExecutor(work), Deadline())
    assert (found.number, found.rows) == (lab.champion, 200)
    assert found.low <= found.value <= found.high
    assert found.value >= 0
    assert not (lab.path / "work" / "rungs").exists()
    assert seconds_of(lab.state, 1) > 0


class Keeping(InlineExecutor):
    """Keeps a copy of the first part of the rows as it lies there while a job runs, hard links and all."""

    def __init__(self, root, aside):
        super().__init__(work)
        self.root, self.aside = root, aside

    def submit(self, job, *, deadline):
        if not self.aside.exists():
            shutil.copytree(self.root, self.aside, copy_function=os.link)
        return super().submit(job, deadline=deadline)


def test_what_a_killed_session_left_of_a_curve_does_no_harm(lab, here):
    root = lab.path / "work" / "rungs"
    first = more_rows(lab.folder, lab.state, lab.scorer, Keeping(root, here / "aside"), Deadline())
    (here / "aside").rename(root)
    assert more_rows(lab.folder, lab.state, lab.scorer, InlineExecutor(work), Deadline()) == first


def test_what_comes_too_late_is_left_out(lab):
    assert more_rows(lab.folder, lab.state, lab.scorer, InlineExecutor(work), Deadline.after(-1.0)) is None


def test_rows_that_bring_nothing_visible_are_not_given_a_number():
    more = MoreRows(number=9, rows=5000, value=0.002, low=0.0004, high=0.004, is_visible=True)
    told = more_sentence(sample_views.summary(more=more))
    assert told == "5,000 more rows: +0.0020 (95 % 0.0004 to 0.0040), by the learning curve of #9."
    blind = MoreRows(number=9, rows=5000, value=0.002, low=-0.004, high=0.008, is_visible=False)
    assert more_sentence(sample_views.summary(more=blind)).startswith("5,000 more rows: no visible gain")
    assert more_sentence(sample_views.summary()) == ""
