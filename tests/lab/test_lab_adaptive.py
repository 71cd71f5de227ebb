"""A search that left what was fixed in advance says so, for good: no later record and no edit takes it back."""

import json
import sqlite3

import pytest

from assay.core.experiment import Experiment
from assay.core.recipe import Recipe, Step
from assay.journal.adaptive import why_adaptive
from assay.lab.lab import Lab
from assay.ledger.chain import ROOT, hash_of
from assay.report.brief_text import provenance
from assay.report.figure_text import promise_words
from assay.research import pool_of


def proposal(by, **pool):
    return Experiment(number=3, recipe=Recipe(model=Step.of("linear")), what="", question="", by=by, **pool)


@pytest.mark.parametrize("name", ["portfolio", "repeats", "features", "tpe", "neighbours", "stack"])
def test_pools_and_bounded_spaces_are_covered_by_the_correction(name):
    assert why_adaptive(proposal(name, pool=pool_of(name))) == ""


@pytest.mark.parametrize("by", ["human", "llm", "a researcher of somebody"])
def test_whoever_may_build_on_scores_is_not(by):
    assert why_adaptive(proposal(by)) == f"#3 by {by} may build on scores"
    assert why_adaptive(proposal("features_kept", pool=pool_of("features_kept")))


@pytest.fixture
def again(run, made, here):
    """A search asked for anew, without a family, after its first figure had been shown."""
    slow = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn"})
    first = made(experiments=4)
    assert not first.expect.adaptive
    return run(experiments=5, without=slow | {"linear"}), here / "shop.lab", run


@pytest.mark.slow
def test_another_search_after_a_figure_was_shown_is_not_certified(again):
    summary, path, run = again
    assert summary.expect.adaptive
    assert promise_words(summary.expect).endswith("not certified")
    assert "not certified" in provenance(summary)
    longer = run(experiments=6)  # asked as at first: what was done stays done
    assert longer.expect.adaptive
    with_audit = Lab.open(path)
    assert with_audit.audit().ok
    with_audit.close()


@pytest.mark.slow
def test_a_longer_search_of_the_same_kind_stays_as_it_was(run, made):
    made(experiments=4)
    assert not run(experiments=5).expect.adaptive


@pytest.mark.slow
def test_a_session_that_was_killed_between_does_not_hide_that_a_figure_had_been_shown(run, made, here, cut_ledger):
    slow = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn"})
    made(experiments=4)
    run(experiments=6)
    lab = Lab.open(here / "shop.lab")
    second = [record.number for record in lab.ledger.records() if record.kind == "session"][1]
    lab.close()
    cut_ledger(here / "shop.lab", second)
    assert run(experiments=5, without=slow | {"linear"}).expect.adaptive


def forge(path, change):
    """Edit the last end by hand, and make every hash fit again."""
    with sqlite3.connect(path / "ledger.sqlite") as base:
        for (name,) in base.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            base.execute(f"drop trigger {name}")
        rows = base.execute("select number, kind, experiment, at, body from record order by number").fetchall()
        last = max(row[0] for row in rows if row[1] == "end")
        previous = ROOT
        for number, kind, experiment, at, text in rows:
            if number == last:
                body = json.loads(text)
                change(body["value"])
                text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            digest = hash_of(number=number, kind=kind, experiment=experiment, at=at, body=text, previous=previous)
            base.execute(
                "update record set body = ?, previous = ?, hash = ? where number = ?", (text, previous, digest, number)
            )
            previous = digest
    return last


@pytest.mark.slow
def test_the_flag_cannot_be_taken_out_by_hand(again):
    _, path, _ = again
    record = forge(path, lambda end: end.update(adaptive=[], expect={**end["expect"], "adaptive": False}))
    lab = Lab.open(path)
    assert lab.expected.adaptive  # it follows from what was asked
    differ = next(check.differ for check in lab.audit().checks if check.name == "figures")
    lab.close()
    assert {one.record for one in differ} == {record}
    assert {one.what for one in differ} == {"not certified, as", "marked as not certified"}
