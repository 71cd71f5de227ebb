"""A step that loses or adds rows is named before anything is learned from what it returned."""

from dataclasses import dataclass

import numpy as np
import pytest

from assay.core.block.sparse import Sparse
from assay.core.errors import DataError
from assay.core.recipe import Recipe, Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.traits import StepTraits
from assay.features import registry
from assay.pipeline.fold_view import LabFoldView
from assay.pipeline.step_output_check import with_rows


@dataclass(frozen=True)
class LosesARow:
    """Drops the last row, as a filter inside a step would."""

    learns: bool = False

    @property
    def traits(self):
        return StepTraits(needs_target=self.learns)

    def fit(self, table, target, *, seeds):
        return self

    def fit_transform(self, table, target, *, inner, seeds):
        return self, self.transform(table)

    def transform(self, table):
        return table.take(np.arange(table.n_rows - 1))


@pytest.fixture
def plugged_in(monkeypatch):
    registry.names()
    monkeypatch.setitem(registry._found, "loses_a_row", LosesARow)


@pytest.mark.parametrize("learns", [False, True])
def test_a_step_that_loses_a_row_is_named_with_both_counts(make_folder, plugged_in, learns):
    folder = make_folder()
    recipe = Recipe(steps=(Step.of("loses_a_row", learns=learns),), model=Step.of("lightgbm"))
    given = len(folder.split.fold(0).train) if learns else 200
    with pytest.raises(DataError, match=rf"'loses_a_row' was given {given} rows and returned {given - 1} \(numeric\)"):
        LabFoldView(folder, recipe, folder.split.fold(0), folder.task.loss, Seeds(0)).table("train")


def test_every_block_of_a_table_has_all_rows():
    table = Table.empty(5)
    assert with_rows(table, 5, "s") is table
    with pytest.raises(DataError, match="returned 5"):
        with_rows(table, 6, "s")
    few = Sparse(np.zeros(0, np.float32), np.zeros(0, np.int32), np.zeros(4, np.int64), 2)
    with pytest.raises(DataError, match=r"returned 3 \(sparse\)"):
        with_rows(table.with_blocks(sparse=few), 5, "s")
