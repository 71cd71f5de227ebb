"""Who gets the next slot: fixed pools first, then those who search in turns, in a long search by what they earned."""

from collections import Counter
from dataclasses import replace

import pytest

from assay.core.experiment import Experiment
from assay.core.figure import Difference
from assay.core.fold_scores import FoldScores
from assay.core.problem.binary import Binary
from assay.core.result import Failure, Result
from assay.core.schema import Facts
from assay.ensemble.candidate import Blend
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.records import VerdictRecord
from assay.journal.state import LabState
from assay.journal.vault_record import VaultRecord
from assay.models import registry as models
from assay.research import queue
from assay.research.portfolio import entries
from assay.search.director import Director, dropped_notices
from assay.search.next_slot import next_slot
from assay.search.turns import CREDIT_EXPERIMENTS

FACTS = Facts(
    problem=Binary(), n_rows=5_000, n_numeric=10, n_category=5, n_dates=0, n_text=0, n_classes=2, minority=2_000,
    most_levels=12, metric="roc_auc",
)  # fmt: skip
ONLY = frozenset(models.names()) - {"constant", "rule", "linear", "knn"}
POOL = entries(FACTS, without=ONLY)


def finished(experiment, seconds=1.0):
    result = Result(
        score=0.8, folds=FoldScores.of(), oof=None, complete=True, wall_seconds=seconds, cpu_seconds=seconds,
        peak_bytes=0, model_bytes=0, row_ms=0.1,
    )  # fmt: skip
    verdict = VerdictRecord(kept=False, rule="tie", why="")
    return ExperimentEntry(experiment, 0.0, result=result, verdict=verdict)


def after_the_pool():
    state = LabState()
    for number, entry in enumerate(POOL, start=1):
        experiment = Experiment(
            number=number, recipe=entry.recipe, what=entry.what, question="", by="portfolio", entry=entry.name
        )
        state.entries[number] = finished(experiment)
    return state


WITHOUT_COLUMNS = ("portfolio", "repeats", "neighbours", "tpe", "stack")
"""Those who work on the columns as they are."""


def director(**changes):
    return replace(Director(FACTS, ONLY, 0, names=WITHOUT_COLUMNS, sigma=lambda state: 0.01), **changes)


def gone_on(state, rounds, *, seconds=1.0):
    """So many proposals later, by the two who search in turns."""
    (linear,) = (entry.recipe for entry in POOL if entry.name == "linear")
    for i in range(rounds):
        recipe = replace(linear, model=linear.model.with_params(C=1.0 + i))
        by = ("neighbours", "tpe")[i % 2]
        one = Experiment(number=state.next_number, recipe=recipe, what="", question="", by=by, pool="bounded")
        state.entries[one.number] = finished(one, seconds)
    return state


def proposers(experiments):
    return [one.by for one in experiments]


def test_a_fixed_pool_comes_before_any_search():
    assert set(proposers(director().ask(LabState(), n=50, seconds_left=None))) == {"portfolio"}


def test_engineered_columns_come_after_the_portfolio_and_before_repeats():
    everyone = director(names=queue(has_vault=False), partitions=4, facts=replace(FACTS, n_rows=500))
    assert set(proposers(everyone.ask(LabState(), n=50, seconds_left=None))) == {"portfolio"}
    assert set(proposers(everyone.ask(after_the_pool(), n=3, seconds_left=None))) == {"features"}


def test_repeats_come_before_any_search():
    small = director(partitions=4, facts=replace(FACTS, n_rows=500))
    assert set(proposers(small.ask(after_the_pool(), n=3, seconds_left=None))) == {"repeats"}


def test_with_a_vault_repeats_share_turns_with_those_who_go_by_scores():
    state = after_the_pool()
    state.vault = VaultRecord(
        asked=0.1, share=0.1, rows=50, units=50, search_rows=450, by="row", cuts=(), allows_findings=False, key="0",
    )  # fmt: skip
    for number in (3, 4):  # moves change what was kept
        state.entries[number].verdict = VerdictRecord(kept=True, rule="gain", why="")
        state.keeps.append(number)
    small = director(names=("portfolio", "repeats", "moves"), partitions=4, facts=replace(FACTS, n_rows=500))
    asked = Counter(proposers(small.ask(state, n=8, seconds_left=None)))
    assert asked == {"moves": 6, "repeats": 2}
    found = next_slot(director(names=("repeats",), partitions=4, facts=small.facts), state, seconds_left=None)
    assert (found.experiment.by, found.phase) == ("repeats", "turns")


def test_those_who_search_take_turns():
    asked = director().ask(after_the_pool(), n=8, seconds_left=None)
    assert proposers(asked).count("tpe") == proposers(asked).count("neighbours") == 4
    assert [one.number for one in asked] == list(range(len(POOL) + 1, len(POOL) + 9))
    assert len({one.key for one in asked}) == 8


