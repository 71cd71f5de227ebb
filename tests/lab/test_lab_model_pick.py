"""Whatever candidates there are, what ships never scores below the best single model that may ship."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.problem.binary import Binary
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.ensemble.candidate import Blend, BlendLimits, Candidate, held
from assay.lab.lab import Lab
from assay.metrics.choose_metric import find
from assay.search.serving_cost import Bounds
from assay.ship.ensemble_choice import EnsembleChooser
from assay.ship.model_pick import ModelPicker, Option
from each import at_most

N = 240
Y = np.random.default_rng(0).integers(0, 2, N).astype(np.int32)
numbers = st.floats(0.01, 10.0)
options = st.builds(
    lambda number, score, row_ms, size: Option(
        blend=Blend(numbers=(number,), weights=(1.0,)), score=score, row_ms=row_ms, size_bytes=size
    ),
    st.integers(1, 99), st.one_of(st.floats(-1.0, 1.0), st.just(float("nan"))), numbers, numbers,
)  # fmt: skip


def level(option: Option, *, higher: bool) -> float:
    return -np.inf if np.isnan(option.score) else option.score if higher else -option.score


@given(st.lists(options, max_size=4), st.lists(options, min_size=1, max_size=6), numbers, numbers, st.booleans())
@settings(deadline=None)
def test_what_is_picked_keeps_the_bounds_and_is_no_worse_than_any_single_that_keeps_them(
    plans, singles, ms, size, higher
):
    bounds = Bounds(row_ms=ms, size_bytes=size)
    found = ModelPicker(higher_is_better=higher, bounds=bounds).pick(plans, singles)
    inside = [one for one in singles if bounds.allow(one.row_ms, one.size_bytes)]
    if inside:
        assert bounds.allow(found.row_ms, found.size_bytes)
        assert level(found, higher=higher) >= max(level(one, higher=higher) for one in inside)
    assert found in (*plans, *singles)


@given(
    st.lists(st.tuples(st.floats(0.3, 6.0), numbers, st.booleans()), min_size=1, max_size=7),
    st.sampled_from(["roc_auc", "log_loss", "accuracy"]), st.floats(0.02, 12.0), st.integers(0, 5),
)  # fmt: skip
@settings(deadline=None, max_examples=at_most(60))
def test_a_blend_of_made_up_candidates_never_scores_below_the_best_of_them(made, name, most, seed):
    metric, rng = find(name, Binary()), np.random.default_rng(seed)

    def score(prediction):
        labels = (prediction > 0.5).astype(np.int32) if metric.needs == "label" else prediction
        return metric.score(Y, labels)

    candidates = []
    for number, (noise, row_ms, odd) in enumerate(made, start=1):
        z = 2.0 * Y - 1.0 + noise * rng.normal(size=N)
        oof = (1.0 / (1.0 + np.exp((-6.0 if odd else -2.0) * z))).clip(1e-4, 1 - 1e-4).astype(np.float32)
        candidates.append(
            Candidate(number=number, family=f"f{number % 3}", read=held(oof), score=score(oof), row_ms=row_ms)
        )
    limits = BlendLimits(row_ms=max(most, min(c.row_ms for c in candidates)))
    chooser = EnsembleChooser(
        target=Target(Y, 2), folds=np.arange(N) % 5, metric=metric, limits=limits, seeds=Seeds(seed), score=score,
    )  # fmt: skip
    final = chooser.choose(candidates, stacked=frozenset(c.number for c in candidates if c.number % 4 == 3))
    assert limits.allow([c for c in candidates if c.number in final.blend.numbers])
    sign = 1.0 if metric.higher_is_better else -1.0
    best = max(sign * c.score for c in candidates if limits.allow([c]))
    assert sign * score(final.prediction) >= best - 1e-12


def as_shipped(lab, entry):
    """The out-of-fold score of a recipe as it may ship: the mean of its fits on all partitions of the folds.

    One fit on a partition that suits it may score more; that is luck of the folds, and nothing that could ship.
    """
    number, state = entry.experiment.number, lab.state
    fits = [lab.oof(n) for n in (number, *state.repeats(number)) if state.entries[n].result is not None]
    return lab.scorer.figure_score(np.mean([fit for fit in fits if fit is not None], axis=0))


@pytest.mark.slow
@pytest.mark.parametrize("limits", [{"max_latency_ms": 0.4}, {"seconds": 4.0}])
def test_what_ships_of_a_search_scores_no_lower_than_its_best_single_model_that_may_ship(run, here, limits):
    summary = run(experiments=6, **limits)
    lab = Lab.open(here / "shop")
    try:
        singles = [e for e in lab.state.scored() if e.experiment.by != "ensemble" and e.experiment.repeat_of is None]
        most = lab.state.model.most_ms - 0.2  # reading a row is no model's own
        inside = [
            as_shipped(lab, one)
            for one in singles
            if one.result.row_ms <= most and one.result.model_bytes <= lab.state.model.most_bytes
        ]
        assert summary.search.value >= max(inside, default=-np.inf) - 1e-9
    finally:
        lab.close()
