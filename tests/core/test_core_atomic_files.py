"""Files and folders that are written whole or not at all, and what killed processes leave of them."""

import os
import subprocess
import sys

import pytest

from assay.core import atomic_files
from assay.core.atomic_files import atomic_file, atomic_folder, exchange, sweep_unfinished, write_synced

GONE = 2**30
HOUR = 3600.0


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_whole_in_place_of_an_older_one(tmp_path):
    place = tmp_path / "a.json"
    place.write_text("old")
    with atomic_file(place) as temporary:
        temporary.write_text("half")
        assert place.read_text() == "old"
        temporary.write_text("whole")
    assert (place.read_text(), names(tmp_path)) == ("whole", ["a.json"])


@pytest.mark.parametrize("raised", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize("way", [atomic_file, atomic_folder])
def test_what_was_there_stays_where_anything_is_raised(tmp_path, way, raised):
    write_synced(tmp_path / "kept", b"old")

    def write_half():
        with way(tmp_path / "kept") as temporary:
            ((temporary / "part") if way is atomic_folder else temporary).write_text("half")
            raise raised

    with pytest.raises(raised):
        write_half()
    assert (names(tmp_path), (tmp_path / "kept").read_bytes()) == (["kept"], b"old")


def test_a_file_takes_no_folder_away(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_synced(tmp_path / "a", b"file")
    assert (names(tmp_path), names(tmp_path / "a")) == (["a"], ["b"])


@pytest.mark.parametrize("exchanges", [True, False])
def test_a_folder_takes_the_place_of_another_at_once_where_the_system_can(tmp_path, monkeypatch, exchanges):
    if not exchanges:
        monkeypatch.setattr(atomic_files, "exchange", lambda one, other: False)
    for name in ("old", "new"):
        with atomic_folder(tmp_path / "model", synced=True) as folder:
            (folder / name).touch()
    assert (names(tmp_path), names(tmp_path / "model")) == (["model"], ["new"])


def test_a_folder_that_cannot_be_replaced_is_there_as_it_was(tmp_path, monkeypatch):
    with atomic_folder(tmp_path / "model") as folder:
        (folder / "old").touch()
    monkeypatch.setattr(atomic_files, "exchange", lambda one, other: False)
    with pytest.raises(OSError, match="No such file"), atomic_folder(tmp_path / "model") as folder:
        folder.rmdir()  # the second rename fails
    assert (names(tmp_path), names(tmp_path / "model")) == (["model"], ["old"])


def test_two_folders_are_exchanged_or_left_as_they_were(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    done = exchange(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a" / ("b" if done else "a")).exists()


def test_what_a_killed_process_was_writing_is_swept(tmp_path):
    source = "import sys; from pathlib import Path; from assay.core.atomic_files import *\n"
    source += "with atomic_file(Path('a')) as a, atomic_folder(Path('b')) as b:\n    a.touch(); (b / 'c').touch()\n"
    source += "    import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    subprocess.run([sys.executable, "-c", source], cwd=tmp_path, check=False)
    assert len(names(tmp_path)) == 2
    sweep_unfinished(tmp_path, "b")
    assert [name.split(".")[1] for name in names(tmp_path)] == ["a"]
    sweep_unfinished(tmp_path)
    assert names(tmp_path) == []


def test_a_later_process_of_the_same_number_keeps_nothing(tmp_path):
    stray = tmp_path / f".a.5e0f.{os.getpid()}.tmp"
    stray.touch()
    sweep_unfinished(tmp_path)
    assert stray.exists()
    os.utime(stray, (0, 0))  # long before this process began
    sweep_unfinished(tmp_path)
    assert not stray.exists()


@pytest.mark.parametrize("name", ["a.tmp", ".a.draft.tmp", "a.csv"])
def test_names_that_are_not_ours_are_left_alone(tmp_path, name):
    (tmp_path / name).touch()
    sweep_unfinished(tmp_path)
    assert names(tmp_path) == [name]


def test_where_other_machines_may_write_only_what_is_old_is_swept(tmp_path):
    stray = tmp_path / f".model.5e0f.{GONE}.tmp"
    stray.mkdir()
    sweep_unfinished(tmp_path, "model", least_age_seconds=HOUR)
    assert stray.exists()
    os.utime(stray, (0, 0))
    sweep_unfinished(tmp_path, "model", least_age_seconds=HOUR)
    assert not stray.exists()
