"""Which proposals run, and when: none may take a large share of the time before the others had their turn."""

import math
import threading
from types import SimpleNamespace

from assay.core.clock import Deadline
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.schema import Facts
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.state import LabState
from assay.research.portfolio import BASELINE
from assay.search.admission import DEAR_SHARE, Admission
from assay.search.code_gate import CodeGate
from assay.search.director import Director
from assay.search.fit_cost import CostModel
from assay.search.stop_rule import StopRule

WORKERS, FOLDS, SECONDS = 2, 5, 600.0
MANY = Facts(
    problem=Multiclass(), n_rows=20_000, n_numeric=40, n_category=0, n_dates=0, n_text=0, n_classes=12, minority=1_500
)


def admitted(facts=MANY, *, seconds=SECONDS, n=12):
    """The first n experiments that a search of the portfolio admits, and the admission itself."""
    state = LabState()

    def write(kind, body, experiment=None):
        if kind == "asked":
            state.entries[body.number] = ExperimentEntry(body, 0.0)

    end = Deadline.after(seconds)
    stop_rule = StopRule(
        exact=False, experiments=None, freeze=lambda: end, patience=math.inf, interrupt=threading.Event()
    )
    journal = SimpleNamespace(state=state, write=write, ledger=None)
    admission = Admission(
        session=SimpleNamespace(
            folder=SimpleNamespace(split=SimpleNamespace(n_folds=FOLDS), path=None),
            journal=journal, state=state, workers=WORKERS,
        ),
        director=Director(facts=facts, without=frozenset(), seed=0, names=("portfolio",)),
        cost=CostModel(facts), stop_rule=stop_rule, code=CodeGate(journal),
    )  # fmt: skip
    found = [run.experiment for _ in range(n) for run in admission.admit(0.0)]
    return found, admission


def share(experiment, admission, seconds=SECONDS):
    return FOLDS * admission.cost.fold_seconds(experiment) / WORKERS / seconds


def test_entries_that_take_a_large_share_of_the_time_come_in_a_hurry_or_after_all_others():
    found, admission = admitted()
    dear = [one for one in found if share(one, admission) > DEAR_SHARE]
    assert {one.entry for one in dear} <= {BASELINE}
    assert any("in a hurry" in one.what for one in found)
    assert not admission.takes_dear


def test_what_is_dear_even_in_a_hurry_waits_until_nothing_else_is_left():
    found, admission = admitted(seconds=250.0, n=40)
    last = [one for one in found if share(one, admission, 250.0) > DEAR_SHARE and one.entry != BASELINE]
    assert last
    assert admission.takes_dear
    assert max(one.number for one in found) - min(one.number for one in last) < len(last)


def test_where_there_is_time_for_all_nothing_waits_and_nothing_is_hurried():
    found, admission = admitted(seconds=1e7, n=40)
    assert admission.dear == set()
    assert not any("in a hurry" in one.what for one in found)


TEXTS = Facts(
    problem=Binary(), n_rows=5_000, n_numeric=6, n_category=5, n_dates=2, n_text=1, n_classes=2, minority=2_000,
    text_chars=700.0,
)  # fmt: skip


def reads_words(experiment):
    return any(step.name == "tfidf" for step in experiment.recipe.steps)


def test_a_text_model_that_fits_into_the_time_comes_first_on_fewer_terms_if_need_be():
    found, _ = admitted(TEXTS, seconds=60.0)
    assert [one.entry for one in found[:3]] == ["constant", "rule", "linear"]
    assert "hurry" not in found[2].what
    hurried, admission = admitted(TEXTS, seconds=2.0)
    assert [one.entry for one in hurried[:3]] == ["constant", "rule", "linear"]
    assert "hurry" in hurried[2].what
    assert reads_words(hurried[2])
    assert admission.cost.fold_seconds(hurried[2]) < 0.5 * admission.cost.fold_seconds(found[2])