def test_who_has_had_less_is_asked_next():
    (one,) = director().ask(gone_on(after_the_pool(), 5), n=1, seconds_left=None)
    assert one.by == "tpe"


def test_where_nobody_has_anything_to_say_nothing_is_asked():
    small = director(facts=replace(FACTS, n_rows=500), names=("portfolio", "tpe"))
    assert small.ask(after_the_pool(), n=4, seconds_left=None) == ()


def test_in_a_long_search_slots_go_to_who_has_earned_them():
    state = gone_on(after_the_pool(), CREDIT_EXPERIMENTS)
    for entry in [e for e in state.entries.values() if e.experiment.by == "tpe"][-10:]:
        gain = Difference(
            value=0.02, origin="oof", sigma=0.01, df=9.0, n_units=99, low=None, high=None, p=0.02, e=None, over=1
        )  # fmt: skip
        entry.verdict = VerdictRecord(kept=True, rule="gain", why="", against=gain)
    asked = director().ask(state, n=20, seconds_left=None)
    assert proposers(asked).count("tpe") >= 14
    assert all("σ" in one.reason or "at random" in one.reason for one in asked)


@pytest.mark.parametrize("rounds", [3, CREDIT_EXPERIMENTS], ids=["short", "long"])
def test_in_an_exact_run_measured_seconds_decide_nothing(rounds):
    quick, slow = (gone_on(after_the_pool(), rounds, seconds=seconds) for seconds in (0.1, 50.0))
    slow.seconds = 1e6
    assert director().ask(quick, n=6, seconds_left=None) == director().ask(slow, n=6, seconds_left=None)


def test_gains_are_told_in_one_unit_from_one_origin():
    state = after_the_pool()
    last = max(state.entries)
    state.entries[last].result = replace(state.entries[last].result, score=0.8131)
    history = director().view(state, seconds_left=None).history
    assert [t.gain for t in history] == [0.0] * (len(history) - 1) + [1.5]


def failed(experiment):
    entry = finished(experiment)
    failure = Failure(kind="error", step="fit", message="no such device")
    return replace(entry, result=replace(entry.result, score=None, failure=failure), verdict=None)


def test_a_family_that_failed_on_every_try_is_dropped_and_named():
    pool = entries(FACTS)
    state = LabState()
    boosters = [entry for entry in pool if entry.recipe.model.name == "lightgbm"]
    others = [entry for entry in pool if entry.recipe.model.name == "linear"][:1]
    for number, entry in enumerate([*boosters[:2], *others], start=1):
        one = Experiment(number=number, recipe=entry.recipe, what="", question="", by="portfolio", entry=entry.name)
        state.entries[number] = failed(one)
    view = director(without=frozenset()).view(state, seconds_left=10.0)
    assert view.without == {"lightgbm"}  # one failure of a family is not every try
    (notice,) = dropped_notices(state)
    assert "lightgbm failed on every try" in notice.message
    assert "no such device" in notice.message


def test_a_family_that_worked_once_is_kept():
    state = after_the_pool()
    number = state.next_number
    state.entries[number] = failed(replace(state.entries[1].experiment, number=number))
    assert dropped_notices(state) == ()


def test_no_family_has_four_slots_in_a_row_in_a_long_search():
    asked = director().ask(both_searched(), n=30, seconds_left=None)
    families = [one.recipe.model.name for one in asked]
    assert set(families) == {"linear", "knn"}
    assert all(len(set(families[i : i + 4])) > 1 for i in range(len(families) - 3))


def test_where_there_is_one_family_it_has_all_slots():
    alone = director(without=ONLY | {"knn"})
    assert {one.recipe.model.name for one in alone.ask(both_searched(), n=6, seconds_left=None)} == {"linear"}


def both_searched():
    """A long search in which two families are worth more."""
    state = gone_on(after_the_pool(), CREDIT_EXPERIMENTS)
    members = [e.experiment.number for e in state.entries.values() if e.experiment.by == "portfolio"]
    state.blend = Blend(numbers=tuple(members), weights=(1 / len(members),) * len(members))
    return state


def test_who_is_next_is_known_before_it_is_proposed_and_why():
    nobody = next_slot(director(names=()), LabState(), seconds_left=None)
    assert (nobody.phase, nobody.experiment) == ("nothing", None)
    pool = next_slot(director(), LabState(), seconds_left=None)
    assert (pool.phase, pool.experiment.by) == ("fixed pool", "portfolio")
    turns = next_slot(director(), after_the_pool(), seconds_left=None)
    assert turns.phase == "turns"
    assert turns.reason == "its turn: 0 slots so far, nobody who searches had fewer"
    state = both_searched()
    by_credit = next_slot(director(), state, seconds_left=60.0)
    assert by_credit.phase == "credit"
    assert (by_credit.experiment,) == director().ask(state, n=1, seconds_left=60.0)
    assert by_credit.reason == by_credit.experiment.reason
    assert {one.name: one.slots for one in by_credit.proposers} == {"neighbours": 50, "tpe": 50, "stack": 0}
