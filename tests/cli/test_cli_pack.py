"""assay pack, unpack and league, as they are typed."""

import pytest

from cli.typed_commands import advised


def test_a_lab_is_packed_and_unpacked_and_what_is_advised_can_be_typed(post, say, document, tmp_path):
    told = say("pack", "post")
    assert "post.lab.zip" in told
    assert "without cache/ and work/" in told
    assert "assay unpack post.lab.zip" in told
    (tmp_path / "post.lab").rename(tmp_path / "away")
    told = say("unpack", "post.lab.zip")
    assert "assay audit post --head " in told
    head = told.split("--head ")[1].split()[0]
    assert "Nothing differs" in say("audit", "post", "--head", head)
    found = document("unpack", "post.lab.zip", "--out", "again.lab")
    assert (found["schema"], found["head"], found["with_vault"]) == ("unpack/1", head, False)
    packed = document("pack", "again", "--out", "again.zip")
    assert (packed["schema"], packed["head"]) == ("pack/1", head)
    assert packed["size_bytes"] == (tmp_path / "again.zip").stat().st_size


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("unpack", "nowhere.zip"), "There is no file nowhere.zip"),
        (("unpack", "text.zip"), "text.zip: it is no packed lab"),
        (("pack", "post", "--out", "text.zip"), "text.zip exists already"),
        (("pack", "nowhere"), "There is no lab 'nowhere'"),
    ],
)
def test_what_cannot_be_packed_or_unpacked_is_said_in_words(post, say, tmp_path, words, said):
    (tmp_path / "text.zip").write_text("no zip at all")
    assert said in say(*words, code=2)


def test_a_league_names_proposers_and_moves(post, say, document):
    told = say("league", "post")
    assert told.splitlines()[0].split()[:3] == ["proposer", "tries", "kept"]
    assert "portfolio" in told
    assert "Nothing was tried that is a move." in say("league", "post", "--moves")
    found = document("league", "post")
    assert (found["schema"], found["moves"]) == ("league/1", [])
    assert [row["name"] for row in found["proposers"]] == ["portfolio"]
    assert found["proposers"][0]["tries"] == 3


def test_where_a_hint_made_everything_void_study_and_league_say_so_and_what_to_do(post, say, document):
    say("hint", "post", "ignore weight")
    for words in (("league", "post"), ("study", "post"), ("league", "post", "--moves")):
        told = say(*words)
        assert "All 3 experiments are void by h1 (never weight): nothing stands that could be looked at." in told
        assert ["research", "post.lab"] in advised(told)
        assert ["hint", "post.lab", "--undo", "h1"] in advised(told)
    assert document("league", "post")["all_void"] is True
    refused = say("study", "post", "--kind", "families", code=2)
    assert "and there are 0 (3 others void by a hint)" in " ".join(refused.split())
    assert "assay research LAB" in refused
    say("hint", "post", "--undo", "h1")
    assert document("league", "post")["all_void"] is False
    assert "void" not in say("study", "post")
