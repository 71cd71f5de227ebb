"""Which lab is meant: a folder, a name, the last one, or the only one here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay.core.errors import LabError
from assay.core.file_lock import hold, lock_file
from assay.journal.find_labs import find, is_lab, labs_in
from assay.journal.lab_list import LabList


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
    return LabList(tmp_path / "home" / "labs.json")


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


DAMAGED = ["", "{", "3", '{"a": 1}', "[1, null]", "\x00", '"bank.lab"', "[[]]"]


@pytest.mark.parametrize("body", [*(text.encode() for text in DAMAGED), b"\xff\xfe\x00", b"[" * 90_000])
def test_a_damaged_list_of_labs_is_kept_under_a_name_that_is_told_and_a_new_one_begun(here, tmp_path, body):
    told = []
    history = LabList(tmp_path / "home" / "labs.json", told.append)
    history.file.parent.mkdir()
    history.file.write_bytes(body)
    assert history.all() == ()
    (aside,) = history.file.parent.glob("labs.damaged-*.json")
    assert aside.read_bytes() == body
    assert [aside.name in words for words in told] == [True]
    path = lab(here, "bank")
    history.add(path)
    assert history.all() == (path,)
    assert len(told) == 1, "it is said once"


def test_entries_of_a_damaged_list_that_can_be_read_go_on(here, history):
    paths = [lab(here, name) for name in ("one", "two")]
    for path in paths:
        history.add(path)
    entries = json.loads(history.file.read_text())
    for number in (1, 2):
        history.file.write_text(json.dumps([entries[0], number, entries[1]]))
        assert history.all() == (paths[1], paths[0])
    assert len(list(history.file.parent.glob("labs.damaged-*.json"))) == 2


def test_a_list_that_cannot_be_written_is_said_and_no_reason_to_fail(here, tmp_path):
    (tmp_path / "file").touch()
    told = []
    history = LabList(tmp_path / "file" / "labs.json", told.append)
    history.add(lab(here, "bank"))
    assert history.all() == ()
    assert "cannot be written" in told[0]
    assert "ASSAY_HISTORY=off" in told[0]


def test_a_list_that_cannot_be_read_is_said_and_not_written_over(here, tmp_path, monkeypatch):
    told = []
    history = LabList(tmp_path / "labs.json", told.append)
    history.add(lab(here, "bank"))
    before = history.file.read_bytes()

    def refused(path):
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refused)
        assert history.known() == ()
        history.add(lab(here, "other"))
    assert [("cannot be read" in words, "cannot be written" in words) for words in told] == [(1, 0), (0, 1)]
    assert history.file.read_bytes() == before


def test_what_can_be_read_of_a_damaged_list_counts_though_it_cannot_be_mended(here, tmp_path):
    told = []
    history = LabList(tmp_path / "home" / "labs.json", told.append)
    path = lab(here, "bank")
    history.add(path)
    entries = json.loads(history.file.read_text())
    history.file.write_text(json.dumps([*entries, 7]))
    history.file.with_suffix(".lock").unlink()
    history.file.with_suffix(".lock").mkdir()  # a lock that nobody can hold, as in a folder that may only be read
    before = history.file.read_bytes()
    assert history.all() == (path,)
    assert ["cannot be read or mended" in words for words in told] == [True]
    assert history.file.read_bytes() == before


def test_that_a_list_was_damaged_is_told_once_others_may_have_its_lock(tmp_path):
    file, free = tmp_path / "labs.json", []

    def heard(words):
        with file.with_suffix(".lock").open("a+") as lock:
            free.append(hold(lock))

    for act in (lambda history: history.known(), lambda history: history.add(tmp_path / "bank.lab")):
        file.write_text("[1]")
        act(LabList(file, heard))
    assert free == [True, True]


def test_who_waits_for_a_lock_that_is_never_freed_gives_up_in_words(tmp_path):
    path = tmp_path / "labs.lock"
    with (
        lock_file(path), pytest.raises(OSError, match=r"another process has held .*labs\.lock for 0\.02 s"),
        lock_file(path, patience_seconds=0.02),
    ):  # fmt: skip
        pass
    with lock_file(path, patience_seconds=0.0):  # freed by then
        pass


ADDING = """
import sys
from pathlib import Path
from assay.journal.lab_list import LabList

file, folder, first = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
history = LabList(file, lambda words: print(words))
sys.stdin.readline()
for number in range(first, first + 60):
    history.add(folder / f"{number}.lab")
"""


def adding(history, folder, first):
    """A process that puts sixty labs into the list once it is told to begin."""
    command = [sys.executable, "-c", ADDING, str(history.file), str(folder), str(first)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("before", [None, "[{"])
def test_two_processes_that_note_labs_at_once_lose_none(history, tmp_path, before):
    history.file.parent.mkdir()
    if before is not None:
        history.file.write_text(before)
    both = [adding(history, tmp_path, first) for first in (0, 60)]
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate()[0] for process in both]
    assert {int(Path(one.path).stem) for one in history.known()} == set(range(120))
    aside = list(history.file.parent.glob("labs.damaged-*.json"))
    assert [file.read_text() for file in aside] == ([] if before is None else [before])
    assert sum("was damaged" in words for words in told) == len(aside)


def test_without_a_file_nothing_is_remembered(here):
    LabList().add(lab(here, "bank"))
    assert LabList().all() == ()


def test_a_list_holds_each_lab_once_and_not_more_than_two_hundred(here, history):
    paths = [lab(here, f"lab{i}") for i in range(3)]
    history.file.parent.mkdir()
    history.file.write_text(json.dumps([{"path": str(paths[0]), "root": str(i)} for i in range(300)]))
    history.add(paths[1])
    assert len(json.loads(history.file.read_text())) <= 200
    history.add(paths[0])
    assert history.all()[:2] == (paths[0], paths[1])
    assert history.all().count(paths[0]) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="has no such modes")
def test_the_list_is_for_its_owner_alone_also_where_an_earlier_version_wrote_it(here, history):
    path = lab(here, "bank")
    history.add(path)
    history.file.chmod(0o644)
    history.add(path)
    assert history.file.stat().st_mode & 0o077 == 0
    assert history.file.parent.stat().st_mode & 0o077 == 0
    history.file.write_text("{")
    history.add(path)
    (aside,) = history.file.parent.glob("labs.damaged-*.json")
    assert {one.stat().st_mode & 0o077 for one in (aside, history.file)} == {0}
