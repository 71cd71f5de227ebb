"""A keep by engineered columns holds only where they beat permuted copies of themselves."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.core.codec import from_json, to_json
from assay.core.experiment import Experiment
from assay.core.recipe import Recipe, Step
from assay.evidence.permutation_guard import COPIES, Guard
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.records import GuardRecord, VerdictRecord
from assay.journal.state import LabState
from assay.lab.lab import Lab
from assay.report.experiment_text import facts
from assay.search.column_guard import UNGUARDED, after_guard, is_silly, record_of, set_of
from samples import sample_views

ONLY_LINEAR = frozenset({
    "lightgbm", "catboost", "xgboost", "extra_trees", "random_forest", "knn", "knn_learned", "svm", "realmlp", "tabm",
    "gam", "fm",
})  # fmt: skip
SET = (Step.of("arithmetic", top=5),)
KEPT = VerdictRecord(kept=True, rule="gain", why="+2.0 σ against the champion")


def experiment(number=3, *, by="features", adds=SET, model="linear", **params):
    recipe = Recipe(steps=(*SET, Step.of("scale")), model=Step.of(model, **params))
    return Experiment(number=number, recipe=recipe, what="", question="", by=by, adds=adds)


def state(*experiments, **found):
    known = LabState(entries={one.number: ExperimentEntry(one, 0.0) for one in experiments})
    known.sets.update({one.recipe.steps: one.adds for one in experiments if one.adds})
    known.guards.update({int(name.removeprefix("n")): record for name, record in found.items()})
    return known


PASSED = GuardRecord(guard=Guard(real=1.0, copies=(0.0,) * COPIES), folds=(0,))
FAILED = GuardRecord(guard=Guard(real=1.0, copies=(0.0, 1.0, 0.0)), folds=(0,))


def test_without_a_guard_it_is_no_keep_yet():
    found = after_guard(state(experiment()), experiment(), KEPT)
    assert (found.kept, found.rule) == (False, UNGUARDED)
    assert "permuted copies" in found.why


def test_a_guard_that_passed_keeps_it_and_is_named():
    found = after_guard(state(experiment(), n3=PASSED), experiment(), KEPT)
    assert (found.kept, found.rule) == (True, "gain")
    assert "better than 19 of 19 permuted copies" in found.why


def test_a_guard_that_failed_drops_it_and_bars_it_from_the_blend():
    known = state(experiment(), n3=FAILED)
    assert after_guard(known, experiment(), KEPT).rule == "silly"
    assert is_silly(known, experiment())


def test_a_guard_that_could_not_be_fitted_decides_nothing():
    broken = GuardRecord(guard=Guard(real=float("nan"), copies=()), failed="out of memory")
    known = state(experiment(), n3=broken)
    found = after_guard(known, experiment(), KEPT)
    assert (found.rule, is_silly(known, experiment())) == (UNGUARDED, False)
    assert "out of memory" in found.why


def test_who_takes_over_the_columns_takes_over_what_was_found_of_them():
    tuned = experiment(9, by="tpe", adds=(), C=0.5)
    known = state(experiment(), tuned, n3=FAILED)
    assert set_of(known, tuned) == SET
    assert record_of(known, tuned) == FAILED
    other = experiment(10, by="features", model="lightgbm")
    assert record_of(known, other) is None, "another family is another question"


BROKEN = GuardRecord(guard=Guard(real=float("nan"), copies=()), failed="out of time")


def test_a_guard_that_could_not_be_fitted_says_nothing_of_others_with_the_same_columns():
    tuned = experiment(9, by="tpe", adds=(), C=0.5)
    assert record_of(state(experiment(), tuned, n3=BROKEN), tuned) is None
    again = experiment(8, by="tpe", adds=(), C=0.9)
    assert record_of(state(experiment(), again, tuned, n3=BROKEN, n8=PASSED), tuned) == PASSED


def test_what_the_portfolio_engineers_is_not_guarded():
    entry = experiment(4, by="portfolio", adds=())
    assert set_of(state(experiment(), entry), entry) == ()
    assert after_guard(state(experiment(), entry), entry, KEPT) == KEPT


def test_what_is_not_kept_needs_no_guard():
    dropped = replace(KEPT, kept=False, rule="tie")
    assert after_guard(state(experiment()), experiment(), dropped) == dropped


def test_what_a_set_adds_is_shown_with_its_error():
    shown = facts(replace(sample_views.record(17), gained=sample_views.difference(0.004, sigma=0.001, over=4)))
    assert any(fact.name == "over #4" and "σ 0.001" in fact.text for fact in shown)
    same = replace(sample_views.record(17), gained=sample_views.record(17).against)
    assert not any(fact.name.startswith("over #") for fact in facts(same)), "it is told once"


def test_a_record_comes_back_from_json():
    assert from_json(GuardRecord, json.loads(json.dumps(to_json(PASSED)))) == PASSED


@pytest.fixture
def product():
    """A number that is a product of two others."""
    X = np.random.default_rng(0).normal(size=(250, 4))
    return pd.DataFrame(X, columns=list("abcd")).assign(bought=X[:, 0] * X[:, 1])


@pytest.mark.slow
def test_a_lab_guards_what_it_would_keep_and_an_audit_agrees(run, product, here):
    run(product, experiments=5, without=ONLY_LINEAR, researchers=("small", "features"), target="bought")
    lab = Lab.open(here / "shop.lab")
    try:
        (number, found), *_ = lab.state.guards.items()
        entry = lab.state.entries[number]
        assert entry.experiment.by == "features"
        assert found.guard.passed
        assert found.guard.columns > 0
        assert entry.status == "kept"
        assert lab.state.champion is not None
        assert "permuted copies" in entry.verdict.why
        assert lab.audit().ok
        gained = lab.record(number).gained
        assert gained.over == entry.experiment.parents[0]
        assert gained.value > 0 < gained.sigma
    finally:
        lab.close()


@pytest.mark.slow
def test_a_guard_that_was_interrupted_comes_back_and_the_lab_ends_as_it_would_have(
    run, product, here, story, cut_ledger
):
    asked = {"experiments": 6, "without": ONLY_LINEAR, "researchers": ("small", "features"), "target": "bought"}
    run(product, **asked)
    whole = story(here / "shop.lab")
    kinds = [kind for kind, _, _ in whole]
    at = kinds.index("guard")
    for kept in (at, at + 1):
        out = Path(f"cut-{kept}.lab")
        shutil.copytree(here / "shop.lab", out)
        cut_ledger(out, kept)
        run(product, **asked, out=str(out))
        assert [one for one in story(out) if one[0] != "session"] == [one for one in whole if one[0] != "session"], kept
