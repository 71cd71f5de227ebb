"""An audit finds nothing in a lab as it was written, and names what was changed in one that was not left alone."""

import json
import shutil
import sqlite3

import numpy as np
import pytest

from assay.core.clock import Budget
from assay.core.errors import LabError
from assay.data.options import TaskOptions
from assay.journal.replayed_state import replay
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.ledger.chain import ROOT, hash_of
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.search.settings import FitSettings

FAMILIES = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn"})


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A lab of five experiments, its brief written; looked at, never changed."""
    rng = np.random.default_rng(0)
    age = rng.normal(40, 9, 150).round(1)
    bought = np.where(rng.random(150) < 1 / (1 + np.exp(-(age - 40) / 6)), "yes", "no")
    path = tmp_path_factory.mktemp("kept") / "shop.lab"
    fit(
        {"age": age, "noise": rng.normal(size=150), "bought": bought}, TaskOptions(target="bought"),
        FitSettings(budget=Budget(experiments=5), out=str(path), without=FAMILIES), context=RunContext(inline=True),
    )  # fmt: skip
    return path


@pytest.fixture
def path(kept, tmp_path):
    """A copy of it that may be tampered with."""
    return shutil.copytree(kept, tmp_path / "shop.lab")


def test_a_lab_is_opened_from_fewer_records_than_there_are_and_to_the_same_state(kept):
    ledger = SqliteLedger.open(kept, create=False, write=False)
    every, needed = ledger.records(), ledger.records_of_state()
    assert replay(needed) == replay(every)
    assert len(needed) <= len(every) - 5 * 5  # of each experiment five folds
    ledger.close()


def audited(path):
    lab = Lab.open(path)
    try:
        return lab.audit()
    finally:
        lab.close()


def differing(found, name):
    return next(check.differ for check in found.checks if check.name == name)


def rewrite(path, number, change, *, forge=False):
    """Edit a record's body as a hand would; forge: with every hash from there on made to fit again."""
    with sqlite3.connect(path / "ledger.sqlite") as base:
        for (name,) in base.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            base.execute(f"drop trigger {name}")
        rows = base.execute(
            "select number, kind, experiment, at, body, artifact from record order by number"
        ).fetchall()
        previous = ROOT
        for n, kind, experiment, at, body, artifact in rows:
            text = body if body is not None else (path / "artifacts" / artifact[:2] / f"{artifact}.json").read_text()
            if n == number:
                value = json.loads(text)
                change(value["value"])
                text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
                base.execute("update record set body = ?, artifact = null where number = ?", (text, n))
            if forge:
                digest = hash_of(number=n, kind=kind, experiment=experiment, at=at, body=text, previous=previous)
                base.execute("update record set previous = ?, hash = ? where number = ?", (previous, digest, n))
                previous = digest


def record_of(path, kind, experiment=None):
    lab = Lab.open(path)
    try:
        return next(r.number for r in lab.ledger.records() if r.kind == kind and experiment in (None, r.experiment))
    finally:
        lab.close()


def test_nothing_differs_in_a_lab_as_it_was_written(path):
    found = audited(path)
    assert found.ok
    assert {check.name for check in found.checks} == {
        "chain", "heads", "rows", "order", "folds", "scores", "verdicts", "figures", "fresh", "model", "brief",
        "artifacts",
    }  # fmt: skip
    assert all(check.checked for check in found.checks)
    assert not any(check.unknown for check in found.checks)


@pytest.mark.slow
def test_nothing_differs_in_a_lab_that_was_left_and_continued(run):
    run(experiments=3)
    run(experiments=5)
    assert audited("shop.lab").ok


def test_a_ledger_edited_by_hand_names_the_record(path):
    number = record_of(path, "result", 4)
    rewrite(path, number, lambda body: body.update(score=0.999))
    found = audited(path)
    assert [one.record for one in differing(found, "chain")] == [number]
    assert "it was changed" in differing(found, "chain")[0].what


def test_a_forged_score_is_found_though_its_hashes_fit(path):
    number = record_of(path, "result", 4)
    rewrite(path, number, lambda body: body.update(score=0.999), forge=True)
    found = audited(path)
    assert not differing(found, "chain")
    (one,) = differing(found, "scores")
    assert (one.record, one.number, one.what, one.stored) == (number, 4, "score", "0.999")


