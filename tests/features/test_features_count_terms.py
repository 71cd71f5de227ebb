"""Columns that count terms are found from their cells, and weighed as terms of texts are."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import TfidfTransformer

from assay.core.block.columns import NumericBlock
from assay.core.count_columns import count_columns
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.core.recipe import Step
from assay.core.schema import Facts
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features import registry
from assay.research.portfolio import entries

COUNTS = np.random.default_rng(0).poisson(0.15, (200, 60)).astype(np.float32)
NAMES = tuple(f"w{k}" for k in range(60))


def table_of(counts: np.ndarray, *, beside: int = 2) -> Table:
    other = np.random.default_rng(1).normal(size=(len(counts), beside)).astype(np.float32)
    names = (*(f"x{k}" for k in range(beside)), *NAMES)
    return Table.of(numeric=NumericBlock(np.column_stack([other, counts]), names))


def fitted(table: Table):
    return registry.build(Step.of("count_terms")).fit(table, None, seeds=Seeds(0))


def dense(table: Table) -> np.ndarray:
    block = table.sparse
    return csr_array((block.data, block.indices, block.indptr), shape=(block.n_rows, block.n_columns)).toarray()


def test_counts_are_weighed_as_scikit_learn_weighs_them_and_other_columns_stay() -> None:
    made = fitted(table_of(COUNTS)).transform(table_of(COUNTS))
    theirs = TfidfTransformer(sublinear_tf=True).fit_transform(COUNTS.astype(np.float64)).toarray()
    np.testing.assert_allclose(dense(made), theirs, atol=1e-6)
    assert made.numeric_names == ("x0", "x1")


@given(st.integers(0, 199))
def test_a_row_alone_is_weighed_as_in_a_batch(row: int) -> None:
    step = fitted(table_of(COUNTS))
    whole = dense(step.transform(table_of(COUNTS)))
    alone = dense(step.transform(table_of(COUNTS).take(np.array([row]))))
    np.testing.assert_array_equal(alone[0], whole[row])


def test_cells_no_training_row_had_are_read_without_a_fault() -> None:
    step, odd = fitted(table_of(COUNTS)), COUNTS[:3].copy()
    odd[0], odd[1, 0], odd[2, 0] = np.nan, -5.0, 0.5
    found = dense(step.transform(table_of(odd)))
    assert not found[0].any()
    assert found[1, 0] == 0.0
    assert np.isfinite(found).all()


def test_a_restored_step_gives_the_same_bits() -> None:
    step = fitted(table_of(COUNTS))
    again = registry.get("count_terms").restore(step.state())
    np.testing.assert_array_equal(dense(again.transform(table_of(COUNTS))), dense(step.transform(table_of(COUNTS))))


def _pixels() -> np.ndarray:
    rng = np.random.default_rng(2)
    return rng.integers(1, 255, (200, 60)) * (rng.random((200, 60)) < 0.2)


NO_COUNTS = {
    "few columns": COUNTS[:, :40],
    "yes and no": (COUNTS > 0).astype(np.float32),
    "pixels": _pixels(),
    "measured": COUNTS * 0.5,
    "below nought": COUNTS - 1,
    "with gaps": np.where(np.arange(200)[:, None] == 3, np.nan, COUNTS),
    "mostly there": np.random.default_rng(3).poisson(1.5, (200, 60)),
}


@pytest.mark.parametrize("kind", NO_COUNTS)
def test_other_columns_are_none(kind: str) -> None:
    cells = NO_COUNTS[kind].astype(np.float32)
    assert count_columns(cells, NAMES[: cells.shape[1]]) == ()
    assert len(count_columns(COUNTS, NAMES)) == 60


def test_entries_for_counts_come_with_counts_alone() -> None:
    facts = Facts(problem=Multiclass(), n_rows=900, n_numeric=60, n_category=0, n_dates=0, n_text=0, n_classes=4)
    wanted = {"linear_counts", "svm_counts", "nb_counts"}
    assert not wanted & {entry.name for entry in entries(facts)}
    with_counts = replace(facts, n_counts=60)
    assert wanted <= {entry.name for entry in entries(with_counts)[:8]}
    values = replace(with_counts, problem=Regression(), n_classes=0)
    assert wanted & {entry.name for entry in entries(values)} == {"linear_counts"}
