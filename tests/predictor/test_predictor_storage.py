"""Saving over an older predictor: there is a whole one at every moment, and what a kill leaves is cleared away."""

import os
import time

import pytest

from assay.predictor import swap
from assay.predictor.predictor import Predictor

LONG_AGO = time.time() - 7200


def orphan(parent, *names, at=LONG_AGO):
    folder = parent / ".model.ab12cd_9"
    for name in names:
        (folder / name).mkdir(parents=True)
    os.utime(folder, (at, at))
    return folder


def test_what_a_killed_save_left_is_cleared_by_the_next(binary, tmp_path):
    left = orphan(tmp_path, "old", "new")
    binary.predictor.save(tmp_path / "model")
    assert not left.exists()
    assert Predictor.load(tmp_path / "model").schema == binary.predictor.schema


@pytest.mark.parametrize("case", ["a save under way", "something of the user's"])
def test_nothing_else_is_cleared(binary, tmp_path, case):
    left = orphan(tmp_path, "old", at=time.time()) if case == "a save under way" else orphan(tmp_path, "thesis")
    binary.predictor.save(tmp_path / "model")
    assert left.exists()


@pytest.mark.parametrize("exchanges", [True, False])
def test_a_folder_takes_the_place_of_another_at_once_where_the_system_can(tmp_path, monkeypatch, exchanges):
    if not exchanges:
        monkeypatch.setattr(swap, "exchange", lambda one, other: False)
    new, old, aside = tmp_path / "new", tmp_path / "model", tmp_path / "aside"
    for folder in (new, old):
        folder.mkdir()
        (folder / folder.name).touch()
    swap.put_in_place(new, old, aside=aside)
    assert [path.name for path in old.iterdir()] == ["new"]


def test_two_folders_are_exchanged_or_left_as_they_were(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    done = swap.exchange(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a" / ("b" if done else "a")).exists()


def test_a_lab_folder_means_the_model_in_it(binary, tmp_path):
    binary.predictor.save(tmp_path / "sales.lab" / "model")
    assert Predictor.load(tmp_path / "sales.lab").schema == binary.predictor.schema
