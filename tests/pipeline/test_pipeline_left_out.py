"""A recipe that begins by leaving columns out is the same recipe on a table that never had them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import MissingExtraError
from assay.core.recipe import Recipe, Step
from assay.features import registry as steps
from assay.models import registry as models
from assay.pipeline.fit_jobs import load_fold_member, seeds_of
from assay.pipeline.fold_view import LabFoldView
from assay.pipeline.left_out_columns import learning
from assay.pipeline.shared_design import open_design
from assay.pipeline.stacking_inputs import StackingBase, store_base
from assay.research.feature_sets import ideas, with_set
from assay.research.portfolio import entries
from assay.search.worker_jobs import run
from assay.testing.encoders import assert_equal_tables
from each import USUAL_FAMILIES, with_usual

GONE = ("fare", "city", "since", "note")
ROUNDS = 4
"""Of families that take them: enough for columns and seeds to differ."""


def barred(recipe: Recipe, gone=GONE) -> Recipe:
    return replace(recipe, steps=(Step.of("leave_out", columns=list(gone)), *recipe.steps))


@pytest.fixture
def pair(make_folder, mixed):
    """pair(target, gone=..., options...): a task with all columns, and one whose table never had these."""

    def make(target="binary", gone=GONE, **options):
        frame = mixed.assign(
            height=np.sqrt(mixed["fare"]) + mixed["noise"], until=mixed["since"] + pd.to_timedelta(mixed["fare"], "D"),
            remark=mixed["note"].str[::-1], street=[f"street {i % 55}" for i in range(len(mixed))],
        ).assign(**options.pop("more", {}))  # fmt: skip
        kinds = {"note": "text", "remark": "text"}
        left = {name: kind for name, kind in kinds.items() if name not in gone}
        less = frame.drop(columns=list(gone)).rename(columns={"note": "other"})
        monotone = options.pop("monotone", {})
        kept = {name: sign for name, sign in monotone.items() if name not in gone}
        return (
            make_folder(target, frame, name="all", kinds=kinds, monotone=monotone, **options),
            make_folder(target, less, name="less", kinds=left, monotone=kept, **options),
        )

    return make


def view(folder, job, recipe, fold=1):
    one = job(folder, recipe, fold=fold)
    return LabFoldView(folder, recipe, folder.split.fold(fold), folder.task.loss, seeds_of(one))


def assert_same_rows(one, other, where):
    """Equal tables, but for texts in a pool that no cell points at."""
    assert_equal_tables(one.without("strings"), other.without("strings"), where)
    assert (one.strings and one.strings.names) == (other.strings and other.strings.names), where
    for name in one.strings.names if one.strings else ():
        (places, texts), (others, their_texts) = one.strings.column(name), other.strings.column(name)
        assert np.array_equal(places, others), (where, name)
        assert texts == their_texts, (where, name)


def assert_same_view(everything, less, job, recipe, gone=GONE):
    """What a model sees of a fold, and all it may act on, is the same to the last bit."""
    one, other = view(everything, job, barred(recipe, gone)), view(less, job, recipe)
    where = f"{recipe.as_json()}"
    for part in ("train", "test"):
        assert_same_rows(one.table(part), other.table(part), where)
        assert np.array_equal(one.target(part).values, other.target(part).values), where
    assert (one.design is None, one.seeds, one.facts.monotone) == (
        other.design is None,
        other.seeds,
        other.facts.monotone,
    )
    counts = [replace(facts, missing_share=0.0) for facts in (one.facts, other.facts)]
    assert counts[0] == counts[1], where


@pytest.mark.parametrize("target", ["binary", "multiclass", "regression"])
def test_every_entry_of_the_portfolio_sees_a_table_that_never_had_the_column(pair, job, target):
    everything, less = pair(target)
    facts, seen = less.task.facts, set()
    for entry in (entry for _, model in models for entry in model.portfolio(facts)):
        if entry.recipe.steps not in seen:
            seen.add(entry.recipe.steps)
            assert_same_view(everything, less, job, entry.recipe)
    assert len(seen) >= 8


@pytest.mark.slow
@pytest.mark.parametrize("reader", ["trees", "distances"])
def test_every_set_of_columns_is_made_of_a_table_that_never_had_the_column(pair, job, reader, booster):
    everything, less = pair("binary")
    distant = (Step.of("dates"), Step.of("text_svd"), Step.of("one_hot"), Step.of("impute"), Step.of("scale"))
    base = booster(*(distant if reader == "distances" else (Step.of("dates"), Step.of("text_svd"))))
    found = [(idea.name, idea.of(less.task.facts, frozenset(steps.names()), reader)) for idea in ideas()]
    applied = [(name, one) for name, one in found if one is not None]
    assert len(applied) >= 8
    for _, one in applied:
        assert with_set(barred(base), one) == barred(with_set(base, one)), "the column goes before all else"
        assert_same_view(everything, less, job, with_set(base, one))


def outcome(folder, job, recipe, **fields):
    """Predictions of a fold's held-out rows by the job, and by its model read again from its file."""
    done = run(job(folder, recipe, fold=1, **fields))
    member = load_fold_member(folder, "1-p0-f1", transform=recipe.transform, rounds=done.rounds)
    rows = folder.split.fold(1).test
    design = open_design(folder, recipe.steps, recipe.on, train=folder.split.fold(1).train)
    return (
        folder.predictions(done.predictions),
        member.predict(design.table.take(rows)),
        done,
    )


