"""Intervals and sets hold the truth as often as they say: on new rows, by class, by group, whatever is asked."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assay.core.block.columns import CodeBlock, DateBlock, NumericBlock, TextBlock
from assay.core.table import Table
from assay.core.target import Target
from assay.ensemble.conformal import CalibrationRows, Conformal, bounds, learn_classes, learn_numbers
from assay.ensemble.difficulty_tree import Difficulty, grow
from each import at_most


def table_of(x: np.ndarray) -> Table:
    n = len(x)
    return Table.of(
        numeric=NumericBlock(x.astype(np.float32), tuple(f"x{j}" for j in range(x.shape[1]))),
        codes=CodeBlock(np.empty((n, 0), np.int32)),
        dates=DateBlock(np.empty((n, 0))),
        text=TextBlock(np.empty((n, 0), object)),
    )


def numbers(n: int, rng: np.random.Generator, *, skewed: bool = False) -> tuple[Table, np.ndarray, np.ndarray]:
    """A table, targets, and a prediction of them whose error grows with the first column."""
    x = rng.normal(size=(n, 3))
    error = rng.exponential(size=n) if skewed else rng.normal(size=n)
    prediction = 20 + 2 * x[:, 1]
    return table_of(x), prediction + np.exp(x[:, 0]) * error, prediction


def learned(n: int, rng: np.random.Generator, **world: bool) -> Conformal:
    table, y, prediction = numbers(n, rng, **world)
    rows = CalibrationRows(table=table, target=Target(y), folds=rng.integers(0, 5, n))
    return learn_numbers(prediction, rows, rng=rng)


def held(found: Conformal, coverage: float, n: int, rng: np.random.Generator, **world: bool) -> np.ndarray:
    table, y, prediction = numbers(n, rng, **world)
    at = found.place(coverage)
    assert at is not None
    low, high = found.interval(at, table, prediction).T
    return (low <= y) & (y <= high)


@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("coverage", [0.5, 0.9, 0.95])
@pytest.mark.parametrize("n", [150, 1500])
def test_intervals_hold_new_numbers_as_often_as_asked(n: int, coverage: float, skewed: bool) -> None:
    rng = np.random.default_rng([n, int(100 * coverage), skewed])
    shares = [held(learned(n, rng, skewed=skewed), coverage, 1000, rng, skewed=skewed).mean() for _ in range(20)]
    spread = np.std(shares, ddof=1) / np.sqrt(len(shares))
    assert coverage - 3 * spread - 0.005 <= np.mean(shares) <= coverage + 3 * spread + 2.0 / n + 0.01


def test_intervals_are_wider_where_errors_are_larger_and_hold_there_too() -> None:
    rng = np.random.default_rng(0)
    found = learned(4000, rng)
    table, y, prediction = numbers(8000, rng)
    low, high = found.interval(found.place(0.9) or 0, table, prediction).T
    hard = table.numeric[:, 0] > 1
    assert np.median((high - low)[hard]) > 3 * np.median((high - low)[table.numeric[:, 0] < -1])
    assert ((low <= y) & (y <= high))[hard].mean() > 0.84


def test_rows_of_one_group_count_as_one() -> None:
    rng = np.random.default_rng(1)
    shares = []
    for _ in range(40):
        sizes = np.where(np.arange(120) < 6, 100, 2)  # six groups hold most rows
        group = np.repeat(np.arange(120), sizes)
        effect = rng.normal(size=120)
        y = effect[group] + 0.1 * rng.normal(size=len(group))
        rows = CalibrationRows(table=table_of(np.zeros((len(y), 1))), target=Target(y), folds=group % 5, groups=group)
        found = learn_numbers(np.zeros(len(y)), rows, rng=rng)
        assert (found.units, found.unit) == (120, "groups")
        low, high = found.interval(found.place(0.9) or 0, table_of(np.zeros((1, 1))), np.zeros(1))[0]
        new = rng.normal(size=4000) + 0.1 * rng.normal(size=4000)
        shares.append(((low <= new) & (new <= high)).mean())
    assert 0.88 < np.mean(shares) < 0.93


def classes(n: int, rng: np.random.Generator, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and classes drawn by other ones: a model that is off."""
    share = np.array([8.0, 3.0, 1.0, 0.5])[:k]
    logits = rng.normal(size=(n, k)) * 1.5 + np.log(share)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = (p.cumsum(axis=1) > rng.random((n, 1))).argmax(axis=1)
    wrong = p**2 / (p**2).sum(axis=1, keepdims=True)
    return wrong, truth


