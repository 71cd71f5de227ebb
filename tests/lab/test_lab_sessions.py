"""A lab goes on where it stopped: same question, more budget, another process, after an interruption."""

import os
import shutil
import sqlite3
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

from assay.core.errors import LabError
from assay.core.event import Scored, Understood
from assay.journal.replayed_state import replay
from assay.lab.lab import Lab
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.ledger.verify import verify
from assay.models import registry

LAB = Path("shop.lab")


def stop_after(n):
    """(event to hand in, listener that sets it once n experiments have ended)."""
    asked, ended = threading.Event(), []

    def hear(event):
        if isinstance(event, Scored):
            ended.append(event.number)
        if len(ended) >= n:
            asked.set()

    return {"interrupt": asked, "listener": hear}


def proposed(path=LAB):
    lab = Lab.open(path)
    try:
        return [e.number for e in lab.experiments if e.by != "ensemble"]
    finally:
        lab.close()


def test_the_same_command_again_hands_back_the_same_summary_at_once_and_writes_nothing(run, story):
    first, before = run(), story(LAB)
    started = time.monotonic()
    assert run() == first
    assert time.monotonic() - started < 1.0
    assert story(LAB) == before


@pytest.mark.parametrize("how", ["gone", "of before the last record"])
def test_the_same_command_again_writes_a_brief_that_a_kill_kept_from_being_written(run, story, how):
    first, before = run(write_brief=True), story(LAB)
    brief = LAB / "brief.html"
    told = brief.read_text()
    if how == "gone":
        brief.unlink()
    else:
        brief.write_text("an older one")
        os.utime(brief, (0, 0))
    assert run(write_brief=True) == first
    assert brief.read_text() == told
    assert story(LAB) == before


def test_a_frame_asked_the_same_again_is_answered_from_the_lab_too(run, frame, story):
    first, before = run(frame), story(LAB)
    assert run(frame) == first
    assert story(LAB) == before


def test_a_search_counts_the_experiments_that_were_asked_for_and_tells_blends_beside_them(made):
    summary = made(experiments=5)
    lab = Lab.open(LAB)
    try:
        blends = sum(experiment.by == "ensemble" for experiment in lab.experiments)
        assert blends > 0
        assert (summary.experiments, summary.beside.blends) == (5, blends)
        assert (lab.status().experiments, lab.status().beside.blends) == (5, blends)
        assert repr(lab).startswith("<Lab shop.lab: 5 experiments, ")
        found = lab.audit()
        assert (found.experiments, found.beside) == (5, lab.status().beside)
        assert len(lab) == 5 + blends + found.beside.confirmations
        assert lab[len(lab)].number == len(lab)
    finally:
        lab.close()


@pytest.mark.slow
def test_more_experiments_go_on_from_those_there_are_until_there_are_so_many(run, made):
    made(experiments=3)
    heard = []
    run(experiments=5, listener=heard.append)
    start = next(event for event in heard if isinstance(event, Understood))
    assert (start.is_new, start.lab) == (False, "shop.lab")
    assert len(proposed()) == 5
    assert [event.number for event in heard if isinstance(event, Scored)] == proposed()[3:]


@pytest.mark.slow
def test_no_recipe_is_tried_twice_however_often_a_lab_is_continued(run):
    for experiments in (3, 4, 5):
        run(experiments=experiments)
    lab = Lab.open(LAB)
    keys = [e.recipe.key for e in lab.experiments if e.by != "ensemble"]
    lab.close()
    assert len(set(keys)) == len(keys) == 5


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"target": "city"}, "target bought → city"),
        ({"metric": "log_loss"}, "metric roc_auc → log_loss"),
        ({"n_folds": 3}, "folds 5 → 3"),
        ({"drop": ("noise",)}, "columns are used or read in another way"),
        ({"positive": "no"}, "classes no, yes → yes, no"),
        ({"missing": ("Ulm",)}, "columns are used or read in another way"),
        ({"kinds": {"age": "category"}}, "columns are used or read in another way"),
    ],
)
def test_another_question_is_refused_by_what_differs_with_a_command_for_a_new_lab(run, made, story, changes, words):
    made()
    before = story(LAB)
    with pytest.raises(LabError, match=words) as caught:
        run(**changes)
    assert "--out shop-2.lab" in caught.value.do[0]
    assert story(LAB) == before


