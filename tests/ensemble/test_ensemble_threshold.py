"""A threshold is moved only where labels gain from it beyond chance."""

import numpy as np
import pytest

from assay.core.target import Target
from assay.ensemble.threshold import choose_threshold
from assay.metrics.choose import find


def rare(n=4_000, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.beta(1.0, 8.0, size=n)
    return p, Target((rng.random(n) < p).astype(np.int32), 2), np.arange(n) % 5


@pytest.mark.parametrize("name", ["f1", "balanced_accuracy"])
def test_rare_positives_are_called_earlier_where_the_metric_gains(name):
    p, target, folds = rare()
    assert choose_threshold(p, target, folds, metric=find(name, "binary")) < 0.3


def test_accuracy_of_calibrated_probabilities_stays_at_one_half():
    p, target, folds = rare()
    assert choose_threshold(p, target, folds, metric=find("accuracy", "binary")) == 0.5


def test_metrics_without_labels_have_nothing_to_choose():
    p, target, folds = rare()
    assert choose_threshold(p, target, folds, metric=find("roc_auc", "binary")) == 0.5


def test_predictions_of_pure_noise_keep_one_half():
    kept = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        y = Target(rng.integers(0, 2, 300).astype(np.int32), 2)
        kept.append(choose_threshold(rng.random(300), y, np.arange(300) % 5, metric=find("mcc", "binary")))
    assert kept.count(0.5) >= 8


def test_rows_without_prediction_and_a_single_fold_are_no_trouble():
    p, target, folds = rare()
    p[:50] = np.nan
    assert choose_threshold(p, target, folds, metric=find("f1", "binary")) < 0.3
    assert choose_threshold(p, target, 0 * folds, metric=find("f1", "binary")) == 0.5
