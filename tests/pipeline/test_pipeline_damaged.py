"""Files of a lab that were damaged or exchanged are refused in words, and none is waited for."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from assay.core.contract import State
from assay.core.errors import BundleError, LabError
from assay.pipeline.states import read_states, write_states
from assay.pipeline.table_files import load_array, save_array


@pytest.fixture
def array(tmp_path: Path) -> Path:
    save_array(tmp_path / "a.npy", np.arange(1000.0))
    return tmp_path / "a.npy"


def refused(path: Path) -> str:
    with pytest.raises(LabError) as caught:
        load_array(path)
    assert caught.value.do
    return str(caught.value)


@pytest.mark.parametrize("kept", [0, 5, 500])
def test_an_array_that_is_cut_off_is_refused(array: Path, kept: int) -> None:
    array.write_bytes(array.read_bytes()[:kept])
    assert "a.npy is damaged" in refused(array)


def test_objects_in_place_of_numbers_are_refused_unread(array: Path) -> None:
    np.save(array, np.array([{}], dtype=object), allow_pickle=True)
    assert "a.npy is damaged" in refused(array)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_in_place_of_an_array_is_not_waited_for(array: Path) -> None:
    array.unlink()
    os.mkfifo(array)
    assert "is no file of a lab" in refused(array)


def test_an_array_without_elements_is_read(tmp_path: Path) -> None:
    save_array(tmp_path / "b.npy", np.zeros((0, 3)))
    assert load_array(tmp_path / "b.npy").shape == (0, 3)


@pytest.mark.parametrize("kept", [0, 30, 200])
def test_states_that_are_cut_off_are_refused(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "x.state"
    write_states(path, [State("scale", {}, {"centre": np.zeros(100)})])
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(BundleError):
        read_states(path)


@pytest.mark.parametrize("head", ['{"name": ["scale"], "meta": {}}', '{"name": "scale", "meta": []}', "[]"])
def test_a_state_without_a_name_or_settings_is_refused(tmp_path: Path, head: str) -> None:
    with zipfile.ZipFile(tmp_path / "x.state", "w") as archive:
        archive.writestr("0/state.json", head)
    with pytest.raises(BundleError, match=r"x\.state"):
        read_states(tmp_path / "x.state")


def test_an_array_that_says_it_is_huge_is_refused(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (99_999_999_999,)})
    with zipfile.ZipFile(tmp_path / "x.state", "w") as archive:
        archive.writestr("0/state.json", '{"name": "scale", "meta": {}}')
        archive.writestr("0/arrays/centre.npy", header.getvalue())
    with pytest.raises(BundleError, match=r"x\.state"):
        read_states(tmp_path / "x.state")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_in_place_of_states_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.state")
    with pytest.raises(BundleError, match="it is no file"):
        read_states(tmp_path / "x.state")


@pytest.mark.parametrize(
    ("name", "asked"), [("y", {}), ("folds", {}), ("weight", {"weights": "w"}), ("groups", {"group": "g"})]
)
def test_rows_of_which_a_part_is_gone_are_refused_never_read_as_if_it_had_not_been(make_folder, mixed, name, asked):
    rng = np.random.default_rng(0)
    folder = make_folder(
        "binary", mixed.assign(w=rng.uniform(1, 2, len(mixed)), g=rng.integers(0, 30, len(mixed))), **asked
    )
    (folder.data / f"{name}.npy").unlink()
    with pytest.raises(LabError, match=f"{name}.npy is gone"):
        _ = folder.target, folder.split, folder.groups
