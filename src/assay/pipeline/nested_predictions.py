"""Nested cross-validation of second levels: first-level predictions that depend on neither the fold nor the row.

Plain out-of-fold columns depend on the held-out fold's targets: those of the other rows come from first-level models
that trained on it. A linear second level reads that back; on 3,451 rows of churn its AUC rose by 7 standard errors out
of fold and by none on new rows. So for fold f the column of a row in fold g is predicted by a model trained on neither
f nor g. A third level asks the same of the second one, whose own columns are then of first-level models that trained on
neither f, nor g, nor the fold h of the row that the second level learns from.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.contract import Limits, Seeds, Table
from assay.core.errors import UsageError
from assay.core.split import Fold
from assay.pipeline.fitted_recipe import stored
from assay.pipeline.fold_view import LabFoldView
from assay.pipeline.left_out_columns import learning
from assay.pipeline.recipe_fit import fit_model
from assay.pipeline.shared_design import locked
from assay.pipeline.stacking_inputs import StackingBase, beside, stored_base
from assay.pipeline.store import TaskFolder
from assay.pipeline.table_files import load_array, save_array
from assay.pipeline.target_link import corrected, corrects_mean, fit_link
from assay.pipeline.trained_candidates import restricted

NESTED = "nested"
"""The folder of the cache with these predictions."""


def nested_rows(folder: TaskFolder, on: Sequence[int], fold: Fold, partition: int) -> Table:
    """The raw training rows of a fold beside first-level predictions that depend on neither the fold nor the row's own.

    Costs, over all folds, K (K - 1) / 2 fits of each experiment in `on` with (K - 2) / K of the rows; each is made
    once, cached, and shared by the two folds it leaves out. Where one of them is a second level itself, as many fits of
    it and, of what it reads, K (K - 1) (K - 2) / 6 with (K - 3) / K of the rows beside.
    """
    columns = {
        number: predictions_without_fold(folder, stored_base(folder, number), fold, partition)[fold.train]
        for number in on
    }
    return beside(folder.table.take(fold.train), columns, is_class=folder.target.is_class)


def predictions_without_fold(folder: TaskFolder, base: StackingBase, fold: Fold, partition: int) -> AnyArray:
    """(n_rows, …) predictions of every other fold's rows by models trained on neither it nor this one; NaN elsewhere.

    For transformed targets the mean is corrected by the targets of these other rows.
    """
    out = _others(folder, base, (fold.number,), partition)
    return _corrected(folder, base, out, fold)


def _others(folder: TaskFolder, base: StackingBase, without: tuple[int, ...], partition: int) -> AnyArray:
    """(n_rows, …) predictions of the rows of every other fold by models trained on neither it nor these folds; NaN
    elsewhere.
    """
    out: AnyArray | None = None
    for other in sorted({*range(folder.split.n_folds)} - {*without}):
        rows = folder.split.held(other, partition)
        left, predicted = _left_out(folder, base, tuple(sorted((*without, other))), partition)
        if out is None:
            out = np.full((len(folder.target), *predicted.shape[1:]), np.nan, dtype=np.float32)
        out[rows] = predicted[np.isin(left, rows)]
    assert out is not None  # a second level has at least two folds
    return out


def _corrected(folder: TaskFolder, base: StackingBase, out: AnyArray, fold: Fold) -> AnyArray:
    """Predictions corrected to the mean of the targets of the fold's training rows, where `corrects_mean` says so."""
    own = folder.target.take(fold.train)
    link = fit_link(base.experiment.recipe, own)
    if corrects_mean(link, folder.task):
        scores = link.encode(out[fold.train])
        out[fold.train] = corrected(link, scores, own).decode(scores)
    return out


def _left_out(
    folder: TaskFolder, base: StackingBase, without: tuple[int, ...], partition: int
) -> tuple[Index, AnyArray]:
    """Rows of these folds in order, and predictions for them of a model without them; fitted by the first caller."""
    rows = np.flatnonzero(np.isin(folder.split.numbers[:, partition], without))
    place = folder.cache / NESTED
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{base.experiment.number}-p{partition}-{'-'.join(map(str, without))}.npy"
    if not path.exists():
        with locked(path.with_suffix(".lock")):
            if not path.exists():
                _fit(folder, base, rows, without, partition, path)
    return rows, np.asarray(load_array(path))


def _fit(
    folder: TaskFolder, base: StackingBase, rows: Index, without: tuple[int, ...], partition: int, path: Path
) -> None:
    """Fit without these rows, for the rounds that the experiment's own folds agreed on, and predict them."""
    experiment = base.experiment
    rest = np.setdiff1d(np.arange(len(folder.target)), rows)
    if not len(rest):
        raise UsageError(
            f"The second level #{experiment.number} cannot be read by a third on {folder.split.n_folds} folds: without "
            "three of them no row is left to learn from. Use four folds or more.",
        )
    seeds = Seeds(experiment.seed).child("nested", learning(experiment.recipe).key, partition, path.stem)
    view = LabFoldView(folder, experiment.recipe, Fold(0, rest, rows), folder.task.loss, seeds, partition)
    if experiment.recipe.on:
        view.nested, view.nested_test = _inputs(folder, experiment.recipe.on, view.fold, without, partition)
    fitted = fit_model(view, limits=Limits(), seeds=seeds, rounds=base.rounds)
    scores = fitted.predict(view.table("test"), rounds=fitted.rounds)
    predicted = restricted(stored(scores, view.link), folder, train=rest, rows=rows)
    save_array(path, np.asarray(predicted, dtype=np.float32))


def _inputs(
    folder: TaskFolder, on: Sequence[int], fold: Fold, without: tuple[int, ...], partition: int
) -> tuple[Table, Table]:
    """What a second level reads that a third one reads: the training and tested rows of a fit without these folds,
    beside first-level predictions that depend on none of them. Those of a training row are of models without its own
    fold either, those of the tested rows of models without these folds, as new rows would have them.
    """
    taught, tested = dict[int, AnyArray](), dict[int, AnyArray]()
    for number in on:
        base = stored_base(folder, number)
        taught[number] = _others(folder, base, without, partition)[fold.train]
        tested[number] = _left_out(folder, base, without, partition)[1]
    is_class = folder.target.is_class
    return (
        beside(folder.table.take(fold.train), taught, is_class=is_class),
        beside(folder.table.take(fold.test), tested, is_class=is_class),
    )
