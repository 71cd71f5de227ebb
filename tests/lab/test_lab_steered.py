"""What a person says to a lab: it is recorded once, binds what follows, and makes void what it touches."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.core.errors import UsageError
from assay.core.event import Scored
from assay.core.hint import Wish
from assay.journal.state import replay
from assay.journal.steering_records import MessageRecord
from assay.lab.lab import Lab
from assay.lab.research_lab import GoOn, research_lab
from assay.lab.run_context import RunContext
from assay.lab.send_message import send
from assay.ledger.sqlite_ledger import SqliteLedger
from assay.ledger.verify import verify
from assay.predictor.predictor import Predictor
from assay.steering.inbox import MOST_BYTES, Inbox, new_id
from assay.steering.named_wish import wish_of
from assay.steering.steering_rules import left_out

LAB = Path("shop.lab")


def go_on(experiments, listener=lambda event: None):
    context = RunContext(inline=True, listener=listener, write_brief=False)
    return research_lab(LAB, GoOn(budget=Budget(experiments=experiments)), context=context)


def wish(kind, subject, *names, **more):
    return send(LAB, "wish", wishes=(Wish(kind=kind, subject=subject, names=names, strength=3, **more),))


def lab():
    return Lab.open(LAB)


def standing(opened):
    return [e.experiment for e in opened.state.entries.values() if not e.is_void]


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
    go_on(10, lambda event: seen.append(Lab.open(LAB).champion) if isinstance(event, Scored) else None)
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


def test_of_two_hints_that_contradict_each_other_the_later_holds_and_it_is_said(made):
    made(experiments=3)
    wish("never", "column", "city", "noise")
    sent = wish("keep", "column", "noise")
    assert sent.hints[0].replaces == (1,)
    holding = {(one.wish.kind, one.wish.names) for one in sent.holding}
    assert holding == {("keep", ("noise",)), ("never", ("city",))}
    again = wish("never", "column", "noise")
    assert again.hints[0].replaces == (2,)
    same = wish("never", "column", "noise")
    assert same.answer.ended == "acted on"
    assert same.hints == ()
    assert "says so already" in same.answer.why


@pytest.mark.parametrize(("made_of", "why"), [
    (("never", "column", "salary"), "there is no column salary"), (("never", "family", "lightgmb"), "near: lightgbm"),
    (("void", "experiment", "99"), "there is no experiment 99"),
    (("never", "column", "age", "city", "noise"), "no column would"),
])  # fmt: skip
def test_what_the_data_has_not_is_refused_with_its_reason(made, made_of, why):
    made(experiments=2)
    sent = wish(*made_of)
    assert sent.answer.ended == "refused"
    assert why in sent.answer.why
    assert not sent.hints
    assert not lab().state.steering.void


def test_names_are_looked_up_as_columns_first():
    columns = ("age", "city", "knn")
    assert wish_of("never", "knn", columns).subject == "column"
    assert wish_of("never", "knn", ("age",)).subject == "family"
    assert wish_of("keep", "#2", columns).subject == "experiment"
    with pytest.raises(UsageError, match="Nothing here is called 'cty'"):
        wish_of("never", "cty", columns)
    with pytest.raises(UsageError, match="no experiment"):
        wish_of("void", "city", columns)


def test_an_added_recipe_is_tried_next_by_human(made):
    made(experiments=3)
    recipe = {"steps": [{"name": "one_hot", "params": {}}], "model": {"name": "linear", "params": {}}}
    known = lab()[2].recipe
    assert send(LAB, "add", recipe=known).answer.why == "#2 is this recipe already"
    sent = send(LAB, "add", recipe=recipe, text="plain linear")
    assert sent.answer.ended == "acted on"
    assert send(LAB, "add", recipe=recipe).answer.why == "this recipe waits already"
    go_on(4)
    one = lab().experiments[-1] if not lab().experiments[-1].is_blend else lab().experiments[-2]
    assert (one.by, one.what, one.pool) == ("human", "plain linear", "adaptive")
    assert one.recipe.as_json()["model"]["name"] == "linear"
    assert "human" in " ".join(lab().state.adaptive.values())


@pytest.mark.parametrize(("recipe", "why"), [
    ({"steps": []}, "needs a list of steps and a model"), ({"model": {"name": "lightgmb"}}, "lightgmb"),
    ({"model": {"name": "lightgbm", "params": {"leafs": 3}}}, "no parameter 'leafs'"),
    ({"model": {"name": "linear"}, "steps": [{"name": "one_hott"}]}, "one_hott"),
    ({"model": {"name": "linear"}, "on": [77]}, "#77"),
    ({"model": {"name": "linear"}, "on": [3, 3]}, "different numbers"),
    ({"model": {"name": "lightgbm", "params": {"rate": {"a": 1}}}}, "JSON value"),
    ({"model": {"name": "linear"}, "steps": [{"name": "leave_out", "params": {"columns": ["agee"]}}]}, "agee"),
    ({"model": {"name": "linear"}, "extra": 1}, "'extra'"),
    ({"model": {"name": "linear"}, "transform": "log7"}, "log7"),
    ({"model": {"name": "linear"}, "weighting": "w"}, "weighting"),
])  # fmt: skip
def test_a_recipe_that_cannot_be_fitted_is_refused_before_it_is_queued(made, recipe, why):
    made(experiments=2)
    sent = send(LAB, "add", recipe=recipe)
    assert sent.answer.ended == "refused"
    assert why in sent.answer.why
    assert not lab().state.steering.queue


def test_messages_while_a_session_runs_act_within_one_experiment(made):
    made(experiments=3)
    placed = {}

    def hear(event):
        if isinstance(event, Scored) and not placed:
            message = MessageRecord(
                id=new_id(), kind="wish", wishes=(Wish(kind="never", subject="column", names=("noise",)),)
            )
            Inbox(LAB).put(message)
            placed["after"] = event.number

    go_on(20, hear)
    opened = lab()
    hint = next(r for r in opened.ledger.records() if r.kind == "hint")
    asked = [r for r in opened.ledger.records() if r.kind == "asked" and r.number > hint.number]
    assert asked
    assert all(left_out(opened.state.entries[r.experiment].experiment.recipe) == {"noise"} for r in asked
               if not opened.state.entries[r.experiment].experiment.is_blend)  # fmt: skip
    results = [r for r in opened.ledger.records() if r.kind == "result" and r.number < hint.number]
    assert max(r.experiment for r in results) <= placed["after"] + 1
    assert opened.audit().ok


def test_what_is_no_message_is_refused_recorded_and_put_aside(made):
    made(experiments=2)
    inbox = LAB / "inbox"
    inbox.mkdir()
    whole = json.dumps({"version": 1, "message": {"id": "0-cut", "kind": "pause"}})
    (inbox / "0-cut.json").write_text(whole[:-9])
    (inbox / "1-newer.json").write_text(json.dumps({"version": 2, "message": {"id": "1-newer", "kind": "pause"}}))
    (inbox / "2-large.json").write_bytes(b" " * (MOST_BYTES + 1))
    (inbox / "3-odd.json").write_text(json.dumps({"version": 1, "message": {"id": "3-odd", "kind": "dance"}}))
    (inbox / "4-name.json").write_text(json.dumps({"version": 1, "message": {"id": "other", "kind": "pause"}}))
    (inbox / "5-list.json").write_text("[1, 2]")
    (inbox / "6-utf.json").write_bytes(b"\xff\xfe\x00")
    (inbox / ".hidden.json").write_text("{}")
    (inbox / "notes.txt").write_text("mine")
    sent = send(LAB, "undo", number=1)
    answers = lab().state.steering.answers
    assert {name: answers[name].ended for name in answers if name[0] in "0123456"} | {
        sent.message.id: "refused"
    } == dict.fromkeys(answers, "refused")
    assert "of a newer Assay" in answers["1-newer"].why
    assert f"{MOST_BYTES:,}" in answers["2-large"].why
    assert {file.name[0] for file in (inbox / "refused").iterdir()} == set("0123456")
    assert sorted(file.name for file in inbox.iterdir()) == [".hidden.json", "notes.txt", "refused"]


def test_a_thousand_messages_at_once_are_all_answered_once_and_in_order(made):
    made(experiments=2)
    for place in range(1000):
        Inbox(LAB).put(MessageRecord(id=f"{place:05d}-x", kind="undo", number=place + 5))
    send(LAB, "undo", number=3)
    steering = lab().state.steering
    assert len(steering.answers) == 1001
    assert list(steering.messages)[:1000] == sorted(steering.messages)[:1000]
    assert Inbox(LAB).is_empty()


@pytest.mark.parametrize("upto", ["message", "hint", "void"])
def test_a_message_that_a_kill_cut_off_is_acted_on_once(made, upto, cut_ledger):
    made(experiments=4)
    sent = wish("never", "column", "noise")
    before = lab()
    records = before.ledger.records()
    last = next(r.number for r in records if r.kind == upto)
    before.close()
    cut_ledger(LAB, last)
    Inbox(LAB).put(sent.message)  # its file is deleted after the answer alone
    send(LAB, "undo", number=9)
    opened = lab()
    kinds = [r.kind for r in opened.ledger.records()]
    assert (kinds.count("hint"), kinds.count("void"), kinds.count("message")) == (1, 1, 2)
    assert opened.state.steering.answers[sent.message.id].hints == (1,)
    assert not list(verify(opened.ledger.records()))


def test_a_read_only_lab_says_so(made):
    made(experiments=2)
    if os.geteuid() == 0:
        pytest.skip("everything can be written as root")
    LAB.chmod(0o500)
    try:
        with pytest.raises(Exception, match="written"):
            send(LAB, "pause")
    finally:
        LAB.chmod(0o700)


def test_steering_records_fold_into_the_same_state_again(made):
    made(experiments=5)
    wish("never", "column", "noise")
    wish("keep", "column", "age")
    send(LAB, "undo", number=1)
    opened = lab()
    assert replay(opened.ledger.records()).steering == opened.state.steering
    ledger = SqliteLedger.open(LAB, write=False)
    assert np.array_equal([r.hash for r in ledger.records()], [r.hash for r in opened.ledger.records()])


def test_plain_words_are_read_by_the_session_and_what_is_asked_for_is_tried_next(made):
    made(experiments=5)
    sent = send(LAB, "say", text="try ratios of age and noise, recall matters more, frobnicate the zebra")
    assert [(one.wish.kind, one.wish.subject) for one in sent.hints] == [("try", "move"), ("prefer", "metric")]
    assert [one.words for one in sent.answer.unknown] == ["frobnicate the zebra"]
    go_on(9)
    opened = lab()
    tried = [e for e in opened.experiments if e.by == "human"]
    assert tried
    assert all(e.hints == (1,) and e.move == "combine" and e.adds[0].name == "combine" for e in tried)
    assert tried[0].number == 7
    assert all(e.result.failure is None for e in opened.state.entries.values() if e.experiment.by == "human")
    assert not {e.number for e in tried} & {parent for e in tried for parent in e.parents}
    labels = opened.state.model.labels
    assert (labels.asked.cost.fp, labels.asked.cost.fn) == (1.0, 3.0)
    view = opened.status().hints[0]
    assert (view.id, view.tries) == ("h1", len(tried))
    assert opened.audit().ok


def test_what_is_barred_is_not_tried_by_a_passing_word_and_kept_by_a_plain_one(made):
    made(experiments=4)
    send(LAB, "say", text="noise leaks")
    sent = send(LAB, "say", text="try ratios of age and noise")
    assert sent.answer.ended == "refused"
    assert "h1 bars noise" in sent.answer.why
    sent = send(LAB, "say", text="keep noise")
    assert sent.hints[0].replaces == (1,)
    assert not lab().state.steering.void


def test_a_hint_that_ran_out_binds_no_more(made):
    made(experiments=4)
    wish("never", "family", "lightgbm", expires=3)
    go_on(12)
    opened = lab()
    assert opened.state.steering.hints[1].ended == "expired"
    first = [e for e in opened.experiments if e.number > 5][:2]
    assert all(e.recipe.model.name != "lightgbm" for e in first)


def test_an_avoided_family_waits_until_nothing_else_is_left(made):
    made(experiments=2)
    send(LAB, "wish", wishes=(Wish(kind="avoid", subject="family", names=("lightgbm",), strength=2),))
    go_on(9)
    later = [e.recipe.model.name for e in lab().experiments if e.number > 3 and not e.is_blend]
    known = [place for place, name in enumerate(later) if name == "lightgbm"]
    others = [place for place, name in enumerate(later) if name != "lightgbm"]
    assert not known or min(known) > max(others[:1])


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


def test_a_leaning_that_nothing_could_follow_is_refused(made):
    made(experiments=2)
    sent = wish("avoid", "step", "unskew")
    assert sent.answer.ended == "refused"
    assert "never to be used" in sent.answer.why


def test_no_ratios_means_none_from_whomever(made):
    made(experiments=4)
    send(LAB, "say", text="no ratios")
    sent = wish("try", "move", "ratio", columns=("age", "noise"))
    assert sent.answer.ended == "refused"
    go_on(16)
    for one in lab().experiments[5:]:
        assert not {"arithmetic", "combine"} & {step.name for step in one.recipe.steps}


@pytest.mark.parametrize(("asked", "why"), [
    (Wish(kind="never", subject="step", names=("target_mean",), columns=("city",)), "on all columns or on none"),
    (Wish(kind="try", subject="column", names=("age",)), "what to try with age"),
])  # fmt: skip
def test_what_would_do_more_or_less_than_was_meant_is_refused(made, asked, why):
    made(experiments=2)
    sent = send(LAB, "wish", wishes=(asked,))
    assert sent.answer.ended == "refused"
    assert why in sent.answer.why


def test_only_one_family_leaves_the_constant_to_compare_with(made):
    made(experiments=3)
    send(LAB, "say", text="only linear models")
    go_on(6)
    standing_names = {e.recipe.model.name for e in standing(lab()) if not e.is_blend}
    assert standing_names <= {"constant", "linear"}
    assert "constant" in standing_names


def rewritten(path, change):
    """The ledger with changed bodies, and all hashes made to fit."""
    import sqlite3

    from assay.ledger.chain import ROOT, body_text, link

    ledger = SqliteLedger.open(path, write=False)
    records = ledger.records()
    ledger.close()
    connection = sqlite3.connect(path / "ledger.sqlite")
    for (name,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        connection.execute(f"drop trigger {name}")
    last = (0, ROOT)
    for record in records:
        body = json.loads(json.dumps(record.body))
        change(record.kind, body["value"])
        text = body_text(record.kind, body)
        made = link(record.kind, text, experiment=record.experiment, at=record.at, after=last)
        connection.execute(
            "update record set body = ?, artifact = null, previous = ?, hash = ? where number = ?",
            (text, made.previous, made.hash, record.number),
        )
        last = (made.number, made.hash)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(("kind", "change", "why"), [
    ("void", lambda value: value.update(experiments=value["experiments"][:-1]), "other than its rule says"),
    ("hint", lambda value: value["wish"].update(kind="try"), "other than its rule says"),
    ("hint", lambda value: value.update(message="nobody"), "never received"),
    ("undone", lambda value: value.update(restored=[]), "restores other experiments"),
    ("answered", lambda value: value.update(id="nobody"), "never received"),
])  # fmt: skip
def test_an_audit_finds_steering_that_does_not_follow(made, kind, change, why):
    made(experiments=4)
    wish("never", "column", "noise")
    if kind == "undone":
        send(LAB, "undo", number=1)
    assert lab().audit().ok
    rewritten(LAB, lambda of, value: change(value) if of == kind else None)
    order = next(check for check in lab().audit().checks if check.name == "order")
    assert any(why in one.what for one in order.differ)


def test_what_cannot_mean_anything_is_refused_and_harms_nothing(made):
    made(experiments=2)
    for bad in (
        Wish(kind="void", subject="column", names=("age",)), Wish(kind="keep", subject="move", names=("zz",)),
        Wish(kind="never", subject="experiment", names=("2",)),
        Wish(kind="prefer", subject="family", names=(), strength=2),
        Wish(kind="prefer", subject="move", names=("pairs",), strength=2000),
        Wish(kind="never", subject="column", names=("age",), expires=-1),
        Wish(kind="void", subject="experiment", names=("x",)),
    ):  # fmt: skip
        assert send(LAB, "wish", wishes=(bad,)).answer.ended == "refused"
    assert not lab().state.steering.hints
    go_on(3)


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


def test_taking_a_hint_back_after_scores_were_seen_is_a_persons_choice_too(run, made):
    made(experiments=1)
    opened = lab()
    assert not opened.state.adaptive
    wish("keep", "column", "age")
    send(LAB, "undo", number=1)
    go_on(4)
    assert "hint" in lab().state.adaptive


def test_a_second_level_cannot_read_what_is_void(made):
    made(experiments=5)
    wish("never", "column", "age")
    sent = send(LAB, "add", recipe={"model": {"name": "linear"}, "on": [3, 4]})
    assert sent.answer.ended == "refused"


def test_a_veto_goes_for_a_recipe_on_all_of_its_folds(made):
    made(experiments=24)
    opened = lab()
    repeat = next((e for e in opened.experiments if e.repeat_of is not None), None)
    assert repeat is not None, "the table is small, so recipes are repeated"
    wish("void", "experiment", str(repeat.repeat_of))
    void = lab().state.steering.void
    assert {e.number for e in opened.experiments if e.repeat_of == repeat.repeat_of} <= set(void)


@pytest.mark.parametrize("upto", ["hint", "undone"])
def test_what_is_left_of_a_contradicted_hint_survives_a_kill(made, cut_ledger, upto):
    made(experiments=3)
    wish("never", "column", "city", "noise")
    sent = wish("keep", "column", "noise")
    records = [r for r in lab().ledger.records() if r.kind == upto]
    cut_ledger(LAB, records[1 if upto == "hint" else 0].number)
    Inbox(LAB).put(sent.message)
    send(LAB, "undo", number=99)
    holding = {(one.wish.kind, one.wish.names) for one in lab().state.hints}
    assert holding == {("keep", ("noise",)), ("never", ("city",))}
    assert lab().state.steering.void


def test_a_stop_is_final(made):
    from assay.steering.message_intake import turns_of

    assert list(turns_of(("stop", "pause", "resume"))) == ["stop"]
    assert list(turns_of(("pause", "stop"))) == ["stop"]
    assert list(turns_of(("pause", "resume"))) == []


def test_certify_measures_what_reads_more_columns_than_the_model(made, here):
    from test_lab_go_on import begin

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


def test_intervals_of_numbers_ask_for_no_barred_column_and_what_is_void_leads_no_board(here):
    rng = np.random.default_rng(3)
    size, leak, zone = rng.normal(50, 10, 240), rng.normal(size=240), rng.integers(0, 9, 240)
    price = 3 * size + zone * rng.normal(0, 4, 240)
    pd.DataFrame({"size": size, "invoice": price + 0.1 * leak, "zone": zone, "price": price}).to_csv(
        "flats.csv", index=False
    )
    from assay.data.options import TaskOptions
    from assay.lab.fit import fit
    from assay.search.settings import FitSettings

    slow = frozenset({"catboost", "xgboost", "realmlp", "svm", "extra_trees", "random_forest", "knn"})
    settings = FitSettings(budget=Budget(experiments=5), out=str(LAB), without=slow)
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
    from assay.core.recipe import Recipe, Step

    drop = Step.of("leave_out", columns=["age"])
    assert left_out(Recipe(steps=(drop, Step.of("splines")), model=Step.of("linear"))) == {"age"}
    assert left_out(Recipe(steps=(Step.of("splines"), drop), model=Step.of("linear"))) == frozenset()
