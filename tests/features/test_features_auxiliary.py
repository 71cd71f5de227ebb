"""What other columns say of a column is told by other rows, and what departs from it can be the whole signal."""

import numpy as np

from assay.core.contract import Seeds, Step
from assay.core.table import Table
from assay.core.target import Target
from assay.features import registry


def rows_of(n=500, seed=0):
    """The target is what `c` has beyond what `a` and `b` make of it."""
    rng = np.random.default_rng(seed)
    a, b, d = rng.normal(size=(3, n))
    rest = 0.3 * rng.normal(size=n)
    table = Table.empty(n).with_numeric(np.column_stack([a, b, a * b + a + rest, d]), ("a", "b", "c", "d"))
    return table, Target(3.0 * rest + a + 0.05 * rng.normal(size=n)), rest


def test_what_departs_from_what_is_expected_is_added_and_is_the_signal():
    table, target, rest = rows_of()
    fitted, made = registry.build(Step.of("auxiliary")).fit_transform(
        table, target, inner=np.arange(500) % 5, seeds=Seeds(0)
    )
    assert {"c:expected", "c:unexpected"} <= set(made.numeric_names)
    assert np.corrcoef(made.column("c:unexpected"), rest)[0, 1] > 0.8
    later, _, more = rows_of(200, seed=1)
    assert np.corrcoef(fitted.transform(later).column("c:unexpected"), more)[0, 1] > 0.8


def test_a_row_is_told_by_other_inner_folds_than_its_own():
    table, target, _ = rows_of(100)
    inner = np.arange(100) % 5
    _, made = registry.build(Step.of("auxiliary")).fit_transform(table, target, inner=inner, seeds=Seeds(0))
    numeric = table.numeric.copy()
    numeric[0, 2] += 3.0
    other = table.with_cells(numeric=numeric)
    _, again = registry.build(Step.of("auxiliary", most=4)).fit_transform(other, target, inner=inner, seeds=Seeds(0))
    _, before = registry.build(Step.of("auxiliary", most=4)).fit_transform(table, target, inner=inner, seeds=Seeds(0))
    away = np.abs(again.column("c:expected") - before.column("c:expected"))
    assert away[0] < 0.2 * away[1] + 0.1  # its own cell does not teach what is expected of it, but for the scale
    assert made.n_rows == 100


def test_of_too_few_columns_nothing_is_made():
    table = Table.empty(50).with_numeric(np.random.default_rng(0).normal(size=(50, 2)), ("a", "b"))
    fitted, made = registry.build(Step.of("auxiliary")).fit_transform(
        table, Target(np.arange(50.0)), inner=np.arange(50) % 5, seeds=Seeds(0)
    )
    assert made is table
    assert fitted.transform(table) is table
