"""A keep by those who search holds only where other folds agree."""

import inspect
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.clock import SystemClock
from assay.core.experiment import Experiment
from assay.core.figure import Difference
from assay.core.recipe import Recipe, Step
from assay.ensemble.candidate import BlendLimits
from assay.evidence.judge import HELD
from assay.journal.adaptive import UNCONFIRMED
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.journal import Journal
from assay.journal.records import SessionRecord, VerdictRecord
from assay.journal.state import LabState
from assay.lab.lab import Lab
from assay.search.confirmation import CONFIRM, NOT_AGAIN, after_confirm, luck, must_show, shown_z, wanted
from assay.search.result_recorder import ResultRecorder
from samples.memory_ledger import MemoryLedger

PARTITIONS = 4
ONLY_LINEAR = frozenset({
    "lightgbm", "catboost", "xgboost", "extra_trees", "random_forest", "knn", "knn_learned", "svm", "realmlp", "tabm",
    "gam", "fm",
})  # fmt: skip
SESSION = SessionRecord(pid=1, seed=0, seconds=None, experiments=9, workers=0, versions=(), held=HELD)


def gain(value, *, over=1, sigma=1.0):
    return Difference(
        origin="oof", value=value, sigma=sigma, df=99, n_units=100, low=None, high=None, p=None, e=None, over=over
    )


def experiment(number, *, by="neighbours", pool="bounded", **more):
    recipe = Recipe(steps=(), model=Step.of("linear", C=float(number)), **more)
    return Experiment(number=number, recipe=recipe, what="", question="", by=by, pool=pool)


def verdict(value, *, kept=False, rule=UNCONFIRMED, confirm=None):
    return VerdictRecord(kept=kept, rule=rule, why="shown", against=gain(value), confirm=confirm)


KEPT = verdict(1.4, kept=True, rule="gain")


def state(waits=(), *, session=SESSION):
    """A champion, #1, and what waits for other folds, by number: its σ over the champion."""
    known = LabState(champion=1, session=session)
    known.entries[1] = ExperimentEntry(experiment(1, by="portfolio", pool="fixed"), 0.0, verdict=KEPT)
    for number, z in dict(waits).items():
        known.entries[number] = ExperimentEntry(experiment(number), 0.0, verdict=verdict(z))
        known.confirming[number] = len(known.confirming)
    return known


def judged(known, number, *, elsewhere=None, first=KEPT):
    """after_confirm of an experiment; elsewhere: its gain where it and the champion were fitted again."""
    one = experiment(number)
    if elsewhere is not None:
        known.runs.update({(1, 1): 101, (number, 1): 102})
    return after_confirm(known, one, first, lambda a, b, place: gain(elsewhere), partitions=PARTITIONS)


def test_before_other_folds_were_asked_it_is_no_keep():
    found = judged(state(), 2)
    assert (found.kept, found.rule) == (False, UNCONFIRMED)
    assert "other folds" in found.why


def test_where_other_folds_agree_it_is_kept_and_says_by_how_much():
    found = judged(state(), 2, elsewhere=0.8)
    assert (found.kept, found.rule, found.confirm.value) == (True, "gain", 0.8)
    assert "+0.8 σ on other folds" in found.why


@pytest.mark.parametrize("elsewhere", [0.7, 0.0, -0.2])
def test_where_other_folds_disagree_or_show_too_little_it_is_dropped(elsewhere):
    found = judged(state(), 2, elsewhere=elsewhere)
    assert (found.kept, found.rule, found.confirm.value) == (False, NOT_AGAIN, elsewhere)
    assert "at least 0.75 σ needed" in found.why


def test_a_session_that_asked_for_any_gain_is_judged_by_that():
    found = judged(state(session=replace(SESSION, held=0.0)), 2, elsewhere=0.1)
    assert (found.kept, found.rule) == (True, "gain")


def test_what_is_no_gain_in_the_folds_of_the_search_is_none():
    for z, rule in ((0.7, "near-miss"), (0.3, "tie"), (-0.6, "worse")):
        lost = verdict(z, rule=rule)
        assert judged(state(), 2, elsewhere=2.0, first=lost) == lost


def test_a_recipe_of_a_fixed_pool_is_kept_as_before():
    for by in ("portfolio", "features", "repeats"):
        one = experiment(2, by=by, pool="fixed")
        assert after_confirm(state(), one, KEPT, pytest.fail, partitions=PARTITIONS) == KEPT
    assert must_show(state(), experiment(2, by="somebody", pool="adaptive"), partitions=PARTITIONS)


def test_nothing_is_asked_where_no_other_folds_can_tell():
    assert not must_show(state(), experiment(2), partitions=1)
    assert not must_show(state(), experiment(2, on=(1,)), partitions=PARTITIONS)
    known = state()
    known.entries[1] = ExperimentEntry(experiment(1, on=(0,)), 0.0, verdict=KEPT)
    assert not must_show(known, experiment(2), partitions=PARTITIONS)


def runs(known, *, n=9, asked=frozenset()):
    return wanted(known, n=n, partitions=PARTITIONS, asked=asked, seed=3)


def test_the_strongest_waiting_keep_is_fitted_on_other_folds_with_the_champion_and_no_other():
    found = runs(state({2: 1.2, 3: 2.5}))
    assert [(one.repeat_of, one.partition, one.by, one.seed) for one in found] == [
        (1, 2, CONFIRM, 3),
        (3, 2, CONFIRM, 3),
    ]
    assert [one.number for one in found] == [4, 5]
    assert [one.repeat_of for one in runs(state({2: 1.2, 3: 2.5}), n=1)] == [1]