def test_changed_data_are_refused_with_their_number_of_rows(run, made, frame):
    made()
    frame.iloc[:120].to_csv("shop.csv", index=False)
    with pytest.raises(LabError, match=r"shop\.csv has changed since shop\.lab was made: 150 → 120 rows"):
        run()
    frame.assign(age=frame.age + 1).to_csv("shop.csv", index=False)
    with pytest.raises(LabError, match="same number of rows"):
        run()


def test_force_replaces_a_lab_of_another_question_and_starts_from_one(run, made):
    made()
    heard = []
    summary = run(target="city", force=True, listener=heard.append)
    start = next(event for event in heard if isinstance(event, Understood))
    assert (start.is_new, start.continued_at) == (True, None)
    assert summary.task.target == "city"
    assert proposed() == [1, 2, 3, 4]


def test_force_never_takes_a_lab_away_from_the_process_that_works_on_it(run, made, story):
    made()
    before, writer = story(LAB), SqliteLedger.open(LAB)
    try:
        with pytest.raises(LabError, match="in use"):
            run(target="city", force=True)
    finally:
        writer.close()
    assert story(LAB) == before


def test_a_lab_somebody_works_on_cannot_be_continued_but_looked_at(run):
    run()
    writer = SqliteLedger.open(LAB)
    try:
        with pytest.raises(LabError, match="in use"):
            run(experiments=5)
        assert run(experiments=4).model is not None
    finally:
        writer.close()


@pytest.mark.slow
def test_where_the_pool_is_empty_more_budget_changes_nothing_until_families_are_added(run):
    without = frozenset(registry.names()) - {"constant", "rule", "linear"}
    first = run(experiments=50, without=without)
    assert first.stopped_by == "pool"
    assert run(experiments=60, without=without) == first
    more = run(experiments=50, without=without - {"knn"})
    assert more.experiments > first.experiments


def correlation_score(y, p):
    return float(((y - y.mean()) * (p - p.mean())).mean())


@pytest.mark.slow
def test_a_lab_judged_by_a_function_is_continued_with_it_and_asks_for_it(run):
    first = run(metric=correlation_score)
    assert run(metric=correlation_score) == first
    assert len(proposed()) == 4
    run(metric=correlation_score, experiments=5)
    assert len(proposed()) == 5
    with pytest.raises(LabError, match="metric"):
        run(metric="roc_auc")


# -- interruptions -------------------------------------------------------------


@pytest.mark.parametrize("n", [3, 4])
def test_stopped_after_some_results_there_is_a_model_of_what_was_found(run, frame, n):
    summary = run(experiments=8, **stop_after(n))
    assert summary.stopped_by == "interrupt"
    assert summary.model is not None
    lab = Lab.open(LAB)
    assert set(lab.predictor().predict(frame.head(9))) <= {"no", "yes"}
    lab.close()


@pytest.mark.slow
def test_after_an_interruption_the_same_command_does_the_rest(run):
    run(experiments=5, **stop_after(3))
    assert len(proposed()) >= 3
    again = run(experiments=5)
    assert again.stopped_by == "experiments"
    assert proposed() == [1, 2, 3, 4, 5]


@pytest.mark.slow
def test_a_lab_left_at_any_record_is_taken_up_from_there_and_ends_the_same(run, made, cut_ledger):
    """As if the process had been killed right after each record in turn; its files may be ahead of the ledger."""
    whole = made(experiments=4)
    n_records = len(Lab.open(LAB).ledger.records())
    assert n_records > 15
    for kept in range(1, n_records, 6):
        out = Path(f"cut-{kept}.lab")
        shutil.copytree(LAB, out)
        cut_ledger(out, kept)
        summary = run(experiments=4, out=str(out))
        assert summary.expect == whole.expect, f"after record {kept}"
        assert proposed(out) == [1, 2, 3, 4]
        lab = Lab.open(out)
        assert verify(lab.ledger.records()) == ()
        lab.close()


def left_before_its_ledger(path):
    """What stands there where a process was killed, or the disk full, right after it took the writer's lock."""
    path.mkdir()
    (path / "writer.lock").write_text("1 nowhere\n")


def test_a_folder_that_was_left_before_its_ledger_began_becomes_the_lab(run, here):
    left_before_its_ledger(LAB)
    assert run(experiments=3).model is not None


