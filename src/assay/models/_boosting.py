"""Shared parts of the boosting families: what they cost, their steps, the input matrix and the objective."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assay.core.array import Bools, Floats, Singles
from assay.core.contract import Cost, Facts, FoldView, Step, Table
from assay.core.errors import UsageError
from assay.models.early_stopping import NEED, expected_rounds, patience_of

MAX_ROUNDS = 2000
LEAST_ROWS, MOST_CLASSES = 10, 200
NATIVE_LEVELS = 50
"""Code columns with more levels are read as numbers (codes are ordered by falling frequency)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Cost of a library on one thread. setup: seconds per cell before the first round; per_round: seconds of a round
    apart from its rows; per_cell: seconds per cell, round and tree; cell_bytes: memory per cell (beside 50 MB of
    libraries). classes: a round of k > 2 classes costs k ** classes times one of two."""

    setup: float
    per_round: float
    per_cell: float
    cell_bytes: int
    classes: float = 1.0


def cost(facts: Facts, pace: Pace, *, rate: float, max_rounds: int, need: float = NEED) -> Cost:
    """Expected cost of one fit. need: rate x rounds that several classes take (fewer are expected as above)."""
    cells = facts.n_rows * max(facts.n_features, 1)
    is_many = facts.problem.form == "probabilities"
    trees = facts.n_classes**pace.classes if is_many else 1.0
    rounds = (math.ceil(need / rate) if is_many else expected_rounds(rate, max_rounds)) + patience_of(rate)
    return Cost(
        setup_seconds=0.02 + pace.setup * cells, round_seconds=(pace.per_round + pace.per_cell * cells) * trees,
        rounds=min(max_rounds, rounds), bytes=pace.cell_bytes * cells + 50_000_000,
    )  # fmt: skip


def is_served(facts: Facts) -> bool:
    """Whether boosted trees are worth trying: not below ten rows, where a fold leaves too few for the libraries to
    sample from, nor above 200 classes, each of which is a tree per round."""
    return facts.n_rows >= LEAST_ROWS and facts.n_classes <= MOST_CLASSES


def is_wide(facts: Facts) -> bool:
    """More than 500 columns, or more columns than rows: each tree should see a fifth of them."""
    return facts.n_features > 500 or facts.n_features > facts.n_rows


def base_steps(facts: Facts) -> tuple[Step, ...]:
    """Steps that turn every block of a table into input that trees can read."""
    steps = []
    if facts.n_dates:
        steps.append(Step.of("dates"))
    if facts.n_text:
        steps.append(Step.of("text_svd"))
    return tuple(steps)


def tree_steps(facts: Facts) -> tuple[Step, ...]:
    """base_steps, with counts and target means added for columns that have too many levels for set splits."""
    if not facts.high_columns:
        return base_steps(facts)
    return (
        *base_steps(facts),
        Step.of("counts", above=NATIVE_LEVELS),
        Step.of("target_mean", above=NATIVE_LEVELS, m=10.0, keep=True),
    )


def is_category(table: Table) -> Bools:
    """(code columns,) whether a column has few enough levels to be split by sets of levels."""
    return np.array([levels <= NATIVE_LEVELS for levels in table.levels], dtype=np.bool_)


def refuse_unread(table: Table) -> None:
    """UsageError if the table has columns that trees cannot read, or no columns."""
    if table.date_names:
        raise UsageError(f"Column {table.date_names[0]!r} is still a date. Put the step 'dates' before the model.")
    if table.text_names:
        raise UsageError(f"Column {table.text_names[0]!r} is still text. Put the step 'text_svd' before the model.")
    if not table.numeric_names and not table.code_names:
        raise UsageError("There is no column to learn from. Use the model 'constant'.")


def matrix(table: Table) -> Singles:
    """(n, numeric + code columns) float32, numeric first; the same for training and prediction.

    A category is its code + 1, so that *missing* (0) and *never seen* (levels + 1) are levels like any other and no
    library meets a negative code. A column of many levels keeps its code as a number, NaN where missing.
    """
    refuse_unread(table)
    if not table.code_names:
        return np.ascontiguousarray(table.numeric)
    values = table.codes.astype(np.float32) + 1
    wide = ~is_category(table)
    if wide.any():
        numbers = values[:, wide]
        values[:, wide] = np.where(numbers == 0, np.nan, numbers)
    return np.concatenate([table.numeric, values], axis=1)


def category_positions(table: Table) -> tuple[int, ...]:
    """Positions of the category columns in matrix(table)."""
    return tuple(int(j) + table.numeric.shape[1] for j in np.flatnonzero(is_category(table)))


def never_zero(raw: Floats, n_rows: int) -> Floats:
    """(n, n_classes) probabilities of which every class keeps about 1 / (10 n_rows), also one without training rows.

    raw: (n, n_classes) probabilities, or (n,) of class 1 of two.
    """
    if raw.ndim == 1:
        raw = np.stack([1.0 - raw, raw], axis=1)
    raised = raw + 1.0 / (10 * n_rows)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


Objective = Literal["binary", "multiclass", "squared", "absolute", "quantile"]


def objective_of(view: FoldView) -> Objective:
    """The objective for the view's problem and loss; UsageError where the two do not fit.

    Boosters replace leaf values by medians after a tree is grown, which would break a monotone constraint: squared
    error then takes the place of absolute error. Quantiles have no such replacement.
    """
    if view.problem.is_class:
        if view.loss != "log_loss":
            raise UsageError(f"Classes are learned by log loss, not by {view.loss!r}.")
        return "binary" if view.problem.form == "probability" else "multiclass"
    if view.loss == "log_loss":
        raise UsageError("Numbers cannot be learned by log loss. Use squared, absolute or quantile.")
    if view.facts.monotone and view.loss == "quantile":
        raise UsageError("Boosted quantiles cannot be monotone. Use the model 'linear'.")
    return "squared" if view.facts.monotone and view.loss == "absolute" else view.loss
