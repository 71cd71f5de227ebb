"""Recipes are values: equal however they were written, known by a hash that later versions must not change."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.recipe import Recipe, Step, canonical

names = st.text(st.characters(categories=["Ll", "Lo"]), min_size=1, max_size=6)
scalars = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(scalars | st.text(max_size=6), lambda inner: st.lists(inner, max_size=3), max_leaves=5)
params = st.dictionaries(names, values, max_size=5)


@given(name=names, params=params, order=st.randoms())
def test_the_order_parameters_are_written_in_does_not_matter(name, params, order):
    shuffled = list(params.items())
    order.shuffle(shuffled)
    one, other = Step.of(name, **params), Step.of(name, **dict(shuffled))
    assert one == other
    assert Recipe(model=one).key == Recipe(model=other).key
    assert hash(one) == hash(other)


@given(steps=st.lists(st.tuples(names, params), max_size=3), model=st.tuples(names, params), transform=names)
def test_a_recipe_through_json_is_the_same_recipe_with_the_same_key(steps, model, transform):
    recipe = Recipe(
        steps=tuple(Step.of(name, **given) for name, given in steps), model=Step.of(model[0], **model[1]),
        transform=transform,
    )  # fmt: skip
    again = Recipe.from_json(json.loads(json.dumps(recipe.as_json())))
    assert again == recipe
    assert again.key == recipe.key


@given(params=params, name=names, value=values)
def test_setting_a_parameter_changes_that_one_and_nothing_else(params, name, value):
    step = Step.of("knn", **params)
    changed = dict(step.with_params(**{name: value}).params)
    assert changed == {**dict(step.params), name: dict(Step.of("x", v=value).params)["v"]}
    assert step == Step.of("knn", **params)


def test_keys_differ_by_steps_their_order_parameters_model_and_transform():
    a, b, model = Step.of("scale"), Step.of("impute"), Step.of("linear")
    recipes = [
        Recipe(model=model), Recipe(steps=(a,), model=model), Recipe(steps=(a, b), model=model),
        Recipe(steps=(b, a), model=model), Recipe(steps=(a.with_params(clip=8.0),), model=model),
        Recipe(model=model, transform="log1p"), Recipe(model=Step.of("linear", C=1.0)),
    ]  # fmt: skip
    assert len({recipe.key for recipe in recipes}) == len(recipes)


def test_keys_in_old_ledgers_stay_valid():
    recipe = Recipe(
        steps=(Step.of("one_hot", max_levels=50),), model=Step.of("lightgbm", learning_rate=0.05, leaves=31)
    )
    assert recipe.key == "78b7bb6d9b58"


def test_canonical_text_sorts_keys_and_has_no_spaces():
    assert (
        canonical({"b": [1, None, True], "a": {"d": 0.1, "c": "ö"}})
        == '{"a":{"c":"\\u00f6","d":0.1},"b":[1,null,true]}'
    )


@pytest.mark.parametrize("value", [math.nan, math.inf, [1.0, -math.inf]])
def test_a_parameter_json_has_no_number_for_is_refused_where_it_is_set(value):
    with pytest.raises(ValueError, match="finite"):
        Step.of("knn", k=value)


@pytest.mark.parametrize("value", [{"a": 1}, object(), np.int64(3), {1}])
def test_a_parameter_that_is_no_json_value_is_refused(value):
    with pytest.raises(TypeError, match="JSON value"):
        Step.of("knn", k=value)


@pytest.mark.parametrize("body", [{"params": {}}, {"name": 3}, {"name": "x", "params": [1]}])
def test_json_that_is_no_step_is_refused(body):
    with pytest.raises(ValueError, match="A step needs a name"):
        Step.from_json(body)


@pytest.mark.parametrize("body", [{}, {"model": "knn"}, {"model": {"name": "knn"}, "steps": "scale"}])
def test_json_that_is_no_recipe_is_refused(body):
    with pytest.raises(ValueError, match="A recipe needs"):
        Recipe.from_json(body)


def test_a_step_that_is_no_object_is_refused_rather_than_left_out():
    with pytest.raises(ValueError, match="A step needs"):
        Recipe.from_json({"model": {"name": "knn"}, "steps": ["scale"]})
