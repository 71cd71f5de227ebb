"""Steering a lab from the command line: what is understood, what is refused, and that what is advised can be typed."""

import json
import re
import shutil
from pathlib import Path

import pytest

from cli.typed_commands import advised, can_be_typed

KEYS = {"schema", "lab", "message", "kind", "state", "why", "when", "understood", "unknown", "is_running", "holding"}


@pytest.mark.parametrize(("text", "code", "understood", "unknown"), [
    ("ignore weight", 0, [("h1", "never", ["weight"])], []),
    ("frobnicate the zebra", 2, [], ["frobnicate the zebra"]),
    ("no neural networks, frobnicate the zebra", 0, [("h1", "never", ["realmlp", "tabm"])], ["frobnicate the zebra"]),
    ("keep city. The boss wants it.", 0, [("h1", "keep", ["city"])], ["The boss wants it"]),
])  # fmt: skip
def test_a_hint_is_told_as_understood_and_as_not_understood(post, say, document, text, code, understood, unknown):
    body = document("hint", "post", text, code=code)
    assert set(body) == KEYS
    assert (body["schema"], body["lab"], body["kind"]) == ("hint/1", "post.lab", "say")
    assert [(one["id"], one["kind"], one["what"]) for one in body["understood"]] == understood
    assert [one["words"] for one in body["unknown"]] == unknown
    assert body["state"] == ("acted on" if understood else "refused")
    assert all(one["do"] for one in body["unknown"])
    shown = say("hint", "post", text, code=code)
    assert all(one in shown for one in unknown)
    assert ("Nothing was changed" in shown) == bool(code) or "says so already" in shown


def test_what_may_be_meant_is_suggested_as_a_command(post, say, document):
    text = "weight column is not required, you may remove the same"
    (one,) = document("hint", "post", text, code=2)["unknown"]
    assert one["perhaps"] == "ignore weight"
    (words,) = [words for words in advised(say("hint", "post", text, code=2)) if words[-1] == one["perhaps"]]
    assert "never" in say(*words)


def test_a_hint_is_taken_back_by_the_command_that_is_printed(post, say, document):
    shown = say("hint", "post", "ignore weight")
    (undo,) = [words for words in advised(shown) if "--undo" in words]
    shown = say(*undo)
    assert "h1" in shown
    assert ": acts" not in shown
    assert document("status", "post")["hints"] == []
    again = say("hint", "post", "--undo", "h1", code=2)
    assert "Nothing was changed" in again
    assert "h1" in again
    assert "there is no hint h9" in say("hint", "post", "--undo", "h9", code=2)


def test_the_same_hint_again_changes_nothing_and_says_which_says_so(post, say, document):
    say("hint", "post", "ignore weight")
    shown = say("hint", "post", "ignore weight")
    assert "Nothing was changed: h1 says so already." in shown
    assert len(document("hint", "post", "ignore weight")["holding"]) == 1


@pytest.mark.parametrize("words", [
    ["hint", "post", ""], ["hint", "post", "   "], ["hint"], ["hint", "post"], ["hint", "post", "--undo", "x"],
    ["hint", "post", "keep city", "--undo", "h1"], ["hint", "nowhere", "keep city"],
    ["pin"], ["pin", "post"], ["pin", "post", "wieght"], ["pin", "post", "a", "b"], ["pin", "post", "lightgbm"],
    ["forbid", "post"], ["forbid", "post", "lightgmb"], ["forbid", "post", "2"], ["forbid", "post", "best"],
    ["veto", "post"], ["veto", "post", "weight"], ["veto", "post", "lightgbm"], ["veto"],
    ["add", "post"], ["add", "post", "nothing.json"], ["add"], ["pause", "nowhere"], ["stop", "nowhere"],
    ["why", "post", "h9"], ["why", "post", "2", "--next"], ["why"], ["certify", "post"],
])  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_what_to_do_and_recorded_nowhere(post, say, document, words):
    before = document("status", "post")["head"]
    shown = say(*words, code=2)
    assert shown.startswith(("error  ", "lab post.lab\nerror  "))
    assert "  try  " in shown
    assert all(can_be_typed(typed) for typed in advised(shown))
    assert document("status", "post")["head"] == before
    assert not (post / "inbox").exists()