def test_a_forged_verdict_is_found(path):
    number = record_of(path, "verdict", 4)
    rewrite(path, number, lambda body: body.update(kept=not body["kept"]), forge=True)
    assert [one.record for one in differing(audited(path), "verdicts")][:1] == [number]


@pytest.mark.slow
def test_a_forged_promise_is_found(path):
    number = record_of(path, "end")
    rewrite(path, number, lambda body: body["expect"].update(value=0.99), forge=True)
    assert [one.what for one in differing(audited(path), "figures")] == ["expect, value"]


def test_changed_predictions_are_found(path):
    lab = Lab.open(path)
    key = lab.entry(4).result.oof
    lab.close()
    stored = next((path / "artifacts" / key[:2]).glob(f"{key}*"))
    values = np.load(stored)
    np.save(stored, 1.0 - values)
    assert "no longer has its name's hash" in differing(audited(path), "scores")[0].what


def test_two_families_with_one_prediction_raise_the_alarm(path):
    lab = Lab.open(path)
    key = lab.entry(3).result.oof
    lab.close()
    number = record_of(path, "result", 4)
    rewrite(path, number, lambda body: body.update(oof=key), forge=True)
    assert "#3" in differing(audited(path), "fresh")[0].what


def test_two_families_that_found_nothing_may_predict_the_same(tmp_path):
    rng = np.random.default_rng(0)
    words = np.array(["late", "early", "refund", "thanks", "broken", "fast", "slow", "great"])
    notes = [" ".join(rng.choice(words, 6)) for _ in range(120)]
    path = tmp_path / "notes.lab"
    fit(
        {"note": notes, "y": rng.normal(size=120)}, TaskOptions(target="y", kinds={"note": "text"}),
        FitSettings(budget=Budget(experiments=2), out=str(path), without=FAMILIES),
        context=RunContext(inline=True, write_brief=False),
    )  # fmt: skip
    found = audited(path)
    assert found.ok
    fresh = next(check for check in found.checks if check.name == "fresh")
    assert fresh.remarks == ("#1 and #2 predict the same: neither found anything",)


def test_a_model_file_that_was_changed_is_found(path):
    states = sorted(file for file in (path / "model" / "states").rglob("*") if file.is_file())
    states[0].write_bytes(states[0].read_bytes()[:-1] + b"!")
    assert states[0].name in differing(audited(path), "model")[0].what


def test_a_model_that_carries_a_better_figure_or_other_weights_is_found(path):
    manifest = path / "model" / "manifest.json"
    body = json.loads(manifest.read_text())
    body["passport"]["expected"]["value"] = 0.99
    body["members"][0]["weight"] *= 0.5
    manifest.write_text(json.dumps(body))
    found = [one.what for one in differing(audited(path), "model")]
    assert found[:2] == [f"weight of #{body['members'][0]['number']}", "figure of the model, value"]


def test_a_model_of_another_question_is_found_and_one_that_was_moved_away_is_not_missed(path, tmp_path):
    shutil.move(path / "model", tmp_path / "model")
    assert audited(path).ok
    body = json.loads((tmp_path / "model" / "manifest.json").read_text())
    body["passport"]["task"] = "0" * 64
    (tmp_path / "model" / "manifest.json").write_text(json.dumps(body))
    shutil.move(tmp_path / "model", path / "model")
    assert "question the model answers" in [one.what for one in differing(audited(path), "model")]


def test_a_line_of_the_brief_that_was_polished_is_found(path):
    brief = path / "brief.md"
    lead, rest = brief.read_text().split("**", 2)[1], brief.read_text()
    brief.write_text(rest.replace(lead, "The model is right in 99 of 100 cases."))
    assert "99 of 100" in differing(audited(path), "brief")[0].stored


@pytest.mark.parametrize("change", [lambda body: body.pop("folds"), lambda body: body.update(folds=3)])
def test_a_record_that_cannot_be_read_is_named(path, change):
    number = record_of(path, "result", 4)
    rewrite(path, number, change)
    with pytest.raises(LabError, match=f"Record {number}, a result, cannot be read"):
        Lab.open(path)
