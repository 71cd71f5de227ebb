"""Sets of engineered columns: which suit a table, and where their steps go in a recipe."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from assay.core.contract import LabView
from assay.core.recipe import Recipe, Step
from assay.core.schema import Facts

Reader = Literal["trees", "distances"]
"""Kind of model that reads the columns: trees split numbers and codes as they are; distance-based models need one scale
and no codes."""

BLOCKS = frozenset({"dates", "text_svd", "tfidf", "hashing"})
"""Steps that turn a block of a table into numbers; steps on numbers and codes follow them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureSet:
    """A named set. steps: what it adds, in order; is_raw: applied before dates and text are taken apart.

    adds_columns: whether it adds columns, or only changes or drops existing ones.
    """

    name: str
    what: str
    steps: tuple[Step, ...]
    is_raw: bool = False
    adds_columns: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """A candidate set: the condition for it, and its steps by kind of model; () where it has none.

    when: condition on the facts; finds: steps of which one must be in LabView.applicable_steps.
    """

    name: str
    what: str
    when: Callable[[Facts], bool] = lambda facts: True
    finds: tuple[str, ...] = ()
    trees: tuple[Step, ...] = ()
    distances: tuple[Step, ...] = ()
    is_raw: bool = False
    adds_columns: bool = True

    def of(self, view: LabView, reader: Reader) -> FeatureSet | None:
        """The set for this table and kind of model, with its applicable steps; None where there are none."""
        chosen = self.trees if reader == "trees" else self.distances
        steps = tuple(step for step in chosen if step.name not in self.finds or step.name in view.applicable_steps)
        is_found = not self.finds or any(step.name in view.applicable_steps for step in steps)
        if not steps or not is_found or not self.when(view.facts):
            return None
        return FeatureSet(
            name=self.name, what=self.what, steps=steps, is_raw=self.is_raw, adds_columns=self.adds_columns
        )


def _holds(*, numbers: int = 0, categories: int = 0) -> Callable[[Facts], bool]:
    return lambda facts: facts.n_numeric >= numbers and facts.n_category >= categories


MANY = 12
"""Columns from which selecting fewer is proposed."""
_AS_COLUMNS = (
    Step.of("target_mean", above=50, m=10.0, keep=False), Step.of("one_hot", max_levels=50, min_rows=5),
)  # fmt: skip
"""Encodes codes for models that read none, in recipes without a step for them."""
_GROUPS = (Step.of("group_statistics"),)

_DISTANCES = Step.of("coordinates", angles=(), centres=8, grid=1)
"""Without rotated axes, which are linear combinations, and without cells, which become one column each."""

IDEAS = (
    Idea(
        name="strings", what="parts of codes and names", finds=("string_parts",), is_raw=True,
        trees=(Step.of("string_parts"),), distances=(Step.of("string_parts"), *_AS_COLUMNS),
    ),
    Idea(
        name="past", what="the past of their unit", when=lambda facts: facts.ordered and facts.n_category > 0,
        trees=(Step.of("lags"),), distances=(Step.of("lags"),),
    ),
    Idea(
        name="dates", what="cycles of the calendar, days between dates", finds=("calendar", "date_differences"),
        trees=(Step.of("date_differences"), Step.of("calendar")), is_raw=True,
        distances=(Step.of("date_differences"), Step.of("calendar")),
    ),
    Idea(
        name="ways", what="the way between two places", finds=("ways",), trees=(Step.of("ways"),),
        distances=(Step.of("ways"),),
    ),
    Idea(
        name="places", what="places", finds=("coordinates",), trees=(Step.of("coordinates"),),
        distances=(_DISTANCES,),
    ),
    Idea(
        name="arithmetic", what="differences, ratios, products", when=_holds(numbers=2),
        trees=(Step.of("arithmetic", top=8),), distances=(Step.of("arithmetic", top=16, screen="pairs"),),
    ),
    Idea(
        name="groups", what="numbers within their group", when=_holds(numbers=1, categories=1), trees=_GROUPS,
        distances=_GROUPS,
    ),
    Idea(name="curves", what="curves", when=_holds(numbers=1), distances=(Step.of("splines", knots=5),)),
    Idea(
        name="means", what="counts and target means", when=_holds(categories=1),
        trees=(Step.of("counts", above=2), Step.of("target_mean", above=2, m=10.0, keep=True)),
    ),
    Idea(
        name="pairs", what="pairs of categories", when=_holds(categories=2), trees=(Step.of("pairs", top=5),),
        distances=(Step.of("pairs", top=5),),
    ),
    Idea(
        name="gaps", what="patterns of missing cells, statistics of rows", finds=("missingness", "row_statistics"),
        when=lambda facts: facts.missing_share > 0,
        trees=(Step.of("missingness"), Step.of("row_statistics")),
        distances=(Step.of("missingness"), Step.of("row_statistics"), *_AS_COLUMNS),
    ),
    Idea(
        name="clusters", what="distances to clusters", when=_holds(numbers=3), finds=("clusters",),
        trees=(Step.of("clusters", k=8),), distances=(Step.of("clusters", k=8),),
    ),
    Idea(
        name="bent", what="gross errors cut, skewed numbers bent", finds=("outliers", "unskew"), adds_columns=False,
        distances=(Step.of("outliers", reach=6.0, action="missing"), Step.of("unskew")),
    ),
    Idea(
        name="neighbours", what="targets of neighbours", when=_holds(numbers=2), trees=(Step.of("neighbour_means"),),
        distances=(Step.of("neighbour_means"),),
    ),
    Idea(
        name="fewer", what="only columns of use", when=lambda facts: facts.n_features >= MANY, adds_columns=False,
        trees=(Step.of("select_trees"),), distances=(Step.of("select_linear"),),
    ),
)  # fmt: skip
"""From cheap and generally useful to expensive; measured in docs/log.md."""

EARLY = ("strings", "ways", "places", "past")
"""Sets that no portfolio entry covers, so that they are proposed before the portfolio ends."""

LOOKED_FOR = tuple(step for idea in IDEAS for step in (idea.trees or idea.distances) if step.name in idea.finds)
"""Steps whose use is tested on some rows of the table, without the target."""


LOOKED_FOR_EARLY = tuple(step for idea in IDEAS if idea.name in EARLY for step in LOOKED_FOR if step.name in idea.finds)


def reader_of(recipe: Recipe) -> Reader:
    """The kind of model of a recipe: distance-based if it has a scaling step, else trees."""
    return "distances" if any(step.name == "scale" for step in recipe.steps) else "trees"


def sets(view: LabView, reader: Reader) -> Iterator[FeatureSet]:
    """The sets for a table, from cheap to dear."""
    for idea in IDEAS:
        found = idea.of(view, reader)
        if found is not None:
            yield found


def with_set(recipe: Recipe, added: FeatureSet) -> Recipe:
    """The recipe with a set's steps: raw ones first, others after the steps that make numbers of dates and text."""
    at = 0
    if not added.is_raw:
        at = 1 + max((i for i, step in enumerate(recipe.steps) if step.name in BLOCKS), default=-1)
    return replace(recipe, steps=(*recipe.steps[:at], *added.steps, *recipe.steps[at:]))


def has_set(recipe: Recipe, added: FeatureSet) -> bool:
    """Whether a recipe has the set's first step, with any settings."""
    return any(step.name == added.steps[0].name for step in recipe.steps)
