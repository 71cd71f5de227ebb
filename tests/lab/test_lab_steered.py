"""Rules that a person gives a lab: they bind what follows, and make void what they touch."""

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.core.event import Scored
from assay.core.recipe import Recipe, Step
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.lab import Lab
from assay.lab.research_lab import GoOn, research_lab
from assay.lab.run_context import RunContext
from assay.lab.send_message import send
from assay.predictor.predictor import Predictor
from assay.search.settings import FitSettings
from assay.steering.named_wish import wish_of
from assay.steering.steering_rules import left_out
from lab.sessions_by_hand import LAB, SLOW, begin, go_on, lab, standing, wish


@pytest.mark.slow
def test_a_barred_column_leaves_recipes_and_the_predictor_and_voids_what_used_it(made):
    made(experiments=6)
    before = [e.number for e in lab().experiments]
    sent = wish("never", "column", "age", why="age is known only after the sale")
    assert sent.answer.ended == "acted on"
    assert "6 experiments used it" in sent.hints[0].effect
    opened = lab()
    assert set(opened.state.steering.void) == set(before)  # the blend of them, too
    go_on(14)
    opened = lab()
    new = [e for e in standing(opened) if not e.is_blend]
    assert new
    assert all(left_out(e.recipe) == {"age"} for e in new)
    assert opened.baseline in {e.number for e in new}
    model = Predictor.load(LAB / "model")
    assert "age" not in {column.name for column in model.schema.features}
    frame = pd.read_csv("shop.csv")
    answers = model.predict(frame.drop(columns="age"))
    assert list(answers) == list(model.predict(frame.assign(age=-1e6)))
    assert "age" not in opened.summary().learned
    assert opened.expected.adaptive
    assert opened.audit().ok


@pytest.mark.slow
def test_outcomes_with_the_void_among_them_add_up_to_the_experiments(made):
    made(experiments=6)
    wish("never", "column", "age")
    assert any(e.is_blend for e in lab().experiments)
    go_on(8)
    seen = lab().status()
    assert seen.void == 6
    assert seen.kept + seen.dropped + seen.stopped_early + seen.failed + seen.void == seen.experiments == 8


@pytest.mark.slow
def test_researchers_propose_without_a_barred_column_what_they_would_on_a_table_without_it(run, made, here):
    made(experiments=1)
    wish("never", "column", "noise")
    go_on(9)
    opened = lab()
    steered = [(e.what, e.recipe.steps[1:], e.recipe.model) for e in standing(opened) if not e.is_blend]
    pd.read_csv("shop.csv").drop(columns="noise").to_csv("less.csv", index=False)
    run("less.csv", experiments=8, out="less.lab")
    plain = [(e.what, e.recipe.steps, e.recipe.model) for e in Lab.open("less.lab").experiments if not e.is_blend]
    assert steered[:8] == plain[:8]


@pytest.mark.slow
def test_a_forbidden_family_is_never_tried_and_its_experiments_stand_no_more(made):
    made(experiments=5)
    assert any(e.recipe.model.name == "lightgbm" for e in lab().experiments)
    wish("never", "family", "lightgbm")
    go_on(12)
    opened = lab()
    assert all(e.recipe.model.name != "lightgbm" for e in standing(opened))
    later = [e for e in opened.experiments if e.number > 6]
    assert later
    assert all(e.recipe.model.name != "lightgbm" for e in later)


@pytest.mark.slow
def test_a_veto_gives_the_lead_back_and_what_was_tried_still_counts(made):
    made(experiments=8)
    opened = lab()
    keeps, leader = list(opened.state.keeps), opened.champion
    sent = send(LAB, "wish", wishes=(wish_of("void", f"#{leader}", ()),))
    assert sent.answer.ended == "acted on"
    opened = lab()
    assert opened.state.entries[leader].status == "void"
    assert opened.audit().ok
    seen = []
    go_on(10, listener=lambda event: seen.append(Lab.open(LAB).champion) if isinstance(event, Scored) else None)
    others = [number for number in keeps if number != leader]
    assert not others or seen[0] == others[-1] or seen[0] > leader
    opened = lab()
    assert leader not in opened.state.blend.numbers
    choice = [r.body["value"] for r in opened.ledger.records() if r.kind == "choice"][-1]
    tried = [e for e in opened.state.scored() if e.experiment.role == "proposal" and e.experiment.entry != "constant"]
    assert choice["fixed"] + choice["searched"] >= len(tried) - 1
    assert opened.state.entries[leader].experiment.key not in [
        e.key for e in opened.experiments if e.number > leader + 1
    ]
    assert opened.audit().ok


