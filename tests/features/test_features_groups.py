"""Numbers against the rows of their category."""

import numpy as np
import pytest

from assay.core.array import Floats
from assay.core.block.columns import CodeBlock, NumericBlock
from assay.core.errors import UsageError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.features import registry
from assay.testing.tables import folds_of


def table_of(codes: object, numbers: object, levels: int) -> Table:
    block, columns = np.asarray(codes, dtype=np.int32), np.asarray(numbers, dtype=np.float32)
    block, columns = block.reshape(len(block), -1), columns.reshape(len(columns), -1)
    return Table.of(
        numeric=NumericBlock(columns, tuple(f"x{j}" for j in range(columns.shape[1]))),
        codes=CodeBlock(block, tuple(f"c{j}" for j in range(block.shape[1])), (levels,) * block.shape[1]),
    )


def planted(n: int = 3_000, width: int = 30) -> tuple[Table, Floats]:
    """Of width categories and as many numbers one pair matters: the target is x7 without the mean of its c4."""
    rng = np.random.default_rng(3)
    codes, numbers, shift = rng.integers(0, 20, (n, width)), rng.normal(size=(n, width)), 3.0 * rng.normal(size=20)
    truth = numbers[:, 7].copy()
    numbers[:, 7] += shift[codes[:, 4]]
    return table_of(codes, numbers, 20), truth


def step(**params: object) -> object:
    return registry.build(Step.of("group_statistics", **params))


def test_one_planted_pair_in_nine_hundred_is_found_and_says_what_neither_column_does() -> None:
    table, truth = planted()
    _, block = step().fit_transform(table, Target(truth), inner=folds_of(table.n_rows), seeds=Seeds(0))
    assert len(block.numeric_names) <= 30 + 12
    found = block.numeric[:, block.numeric_names.index("x7 by c4:deviation")]
    assert np.corrcoef(table.numeric[:, 7], truth)[0, 1] < 0.5
    assert np.corrcoef(found, truth)[0, 1] > 0.98


def test_the_kinds_are_what_they_are_called() -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, 400)
    x = np.where(codes == 0, rng.normal(10.0, 1.0, 400), rng.normal(20.0, 5.0, 400))
    fitted = step(m=0.0, top=20).fit(table_of(codes, x, 2), Target(x - np.where(codes == 0, 10, 20)), seeds=Seeds(0))
    x0 = x[codes == 0].astype(np.float32)
    cell = float(np.sort(x0)[len(x0) // 2])
    out = fitted.transform(table_of([0], [cell], 2))
    row = dict(zip(out.numeric_names, out.numeric[0].tolist(), strict=True))
    expected = {"mean": x0.mean(), "sd": x0.std(), "deviation": cell - x0.mean(), "ratio": cell / x0.mean()}
    for kind, value in expected.items():
        if f"x0 by c0:{kind}" in row:
            assert row[f"x0 by c0:{kind}"] == pytest.approx(value, rel=1e-4, abs=1e-4)
    assert row["x0 by c0:deviation"] == pytest.approx(expected["deviation"], abs=1e-4)
    assert row["x0 by c0:rank"] == pytest.approx(0.5, abs=0.05)


def test_a_training_row_is_compared_with_the_others_of_its_group() -> None:
    codes, x = np.repeat(np.arange(200), 3), np.random.default_rng(1).normal(size=600)
    x += np.repeat(np.random.default_rng(2).normal(size=200), 3)
    target = Target(x - np.repeat(x.reshape(-1, 3).mean(axis=1), 3))
    encoder = step(kinds=["deviation"], m=0.0)
    table = table_of(codes, x, 200)
    fitted, block = encoder.fit_transform(table, target, inner=folds_of(600), seeds=Seeds(0))
    others = (x.reshape(-1, 3).sum(axis=1).repeat(3) - x) / 2.0
    np.testing.assert_allclose(block.numeric[:, 1], x - others, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(fitted.transform(table).numeric[:, 1], target.values, rtol=1e-3, atol=1e-4)


def test_a_level_never_seen_has_the_statistics_of_all_rows() -> None:
    table, truth = planted(800, 8)
    fitted = step(kinds=["mean"]).fit(table, Target(truth), seeds=Seeds(0))
    unseen = table_of(np.full((1, 8), 20), np.zeros((1, 8)), 20)
    out = fitted.transform(unseen)
    found = out.numeric[0, out.numeric_names.index("x7 by c4:mean")]
    assert found == pytest.approx(table.numeric[:, 7].mean(), abs=1e-5)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UsageError, match="no 'median' of a number"):
        step(kinds=["median"])
