"""The step expression: what it makes of a table, what it stores, what it refuses, and what it becomes in a model."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.block.columns import NumericBlock
from assay.core.contract import State
from assay.core.errors import BundleError, DataError, UsageError
from assay.core.experiment import Experiment
from assay.core.job import Job
from assay.core.recipe import Recipe, Step
from assay.core.schema import Column, Schema
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.raw import RawTable
from assay.expressions.expression_parser import parse
from assay.features import registry
from assay.features.expression import expression_step
from assay.features.row_text import informed
from assay.pipeline.fitted_recipe import with_link
from assay.pipeline.shared_design import fits_in_fold, open_design
from assay.pipeline.states import read_states, write_states
from assay.pipeline.store import TaskFolder
from assay.predictor.member import Ingredient, Trained
from assay.predictor.passport import Passport
from assay.predictor.predictor import Predictor
from assay.search.serving_cost import ships_alone
from assay.search.worker_jobs import run
from assay.steering.added_recipe import named_columns
from assay.testing.encoders import assert_equal_tables, check_encoder
from assay.testing.tables import tiny_table
from each import each

KINDS = {
    "price": "numeric", "area": "numeric", "Net price": "numeric", "color": "category", "city": "category",
    "flag": "boolean", "grade": "ordinal", "size": "ordinal", "sold": "datetime", "built": "datetime", "note": "text",
    "id": "identifier", "target": "target",
}  # fmt: skip
LEVELS = {
    "color": ("red", "green"), "city": ("oslo", "rome"), "flag": ("false", "true"), "grade": ("low", "mid", "high"),
    "size": ("s", "m", "l"),
}  # fmt: skip
SCHEMA = Schema(
    columns=tuple(
        Column(name=name, kind=kind, reason="as it is", levels=LEVELS.get(name, ())) for name, kind in KINDS.items()
    )
)
EVERYTHING = (
    "fare / nullif(age, 0)", "log1p(fare) - noise ** 2", "age / mean(age, by=[member, grade])", "count(by=city)",
    "year(joined) + hour(joined)", 'grade in ("1", "2")', "isnull(note)", "if(age > 40, noise, fare) // 0.5",
    "exp(fare)",
    "fare - median(fare)", "nunique(city, by=grade)", "days(joined - min(joined, by=city))", "member == grade",
    "coalesce(std(age, by=city), 0)", "1 / (parcels - 3)", "count(note, by=member)", 'joined > "2020-01-01 12:00"',
)  # fmt: skip


def step(*texts, **params):
    return Step.of("expression", trees=[parse(text) for text in texts], **params)


def fitted(table, *texts, schema=None, **params):
    encoder = registry.build(step(*texts, **params))
    return (informed(encoder, schema) if schema else encoder).fit(table, None, seeds=Seeds(0))


def numbers(**columns):
    return Table.of(numeric=NumericBlock(np.array(list(columns.values()), dtype=np.float32).T, tuple(columns)))


def test_the_step_keeps_the_contract_with_every_kind_of_part():
    check_encoder(step(*EVERYTHING))


@pytest.mark.parametrize("text", ["fare / nullif(age, 0)", "mean(fare, by=grade) - fare", 'city == "3"'])
def test_the_step_keeps_the_contract_with_one_expression(text):
    check_encoder(step(text, names=["made"]))


def test_columns_are_named_as_they_are_written_or_as_asked_and_stand_on_the_right():
    table = numbers(price=[6.0, 1.0], area=[2.0, 4.0])
    made = fitted(table, "price/area", "price  -  area").transform(table)
    assert made.numeric_names == ("price", "area", "price / area", "price - area")
    assert made.numeric[:, 2:].tolist() == [[3.0, 4.0], [0.25, -3.0]]
    assert fitted(table, "price/area", names=["ratio"]).transform(table).numeric_names[2:] == ("ratio",)


def test_results_that_are_infinite_or_too_large_for_32_bits_are_missing():
    table = numbers(x=[1.0, 0.0, -1.0, 200.0, np.inf])
    made = fitted(table, "1 / x", "exp(x)", "-x * 3e38", "x == 1").transform(table).numeric[:, 1:]
    assert np.array_equal(
        np.isnan(made).T,
        [
            [False, True, False, False, False],
            [False, False, False, True, True],
            [False, False, False, True, True],
            [False] * 5,
        ],
    )
    assert made[:, 3].tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_numbers_are_read_in_the_user_s_unit_where_the_schema_says_how_they_are_stored():
    table = numbers(price=[-1.0, 0.0, 2.0])
    schema = Schema(columns=(Column(name="price", kind="numeric", reason="", shift=1_600_000_000.0, scale=10.0),))
    made = fitted(table, "price - 1600000000", "price == 1600000020", schema=schema).transform(table)
    assert made.numeric[:, 1:].tolist() == [[-10.0, 0.0], [0.0, 0.0], [20.0, 1.0]]
    assert fitted(table, "price + 1").transform(table).numeric[:, 1].tolist() == [0.0, 1.0, 3.0]


def test_an_aggregate_learns_in_the_fold_and_an_expression_of_a_row_s_cells_does_not_need_to():
    by_row, by_group = step("age - fare"), step("age - fare", "age - mean(age, by=city)")
    assert not fits_in_fold([by_row])
    assert fits_in_fold([by_group])
    assert ships_alone(Recipe(steps=(by_group,), model=Step.of("linear")))
    assert not ships_alone(Recipe(steps=(by_row,), model=Step.of("linear")))
    assert not registry.build(by_row).traits.fits_in_fold, "one step's trees change no other's traits"
    assert informed(registry.build(by_group), SCHEMA).traits.fits_in_fold


def test_the_columns_that_it_reads_are_found_where_columns_of_steps_are_looked_for():
    assert named_columns(expression_step("price / mean(`Net price`, by=[city, flag])", SCHEMA)) == (
        "price", "Net price", "city", "flag",
    )  # fmt: skip
    assert registry.build(step("age - fare")).columns == ("age", "fare")


@given(st.lists(st.sampled_from(EVERYTHING), min_size=1, max_size=4, unique=True), st.integers(0, 199))
def test_a_row_alone_is_encoded_as_among_others_to_the_last_bit_and_after_a_file_too(texts, row):
    table = tiny_table(0, 200)
    learned = fitted(table, *texts)
    restored = registry.get("expression").restore(learned.state())
    among = learned.transform(table).take(np.array([row]))
    alone = table.take(np.array([row]))
    assert_equal_tables(learned.transform(alone), among, "alone")
    assert_equal_tables(restored.transform(alone), among, "restored")


def test_a_state_comes_back_from_its_file(tmp_path):
    table = tiny_table(0, 100)
    learned = fitted(table, *EVERYTHING)
    write_states(tmp_path / "steps.state", [learned.state()])
    (state,) = read_states(tmp_path / "steps.state")
    restored = registry.get("expression").restore(state)
    assert_equal_tables(restored.transform(table), learned.transform(table), "restored")
    assert restored.effort() == learned.effort()


def test_labels_of_columns_that_are_only_grouped_by_are_not_stored():
    table = tiny_table(0, 100)
    state = fitted(table, "mean(age, by=city)", 'grade == "2"').state()
    assert dict(zip(state.meta["columns"], map(len, state.meta["labels"]), strict=True)) == {
        "age": 0,
        "city": 0,
        "grade": 5,
    }


DAMAGE = {
    "a tree that is code": {"trees": [["__import__", "os"]]}, "a tree that is no list": {"trees": "x"},
    "a tree of another column": {"trees": [["column", "fare"]]}, "a tree that is too deep": {"trees": [["abs"] * 3]},
    "an aggregate that was not learned": {"trees": [["mean", ["column", "age"], ["by"]]], "columns": ["age"]},
    "two names": {"names": ["a", "b"]}, "a column too few": {"columns": ["age"]},
    "a kind that there is not": {"kinds": ["number", "file"]}, "a number grouped by": {"kinds": ["number", "number"]},
    "levels that are no number": {"levels": [0, "many"]}, "levels below none": {"levels": [0, -3]},
    "fewer levels than groups": {"levels": [0, 1]}, "another number of labels": {"labels": [[], ["a"]]},
    "labels that are no texts": {"labels": [[], [1, 2, 3, 4, 5]]}, "a scale that is none": {"scales": ["x", 1.0]},
    "a scale that is infinite": {"scales": [float("inf"), 1.0]},
}  # fmt: skip


@each("meta", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_or_hostile_state_is_refused(meta):
    state = fitted(tiny_table(0, 100), "age / mean(age, by=grade)").state()
    with pytest.raises(BundleError, match="stored step 'expression'"):
        registry.get("expression").restore(replace(state, meta={**state.meta, **meta}))


@pytest.mark.parametrize(
    "arrays",
    [
        {"places": np.array([0, -1])}, {"places": np.array([[0, 1]])}, {"keys_0": np.array([2, 1])},
        {"keys_0": np.array([1, 2])}, {"keys_0": np.array([1.5])}, {"values_0": np.array(["a"])},
    ],
)  # fmt: skip
def test_damaged_arrays_are_refused(arrays):
    state = fitted(tiny_table(0, 100), "age / mean(age, by=grade)").state()
    with pytest.raises(BundleError, match="stored step 'expression'"):
        registry.get("expression").restore(State(state.name, state.meta, {**state.arrays, **arrays}))


def test_what_no_table_can_answer_is_refused_when_the_step_is_built():
    for params, says in {
        "no tree": ({"trees": "x / y"}, "takes a list of trees, not 'x / y'"),
        "code": ({"trees": [["eval", "x"]]}, "An expression has no part 'eval'"),
        "no column": ({"trees": [["+", 1, 2]]}, r"The expression 1 \+ 2 reads no column"),
        "names": ({"trees": [["column", "x"]], "names": ["a", "b"]}, "has 2 names for 1 expressions"),
        "twice": ({"trees": [["column", "x"]] * 2}, "would make two columns 'x'"),
        "unnamed": ({"trees": [["column", "x"]], "names": [""]}, "takes names of new columns"),
        "columns": ({"trees": [["column", "x"]], "columns": ["y"]}, "reads the columns x, and names others"),
    }.values():
        with pytest.raises(UsageError, match=says):
            registry.build(Step.of("expression", **params))


def test_what_a_table_cannot_answer_is_refused_when_it_is_fitted():
    table = tiny_table(0, 30)
    for text, says in {
        "frae / 2": "'frae', which is not there",
        'cabin == "C85"': "'cabin', which is none of numbers, categories, dates or texts",
        "city + 1": r"In the expression, `city`: \+ takes numbers, and this is a category",
        "mean(age, by=fare)": "by= takes categories, and 'fare' is a number",
        'note == "late"': "a column of texts cannot be compared",
    }.items():
        with pytest.raises(DataError, match=says) as error:
            fitted(table, text)
        assert error.value.where.option == "expression"
    with pytest.raises(DataError, match="would make a column 'age', and there is one of that name"):
        fitted(table, "age + 1", names=["age"])


def at(position, part, says):
    """The message about a part of the expression."""
    return f"At position {position} of the expression, `{part}`: {says}"


REFUSED = {
    "prise / area": at(1, "prise", "the table has no column 'prise'. Near: price."),
    "price / id": at(9, "id", "'id' is no feature that expressions read: its kind is identifier (as it is)."),
    "price - target": at(9, "target", "'target' is no feature that expressions read: its kind is target (as it is)."),
    "mean(price, by=town)": at(16, "town", "the table has no column 'town'."),
    "color + 1": at(1, "color", '+ takes numbers, and this is a category. Compare it with a level: color == "red".'),
    "log(grade)": at(
        5, "grade",
        'log takes numbers, and this is a column of ordered levels. Compare it with a level: grade == "low".',
    ),
    "sqrt(sold)": at(
        6, "sold",
        "sqrt takes numbers, and this is a date. Take a part of it, as year(sold), or the difference of two "
        "dates.",
    ),
    "abs(note)": at(
        5, "note",
        "abs takes numbers, and this is a column of texts. Steps that read texts make numbers of it.",
    ),
    "'Net price' * 2": at(
        1, "'Net price'",
        "* takes numbers, and this is a text. A column's name stands in backticks: `Net price`.",
    ),
    "price + None": at(9, "None", "+ takes numbers, and this is no value. isnull(x) asks for a gap."),
    'price == "red"': at(
        10, '"red"',
        "a text is compared with price, which is a number. Leave the quotes out, or write red in backticks if"
        " it is a column.",
    ),
    "price == None": at(1, "price == None", "nothing equals what is missing. Write isnull(price)."),
    "color == 3": at(1, "color", 'levels are texts. Write color == "3".'),
    'color == "gren"': at(
        10, '"gren"',
        "'color' has no level 'gren'; levels of one or two rows are not kept. It has: 'red', 'green'. Near: "
        "green.",
    ),
    'color in ("red", "blue")': at(
        18, '"blue"',
        "'color' has no level 'blue'; levels of one or two rows are not kept. It has: 'red', 'green'.",
    ),
    'color < "red"': at(1, "color", "a category has no order, so that < does not apply. Compare by == or in."),
    "grade < size": at(
        1, "grade < size",
        "< does not apply to columns whose levels have no common order. Compare each with a level.",
    ),
    'note == "late"': at(1, "note", "a column of texts cannot be compared; isnull(x) and steps that read texts can."),
    "sold + built": at(1, "sold", "two dates have a difference and no sum."),
    "price - sold": at(9, "sold", "a date can only be taken from a date."),
    "sold > 2020": at(8, "2020", "a date stands beside it, and this is a number."),
    'sold > "last year"': at(
        8, '"last year"',
        'this is no date. Dates are written "2024-12-31", or "2024-12-31 18:30".',
    ),
    "coalesce(sold, price)": at(16, "price", "a date stands beside it, and this is a number."),
    "year(price)": at(6, "price", "year takes a date, and this is a number."),
    "days(price - area)": at(
        6, "price - area",
        "days takes a difference of two dates, as days(sold - built), and this is a number.",
    ),
    "mean(price, by=area)": at(1, "mean(price, by=area)", "by= takes categories, and 'area' is a number."),
    "sum(sold, by=city)": at(5, "sold", "sum takes numbers, and this is a date."),
    "mean(color)": at(
        6, "color",
        'mean takes numbers, and this is a category. Compare it with a level: color == "red".',
    ),
    "max(sold)": at(
        1, "max(sold)",
        "a new column takes numbers, and this is a date. Take a part of it, as year(max(sold)), or the "
        "difference of two dates.",
    ),
    "clip(price, 3, 1)": at(13, "3", "clip has the lower bound first, and 3 > 1."),
    "round(price, area)": at(14, "area", "round takes a number of digits up to 15, as in round(x, 2)."),
    "if(color, 1, 0)": at(
        4, "color",
        'if takes numbers, and this is a category. Compare it with a level: color == "red".',
    ),
    "1 + 1": "The expression 1 + 1 reads no column.",
    "price": "The table has a column 'price'. Give the new one another name.",
}  # fmt: skip


@each("text", REFUSED)
def test_an_expression_that_this_table_cannot_answer_is_refused_with_the_position_and_the_part(text):
    with pytest.raises(UsageError) as error:
        expression_step(text, SCHEMA)
    assert error.value.message == REFUSED[text]


def test_a_person_s_expression_becomes_a_step_of_a_recipe():
    made = expression_step(' price/mean( price,by=city ) * (color=="red") ', SCHEMA, name="relative price")
    assert dict(made.params)["names"] == ("relative price",)
    assert Step.from_json(made.as_json()) == made
    assert expression_step("price / area", SCHEMA) == step("price / area", columns=["price", "area"])


def test_more_expressions_cost_a_row_more_and_none_costs_nothing():
    table = tiny_table(0, 60)
    efforts = [fitted(table, *EVERYTHING[:n]).effort().ms for n in (0, 1, 2, 3, 5)]
    assert efforts[0] == 0
    assert efforts == sorted(set(efforts))


def homes(n=240):
    rng = np.random.default_rng(0)
    area, city = rng.lognormal(4, 0.4, n), rng.choice(["oslo", "rome", "bern"], n)
    price = 1_000 * area * (1 + (city == "rome")) * rng.lognormal(0, 0.2, n)
    built = pd.Timestamp("1990-01-01") + pd.to_timedelta(rng.integers(0, 9_000, n), unit="D")
    return pd.DataFrame({
        "price": price, "area": np.where(rng.random(n) < 0.1, 0.0, area).round(1), "city": city,
        "grade": rng.choice(["low", "medium", "high"], n), "when": 1.7e9 + rng.integers(0, 10**6, n), "built": built,
        "sold": built + pd.to_timedelta(rng.integers(30, 4_000, n), unit="D"),
        "worth": 0.01 * price / area + 3 * (city == "rome") + rng.normal(0, 1, n),
    })  # fmt: skip


TEXTS = (
    "price / nullif(area, 0)", "price / mean(price, by=city) - 1", 'if(grade >= "medium" and city != "oslo", 1, 0)',
    "days(sold - built) / 365.25", "when - 1.7e9", "count(by=[city, grade])",
)  # fmt: skip


@pytest.mark.parametrize(
    "model", [Step.of("linear"), Step.of("lightgbm", max_rounds=20, min_data=5)], ids=lambda m: m.name
)
def test_a_saved_model_with_expressions_answers_new_rows_as_its_fold_did(tmp_path, model):
    frame = homes()
    prepared = prepare(RawTable(frame=frame, name="homes.csv"), TaskOptions(target="worth"))
    folder = TaskFolder.create(
        tmp_path / "task", task=replace(prepared.task, loss="squared"), table=prepared.table, target=prepared.target,
        split=prepared.split, groups=prepared.groups,
    )  # fmt: skip
    steps = tuple(expression_step(text, prepared.task.schema) for text in TEXTS)
    recipe = Recipe(steps=(*steps, *(Step.of(name) for name in ("dates", "one_hot", "impute", "scale"))), model=model)
    experiment = Experiment(number=1, recipe=recipe, what="", question="", by="test")
    outcome = run(Job(kind="fold", store=folder.store, experiment=experiment, fold=0))
    rows = folder.split.fold(0)
    (*inner, last), link = with_link(read_states(folder.work / outcome.model), recipe.transform)
    prefix = [encoder.state() for encoder in open_design(folder, recipe.steps, train=rows.train).encoders]
    trained = Trained(encoders=(*prefix, *inner), model=last, link=link, rounds=outcome.rounds)
    one = Ingredient(number=1, name="", weight=1.0, trained=(trained,))
    saved = Predictor.of(Passport.of(folder.task, metric_title=""), [one]).save(tmp_path / "model.zip")
    loaded, new = Predictor.load(saved), frame.iloc[rows.test]
    expected = folder.predictions(outcome.predictions)
    assert np.allclose(loaded.stored(new), expected, rtol=0, atol=1e-6)
    assert np.allclose(
        [loaded.stored(row)[0] for row in new.head(5).to_dict("records")], expected[:5], rtol=0, atol=1e-6
    )
    design = open_design(folder, recipe.steps[: len(TEXTS)], train=rows.train).table
    made = dict(zip(design.numeric_names, design.numeric.T, strict=True))
    train = frame.iloc[rows.train]
    np.testing.assert_allclose(
        made["price / nullif(area, 0)"], frame.price / frame.area.where(frame.area > 0), rtol=1e-5
    )
    means = frame.city.map(train.groupby("city").price.mean())
    np.testing.assert_allclose(made["price / mean(price, by=city) - 1"], frame.price / means - 1, atol=1e-5)
    np.testing.assert_allclose(made["when - 1700000000"], frame.when - 1.7e9, atol=1)
    counts = train.groupby(["city", "grade"]).size().reindex(pd.MultiIndex.from_frame(frame[["city", "grade"]]))
    assert made["count(by=[city, grade])"].tolist() == counts.tolist()
