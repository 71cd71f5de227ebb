"""State: a fold over records; what proposers are told of it; what faces make of two recipes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.contract import LedgerRecord
from assay.core.experiment import Experiment
from assay.core.figure import Difference
from assay.core.fold_scores import FoldScore, FoldScores
from assay.core.problem.binary import Binary
from assay.core.recipe import Recipe, Step
from assay.core.result import Failure, Result
from assay.core.schema import Facts
from assay.core.usage import ColumnLoss, learned_line
from assay.ensemble.candidate import Blend
from assay.journal.experiment_counts import counts
from assay.journal.experiment_index import ExperimentIndex
from assay.journal.journal import Journal
from assay.journal.records import EndRecord, ModelRecord, SessionRecord, VerdictRecord
from assay.journal.replayed_state import replay
from assay.journal.state import LabState
from assay.search.director import Director
from assay.search.observations import Observed, observations
from assay.views.record_views import changes
from each import at_most
from samples.memory_ledger import MemoryLedger

FACTS = Facts(
    problem=Binary(), n_rows=5_000, n_numeric=10, n_category=5, n_dates=0, n_text=0, n_classes=2, minority=2_000
)


class HandClock:
    def __init__(self):
        self.seconds = 100.0

    def now(self):
        return self.seconds


def experiment(number, *, by="portfolio", entry="lgb_std", parents=()):
    recipe = Recipe(model=Step.of("lightgbm", leaves=number + 1))
    return Experiment(
        number=number,
        recipe=recipe,
        what=f"try {number}",
        question="?",
        by=by,
        entry=entry,
        parents=parents,
        pool="fixed",
        role="blend" if by == "ensemble" else "proposal",
    )


def fold(number):
    return FoldScore(
        fold=number, partition=0, score=0.7, ended="converged", rounds=10, rounds_done=12, wall_seconds=1.0,
        cpu_seconds=1.0, peak_bytes=1, model_bytes=1, row_ms=0.1, piece_ms=0.1, predictions="p", model="m",
    )  # fmt: skip


def result(score=0.7, *, complete=True, failure=None):
    return Result(
        score=score, folds=FoldScores.of([fold(0)]), oof="x" if score is not None else None, complete=complete,
        wall_seconds=1.0, cpu_seconds=1.0, peak_bytes=1, model_bytes=1, row_ms=0.1, failure=failure,
    )  # fmt: skip


def difference(value, sigma):
    return Difference(
        origin="oof", value=value, sigma=sigma, df=4, n_units=5, low=None, high=None, p=None, e=None, over=1
    )


def verdict(kept, against=None):
    return VerdictRecord(kept=kept, rule="1 sigma", why="because", against=against)


def new_book():
    return Journal.start(MemoryLedger(), LabState(), HandClock(), started=100.0)


def told_book(*outcomes):
    """A book of experiments, each with (result, verdict)."""
    journal = new_book()
    for number, (outcome, judged) in enumerate(outcomes, start=1):
        journal.write("asked", experiment(number), experiment=number)
        journal.write("result", outcome, experiment=number)
        journal.write("verdict", judged, experiment=number)
    return journal


FAILED = Failure(kind="error", step="fit", message="no")
writes = st.lists(st.sampled_from(["asked", "fold", "result", "failed", "kept", "dropped", "blend", "model", "end",
                                   "session", "strange"]), max_size=30)  # fmt: skip


@settings(max_examples=at_most(60), deadline=None)
@given(kinds=writes)
def test_the_state_in_memory_is_the_state_a_replay_gives_at_every_moment(kinds):
    journal = new_book()
    for kind in kinds:
        journal.clock.seconds += 0.25
        last = max(journal.state.entries, default=0)
        if kind == "asked":
            journal.write("asked", experiment(last + 1), experiment=last + 1)
        elif kind == "blend":
            journal.write("blend", Blend(numbers=(1, 2), weights=(0.25, 0.75), score=0.5))
        elif kind == "model":
            blend = Blend(numbers=(1,), weights=(1.0,), score=0.5)
            journal.write(
                "model", ModelRecord(size_bytes=1, estimated_ms=0.1, measured_ms=None, form="refit", blend=blend)
            )
        elif kind == "end":
            journal.write(
                "end", EndRecord(stopped_by="time", expect=None, search=None, optimism=None, gain=None, learned="")
            )
        elif kind == "session":
            journal.write("session", SessionRecord(pid=1, seed=0, seconds=None, experiments=3, workers=1, versions=()))
        elif kind == "strange":
            journal.write("of a later version", {"value": 1})
        elif last:
            body = {"fold": fold(0), "result": result(), "failed": result(None, complete=False, failure=FAILED),
                    "kept": verdict(True), "dropped": verdict(False)}[kind]  # fmt: skip
            name = {"failed": "result", "kept": "verdict", "dropped": "verdict"}.get(kind, kind)
            journal.write(name, body, experiment=last)
        assert replay(journal.ledger.records()) == journal.state


@settings(max_examples=at_most(60), deadline=None)
@given(kinds=st.lists(st.tuples(st.sampled_from(["asked", "result", "failed", "kept", "dropped", "blend"]),
                                st.integers(1, 6), st.floats(-9.0, 9.0), st.sampled_from([None, 0.1, 0.3])),
                      max_size=40))  # fmt: skip
def test_what_is_kept_record_by_record_is_what_a_walk_over_all_experiments_finds(kinds):
    journal, observed = new_book(), Observed()
    state = journal.state
    for kind, number, value, sigma in kinds:
        if kind == "asked":
            by, role = ("portfolio", "proposal") if number % 2 else ("tpe", "confirmation")
            new = replace(experiment(state.next_number, by=by), role=role)
            journal.write("asked", new, experiment=new.number)
        elif number not in state.entries:
            continue
        elif kind == "blend":
            journal.write("blend", Blend(numbers=(number, 7), weights=(0.25, 0.75), score=0.5))
        else:
            body = {"result": result(value), "failed": result(None, complete=False, failure=FAILED),
                    "kept": verdict(True), "dropped": verdict(False, difference(value, 0.5))}[kind]  # fmt: skip
            journal.write("result" if kind in ("result", "failed") else "verdict", body, experiment=number)
        walked = ExperimentIndex.of(state.entries.values())
        for what in ("last_number", "keys", "searched"):
            assert getattr(state.index, what) == getattr(walked, what)
        for what in ("roles", "outcomes", "families", "failures", "proposers", "ended_by"):
            assert +getattr(state.index, what) == getattr(walked, what), what
        for found, ended in ((state.open(), False), (state.scored() + state.unjudged(), True)):
            assert all((entry.result is not None) == ended for entry in found)
        assert [e.experiment.number for e in state.scored()] == sorted(
            n for n, e in state.entries.items() if e.is_scored
        )
        assert observed.of(state, sigma=sigma) == observations(state, sigma=sigma)


@pytest.mark.parametrize(
    ("outcome", "judged", "status"),
    [
        (result(), verdict(True), "kept"),
        (result(), verdict(False), "dropped"),
        (result(None, complete=False, failure=FAILED), verdict(False), "failed"),
        (result(None, complete=False), verdict(False), "stopped early"),
    ],
)
def test_what_became_of_an_experiment_has_a_word(outcome, judged, status):
    state = told_book((outcome, judged)).state
    assert state.entries[1].status == status
    assert getattr(counts(state), status.replace(" early", "_early")) == 1
    assert bool(state.scored()) == (status in ("kept", "dropped"))
    assert not state.open()


def test_an_experiment_is_asked_then_running_until_it_has_a_result():
    journal = new_book()
    journal.write("asked", experiment(1), experiment=1)
    assert journal.state.entries[1].status == "asked"
    journal.write("fold", fold(0), experiment=1)
    assert journal.state.entries[1].status == "running"
    assert [entry.experiment.number for entry in journal.state.open()] == [1]


def test_the_champion_is_the_last_that_was_kept_and_no_blend():
    journal = told_book((result(), verdict(True)), (result(), verdict(False)), (result(), verdict(True)))
    assert journal.state.champion == 3
    journal.write("asked", experiment(4, by="ensemble"), experiment=4)
    journal.write("result", result(), experiment=4)
    journal.write("verdict", verdict(True), experiment=4)
    assert journal.state.champion == 3
    assert journal.state.proposed == 3
    assert journal.state.next_number == 5


def test_the_baseline_is_the_first_standard_booster_with_a_score():
    journal = told_book((result(None, complete=False, failure=FAILED), verdict(False)), (result(), verdict(True)))
    assert journal.state.baseline == 2


def test_a_new_session_takes_back_the_end_of_the_last():
    journal = new_book()
    journal.write("end", EndRecord(stopped_by="time", expect=None, search=None, optimism=None, gain=None, learned=""))
    journal.write("session", SessionRecord(pid=1, seed=0, seconds=9.0, experiments=None, workers=1, versions=()))
    assert journal.state.end is None


def test_time_goes_on_over_sessions_and_never_back():
    journal = new_book()
    journal.clock.seconds = 107.0
    journal.write("session", SessionRecord(pid=1, seed=0, seconds=9.0, experiments=None, workers=1, versions=()))
    again = Journal.start(journal.ledger, replay(journal.ledger.records()), HandClock(), started=100.0)
    again.clock.seconds = 103.0
    assert again.seconds == 10.0
    again.write("of a later version", {})
    assert again.state.seconds == 10.0


def test_a_record_of_an_experiment_nobody_asked_is_refused():
    record = LedgerRecord(
        number=1, kind="fold", experiment=7, at="", body={"value": {}, "seconds_in": 0}, previous="", hash=""
    )
    with pytest.raises(ValueError, match=r"experiment 7, which was never asked|FoldScore"):
        LabState().apply(record)


# -- what proposers are told ---------------------------------------------------


@given(value=st.floats(-1e9, 1e9), sigma=st.floats(0.0, 1e3))
def test_proposers_are_told_differences_in_halves_of_noise_up_to_three_and_no_score(value, sigma):
    state = told_book((result(), verdict(True)), (result(), verdict(False, difference(value, sigma)))).state
    one = observations(state)[1]
    assert one.z in np.arange(-3.0, 3.5, 0.5)
    assert not hasattr(one, "score")
    if abs(value) >= 3.5 * sigma and value:
        assert one.z == np.sign(value) * 3.0


def test_proposers_are_told_of_failures_without_a_number_and_not_of_blends_or_what_runs():
    journal = told_book((result(), verdict(True)), (result(None, complete=False, failure=FAILED), verdict(False)))
    journal.write("asked", experiment(3, by="ensemble"), experiment=3)
    journal.write("result", result(), experiment=3)
    journal.write("asked", experiment(4), experiment=4)
    found = observations(journal.state)
    assert [(one.experiment.number, one.z, one.status) for one in found] == [(1, 0.0, "kept"), (2, None, "failed")]


def test_the_first_researcher_with_something_to_say_gets_the_slot_and_passed_recipes_are_not_asked_again():
    director = Director(FACTS, frozenset(), 0)
    first = director.ask(LabState(), n=3, seconds_left=60.0)
    assert [one.number for one in first] == [1, 2, 3]
    passed = frozenset(one.recipe.key for one in first)
    assert not passed & {one.recipe.key for one in director.ask(LabState(), n=50, seconds_left=60.0, passed=passed)}


def test_a_director_without_anybody_who_proposes_has_nothing():
    assert Director(FACTS, frozenset(), 0, ()).ask(LabState(), n=3, seconds_left=None) == ()


# -- faces ---------------------------------------------------------------------


def test_two_recipes_differ_by_lines_taken_out_put_in_and_changed():
    a = Recipe(steps=(Step.of("impute"), Step.of("scale", clip=8.0)), model=Step.of("lightgbm", leaves=31, l1=None))
    b = Recipe(steps=(Step.of("scale", clip=4.0),), model=Step.of("lightgbm", leaves=15), transform="log1p")
    assert [(change.sign, change.text) for change in changes(a, b)] == [
        ("-", "impute"), ("~", "lightgbm leaves=31 → 15"), ("~", "scale clip=8 → 4"), ("~", "target identity → log1p"),
    ]  # fmt: skip
    assert changes(a, a) == ()
    back = {(change.sign, change.text) for change in changes(b, a)}
    assert ("+", "impute") in back


def test_steps_of_one_name_are_told_apart_by_their_place():
    a = Recipe(steps=(Step.of("scale", clip=1.0), Step.of("scale", clip=2.0)), model=Step.of("linear"))
    b = replace(a, steps=(Step.of("scale", clip=3.0), Step.of("scale", clip=2.0)))
    assert len(changes(a, b)) == 1


EFFECTS = (
    ColumnLoss(name="age", loss=0.1, low=0.05, high=0.15),
    ColumnLoss(name="city", loss=0.01, low=0.006, high=0.014),
    ColumnLoss(name="n", loss=0.0, low=-1, high=1),
)


def test_what_was_learned_names_columns_that_carry_and_one_that_does_not():
    assert learned_line(EFFECTS) == "age, city matter most; n makes no visible difference"
    assert learned_line(EFFECTS[:1]) == "age matters most"
    assert "no single column" in learned_line(EFFECTS[2:])
    assert learned_line(()) == ""
