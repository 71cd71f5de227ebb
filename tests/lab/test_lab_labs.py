"""Which lab is meant: a folder, a name, the last one, or the only one here."""

import json
import os

import pytest

from assay.core.errors import LabError
from assay.lab.history import History
from assay.lab.labs import find, is_lab, labs_in


@pytest.fixture
def here(tmp_path):
    """An empty working folder; here.lab(name) puts a lab into it (or elsewhere)."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


def lab(folder, name, *, used=None):
    path = folder / f"{name}.lab"
    path.mkdir(parents=True)
    (path / "ledger.sqlite").touch()
    if used is not None:
        os.utime(path / "ledger.sqlite", (used, used))
    return path


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "home" / "labs.json")


@pytest.mark.parametrize("reference", ["bank", "bank.lab", "./bank", "../here/bank.lab", None])
def test_a_lab_here_is_found_by_name_by_folder_and_by_being_the_only_one(here, reference):
    path = lab(here, "bank")
    assert find(reference, cwd=here).resolve() == path


def test_an_absolute_path_is_found_from_anywhere(here, tmp_path):
    path = lab(tmp_path / "far", "bank")
    assert find(str(path), cwd=here) == path
    assert find(str(path.with_suffix("")), cwd=here) == path


def test_the_folder_one_stands_in_may_itself_be_the_lab(here):
    path = lab(here, "bank")
    assert find(".", cwd=path).resolve() == path
    assert find(None, cwd=path).resolve() == path


def test_a_dash_is_the_lab_used_last(here, history, tmp_path):
    first, second = lab(here, "first"), lab(tmp_path / "far", "second")
    history.add(first)
    history.add(second)
    assert find("-", cwd=here, history=history) == second
    history.add(first)
    assert find("-", cwd=here, history=history) == first
    assert history.all() == (first, second)


def test_a_lab_used_before_is_found_by_name_wherever_it_lies(here, history, tmp_path):
    far = lab(tmp_path / "far", "bank")
    history.add(far)
    assert find("bank", cwd=here, history=history) == far
    assert find("bank.lab", cwd=here, history=history) == far
    near = lab(here, "bank")
    assert find("bank", cwd=here, history=history) == near


def test_without_a_lab_here_nothing_means_the_last_one(here, history, tmp_path):
    far = lab(tmp_path / "far", "bank")
    history.add(far)
    assert find(None, cwd=here, history=history) == far


def test_several_labs_here_must_be_told_apart(here):
    for name in ("one", "two"):
        lab(here, name)
    with pytest.raises(LabError, match="2 labs in this folder") as caught:
        find(None, cwd=here)
    assert len(caught.value.do) == 2


def test_a_wrong_name_is_refused_with_the_nearest_labs_here(here):
    lab(here, "titanic")
    with pytest.raises(LabError, match=r"no lab 'titanik' here\. Near: titanic\.") as caught:
        find("titanik", cwd=here)
    assert caught.value.nearest == ("titanic",)
    with pytest.raises(LabError, match=r"Labs here: titanic\."):
        find("zebra", cwd=here)


@pytest.mark.parametrize("reference", [None, "-"])
def test_where_no_lab_was_ever_used_it_is_said_how_to_make_one(here, reference):
    with pytest.raises(LabError, match="No lab has been used yet") as caught:
        find(reference, cwd=here)
    assert "assay fit FILE --target COLUMN makes one" in caught.value.do


def test_labs_that_are_gone_are_forgotten(here, history):
    path = lab(here, "bank")
    history.add(path)
    (path / "ledger.sqlite").unlink()
    assert history.all() == ()
    assert not is_lab(path)


def test_labs_of_a_folder_come_with_the_last_used_first(here):
    old, new = lab(here, "old", used=1_000), lab(here, "new", used=2_000)
    (here / "data.lab").mkdir()
    (here / "file.lab").touch()
    assert labs_in(here) == (new, old)
    assert labs_in(here / "nowhere") == ()


@pytest.mark.parametrize("text", ["", "{", "3", '{"a": 1}', "[1, null]", "\x00", '"bank.lab"', "[[]]"])
def test_a_damaged_list_of_labs_is_an_empty_one_and_is_written_anew(here, history, text):
    history.file.parent.mkdir()
    history.file.write_text(text)
    assert history.all() == ()
    path = lab(here, "bank")
    history.add(path)
    assert history.all() == (path,)


def test_a_list_that_is_no_text_is_an_empty_one(history):
    history.file.parent.mkdir()
    history.file.write_bytes(b"\xff\xfe\x00")
    assert history.all() == ()


def test_a_list_that_cannot_be_written_is_no_reason_to_fail(here, tmp_path):
    (tmp_path / "file").touch()
    history = History(tmp_path / "file" / "labs.json")
    history.add(lab(here, "bank"))
    assert history.all() == ()


def test_without_a_file_nothing_is_remembered(here):
    History().add(lab(here, "bank"))
    assert History().all() == ()


def test_a_list_holds_each_lab_once_and_not_more_than_two_hundred(here, history):
    paths = [lab(here, f"lab{i}") for i in range(3)]
    history.file.parent.mkdir()
    history.file.write_text(json.dumps([str(paths[0])] * 300))
    history.add(paths[1])
    assert len(json.loads(history.file.read_text())) <= 200
    history.add(paths[0])
    assert history.all()[:2] == (paths[0], paths[1])
    assert history.all().count(paths[0]) == 1
