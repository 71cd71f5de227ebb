"""Folds held by columns: a sequence of FoldScore, stored by column and read from both forms."""

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.codec import to_json
from assay.core.fold_scores import KINDS, FoldScore, FoldScores

FOLD = FoldScore(
    fold=0, partition=0, score=0.5, ended="rounds", rounds=3, rounds_done=4, wall_seconds=1.0, cpu_seconds=1.0,
    peak_bytes=1, model_bytes=1, row_ms=0.1, piece_ms=0.0, predictions="0.npy", model="0.state",
)  # fmt: skip


@given(st.lists(st.builds(FoldScore), max_size=4))
def test_it_is_the_sequence_it_was_made_of(folds):
    held = FoldScores.of(folds)
    assert repr(held) == repr(tuple(folds))  # NaN is like NaN
    assert len(held) == len(folds)
    assert [repr(held[place]) for place in range(len(held))] == [repr(fold) for fold in folds]
    assert repr(held[1:]) == repr(tuple(folds[1:]))
    assert repr(tuple(held)) == repr(tuple(folds))
    with pytest.raises(IndexError):
        held[len(folds)]


@given(st.lists(st.builds(FoldScore), max_size=4))
def test_both_stored_forms_are_read_as_the_same(folds):
    by_column = json.loads(json.dumps(to_json(FoldScores.of(folds)), allow_nan=False))
    by_fold = json.loads(json.dumps([to_json(fold) for fold in folds], allow_nan=False))
    assert isinstance(by_column, dict)
    assert repr(FoldScores.from_json(by_column)) == repr(FoldScores.from_json(by_fold)) == repr(tuple(folds))


def test_each_field_has_its_kind():
    assert list(KINDS) == [field.name for field in fields(FoldScore)]


def test_equal_folds_are_equal_and_hash_alike():
    assert FoldScores.of([FOLD]) == FoldScores.of([FOLD]) == (FOLD,)
    assert hash(FoldScores.of([FOLD])) == hash(FoldScores.of([FOLD]))
    assert FoldScores.of([FOLD]) != ()


@pytest.mark.parametrize("change", [
    {"score": [0.5, 0.6]}, {"score": ["half"]}, {"score": [None]}, {"fold": [0.5]}, {"fold": [True]},
    {"predictions": [3]}, {"rounds": ["x"]}, {"model": "0.state"}, {"ended": None},
])  # fmt: skip
def test_changed_columns_are_refused(change):
    body = FoldScores.of([FOLD]).as_json()
    with pytest.raises(ValueError, match=r"folds|float"):
        FoldScores.from_json({**body, **change})
    body.pop(next(iter(change)))
    with pytest.raises(ValueError, match="all their columns"):
        FoldScores.from_json(body)
