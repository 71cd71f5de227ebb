"""The vocabulary of a lab: what is registered, with the names that people use, and the columns of its table."""

from collections.abc import Mapping

from assay.core.problem import Problem
from assay.core.schema import Schema
from assay.features import registry as steps
from assay.features.combine_columns import OPERATIONS
from assay.metrics import registry as metrics
from assay.models import registry as models
from assay.steering.vocabulary import Nameable, Vocabulary

RATES = ("precision", "recall")
"""What people weigh against each other with a threshold; no metrics that are searched by."""


def registered_names(moves: Mapping[str, str], problem: Problem) -> tuple[Nameable, ...]:
    """Families, steps, metrics of that problem, and moves: what each does by its name."""
    measures = [name for name, cls in metrics if problem.form in cls().forms]
    return (
        *(
            Nameable(subject="family", name=name, called=cls.traits.called, by_hand=cls.traits.runs_code)
            for name, cls in models
        ),
        *(Nameable(subject="step", name=name) for name, _ in steps),
        *(Nameable(subject="metric", name=name) for name in (*measures, *(RATES if problem.is_class else ()))),
        *(Nameable(subject="move", name=name) for name in OPERATIONS if name not in moves),
        *(Nameable(subject="move", name=name, called=(what.removeprefix("adds "),)) for name, what in moves.items()),
    )


def vocabulary_of(schema: Schema, problem: Problem, *, moves: Mapping[str, str], experiments: int) -> Vocabulary:
    """What a person may name in a lab on that table. moves: what each does by its name; experiments: how many there
    are."""
    columns = [column for column in schema if column.kind != "target"]
    target = next((column.name for column in schema if column.kind == "target"), "")
    return Vocabulary(
        columns=tuple(column.name for column in columns), kinds=tuple(column.kind for column in columns),
        target=target, things=registered_names(moves, problem), experiments=experiments,
    )  # fmt: skip
