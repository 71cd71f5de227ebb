"""What researchers are told: columns without the target, how long nothing was kept, what a vault let claim."""

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.core.contract import ColumnCard
from assay.core.experiment import Experiment
from assay.core.recipe import Recipe, Step
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.state import LabState
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.search.director import Director
from assay.search.known_so_far import columns_of
from assay.search.settings import FitSettings
from assay.views.summary import brief


def frame(n=300):
    rng = np.random.default_rng(0)
    return pd.DataFrame({
        "size": np.where(rng.random(n) < 0.25, np.nan, rng.normal(size=n)), "city": rng.choice(list("abc"), n),
        "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400, n), unit="D"), "one": "same",
        "key": np.arange(n), "y": rng.choice(["no", "yes"], n),
    })  # fmt: skip


def test_columns_are_told_by_name_kind_levels_and_gaps_and_the_target_is_not_among_them():
    task = prepare(read_table(frame(), name="t"), TaskOptions(target="y")).task
    cards = {card.name: card for card in columns_of(task)}
    assert set(cards) == {"size", "city", "since"}, "no constant, no key, no target"
    assert cards["city"] == ColumnCard(name="city", kind="category", levels=3, missing=0.0)
    assert cards["since"].kind == "datetime"
    assert cards["size"].levels == 0
    assert cards["size"].missing == frame()["size"].isna().mean()
    director = Director(task.facts, frozenset(), 0, columns=columns_of(task))
    assert director.view(LabState(), seconds_left=None).columns == columns_of(task)


def test_how_long_nothing_was_kept_is_told():
    director, state = (
        Director(prepare(read_table(frame(), name="t"), TaskOptions(target="y")).task.facts, frozenset(), 0),
        LabState(),
    )
    for number in range(1, 8):
        recipe = Recipe(model=Step.of("linear", C=float(number)))
        one = Experiment(number=number, recipe=recipe, what="", question="", by="tpe")
        state.entries[number] = ExperimentEntry(one, 0.0)
    assert director.view(state, seconds_left=None).since_keep == 7
    state.champion = 5
    assert director.view(state, seconds_left=None).since_keep == 2


@pytest.mark.slow
def test_what_a_vault_let_claim_is_told_without_its_figures(tmp_path):
    rng = np.random.default_rng(3)
    table = pd.DataFrame(rng.normal(size=(900, 3)), columns=list("abc"))
    table["y"] = np.where(np.abs(table["a"]) + 0.2 * rng.normal(size=900) > 0.7, "yes", "no")
    settings = FitSettings(
        budget=Budget(experiments=6), vault=0.4, families=frozenset({"linear", "lightgbm"}), out=str(tmp_path / "x.lab")
    )  # fmt: skip
    fit(table, TaskOptions(target="y"), settings, context=RunContext(inline=True, write_brief=False))
    lab = Lab.open(tmp_path / "x.lab")
    found = Director(lab.task.facts, frozenset(), 0).view(lab.state, seconds_left=None).findings
    claimed = [change.number for change in lab.state.certified.changes if change.found]
    assert [words.split(",")[0] for words in found] == [f"#{number}" for number in claimed]
    assert not any("0." in words for words in found)
    kept = {n: e.experiment for n, e in lab.state.entries.items() if e.status == "kept"}
    assert dict(brief(lab).origins) == {n: "ensemble" if one.is_blend else "portfolio" for n, one in kept.items()}
    lab.close()
