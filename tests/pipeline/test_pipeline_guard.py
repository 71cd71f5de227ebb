"""A permuted copy keeps every row in its fold and everything but the engineered columns as it was."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.features import registry as steps
from assay.pipeline.permuted_columns import added, copied, permuted, places, row_order
from assay.testing.memory_view import MemoryView
from assay.testing.tables import tiny_table, tiny_target


@given(arrays(np.uint8, st.integers(1, 60), elements=st.sampled_from([0, 1, 2, 254, 255])), st.integers(0, 99))
def test_an_order_is_a_permutation_within_folds(folds, seed):
    order = row_order(folds, Seeds(seed))
    assert sorted(order) == list(range(len(folds)))
    assert (folds[order] == folds).all()


@given(st.integers(0, 50))
def test_training_rows_take_cells_of_training_rows_only(seed):
    folds = np.arange(40) % 5
    train = np.flatnonzero(folds != 2)
    found = places(row_order(folds, Seeds(seed)), train)
    assert sorted(found) == list(range(len(train)))


@given(
    arrays(np.int64, st.integers(1, 60), elements=st.integers(0, 7)),
    st.integers(1, 4), st.integers(0, 99),
)  # fmt: skip
def test_rows_of_a_unit_take_cells_of_one_unit_of_their_fold(units, n_folds, seed):
    folds = units % n_folds
    order = row_order(folds, Seeds(seed), units)
    assert (folds[order] == folds).all()
    donors = {unit: set(units[order][units == unit].tolist()) for unit in set(units.tolist())}
    assert all(len(donor) == 1 for donor in donors.values())
    assert sorted(donor for one in donors.values() for donor in one) == sorted(donors)
    for unit, (donor,) in donors.items():
        taken, there = order[units == unit], np.flatnonzero(units == donor)
        assert taken.tolist() == [int(there[i % len(there)]) for i in range(len(taken))]


def test_a_column_that_is_the_same_within_units_and_knows_nothing_passes_one_time_in_twenty():
    """As a set does: it must beat all of 19 copies; the score is the correlation with targets alike within units."""
    units, rng = np.repeat(np.arange(20), 15), np.random.default_rng(0)
    folds = np.zeros(len(units), dtype=np.int64)
    passed = {"units": 0, "rows": 0}
    for table in range(300):
        column, target = rng.normal(size=20)[units], rng.normal(size=20)[units]
        real = np.corrcoef(column, target)[0, 1]
        for how, of in (("units", units), ("rows", None)):
            copies = (column[row_order(folds, Seeds(table).child(copy), of)] for copy in range(19))
            passed[how] += all(real > np.corrcoef(copy, target)[0, 1] for copy in copies)
    assert 3 <= passed["units"] <= 27
    assert passed["rows"] > 80  # what dealing row by row would let pass


def made():
    table = tiny_table(plain=True)
    target = tiny_target("regression", table)
    step = steps.build(Step.of("arithmetic", top=3))
    return table, step.fit(table, target, seeds=Seeds(0)).transform(table), target


def test_only_what_the_set_made_is_permuted_and_all_of_it_together():
    plain, full, target = made()
    columns = added(plain, full)
    assert columns == {"numeric": frozenset(full.numeric_names[len(plain.numeric_names) :])}
    new = np.arange(len(plain.numeric_names), len(full.numeric_names))
    view = MemoryView.of(full, target)
    folds = np.zeros(full.n_rows, dtype=np.int64)
    folds[view.test_rows] = 1
    other = copied(view, columns, row_order(folds, Seeds(3)))
    for part in ("train", "test"):
        before, after = view.table(part), other.table(part)
        rest = np.setdiff1d(np.arange(before.numeric.shape[1]), new)
        np.testing.assert_array_equal(after.numeric[:, rest], before.numeric[:, rest])
        np.testing.assert_array_equal(after.codes, before.codes)
        rows = {tuple(row) for row in np.nan_to_num(before.numeric[:, new], nan=-1.0)}
        assert {tuple(row) for row in np.nan_to_num(after.numeric[:, new], nan=-1.0)} == rows
        assert not np.array_equal(after.numeric[:, new], before.numeric[:, new], equal_nan=True)


def test_codes_that_a_set_made_are_permuted_too():
    plain = tiny_table(plain=True)
    columns = added(plain.select(codes=[1, 2]), plain)
    assert columns == {"codes": {"member"}}
    rows = np.arange(plain.n_rows)[::-1]
    assert (permuted(plain, columns, rows).codes[:, 0] == plain.codes[::-1, 0]).all()


def test_of_texts_only_the_terms_that_a_set_made_are_permuted():
    plain = tiny_table()
    words, characters = Step.of("tfidf", keep=True), Step.of("tfidf", analyzer="char_wb", ngrams=(3, 5), keep=True)
    before, full = plain, plain
    for one in (words,):
        before = steps.build(one).fit(before, None, seeds=Seeds(0)).transform(before)
    for one in (characters, words):
        full = steps.build(one).fit(full, None, seeds=Seeds(0)).transform(full)
    columns = added(before, full)
    assert set(columns) == {"sparse"}
    assert all(name.endswith(", characters") for name in columns["sparse"])
    other = permuted(full, columns, np.arange(full.n_rows)[::-1])
    for (label, own), (_, moved) in zip(full.sparse.divided(), other.sparse.divided(), strict=True):
        expected = own.take(np.arange(full.n_rows)[::-1]) if label.endswith(", characters") else own
        assert np.array_equal(moved.data, expected.data)
        assert np.array_equal(moved.indices, expected.indices)
