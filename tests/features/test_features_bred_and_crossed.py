"""Steps that look for what columns say together find planted laws, and nothing where there is none."""

import numpy as np
import pytest

from assay.core.block.columns import CodeBlock, NumericBlock
from assay.core.errors import UsageError
from assay.core.recipe import Step
from assay.core.row_ties import RowTies
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.expressions.expression_parser import parsed
from assay.expressions.expression_tree import size_of
from assay.features import registry

NAMES = ("a", "b", "c", "d")


def numbers(n=1500, seed=0):
    rng = np.random.default_rng(seed)
    return Table.of(numeric=NumericBlock(rng.uniform(0.5, 3.0, (n, 4)).astype(np.float32), NAMES))


def target(table, law, seed=1):
    rng, value = np.random.default_rng(seed), law(*table.numeric.T.astype(float))
    return Target(value + 0.3 * value.std() * rng.normal(size=table.n_rows), 0)


def made_by(step, table, y):
    fitted = registry.build(step).fit(table, y, seeds=Seeds(0))
    return fitted, fitted.transform(table)


def test_a_law_of_three_columns_is_bred():
    table = numbers()
    y = target(table, lambda a, b, c, d: a * b / c)
    _, made = made_by(Step.of("symbolic"), table, y)
    left = y.values - y.values.mean()
    truth = np.prod(table.numeric[:, :2], axis=1) / table.numeric[:, 2]
    alike = [abs(np.corrcoef(made.numeric[:, k], truth)[0, 1]) for k in range(4, made.numeric.shape[1])]
    assert max(alike) > 0.9
    assert abs(left).sum() > 0


def test_what_is_bred_is_small_readable_and_the_same_every_time():
    table = numbers()
    y = target(table, lambda a, b, c, d: np.where(a > b, a - b, 0.0))
    first, second = (made_by(Step.of("symbolic"), table, y)[1] for _ in range(2))
    assert first.numeric_names == second.numeric_names
    for name in first.numeric_names[4:]:
        assert size_of(parsed(name).tree) <= 5


@pytest.mark.parametrize("seed", range(4))
def test_sums_of_curves_and_noise_breed_nothing(seed):
    table = numbers(800, seed)
    noise = Target(np.random.default_rng(seed + 50).integers(0, 2, 800).astype(np.int32), 2)
    assert made_by(Step.of("symbolic"), table, noise)[1].numeric_names == NAMES


def test_what_a_few_groups_have_in_common_by_chance_breeds_nothing():
    """Thirty groups with columns and an effect of their own: a new group shows that no expression holds."""
    found = {}
    for ties in (True, False):
        made = 0
        for seed in range(4):
            rng = np.random.default_rng(seed)
            units = np.repeat(np.arange(30), 30)
            table = numbers(30, seed).take(units)
            y = rng.normal(size=30)[units] + 0.3 * rng.normal(size=900)
            labels = Target(y, ties=RowTies(units=units) if ties else None)
            made += len(made_by(Step.of("symbolic"), table, labels)[1].numeric_names) - 4
        found[ties] = made
    assert found[False] >= 4, "halves of rows confirm chance"
    assert found[True] == 0


def test_a_law_of_three_columns_is_bred_from_groups_too():
    table = numbers()
    y = target(table, lambda a, b, c, d: a * b / c)
    y = Target(y.values, ties=RowTies(units=np.arange(1500) // 10))
    assert len(made_by(Step.of("symbolic"), table, y)[1].numeric_names) > 4


def test_what_held_in_the_first_half_of_time_alone_is_not_kept():
    table = numbers()
    a, b, _, _ = table.numeric.T.astype(float)
    rng, when = np.random.default_rng(3), np.arange(1500.0)
    y = np.where(when < 750, (a - 1.75) * (b - 1.75), 0.0) + 0.2 * rng.normal(size=1500)
    order = rng.permutation(1500)
    in_order = Target(y[order], ties=RowTies(moments=when[order]))
    assert made_by(Step.of("symbolic"), table.take(order), Target(y[order]))[1].numeric_names != NAMES
    assert made_by(Step.of("symbolic"), table.take(order), in_order)[1].numeric_names == NAMES


def test_numbers_that_trees_split_on_in_turn_are_crossed():
    table = numbers()
    y = target(table, lambda a, b, c, d: (a - 1.75) * (b - 1.75) + 0.3 * c)
    _, made = made_by(Step.of("split_pairs", top=1), table, y)
    assert made.numeric_names[4:] == ("a - b", "a / b", "a * b")


def test_categories_that_act_together_are_crossed():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (2000, 3)).astype(np.int32)
    table = Table.of(codes=CodeBlock(codes, ("x", "y", "z"), (4, 4, 4)))
    y = Target(((codes[:, 0] % 2 == codes[:, 2] % 2) ^ (rng.random(2000) < 0.1)).astype(np.int32), 2)
    _, made = made_by(Step.of("split_pairs", top=1), table, y)
    assert made.code_names == ("x", "y", "z", "x & z")


def test_few_rows_or_one_column_cross_nothing():
    table = numbers(60)
    y = target(table, lambda a, b, c, d: a * b)
    for step in (Step.of("symbolic"), Step.of("split_pairs")):
        assert made_by(step, table, y)[1].numeric_names == NAMES
        one = table.select(numeric=[0])
        assert made_by(step, one, y)[1].numeric_names == ("a",)
    with pytest.raises(UsageError, match="1 or more"):
        registry.build(Step.of("split_pairs", top=0))
