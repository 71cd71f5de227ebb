"""Model reliance: what our better model loses out of fold when columns are permuted."""

from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import Floats, Index
from assay.core.p_value_corrections import holm
from assay.core.schema import Facts, Schema
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.data.encode import encode_frame
from assay.data.facts import facts_of
from assay.evidence.evaluation_rows import Rows
from assay.evidence.permutation_importance import permutation_importance
from assay.infer.analysis_data import AnalysisData
from assay.infer.design_matrix import DesignMatrix
from assay.infer.inference_result import ColumnImportance
from assay.infer.learners import MeanLearner, best_learner, fit, folds_of, learners
from assay.metrics import registry as metrics

FOLDS = 5
SHUFFLES = 10
TOGETHER = 0.7
"""Correlation from which columns stand in for each other, so that they are shuffled together."""
MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _ShuffleInput:
    """What is shuffled: rows, folds, and sets of columns."""

    table: Table
    target: Target
    facts: Facts
    folds: Index
    sets: tuple[tuple[str, ...], ...]


def model_reliance(
    data: AnalysisData, design: DesignMatrix, *, seeds: Seeds, tested: bool
) -> tuple[str, tuple[ColumnImportance, ...]]:
    """(the metric's name, a line for each column or set of columns alike), the largest loss first.

    The better of two models (learners.py) is fitted five times and predicts the held-out fold, ten times with a set
    permuted. p is one-sided over rows or groups, corrected by Holm. It is about what the model uses: a column that
    others replace loses little. At most 20,000 rows.
    """
    own = seeds.child("importance")
    if len(data.y) > MOST_ROWS:
        rows = np.sort(own.child("rows").rng().choice(len(data.y), MOST_ROWS, replace=False))
        data = data.take(rows)
        design = replace(design, x=design.x[rows], z=design.z[rows], rows=design.rows[rows])
    units = np.arange(len(data.y)) if data.groups is None else data.groups
    scene = _scene(data, design, folds_of(units, FOLDS, own.child("folds")))
    chosen, _ = best_learner(
        learners(scene.facts), scene.table, scene.target, scene.facts, folds=scene.folds, seeds=own
    )
    base, shuffled = _predictions(scene, chosen, own)
    metric = metrics.get("log_loss" if data.classes else "mse")()
    rows_ = Rows(y=data.y, problem=data.problem, weight=data.weight, groups=data.groups, seeds=own)
    found = [permutation_importance(metric, rows_, base, answers) for answers in shuffled]
    p = [_one_sided(one, int(units.max()) + 1) for one in found]
    lines = [
        ColumnImportance(columns=columns, loss=loss, low=low, high=high, p=value if tested else None,
                         holm=float(corrected) if tested else None)
        for columns, (loss, low, high), value, corrected in zip(scene.sets, found, p, holm(p), strict=True)
    ]  # fmt: skip
    return metric.title, tuple(sorted(lines, key=lambda line: -line.loss))


def _scene(data: AnalysisData, design: DesignMatrix, folds: Index) -> _ShuffleInput:
    schema = Schema(columns=tuple(c for c in data.columns if c.name in design.columns))
    table = encode_frame(schema, data.frame)
    target = Target(data.y, len(data.classes), data.weight)
    facts = facts_of(schema, table, target, problem=data.problem, metric="")
    return _ShuffleInput(table=table, target=target, facts=facts, folds=folds, sets=_alike(design))


def _alike(design: DesignMatrix) -> tuple[tuple[str, ...], ...]:
    """Columns in sets whose terms correlate by more than 0.7, chained."""
    names = design.columns
    z = design.z[:, 1:]
    close = np.abs(z.T @ z / len(z)) > TOGETHER
    place = {name: j for j, name in enumerate(names)}
    of_term = [place[term.column] for term in design.terms]
    group = np.arange(len(names))
    for a, b in zip(*np.nonzero(np.triu(close, 1)), strict=True):
        group[group == group[of_term[b]]] = group[of_term[a]]
    return tuple(
        tuple(name for name, number in zip(names, group, strict=True) if number == one)
        for one in dict.fromkeys(group.tolist())
    )


def _predictions(scene: _ShuffleInput, learner: MeanLearner, seeds: Seeds) -> tuple[Floats, list[list[Floats]]]:
    """(means of all rows out of fold, for each set the same with it shuffled among the rows of the fold, ten times)."""
    base: list[Floats] = []
    shuffled: list[list[list[Floats]]] = [[[] for _ in range(SHUFFLES)] for _ in scene.sets]
    order: list[Index] = []
    for number in np.unique(scene.folds):
        held = np.flatnonzero(scene.folds == number)
        asker = fit(learner, scene.table, scene.target, scene.facts, rows=np.flatnonzero(scene.folds != number),
                    seeds=seeds.child("fit", int(number)))  # fmt: skip
        part = scene.table.take(held)
        base.append(asker(part))
        for s, columns in enumerate(scene.sets):
            for turn in range(SHUFFLES):
                places = seeds.child("shuffle", *columns, turn, int(number)).rng().permutation(len(held))
                shuffled[s][turn].append(asker(part.moved(columns, places)))
        order.append(held)
    back = np.argsort(np.concatenate(order))
    return np.concatenate(base)[back], [[np.concatenate(turn)[back] for turn in turns] for turns in shuffled]


def _one_sided(found: tuple[float, float, float], n_units: int) -> float:
    """p that shuffling costs nothing, from the 95 % t interval."""
    from scipy.special import stdtr, stdtrit

    loss, low, _ = found
    se = (loss - low) / float(stdtrit(n_units - 1, 0.975))
    return float(stdtr(n_units - 1, -loss / se)) if se > 0 else float(loss <= 0)
