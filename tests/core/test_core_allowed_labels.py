"""Labels restricted to those seen with a value: the law of the transformation, and that nothing after it breaks it."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.allowed_labels import AllowedLabels, kept_impossible
from assay.core.candidates import Candidates
from assay.core.problem.multiclass import Multiclass
from assay.core.target import Target
from assay.ensemble.calibrate import Calibration, calibrate, refitted
from assay.ensemble.combine import LogitModel, combine
from assay.ensemble.conformal import CalibrationRows, learn_classes
from assay.ensemble.isotonic_curve import fit_curve
from assay.ensemble.labelling import Labelling
from assay.ensemble.threshold import choose_labelling
from assay.metrics.choose_metric import find
from assay.testing.tables import tiny_table
from each import at_most


def drawn(seed, *, n=120, n_values=5, k=7):
    """(values of training rows, their labels, values of new rows with unknown ones, probabilities of these)"""
    rng = np.random.default_rng(seed)
    values, truth = rng.integers(-1, n_values, n), rng.integers(0, k, n)
    truth = np.where(rng.random(n) < 0.7, (values * 2 + rng.integers(0, 2, n)) % k, truth)
    asked = rng.integers(-1, n_values + 2, 60)
    p = rng.dirichlet(np.full(k, 0.3), 60)
    p[rng.random(60) < 0.2] = np.eye(k)[rng.integers(0, k)]
    return values, truth, asked, p


@settings(max_examples=at_most(40), deadline=None)
@given(seed=st.integers(0, 2**32 - 1), single=st.booleans())
def test_only_labels_seen_with_a_value_keep_probability_and_the_others_are_as_brute_force_says(seed, single):
    values, truth, asked, p = drawn(seed)
    p = p.astype(np.float32) if single else p
    found = AllowedLabels.learned(values, truth, n_values=5, n_classes=7).restricted(p, asked)
    for row, value in enumerate(asked.tolist()):
        rows = np.bincount(truth[values == value], minlength=7) if value >= 0 else np.zeros(7)
        if not rows.any():
            np.testing.assert_array_equal(found[row], p[row])
            continue
        wanted = np.where(rows > 0, p[row], 0.0)
        wanted = wanted / wanted.sum() if wanted.sum() > 0 else rows / rows.sum()
        np.testing.assert_allclose(found[row], wanted, atol=2e-5)
        assert ((found[row] > 0) == (rows > 0)).all()
        assert (found[row].astype(np.float32) > 0).sum() == (rows > 0).sum()
        assert found[row].sum() == pytest.approx(1.0)


def test_a_row_with_a_number_that_is_none_stays_one():
    allowed = AllowedLabels.learned(np.array([0, 0]), np.array([0, 1]), n_values=1, n_classes=3)
    found = allowed.restricted(np.array([[0.5, 0.5, np.nan], [0.2, 0.2, 0.6]]), np.array([0, 0]))
    assert np.isnan(found[0]).all()
    np.testing.assert_allclose(found[1], [0.5, 0.5, 0.0])


def test_stored_candidates_are_those_that_were_learned_and_nonsense_is_refused():
    values, truth, asked, p = drawn(3)
    allowed = AllowedLabels.learned(values, truth, n_values=5, n_classes=7)
    again = AllowedLabels.of(allowed.as_candidates("question"))
    np.testing.assert_array_equal(again.restricted(p, asked), allowed.restricted(p, asked))
    bad = [((), ()), (((0, 0),), ((1, 1),)), (((1,),), ((0,),)), (((-1,),), ((1,),)), (((),), ((),)), (((1,),), ())]
    for labels, rows in bad:
        with pytest.raises(ValueError, match=r"labels|codes"):
            Candidates(column="q", labels=labels, rows=rows)
    for n_classes, n_values in ((2, 1), (3, 2)):
        with pytest.raises(ValueError, match="do not go with"):
            Candidates(column="q", labels=((1,),), rows=((1,),)).check(n_classes=n_classes, n_values=n_values)


def members(seed, n=90, k=5):
    """Three restricted predictions of some rows, their truth (some impossible), folds, and what is possible."""
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 4, n)
    truth = np.where(rng.random(n) < 0.9, (values + rng.integers(0, 2, n)) % k, rng.integers(0, k, n))
    held = rng.random(n) < 0.8
    allowed = AllowedLabels.learned(values[held], truth[held], n_values=4, n_classes=k)
    drawn = [0.5 * rng.dirichlet(np.ones(k), n) + 0.5 * np.eye(k)[truth] for _ in range(3)]
    made = [allowed.restricted(p, values).astype(np.float32) for p in drawn]
    return made, truth, np.arange(n) % 3, made[0] > 0


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_an_impossible_label_never_comes_back_by_a_blend_a_calibration_or_a_labelling(seed):
    stored, truth, folds, possible = members(seed)
    target = Target(truth.astype(np.int32), 5)
    learned = LogitModel(weights=((1.0,) * 5, (0.5,) * 5, (0.0,) * 5), intercept=(0.0, 3.0, -2.0, 8.0, 1.0))
    blends = [combine(stored, [1, 2, 3], "plain"), combine(stored, [1, 2, 3], "logit"), learned.apply(stored)]
    fitted = calibrate(blends[0], target, folds, restricted=True)
    curves = tuple(fit_curve(blends[0][:, j].astype(float), truth == j, None) for j in range(5))
    again = refitted(fitted, blends[0][::2], target.take(np.arange(0, 90, 2)))
    calibrations = [Calibration(), fitted, again, Calibration(temperature=20.0), Calibration(curves=curves)]
    labellings = [Labelling(), Labelling(multipliers=(1e-6, 1.0, 1e6, 5.0, 0.1)), Labelling(cuts=(0.1, 0.2, 0.3, 3.9))]
    for blend, calibration in product(blends, calibrations):
        answer = calibration.apply(blend)
        assert not answer[~possible].any()
        np.testing.assert_allclose(answer.sum(axis=1), 1.0)
        chosen = choose_labelling(answer, target, folds, metric=find("macro_f1", Multiclass()))
        for labelling in (*labellings, chosen):
            assert possible[np.arange(90), labelling.codes(answer)].all()
    rows = CalibrationRows(table=tiny_table(n=90), target=target, folds=folds)
    conformal = learn_classes(calibrations[1].apply(blends[0]), rows)
    for at in range(len(conformal.levels)):
        assert not (conformal.sets(at, calibrations[1].apply(blends[0])) & ~possible).any()


def test_rows_whose_label_was_impossible_do_not_flatten_what_is_possible():
    stored, truth, folds, possible = members(1, n=600)
    there = possible[np.arange(600), truth]
    assert 0 < (~there).sum() < 100
    whole = calibrate(stored[0], Target(truth.astype(np.int32), 5), folds, restricted=True)
    alone = calibrate(stored[0][there], Target(truth[there].astype(np.int32), 5), folds[there], restricted=True)
    assert whole == alone
    assert whole.epsilon == 0.0


def test_probabilities_without_a_zero_and_those_of_two_classes_are_left_as_they_are():
    p = np.random.default_rng(0).dirichlet(np.ones(3), 8)
    assert kept_impossible(p, p) is p
    binary = np.array([0.0, 0.3, 1.0])
    assert kept_impossible(binary + 0.1, binary).tolist() == (binary + 0.1).tolist()
