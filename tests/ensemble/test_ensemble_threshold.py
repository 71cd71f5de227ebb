"""Labels leave the likeliest class only where the metric gains from it beyond chance."""

import numpy as np
import pytest

from assay.core.codec import from_json, to_json
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.target import Target
from assay.ensemble.combine import probabilities
from assay.ensemble.labelling import Labelling
from assay.ensemble.threshold import choose_labelling
from assay.metrics.choose_metric import find


def rare(n=4_000, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.beta(1.0, 8.0, size=n)
    return p, Target((rng.random(n) < p).astype(np.int32), 2), np.arange(n) % 5


@pytest.mark.parametrize("name", ["f1", "balanced_accuracy"])
def test_rare_positives_are_called_earlier_where_the_metric_gains(name):
    p, target, folds = rare()
    assert choose_labelling(p, target, folds, metric=find(name, Binary())).threshold < 0.3


def cost_score(y_true, y_pred):
    """Minus what is paid a row: 5 for a positive that was missed, 1 for a false alarm."""
    return -float(np.mean(np.where(y_true > y_pred, 5.0, np.where(y_pred > y_true, 1.0, 0.0))))


def f3_score(y_true, y_pred):
    """F with recall counting nine times."""
    right = float(np.sum(y_true * y_pred))
    return 10 * right / max(9 * float(np.sum(y_true)) + float(np.sum(y_pred)), 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("metric", [cost_score, "jaccard", f3_score])
def test_metrics_without_influence_values_get_a_threshold_too(metric):
    p, target, folds = rare()
    found = choose_labelling(p, target, folds, metric=find(metric, Binary()))
    q, new, _ = rare(20_000, seed=7)
    scores = {
        cut: find(metric, Binary()).score(new.values, (q > cut).astype(int)) for cut in np.arange(0.02, 0.6, 0.02)
    }
    reached = find(metric, Binary()).score(new.values, found.codes(q))
    half = find(metric, Binary()).score(new.values, (q > 0.5).astype(int))
    assert reached > max(scores.values()) - 0.1 * (max(scores.values()) - half)


def mean_recall_score(y_true, y_pred):
    return float(np.mean([np.mean(y_pred[y_true == code] == code) for code in (0, 1)]))


def test_a_metric_of_the_user_decides_by_its_jackknife_as_ours_does_by_influence():
    same = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        y, p = Target(rng.integers(0, 2, 300).astype(np.int32), 2), rng.random(300)
        cuts = [
            choose_labelling(p, y, np.arange(300) % 5, metric=find(metric, Binary())).threshold
            for metric in (mean_recall_score, "balanced_accuracy")
        ]
        same.append(cuts[0] == cuts[1])
    assert sum(same) >= 9


def test_accuracy_of_calibrated_probabilities_stays_at_one_half():
    p, target, folds = rare()
    assert choose_labelling(p, target, folds, metric=find("accuracy", Binary())).threshold == 0.5


def test_metrics_without_labels_have_nothing_to_choose():
    p, target, folds = rare()
    assert choose_labelling(p, target, folds, metric=find("roc_auc", Binary())).threshold == 0.5


def test_predictions_of_pure_noise_keep_one_half():
    kept = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        y = Target(rng.integers(0, 2, 300).astype(np.int32), 2)
        kept.append(choose_labelling(rng.random(300), y, np.arange(300) % 5, metric=find("mcc", Binary())).threshold)
    assert kept.count(0.5) >= 8


def test_rows_without_prediction_and_a_single_fold_are_no_trouble():
    p, target, folds = rare()
    p[:50] = np.nan
    assert choose_labelling(p, target, folds, metric=find("f1", Binary())).threshold < 0.3
    assert choose_labelling(p, target, 0 * folds, metric=find("f1", Binary())).threshold == 0.5


# -- several classes -----------------------------------------------------------------------------------------------


def uneven(n=4_000, k=4, seed=0):
    """Calibrated probabilities of k classes, the later the rarer."""
    rng = np.random.default_rng(seed)
    p = probabilities(1.2 * rng.normal(size=(n, k)) - 1.1 * np.arange(k))
    y = (rng.random(n)[:, None] > p.cumsum(axis=1)).sum(axis=1).clip(0, k - 1)
    return p, Target(y.astype(np.int32), k), np.arange(n) % 5


def score_on_new_rows(labelling, name):
    p, target, _ = uneven(n=20_000, seed=99)
    return find(name, Multiclass()).score(target.values, labelling.codes(p))


@pytest.mark.parametrize("name", ["balanced_accuracy", "macro_f1", "quadratic_kappa"])
def test_labels_of_several_classes_score_better_on_new_rows_when_they_were_moved(name):
    p, target, folds = uneven()
    found = choose_labelling(p, target, folds, metric=find(name, Multiclass()))
    assert not found.is_plain
    assert score_on_new_rows(found, name) > score_on_new_rows(Labelling(), name) + 0.01


def test_balanced_accuracy_moves_classes_by_about_their_inverse_shares():
    p, target, folds = uneven()
    found = choose_labelling(p, target, folds, metric=find("balanced_accuracy", Multiclass()))
    ideal = Labelling(multipliers=tuple(1 / np.bincount(target.values)))
    gap = score_on_new_rows(ideal, "balanced_accuracy") - score_on_new_rows(found, "balanced_accuracy")
    assert gap < 0.02


def test_accuracy_and_metrics_without_labels_keep_the_likeliest_of_several_classes():
    p, target, folds = uneven()
    for name in ("accuracy", "log_loss"):
        assert choose_labelling(p, target, folds, metric=find(name, Multiclass())).is_plain


def test_probabilities_of_pure_noise_keep_the_likeliest_of_several_classes():
    kept = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        y = Target(rng.integers(0, 3, 300).astype(np.int32), 3)
        p = rng.dirichlet(np.ones(3), 300)
        kept.append(choose_labelling(p, y, np.arange(300) % 5, metric=find("macro_f1", Multiclass())).is_plain)
    assert sum(kept) >= 6


def test_ordered_classes_are_labelled_by_cuts_on_their_expected_code():
    labelling = Labelling(cuts=(0.5, 1.8))
    p = np.array([[0.9, 0.1, 0.0], [0.2, 0.4, 0.4], [0.0, 0.1, 0.9]])
    assert labelling.codes(p).tolist() == [0, 1, 2]


def test_a_row_of_weight_two_counts_as_two_rows():
    p, target, folds = uneven(n=800)
    weight = np.where(np.arange(800) % 3 == 0, 2.0, 1.0)
    twice = np.repeat(np.arange(800), weight.astype(int))
    metric = find("balanced_accuracy", Multiclass())
    weighed = choose_labelling(p, Target(target.values, 4, weight), folds, metric=metric)
    repeated = choose_labelling(p[twice], target.take(twice), folds[twice], metric=metric)
    assert weighed.multipliers == pytest.approx(repeated.multipliers, rel=1e-6)


def test_a_labelling_survives_json_and_impossible_ones_refuse_to_be_built():
    made = Labelling(multipliers=(1.0, 0.5, 0.25))
    assert from_json(Labelling, to_json(made)) == made
    for wrong in ({"multipliers": (1.0, 0.0)}, {"cuts": (2.0, 1.0)}, {"cuts": (1.0,), "multipliers": (1.0, 1.0)}):
        with pytest.raises(ValueError, match=r"positive|rise"):
            Labelling(**wrong)


def test_a_metric_of_ones_own_is_called_some_hundred_times_for_many_classes_and_still_gains():
    """Ours are told from counts; a metric that has to be called for every multiplier gets fewer, on fewer rows."""
    rng, k, calls = np.random.default_rng(0), 12, []
    shares = rng.dirichlet(np.ones(k))
    y = rng.choice(k, 6_000, p=shares)
    raised = np.exp(rng.normal(size=(6_000, k)) + 2 * np.eye(k)[y] + np.log(shares + 0.01))
    p, target = raised / raised.sum(axis=1, keepdims=True), Target(y.astype(np.int32), k)

    def own_recall_score(y_true, y_pred):
        calls.append(len(y_true))
        return float(np.mean([np.mean(y_pred[y_true == code] == code) for code in np.unique(y_true)]))

    found = choose_labelling(p, target, np.arange(6_000) % 5, metric=find(own_recall_score, Multiclass()))
    of_tables = choose_labelling(p, target, np.arange(6_000) % 5, metric=find("balanced_accuracy", Multiclass()))
    assert len(calls) < 1_500
    plain, own, ours = (own_recall_score(y, one.codes(p)) for one in (Labelling(), found, of_tables))
    assert own - plain > 0.8 * (ours - plain) > 0
