"""What steps find is found on some rows, without the target, and told to who looks for it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from assay.core.contract import ResearcherTraits
from assay.core.experiment import Experiment
from assay.core.fold_scores import FoldScores
from assay.core.problem.binary import Binary
from assay.core.recipe import Recipe, Step
from assay.core.result import Result
from assay.core.schema import Facts
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.state import LabState
from assay.pipeline.store import TaskFolder
from assay.research import registry
from assay.research.feature_sets import looked_for
from assay.search.applicable_steps import applicable_steps
from assay.search.director import Director


@pytest.fixture
def folder(tmp_path):
    """Returns folder(frame): the task folder of a table with target y."""

    def made(frame):
        ready = prepare(read_table(frame, name="table"), TaskOptions(target="y"))
        return TaskFolder.create(
            tmp_path / "x.lab", task=ready.task, table=ready.table, target=ready.target, split=ready.split
        )

    return made


def table(n=300, **columns):
    rng = np.random.default_rng(0)
    return pd.DataFrame({"a": rng.normal(size=n), "y": rng.normal(size=n), **columns})


def test_places_are_found_where_there_are_some(folder):
    rng = np.random.default_rng(1)
    found = applicable_steps(folder(table(lat=rng.uniform(47, 55, 300), lon=rng.uniform(6, 15, 300))), looked_for())
    assert "coordinates" in found


def test_skewed_numbers_and_gross_errors_are_found(folder):
    skewed = np.random.default_rng(1).lognormal(0, 1.5, 300)
    assert {"unskew", "outliers"} <= applicable_steps(folder(table(paid=skewed)), looked_for())


COUNTED = Step.of("outliers", reach=6.0, action="missing", count=True)


def test_a_count_of_no_gross_errors_is_no_finding(folder):
    """The move that counts them looks for the same step as the set that cuts them, which would then seem to suit."""
    assert not applicable_steps(folder(table()), (COUNTED,))


def test_a_count_of_gross_errors_is_one(folder):
    paid = np.r_[np.random.default_rng(1).normal(size=297), [900.0, -800.0, 700.0]]
    assert applicable_steps(folder(table(paid=paid)), (COUNTED,)) == {"outliers"}


def test_nothing_is_found_in_a_table_that_has_nothing(folder):
    nothing = {"coordinates", "calendar", "date_differences", "string_parts", "outliers"}
    assert not applicable_steps(folder(table()), looked_for()) & nothing


def test_days_are_found_between_two_dates(folder):
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(300) % 90, unit="D")
    frame = table(ordered=days, sent=days + pd.to_timedelta(np.arange(300) % 7, unit="D"))
    assert "date_differences" in applicable_steps(folder(frame), looked_for())


@dataclass(frozen=True)
class Listener:
    """Says nothing, and keeps what it is told."""

    heard: ClassVar[list[frozenset[str]]] = []
    seed: int = 0
    name: str = "listener"

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(looks_for=lambda: (Step.of("clusters"),))

    def ask(self, view, *, n):
        self.heard.append(view.applicable_steps)
        return ()


def test_the_director_tells_those_who_look_for_it_only(monkeypatch):
    monkeypatch.setitem(registry._found, "listener", Listener)
    facts = Facts(problem=Binary(), n_rows=100, n_numeric=1, n_category=0, n_dates=0, n_text=0)
    looked = []

    def applicable_steps(steps):
        looked.append(steps)
        return frozenset({"clusters"})

    def director(*names):
        return Director(facts=facts, without=frozenset(), seed=0, names=names, applicable_steps=applicable_steps)

    director("portfolio").ask(LabState(), n=1, seconds_left=None)
    assert not looked
    director("listener").ask(LabState(), n=1, seconds_left=None)
    assert not looked, "nothing has run that columns could be added to"
    experiment = Experiment(number=1, recipe=Recipe(model=Step.of("linear")), what="", question="", by="portfolio")
    failed = Result(
        score=None, folds=FoldScores.of(), oof=None, complete=False, wall_seconds=1.0, cpu_seconds=1.0, peak_bytes=0,
        model_bytes=0, row_ms=0.0,
    )  # fmt: skip
    director("listener").ask(
        LabState(entries={1: ExperimentEntry(experiment, 0.0, result=failed)}), n=1, seconds_left=None
    )
    assert looked == [(Step.of("clusters"),)]
    assert Listener.heard == [frozenset(), frozenset({"clusters"})]
