"""A blend becomes one small model, whose loss is measured on rows that taught it nothing."""

import numpy as np
import pytest

from assay.core.errors import LabError
from assay.core.target import Target
from assay.lab.distil import distil
from assay.lab.lab import Lab
from assay.lab.student import Teacher, soft_targets
from assay.predictor.predictor import Predictor


@pytest.fixture
def lab(made, here):
    made(experiments=6)
    opened = Lab.open(here / "shop.lab" if (here / "shop.lab").exists() else here / "shop")
    yield opened
    opened.close()


@pytest.mark.slow
def test_a_small_model_ships_with_its_score_and_what_it_loses(lab, tmp_path, frame):
    lines = []
    found = distil(lab, tmp_path / "small.zip", say=lines.append)
    predictor = Predictor.load(found.path)
    assert len(predictor.members) == 1
    assert predictor.predict_proba(frame.drop(columns="bought")).shape == (len(frame), 2)
    assert found.size_bytes == predictor.size_bytes > 0
    assert lines
    assert found.score.low <= found.score.value <= found.score.high
    assert found.against.low <= found.against.value <= found.against.high
    assert found.score.value > 0.6


@pytest.mark.slow
def test_the_same_lab_teaches_the_same_model(lab, tmp_path):
    first, second = distil(lab, tmp_path / "one.zip"), distil(lab, tmp_path / "two.zip")
    assert first.score == second.score
    assert first.path.read_bytes() == second.path.read_bytes()


def test_a_lab_without_a_model_has_nothing_to_teach(here):
    with pytest.raises(LabError):
        Lab.open(here / "nothing.lab")


def test_every_class_of_a_row_is_taught_by_as_much_as_it_is_believed():
    own = Target(np.array([0, 1, 1], dtype=np.int32), 2, np.array([1.0, 1.0, 2.0]))
    rows, target = soft_targets(np.array([0.25, 1.0, 0.5]), own)
    assert rows.tolist() == [0, 0, 1, 2, 2]
    assert target.values.tolist() == [0, 1, 1, 0, 1]
    assert target.weight.tolist() == [0.75, 0.25, 1.0, 1.0, 1.0]


def test_numbers_are_taught_as_they_are():
    rows, target = soft_targets(np.array([1.5, 2.5]), Target(np.array([1.0, 3.0])))
    assert rows.tolist() == [0, 1]
    assert target.values.tolist() == [1.5, 2.5]


@pytest.mark.slow
def test_a_lesson_for_a_fold_has_nothing_to_say_of_its_rows(lab):
    from assay.search.second_level import lay_out_all

    numbers = lab.state.blend.numbers
    lay_out_all(lab.folder, lab.ledger, lab.state, numbers)
    teacher = Teacher(weights=dict.fromkeys(numbers, 1.0))
    fold = lab.folder.split.fold(0)
    lesson = teacher.lesson(lab.folder, fold)
    assert np.isnan(lesson[fold.test]).all()
    assert np.isfinite(lesson[fold.train]).all()
    assert np.isfinite(teacher.lesson(lab.folder, None)).all()
