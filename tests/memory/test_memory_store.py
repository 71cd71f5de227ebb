"""The memory of labs: what it holds, what it leaves out, and files that are damaged, newer or another user's."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from assay.core.errors import DataError
from assay.core.problem.binary import Binary
from assay.core.problem.regression import Regression
from assay.core.schema import Facts
from assay.memory.lab_facts import DataIdentity, LabFacts, MoveFact, facts_of
from assay.memory.memory_store import MemoryStore, memory_file, memory_text, read_memory
from assay.memory.task_kind import TaskKind, similarity
from assay.memory.warm_priors import warm_priors
from assay.research.lessons import Trial

FACTS = Facts(
    problem=Binary(), n_rows=5_000, n_numeric=8, n_category=3, n_dates=0, n_text=0, n_classes=2, minority=1_000,
    metric="roc_auc",
)  # fmt: skip
KIND = TaskKind.of(FACTS)
HERE = DataIdentity(data="here", columns=("c1", "c2", "c3"))


def lab(name, *, mean=2.0, tries=6, kind=KIND, move="pairs", **identity):
    own = {"data": name, "columns": (f"{name}1", f"{name}2"), **identity}
    return LabFacts(
        lab=name, identity=DataIdentity(**own), kind=kind, experiments=40,
        moves=(MoveFact(move=move, tries=tries, mean=mean, variance=1.0),),
    )  # fmt: skip


def prior(*known, own=HERE, kind=KIND):
    return dict(warm_priors(kind, own, known, {"pairs": 0.5, "other": 1.0}))


def test_tasks_are_alike_by_their_kind():
    assert similarity(KIND, KIND) == 1.0
    bigger = TaskKind.of(replace(FACTS, n_rows=50_000))
    texts = TaskKind.of(replace(FACTS, n_text=3, n_numeric=0))
    numbers = TaskKind.of(replace(FACTS, problem=Regression(), n_classes=0, minority=5_000, metric="rmse"))
    likeness = [similarity(KIND, other) for other in (bigger, texts, numbers)]
    assert all(0 < one < 0.6 for one in likeness)
    assert similarity(KIND, bigger) == similarity(bigger, KIND)


def test_a_move_that_gained_on_like_tasks_is_expected_to_gain_more_and_one_that_harmed_less():
    assert 0.5 < prior(lab("a"))["pairs"] < prior(lab("a"), lab("b"))["pairs"] < 2.0
    assert prior(lab("a", mean=-2.0), lab("b", mean=-2.0))["pairs"] < 0
    assert "other" not in prior(lab("a"))


def test_many_tries_and_like_tasks_weigh_more():
    far = TaskKind.of(replace(FACTS, n_rows=300, n_text=2))
    assert prior(lab("a", tries=1))["pairs"] < prior(lab("a", tries=30))["pairs"]
    assert prior(lab("a", kind=far)).get("pairs", 0.5) < prior(lab("a"))["pairs"]


@pytest.mark.parametrize("same", [
    {"data": "here"}, {"columns": ("c1", "c2", "c3")}, {"columns": ("c1", "c3", "x", "y", "z")},
])  # fmt: skip
def test_a_lab_never_reads_what_was_learned_on_its_own_data(same):
    assert prior(lab("a", **same)) == {}


def test_nor_what_labs_of_its_vault_key_learned():
    keyed = replace(HERE, keys=("k",))
    assert prior(lab("a", keys=("k",)), own=keyed) == {}
    assert prior(lab("a", keys=("other",)), own=keyed) != {}


def test_facts_are_counts_and_gains_by_move_and_family():
    tried = [
        Trial(number=i, move="pairs", family=f, effect=e)
        for i, (f, e) in enumerate((("a", 1.0), ("a", 3.0), ("b", -1.0)))
    ]
    found = {(one.move, one.family): one for one in facts_of(tried)}
    assert found["pairs", ""].tries == 3
    assert found["pairs", ""].mean == 1.0
    assert found["pairs", "a"].variance == 1.0
    assert found["pairs", "b"].mean == -1.0


def test_a_lab_is_remembered_once(tmp_path):
    store = MemoryStore(tmp_path / "deep" / "memory.json")
    for one in (lab("a"), lab("b"), lab("a", mean=3.0)):
        store.add(one)
    assert [one.lab for one in store.all()] == ["b", "a"]
    assert store.all()[-1].moves[0].mean == 3.0


def test_off_reads_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path))
    assert memory_file("off") is None
    store = MemoryStore(None)
    store.add(lab("a"))
    assert store.all() == ()
    assert memory_file("") == tmp_path / "memory.json"
    assert list(tmp_path.iterdir()) == []


BAD = {
    "damaged": (b'{"version": 1, "labs": [', "damaged"),
    "cut": (b"", "damaged"),
    "a list": (b"[]", "damaged"),
    "newer": (b'{"version": 9, "labs": []}', "of version 9, and this assay reads 1"),
    "half a lab": (json.dumps({"version": 1, "labs": [{"lab": "a"}]}).encode(), "its lab 1 cannot be read"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_read_is_said_and_never_overwritten(name, tmp_path):
    body, words = BAD[name]
    file, said = tmp_path / "memory.json", []
    file.write_bytes(body)
    store = MemoryStore(file, said.append)
    assert store.all() == ()
    store.add(lab("a"))
    assert file.read_bytes() == body
    assert len(said) == 2
    assert all(words in one for one in said)
    with pytest.raises(DataError, match="neither used nor overwritten"):
        read_memory(file)


def test_another_users_file_is_not_read(tmp_path, monkeypatch):
    file, said = tmp_path / "memory.json", []
    file.write_text(memory_text([lab("a")]))
    assert len(MemoryStore(file, said.append).all()) == 1
    monkeypatch.setattr(os, "getuid", lambda: 10**6)
    assert MemoryStore(file, said.append).all() == ()
    assert "belongs to another user" in said[0]


def test_what_is_written_can_be_read_again(tmp_path):
    file = tmp_path / "given.json"
    file.write_text(memory_text([lab("a"), lab("b")]))
    assert [one.lab for one in read_memory(Path(file))] == ["a", "b"]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="has no such modes")
def test_the_memory_is_for_its_owner_alone(tmp_path):
    store = MemoryStore(tmp_path / "state" / "memory.json")
    store.add(lab("one"))
    store.file.chmod(0o644)
    store.add(lab("two"))
    assert store.file.stat().st_mode & 0o077 == 0
    assert store.file.parent.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_in_the_place_of_the_memory_is_said_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "memory.json")
    heard = []
    assert MemoryStore(tmp_path / "memory.json", heard.append).all() == ()
    assert "is no file" in heard[0]
