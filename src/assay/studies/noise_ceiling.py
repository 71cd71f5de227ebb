"""The noise ceiling: rows with equal features and different targets bound what any model can reach."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import Floats, Index
from assay.core.study import Findings, Leaning, StudyFact
from assay.studies import register
from assay.studies.study_context import StudyContext
from assay.studies.study_contract import StudyTraits

FEWEST_KINDS, FEWEST_ROWS, LEAST_SHARE = 20, 200, 0.2
"""Kinds of equal rows, rows in them, and their share of all rows, below which they say nothing of the table."""
REACHED = 0.05
"""Of the noise, that the best may be above it and still be called there."""
MOST_CELLS = 50_000_000


@register("ceiling")
@dataclass(frozen=True)
class NoiseCeiling:
    """The lack of fit beside the pure error of repeat rows (as in the classical lack-of-fit test): what the best
    prediction loses above what equal rows differ by. In squared error, of classes the Brier score, which alone splits
    exactly into noise and error; kinds of equal rows are the units."""

    traits: ClassVar[StudyTraits] = StudyTraits(
        question="Is there anything left to gain?", place=16, rows=FEWEST_ROWS,
        asked_as=("ceiling", "limit", "noise ceiling", "left", "possible", "reach", "best possible", "gain"),
    )  # fmt: skip

    def why_not(self, context: StudyContext) -> str:
        cells = len(context.y) * max(len(context.columns), 1)
        return "" if cells <= MOST_CELLS else f"looks for equal rows in {MOST_CELLS:,} cells at most"

    def seconds(self, context: StudyContext) -> float:
        return 0.5 + 1e-7 * len(context.y) * len(context.columns)

    def run(self, context: StudyContext) -> Findings:
        if context.best is None or not context.has_errors:
            return Findings()
        rows = np.flatnonzero(context.scored)
        kind = _kinds(context)[rows]
        sizes = np.bincount(kind)
        repeats = sizes[kind] > 1
        n_kinds = int((sizes > 1).sum())
        if n_kinds < FEWEST_KINDS or repeats.sum() < max(FEWEST_ROWS, LEAST_SHARE * len(rows)):
            return Findings()
        errors, spread = _errors(context, rows[repeats], kind[repeats])
        return _findings(context, errors, spread, np.unique(kind[repeats], return_inverse=True)[1])


def _kinds(context: StudyContext) -> Index:
    """(n,) code of each row's features, equal for equal ones."""
    table = context.folder.table
    texts = [np.unique(table.text[:, j], return_inverse=True)[1] for j in range(table.text.shape[1])]
    cells = np.column_stack([table.numeric, table.codes, table.dates, *texts]).astype(np.float64) + 0.0
    cells[np.isnan(cells)] = np.inf  # equal gaps are equal bits
    whole = np.ascontiguousarray(cells).view(np.dtype((np.void, cells.dtype.itemsize * cells.shape[1]))).ravel()
    return np.asarray(np.unique(whole, return_inverse=True)[1])


def _errors(context: StudyContext, rows: Index, kind: Index) -> tuple[Floats, Floats]:
    """By row: squared error of the best prediction, and the unbiased variance of the targets of its kind."""
    best = context.best
    assert best is not None
    y = np.asarray(context.y)[rows]
    predicted = np.asarray(best[rows], dtype=np.float64)
    if predicted.ndim == 1:
        truth, predicted = np.asarray(y, dtype=np.float64)[:, None], predicted[:, None]
    else:
        truth = np.eye(predicted.shape[1])[y.astype(np.int64)]
    sizes = np.bincount(kind)
    spread = np.zeros(len(rows))
    for j in range(truth.shape[1]):
        means = np.bincount(kind, weights=truth[:, j]) / np.maximum(sizes, 1)
        squares = np.bincount(kind, weights=(truth[:, j] - means[kind]) ** 2)
        spread += (squares / np.maximum(sizes - 1, 1))[kind]
    return ((truth - predicted) ** 2).sum(axis=1), spread


def _findings(context: StudyContext, errors: Floats, spread: Floats, kind: Index) -> Findings:
    n, noise = len(errors), float(spread.mean())
    if noise <= 0:
        return Findings()
    lack = float((errors - spread).mean())
    sigma = _by_kind(errors - spread, kind)
    sigma_noise = _by_kind(spread, kind)
    is_reached = lack + 1.96 * sigma < REACHED * noise
    name, way = ("RMSE", math.sqrt) if not context.folder.task.problem.is_class else ("Brier score", float)
    low, high = (way(max(noise + side * 1.96 * sigma_noise, 0.0)) for side in (-1, 1))
    bound = f"no model can reach a {name} under {way(noise):.3g} (95 % {low:.3g} to {high:.3g})"
    reached = way(max(errors.mean(), 0.0))
    where = "the ceiling is reached" if is_reached else f"{100 * lack / noise:.0f} % above the noise"
    said = (
        f"{n:,} rows have the features of other rows: by how their targets differ {bound}, and the best has "
        f"{reached:.3g} there: {where}"
    )
    fact = StudyFact(
        code="ceiling", says=said, value=way(noise), low=low, high=high, sigma=(high - low) / 3.92, unit=name,
        experiments=context.members, is_measure=not is_reached,
    )  # fmt: skip
    down = tuple(
        Leaning(move=move, factor=0.3, why="the noise ceiling is reached") for move in ("near_settings", "stack")
    )
    return Findings(facts=(fact,), leanings=down if is_reached else ())


def _by_kind(values: Floats, kind: Index) -> float:
    """σ of a mean over rows whose kinds are the units."""
    centred = np.bincount(kind, weights=values - values.mean())
    n_kinds = len(centred)
    return math.sqrt(n_kinds / max(n_kinds - 1, 1) * float((centred**2).sum())) / len(values)
