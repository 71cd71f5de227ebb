"""The catalogue of moves: what each makes of a recipe, that it says why, and that no two are one."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from assay.core.contract import ColumnCard, LabView, Observation
from assay.core.errors import UsageError
from assay.core.experiment import Experiment
from assay.core.move import MoveTraits, Parent
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.core.recipe import Recipe, Step
from assay.core.schema import Facts
from assay.features import registry as steps
from assay.models import registry as models
from assay.pipeline.monotone_recipes import honours
from assay.pipeline.permuted_columns import without_set
from assay.research.feature_sets import is_read
from assay.research.features import Features
from assay.research.moves import catalogue, register, registry
from assay.research.neighbours import Neighbours
from assay.research.portfolio import FLOOR, Portfolio, entries
from assay.research.stacking import Stack
from each import each

CLASSES = Facts(
    problem=Binary(), n_rows=8_000, n_numeric=8, n_category=5, n_dates=2, n_text=1, n_classes=2, minority=900,
    most_levels=70, high_columns=1, missing_share=0.1, metric="f1", ordered=True, period=("day",), n_names=1,
    group_spread=1.0, n_unlabelled=4_000, text_chars=400.0, ratio_column="a", difference_column="b",
)  # fmt: skip
NUMBERS = replace(CLASSES, problem=Regression(), n_classes=0, minority=8_000, metric="rmse", target_skew=3.0)
AMOUNTS = replace(NUMBERS, target_min=0.5)
RANKS = replace(CLASSES, metric="roc_auc")
SEVERAL = replace(CLASSES, problem=Multiclass(), n_classes=6, metric="log_loss")
TABLES = {"classes": CLASSES, "numbers": NUMBERS, "amounts": AMOUNTS, "ranks": RANKS, "several": SEVERAL}
MOVES = {move.name: move for move in catalogue()}
AGAIN = {"near_settings", "without_set", "other_family", "crossover"}
"""Moves that may be made again of what they made: other settings, another set less, another family."""


def view_of(facts, **known):
    usual = {
        "without": frozenset(), "asked": frozenset(), "seconds_left": None, "next_number": 50, "partitions": 4,
        "applicable_steps": frozenset(steps.names()),
    }  # fmt: skip
    return LabView(facts=facts, history=known.pop("history", history(facts)), **{**usual, **known})


def rich_view(facts):
    """A lab in which everything that moves build on is there: sets of columns, blocks alone, second levels, a column
    that is nearly empty."""
    first = history(facts)
    sets = (Step.of("counts", above=2), Step.of("target_mean", above=2, m=10.0, keep=True), Step.of("isolation"))
    made = {
        11: replace(first[2].experiment.recipe, steps=(*first[2].experiment.recipe.steps, *sets)),
        12: replace(first[0].experiment.recipe, steps=(Step.of("only", blocks=("text",)),)),
        13: replace(first[0].experiment.recipe, steps=(Step.of("only", blocks=("numbers",)),)),
        14: replace(first[0].experiment.recipe, on=(1, 2)), 15: replace(first[1].experiment.recipe, on=(1, 2)),
    }  # fmt: skip
    found = (
        replace(first[0], experiment=replace(first[0].experiment, number=n, recipe=r, entry=""))
        for n, r in made.items()
    )
    columns = (
        ColumnCard(name="age", kind="numeric", levels=0, missing=0.0),
        ColumnCard(name="old", kind="numeric", levels=0, missing=0.97),
        ColumnCard(name="note", kind="text", levels=0, missing=0.0),
        ColumnCard(name="plan", kind="text", levels=0, missing=0.0),
    )  # fmt: skip
    return view_of(facts, history=(*first, *found), columns=columns)


def history(facts):
    """The portfolio's first entries with results, three of them members of the blend."""
    told = [entry for entry in entries(facts) if entry.name not in FLOOR][:6]
    return tuple(
        Observation(
            experiment=Experiment(
                number=number, recipe=entry.recipe, what=entry.what, question="", by="portfolio", entry=entry.name
            ),
            status="dropped", z=0.0, gain=float(number), weight=0.3 if number > 3 else 0.0, wall_seconds=1.0,
        )
        for number, entry in enumerate(told, start=1)
    )  # fmt: skip


def made_by(move, of, view, seed=0):
    return list(move.changes(of, view, np.random.default_rng(seed))) if move.suits(view) else []


def parents(facts):
    """Every entry of every family, and what every move makes of it."""
    found = [Parent(recipe=e.recipe, what=e.what, number=7) for _, model in models for e in model.portfolio(facts)]
    return found[:12]


@pytest.mark.parametrize("facts", TABLES.values(), ids=TABLES)
def test_no_two_moves_make_the_same_recipe_of_the_same_parent(facts):
    view, n = rich_view(facts), 0
    for of in parents(facts):
        keys = [made.recipe.key for move in MOVES.values() for made in made_by(move, of, view)]
        assert len(set(keys)) == len(keys), of.what
        assert of.recipe.key not in keys, "a move that changes nothing is none"
        n += len(keys)
    assert n > 12 * 8


@each("facts", TABLES.values(), ids=TABLES)
@each("name", MOVES)
def test_what_has_a_move_is_not_given_it_twice(name, facts):
    move, view = MOVES[name], rich_view(facts)
    for of in parents(facts):
        for made in made_by(move, of, view):
            again = made_by(move, Parent(recipe=made.recipe, what=made.what, number=8), view, seed=1)
            assert name in AGAIN or not again


