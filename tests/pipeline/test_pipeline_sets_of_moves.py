"""Sets of columns that are moves alone add columns that the guard can permute, and none of fit's fixed pool."""

import pytest

from assay.core.recipe import Recipe, Step
from assay.core.seed import Seeds
from assay.features import registry as steps
from assay.pipeline.fold_view import LabFoldView
from assay.pipeline.permuted_columns import added
from assay.research.feature_sets import ideas, looked_for, with_set
from assay.research.moves import catalogue, column_moves

BASE = Recipe(steps=(Step.of("dates"), Step.of("text_svd", components=2)), model=Step.of("lightgbm"))
ALONE = {idea.name: idea for idea in ideas() if idea.only_moves}
FOUND_HERE = ("levels", "rareness", "row_as_text", "split_pairs")


def test_what_is_a_move_alone_is_in_no_fixed_pool_and_in_the_catalogue():
    assert len(ALONE) >= 20
    assert not ALONE.keys() & {move.name for move in column_moves(fixed_pool=True)}
    assert ALONE.keys() <= {move.name for move in catalogue()}
    assert not {step for idea in ALONE.values() for step in idea.looked_for} & {*looked_for()}


@pytest.mark.parametrize("name", FOUND_HERE)
def test_the_guard_finds_columns_to_permute(make_folder, name):
    folder = make_folder("binary")
    fold = folder.split.fold(0)
    found = ALONE[name].of(folder.task.facts, frozenset(steps.names()), "trees")
    assert found is not None
    assert found.adds_columns
    plain, made = (
        LabFoldView(folder, recipe, fold, folder.task.loss, Seeds(0)).table("train")
        for recipe in (BASE, with_set(BASE, found))
    )  # fmt: skip
    assert added(plain, made)
