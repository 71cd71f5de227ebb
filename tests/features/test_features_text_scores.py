"""Scores of texts by linear models, of training rows without their own fold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from assay.core.block.columns import NumericBlock, TextBlock
from assay.core.errors import UsageError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.features import registry
from assay.solvers.sparse_scores import SparseProblem, cross_fitted_scores, csr, fit_scores

TOPICS = (("good", "fast", "kind"), ("bad", "slow", "rude"), ("blue", "green", "red"))


def a_table(n, *, seed=0, topics=2, columns=("note",)):
    """Texts in which one of six words is of the row's class, seven times of ten."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, topics, n)
    cells = np.empty((n, len(columns)), dtype=object)
    for i in range(n):
        for j in range(len(columns)):
            topic = y[i] if rng.random() < 0.7 else rng.integers(0, topics)
            cells[i, j] = " ".join([*rng.choice(["the", "a", "of", "or"], 5), rng.choice(TOPICS[topic])])
    numbers = NumericBlock(rng.normal(size=(n, 1)).astype(np.float32), ("size",))
    return Table.of(numeric=numbers, text=TextBlock(cells, columns)), y


def steps_on(table, *steps):
    for step in steps:
        table = registry.build(step).fit(table, None, seeds=Seeds(0)).transform(table)
    return table


def scored(table, target, *, folds=4, **params):
    step = registry.build(Step.of("text_scores", **params))
    return step.fit_transform(table, target, inner=np.arange(len(target)) % folds, seeds=Seeds(0))


TERMS = (Step.of("tfidf", keep=True, ngrams=(1, 1)), Step.of("tfidf", analyzer="char_wb", ngrams=(2, 3)))


def test_scores_of_words_and_of_characters_stand_beside_the_numbers():
    table, y = a_table(600)
    fitted, made = scored(steps_on(table, *TERMS), Target(y.astype(np.int32), 2))
    assert made.numeric_names == ("size", "note:score", "note, characters:score")
    assert made.sparse is None
    assert made.text_names == ()
    assert 0.78 < roc_auc_score(y, made.numeric[:, 1]) < 0.92
    new, truth = a_table(600, seed=1)
    answered = fitted.transform(steps_like(table, new))
    assert 0.78 < roc_auc_score(truth, answered.numeric[:, 1]) < 0.92


def steps_like(learned, new):
    """The terms of new rows by steps that learned from others."""
    for step in TERMS:
        fitted = registry.build(step).fit(learned, None, seeds=Seeds(0))
        learned, new = fitted.transform(learned), fitted.transform(new)
    return new


def test_texts_that_say_nothing_score_nothing_on_training_rows():
    rng = np.random.default_rng(3)
    words = [f"w{k}" for k in range(3000)]
    cells = np.array([[" ".join(rng.choice(words, 12))] for _ in range(500)], dtype=object)
    table = steps_on(Table.of(text=TextBlock(cells, ("note",))), Step.of("tfidf", min_df=1))
    y = rng.integers(0, 2, 500).astype(np.int32)
    _, made = scored(table, Target(y, 2))
    assert 0.4 < roc_auc_score(y, made.numeric[:, 0]) < 0.6  # in sample it would be 1


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 3))
def test_targets_of_a_fold_change_none_of_its_scores(seed, fold):
    table, y = a_table(120, topics=3)
    table, inner = steps_on(table, *TERMS), np.arange(120) % 4
    other = y.copy()
    rows = np.flatnonzero(inner == fold)
    other[rows] = np.random.default_rng(seed).integers(0, 3, len(rows))
    first, second = (
        scored(table, Target(values.astype(np.int32), 3), grid=(1.0,))[1].numeric[rows] for values in (y, other)
    )
    np.testing.assert_array_equal(first, second)


def test_classes_and_values_have_scores_in_their_own_terms():
    table, y = a_table(400, topics=3, columns=("note", "title"))
    made = scored(steps_on(table, TERMS[0]), Target(y.astype(np.int32), 3))[1]
    assert made.numeric_names[1:] == tuple(f"{name}:score {k}" for name in ("note", "title") for k in range(3))
    assert np.mean(made.numeric[:, 1:4].argmax(axis=1) == y) > 0.6
    values = 1_000.0 + 500.0 * y
    made = scored(steps_on(table, TERMS[0]), Target(values))[1]
    assert made.numeric_names[1:] == ("note:score", "title:score")
    assert abs(float(made.numeric[:, 1].mean()) - values.mean()) < 30.0
    assert np.corrcoef(made.numeric[:, 1], values)[0, 1] > 0.5


def test_a_class_that_a_fold_has_not_and_one_class_alone_are_no_error():
    table, y = a_table(60, topics=3)
    y[y == 2] = 0
    y[4] = 2  # in one fold alone
    assert np.isfinite(scored(steps_on(table, TERMS[0]), Target(y.astype(np.int32), 3))[1].numeric).all()
    assert np.isfinite(scored(steps_on(table, TERMS[0]), Target(np.zeros(60, np.int32), 2))[1].numeric).all()


def test_more_classes_than_get_a_score_are_one():
    table, _ = a_table(500)
    many = (np.arange(500) % 30).astype(np.int32)
    assert len(scored(steps_on(table, TERMS[0]), Target(many, 30))[1].numeric_names) == 1 + 20


def test_without_texts_or_with_empty_ones_the_table_stays():
    plain = Table.of(numeric=NumericBlock(np.zeros((8, 1), np.float32), ("a",)))
    target = Target(np.array([0, 1] * 4, np.int32), 2)
    assert scored(plain, target)[1].numeric_names == ("a",)
    empty = Table.of(text=TextBlock(np.full((8, 1), "", dtype=object), ("note",)))
    assert scored(steps_on(empty, Step.of("tfidf")), target)[1].numeric_names == ()


def test_a_second_step_names_its_scores_apart():
    table, y = a_table(80)
    target = Target(y.astype(np.int32), 2)
    first = scored(steps_on(table, TERMS[0]), target)[1]
    second = scored(steps_on(first, Step.of("tfidf", ngrams=(1, 2))) if first.text_names else first, target)[1]
    assert len(set(second.numeric_names)) == len(second.numeric_names)
    assert second.numeric_names == ("size", "note:score", "note:score 2")


def test_one_inner_fold_is_refused():
    table, y = a_table(40)
    with pytest.raises(UsageError, match="at least 2 inner folds"):
        scored(steps_on(table, TERMS[0]), Target(y.astype(np.int32), 2), folds=1)


def test_strengths_are_raced_until_the_loss_rises():
    table, y = a_table(400)
    rng = np.random.default_rng(0)
    noisy = np.array(
        [[f"{cell} {' '.join(f'w{k}' for k in rng.integers(0, 500, 9))}"] for cell in table.text[:, 0]], object
    )
    block = steps_on(Table.of(text=TextBlock(noisy, ("note",))), TERMS[0]).sparse
    problem = SparseProblem(csr(block), y, 2)
    inner = np.arange(400) % 4
    scores, strength = cross_fitted_scores(problem, inner, (1e-4, 1.0, 1e6), seed=0)
    assert strength == 1.0
    train, held = np.flatnonzero(inner != 2), np.flatnonzero(inner == 2)
    found = fit_scores(problem.part(train), 1.0, seed=0).of(problem.X[held])
    np.testing.assert_array_equal(scores[held], found)