def test_a_hint_without_quotes_is_printed_with_them(post, say):
    assert ["hint", "post", "no neural networks"] in advised(say("hint", "post", "no", "neural", "networks", code=2))
    assert ["hint", "no neural networks"] in advised(say("hint", "no", "neural", "networks", code=2))


def test_the_lab_is_left_out_where_only_one_is_there(post, say):
    assert "#2" in say("veto", "2")
    shown = say("hint", "ignore weight")
    assert "lab post.lab" in shown
    assert ["hint", "post", "--undo", "h2"] in advised(shown)
    assert "post" in say("pin", "city")
    shutil.copytree(post, "other.lab")
    shown = say("hint", "ignore weight", code=2)
    assert "post" in shown
    assert "other" in shown


@pytest.mark.parametrize("place", ["my labs/post.lab", "it's.lab"])
def test_commands_in_answers_name_the_lab_as_a_shell_reads_it(post, say, place, tmp_path):
    Path(place).parent.mkdir(exist_ok=True)
    post.rename(place)
    shown = say("hint", place, "no neural networks") + say("stop", place, code=2) + say("status", place)
    found = advised(shown)
    assert {words[0] for words in found} >= {"hint", "research", "leaderboard"}
    assert {Path(words[1]).name.removesuffix(".lab") for words in found} == {Path(place).name.removesuffix(".lab")}
    undo = next(words for words in found if "--undo" in words)
    say(*undo)


@pytest.mark.parametrize(("words", "kind", "subject", "what"), [
    (["pin", "post", "city"], "keep", "column", ["city"]), (["pin", "post", "#2"], "keep", "experiment", ["2"]),
    (["pin", "post", "unskew"], "keep", "step", ["unskew"]), (["forbid", "post", "knn"], "never", "family", ["knn"]),
    (["forbid", "post", "weight"], "never", "column", ["weight"]), (["veto", "post", "2"], "void", "experiment", ["2"]),
    (["veto", "post", "best"], "void", "experiment", ["3"]), (["pin", "post", "best"], "keep", "experiment", ["3"]),
])  # fmt: skip
def test_pin_forbid_and_veto_make_the_hint_that_they_name(post, document, words, kind, subject, what):
    body = document(*words)
    assert set(body) == KEYS
    (one,) = body["understood"]
    assert (one["kind"], one["subject"], one["what"]) == (kind, subject, what)
    assert document("status", "post")["hints"][0]["id"] == "h1"


@pytest.mark.parametrize(("words", "says"), [
    (["forbid", "post", "late"], "target"), (["veto", "post", "99"], "no experiment 99"),
    (["pin", "post", "99"], "no experiment 99"),
])  # fmt: skip
def test_what_the_lab_refuses_is_said_and_exits_2(post, say, words, says):
    assert says in say(*words, code=2)


def test_an_experiment_is_vetoed_once(post, say, document):
    say("veto", "post", "2")
    assert "h1 says so already" in say("veto", "post", "2")
    assert document("status", "post")["void"] == 1
    say("forbid", "post", "linear")
    assert "#3 is void already" in say("veto", "post", "3", code=2)


LINEAR = {"steps": [{"name": "one_hot", "params": {}}], "model": {"name": "linear", "params": {}}}


def test_a_recipe_is_added_from_a_file_and_from_stdin(post, say, document):
    Path("recipe.json").write_text(json.dumps(LINEAR))
    assert "queued" in say("add", "post", "recipe.json")
    assert "waits already" in say("add", "post", "-", stdin=json.dumps(LINEAR), code=2)
    body = document("add", "-", stdin=json.dumps(LINEAR | {"steps": []}))
    assert (body["kind"], body["state"]) == ("add", "acted on")
    assert set(body) == KEYS
    shown = say("show", "post", "2", "--recipe")
    assert "#2 is this recipe already" in say("add", "post", "-", stdin=shown, code=2)


