"""Two categories as one, and what target means make of noise."""

import numpy as np
import pytest

from assay.core.block.columns import CodeBlock
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.features import registry
from assay.testing.encoders import rank_auc
from assay.testing.tables import folds_of


def coded(codes: np.ndarray, *levels: int) -> Table:
    return Table.of(codes=CodeBlock(np.asarray(codes, dtype=np.int32), tuple("abcdef"[: len(levels)]), levels))


def test_two_categories_that_interact_become_one() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (1_000, 3))
    y = ((codes[:, 0] + codes[:, 2]) % 2).astype(np.int32)
    fitted = registry.build(Step.of("combinations")).fit(coded(codes, 4, 4, 4), Target(y, 2), seeds=Seeds(0))
    out = fitted.transform(coded(codes, 4, 4, 4))
    assert out.code_names == ("a", "b", "c", "a & c")
    assert out.levels[-1] == 16
    together = out.codes[:, -1]
    assert all(len(np.unique(y[together == level])) == 1 for level in range(16))
    rare = fitted.transform(coded(np.array([[0, 0, -1], [4, 0, 0], [1, 1, 1]]), 4, 4, 4)).codes[:, -1]
    assert rare[:2].tolist() == [-1, 16]
    assert rare[2] < 16


@pytest.mark.parametrize("step", [Step.of("target_mean", above=0), Step.of("pairs", top=3), Step.of("combinations")])
def test_target_means_of_noise_rank_new_rows_and_training_rows_by_chance(step: Step) -> None:
    areas = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        codes, y = rng.integers(0, 100, (2_000, 2)), rng.integers(0, 2, 2_000).astype(np.int32)
        table, train = coded(codes, 100, 100), np.arange(1_000)
        fitted, block = registry.build(step).fit_transform(
            table.take(train), Target(y[:1_000], 2), inner=folds_of(1_000, 5), seeds=Seeds(seed)
        )
        new = fitted.transform(table.take(np.arange(1_000, 2_000)))
        for rows, truth in ((block, y[:1_000]), (new, y[1_000:])):
            areas += [rank_auc(truth == 1, column.astype(np.float64)) for column in rows.numeric.T]
    assert not areas or abs(np.mean(areas) - 0.5) <= 0.03
