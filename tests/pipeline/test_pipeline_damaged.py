"""Files of a lab that were damaged or exchanged are refused in words, and none is waited for."""

import os
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
