"""Values to JSON and back: what a ledger, a bundle and a task are stored as."""

import json
import math
from base64 import b64encode
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.candidates import Candidates
from assay.core.codec import from_json, to_json
from assay.core.experiment import Experiment
from assay.core.figure import Difference, Figure
from assay.core.fold_scores import FoldScore, FoldScores
from assay.core.problem import Problem
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.core.recipe import Entry, Recipe, Step
from assay.core.result import Failure, Refitted, Rescored, Result, Shuffled
from assay.core.schema import KINDS, Column, Facts, NumberFormat, Schema
from assay.core.task import Notice, Task
from assay.journal.records import EndRecord, SessionRecord
from each import at_most

params = st.dictionaries(
    st.text(st.characters(categories=["Ll"]), min_size=1, max_size=5),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=4,
    ),
    max_size=4,
)  # fmt: skip
steps = st.builds(lambda name, params: Step.of(name, **params), st.text(min_size=1, max_size=8), params)
recipes = st.builds(Recipe, steps=st.lists(steps, max_size=3).map(tuple), model=steps, transform=st.text(max_size=5))
st.register_type_strategy(Step, steps)
st.register_type_strategy(Recipe, recipes)
hashes = st.lists(st.binary(min_size=4, max_size=4), max_size=3).map(lambda found: b64encode(b"".join(found)).decode())
columns = st.builds(Column, kind=st.sampled_from(KINDS), rare=hashes)
st.register_type_strategy(Column, columns)
st.register_type_strategy(Problem, st.sampled_from([Binary(), Multiclass(), Regression()]))
st.register_type_strategy(
    Schema,
    st.lists(columns, max_size=3, unique_by=lambda c: c.name).map(lambda columns: Schema(columns=tuple(columns))),
)

counted = st.dictionaries(st.integers(0, 50), st.integers(1, 9), min_size=1, max_size=4).map(
    lambda n: sorted(n.items())
)
candidates = st.builds(
    lambda column, seen: Candidates(
        column=column, labels=tuple(tuple(code for code, _ in one) for one in seen),
        rows=tuple(tuple(n for _, n in one) for one in seen),
    ),
    st.text(max_size=5), st.lists(counted, min_size=1, max_size=3),
)  # fmt: skip
st.register_type_strategy(Candidates, candidates)
folds = st.lists(st.builds(FoldScore), max_size=3)
st.register_type_strategy(FoldScores, folds.map(FoldScores.of))
st.register_type_strategy(Figure, st.builds(Figure, digits=st.none() | st.integers(0, 10)))

VALUES = (
    Experiment, Entry, FoldScore, Rescored, Refitted, Shuffled, Failure, Result, Figure, Difference, Facts, Column,
    NumberFormat, Notice, Task, SessionRecord, EndRecord,
)  # fmt: skip


def is_same(a, b):
    """Equal, where NaN equals NaN."""
    return repr(a) == repr(b)


@pytest.mark.parametrize("cls", VALUES, ids=lambda cls: cls.__name__)
@settings(max_examples=at_most(25), deadline=None)
@given(data=st.data())
def test_every_stored_value_comes_back_as_it_was(cls, data):
    value = data.draw(st.from_type(cls))
    body = json.loads(json.dumps(to_json(value), allow_nan=False))
    again = from_json(cls, body)
    assert to_json(again) == body
    if cls is not Task and cls is not Column:  # labels may be any scalar, of which JSON text keeps most
        assert is_same(again, value)


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_numbers_json_does_not_have_become_text_and_come_back(value):
    figure = Figure(value=value, metric="rmse", origin="oof", rows=3)
    body = json.loads(json.dumps(to_json(figure), allow_nan=False))
    assert is_same(from_json(Figure, body), figure)


def test_numbers_out_of_arrays_are_stored_as_the_numbers_they_are():
    difference = Difference(
        value=np.float64(0.5), origin="oof", sigma=np.float32(0.25), df=np.int64(4), n_units=np.int32(5), low=None,
        high=None, p=np.float64("nan"), e=None,
    )  # fmt: skip
    assert json.loads(json.dumps(to_json(difference)))["df"] == 4
    assert to_json(np.bool_(True)) is True


def test_fields_of_a_later_version_are_passed_over_and_missing_ones_take_their_defaults():
    body = to_json(Notice(code="data/cells", message="odd"))
    assert from_json(Notice, {**body, "colour": "red"}) == Notice(code="data/cells", message="odd")
    assert from_json(Notice, {"code": "a", "message": "b"}) == Notice(code="a", message="b")


@dataclass(frozen=True)
class Inner:
    n: int
    pair: tuple[int, str] = (1, "a")


@dataclass(frozen=True)
class Outer:
    inner: Inner
    many: tuple[Inner, ...] = ()
    maybe: Inner | None = None
    words: frozenset[str] = field(default_factory=frozenset)


def test_nested_values_optional_values_pairs_and_sets_come_back():
    value = Outer(Inner(1), (Inner(2, (3, "b")),), Inner(4), frozenset({"x", "y"}))
    assert from_json(Outer, json.loads(json.dumps(to_json(value)))) == value


def test_a_set_has_one_json_form():
    assert to_json(frozenset({"b", "a"})) == to_json(frozenset({"a", "b"})) == ["a", "b"]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "Outer cannot be read"),
        ([], "Outer should be an object"),
        ({"inner": {"n": "many"}}, r"Outer\.inner\.n should be int"),
        ({"inner": {"n": 1}, "many": {}}, r"Outer\.many should be a list"),
        ({"inner": {"n": 1}, "many": [{"n": 1}, {}]}, r"Outer\.many\[1\] cannot be read"),
        ({"inner": {"n": 1}, "maybe": 3}, r"Outer\.maybe has none of the forms"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_place(body, place):
    with pytest.raises(ValueError, match=place):
        from_json(Outer, body)


def test_what_has_no_json_form_is_refused():
    with pytest.raises(TypeError, match="object has no JSON form"):
        to_json(object())
