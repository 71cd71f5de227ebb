"""Rows that count more than others do so in every decision of a search, not only in its score."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import DataError
from assay.core.problem.regression import Regression
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.metrics.choose_metric import find
from assay.pipeline.store import TaskFolder
from assay.search.scorer import Scorer
from assay.vault.key import VaultKey
from assay.vault.vault import set_aside

KEY = VaultKey(bytes(range(32)))


def weighed(n: int = 600) -> pd.DataFrame:
    """One row in ten counts a hundred times as much as the others."""
    rng = np.random.default_rng(0)
    return pd.DataFrame({
        "x": rng.normal(size=n), "z": rng.normal(size=n), "w": np.where(np.arange(n) % 10 == 0, 100.0, 1.0),
        "y": rng.normal(size=n),
    })  # fmt: skip


def scorer_of(path, frame: pd.DataFrame, **options: str) -> Scorer:
    prepared = prepare(read_table(frame), TaskOptions(target="y", **options))
    task = replace(prepared.task, loss="squared")
    folder = TaskFolder.create(
        path, task=task, table=prepared.table, target=prepared.target, split=prepared.split, groups=prepared.groups,
    )  # fmt: skip
    return Scorer.of(folder, find("rmse", Regression()))


def test_a_candidate_that_is_better_where_rows_count_is_not_stopped_for_being_worse_where_they_do_not(tmp_path):
    frame = weighed()
    heavy, y, rng = frame["w"].to_numpy() > 1.0, frame["y"].to_numpy(), np.random.default_rng(1)
    best = y + rng.normal(size=600)
    candidate = y + rng.normal(size=600) * np.where(heavy, 0.1, 3.0)
    by_weight, plain = scorer_of(tmp_path / "w", frame, weights="w"), scorer_of(tmp_path / "p", frame.drop(columns="w"))
    assert by_weight.figure_score(candidate) < by_weight.figure_score(best)
    assert by_weight.hopeless(candidate, best=best, blend=None, folds_done=3) == ""
    assert "neither win nor help" in plain.hopeless(candidate, best=best, blend=None, folds_done=3)


def test_what_would_help_a_blend_only_where_rows_do_not_count_is_stopped(tmp_path):
    frame = weighed()
    heavy, y, rng = frame["w"].to_numpy() > 1.0, frame["y"].to_numpy(), np.random.default_rng(1)
    blend = y + rng.normal(size=600) * ~heavy
    candidate = y + rng.normal(size=600) * np.where(heavy, 3.0, 1.0)
    by_weight, plain = scorer_of(tmp_path / "w", frame, weights="w"), scorer_of(tmp_path / "p", frame.drop(columns="w"))
    assert "neither win nor help" in by_weight.hopeless(candidate, best=blend, blend=blend, folds_done=3)
    assert plain.hopeless(candidate, best=blend, blend=blend, folds_done=3) == ""


def test_weights_of_a_vault_are_read_as_those_of_the_search():
    frame = weighed().assign(w=[f" {w:.1f}" for w in weighed()["w"]])
    options = TaskOptions(target="y", weights="w")
    seen, vault = set_aside(read_table(frame), options, 0.5, key=KEY)
    searched = prepare(seen, options).target.weight
    inside = vault.rows((), seed=0).weight
    assert sorted([*searched, *inside]) == sorted(weighed()["w"])


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan])
def test_a_weight_in_the_vault_that_is_no_positive_number_is_refused_before_the_search(bad):
    frame = weighed()
    _, vault = set_aside(read_table(frame), TaskOptions(target="y", weights="w"), 0.5, key=KEY)
    frame.loc[np.flatnonzero(vault.inside)[0], "w"] = bad
    with pytest.raises(DataError, match="not a positive number in 1 row"):
        set_aside(read_table(frame), TaskOptions(target="y", weights="w"), 0.5, key=KEY)
