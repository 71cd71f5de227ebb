"""A source tried on rows of a lab before it is added, so that a person hears at once what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.contract import Seeds, Table, Target
from assay.core.errors import CodeError
from assay.core.prediction import scored_rows
from assay.core.recipe import Step
from assay.features import registry as steps
from assay.features.row_text import informed
from assay.models.code_post import predictions_and_rows
from assay.models.matrix import columns as matrix_of
from assay.pipeline.stacking_inputs import beside
from assay.sandbox.rows import Rows
from assay.sandbox.sandbox import CallLimits
from assay.user_code.access import CodeAccess, may_run
from assay.user_code.calls import Functions
from assay.user_code.checked_fit import checked_model
from assay.user_code.given_rows import given_columns
from assay.user_code.runners import CodeRunner
from assay.user_code.source import CodeSource
from assay.views.open_lab import OpenLab
from assay.views.own_metric import as_needed

ROWS, OF_A_CLASS, FOLDS = 300, 6, 3
SECONDS = 10.0
"""Of one call, on so few rows."""
LIMITS = CallLimits(wall_seconds=SECONDS, cpu_seconds=SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a source did on some rows. columns: of a step, those that it made, by name, with some of their values."""

    rows: int
    columns: tuple[tuple[str, tuple[float, ...]], ...] = ()
    answers: tuple[float, ...] = ()


def try_source(lab: OpenLab, source: CodeSource, runner: CodeRunner, *, on: Sequence[int] = ()) -> Tried:
    """Fit and call a source on at most 300 rows of the lab, with the checks of every fold. CodeError says what is
    wrong.

    on: experiments whose predictions it corrects.
    """
    rows = _sample(lab.folder.target, Seeds(lab.task.seed).child("tried source"))
    kind = source.shape.kind
    if kind == "step":
        return _step(lab, source, runner, rows)
    if kind == "model":
        return _model(lab, source, runner, rows, on)
    return _metric(lab, source, runner)


def _sample(target: Target, seeds: Seeds) -> Index:
    """Rows at random, in their order; some of every class, as a function may need them all."""
    order = seeds.rng().permutation(len(target))
    of_classes = [order[target.values[order] == code][:OF_A_CLASS] for code in range(target.n_classes)]
    return np.unique(np.concatenate([order[:ROWS], *of_classes])).astype(np.int64)


def _step(lab: OpenLab, source: CodeSource, runner: CodeRunner, rows: Index) -> Tried:
    table, target = lab.folder.table.take(rows), lab.folder.target.take(rows)
    access = CodeAccess(runner=runner, known=(source,), limits=LIMITS)
    step = Step.of("code_step", code=source.digest, name=source.name)
    encoder = may_run(informed(steps.build(step), lab.task.schema), access)
    seeds = Seeds(lab.task.seed).child("tried source")
    learned = seeds.child("halves").rng().permutation(len(rows)) % 3 > 0
    seen, unseen = np.flatnonzero(learned), np.flatnonzero(~learned)
    inner = np.arange(len(seen), dtype=np.int64) % FOLDS
    fitted, made = encoder.fit_transform(table.take(seen), target.take(seen), inner=inner, seeds=seeds)  # type: ignore[attr-defined]  # it needs the target
    fitted.transform(table.take(unseen))
    fitted.transform(table.take(seen[:1]))
    known = frozenset(table.names)
    new = [name for name in made.numeric_names if name not in known]
    shown = made.numeric[:5, -len(new) :].T if new else np.empty((0, 0))
    return Tried(
        rows=len(rows), columns=tuple((name, tuple(cells.tolist())) for name, cells in zip(new, shown, strict=True))
    )


def _model(lab: OpenLab, source: CodeSource, runner: CodeRunner, rows: Index, on: Sequence[int]) -> Tried:
    functions = Functions(source=source, runner=runner, limits=LIMITS)
    target = lab.folder.target
    X: Rows | AnyArray
    if on:
        table, rows = _beside(lab, on, rows)
        given = given_columns(table, {column.name: column for column in lab.task.schema})
        X = predictions_and_rows(table, given, target.n_classes)
        kinds = {name: "number" if values.dtype.kind == "f" else "category" for name, values in X.items()}
    else:
        X = _plain(lab.folder.table.take(rows))
        kinds = {f"column{i}": "number" for i in range(X.shape[1])}
    own = target.take(rows)
    learned = checked_model(functions, X, own, kinds, Seeds(lab.task.seed).child("tried source"))
    made = functions.predict(learned, X, len(rows), own.n_classes)
    return Tried(rows=len(rows), answers=tuple(np.asarray(made[:5]).reshape(min(5, len(made)), -1)[:, -1].tolist()))


def _beside(lab: OpenLab, on: Sequence[int], rows: Index) -> tuple[Table, Index]:
    """Rows that have predictions, and their table with these."""
    stored: dict[int, AnyArray] = {}
    for number in on:
        found = lab.oof(number)
        if found is None:
            raise CodeError("code/shape", f"#{number} has no predictions that could be corrected.")
        stored[number] = np.asarray(found)
    known = rows[np.all([scored_rows(one)[rows] for one in stored.values()], axis=0)]
    table = lab.folder.table.take(known)
    return beside(table, {n: one[known] for n, one in stored.items()}, is_class=lab.folder.target.is_class), known


def _plain(table: Table) -> AnyArray:
    """Numbers without gaps, on one scale: near what the steps of a recipe would make."""
    X = matrix_of(table).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre, spread = np.nanmean(X, axis=0), np.nanstd(X, axis=0)
        scaled = (X - centre) / np.where(spread > 0, spread, 1.0)
    return np.asarray(np.nan_to_num(scaled, posinf=0.0, neginf=0.0))


def _metric(lab: OpenLab, source: CodeSource, runner: CodeRunner) -> Tried:
    numbers = [entry.experiment.number for entry in lab.state.standing()]
    functions = Functions(source=source, runner=runner, limits=LIMITS)
    target = lab.folder.target
    found = None if not numbers else lab.oof(lab.leader() or numbers[0])
    if found is None:
        return Tried(rows=0)
    at = np.flatnonzero(scored_rows(np.asarray(found)))
    weight = None if target.weight is None else target.weight[at]
    given = as_needed(np.asarray(found)[at], source, is_class=target.is_class)
    return Tried(rows=len(at), answers=(functions.score(target.values[at], given, weight),))
