"""Repeats in a lab: averaged with their first, scored in their own folds, never kept, never the best."""

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.run_context import RunContext
from assay.models import registry as models
from assay.search.settings import FitSettings

ONLY = frozenset(models.names()) - {"constant", "rule", "linear", "knn"}


def search(folder, experiments, without=ONLY):
    """A search of quick families on 150 rows, or its continuation."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(150, 4)), columns=list("abcd"))
    frame["y"] = np.where(rng.random(150) < 1 / (1 + np.exp(-2 * frame["a"] * frame["b"])), "yes", "no")
    settings = FitSettings(
        budget=Budget(experiments=experiments), out=str(folder), without=without, researchers=("portfolio", "repeats")
    )
    fit(frame, TaskOptions(target="y"), settings, context=RunContext(inline=True, write_brief=False))
    return Lab.open(folder)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A lab whose portfolio is through and whose recipes are fitted on other folds too."""
    found = search(tmp_path_factory.mktemp("repeats") / "whole.lab", 9)
    yield found
    found.close()


def repeats(lab):
    return [entry for entry in lab.state.scored() if entry.experiment.repeat_of is not None]


def test_after_the_portfolio_known_recipes_are_fitted_on_other_folds(lab):
    assert repeats(lab)
    for entry in repeats(lab):
        first = lab.entry(entry.experiment.repeat_of).experiment
        assert (first.recipe, first.partition) == (entry.experiment.recipe, 0)
        assert entry.experiment.partition > 0


def test_a_repeat_is_never_kept_and_never_the_best(lab):
    for entry in repeats(lab):
        assert (entry.status, entry.verdict.rule, entry.verdict.kept) == ("repeat", "repeat", False)
        assert lab.champion != entry.experiment.number != lab.leader()
    assert lab.status().proposers[1][0] == "repeats"


def test_a_repeat_is_scored_within_its_own_folds(lab):
    for entry in repeats(lab):
        sizes = [len(lab.folder.split.fold(f.fold, entry.experiment.partition).test) for f in entry.result.folds]
        mean = np.average([f.score for f in entry.result.folds], weights=sizes)
        assert entry.result.score == pytest.approx(mean, abs=1e-6)
        assert lab.quick_figure(entry.experiment.number).value == pytest.approx(mean, abs=1e-6)


def test_a_repeat_differs_from_its_first_by_what_the_lab_records_as_noise(lab):
    for entry in repeats(lab):
        against = entry.verdict.against
        gain = entry.result.score - lab.entry(entry.experiment.repeat_of).result.score
        assert (against.over, against.value) == (entry.experiment.repeat_of, pytest.approx(gain, abs=1e-9))
        assert (against.p, against.e) == (None, None)


def test_the_blend_is_of_means_over_partitions(lab):
    shipped = lab.state.model.blend
    ensemble = [entry for entry in lab.state.scored() if entry.experiment.by == "ensemble"]
    means = {
        number: np.mean([lab.oof(n) for n in (number, *lab.state.repeats(number))], axis=0)
        for number in shipped.numbers
    }
    assert any(lab.state.repeats(number) for number in shipped.numbers)
    assert all(lab.entry(number).experiment.repeat_of is None for number in shipped.numbers)
    for entry in ensemble:
        np.testing.assert_allclose(lab.oof(entry.experiment.number), shipped.predict(means), atol=1e-6)


@pytest.mark.slow
def test_a_lab_that_is_continued_goes_on_repeating_and_blends_the_same(lab, tmp_path):
    search(tmp_path / "parts.lab", 7).close()
    parts = search(tmp_path / "parts.lab", 9)
    tried = [
        {(e.experiment.key, e.result.oof) for e in one.state.scored() if e.experiment.by != "ensemble"}
        for one in (lab, parts)
    ]
    assert tried[0] == tried[1]
    assert len(repeats(parts)) == len(repeats(lab))
    parts.close()


def test_what_a_repeat_says_is_honest_and_short(lab):
    one = lab.record(repeats(lab)[0].experiment.number)
    assert one.status == "repeat"
    assert "the same recipe" in one.verdict_why
    assert "folds 2" in one.what


def test_models_of_repeats_are_not_kept_as_they_never_ship(lab):
    for entry in lab.state.scored():
        there = [(lab.folder.work / fold.model).exists() for fold in entry.result.folds]
        assert all(there) == (entry.experiment.repeat_of is None)


@pytest.mark.slow
def test_the_gain_is_over_the_baseline_of_the_leaderboard_and_not_over_the_mean_with_its_repeats(tmp_path):
    found = search(tmp_path / "boosted.lab", 9, ONLY - {"lightgbm"} | {"knn"})
    summary, audit = found.summary(), found.audit()
    on_board = next(row.score.value for row in found.board().rows if row.is_baseline)
    assert found.state.repeats(found.state.baseline)
    found.close()
    assert audit.ok
    assert summary.expect.value - summary.gain.value == pytest.approx(on_board)
    assert summary.baseline_score.value == pytest.approx(on_board)
