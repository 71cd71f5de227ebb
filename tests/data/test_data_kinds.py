"""What columns are taken for, on small frames as people have them."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import DataError, UsageError
from assay.core.schema import KINDS
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions
from each import each

N = 120
RNG = np.random.default_rng(0)


def column(cells, name="c", **options):
    """The column as it is understood within a frame that has a target as well."""
    frame = pd.DataFrame({name: cells})
    return infer_schema(frame.assign(y=np.arange(len(frame)) % 2), TaskOptions(target="y", **options))[name]


def choose(*values):
    return RNG.choice(values, N).tolist()


CHINESE_NAMES = [f"{'王李张刘陈'[i % 5]}{chr(0x4E00 + i)}{chr(0x5000 + 7 * i)}" for i in range(N)]
CHINESE_COMMENTS = ["，".join(RNG.choice(["味道很好", "送货太慢", "质量不错", "推荐"], 3)) + str(i) for i in range(N)]
SENTENCES = [
    f"the {a} {b} went to place {i}"
    for i, (a, b) in enumerate(zip(choose("old", "new"), choose("cat", "dog"), strict=True))
]

CASES = {
    "measurements are numeric": ([0.5 + i * 1.37 for i in range(N)], "c", "numeric"),
    "few whole numbers stay numeric": (choose(1, 2, 3), "c", "numeric"),
    "prices in dollars are numeric": ([f"${i},{i:03}.50" for i in range(1, N + 1)], "c", "numeric"),
    "decimal commas are numeric": ([f"{i},5" for i in range(N)], "c", "numeric"),
    "percentages are numeric": ([f"{i} %" for i in range(N)], "c", "numeric"),
    "numbers with some words are numeric": ([str(i) for i in range(N - 10)] + ["unknown"] * 10, "c", "numeric"),
    "cities are a category": (choose("Lyon", "Oslo", "Bonn"), "c", "category"),
    "pandas categories are a category": (pd.Categorical(choose("a", "b", "c")), "c", "category"),
    "pandas categories that are numbers are a category": (pd.Categorical(choose(1, 2, 30)), "c", "category"),
    "ordered categories are ordinal": (pd.Categorical(choose("S", "M"), ["S", "M"], ordered=True), "c", "ordinal"),
    "yes and no are boolean": (choose("yes", "no"), "c", "boolean"),
    "truth values are boolean": (choose(True, False), "c", "boolean"),
    "truth values with gaps are boolean": (pd.array(choose(True, False, None), dtype="boolean"), "c", "boolean"),
    "ISO dates are dates": ([f"2024-01-{1 + i % 28:02}" for i in range(N)], "c", "datetime"),
    "moments are dates": (pd.date_range("2024-01-01", periods=N, unit="us"), "c", "datetime"),
    "date objects are dates": ([dt.date(2024, 1, 1 + i % 28) for i in range(N)], "c", "datetime"),
    "day first dates are dates": ([f"{1 + i % 28:02}/{1 + i % 12:02}/2024" for i in range(N)], "c", "datetime"),
    "months by name are dates": ([f"Mar {1 + i % 28:02}, 2024" for i in range(N)], "c", "datetime"),
    "year month day numbers are dates": ([20240101 + i % 28 for i in range(N)], "c", "datetime"),
    "years are numbers": ([1950 + i % 70 for i in range(N)], "year", "numeric"),
    "sentences are text": (SENTENCES, "c", "text"),
    "comments without spaces are text": (CHINESE_COMMENTS, "c", "text"),
    "persons without spaces are no text": (CHINESE_NAMES, "c", "identifier"),
    "towns without spaces are a category": (choose("東京都", "大阪府", "北海道"), "c", "category"),
    "keys are identifiers": ([f"CU-{i * 7919 % 9973:05}" for i in range(N)], "customer", "identifier"),
    "codes of a letter and digits are a category": (choose("A1", "A2", "B1"), "c", "category"),
    "lengths in one unit are numeric": ([f"{i * i} km" for i in range(N)], "c", "numeric"),
    "a row counter is an identifier": (list(range(1, N + 1)), "c", "identifier"),
    "unlike numbers named id are identifiers": ([i * 7919 % 99991 for i in range(N)], "customer_id", "identifier"),
    "the same numbers named otherwise are numeric": ([i * 7919 % 99991 for i in range(N)], "balance", "numeric"),
    "one value is a constant": (["FR"] * N, "c", "constant"),
    "one number is a constant": ([3] * N, "c", "constant"),
    "nothing at all is a constant": ([None] * N, "c", "constant"),
    "a value or nothing is no constant": (["x", None] * (N // 2), "c", "category"),
    "bytes are dropped": ([bytes([i]) for i in range(N)], "c", "dropped"),
    "durations are numeric": (pd.to_timedelta(np.arange(N) ** 2, unit="min"), "c", "numeric"),
}  # fmt: skip


@each("case", CASES)
def test_a_column_gets_its_kind_and_a_reason(case):
    cells, name, kind = CASES[case]
    found = column(cells, name)
    assert (found.kind, bool(found.reason)) == (kind, True)


@given(kind=st.sampled_from(KINDS[:9]))
def test_a_kind_that_is_given_wins(kind):
    assert column(["20240101", "20240202"] * 20, kinds={"c": kind}).kind == kind


def test_a_kind_that_cannot_be_is_refused_with_what_would_work():
    with pytest.raises(DataError, match='"c" cannot be read as numeric: 3 of 3') as caught:
        column(choose("a", "b", "d"), kinds={"c": "numeric"})
    assert caught.value.do == ("--kind c=category",)
    with pytest.raises(DataError, match="3 different values, so it is no boolean"):
        column(choose("a", "b", "d"), kinds={"c": "boolean"})
    with pytest.raises(UsageError, match="cannot be 'numbr'"):
        TaskOptions(kinds={"c": "numbr"})


def test_levels_seen_less_than_three_times_are_left_out():
    found = column(["a"] * 5 + ["b"] * 3 + ["rare"] * 2 + ["once"])
    assert found.levels == ("a", "b")
    assert found.n_levels == 4


def test_levels_come_by_falling_frequency_and_ordinal_ones_in_order():
    cells = ["10"] * 5 + ["9"] * 4 + ["low"] * 6
    assert column(cells, kinds={"c": "category"}).levels == ("low", "10", "9")
    assert column(cells, kinds={"c": "ordinal"}).levels == ("9", "10", "low")


def test_three_formats_in_one_column_are_all_read():
    cells = [f"2024-03-{i % 28 + 1:02}" for i in range(40)] + [f"{i % 28 + 1:02}.03.2024" for i in range(40)]
    found = column(cells + [f"Mar {i % 28 + 1:02} 2024" for i in range(40)])
    assert set(found.date_formats) == {"%d.%m.%Y", "%b %d %Y"}
    assert found.reason == "dates in 3 formats"


def test_month_first_is_recognised_and_doubt_is_said():
    assert column([f"{1 + i % 12}/{1 + i % 28}/2024" for i in range(N)]).date_formats == ("%m/%d/%Y",)
    doubtful = column([f"{1 + i % 12}/{1 + i % 11}/2024" for i in range(N)])
    assert doubtful.date_formats == ("%d/%m/%Y",)
    assert "read day first" in doubtful.notes[0]


def test_thousands_and_decimal_marks_are_told_apart():
    comma = column([f"{i}.{i:03},25" for i in range(1, N)]).number
    point = column([f"{i},{i:03}.25" for i in range(1, N)]).number
    space = column([f"{i} {i:03},25 €" for i in range(1, N)]).number
    assert (comma.decimal, comma.thousands) == (",", ".")
    assert (point.decimal, point.thousands) == (".", ",")
    assert (space.decimal, space.thousands, space.affixes) == (",", " ", ("€",))


def test_missing_cells_are_counted_and_words_among_numbers_become_marks():
    found = column([str(i) for i in range(100)] + ["?", "", None, "-", "NA"])
    assert found.kind == "numeric"
    assert found.missing == 5
    assert set(found.missing_marks) == {"?", "-"}


def test_further_missing_marks_hold_in_numbers_and_in_categories():
    assert column([-999, 1.5, 2.5, 3.5] * 9, missing=("-999",)).missing == 9
    assert column(["-999", "a", "b", "b"] * 9, missing=("-999",)).levels == ("b", "a")


def test_a_raw_column_is_not_repaired():
    assert column([f"${i}" for i in range(N)] * 4, raw=("c",)).kind == "category"


def test_kept_identifiers_become_features_and_dropped_columns_do_not():
    assert column(list(range(N)), keep=("c",)).kind == "numeric"
    assert column(choose("a", "b"), drop=("c",)).kind == "dropped"


def test_roles_are_no_features():
    frame = pd.DataFrame({name: range(9) for name in ("y", "g", "t", "w", "x")})
    options = TaskOptions(target="y", group="g", order_by="t", drop=("t",), weights="w", kinds={"x": "numeric"})
    schema = infer_schema(frame, options)
    assert [c.kind for c in schema] == ["target", "group", "time", "weight", "numeric"]
    assert [c.name for c in schema.features] == ["x"]


def test_an_option_that_names_no_column_is_refused():
    with pytest.raises(UsageError, match='has no column "agee"') as caught:
        infer_schema(pd.DataFrame({"age": [1], "y": [0]}), TaskOptions(target="y", drop=("agee",)))
    assert caught.value.where.option == "--drop"
    with pytest.raises(UsageError, match="two roles"):
        infer_schema(pd.DataFrame({"age": [1], "y": [0]}), TaskOptions(target="y", group="y"))
    with pytest.raises(UsageError, match="dropped and kept"):
        TaskOptions(drop=("a",), keep=("a",))


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("form", ["IMG_{:05d}_a", "MRN{}", "case {}/2021", "user{}@example.com"])
def test_keys_whose_number_counts_the_rows_are_not_taken_apart(form, shuffled):
    """Where a file was sorted by its answer before it was numbered, the number is the answer."""
    numbers = 10_500 + 3 * np.arange(200)
    if shuffled:
        numbers = np.random.default_rng(0).permutation(numbers)
    key = column([form.format(number) for number in numbers])
    assert key.kind == "identifier"
    assert not key.is_string
    assert "counts the rows" in key.reason


def test_keys_that_say_more_than_their_number_are_taken_apart():
    rng = np.random.default_rng(0)
    sparse = [f"A/5 {number}" for number in rng.choice(10**6, 200, replace=False)]
    assert column(sparse).is_string
    assert column([f"{'FR' if j % 3 else 'DE'}-{j:04d}" for j in range(200)]).is_string


@pytest.mark.parametrize("codes", [(-9,), (-9, -8, -7), (-99, -98, -88), (-8,)])
def test_negative_codes_below_numbers_that_cannot_be_negative_are_asked_about_and_left_alone(codes):
    cells = RNG.integers(0, 400, N).tolist()
    cells[: 4 * len(codes)] = 4 * codes
    found = column(cells)
    (note,) = found.notes
    assert note.startswith(", ".join(map(str, sorted(codes))))
    assert note.endswith("?")
    assert found.missing_marks == ()


@pytest.mark.parametrize(
    "cells", [list(range(-9, N - 9)), [-9, -3, *range(N)], [-9.5] * 5 + list(range(N)), [-12] * 5 + list(range(N))]
)
def test_numbers_that_go_on_below_zero_are_no_codes(cells):
    assert column(RNG.permutation(cells).tolist()).notes == ()


@pytest.mark.parametrize("name", ["IDpol", "id_cliente", "ID_code", "idPatient", "ID Kunde"])
def test_a_name_that_begins_with_id_names_an_identifier(name):
    assert column(RNG.permutation(7 * N)[:N].tolist(), name).kind == "identifier"


@pytest.mark.parametrize("name", ["idle", "ideal", "IDEA", "identity_score"])
def test_a_word_that_begins_with_id_does_not(name):
    assert column(RNG.permutation(7 * N)[:N].tolist(), name).kind == "numeric"


@pytest.mark.parametrize("step", [1, 3, -1, 10])
def test_numbers_in_even_steps_number_the_rows_where_the_name_says_so(step):
    cells = (1000 + step * np.arange(N)).tolist()
    assert column(cells, name="client_id").reason == "numbers the rows"
    assert column(cells, name="seconds").kind == ("identifier" if step == 1 else "numeric"), "a grid is measured"


@pytest.mark.parametrize(
    "words",
    [("Ja", "Nein"), ("Ja", "ja", "j", "wahr", "Nein", "NEIN", "n"), ("oui", "Non"), ("sí", "no"), ("Sim", "não")],
)
def test_yes_and_no_of_other_languages_are_truth_values_in_any_spelling(words):
    found = column([words[j % len(words)] for j in range(N)])
    assert (found.kind, len(found.levels)) == ("boolean", 2)


def test_a_name_may_be_given_with_the_outer_spaces_it_has_in_the_file():
    frame = pd.DataFrame({"a": range(N), "b": range(N), "y": np.arange(N) % 2})
    options = TaskOptions(target=" y ", drop=("a ",), kinds={" b": "category"})
    kinds = [one.kind for one in infer_schema(frame, options)]
    assert kinds == ["dropped", "category", "target"]


def test_durations_of_arrow_are_seconds_like_those_of_numpy():
    import pyarrow as pa

    cells = pd.Series(pd.to_timedelta([90, 30, None, 4.5] * 10, unit="s"))
    frame = pd.DataFrame({"numpy": cells, "arrow": cells.astype(pd.ArrowDtype(pa.duration("ns")))})
    schema = infer_schema(frame.assign(y=1), TaskOptions(target="y"))
    assert {schema[name].reason for name in frame} == {"durations, in seconds"}
