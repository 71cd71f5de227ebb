"""Steps that change columns that are there: rare levels, mostly empty numbers, columns that drift, weights of terms."""

import numpy as np

from assay.core.block.columns import CodeBlock, NumericBlock, TextBlock
from assay.core.block.moment import MomentBlock
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.features import registry


def fitted(step, table, y=None):
    return registry.build(step).fit(table, y, seeds=Seeds(0))


def test_levels_of_few_rows_become_the_one_of_levels_never_seen_and_gaps_stay():
    codes = np.array([0] * 20 + [1] * 5 + [2] * 20 + [-1], dtype=np.int32)[:, None]
    table = Table.of(codes=CodeBlock(codes, ("city",), (3,)))
    made = fitted(Step.of("rare_levels"), table).transform(table)
    assert made.codes[:, 0].tolist() == [0] * 20 + [3] * 5 + [2] * 20 + [-1]
    assert made.levels == (3,)


def test_numbers_that_are_mostly_missing_become_marks():
    rng = np.random.default_rng(0)
    numeric = rng.normal(size=(100, 2)).astype(np.float32)
    numeric[:80, 1] = np.nan
    table = Table.of(numeric=NumericBlock(numeric, ("age", "old")))
    made = fitted(Step.of("gaps_only"), table).transform(table)
    assert made.numeric_names == ("age", "old:known")
    assert made.numeric[:, 1].tolist() == [0.0] * 80 + [1.0] * 20


def test_columns_that_tell_late_rows_from_early_ones_go_and_only_where_rows_are_in_order():
    rng, n = np.random.default_rng(0), 400
    numeric = np.stack([rng.normal(size=n), np.arange(n) + rng.normal(size=n)], axis=1).astype(np.float32)
    codes = np.stack([rng.integers(0, 3, n), np.arange(n) // 100], axis=1).astype(np.int32)
    table = Table.of(
        numeric=NumericBlock(numeric, ("steady", "row")), codes=CodeBlock(codes, ("kind", "batch"), (3, 4)),
        moment=MomentBlock(np.arange(n, dtype=np.float64)),
    )  # fmt: skip
    left = fitted(Step.of("select_steady"), table)
    made = left.transform(table)
    assert (made.numeric_names, made.code_names) == (("steady",), ("kind",))
    assert "tells late rows from early ones" in left.removed["row"]
    unordered = table.without("moment")
    assert fitted(Step.of("select_steady"), unordered).transform(unordered).numeric_names == ("steady", "row")


def terms_of(n=200, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n).astype(np.int32)
    texts = [" ".join([str(rng.choice(["red", "green"])), "good" if label else "poor"]) for label in y]
    codes = rng.integers(0, 2, (n, 1)).astype(np.int32)
    table = Table.of(
        text=TextBlock(np.array(texts, dtype=object)[:, None], ("note",)), codes=CodeBlock(codes, ("kind",), (2,))
    )
    return fitted(Step.of("tfidf", ngrams=(1, 1)), table).transform(table), Target(y, 2)


def test_terms_that_tell_classes_apart_weigh_more_and_no_row_is_weighed_by_its_own_label():
    table, y = terms_of()
    step = registry.build(Step.of("log_count_ratios"))
    weights = step.fit(table, y, seeds=Seeds(0)).weights
    assert np.sort(weights)[-2:].min() > 3 * np.sort(weights)[:2].max()
    inner = np.arange(len(y)) % 4
    other = Target(np.where(inner == 1, 1 - y.values, y.values).astype(np.int32), 2)
    found = [step.fit_transform(table, one, inner=inner, seeds=Seeds(0))[1].sparse for one in (y, other)]
    rows = np.flatnonzero(inner == 1)
    assert np.array_equal(found[0].take(rows).data, found[1].take(rows).data)


def test_terms_are_there_again_for_each_level():
    table, _ = terms_of()
    made = fitted(Step.of("term_crosses", weight=0.5), table).transform(table)
    assert made.sparse.n_columns == table.sparse.n_columns * 3
    for row in range(5):
        plain, crossed = (one.sparse.take(np.array([row])) for one in (table, made))
        assert np.isclose(crossed.data.sum(), 1.5 * plain.data.sum(), rtol=1e-5)
