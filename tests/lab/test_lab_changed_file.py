"""A file that changed since its lab was begun is told before a search, not after hours of it."""

import json
import os
import shutil
import warnings
from pathlib import Path

import pandas as pd
import pytest

from assay.core.clock import Budget, Deadline
from assay.core.errors import DataWarning, LabError
from assay.core.event import Noted
from assay.data.options import TaskOptions
from assay.journal.source_stamp import Stamp
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.research_lab import certify_lab
from assay.lab.run_context import RunContext
from assay.search.score_goal import ScoreGoal
from assay.search.settings import FitSettings
from lab.sessions_by_hand import LAB, SLOW, After, begin, go_on, kinds


def shorten():
    pd.read_csv("shop.csv").iloc[:-30].to_csv("shop.csv", index=False)


def told(**asked):
    """The notices of a session about its file."""
    notices = []

    def hear(event):
        if isinstance(event, Noted) and event.notice.code in ("vault/file-changed", "lab/file-changed"):
            notices.append(event.notice)

    go_on(listener=hear, **asked)
    return notices


@pytest.mark.parametrize("asked", [{"experiments": 12}, {"goal": ScoreGoal.parse("roc_auc>=0.99")}])
def test_a_search_that_ends_with_an_opening_is_refused_before_it_begins(big, asked):
    begin(stop_after=2, vault=0.3)
    shorten()
    before = kinds()
    with pytest.raises(LabError, match="changed") as caught:
        go_on(**asked)
    assert kinds() == before
    assert "could not be opened" in caught.value.message
    assert any("--until" in line for line in caught.value.do)
    assert any("--out" in line for line in caught.value.do)


@pytest.mark.parametrize("how", [shorten, lambda: Path("shop.csv").unlink()])
def test_a_session_that_opens_no_vault_goes_on_with_a_warning(big, how):
    begin(stop_after=2, vault=0.3)
    how()
    (notice,) = told(until=Deadline.after(-1.0))
    assert notice.code == "vault/file-changed"
    assert "cannot be opened" in notice.message
    assert kinds().count("unchanged") == 1


def test_a_file_that_was_only_touched_is_as_it_was_and_not_read_twice_for_it(big, monkeypatch):
    begin(stop_after=2, vault=0.3)
    os.utime("shop.csv", (1, 1))
    assert told(until=Deadline.after(-1.0)) == []
    assert Stamp.read(LAB).modified_ns == 1_000_000_000
    monkeypatch.setattr("assay.lab.source_rows.read_source", None)
    assert told(until=Deadline.after(-1.0)) == []


@pytest.mark.slow
def test_a_lab_without_a_vault_goes_on_with_its_rows_and_says_so(big):
    begin(stop_after=2)
    rows = Lab.open(LAB).task.n_rows
    shorten()
    (notice,) = told(experiments=4)
    assert notice.code == "lab/file-changed"
    assert f"{rows:,} rows" in notice.message
    assert f"{rows - 30:,}" in notice.message
    assert Lab.open(LAB).task.n_rows == rows
    assert kinds().count("session") == 2


@pytest.mark.slow
def test_a_file_that_cannot_be_read_any_more_is_told_as_it_is(big):
    begin(stop_after=2)
    Path("shop.csv").write_bytes(b"\x00\x01")
    (notice,) = told(experiments=4)
    assert "cannot be read" in notice.message


@pytest.mark.slow
def test_a_lab_without_a_vault_needs_no_file(big):
    begin(stop_after=2)
    Path("shop.csv").unlink()
    assert told(experiments=4) == []


@pytest.mark.slow
def test_a_file_that_changes_during_the_search_leaves_the_vault_sealed_and_a_model(big):
    begin(stop_after=2, vault=0.3)
    shutil.copy("shop.csv", "before.csv")
    said = []
    change = After({1: shorten})

    def hear(event):
        change(event)
        if isinstance(event, Noted):
            said.append(event.notice)

    go_on(8, listener=hear)
    opened = Lab.open(LAB)
    assert opened.state.model is not None
    assert "opening" not in kinds()
    (sealed,) = [notice for notice in said if notice.code == "vault/still-sealed"]
    assert "changed" in sealed.message
    assert "assay certify" in sealed.do
    shutil.copy("before.csv", "shop.csv")
    assert certify_lab(LAB, context=RunContext(inline=True)).expect.origin == "vault"


def test_a_vault_dealt_from_a_table_in_memory_is_told_before_the_search(big):
    settings = FitSettings(budget=Budget(experiments=2), out=str(LAB), vault=0.3, without=SLOW)
    context = RunContext(inline=True, write_brief=False)
    fit(pd.read_csv("shop.csv"), TaskOptions(target="bought"), settings, context=context)
    with pytest.raises(LabError, match="in memory"):
        go_on(5)


def test_from_python_a_changed_file_is_a_warning(big):
    begin(stop_after=2)
    shorten()
    with pytest.warns(DataWarning, match="changed"):
        session = Lab.open(LAB).research(until=60.0, wait=False, n_jobs=1)
    session.stop()


def test_a_file_that_is_as_it_was_is_not_told_of(big):
    begin(stop_after=2, vault=0.3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert told(until=Deadline.after(-1.0)) == []
    assert json.loads((LAB / "data" / "source.json").read_text())["path"].endswith("shop.csv")
