"""Expressions mean what pandas makes of the same rows, with gaps, infinities, zeros, and groups that are not there."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.block.columns import CodeBlock, DateBlock, NumericBlock, TextBlock
from assay.core.schema import Column
from assay.core.table import Table
from assay.expressions.column_reading import ReadColumn
from assay.expressions.expression_compiler import groups_of, program_of
from assay.expressions.expression_parser import parse
from assay.expressions.expression_tree import columns_of

NUMBERS = ("a", "b", "rate")
CITIES, KINDS, TOWNS, GRADES = (
    ("oslo", "rome", "bern"),
    ("flat", "house"),
    ("rome", "oslo", "lima"),
    ("low", "mid", "high"),
)
ODD = (0.0, -0.0, 1.0, -1.0, 2.5, -2.5, 0.5, 9.99, 100.0, np.nan, np.inf, -np.inf)
SCHEMA = {
    "a": Column(name="a", kind="numeric", reason=""),
    "b": Column(name="b", kind="numeric", reason="", shift=1.0, scale=0.5),
    "rate": Column(name="rate", kind="numeric", reason=""),
    "city": Column(name="city", kind="category", reason="", levels=CITIES),
    "town": Column(name="town", kind="category", reason="", levels=TOWNS),
    "kind": Column(name="kind", kind="category", reason="", levels=KINDS),
    "flag": Column(name="flag", kind="boolean", reason="", levels=("false", "true")),
    "grade": Column(name="grade", kind="ordinal", reason="", levels=GRADES),
    "sold": Column(name="sold", kind="datetime", reason=""),
    "built": Column(name="built", kind="datetime", reason=""),
    "note": Column(name="note", kind="text", reason=""),
}


def frame_of(seed, n, *, cities=CITIES):
    """Rows with cells of every sort; cities: those that occur, others than CITIES are never seen."""
    rng = np.random.default_rng(seed)

    def some(labels, gaps=0.15):
        picked = np.array(labels, dtype=object)[rng.integers(0, len(labels), n)]
        picked[rng.random(n) < gaps] = None
        return picked

    def moments():
        days = pd.Timestamp("1968-02-27 22:59:59") + pd.to_timedelta(rng.integers(0, 80 * 365 * 86_400, n), unit="s")
        return pd.Series(days).where(rng.random(n) > 0.15)

    return pd.DataFrame({
        "a": np.float32(rng.choice(ODD, n)).astype(float),
        "b": np.where(rng.random(n) < 0.2, rng.choice(ODD[:2] + ODD[9:], n), rng.normal(0, 3, n)),
        "rate": np.float32(np.where(rng.random(n) < 0.1, np.nan, rng.lognormal(0, 1, n))).astype(float),
        "city": some(cities), "town": some(TOWNS), "kind": some(KINDS), "flag": some(["false", "true"]),
        "grade": some(GRADES), "sold": moments(), "built": moments(), "note": some(["late order", "thanks"], 0.3),
    })  # fmt: skip


def codes_of(cells, labels):
    places = {label: place for place, label in enumerate(labels)}
    return [-1 if pd.isna(cell) else places.get(cell, len(labels)) for cell in cells]


def days_of(cells):
    return np.where(cells.isna(), np.nan, (cells - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1))


def table_of(frame):
    """The rows as the rest of Assay sees them; b is stored on another scale than the user's."""
    coded = ("city", "town", "kind", "flag")
    grades = np.array(codes_of(frame["grade"], GRADES), dtype=float)
    numbers = [frame["a"], (frame["b"] - 1.0) / 0.5, frame["rate"], np.where(grades < 0, np.nan, grades)]
    return Table.of(
        numeric=NumericBlock(np.stack(numbers, axis=1).astype(np.float32), ("a", "b", "rate", "grade")),
        codes=CodeBlock(
            np.array([codes_of(frame[name], SCHEMA[name].levels) for name in coded], dtype=np.int32).T, coded,
            tuple(len(SCHEMA[name].levels) for name in coded),
        ),
        dates=DateBlock(np.stack([days_of(frame["sold"]), days_of(frame["built"])], axis=1), ("sold", "built")),
        text=TextBlock(frame[["note"]].fillna("").to_numpy(dtype=object), ("note",)),
    )  # fmt: skip


def as_read(frame):
    """The rows with b as it comes back from float32 on another scale."""
    return frame.assign(b=np.float32((frame["b"] - 1.0) / 0.5).astype(float) * 0.5 + 1.0)


