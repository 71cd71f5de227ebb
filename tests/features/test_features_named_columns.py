"""Steps that name columns: what they leave, what they make, and what they refuse."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.block.columns import CodeBlock, DateBlock, NumericBlock, TextBlock
from assay.core.errors import DataError, UsageError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features import registry
from assay.testing.encoders import assert_equal_tables
from assay.testing.tables import tiny_table

NAMES = ("age", "fare", "parcels", "noise", "member", "grade", "city", "joined", "note", "cabin", "address")


def fitted(name: str, table: Table, **params: object):
    return registry.build(Step.of(name, **params)).fit(table, None, seeds=Seeds(0))


def applied(name: str, table: Table, **params: object) -> Table:
    return fitted(name, table, **params).transform(table)


def numbers(**columns: list[float]) -> Table:
    cells = np.array(list(columns.values()), dtype=np.float32).T
    return Table.of(numeric=NumericBlock(cells, tuple(columns)))


def without_by_hand(table: Table, gone: set[str]) -> Table:
    """The table as it would be if these had never been given; written out block by block."""
    keep = {
        name: [j for j, column in enumerate(block.names) if column not in gone]
        for name, block in table.blocks.items()
    }  # fmt: skip
    blocks = {
        "numeric": NumericBlock(
            table.numeric[:, keep["numeric"]], tuple(n for n in table.numeric_names if n not in gone)
        ),
        "codes": CodeBlock(
            table.codes[:, keep["codes"]],
            tuple(n for n in table.code_names if n not in gone),
            tuple(levels for name, levels in zip(table.code_names, table.levels, strict=True) if name not in gone),
        ),
        "dates": DateBlock(table.dates[:, keep["dates"]], tuple(n for n in table.date_names if n not in gone)),
        "text": TextBlock(table.text[:, keep["text"]], tuple(n for n in table.text_names if n not in gone)),
        "moment": table.blocks["moment"],
    }
    strings = table.strings
    if strings is not None and keep["strings"]:
        left = tuple(n for n in strings.names if n not in gone)
        blocks["strings"] = replace(strings, codes=strings.codes[:, keep["strings"]], names=left)
    return Table.of(**blocks)


@given(st.sets(st.sampled_from(NAMES), min_size=1, max_size=len(NAMES) - 1))
def test_what_is_left_out_was_never_there_and_what_is_kept_is_all_there_is(gone):
    table = tiny_table(0, 30)
    expected = without_by_hand(table, gone)
    assert_equal_tables(applied("leave_out", table, columns=sorted(gone)), expected, "leave_out")
    assert_equal_tables(applied("only", table, columns=[n for n in NAMES if n not in gone]), expected, "only")


@pytest.mark.parametrize(
    ("word", "columns"),
    [
        ("numbers", ["age", "fare", "parcels", "noise"]),
        ("categories", ["member", "grade", "city", "cabin", "address"]),
        ("dates", ["joined"]),
        ("text", ["note"]),
    ],
)
def test_a_kind_of_columns_is_all_columns_of_that_kind(word, columns):
    table = tiny_table(0, 30)
    assert set(table.names) == set(NAMES)
    by_word, by_name = (applied("leave_out", table, **one) for one in ({"blocks": [word]}, {"columns": columns}))
    assert_equal_tables(by_word, by_name, word)
    assert set(applied("only", table, blocks=[word]).names) == set(columns)


@pytest.mark.parametrize("step", ["leave_out", "only"])
def test_a_column_that_is_not_there_is_named_with_its_neighbours_in_spelling(step):
    with pytest.raises(DataError, match=f"{step}.*'frae'.*not there") as error:
        fitted(step, tiny_table(0, 30), columns=["frae"])
    assert (error.value.nearest, error.value.where.column) == (("fare",), "frae")


def test_a_column_that_an_earlier_step_took_away_is_not_there_any_more():
    left = applied("leave_out", tiny_table(0, 30), columns=["fare"])
    with pytest.raises(DataError, match="not any more"):
        fitted("leave_out", left, columns=["fare"])
    with pytest.raises(DataError, match="not any more"):
        fitted("combine", left, pairs=[["age", "fare"]])


def test_a_kind_of_columns_that_is_not_there_and_a_word_that_is_no_kind_are_refused():
    with pytest.raises(DataError, match="'dates', and there are none"):
        fitted("leave_out", numbers(a=[1.0], b=[2.0]), blocks=["dates"])
    with pytest.raises(UsageError, match="No kind of columns is called 'date'"):
        registry.build(Step.of("only", blocks=["date"]))


def test_leaving_out_all_columns_is_refused_in_words():
    with pytest.raises(DataError, match="would leave none of the 11 columns"):
        fitted("leave_out", tiny_table(0, 30), columns=["age"], blocks=["numbers", "categories", "dates", "text"])


def test_left_out_columns_cost_a_row_nothing():
    table = tiny_table(0, 200)
    plain, left = registry.build(Step.of("impute")), applied("leave_out", table, columns=["age", "fare", "noise"])
    all_ms, left_ms = (plain.fit(one, None, seeds=Seeds(0)).effort().ms for one in (table, left))
    assert left_ms < all_ms
    assert fitted("leave_out", table).effort().ms == 0, "with nothing named nothing is done"


def test_results_are_those_of_arithmetic_and_gaps_stay_gaps():
    table = numbers(a=[6.0, np.nan, 4.0, 1.0], b=[3.0, 2.0, np.nan, 4.0])
    made = applied("combine", table, pairs=[["a", "b"]], operations=["ratio", "difference", "product", "sum"])
    assert made.numeric_names == ("a", "b", "a / b", "a - b", "a * b", "a + b")
    assert made.numeric[[0, 3], 2:].tolist() == [[2, 3, 18, 9], [0.25, -3, 4, 5]]
    assert np.isnan(made.numeric[1:3, 2:]).all()
    assert np.array_equal(made.numeric[:, :2], table.numeric, equal_nan=True)


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=4, max_size=12))
def test_whatever_is_divided_by_results_are_finite_and_of_the_right_side(cells):
    half = len(cells) // 2
    table = numbers(a=cells[:half], b=[0.0, *cells[half + 1 : 2 * half]])
    made = applied("combine", table, pairs=[["a", "b"]], operations=["ratio", "difference", "product", "sum"])
    assert np.isfinite(made.numeric).all()
    a, b, ratio = made.numeric[:, 0], made.numeric[:, 1], made.numeric[:, 2]
    assert (np.sign(ratio) * np.sign(a) * np.where(b < 0, -1, 1) >= 0).all()


def test_a_ratio_by_nothing_is_the_largest_that_sound_divisors_gave():
    table = numbers(a=[6.0, 8.0, -5.0, 0.0, 3.0], b=[3.0, 2.0, 0.0, 0.0, 1e-30])
    ratio = applied("combine", table, pairs=[["a", "b"]]).numeric[:, 2]
    assert ratio.tolist() == [2.0, 4.0, -4.0, 0.0, 4.0]


def test_the_difference_of_two_dates_is_in_days_and_dates_have_nothing_else():
    days = np.array([[18_010.5, 18_000.0], [np.nan, 18_000.0]])
    table = Table.of(
        numeric=NumericBlock(np.zeros((2, 1), np.float32), ("n",)), dates=DateBlock(days, ("end", "start"))
    )
    made = applied("combine", table, pairs=[["end", "start"]], operations=["difference"])
    assert made.numeric_names == ("n", "end - start")
    assert np.array_equal(made.numeric[:, 1], np.array([10.5, np.nan], dtype=np.float32), equal_nan=True)
    with pytest.raises(DataError, match="dates have differences"):
        fitted("combine", table, pairs=[["end", "start"]], operations=["difference", "ratio"])
    with pytest.raises(DataError, match="dates have differences, with other dates"):
        fitted("combine", table, pairs=[["end", "n"]], operations=["difference"])


def test_what_cannot_be_combined_is_refused_in_words():
    table = tiny_table(0, 30)
    with pytest.raises(DataError, match="'city', which is neither a number nor a date"):
        fitted("combine", table, pairs=[["fare", "city"]])
    with pytest.raises(DataError, match="'fare / age', and there is one of that name"):
        fitted("combine", applied("combine", table, pairs=[["fare", "age"]]), pairs=[["fare", "age"]])
    with pytest.raises(UsageError, match="Two columns have no 'power'"):
        registry.build(Step.of("combine", pairs=[["fare", "age"]], operations=["power"]))
    with pytest.raises(UsageError, match="pairs of names"):
        registry.build(Step.of("combine", pairs=["fare"]))
