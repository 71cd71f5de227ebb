"""Recipes that leave columns out: they learn as the same recipe does on a table that never had these.

So a column that a person bars changes nothing but what it said: the seeds of all that learns count without the steps
that only drop columns, and of the facts those that a model acts on are those of the columns left.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

import numpy as np

from assay.core.contract import Facts, Recipe, Seeds, Step, Table
from assay.core.count_columns import count_columns
from assay.core.name_pieces import name_columns
from assay.core.places import places_of
from assay.core.schema import HIGH_LEVELS
from assay.features import registry, traits_of


def learning(recipe: Recipe) -> Recipe:
    """The recipe without the steps that only leave columns out."""
    steps = tuple(step for step in recipe.steps if not traits_of(step.name).only_drops)
    return recipe if len(steps) == len(recipe.steps) else replace(recipe, steps=steps)


def numbered(steps: Sequence[Step]) -> Iterator[tuple[int, Step]]:
    """Each step with the number of steps before it that do more than leave columns out, which its seeds count by."""
    place = 0
    for step in steps:
        yield place, step
        place += not traits_of(step.name).only_drops


def facts_left(facts: Facts, recipe: Recipe, table: Table) -> Facts:
    """The facts that hold where a recipe begins by leaving columns out of this table: counts of the columns that stay,
    and constraints on them; the share of missing cells is still that of all."""
    dropping = tuple(takewhile(lambda step: traits_of(step.name).only_drops, recipe.steps))
    if not dropping:
        return facts
    left = table.take(np.arange(0))
    for step in dropping:
        left = registry.build(step).fit(left, None, seeds=Seeds(0)).transform(left)
    gone = set(table.names) - set(left.names)
    return replace(
        facts, n_numeric=len(left.numeric_names), n_category=len(left.code_names), n_dates=len(left.date_names),
        n_text=len(left.text_names), most_levels=max(left.levels, default=0),
        text_chars=facts.text_chars * len(left.text_names) / max(facts.n_text, 1),
        n_names=sum(name in left.names for name in name_columns(table)) if facts.n_names else 0,
        n_counts=_counts_left(facts, table, left.numeric_names),
        high_columns=sum(levels > HIGH_LEVELS for levels in left.levels),
        monotone=tuple((name, sign) for name, sign in facts.monotone if name not in gone),
        period=tuple(name for name in facts.period if name not in gone),
    )  # fmt: skip


def _counts_left(facts: Facts, table: Table, names: tuple[str, ...]) -> int:
    """Columns of counts among these, if they are still many enough to be read as terms."""
    if not facts.n_counts:
        return 0
    places = places_of(names, table.numeric_names)
    return len(count_columns(table.numeric[:, places], names))