def program(text, table):
    tree = parse(text)
    columns = [ReadColumn.of_table(table, name, SCHEMA[name]) for name in columns_of(tree)]
    return program_of([tree], columns, groups_of([tree], columns, table))


def computed(text, frame, train=None):
    learned = table_of(frame if train is None else train)
    return program(text, learned).run(table_of(frame))[:, 0]


TRAIN = as_read(frame_of(0, 400))
ROWS = as_read(frame_of(1, 300, cities=(*CITIES, "kyiv")))
DAY = pd.Timedelta(days=1)

BY_ROW = {
    "a / nullif(b, 0)": lambda d: d.a / d.b.where(d.b != 0),
    "a / b": lambda d: d.a / d.b,
    "b // a": lambda d: d.b // d.a,
    "a // 0.5": lambda d: d.a // 0.5,
    "b % a": lambda d: d.b % d.a,
    "a ** b": lambda d: d.a**d.b,
    "a ** 2 - -b": lambda d: d.a**2 + d.b,
    "(a + b) / 2 > rate": lambda d: (d.a + d.b) / 2 > d.rate,
    "log1p(rate) - log1p(abs(a))": lambda d: np.log1p(d.rate) - np.log1p(d.a.abs()),
    "log(a) + log10(a) + sqrt(b) + exp(a)": lambda d: np.log(d.a) + np.log10(d.a) + np.sqrt(d.b) + np.exp(d.a),
    "floor(b) + ceil(b) * sign(a)": lambda d: np.floor(d.b) + np.ceil(d.b) * np.sign(d.a),
    "round(b)": lambda d: d.b.round(),
    "round(b * 100, -1) + round(rate, 2)": lambda d: (d.b * 100).round(-1) + d.rate.round(2),
    "a == 1": lambda d: d.a == 1,
    "a == 9.99": lambda d: d.a == np.float32(9.99),
    "a >= 9.99": lambda d: d.a >= np.float32(9.99),
    "a != b": lambda d: d.a != d.b,
    "a < b": lambda d: d.a < d.b,
    "-1 < a <= 2.5": lambda d: (d.a > -1) & (d.a <= 2.5),
    "a in (0, 1, 9.99)": lambda d: d.a.isin([0, 1, np.float32(9.99)]),
    "not a in (0, 1)": lambda d: ~d.a.isin([0, 1]),
    "not (a > 0 and b > 0) or isnull(rate)": lambda d: ~((d.a > 0) & (d.b > 0)) | d.rate.isna(),
    "~(a > 0) & (b > 0)": lambda d: ~(d.a > 0) & (d.b > 0),
    "(a > 0) + (b > 0) * 2": lambda d: (d.a > 0).astype(float) + (d.b > 0) * 2,
    "a and b": lambda d: (d.a.fillna(0) != 0) & (d.b.fillna(0) != 0),
    "if(a >= 0, b, rate)": lambda d: d.b.where(d.a >= 0, d.rate),
    "if(rate > 1, 1, None)": lambda d: pd.Series(1.0, d.index).where(d.rate > 1),
    "coalesce(rate, b, 0)": lambda d: d.rate.fillna(d.b).fillna(0),
    "min(a, b)": lambda d: np.minimum(d.a, d.b),
    "max(a, b, 0)": lambda d: np.maximum(np.maximum(d.a, d.b), 0),
    "clip(b, -1, 1.5)": lambda d: d.b.clip(-1, 1.5),
    "clip(b, None, rate)": lambda d: d.b.clip(upper=d.rate),
    "clip(b, rate)": lambda d: d.b.clip(lower=d.rate),
    "isnull(a) + isnull(city) + isnull(sold) + isnull(note) + isnull(grade)": lambda d: (
        d[["a", "city", "sold", "note", "grade"]].isna().sum(axis=1)
    ),
    'city == "rome"': lambda d: d.city == "rome",
    '"rome" != city': lambda d: d.city != "rome",
    'city == "paris"': lambda d: d.city == "paris",
    'city in ("rome", "oslo", "paris")': lambda d: d.city.isin(["rome", "oslo", "paris"]),
    'city not in ("rome")': lambda d: ~d.city.isin(["rome"]),
    "city == town": lambda d: (d.city == d.town) & d.city.notna(),
    "city != town": lambda d: (d.city != d.town) | d.city.isna(),
    "flag == True": lambda d: d.flag == "true",
    "flag * 2": lambda d: d.flag.map({"true": 2.0, "false": 0.0}),
    "if(flag and a > 0, b, 0)": lambda d: d.b.where((d.flag == "true") & (d.a > 0), 0),
    'grade >= "mid"': lambda d: d.grade.isin(["mid", "high"]),
    '"mid" > grade': lambda d: d.grade == "low",
    'grade != "low"': lambda d: d.grade != "low",
    'grade in ("low", "high")': lambda d: d.grade.isin(["low", "high"]),
    "days(sold - built)": lambda d: (d.sold - d.built) / DAY,
    "floor(days(sold - built))": lambda d: (d.sold - d.built).dt.days,
    "year(sold) * 100 + month(sold)": lambda d: d.sold.dt.year * 100 + d.sold.dt.month,
    "day(sold) + 100 * hour(sold)": lambda d: d.sold.dt.day + 100 * d.sold.dt.hour,
    "weekday(sold) + 10 * quarter(sold)": lambda d: d.sold.dt.day_of_week + 10 * d.sold.dt.quarter,
    'sold >= "1999-12-31"': lambda d: d.sold >= "1999-12-31",
    "sold > built": lambda d: d.sold > d.built,
    'sold - "2000-01-01"': lambda d: (d.sold - pd.Timestamp("2000-01-01")) / DAY,
    "year(sold + 31)": lambda d: (d.sold + 31 * DAY).dt.year,
    "days(max(sold, built) - min(sold, built))": lambda d: ((d.sold - d.built) / DAY).abs(),
    "year(coalesce(sold, built))": lambda d: d.sold.fillna(d.built).dt.year,
}  # fmt: skip


