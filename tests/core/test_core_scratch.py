"""Scratch folders: gone when nobody needs them, also after a kill."""

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assay.core.scratch import ScratchFolder, sweep

KILLED = """
import os, signal
from assay.core.scratch import ScratchFolder
folder = ScratchFolder()
(folder.path / "model.cbm").write_text("half a model")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def kill_one_that_holds_a_folder(place: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(place), "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", KILLED], env=environment, check=False)


def test_a_folder_goes_with_its_block(place: Path) -> None:
    with ScratchFolder() as folder:
        (folder.path / "file").write_text("something")
        assert list(place.iterdir()) == [folder.path]
    assert not list(place.iterdir())


def test_a_folder_goes_with_its_last_reference(place: Path) -> None:
    folder = ScratchFolder()
    assert folder.path.is_dir()
    del folder
    gc.collect()
    assert not list(place.iterdir())


def test_what_a_killed_process_left_is_swept(place: Path) -> None:
    kill_one_that_holds_a_folder(place)
    assert len(list(place.iterdir())) == 1
    sweep()
    assert not list(place.iterdir())


def test_what_is_in_use_and_what_is_not_ours_is_left_alone(place: Path) -> None:
    (place / "assay-notes").mkdir()
    (place / "assay-scratch-list.txt").write_text("a file of somebody's")
    with ScratchFolder() as folder:
        sweep()
        assert folder.path.is_dir()
    assert {path.name for path in place.iterdir()} == {"assay-notes", "assay-scratch-list.txt"}


def test_folders_of_other_machines_that_share_the_place_are_left_alone(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.node", lambda: "node-7.cluster")
    kill_one_that_holds_a_folder(place)
    sweep()
    assert len(list(place.iterdir())) == 1


def test_many_folders_leave_no_descriptors_open() -> None:
    ScratchFolder()
    gc.collect()
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    for _ in range(50):
        with ScratchFolder():
            pass
    after = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    assert after == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_that_ends_takes_nothing_with_it() -> None:
    code = (
        "import os\nfrom assay.core.scratch import ScratchFolder\nfolder = ScratchFolder()\n"
        "child = os.fork()\nif child == 0:\n    folder.__exit__(None, None, None)\n    os._exit(0)\n"
        "os.waitpid(child, 0)\nprint(folder.path.is_dir())"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "True"
