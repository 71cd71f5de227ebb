"""Nested cross-validation of second levels: first-level predictions that depend on neither the fold nor the row.

Plain out-of-fold columns depend on the held-out fold's targets: those of the other rows come from first-level models
that trained on it. A linear second level reads that back; on 3,451 rows of churn its AUC rose by 7 standard errors out
of fold and by none on new rows. So for fold f the column of a row in fold g is predicted by a model trained on neither
f nor g.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.contract import Limits, Seeds, Table
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
    once, cached, and shared by the two folds it leaves out.
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
    out: AnyArray | None = None
    for other in range(folder.split.n_folds):
        if other == fold.number:
            continue
        rows = folder.split.held(other, partition)
        both, predicted = _pair(folder, base, *sorted((fold.number, other)), partition=partition)
        if out is None:
            out = np.full((len(folder.target), *predicted.shape[1:]), np.nan, dtype=np.float32)
        out[rows] = predicted[np.isin(both, rows)]
    assert out is not None  # a second level has at least two folds
    return _corrected(folder, base, out, fold)


def _corrected(folder: TaskFolder, base: StackingBase, out: AnyArray, fold: Fold) -> AnyArray:
    """Predictions corrected to the mean of the targets of the fold's training rows, where `corrects_mean` says so."""
    own = folder.target.take(fold.train)
    link = fit_link(base.experiment.recipe, own)
    if corrects_mean(link, folder.task):
        scores = link.encode(out[fold.train])
        out[fold.train] = corrected(link, scores, own).decode(scores)
    return out


def _pair(folder: TaskFolder, base: StackingBase, a: int, b: int, *, partition: int) -> tuple[Index, AnyArray]:
    """Rows of two folds in order, and predictions for them of a model without them; fitted by the first caller."""
    numbers = folder.split.numbers[:, partition]
    rows = np.flatnonzero((numbers == a) | (numbers == b))
    place = folder.cache / NESTED
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{base.experiment.number}-p{partition}-{a}-{b}.npy"
    if not path.exists():
        with locked(path.with_suffix(".lock")):
            if not path.exists():
                _fit(folder, base, rows, partition, path)
    return rows, np.asarray(load_array(path))


def _fit(folder: TaskFolder, base: StackingBase, rows: Index, partition: int, path: Path) -> None:
    """Fit without these rows, for the rounds that the experiment's own folds agreed on, and predict them."""
    experiment = base.experiment
    rest = np.setdiff1d(np.arange(len(folder.target)), rows)
    seeds = Seeds(experiment.seed).child("nested", learning(experiment.recipe).key, partition, path.stem)
    view = LabFoldView(folder, experiment.recipe, Fold(0, rest, rows), folder.task.loss, seeds, partition)
    fitted = fit_model(view, limits=Limits(), seeds=seeds, rounds=base.rounds)
    scores = fitted.predict(view.table("test"), rounds=fitted.rounds)
    predicted = restricted(stored(scores, view.link), folder, train=rest, rows=rows)
    save_array(path, np.asarray(predicted, dtype=np.float32))
