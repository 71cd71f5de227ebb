"""Many predictions looked at in one go stand where they stand one by one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.evidence.evaluation_rows import Rows
from assay.evidence.influence_scores import ScoreInfluence, score_influences
from assay.evidence.noise import Noise
from assay.metrics.choose_metric import find
from each import at_most

SIZES = st.integers(40, 120)


def drawn(n_rows: int, n_classes: int, *, decimals: int, seed: int) -> tuple[Rows, list[np.ndarray]]:
    """Rows in three folds that hold every class, and ten predictions, rounded so that some tie."""
    rng = np.random.default_rng(seed)
    rows = Rows(
        y=np.arange(n_rows) // 3 % n_classes, problem=Binary() if n_classes == 2 else Multiclass(),
        folds=np.arange(n_rows) % 3,
    )  # fmt: skip
    shape = (n_rows,) if n_classes == 2 else (n_rows, n_classes)
    return rows, [rng.random(shape).round(decimals).astype(np.float32) for _ in range(10)]


@settings(max_examples=at_most(25), deadline=None)
@given(
    n_rows=SIZES, n_classes=st.integers(2, 4), decimals=st.integers(0, 5), seed=st.integers(0, 99),
    kind=st.sampled_from(["rows", "groups", "weights", "a class without weight"]),
    metric=st.sampled_from(["roc_auc", "log_loss"]),
)  # fmt: skip
def test_standings_of_many_are_those_of_each(n_rows, n_classes, decimals, seed, kind, metric) -> None:
    rows, predictions = drawn(n_rows, n_classes, decimals=decimals, seed=seed)
    if kind == "groups":
        rows = replace(rows, groups=np.arange(n_rows) // 4)
    if kind == "weights":
        rows = replace(rows, weight=np.random.default_rng(seed).uniform(0.5, 2.0, n_rows))
    if kind == "a class without weight":
        rows = replace(rows, weight=np.where((rows.y == 0) & (np.arange(n_rows) % 3 == 1), 0.0, 1.0))
    measure = find(metric, rows.problem)
    together = score_influences(measure, rows, predictions)
    apart = [ScoreInfluence.of(measure, rows, prediction) for prediction in predictions]
    for one, other in zip(together, apart, strict=True):
        assert one.found.value == pytest.approx(other.found.value, rel=1e-12)
        assert one.found.sums == pytest.approx(other.found.sums, abs=1e-9)
        assert one.found.mass == pytest.approx(other.found.mass)
    noise = Noise(floor=1e-4)
    told = together[1].ahead_of(together[0], noise=noise)
    assert together[1].z_ahead_of(together[0], noise=noise) == pytest.approx(told.z, rel=1e-12)
    assert told.z == pytest.approx(apart[1].ahead_of(apart[0], noise=noise).z, rel=1e-6, abs=1e-6)


def test_a_fold_without_a_class_and_other_rows_are_looked_at_one_by_one() -> None:
    rows, predictions = drawn(60, 2, decimals=3, seed=0)
    lacking = replace(rows, y=np.where(np.asarray(rows.folds) == 1, 0, rows.y))
    metric = find("roc_auc", Binary())
    assert (
        score_influences(metric, lacking, predictions)[3].sample.notes
        == ScoreInfluence.of(metric, lacking, predictions[3]).sample.notes
    )
    predictions[4] = np.where(np.arange(60) < 9, np.nan, predictions[4])
    assert [one.found.n_rows for one in score_influences(metric, rows, predictions)[3:5]] == [60, 51]
