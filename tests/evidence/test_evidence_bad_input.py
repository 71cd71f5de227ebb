"""Input that is not what it should be: one clear sentence, or an answer that says what was done."""

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.core.problem.binary import Binary
from assay.core.problem.regression import Regression
from assay.core.seed import Seeds
from assay.evidence.evaluation_rows import Rows
from assay.evidence.interval import figure
from assay.evidence.paired import compare
from assay.metrics.choose_metric import find

AUC, LOG_LOSS, MCC = (find(name, Binary()) for name in ("roc_auc", "log_loss", "mcc"))
MSE, R2 = (find(name, Regression()) for name in ("mse", "r2"))
RNG = np.random.default_rng(0)
Y = (RNG.random(300) < 0.4).astype(np.int64)
A, B = (1 / (1 + np.exp(-(Y + RNG.normal(size=300)))) for _ in range(2))
ROWS = Rows(y=Y, problem=Binary(), folds=np.arange(300) % 5, seeds=Seeds(0))


def with_cell(values, row, cell):
    out = np.array(values)
    out[row] = cell
    return out


@pytest.mark.parametrize(
    ("message", "a", "b"),
    [
        ("299 predictions do not go with 300 rows", A[1:], B),
        ("row 16 has one in some and none", with_cell(A, 16, np.nan), B),
        ("prediction of row 16 is infinite", A, with_cell(B, 16, np.inf)),
        ("prediction of row 3 is infinite", with_cell(A, 3, -np.inf), B),
        ("No row has a prediction", np.full(300, np.nan), np.full(300, np.nan)),
    ],
)
def test_predictions_that_do_not_go_with_the_rows_are_refused(message, a, b):
    with pytest.raises(DataError, match=message):
        compare(LOG_LOSS, ROWS, a, b)


@pytest.mark.parametrize("name", ["weight", "groups", "folds"])
def test_what_describes_the_rows_must_be_as_long_as_they_are(name):
    with pytest.raises(DataError, match=f"{name} has 299 entries for 300 rows"):
        Rows(y=Y, problem=Binary(), **{name: np.ones(299)})


def test_a_constant_prediction_knows_nothing_and_its_difference_has_an_interval():
    flat = np.full(300, 0.4)
    found = compare(AUC, ROWS, flat, A)
    assert found.low < found.value < found.high
    assert figure(AUC, ROWS, flat).value == 0.5
    assert compare(AUC, ROWS, flat, flat.copy()).p == 1.0


def test_two_constants_are_told_apart_by_a_loss_only():
    low, high = np.full(300, 0.2), np.full(300, 0.4)
    assert compare(AUC, ROWS, low, high).value == 0.0
    assert compare(LOG_LOSS, ROWS, low, high).value > 0.0


def test_ties_everywhere_count_half_and_sigma_stays_that_of_the_ranks():
    """Two levels only: the AUC is (1 + TPR - FPR) / 2, and the paired difference that of labels."""
    a, b = (np.where(p > 0.5, 0.9, 0.1) for p in (A, B))
    rates = [np.array([(p > 0.5)[c == Y].mean() for c in (0, 1)]) for p in (a, b)]
    expected = (rates[1][1] - rates[1][0] - rates[0][1] + rates[0][0]) / 2
    pooled = Rows(y=Y, problem=Binary(), seeds=Seeds(0))
    found = compare(AUC, pooled, a, b)
    assert found.value == pytest.approx(expected)
    spread = sum(((b - a)[c == Y] / 0.8).var(ddof=1) / (c == Y).sum() for c in (0, 1)) / 4
    assert found.sigma == pytest.approx(np.sqrt(spread), rel=0.01)


def test_a_class_that_one_fold_lacks_is_scored_over_all_folds_and_said():
    alone = Rows(y=Y, problem=Binary(), folds=np.where(Y == 1, 0, np.arange(300) % 5))
    assert "a fold lacks a class" in compare(AUC, alone, A, B).notes[0]


def test_a_class_that_all_rows_lack_is_refused_by_what_needs_it():
    with pytest.raises(DataError, match="ROC AUC is undefined on these 300 rows"):
        compare(AUC, Rows(y=np.zeros(300, dtype=int), problem=Binary()), A, B)


def test_a_constant_target_has_no_share_of_variance():
    with pytest.raises(DataError, match="is undefined on these 300 rows"):
        compare(R2, Rows(y=np.ones(300), problem=Regression()), A, B)


@pytest.mark.parametrize("n", [2, 5, 29])
def test_fewer_than_30_rows_have_a_p_and_no_interval(n):
    y = RNG.normal(size=n)
    found = compare(MSE, Rows(y=y, problem=Regression()), y + 1.0, y + 0.5 * RNG.normal(size=n))
    assert (found.low, found.high) == (None, None)
    assert 0.0 < found.p <= 1.0
    assert "too few rows for an interval" in found.notes


def test_one_row_tells_nothing():
    found = compare(MSE, Rows(y=np.ones(1), problem=Regression()), np.zeros(1), np.ones(1))
    assert found.p == 0.5  # of two signs
    assert found.low is None


def test_a_weight_of_one_each_changes_nothing_and_a_heavy_row_is_said():
    even = compare(LOG_LOSS, Rows(y=Y, problem=Binary(), weight=np.ones(300)), A, B)
    plain = compare(LOG_LOSS, Rows(y=Y, problem=Binary()), A, B)
    assert even.value == pytest.approx(plain.value)
    assert even.sigma == pytest.approx(plain.sigma)
    heavy = compare(LOG_LOSS, Rows(y=Y, problem=Binary(), weight=with_cell(np.ones(300), 0, 3000.0)), A, B)
    assert "weighted: as sure as 1 equal rows" in heavy.notes


def test_a_metric_without_an_influence_function_is_judged_by_blocks():
    def median_error(y_true, y_pred):
        return float(np.median(np.abs(y_true - y_pred)))

    y = RNG.normal(size=2500)
    a, b = y + RNG.normal(size=2500), y + 0.5 * RNG.normal(size=2500)
    found = compare(find(median_error, Regression()), Rows(y=y, problem=Regression(), seeds=Seeds(1)), a, b)
    assert found.df == 99
    assert found.z > 3
    assert "100 blocks of a jackknife" in found.method


def test_a_metric_of_one_wrong_row_has_an_interval():
    """MCC where one model makes a single error: no division by nothing."""
    right = np.where(Y == 1, 0.9, 0.1)
    found = compare(
        MCC, Rows(y=Y, problem=Binary(), seeds=Seeds(0)), right, with_cell(right, 7, 0.5 + 0.4 * (Y[7] == 0))
    )
    assert -0.1 < found.value < 0.0
    assert found.p > 0.4
