"""What a person asks of a lab, in words, by name or as a recipe: tried next, leaned to, or refused with its reason."""

import pytest

from assay.core.errors import UsageError
from assay.core.hint import Wish
from assay.lab.send_message import send
from assay.steering.named_wish import wish_of
from lab.sessions_by_hand import LAB, go_on, lab, wish


@pytest.mark.slow
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


def test_of_several_wishes_the_one_that_is_refused_is_named(made):
    made(experiments=2)
    sent = send(LAB, "say", text="frobnicate, ignore city, ignore age, ignore noise")
    assert [one.wish.names for one in sent.hints] == [("city",), ("age",)]
    assert sent.answer.why == '"ignore noise": no column would be left'
    assert [one.words for one in sent.answer.unknown] == ["frobnicate"]


def test_names_are_looked_up_as_columns_first():
    columns = ("age", "city", "knn")
    assert wish_of("never", "knn", columns).subject == "column"
    assert wish_of("never", "knn", ("age",)).subject == "family"
    assert wish_of("keep", "#2", columns).subject == "experiment"
    with pytest.raises(UsageError, match="Nothing here is called 'cty'"):
        wish_of("never", "cty", columns)
    with pytest.raises(UsageError, match="no experiment"):
        wish_of("void", "city", columns)


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


def test_what_is_barred_is_not_tried_by_a_passing_word_and_kept_by_a_plain_one(made):
    made(experiments=4)
    send(LAB, "say", text="noise leaks")
    sent = send(LAB, "say", text="try ratios of age and noise")
    assert sent.answer.ended == "refused"
    assert "h1 bars noise" in sent.answer.why
    sent = send(LAB, "say", text="keep noise")
    assert sent.hints[0].replaces == (1,)
    assert not lab().state.steering.void


@pytest.mark.slow
def test_a_hint_that_ran_out_binds_no_more(made):
    made(experiments=4)
    wish("never", "family", "lightgbm", expires=3)
    go_on(12)
    opened = lab()
    assert opened.state.steering.hints[1].ended == "expired"
    first = [e for e in opened.experiments if e.number > 5][:2]
    assert all(e.recipe.model.name != "lightgbm" for e in first)


@pytest.mark.slow
def test_an_avoided_family_waits_until_nothing_else_is_left(made):
    made(experiments=2)
    send(LAB, "wish", wishes=(Wish(kind="avoid", subject="family", names=("lightgbm",), strength=2),))
    go_on(9)
    later = [e.recipe.model.name for e in lab().experiments if e.number > 3 and not e.is_blend]
    known = [place for place, name in enumerate(later) if name == "lightgbm"]
    others = [place for place, name in enumerate(later) if name != "lightgbm"]
    assert not known or min(known) > max(others[:1])


def test_a_leaning_that_nothing_could_follow_is_refused(made):
    made(experiments=2)
    sent = wish("avoid", "step", "unskew")
    assert sent.answer.ended == "refused"
    assert "never to be used" in sent.answer.why


@pytest.mark.parametrize(("asked", "why"), [
    (Wish(kind="never", subject="step", names=("target_mean",), columns=("city",)), "on all columns or on none"),
    (Wish(kind="try", subject="column", names=("age",)), "what to try with age"),
])  # fmt: skip
def test_what_would_do_more_or_less_than_was_meant_is_refused(made, asked, why):
    made(experiments=2)
    sent = send(LAB, "wish", wishes=(asked,))
    assert sent.answer.ended == "refused"
    assert why in sent.answer.why


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


def test_a_second_level_cannot_read_what_is_void(made):
    made(experiments=5)
    wish("never", "column", "age")
    sent = send(LAB, "add", recipe={"model": {"name": "linear"}, "on": [3, 4]})
    assert sent.answer.ended == "refused"


def test_taking_a_hint_back_after_scores_were_seen_is_a_persons_choice_too(run, made):
    made(experiments=1)
    opened = lab()
    assert not opened.state.adaptive
    wish("keep", "column", "age")
    send(LAB, "undo", number=1)
    go_on(4)
    assert "hint" in lab().state.adaptive


def test_what_is_no_json_and_what_names_no_hint_is_refused_before_it_is_sent(made):
    made(experiments=2)
    for odd in (float("nan"), {1, 2}):
        with pytest.raises(UsageError, match="no JSON"):
            send(LAB, "add", recipe={"model": {"name": "linear", "params": {"C": odd}}})
    with pytest.raises(UsageError, match="names no hint"):
        lab().undo("x")
    assert not lab().state.steering.messages


@pytest.mark.slow
def test_what_is_to_be_tried_once_ends_by_its_own_try(made):
    made(experiments=4)
    send(LAB, "say", text="try the ratio of age and noise once")
    send(LAB, "say", text="try the difference of age and noise once")
    assert [hint.wish.expires for hint in lab().state.hints] == [1, 1]
    go_on(14)
    steering = lab().state.steering
    assert {number: steering.tries[number] for number in (1, 2)} == {1: 1, 2: 1}
    assert [given.ended for given in steering.hints.values()] == ["expired", "expired"]
    assert lab().audit().ok
