"""Sets of engineered columns: which suit a table, in what order, and where their steps go in a recipe."""

from dataclasses import replace

from assay.core.contract import Facts, Recipe, Step
from assay.core.errors import UsageError
from assay.core.feature_idea import FeatureSet, Idea, Reader
from assay.core.problem.binary import Binary
from assay.features import registry as steps_registry
from assay.features import traits_of
from assay.models import traits_of as model_traits
from assay.research.trial_order import in_order

ORDER = (
    "recurring", "strings", "past", "dates", "ways", "places", "arithmetic", "groups", "curves", "means", "pairs",
    "gaps", "clusters", "bent", "neighbours", "fewer",
)  # fmt: skip
"""Names of ideas, from cheap and generally useful to expensive; measured together in docs/log.md.

A list, since the order belongs to the sets as a whole. An idea need not be in it: others follow these, or are placed by
Idea.place.
"""

ANY_TABLE = Facts(
    problem=Binary(), n_rows=20_000, n_numeric=50, n_category=50, n_dates=9, n_text=9, n_classes=2, minority=9_000,
    most_levels=5_000, high_columns=20, missing_share=0.2, ordered=True, period=("day",), text_chars=500.0, n_names=9,
    n_counts=9,
)  # fmt: skip
"""A table with columns of every kind."""
LACKS = {
    "numbers": replace(ANY_TABLE, n_numeric=0, n_counts=0),
    "categories": replace(ANY_TABLE, n_category=0, most_levels=0, high_columns=0, n_names=0),
    "dates": replace(ANY_TABLE, n_dates=0),
    "texts": replace(ANY_TABLE, n_text=0, text_chars=0.0),
}


def ideas() -> tuple[Idea, ...]:
    """The ideas of all registered steps, in the order in which they are tried; UsageError if two have one name."""
    offered = [(idea, step) for step, cls in steps_registry for idea in cls.traits.ideas]
    by: dict[str, str] = {}
    for idea, step in offered:
        if by.setdefault(idea.name, step) != step:
            raise UsageError(f"The steps {by[idea.name]!r} and {step!r} offer ideas named {idea.name!r}. Rename one.")
    found = {idea.name: idea for idea, _ in offered}
    return in_order(found, ORDER, {name: idea.place for name, idea in found.items()})


def looked_for(*, early: bool = False) -> tuple[Step, ...]:
    """Steps whose use is tested on some rows of the table, without the target, for the fixed pool of sets."""
    wanted = [idea for idea in ideas() if not idea.only_moves and (idea.is_early or not early)]
    return tuple(step for idea in wanted for step in idea.looked_for)


def needed_columns(idea: Idea) -> tuple[str, ...]:
    """The kinds of columns without any of which an idea is for no table, by asking its condition."""
    return tuple(kind for kind, lacks in LACKS.items() if idea.when(ANY_TABLE) and not idea.when(lacks))


def reader_of(recipe: Recipe) -> Reader:
    """The kind of model of a recipe: distance-based if it has a scaling step, else trees."""
    return "distances" if any(traits_of(step.name).scales for step in recipe.steps) else "trees"


def with_set(recipe: Recipe, added: FeatureSet) -> Recipe:
    """The recipe with a set's steps: raw ones first, others after the steps that make numbers of dates and text; none
    before the columns that the recipe begins by leaving out."""
    after = [i for i, step in enumerate(recipe.steps) if traits_of(step.name).unpacks and not added.is_raw]
    at = max([1 + i for i in after], default=0)
    while at < len(recipe.steps) and traits_of(recipe.steps[at].name).only_drops:
        at += 1
    return replace(recipe, steps=(*recipe.steps[:at], *added.steps, *recipe.steps[at:]))


def is_read(before: Recipe, after: Recipe) -> bool:
    """Whether the family of a recipe reads what a change of its steps makes: to one that reads terms alone other
    columns say nothing."""
    if before.model.name != after.model.name or not model_traits(after.model.name).terms_alone:
        return True
    changed = set(before.steps) ^ set(after.steps)
    return not changed or any(traits_of(step.name).makes_terms for step in changed)


def has_set(recipe: Recipe, added: FeatureSet) -> bool:
    """Whether a recipe has the set's first step, with any settings."""
    return any(step.name == added.steps[0].name for step in recipe.steps)
