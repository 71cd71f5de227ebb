"""Sets of engineered columns by what a table holds: which steps are worth trying, and where in a recipe they go."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from assay.core.recipe import Recipe, Step
from assay.core.schema import Facts

Reader = Literal["trees", "distances"]
"""Who reads the columns: trees split numbers and codes as they are; the others need one scale, and no codes."""

BLOCKS = frozenset({"dates", "text_svd", "tfidf", "hashing"})
"""Steps that turn a block of a table into numbers: what is made of numbers and codes comes after them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSet:
    """A named set. steps: what it adds, in order; is_raw: before dates and text are taken apart, so that it sees both."""

    name: str
    what: str
    steps: tuple[Step, ...]
    is_raw: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """When a set is worth trying, and its form for who reads the columns; None where it has none."""

    name: str
    what: str
    when: Callable[[Facts], bool]
    trees: tuple[Step, ...] | None = None
    distances: tuple[Step, ...] | None = None
    is_raw: bool = False

    def of(self, facts: Facts, reader: Reader) -> FeatureSet | None:
        steps = self.trees if reader == "trees" else self.distances
        if steps is None or not self.when(facts):
            return None
        return FeatureSet(name=self.name, what=self.what, steps=steps, is_raw=self.is_raw)


def _numbers(least: int) -> Callable[[Facts], bool]:
    return lambda facts: facts.n_numeric >= least


def _levels(least: int) -> Callable[[Facts], bool]:
    return lambda facts: facts.n_category >= least


_ARITHMETIC = (Step.of("arithmetic", top=8),)
_COUNTS = (Step.of("counts", above=2), Step.of("target_mean", above=2, m=10.0, keep=True))

IDEAS = (
    Idea(name="arithmetic", what="differences, ratios, products", when=_numbers(2), trees=_ARITHMETIC,
         distances=(Step.of("arithmetic", top=5),)),
    Idea(name="curves", what="curves", when=_numbers(1), distances=(Step.of("splines", knots=5),)),
    Idea(name="means", what="counts and target means", when=_levels(1), trees=_COUNTS),
    Idea(name="pairs", what="pairs of categories", when=_levels(2), trees=(Step.of("pairs", top=5),),
         distances=(Step.of("pairs", top=5),)),
)  # fmt: skip
"""From cheap to dear."""


def reader_of(recipe: Recipe) -> Reader:
    """Who reads the columns of a recipe: what puts them on one scale is no tree."""
    return "distances" if any(step.name == "scale" for step in recipe.steps) else "trees"


def sets(facts: Facts, reader: Reader) -> Iterator[FeatureSet]:
    """The sets for a table with these facts, from cheap to dear."""
    for idea in IDEAS:
        found = idea.of(facts, reader)
        if found is not None:
            yield found


def with_set(recipe: Recipe, added: FeatureSet) -> Recipe:
    """The recipe with a set's steps: raw ones first, others after the steps that make numbers of dates and text."""
    at = 0
    if not added.is_raw:
        at = 1 + max((i for i, step in enumerate(recipe.steps) if step.name in BLOCKS), default=-1)
    return replace(recipe, steps=(*recipe.steps[:at], *added.steps, *recipe.steps[at:]))


def has_set(recipe: Recipe, added: FeatureSet) -> bool:
    """Whether a recipe has steps of the set already, with whatever settings."""
    names = {step.name for step in recipe.steps}
    return any(step.name in names for step in added.steps)
