"""Temperature and prior: only when they help, never a probability of 0 or 1."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assay.core.codec import from_json, to_json
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.target import Target
from assay.ensemble.calibrate import Calibration, calibrate, mix_prior
from assay.ensemble.combine import combine, logits, probabilities
from assay.ensemble.isotonic_curve import IsotonicCurve, fit_curve
from assay.metrics.choose_metric import find
from each import at_most


def drawn(n=3_000, sharpness=1.0, k=2, seed=0):
    """Classes drawn from a softmax, and predictions whose logits are too sharp by a factor."""
    rng = np.random.default_rng(seed)
    z = 1.5 * rng.normal(size=(n, k))
    y = (z + rng.gumbel(size=z.shape)).argmax(axis=1).astype(np.int32)
    p = probabilities(sharpness * z)
    return (p[:, 1] if k == 2 else p), Target(y, k), np.arange(n) % 5


@pytest.mark.parametrize("k", [2, 5])
@pytest.mark.parametrize("sharpness", [0.4, 3.0])
def test_the_temperature_undoes_logits_that_are_too_sharp_or_too_flat(k, sharpness):
    p, target, folds = drawn(sharpness=sharpness, k=k)
    assert calibrate(p, target, folds).temperature == pytest.approx(sharpness, rel=0.1)


@pytest.mark.parametrize("k", [2, 5])
def test_calibrated_predictions_are_left_alone(k):
    p, target, folds = drawn(k=k)
    found = calibrate(p, target, folds)
    assert (found.temperature, found.offset) == (1.0, 0.0)


@pytest.mark.parametrize(("slope", "offset"), [(0.3, -0.8), (1.0, 1.5)])
def test_two_classes_drawn_to_the_wrong_share_are_moved_back(slope, offset):
    p, target, folds = drawn(n=1_000)
    found = calibrate(probabilities(slope * logits(p) + offset), target, folds)
    np.testing.assert_allclose(found.apply(probabilities(slope * logits(p) + offset)), p, atol=0.08)
    assert found.offset == pytest.approx(-offset / slope, abs=0.3)


def test_rows_without_a_prediction_are_left_out_of_the_fit_and_stay_without():
    p, target, folds = drawn(sharpness=3.0)
    p[:100] = np.nan
    found = calibrate(p, target, folds)
    assert found.temperature == pytest.approx(3.0, rel=0.1)
    assert np.isnan(found.apply(p)).sum() == 100


def test_a_single_fold_cannot_be_cross_fitted_so_no_temperature_is_claimed():
    p, target, folds = drawn(sharpness=3.0)
    assert calibrate(p, target, 0 * folds).temperature == 1.0


def test_certain_and_wrong_predictions_do_not_break_the_fit():
    p, target, folds = drawn(n=400, sharpness=3.0)
    p[:40] = 1.0 - target.values[:40]
    found = calibrate(p, target, folds)
    assert np.all(np.isfinite(found.apply(p)))
    assert found.temperature > 3.0


def test_no_class_has_probability_zero_even_if_it_was_never_seen():
    target = Target(np.array([0, 0, 1, 1, 1], dtype=np.int32), 3)
    mixed = mix_prior(target).apply(np.array([[1.0, 0.0, 0.0]]))
    assert np.all(mixed > 0)
    assert mixed.sum() == pytest.approx(1.0, rel=1e-12)


def test_the_share_of_the_prior_is_one_in_rows_and_classes():
    assert mix_prior(Target(np.zeros(98, dtype=np.int32), 2)).epsilon == pytest.approx(0.01)


@settings(max_examples=at_most(50), deadline=None)
@given(
    p=arrays(np.float64, st.integers(2, 30), elements=st.floats(0, 1)),
    temperature=st.floats(0.05, 20),
    epsilon=st.floats(0, 0.5),
)
def test_calibration_never_changes_the_order_of_two_rows(p, temperature, epsilon):
    out = Calibration(temperature=temperature, epsilon=epsilon, prior=(0.3, 0.7)).apply(np.sort(p))
    assert np.all(np.diff(out) >= -1e-12)
    assert np.all((out >= 0) & (out <= 1))


def test_a_calibration_survives_json():
    made = Calibration(temperature=1.7, epsilon=0.01, prior=(0.25, 0.75))
    assert from_json(Calibration, to_json(made)) == made


def test_impossible_calibrations_refuse_to_be_built():
    for wrong in ({"temperature": 0.0}, {"epsilon": 1.0}, {"epsilon": 0.1, "prior": (0.5, 0.6)}):
        with pytest.raises(ValueError, match=r"positive|sum to 1"):
            Calibration(**wrong)


@given(p=arrays(np.float64, st.integers(1, 20), elements=st.floats(1e-12, 1 - 1e-12)))
def test_logits_are_undone(p):
    np.testing.assert_allclose(probabilities(logits(p)), p, rtol=1e-9)


@pytest.mark.parametrize("scale", ["plain", "logit"])
def test_a_mean_of_probabilities_is_one(scale):
    rng = np.random.default_rng(0)
    parts = [rng.dirichlet(np.ones(4), size=7) for _ in range(3)]
    mean = combine(parts, [3.0, 1.0, 1.0], scale)
    np.testing.assert_allclose(mean.sum(axis=1), 1.0, rtol=1e-12)


def test_one_prediction_alone_is_its_own_mean():
    p = np.array([0.1, 0.5, 0.9])
    for scale in ("plain", "logit"):
        np.testing.assert_allclose(combine([p], [0.2], scale), p, rtol=1e-12)


# -- curves --------------------------------------------------------------------------------------------------------


def bent(n=8_000, k=2, seed=0):
    """Predictions that no line of logits can mend: of two classes the truth is a step of what is said."""
    rng = np.random.default_rng(seed)
    if k == 2:
        said = rng.random(n)
        true = np.where(said < 0.3, 0.02, np.where(said < 0.6, 0.5, 0.9))
        return said, Target((rng.random(n) < true).astype(np.int32), 2), np.arange(n) % 5
    true = rng.dirichlet(np.ones(k), n)
    said = true ** np.array([1.0, 0.4, 2.0])[:k]
    y = (rng.random(n)[:, None] > true.cumsum(axis=1)).sum(axis=1).clip(0, k - 1)
    return said / said.sum(axis=1, keepdims=True), Target(y.astype(np.int32), k), np.arange(n) % 5


@pytest.mark.parametrize("k", [2, 3])
def test_many_rows_of_bent_probabilities_are_mended_by_curves_on_new_rows_too(k):
    p, target, folds = bent(k=k)
    found = calibrate(p, target, folds)
    assert found.curves
    new, truth, _ = bent(k=k, seed=9)
    metric = find("log_loss", Binary() if k == 2 else Multiclass())
    assert metric.score(truth.values, found.apply(new)) < metric.score(truth.values, new) - 0.01
    answer = found.apply(new)
    assert np.all((answer >= 0) & (answer <= 1))
    if k > 2:
        np.testing.assert_allclose(answer.sum(axis=1), 1.0, rtol=1e-12)


def test_few_rows_and_metrics_of_ranks_get_no_curve():
    p, target, folds = bent(n=2_000)
    assert calibrate(p, target, folds).curves == ()
    p, target, folds = bent()
    assert calibrate(p, target, folds, ranks=True).curves == ()


def test_calibrated_predictions_of_many_rows_are_left_alone():
    p, target, folds = drawn(n=8_000)
    found = calibrate(p, target, folds)
    assert (found.temperature, found.curves) == (1.0, ())


@settings(max_examples=at_most(60), deadline=None)
@given(
    p=arrays(np.float64, st.integers(1, 60), elements=st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.5, 1.0]))),
    seed=st.integers(0, 99),
)
def test_a_curve_makes_unequal_probabilities_no_ties_and_never_says_certain(p, seed):
    true = np.random.default_rng(seed).random(len(p)) < p
    curve = fit_curve(p, true, None)
    grid = np.linspace(0, 1, 200)
    out = curve.apply(grid)
    assert np.all(np.diff(out) > 0)
    assert np.all((out >= 0) & (out <= 1))
    assert np.isnan(curve.apply(np.array([np.nan]))).all()


def test_a_curve_of_weights_is_that_of_repeated_rows_and_survives_json():
    rng = np.random.default_rng(0)
    p = rng.random(400)
    true, weight = rng.random(400) < p, rng.integers(1, 4, 400)
    twice = np.repeat(np.arange(400), weight)
    weighed, repeated = fit_curve(p, true, weight * 1.0), fit_curve(p[twice], true[twice], None)
    grid = np.linspace(0.02, 0.98, 50)
    np.testing.assert_allclose(weighed.apply(grid), repeated.apply(grid), atol=0.02)
    made = Calibration(curves=(weighed,))
    assert from_json(Calibration, to_json(made)) == made


def test_the_temperature_of_weights_is_that_of_repeated_rows():
    p, target, folds = drawn(n=900, sharpness=3.0)
    weight = np.where(np.arange(900) % 3 == 0, 2.0, 1.0)
    twice = np.repeat(np.arange(900), weight.astype(int))
    weighed = calibrate(p, Target(target.values, 2, weight), folds)
    repeated = calibrate(p[twice], target.take(twice), folds[twice])
    assert weighed.temperature == pytest.approx(repeated.temperature, rel=1e-6)
    assert weighed.temperature > 2.0


def test_points_that_make_no_curve_are_refused():
    for wrong in ({"x": (0.0, 1.0), "y": (0.5, 0.5)}, {"x": (0.0,), "y": (0.5,)}, {"x": (0.1, 1.0), "y": (0.1, 1.0)}):
        with pytest.raises(ValueError, match="rise"):
            IsotonicCurve(**wrong)


@pytest.mark.parametrize("seed", range(3))
def test_of_many_rows_a_curve_rises_although_some_of_its_steps_hold_many_of_them(seed):
    """More steps than it keeps points, one of which is wider than a hundredth of the rows."""
    rng = np.random.default_rng(seed)
    p = np.sort(rng.random(150_000))
    true = np.where((p > 0.4) & (p < 0.5), 0.7 - 0.5 * p, p)  # falls there, so that one step holds a tenth of all
    curve = fit_curve(p, rng.random(150_000) < true, None)
    assert 50 < len(curve.x) <= 102
    assert np.abs(curve.apply(p) - true).mean() < 0.02