def test_what_runs_already_is_awaited_and_what_was_lost_is_given_up():
    known = state({2: 1.2, 3: 2.5})
    champion, challenger = runs(known)
    known.entries[4] = ExperimentEntry(champion, 0.0)
    assert [one.repeat_of for one in runs(known, asked=frozenset({champion.key}))] == [3]
    known.entries[5] = ExperimentEntry(challenger, 0.0)
    assert runs(known, asked=frozenset({champion.key, challenger.key})) == (), "both run"
    too_dear = frozenset({challenger.key})
    assert [one.repeat_of for one in runs(state({2: 1.2, 3: 2.5}), asked=too_dear)] == [1, 2], (
        "the next one has its turn"
    )


def test_partitions_take_turns():
    waits = {number: 9.0 - number for number in range(2, 7)}
    known = state(waits)
    places = []
    for number in waits:
        places.append(runs(known)[-1].partition)
        known.entries[number].verdict = verdict(1.0, rule=NOT_AGAIN)
    assert places == [1, 2, 3, 1, 2]


@given(first=st.floats(-9, 9), again=st.floats(-9, 9))
def test_searchers_are_told_what_other_folds_say_where_these_were_asked(first, again):
    both = verdict(first, confirm=gain(again))
    assert shown_z(both) == again
    assert first - luck(both) == pytest.approx(again)
    assert (shown_z(verdict(first)), luck(verdict(first))) == (first, 0.0)


# -- whole labs -----------------------------------------------------------------------------------------------------


@pytest.fixture
def product():
    """A number that is a product of two others, and somebody who builds columns on scores."""
    X = np.random.default_rng(0).normal(size=(250, 4))
    return pd.DataFrame(X, columns=list("abcd")).assign(bought=X[:, 0] * X[:, 1])


ASKED = {"experiments": 5, "without": ONLY_LINEAR, "researchers": ("small", "features_kept")}


@pytest.mark.slow
def test_a_lab_fits_a_keep_again_on_other_folds_before_it_holds_and_an_audit_agrees(made, product, here):
    made(product, **ASKED)
    lab = Lab.open(here / "shop.lab")
    try:
        entry = lab.entry(lab.champion)
        assert entry.experiment.by == "features_kept"
        assert entry.verdict.confirm.value > 0
        first = next(r for r in lab.ledger.records() if r.kind == "verdict" and r.experiment == lab.champion)
        assert first.body["value"]["rule"] == UNCONFIRMED
        again = [e for e in lab.state.entries.values() if e.experiment.by == CONFIRM]
        assert {e.experiment.repeat_of for e in again} >= {1, lab.champion}
        assert {e.status for e in again} == {"repeat"}
        assert lab.state.proposed == 5, "they try nothing new, and are not counted"
        assert not any(lab.state.repeats(number) for number in lab.state.blend.numbers), "they carry no weight"
        assert {row.number: row.kept for row in lab.board().rows}[lab.champion] == "kept"
        assert lab.record(lab.champion).confirm == entry.verdict.confirm
        assert lab.audit().ok
    finally:
        lab.close()


@pytest.mark.slow
def test_a_confirmation_that_was_interrupted_comes_back_and_the_lab_ends_as_it_would_have(
    run, made, product, here, story, cut_ledger
):
    made(product, **ASKED)
    whole = story(here / "shop.lab")
    at = [n for n, (kind, _, body) in enumerate(whole, 1) if kind == "asked" and body["value"]["by"] == CONFIRM]
    results = [n for n, (kind, number, _) in enumerate(whole, 1) if kind == "verdict" and number == whole[at[1] - 1][1]]
    for kept in (at[1], results[0] - 1, results[0]):
        out = Path(f"cut-{kept}.lab")
        shutil.copytree(here / "shop.lab", out)
        cut_ledger(out, kept)
        run(product, **ASKED, out=str(out))
        assert [one for one in story(out) if one[0] != "session"] == [one for one in whole if one[0] != "session"], kept


@pytest.mark.slow
def test_a_new_champion_is_held_against_however_many_wait(made, here):
    made(experiments=4)
    lab = Lab.open(here / "shop.lab")
    known, ledger, clock = lab.state.entries[lab.state.champion], MemoryLedger(), SystemClock()
    for entry in lab.state.scored():
        ledger.put_array(np.array(lab.ledger.array(entry.result.oof)))
    journal = Journal.start(ledger, lab.state, clock, started=clock.now())
    for number in range(10, 210):
        one = replace(known.experiment, number=number, by="neighbours", pool="bounded", entry="")
        journal.write("asked", one, experiment=number)
        journal.write("result", known.result, experiment=number)
        journal.write("verdict", verdict(1.4), experiment=number)  # over #1, which is champion no more
    recorder = ResultRecorder.resume(
        lab.folder, journal, lab.scorer, limits=BlendLimits(), on_scored=lambda event: None
    )
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 120)  # as deep as 1,000 that wait would be for Python's own limit
    try:
        judged_again = recorder.judge_waiting()
    finally:
        sys.setrecursionlimit(limit)
    assert judged_again == tuple(range(10, 210))
    assert {journal.state.entries[number].verdict.rule for number in range(10, 210)} == {"tie"}
    assert recorder.judge_waiting() == ()
    lab.close()