@pytest.mark.parametrize(("text", "says"), [
    ("{not", "is no JSON"), ("", "is no JSON"), ("[1, 2]", "no recipe"), ('"linear"', "no recipe"),
    ("{}", "needs a list of steps and a model"), ('{"model": {"name": "lightgmb"}}', "Near: lightgbm"),
    ('{"model": {"name": "linear", "params": {"c": 1}}}', "no parameter 'c'"), ("[" * 100_000, "is no JSON"),
])  # fmt: skip
@pytest.mark.parametrize("by", ["file", "stdin"])
def test_what_is_no_recipe_is_refused_by_what_is_wrong_with_it(post, say, text, says, by):
    Path("recipe.json").write_text(text)
    words = ["recipe.json"] if by == "file" else ["-"]
    shown = say("add", "post", *words, stdin=text, code=2)
    assert says in shown
    assert ("stdin" in shown) == (by == "stdin" and shown.startswith("error"))


def test_a_file_of_bytes_and_a_folder_are_no_recipe(post, say):
    Path("recipe.json").write_bytes(b"\xff\xfe\x00")
    assert "no UTF-8" in say("add", "post", "recipe.json", code=2)
    Path("folder.json").mkdir()
    assert "folder.json cannot be read: Is a directory" in say("add", "post", "folder.json", code=2)


@pytest.mark.parametrize("order", ["pause", "resume", "stop"])
def test_an_order_to_a_lab_where_nothing_runs_exits_2_and_says_how_to_go_on(post, say, document, order):
    shown = say(order, "post", code=2)
    assert "no session is running" in shown
    assert ["research", "post"] in advised(shown)
    body = document(order, "post", code=2)
    assert (body["kind"], body["state"], set(body)) == (order, "expired", KEYS)


def test_certify_without_a_vault_names_the_command_for_a_lab_with_one(post, say):
    shown = say("certify", "post", code=2)
    assert "without a vault" in shown
    words = next(words for words in advised(shown) if words[0] == "research")
    assert Path(words[1]).is_file()
    assert words[2:4] == ["--target", "late"]
    assert words[-2] == "--out"
    assert not Path(words[-1]).exists()


def test_status_and_watch_of_a_steered_lab_show_its_hints_and_how_to_go_on(post, say, document):
    say("hint", "post", "ignore weight, no neural networks")
    say("hint", "post", "--undo", "h2")
    for command in ("status", "watch"):
        shown = say(command, "post")
        assert re.search(r"h1 never weight.*3 experiments void", shown)
        assert "h2" not in shown
        assert "void" in shown
        assert ["research", "post"] in advised(shown)
        body = document(command, "post")
        assert body["schema"] == "status/1"
        assert body["void"] == 3
        assert [(one["id"], one["kind"]) for one in body["hints"]] == [("h1", "never")]
    assert "void #3" in say("watch", "post")


def test_why_tells_of_a_hint_and_of_what_comes_next(post, say, document):
    say("hint", "post", "weight leaks, keep city")
    assert "#1 #2 #3" in say("why", "post", "h1")
    body = document("why", "post", "h1")
    assert (body["schema"], body["hint"]["id"], body["void"]) == ("why/1", "h1", [1, 2, 3])
    assert "leaks" in body["words"]
    assert "h1, h2" in say("why", "post", "h7", code=2)
    shown = say("why", "post", "--next")
    assert "Next: " in shown
    body = document("why", "--next")
    assert body["next"]["by"] == "portfolio"
    assert body["next"]["recipe"]["steps"][0] == {"name": "leave_out", "params": {"columns": ["weight"]}}
