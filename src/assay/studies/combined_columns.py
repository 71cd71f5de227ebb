"""Experiments that add one column of two to the best that was tried."""

from collections.abc import Iterator

from assay.core.feature_idea import FeatureSet
from assay.core.recipe import Step
from assay.core.study import StudyProposal
from assay.research.feature_sets import with_set
from assay.studies.study_context import StudyContext

MOST_PARENTS = 2


def with_combined(
    context: StudyContext, pair: tuple[str, ...], operation: str, *, question: str
) -> Iterator[StudyProposal]:
    """The pair's column on the best of two families."""
    step = Step.of("combine", pairs=(pair[:2],), operations=(operation,))
    added = FeatureSet(name="combine", what=f"{operation} of {' and '.join(pair[:2])}", steps=(step,))
    for one in context.best_of_families(MOST_PARENTS):
        if step not in one.recipe.steps:
            yield StudyProposal(
                recipe=with_set(one.recipe, added), what=f"{one.what} + {added.what}", question=question,
                cites=(one.number,), move="arithmetic", adds=added.steps,
            )  # fmt: skip