def test_undoing_a_hint_takes_its_voids_back(made):
    made(experiments=5)
    champion, baseline = lab().champion, lab().baseline
    wish("never", "column", "city")
    assert len(lab().state.steering.void) == 6
    sent = send(LAB, "undo", number=1)
    assert sent.answer.ended == "acted on"
    assert sent.holding == ()
    opened = lab()
    assert (opened.champion, opened.baseline) == (champion, baseline)
    assert not opened.state.steering.void
    assert send(LAB, "undo", number=1).answer.ended == "refused"
    assert send(LAB, "undo", number=7).answer.why.startswith("there is no hint h7")


@pytest.mark.slow
def test_a_kept_step_stays_in_every_recipe_and_a_kept_experiment_a_parent(made):
    made(experiments=5)
    wish("keep", "step", "unskew")
    wish("keep", "experiment", "2")
    go_on(10)
    opened = lab()
    later = [e for e in opened.experiments if e.number > 6 and not e.is_blend]
    assert later
    assert all("unskew" in {step.name for step in e.recipe.steps} for e in later)
    assert not opened.state.steering.void


@pytest.mark.slow
def test_no_ratios_means_none_from_whomever(made):
    made(experiments=4)
    send(LAB, "say", text="no ratios")
    sent = wish("try", "move", "ratio", columns=("age", "noise"))
    assert sent.answer.ended == "refused"
    go_on(16)
    for one in lab().experiments[5:]:
        assert not {"arithmetic", "combine"} & {step.name for step in one.recipe.steps}


@pytest.mark.slow
def test_only_one_family_leaves_the_constant_to_compare_with(made):
    made(experiments=3)
    send(LAB, "say", text="only linear models")
    go_on(6)
    standing_names = {e.recipe.model.name for e in standing(lab()) if not e.is_blend}
    assert standing_names <= {"constant", "linear"}
    assert "constant" in standing_names


def test_of_two_rules_each_gives_back_what_it_alone_made_void(made):
    made(experiments=4)
    wish("never", "column", "age")
    wish("never", "column", "noise")
    send(LAB, "undo", number=1)
    assert len(lab().state.steering.void) == 5
    send(LAB, "undo", number=2)
    opened = lab()
    assert not opened.state.steering.void
    assert opened.audit().ok


@pytest.mark.slow
def test_a_veto_goes_for_a_recipe_on_all_of_its_folds(made):
    made(experiments=24)
    opened = lab()
    repeat = next((e for e in opened.experiments if e.repeat_of is not None), None)
    assert repeat is not None, "the table is small, so recipes are repeated"
    wish("void", "experiment", str(repeat.repeat_of))
    seen, void = lab().status(), lab().state.steering.void
    counted = seen.kept + seen.dropped + seen.stopped_early + seen.failed + seen.repeats + seen.void
    assert counted == seen.experiments
    assert {e.number for e in opened.experiments if e.repeat_of == repeat.repeat_of} <= set(void)


@pytest.mark.slow
def test_certify_measures_what_reads_more_columns_than_the_model(made, here):
    pd.concat([pd.read_csv("shop.csv")] * 3, ignore_index=True).assign(
        noise=np.random.default_rng(0).normal(size=450), age=np.random.default_rng(1).normal(40, 9, 450)
    ).to_csv("shop.csv", index=False)
    begin(5, stop_after=5, vault=0.3)
    wish("never", "column", "noise", expires=2)
    context = RunContext(inline=True, write_brief=False)
    research_lab(LAB, GoOn(budget=Budget(experiments=12)), context=context)
    opened = lab()
    assert opened.expected.origin == "vault"
    assert opened.audit().ok


@pytest.mark.slow
def test_intervals_of_numbers_ask_for_no_barred_column_and_what_is_void_leads_no_board(here):
    rng = np.random.default_rng(3)
    size, leak, zone = rng.normal(50, 10, 240), rng.normal(size=240), rng.integers(0, 9, 240)
    price = 3 * size + zone * rng.normal(0, 4, 240)
    pd.DataFrame({"size": size, "invoice": price + 0.1 * leak, "zone": zone, "price": price}).to_csv(
        "flats.csv", index=False
    )
    settings = FitSettings(budget=Budget(experiments=5), out=str(LAB), without=SLOW)
    fit("flats.csv", TaskOptions(target="price"), settings, context=RunContext(inline=True, write_brief=False))
    send(LAB, "say", text="invoice is known only after the sale, ignore zone")
    go_on(12)
    opened = lab()
    frame = pd.read_csv("flats.csv")[["size"]]
    assert np.isfinite(opened.predictor().predict_interval(frame)).all()
    void = set(opened.state.steering.void)
    assert void
    assert not void & {row.number for row in opened.board().rows}
    assert {one.number for one in opened.board().unranked if one.reason == "void"} == void
    assert opened.audit().ok


def test_what_reads_a_column_before_it_is_left_out_reads_it():
    drop = Step.of("leave_out", columns=["age"])
    assert left_out(Recipe(steps=(drop, Step.of("splines")), model=Step.of("linear"))) == {"age"}
    assert left_out(Recipe(steps=(Step.of("splines"), drop), model=Step.of("linear"))) == frozenset()