@pytest.mark.parametrize("facts", TABLES.values(), ids=TABLES)
def test_what_a_move_adds_can_be_taken_out_again_as_the_guard_does(facts):
    view, guarded = rich_view(facts), set()
    reading = [Parent(recipe=one.experiment.recipe, what="", number=1) for one in view.history]
    for of in (*parents(facts), *reading):
        for name, move in MOVES.items():
            for made in made_by(move, of, view):
                if made.adds:
                    guarded.add(name)
                    left = without_set(made.recipe, made.adds)
                    assert len(left.steps) == len(made.recipe.steps) - len(made.adds)
                    assert name in AGAIN or left.key == of.recipe.key, (name, of.what)
    assert {"spellings", "term_crosses", "symbolic", "auxiliary_columns"} <= guarded


def test_a_model_of_terms_alone_is_given_no_columns_that_it_does_not_read():
    (bayes,) = (entry for entry in entries(CLASSES) if entry.name == "nb_terms")
    of = Parent(recipe=bayes.recipe, what=bayes.what, number=7)
    made = {name: made_by(move, of, view_of(CLASSES)) for name, move in MOVES.items()}
    for name in ("arithmetic", "groups", "dates", "lines"):
        assert not made[name], name
    assert made["speakers"]
    assert all(is_read(of.recipe, one.recipe) for name in ("spellings", "frequent_words") for one in made[name])
    (linear,) = (entry for entry in entries(CLASSES) if entry.name == "linear")
    assert made_by(MOVES["groups"], Parent(recipe=linear.recipe, what="", number=7), view_of(CLASSES))


def test_frequent_words_stand_where_the_last_terms_did_and_leave_texts_to_the_same_steps():
    reads, beside = Step.of("text_style"), Step.of("scale")
    for keep in (False, True):
        last = Step.of("tfidf", analyzer="char_wb", ngrams=(3, 5), **({"keep": True} if keep else {}))
        recipe = Recipe(steps=(Step.of("tfidf", keep=True), reads, last, beside), model=Step.of("linear"))
        (made,) = made_by(MOVES["frequent_words"], Parent(recipe=recipe, what="", number=1), rich_view(NUMBERS))
        assert [step.name for step in made.recipe.steps] == ["text_style", "tfidf", "scale"]
        assert dict(made.recipe.steps[1].params).get("keep", False) is keep
        assert not made.adds


def test_every_move_applies_to_one_of_these_tables():
    views = [view for facts in TABLES.values() for view in (view_of(facts), rich_view(facts))]
    able = {name for name, move in MOVES.items() for view in views if move.suits(view)}
    assert able == set(MOVES)


@each("name", MOVES)
def test_a_move_says_in_one_sentence_why_it_may_help(name):
    said = MOVES[name].traits
    assert said.why.endswith(".")
    assert said.why.count(". ") == 0
    assert said.applies
    assert said.prior > 0


def test_moves_know_the_monotone_constraints_of_a_table():
    bound = replace(CLASSES, monotone=(("age", 1),))
    able = [of for of in parents(bound) if honours(of.recipe, bound)]
    made = [one for of in able for move in MOVES.values() for one in made_by(move, of, view_of(bound))]
    assert made
    assert all(honours(one.recipe, bound) for one in made)


def test_two_moves_of_one_name_are_refused(monkeypatch):
    @dataclass(frozen=True)
    class Other:
        name: str = "arithmetic"
        traits: ClassVar[MoveTraits] = MoveTraits(what="something else")

    monkeypatch.setitem(registry._found, "arithmetic", Other)
    with pytest.raises(UsageError, match="Two moves are named 'arithmetic'"):
        catalogue()
    with pytest.raises(UsageError, match="says nothing of itself in `traits`"):
        register("mute")(type("Mute", (), {}))


@each("facts", TABLES.values(), ids=TABLES)
@each("researcher", [Features, Neighbours, Stack])
def test_what_researchers_propose_names_its_move_and_is_what_the_move_makes(researcher, facts):
    view = view_of(facts)
    found = researcher(seed=3).ask(view, n=30)
    assert found
    told = {past.experiment.number: Parent.of(past.experiment) for past in view.history}
    known = [Parent(recipe=entry.recipe, what=entry.what) for entry in entries(facts)]
    for one in found:
        move = MOVES[one.move]
        of = [told[one.parents[0]]] if one.move != "stack" else known
        keys = {made.recipe.key for parent in of for made in made_by(move, parent, view)}
        assert one.move == "near_settings" or one.recipe.key in keys


def test_a_raced_form_of_the_target_is_a_move_of_its_entry():
    found = {one.entry: one for one in Portfolio().ask(view_of(NUMBERS, history=()), n=12)}
    assert (found["lgb_std"].move, found["lgb_std_log1p"].move) == ("", "log_target")
    assert found["lgb_std_yeo_johnson"].move == "power_target"
    (made,) = made_by(MOVES["log_target"], Parent.of(found["lgb_std"]), view_of(NUMBERS))
    assert made.recipe == found["lgb_std_log1p"].recipe
    even = {one.entry: one.move for one in Portfolio().ask(view_of(CLASSES, history=()), n=20)}
    assert even["lgb_std_balanced"] == "balanced_classes"


def test_nothing_is_put_on_members_whose_predictions_a_step_would_drop():
    stack, view = MOVES["stack"], view_of(CLASSES)
    (plain, *_) = [of for of in parents(CLASSES) if made_by(stack, of, view)]
    named = replace(plain, recipe=replace(plain.recipe, steps=(Step.of("only", columns=["a"]), *plain.recipe.steps)))
    assert made_by(stack, named, view) == []