def assert_same_fit(everything, less, job, recipe, gone=GONE, **fields):
    one, other = outcome(everything, job, barred(recipe, gone), **fields), outcome(less, job, recipe, **fields)
    assert np.array_equal(one[0], other[0]), recipe.as_json()
    assert np.array_equal(one[1], other[1]), recipe.as_json()
    return one[2], other[2]


@pytest.mark.parametrize(
    "family", with_usual((name for name, cls in models if not cls.traits.runs_code), USUAL_FAMILIES)
)
def test_every_family_predicts_what_it_does_without_the_column(pair, job, family):
    everything, less = pair("binary")
    found = {
        e.recipe.model.name: e for e in entries(less.task.facts, families=frozenset({family}), purpose="interpretable")
    }
    if family not in found:
        assert family == "tabm", "its portfolio begins with larger tables; each other family is fitted here"
        pytest.skip("tabm has no entry for this table")
    recipe = found[family].recipe
    has_rounds = "max_rounds" in dict(recipe.model.params) or hasattr(models.build(recipe.model), "max_rounds")
    try:
        one, other = assert_same_fit(everything, less, job, recipe, rounds=ROUNDS if has_rounds else None)
    except MissingExtraError as error:
        pytest.skip(error.message)
    assert one.row_ms <= other.row_ms + 0.05, "a row is not charged for columns that are left out"


def test_a_constraint_on_a_column_that_is_left_out_binds_nothing(pair, job, booster):
    everything, less = pair("regression", monotone={"fare": 1})
    assert everything.task.facts.monotone
    assert not less.task.facts.monotone
    absolute = [replace(folder.task, loss="absolute") for folder in (everything, less)]
    for folder, task in zip((everything, less), absolute, strict=True):
        folder.__dict__["task"] = task  # what a metric of absolute errors makes of it
    free = replace(booster(), model=Step.of("extra_trees", n_trees=5))
    for recipe in (booster(), free):
        assert_same_view(everything, less, job, recipe)


def test_other_constraints_still_bind(pair, job, booster):
    gone = (*GONE, "until", "remark")  # what follows them keeps no order
    everything, less = pair("regression", gone, monotone={"fare": 1, "age": -1})
    one, other = assert_same_fit(everything, less, job, booster(), gone)
    assert one.rounds == other.rounds
    assert view(everything, job, barred(booster())).facts.monotone == (("age", -1),)


@pytest.mark.parametrize("options", [{"group": "family"}, {"order_by": "until"}])
def test_rows_in_groups_and_in_order_of_time_are_no_exception(pair, job, booster, mixed, options):
    more = {"family": [f"f{i // 4}" for i in range(len(mixed))]}
    everything, less = pair("binary", more=more, **options)
    recipe = booster(Step.of("dates"), Step.of("text_svd"), Step.of("target_mean"), Step.of("impute"))
    assert_same_view(everything, less, job, recipe)
    assert_same_fit(everything, less, job, recipe)


def test_a_second_level_leaves_columns_out_beside_what_it_reads(pair, job, booster):
    everything, less = pair("binary")
    oof = np.linspace(0, 1, len(everything.target), dtype=np.float32)
    first = booster(Step.of("dates"), Step.of("text_svd"))
    for folder, recipe in ((everything, barred(first)), (less, first)):
        store_base(folder, StackingBase(experiment=job(folder, recipe, number=7).experiment, rounds=3), oof)
    assert_same_fit(everything, less, job, replace(first, on=(7,)))


def test_only_columns_that_are_left_out_are_not_learned_from():
    recipe = Recipe(steps=(Step.of("impute"), Step.of("only", columns=["a"])), model=Step.of("linear"))
    assert learning(recipe) == replace(recipe, steps=(Step.of("impute"),))
    assert learning(learning(recipe)) == learning(recipe)