@pytest.mark.parametrize("k", [2, 4])
def test_sets_hold_each_class_as_often_as_asked_though_the_probabilities_are_off(k: int) -> None:
    rng = np.random.default_rng(k)
    p, truth = classes(4000, rng, k)
    stored = p[:, 1] if k == 2 else p
    rows = CalibrationRows(table=table_of(p), target=Target(truth.astype(np.int32), k), folds=rng.integers(0, 5, 4000))
    found = learn_classes(stored, rows)
    new, true = classes(8000, rng, k)
    inside = found.sets(found.place(0.9) or 0, new)
    for code in range(k):
        assert inside[true == code, code].mean() > 0.9 - 3 * np.sqrt(0.09 / (truth == code).sum())
    assert inside.any(axis=1).all()


def test_rare_classes_share_a_cut_and_are_named() -> None:
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2, 3], [500, 400, 30, 30])
    p = rng.dirichlet(np.ones(4), size=960)
    rows = CalibrationRows(table=table_of(p), target=Target(truth.astype(np.int32), 4), folds=rng.integers(0, 5, 960))
    found = learn_classes(p, rows)
    assert found.shared == (2, 3)
    assert found.cuts[2] == found.cuts[3]
    assert found.cuts[0] != found.cuts[1]


def test_in_time_only_the_later_folds_speak() -> None:
    rng = np.random.default_rng(0)
    folds = np.repeat(np.arange(4), 200)
    y = np.where(folds < 2, 10.0, 1.0) * rng.normal(size=800)
    rows = CalibrationRows(table=table_of(np.zeros((800, 1))), target=Target(y), folds=folds, ordered=True)
    found = learn_numbers(np.zeros(800), rows, rng=rng)
    assert (found.units, found.ordered) == (400, True)
    assert np.ptp(found.interval(found.place(0.9) or 0, table_of(np.zeros((1, 1))), np.zeros(1))) < 5


@given(n=st.integers(1, 60), tail=st.floats(0.01, 0.5), seed=st.integers(0, 99))
@settings(max_examples=at_most(60))
def test_a_bound_is_the_least_score_that_enough_of_n_and_one_more_do_not_exceed(n: int, tail: float, seed: int) -> None:
    scores = np.random.default_rng(seed).integers(0, 8, n).astype(float)
    (found,) = bounds(scores, np.ones(n), [tail])
    k = int(np.ceil((n + 1) * (1 - tail) - 1e-9))
    assert found == (np.sort(scores)[k - 1] if k <= n else np.inf)


def test_few_rows_allow_no_high_coverage() -> None:
    found = learned(30, np.random.default_rng(0))
    assert found.place(0.9) is not None
    assert found.place(0.99) is None


@given(columns=hnp.arrays(float, (200, 2), elements=st.floats(-5, 5) | st.just(-np.inf)), seed=st.integers(0, 9))
@settings(max_examples=at_most(25))
def test_a_tree_of_difficulty_gives_every_row_a_positive_scale(columns: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    found = grow(columns, ("a", "b"), np.abs(rng.normal(size=200)) * (1 + 5 * (columns[:, 0] > 0)), rng=rng)
    place = [("a", "b").index(name) for name in found.names]
    assert (found.scales(columns[:, place]) > 0).all()


@pytest.mark.parametrize("change", [
    {"left": (0, 0, 0)}, {"column": (5, -1, -1)}, {"scale": (1.0, 0.0, 1.0)}, {"threshold": (float("nan"), 0.0, 0.0)},
    {"right": (9, 0, 0)}, {"scale": (1.0,)},
])  # fmt: skip
def test_a_tree_that_leads_nowhere_is_refused(change: dict[str, tuple[float, ...]]) -> None:
    sound = {"names": ("a",), "column": (0, -1, -1), "threshold": (0.0, 0.0, 0.0), "left": (1, 0, 0),
             "right": (2, 0, 0), "scale": (1.0, 1.0, 2.0)}  # fmt: skip
    Difficulty(**sound)
    with pytest.raises(ValueError, match="difficulty"):
        Difficulty(**{**sound, **change})


def test_bounds_that_are_not_finite_or_of_another_number_are_refused() -> None:
    for wrong in ({"levels": (0.5, 0.9), "below": (1.0, 2.0), "above": (1.0, float("inf"))},
                  {"levels": (0.9, 0.5), "below": (1.0, 2.0), "above": (1.0, 2.0)},
                  {"levels": (0.5,), "below": (1.0,), "above": ()}, {"levels": (0.5,)}):  # fmt: skip
        with pytest.raises(ValueError, match=r"[Cc]overage|Bounds"):
            Conformal(**wrong)