def test_what_a_killed_call_stored_of_another_question_is_not_asked_of_this_one(run, frame):
    """Its rows may have had weights and groups; that they all lie there is said by task.json alone."""
    weighted = frame.assign(w=range(1, 151), g=[i // 5 for i in range(150)])
    weighted.to_csv("shop.csv", index=False)
    plain = run(experiments=3, drop=("w", "g"), out="plain.lab")
    run(experiments=1, weights="w", group="g")
    for file in ("ledger.sqlite", "data/task.json"):
        (LAB / file).unlink()
    left_before_its_ledger(Path("left.lab"))
    shutil.copytree(LAB / "data", "left.lab/data")
    assert run(experiments=3, drop=("w", "g"), out="left.lab").expect == plain.expect
    lab = Lab.open("left.lab")
    assert (lab.folder.target.weight, lab.folder.groups) == (None, None)
    lab.close()


def test_state_is_the_same_whether_told_record_by_record_or_all_at_once(made):
    made()
    lab = Lab.open(LAB)
    records = lab.ledger.records()
    lab.close()
    for n in range(len(records) + 1):
        state = replay(records[:n])
        for record in records[n:]:
            state.apply(record)
        assert state == lab.state
    assert lab.state.last_record == len(records)


# -- versions and damage -------------------------------------------------------


def newer(path):
    connection = sqlite3.connect(path / "ledger.sqlite")
    connection.execute("pragma user_version = 999")
    connection.commit()
    connection.close()


def test_a_lab_of_a_newer_version_is_left_as_it_is(run, made):
    made()
    newer(LAB)
    before = (LAB / "ledger.sqlite").read_bytes()
    for act in (lambda: run(experiments=9), lambda: Lab.open(LAB)):
        with pytest.raises(LabError, match="newer"):
            act()
    assert (LAB / "ledger.sqlite").read_bytes() == before


def test_what_is_no_lab_cannot_be_opened_and_the_error_says_how_to_make_one(here):
    for path in ("gone", "shop.csv"):
        with pytest.raises(LabError, match="is not a lab") as caught:
            Lab.open(path)
        assert any("assay fit" in hint for hint in caught.value.do)


@pytest.mark.slow
def test_a_lab_whose_cache_and_work_were_deleted_is_looked_at_and_continued(run):
    first = run()
    shutil.rmtree(LAB / "cache")
    shutil.rmtree(LAB / "work")
    assert run() == first
    assert run(experiments=5).model is not None


def test_a_lab_moved_elsewhere_is_still_the_lab(made, frame, tmp_path):
    made()
    (tmp_path / "far").mkdir()
    moved = shutil.move(LAB, tmp_path / "far" / "other.lab")
    lab = Lab.open(moved)
    assert lab.name == "other.lab"
    assert lab.board().rows
    assert len(lab.predictor().predict(frame)) == len(frame)
    lab.close()


def test_rows_of_a_table_are_never_changed_by_fitting_it(run, frame):
    before = frame.copy(deep=True)
    run(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_a_fit_leaves_nothing_but_its_lab(run):
    run()
    assert sorted(os.listdir()) == ["shop.csv", "shop.lab"]
    assert not [path for path in LAB.rglob("*") if path.name.endswith((".tmp", ".part"))]


def test_what_killed_workers_left_half_written_goes_when_the_lab_is_opened_again(run, made):
    made(experiments=2)
    gone, alive = 2**30, os.getpid()
    left = [LAB / "work" / f".3-0.npy.{gone}.tmp", LAB / "data" / f".y.npy.{gone}.tmp", LAB / "cache" / f"a.{gone}.tmp"]
    in_use = LAB / "cache" / f"b.{alive}.tmp"
    for file in (*left, in_use):
        file.write_bytes(b"half")
    half_made = LAB / "cache" / f".0123456789ab.5e0f.{gone}.tmp"
    half_made.mkdir()
    (half_made / "numeric.npy").write_bytes(b"half")
    kept = sorted((LAB / "data").glob("*.npy"))
    run(experiments=3)
    assert not [path for path in (*left, half_made) if path.exists()]
    assert in_use.exists()
    assert sorted((LAB / "data").glob("*.npy")) == kept


def test_replacing_a_lab_clears_away_what_a_killed_replacement_left(run, here):
    run(experiments=1)
    trash = here / ".shop.lab.replaced.4711"
    trash.mkdir()
    (trash / "ledger.sqlite").write_bytes(b"")
    run(experiments=1, force=True)
    assert not list(here.glob(".shop.lab.*"))