def same(found, expected):
    np.testing.assert_allclose(found, np.asarray(expected, dtype=float), rtol=1e-12, atol=1e-12)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("text", BY_ROW)
def test_an_expression_of_one_row_s_cells_is_what_pandas_makes_of_them(text):
    same(computed(text, ROWS, TRAIN), BY_ROW[text](ROWS))


def grouped(rows, train, by, how, x):
    """pandas: the aggregate of the training rows by group, looked up for other rows."""
    if not by:
        return pd.Series(x(train).agg(how) if how != "size" else len(train), rows.index)
    groups = x(train).groupby([train[name] for name in by])
    values = groups.size() if how == "size" else groups.agg(how)
    keys = pd.MultiIndex.from_frame(rows[by]) if len(by) > 1 else rows[by[0]]
    found = values.reindex(keys).set_axis(rows.index)
    return found.fillna(0) if how in ("size", "count") else found


BY_GROUP = {
    "mean(rate, by=city)": (["city"], "mean", lambda d: d.rate),
    "sum(rate, by=city)": (["city"], "sum", lambda d: d.rate),
    "sum(nullif(a, a), by=kind)": (["kind"], "sum", lambda d: d.a.where(d.a != d.a)),
    "min(b, by=[city, kind])": (["city", "kind"], "min", lambda d: d.b),
    "max(b, by=[kind, grade, city])": (["kind", "grade", "city"], "max", lambda d: d.b),
    "std(rate, by=grade)": (["grade"], "std", lambda d: d.rate),
    "median(b, by=city)": (["city"], "median", lambda d: d.b),
    "mean(a, by=kind)": (["kind"], "mean", lambda d: d.a),
    "std(a, by=kind)": (["kind"], "std", lambda d: d.a),
    "nunique(a, by=city)": (["city"], "nunique", lambda d: d.a),
    "nunique(city, by=kind)": (["kind"], "nunique", lambda d: d.city),
    "nunique(grade, by=flag)": (["flag"], "nunique", lambda d: d.grade),
    "count(by=[city, kind])": (["city", "kind"], "size", lambda d: d.a),
    "count(rate, by=city)": (["city"], "count", lambda d: d.rate),
    "count(town, by=city)": (["city"], "count", lambda d: d.town),
    "count(note, by=grade)": (["grade"], "count", lambda d: d.note),
    "mean(a > 0, by=city)": (["city"], "mean", lambda d: d.a > 0),
    "mean(flag, by=city)": (["city"], "mean", lambda d: d.flag.map({"true": 1.0, "false": 0.0})),
    "mean(log1p(rate) / 2, by=town)": (["town"], "mean", lambda d: np.log1p(d.rate) / 2),
    "mean(days(sold - built), by=city)": (["city"], "mean", lambda d: (d.sold - d.built) / DAY),
    "mean(rate)": ([], "mean", lambda d: d.rate),
    "median(b)": ([], "median", lambda d: d.b),
    "count()": ([], "size", lambda d: d.a),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("text", BY_GROUP)
def test_an_aggregate_is_what_pandas_says_of_the_training_rows_group(text):
    by, how, x = BY_GROUP[text]
    expected = grouped(ROWS, TRAIN, by, how, x)
    if text == "count()":
        text = "count() + 0 * (a == a)"
    found = computed(text, ROWS, TRAIN)
    same(found, expected)
    assert not by or "count" in text or np.isnan(found).any(), "some rows have no group"


def test_a_row_s_own_group_stands_beside_its_own_cells():
    means = grouped(ROWS, TRAIN, ["city"], "mean", lambda d: d.rate)
    same(computed("rate / mean(rate, by=city) - 1", ROWS, TRAIN), ROWS.rate / means - 1)
    first = grouped(ROWS, TRAIN, ["city"], "min", lambda d: d.sold)
    same(computed("days(sold - min(sold, by=city))", ROWS, TRAIN), (ROWS.sold - first) / DAY)


def test_groups_of_one_row_and_of_gaps_alone_have_no_spread_and_no_mean():
    train = pd.concat([TRAIN.iloc[:1].assign(city="oslo", rate=3.0), TRAIN.iloc[1:3].assign(city="rome", rate=np.nan)])
    rows = train.iloc[[0, 1]]
    found = {
        how: computed(f"{how}(rate, by=city)", rows, train).tolist()
        for how in ("std", "mean", "count", "sum", "nunique")
    }
    assert found["count"] == found["nunique"] == [1.0, 0.0]
    assert found["sum"] == [3.0, 0.0]
    assert found["mean"][0] == 3.0
    assert np.isnan([*found["std"], found["mean"][1]]).all()


def test_aggregates_of_no_rows_are_missing_and_count_nothing():
    none = TRAIN.iloc[:0]
    for text, otherwise in {
        "mean(rate, by=city)": np.nan,
        "count(by=[city, kind])": 0.0,
        "rate - mean(rate)": np.nan,
    }.items():
        same(computed(text, ROWS, none), np.full(len(ROWS), otherwise))
    assert computed("mean(rate, by=city)", none, TRAIN).shape == (0,)


def test_many_columns_of_many_levels_are_groups_too():
    """More combinations than a list holds."""
    rng, n, levels = np.random.default_rng(0), 500, 3_000
    codes = rng.integers(-1, levels + 1, (n, 2)).astype(np.int32)
    codes[250:] = codes[:250]
    table = Table.of(
        codes=CodeBlock(codes, ("u", "v"), (levels, levels)),
        numeric=NumericBlock(rng.normal(size=(n, 1)).astype(np.float32), ("x",)),
    )
    tree = parse("mean(x, by=[u, v])")
    columns = [ReadColumn.of_table(table, name, None) for name in columns_of(tree)]
    found = program_of([tree], columns, groups_of([tree], columns, table)).run(table)[:, 0]
    x = table.numeric[:, 0].astype(float)
    is_whole = ((codes >= 0) & (codes < levels)).all(axis=1)
    same(found, np.where(is_whole, np.tile((x[:250] + x[250:]) / 2, 2), np.nan))


cells = st.floats(width=32) | st.sampled_from(ODD)
ANY = [*BY_ROW, *BY_GROUP, "count(by=[grade, flag]) / sum(a, by=kind) ** 0.5"]


@given(
    st.lists(st.tuples(cells, cells), min_size=1, max_size=12),
    st.sampled_from([text for text in ANY if text != "count()"]),
)
def test_a_row_alone_is_what_it_is_among_others_to_the_last_bit(pairs, text):
    rows = ROWS.iloc[: len(pairs)].assign(a=[a for a, _ in pairs], b=[b for _, b in pairs])
    with np.errstate(all="ignore"):
        table = table_of(rows)
    learned = program(text, table_of(TRAIN))
    batch = learned.run(table)
    for row in range(len(rows)):
        assert learned.run(table.take(np.array([row]))).tobytes() == batch[row : row + 1].tobytes()


def test_a_large_table_is_what_its_rows_are_in_parts():
    table = table_of(TRAIN).take(np.arange(40_000) % len(TRAIN))
    learned = program("log1p(rate) / mean(rate, by=city) + exp(b) ** a", table)
    whole = learned.run(table)
    parts = [learned.run(table.take(np.arange(start, start + 5_000))) for start in range(0, 40_000, 5_000)]
    assert whole.tobytes() == np.concatenate(parts).tobytes()
