"""Saving over an older predictor: there is a whole one at every moment, and what a kill leaves is cleared away."""

import os
import time

import pytest

from assay.predictor.predictor import Predictor

LONG_AGO = time.time() - 7200


def orphan(parent, *names, at=LONG_AGO):
    folder = parent / ".model.ab12cd90.1073741824.tmp"
    for name in names:
        (folder / name).mkdir(parents=True)
    os.utime(folder, (at, at))
    return folder


def test_what_a_killed_save_left_is_cleared_by_the_next(binary, tmp_path):
    left = orphan(tmp_path, "states")
    binary.predictor.save(tmp_path / "model")
    assert not left.exists()
    assert Predictor.load(tmp_path / "model").schema == binary.predictor.schema


@pytest.mark.parametrize("case", ["a save under way", "something of the user's"])
def test_nothing_else_is_cleared(binary, tmp_path, case):
    left = orphan(tmp_path, "states", at=time.time()) if case == "a save under way" else tmp_path / ".model.thesis.tmp"
    left.mkdir(exist_ok=True)
    binary.predictor.save(tmp_path / "model")
    assert left.exists()


def test_a_lab_folder_means_the_model_in_it(binary, tmp_path):
    binary.predictor.save(tmp_path / "sales.lab" / "model")
    assert Predictor.load(tmp_path / "sales.lab").schema == binary.predictor.schema
