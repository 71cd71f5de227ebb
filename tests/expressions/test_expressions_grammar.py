"""Expressions are read as a person means them, written so that they read the same, and refused with the place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.errors import UsageError
from assay.expressions.expression_parser import parse
from assay.expressions.expression_tree import columns_of, size_of
from assay.expressions.written_expression import written
from each import each

PRICE, AREA, CITY = ("column", "price"), ("column", "area"), ("column", "city")

READ = {
    "price / nullif(area, 0)": ("/", PRICE, ("nullif", AREA, 0)),
    "-price ** 2": ("neg", ("**", PRICE, 2)),
    "(-2) ** price": ("**", -2, PRICE),
    "2 ** -price ** 3": ("**", 2, ("neg", ("**", PRICE, 3))),
    "price - area - 1.50": ("-", ("-", PRICE, AREA), 1.5),
    "price - (area - 1e3)": ("-", PRICE, ("-", AREA, 1000)),
    "+price": PRICE,
    "- -3 * price": ("*", 3, PRICE),
    "if(price >= 65, 1, 0)": ("if", (">=", PRICE, 65), 1, 0),
    "IF (price, 1, NULLIF(area, .5))": ("if", PRICE, 1, ("nullif", AREA, 0.5)),
    "1 if price else None": ("if", PRICE, 1, ("missing",)),
    "(1 if price else 2) if (area) else if(price, 3, 4)": ("if", AREA, ("if", PRICE, 1, 2), ("if", PRICE, 3, 4)),
    "0 < price <= 10": ("and", ("<", 0, PRICE), ("<=", PRICE, 10)),
    "not price and area or city": ("or", ("and", ("not", PRICE), AREA), CITY),
    "~(price > 1) & (area < 2) | True": (
        "or", ("and", ("not", (">", PRICE, 1)), ("<", AREA, 2)), ("true",)
    ),
    "city in ('a', \"b\")": ("in", CITY, "a", "b"),
    "city not in [1, -2]": ("not", ("in", CITY, 1, -2)),
    "city in 'a'": ("in", CITY, "a"),
    r'city == "say \"so\" \\ \n"': ("==", CITY, 'say "so" \\ \\n'),
    "mean(price / area, by=city)": ("mean", ("/", PRICE, AREA), ("by", "city")),
    "count(by=[city, 'kind', `a b`])": ("count", ("by", "city", "kind", "a b")),
    "price - median(price)": ("-", PRICE, ("median", PRICE, ("by",))),
    "(price - min(price)) / max(price, by=city)": (
        "/", ("-", PRICE, ("min", PRICE, ("by",))), ("max", PRICE, ("by", "city"))
    ),
    "min(price, area, 3)": ("min", PRICE, AREA, 3),
    "`Net price (€)` + `a``b` + `if`": (
        "+", ("+", ("column", "Net price (€)"), ("column", "a`b")), ("column", "if")
    ),
    "class % lambda // größe": ("//", ("%", ("column", "class"), ("column", "lambda")), ("column", "größe")),
    "mean * mean(mean, by=mean)": ("*", ("column", "mean"), ("mean", ("column", "mean"), ("by", "mean"))),
}  # fmt: skip


@each("text", READ)
def test_an_expression_is_read_as_python_and_sql_would(text):
    assert parse(text) == READ[text]
    assert parse(written(READ[text])) == READ[text]


@pytest.mark.parametrize("text", ["price/nullif( area ,0 )", "  price /\n\tnullif(area,0)  "])
def test_spaces_mean_nothing(text):
    assert parse(text) == READ["price / nullif(area, 0)"]


def test_the_columns_of_an_expression_are_those_that_it_reads_and_is_grouped_by():
    tree = parse('if(city == "area", mean(price, by=[kind, city]), price)')
    assert columns_of(tree) == ("city", "price", "kind")


names = st.text(min_size=1, max_size=6) | st.sampled_from(["price", "if", "in", "a`b", "None", "ß"])
numbers = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False).map(
    lambda x: int(x) if x.is_integer() and abs(x) < 2**53 else x
)
columns = names.map(lambda name: ("column", name))
leaves = columns | numbers | st.text(max_size=8) | st.sampled_from([("true",), ("false",), ("missing",)])


def around(parts):
    """Every kind of part that is around others, but aggregates."""
    labels = st.lists(st.text(max_size=5) | st.sampled_from([("true",), ("false",)]), min_size=1, max_size=3)
    return st.one_of(
        st.tuples(
            st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", ">=", "and", "or"]), parts, parts
        ),
        parts.map(lambda part: -part if isinstance(part, int | float) else ("neg", part)),
        st.tuples(st.sampled_from(["not", "abs", "isnull", "year", "days", "round"]), parts),
        st.tuples(st.sampled_from(["if", "clip", "max", "coalesce"]), parts, parts, parts),
        st.tuples(st.sampled_from(["min", "nullif", "round", "clip"]), parts, parts),
        st.builds(
            lambda part, values: ("in", part, *values), parts, labels | st.lists(numbers, min_size=1, max_size=3)
        ),
    )


def grouped(parts):
    by = st.lists(names, max_size=3, unique=True).map(lambda found: ("by", *found))
    heads = st.sampled_from(["mean", "min", "max", "std", "nunique", "count"])
    return st.tuples(heads, parts, by) | by.map(lambda found: ("count", found))


plain = st.recursive(leaves, around, max_leaves=6)
trees = st.recursive(leaves | grouped(plain), around, max_leaves=12)


@given(trees)
def test_what_is_written_of_a_tree_reads_as_that_tree(tree):
    text = written(tree)
    if len(text) <= 2_000 and size_of(tree) <= 200:
        assert parse(text) == tree


@given(st.text(alphabet="ab1 .,()[]`'\"+-*/%<>=!&|~^\\ifnotby∞", max_size=40) | st.text(max_size=40))
def test_whatever_is_written_is_read_or_refused_in_words(text):
    try:
        tree = parse(text)
    except UsageError:
        return
    assert parse(written(tree)) == tree


def at(position, part, says):
    """The message about a part of the expression."""
    return f"At position {position} of the expression, `{part}`: {says}"


REFUSED = {
    "": "The expression is empty.",
    "price area": at(7, "area", "an operator is missing before it."),
    "2price": at(2, "price", "an operator is missing before it."),
    "1if price else 2": at(2, "if", "a space is missing before it."),
    "price *": at(1, "price *", "a value is missing here or before, or there is an operator too many."),
    "(price": at(1, "(", "this bracket is never closed."),
    "price)": at(6, ")", "this bracket closes none."),
    "[price)": at(7, ")", "this bracket closes none."),
    "flor(price)": at(1, "flor(price)", "no function is called 'flor'. Near: floor."),
    "__import__('os')": at(1, "__import__('os')", "no function is called '__import__'."),
    "1 + log(price, 2)": at(5, "log(price, 2)", "log is written log(x), not with 2 parts."),
    "clip(price)": at(1, "clip(price)", "clip is written clip(x, low, high), not with 1 part."),
    "price = 3": at(7, "=", "two values are compared by ==."),
    "price <> 3": at(7, "<>", "unequal is written !=."),
    "price ^ 2": at(7, "^", "a power is written **."),
    "iris.price": at(5, ".", "a name with a dot stands in backticks: `Sepal.Length`."),
    "price is None": at(7, "is", "an operator is missing before it. Whether a value is missing says isnull(x)."),
    "price AND area": at(7, "AND", "an operator is missing before it. Write `and`."),
    "price > 1 & area < 2": at(
        1, "price > 1 & area < 2",
        "&, | and ~ bind before comparisons. Write (a > 1) & (b < 2), or a > 1 and b < 2.",
    ),
    "abs(price, by=city)": at(
        12, "by=city",
        "abs is not of groups, and takes no by=. Of groups are: count, max, mean, median, min, nunique, std, "
        "sum.",
    ),
    "mean(price, by=3)": at(13, "by=3", "behind by= stands the name of a column, or several: by=[city, kind]."),
    "mean(price / mean(area), by=city)": at(
        1, "mean(price / mean(area), by=city)",
        "the aggregate mean stands inside of mean; one aggregate cannot read another.",
    ),
    "city in (price, 1)": at(
        1, "city in (price, 1)",
        'behind `in` stand numbers, or texts, in brackets: color in ("red", "green").',
    ),
    "price, area": at(1, "price, area", "this is no part of an expression."),
    "price 'abc": at(7, "'", "this quote has no second one."),
    "price + 1e999": at(9, "1e999", "the number is too large."),
    "price + €": at(
        9, "€",
        "this is no part of an expression. A name with odd characters stands in backticks: `Net price (€)`.",
    ),
    "-" * 1_990 + "x": "An expression nests 50 levels at most, and this one nests deeper.",
    "(" * 60 + "x" + ")" * 60: "An expression nests 50 levels at most, and this one nests deeper.",
    "+".join(["x"] * 60): "An expression nests 50 levels at most, and this one nests deeper.",
    "max(" + ",".join(["x"] * 250) + ")": at(
        1, f"max({'x,' * 27}x…",
        "an expression has 200 parts at most, and this one has more.",
    ),
    "x" * 2_001: "An expression has 2,000 characters at most, and this one has 2,001.",
}  # fmt: skip


@each("text", REFUSED, ids=lambda text: text[:40])
def test_what_is_no_expression_is_refused_with_the_position_and_the_part(text):
    with pytest.raises(UsageError) as error:
        parse(text)
    assert error.value.message == REFUSED[text]


@pytest.mark.parametrize("levels", [8, 40])
def test_chained_comparisons_of_chained_comparisons_do_not_grow_without_end(levels):
    with pytest.raises(UsageError, match="200 parts"):
        parse("0<(" * levels + "x" + ")<1" * levels)


@each(
    "text",
    ["x[0]", "x.y", "lambda: 1", "[x for x in y]", "f'{x}'", "b'x' == x", "x := 1", "{x}", "x @ y", "abs(*x)", "x; y"],
)
def test_python_that_is_no_expression_of_columns_is_refused(text):
    with pytest.raises(UsageError, match="position"):
        parse(text)
