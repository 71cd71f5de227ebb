"""Going on with a lab from the command line: what ends it, what it says, what it refuses before it works."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cli.typed_commands import advised, can_be_typed

ON = ("research", "post", "--jobs", "1")


@pytest.mark.parametrize("words", [
    ["research"], ["research", "nowhere"], ["research", "nowhere.csv", "--target", "late"],
    ["research", "nowhere.csv", "--target", "late", "--detach"],
    [*ON, "--until", "nonsense"], [*ON, "--until", "25:00"], [*ON, "--until", ""], [*ON, "--until", "0s"],
    [*ON, "--forever", "--until", "2h"], [*ON, "--time-limit", "soon"], [*ON, "--experiments", "0"],
    [*ON, "--goal", "better"], [*ON, "--goal", "rocauc>=0.9"], [*ON, "--goal", "log_loss<=0.1"],
    [*ON, "--goal", "roc_auc>=90"], [*ON, "--goal", "roc_auc<=0.9"], [*ON, "--goal", "roc_auc>=0.1"],
    [*ON, "--at-plateau", "whatever"], [*ON, "--researchers", "grids"], [*ON, "--researchers", "portfolio,gridd"],
    [*ON, "--families", "lihtgbm"], [*ON, "--without", "nothing"], [*ON, "--families", "knn", "--without", "knn"],
    [*ON, "--preset", "bst"], [*ON, "--jobs", "-1"],
    [*ON, "--target", "city"], [*ON, "--drop", "city"], [*ON, "--vault", "0.2"], [*ON, "--seed", "3"],
    [*ON, "--out", "other"], ["certify", "post"], ["certify", "nowhere"],
])  # fmt: skip
def test_what_cannot_begin_is_refused_before_anything_is_said_or_recorded(post, say, document, words):
    before, here = document("status", "post")["head"], sorted(Path.cwd().iterdir())
    shown = say(*words, code=2)
    assert shown.startswith("error  ")
    assert re.search(r"^  try  | Give | takes |Forms|Known: ", shown, re.MULTILINE)
    assert all(can_be_typed(typed) for typed in advised(shown))
    assert document("status", "post")["head"] == before
    assert sorted(Path.cwd().iterdir()) == here


@pytest.mark.parametrize(("words", "says"), [
    (["research", "nowhere.csv", "--target", "late"], "nowhere.csv is not there"),
    ([*ON, "--researchers", "portfolio,gridd"], "--researchers grid"),
    ([*ON, "--families", "lihtgbm"], "--families lightgbm"), ([*ON, "--goal", "roc_auc>=0.1"], "met already"),
    ([*ON, "--goal", "log_loss<=0.1"], "roc_auc>="), ([*ON, "--until", "nonsense"], "--until 18:30"),
])  # fmt: skip
def test_a_refusal_names_what_was_meant(post, say, words, says):
    assert says in say(*words, code=2)


def test_a_file_whose_lab_is_here_may_be_gone_on_with_by_its_name(post, kept, say):
    shutil.copy(kept.with_name("post.csv"), "post.csv")
    shown = say("research", "post.csv", code=2)
    assert "No target is named" in shown
    assert ["research", "post"] in advised(shown)


def test_a_lab_goes_on_to_so_many_experiments_and_again_says_that_none_was_left(post, say, document):
    first = say(*ON, "--experiments", "4", "--at-plateau", "stop", "--researchers", "portfolio")
    assert "has no vault" in first
    assert first.index("has no vault") < first.index("Continuing post.lab")
    assert "post.lab is ready: 4 experiments" in first
    assert all(can_be_typed(typed) for typed in advised(first))
    assert ["research", "post", "--until", "1h"] in advised(first)
    assert document("status", "post")["experiments"] == 4
    assert "Nothing was left" not in first
    again = say(*ON, "--experiments", "4", "--events")
    assert "Nothing was left to do within this limit" in again
    events = [json.loads(text) for text in again.splitlines() if text.startswith("{")]
    assert [one["notice"]["code"] for one in events if one["event"] == "noted"][:1] == ["vault/none"]
    assert "has no vault" not in "".join(text for text in again.splitlines() if not text.startswith("{"))


@pytest.mark.slow
def test_a_detached_session_that_cannot_begin_says_why_and_nothing_of_those_before(post, say):
    (post / "research.log").write_text("post.lab is ready: of an earlier session\n")
    shown = say("research", "post", "--goal", "rocauc>=0.9", "--detach", "-q", code=2)
    assert shown.startswith("error  --goal rocauc>=0.9")
    assert ["research", "post"] not in advised(shown)
    assert "earlier session" not in shown


def test_a_goal_that_was_not_reached_exits_with_1(post, document):
    body = document(*ON, "--experiments", "4", "--goal", "roc_auc>=0.9999", code=1)
    assert (body["schema"], body["experiments"], body["stopped_by"]) == ("fit/1", 4, "experiments")


def test_a_table_that_is_too_small_for_a_vault_is_refused_with_what_can_be_done(alone, say, tmp_path):
    rows = "".join(f"{x},{'yes' if x % 4 == 0 else 'no'}\n" for x in range(60))
    (tmp_path / "few.csv").write_text(f"x,late\n{rows}")
    shown = say("research", str(tmp_path / "few.csv"), "--target", "late", "--experiments", "2", code=2)
    assert "assay fit" in shown
    assert "leave out --vault" not in shown
    assert all(can_be_typed(typed) for typed in advised(shown))


@pytest.mark.parametrize(("command", "columns", "more", "says"), [
    (("research",), {}, (), 'one.csv has one column, "y"; a model needs at least one more to predict it from.'),
    (("fit", "--vault", "0.2"), {}, (), 'one.csv has one column, "y"; a model needs at least one more to predict it'),
    (("research",), {"x": range(900)}, ("--drop", "x"), 'one.csv: every column but "y" is dropped; a model needs'),
    (("research",), {"x": 3}, (), 'All 900 rows are alike but for "y": no column is left to predict it from.'),
])  # fmt: skip
def test_a_table_without_a_column_to_predict_from_is_refused_for_that_and_not_for_its_vault(
    alone, say, command, columns, more, says
):
    y = np.random.default_rng(0).normal(size=900).round(3)
    pd.DataFrame({"y": y}).assign(**columns).to_csv("one.csv", index=False)
    told = " ".join(say(command[0], "one.csv", "--target", "y", *command[1:], *more, code=2).split())
    assert says in told
    assert "vault" not in told.lower()
