"""What ships is monotone where a person asked for it."""

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import DataWarning, TaskError, UsageError
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.estimator.estimator import AutoClassifier, AutoRegressor

GRID = np.linspace(-2.5, 2.5, 41)


def rows(n: int = 200) -> tuple[pd.DataFrame, np.ndarray]:
    """price lowers the score in waves, age raises it, and noise does nothing."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(n, 3)), columns=["price", "age", "noise"])
    frame["colour"] = rng.choice(["red", "blue"], n)
    score = np.sin(3.0 * frame.price) - 0.5 * frame.price + frame.age + 0.3 * rng.normal(size=n)
    return frame, score.to_numpy()


def along(column: str) -> pd.DataFrame:
    """Ten people, each with every value of the grid in one column, one person after the other."""
    frame, _ = rows()
    many = frame.head(10).loc[np.repeat(np.arange(10), len(GRID))].reset_index(drop=True)
    many[column] = np.tile(GRID, 10)
    return many


@pytest.mark.parametrize("kind", [AutoClassifier, AutoRegressor])
def test_the_shipped_blend_never_moves_against_the_signs(kind):
    frame, score = rows()
    y = score if kind is AutoRegressor else np.where(score > 0, "yes", "no")
    with pytest.warns(DataWarning, match="as price grows it only falls"):
        model = kind(time_limit=2.5, monotone={"price": -1, "age": 1}).fit(frame, y)

    def predicted(column: str) -> np.ndarray:
        many = along(column)
        values = model.predict(many) if kind is AutoRegressor else model.predict_proba(many)[:, 1]
        return values.reshape(10, -1)

    assert np.diff(predicted("price"), axis=1).max() <= 1e-9
    assert np.diff(predicted("age"), axis=1).min() >= -1e-9
    assert np.ptp(predicted("age"), axis=1).min() > 0


def prepared(**signs: int):
    frame, score = rows(80)
    frame["y"] = score
    return prepare(read_table(frame), TaskOptions(target="y", monotone=signs))


def test_signs_are_part_of_the_question_and_are_said():
    free, bound = prepared(), prepared(price=-1)
    assert free.task.hash != bound.task.hash
    assert free.task.facts.monotone == ()
    assert any("as price grows it only falls" in notice.message for notice in bound.task.notices)


@pytest.mark.parametrize(
    ("column", "message"), [("colour", "only numbers and ordered words grow"), ("prise", "no column")]
)
def test_what_cannot_be_monotone_is_refused_in_words(column, message):
    with pytest.raises((TaskError, UsageError), match=message):
        prepared(**{column: 1})


def test_a_sign_is_one_or_minus_one():
    with pytest.raises(UsageError, match="Give 1"):
        TaskOptions(target="y", monotone={"price": 2})


def test_more_than_two_classes_cannot_be_monotone():
    frame, score = rows(90)
    frame["y"] = np.digitize(score, [-1.0, 1.0]).astype(str)
    with pytest.raises(TaskError, match="more than two classes"):
        prepare(read_table(frame), TaskOptions(target="y", monotone={"price": 1}))
