"""What a lab knows by name."""

import pytest

from assay.steering.vocabulary import Nameable, Vocabulary


def test_columns_that_are_no_features_have_names_too() -> None:
    vocabulary = Vocabulary(columns=("age", "client", "day"), kinds=("numeric", "group", "datetime"), target="y")
    assert vocabulary.names("column") == ("age", "client", "day")
    assert vocabulary.features == ("age", "day")
    assert vocabulary.of_kind("datetime") == ("day",)


def test_where_nobody_knows_the_kinds_every_column_may_be_a_feature() -> None:
    vocabulary = Vocabulary(columns=("age", "day"))
    assert vocabulary.features == ("age", "day")
    assert vocabulary.of_kind("datetime") == ()


def test_names_are_those_of_one_subject() -> None:
    things = (Nameable(subject="family", name="knn"), Nameable(subject="step", name="dates"))
    vocabulary = Vocabulary(things=things, experiments=2)
    assert vocabulary.names("family") == ("knn",)
    assert vocabulary.names("experiment") == ("1", "2")


def test_columns_and_their_kinds_are_as_many() -> None:
    with pytest.raises(ValueError, match="2 columns have 1 kinds"):
        Vocabulary(columns=("a", "b"), kinds=("numeric",))
