"""Experiments that add columns to the best that was tried: one of two columns, or some that are written as formulas."""

from collections.abc import Iterator, Sequence

from assay.core.errors import UsageError
from assay.core.feature_idea import FeatureSet
from assay.core.recipe import Step
from assay.core.study import StudyProposal
from assay.features.expression import expression_step
from assay.research.feature_sets import with_set
from assay.studies.study_context import StudyContext

MOST_PARENTS = 2


def with_added(context: StudyContext, added: FeatureSet, *, question: str, move: str) -> Iterator[StudyProposal]:
    """The columns on the best of two families that have none of them. move: under which they are learned from."""
    for parent in context.best_of_families(MOST_PARENTS):
        if not set(added.steps) & set(parent.recipe.steps):
            yield StudyProposal(
                recipe=with_set(parent.recipe, added), what=f"{parent.what} + {added.what}", question=question,
                cites=(parent.number,), move=move, adds=added.steps,
            )  # fmt: skip


def with_combined(
    context: StudyContext, pair: tuple[str, ...], operation: str, *, question: str
) -> Iterator[StudyProposal]:
    """The pair's column on the best of two families."""
    step = Step.of("combine", pairs=(pair[:2],), operations=(operation,))
    added = FeatureSet(name="combine", what=f"{operation} of {' and '.join(pair[:2])}", steps=(step,))
    return with_added(context, added, question=question, move="arithmetic")


def written_set(context: StudyContext, formulas: Sequence[str], *, name: str, what: str) -> FeatureSet | None:
    """A column for each formula; None where there is none, or one names a level that a formula cannot name.

    name: of the columns, with their number behind it.
    """
    schema = context.folder.task.schema
    try:
        steps = tuple(expression_step(one, schema, name=f"{name} {i}") for i, one in enumerate(formulas, start=1))
    except UsageError:
        return None
    return FeatureSet(name=name, what=what, steps=steps) if steps else None
