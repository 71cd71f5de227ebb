"""Weights that were learned by class answer as they were learned, before and after a bundle is saved."""

from dataclasses import replace

import numpy as np

from assay.data.encode import encode_frame
from assay.ensemble.combine import LogitModel
from assay.predictor.predictor import Predictor

LEARNED = LogitModel(weights=((0.9,), (0.4,)), intercept=(0.2,))


def learned(case):
    """The case's predictor, its members combined by LEARNED in place of their mean."""
    predictor = case.predictor
    bundle = replace(predictor._bundle, passport=replace(predictor.passport, learned=LEARNED))
    return Predictor(bundle)


def test_a_learned_combination_answers_from_the_members_logits(binary):
    table = encode_frame(binary.predictor.schema, binary.frame)
    z = LEARNED.intercept[0]
    for (weight,), recipes in zip(LEARNED.weights, binary.recipes.values(), strict=True):
        *bag, refit = [recipe.predict(table) for recipe in recipes]
        p = 0.5 * np.mean(bag, axis=0) + 0.5 * refit
        z = z + weight * np.log(p / (1 - p))
    expected = binary.predictor.passport.calibration.apply(1 / (1 + np.exp(-z)))
    np.testing.assert_allclose(learned(binary).stored(binary.frame), expected, rtol=1e-6)


def test_it_survives_a_bundle(binary, tmp_path):
    predictor = learned(binary)
    path = predictor.save(tmp_path / "model")
    again = Predictor.load(path)
    assert again.passport.learned == LEARNED
    np.testing.assert_array_equal(again.stored(binary.frame), predictor.stored(binary.frame))
