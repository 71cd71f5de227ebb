"""Monotone constraints: which recipes can guarantee them, and in which form libraries take them."""

from collections.abc import Sequence

import numpy as np

from assay.core.array import Index
from assay.core.contract import FoldView
from assay.core.errors import UsageError
from assay.core.recipe import Recipe
from assay.core.schema import Facts
from assay.core.table import Table
from assay.models import registry

STEPS = frozenset(
    {"dates", "impute", "scale", "one_hot", "target_mean", "counts", "pairs", "text_svd", "tfidf", "hashing"}
)
"""Steps that keep a numeric column on an increasing scale. Others derive columns from it (a difference, a spline),
which could break the constraint."""


def signs_of(table: Table, facts: Facts) -> Index:
    """(numeric + code columns,) 1 where the prediction may only rise with the column, -1 only fall, 0 either."""
    wanted = dict(facts.monotone)
    numeric = [wanted.get(name, 0) for name in table.numeric_names]
    return np.array([*numeric, *[0] * len(table.code_names)], dtype=np.int64)


def signs_wanted(view: FoldView) -> list[int] | None:
    """signs_of the training rows as a list for libraries; None without constraints, in which case no table is
    requested, as the training table is a copy that models of a shared design do not need."""
    return signs_of(view.table("train"), view.facts).tolist() if view.facts.monotone else None


def honours(recipe: Recipe, facts: Facts) -> bool:
    """Whether a recipe can guarantee the constraints in `facts`: its family is `monotone`, its steps keep order, and it
    does not read other models' predictions."""
    if not facts.monotone:
        return True
    family = registry.get(recipe.model.name) if recipe.model.name in registry else None
    return getattr(family, "monotone", False) and not recipe.on and all(step.name in STEPS for step in recipe.steps)


def refuse_unpromised(recipe: Recipe, facts: Facts) -> None:
    """UsageError for a recipe that could break the constraints."""
    if not honours(recipe, facts):
        columns = ", ".join(name for name, _ in facts.monotone)
        raise UsageError(
            f"The model {recipe.model.name!r} with its steps cannot promise to be monotone in {columns}. "
            f"Families that can: {', '.join(families())}."
        )


def families() -> Sequence[str]:
    """Names of the families that can guarantee them."""
    return [name for name, family in registry if getattr(family, "monotone", False)]
