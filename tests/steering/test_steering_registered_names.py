"""The vocabulary of a lab, from what is registered and the columns of its table."""

import pytest

from assay.core.problem import registry as problems
from assay.core.schema import Column, Schema
from assay.models import registry as models
from assay.steering.registered_names import registered_names, vocabulary_of
from assay.steering.words.parser import parse
from steering.plain_words import MOVES

SCHEMA = Schema(columns=(
    Column(name="age", kind="numeric", reason=""), Column(name="client", kind="group", reason=""),
    Column(name="bought", kind="target", reason=""),
))  # fmt: skip


def test_the_target_is_known_as_such_and_no_column() -> None:
    vocabulary = vocabulary_of(SCHEMA, problems.get("binary")(), moves=MOVES, experiments=3)
    assert (vocabulary.columns, vocabulary.features, vocabulary.target) == (("age", "client"), ("age",), "bought")
    assert vocabulary.names("experiment") == ("1", "2", "3")


def test_metrics_are_those_of_the_problem_and_rates_are_of_classes() -> None:
    classes = {one.name for one in registered_names(MOVES, problems.get("binary")()) if one.subject == "metric"}
    numbers = {one.name for one in registered_names(MOVES, problems.get("regression")()) if one.subject == "metric"}
    assert {"roc_auc", "recall", "precision"} <= classes
    assert "mae" in numbers
    assert not {"roc_auc", "recall"} & numbers


def test_every_family_can_be_named_in_plain_words() -> None:
    vocabulary = vocabulary_of(SCHEMA, problems.get("binary")(), moves=MOVES, experiments=0)
    for name in models.names():
        wishes = parse(f"never use {name}", vocabulary).wishes
        assert [(wish.kind, wish.names) for wish in wishes] == [("never", (name,))]


@pytest.mark.slow
def test_every_move_and_step_can_be_named_with_a_noun() -> None:
    vocabulary = vocabulary_of(SCHEMA, problems.get("binary")(), moves=MOVES, experiments=0)
    for subject in ("move", "step"):
        for name in vocabulary.names(subject):
            wishes = parse(f"try the {subject} {name}", vocabulary).wishes
            assert [(wish.subject, wish.names) for wish in wishes] == [(subject, (name,))], name
