"""Fits with permuted engineered columns: the null distribution of what such columns gain."""

from collections.abc import Mapping

import numpy as np

from assay.core.array import Index
from assay.core.contract import FoldView, Seeds, Table
from assay.core.job import Job
from assay.core.result import Failure, Guarded
from assay.core.step_runs import without_set
from assay.pipeline.fit_jobs import Meter, fold_name, limits_of, seeds_of
from assay.pipeline.fitted_recipe import stored
from assay.pipeline.fold_view import LabFoldView
from assay.pipeline.replaced_view import ReplacedView
from assay.pipeline.step_surroundings import built_model
from assay.pipeline.store import TaskFolder
from assay.pipeline.table_files import save_array
from assay.pipeline.trained_candidates import restricted


def row_order(folds: Index, seeds: Seeds, units: Index | None = None) -> Index:
    """(n,) for each row the row its cells are taken from, always of its own fold, so that training rows get no cells of
    tested ones and a copy is the same in all folds.

    folds: (n,) fold number of each row; rows that are never tested are a fold of their own. Without units a permutation
    of the rows. units: (n,) codes of rows that belong together; whole units are permuted then, and a row takes the
    cells at its position in the other unit, cyclically. Columns that are constant within units stay so: permuted by row
    they would carry far less information on a unit by chance, and a useless set would beat all copies nearly every
    second time instead of once in twenty.
    """
    rng = seeds.rng()
    order = np.empty(len(folds), dtype=np.int64)
    if units is None:
        shuffled = rng.permutation(len(folds))
        order[np.argsort(folds, kind="stable")] = shuffled[np.argsort(folds[shuffled], kind="stable")]
        return order
    for fold in np.unique(folds):
        rows = np.flatnonzero(folds == fold)
        order[rows] = rows[_in_other_units(units[rows], rng)]
    return order


def _in_other_units(units: Index, rng: np.random.Generator) -> Index:
    """(m,) for each row the position its cells are taken from, when units are permuted."""
    _, own, sizes = np.unique(units, return_inverse=True, return_counts=True)
    by_unit, starts = np.argsort(own, kind="stable"), np.cumsum(sizes) - sizes
    place = np.empty(len(own), dtype=np.int64)
    place[by_unit] = np.arange(len(own)) - np.repeat(starts, sizes)
    donor = rng.permutation(len(sizes))[own]
    return np.asarray(by_unit[starts[donor] + place % sizes[donor]], dtype=np.int64)


def added(plain: Table, made: Table) -> Mapping[str, frozenset[str]]:
    """Names of the columns that a table has beyond another's, by the block they are in; of terms, of their parts."""
    found = {
        name: frozenset(block.movable).difference(plain.blocks[name].movable if name in plain.blocks else ())
        for name, block in made.blocks.items()
    }
    return {name: columns for name, columns in found.items() if columns}


def permuted(table: Table, columns: Mapping[str, frozenset[str]], rows: Index) -> Table:
    """The table with these columns taken from other rows, all from the same; rows: (n,) positions in the table."""
    return table.with_blocks(**{name: table.blocks[name].moved(names, rows) for name, names in columns.items()})


def places(order: Index, rows: Index) -> Index:
    """(len(rows),) `order` restricted to these rows, as positions among them."""
    place = np.full(len(order), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    return place[order[rows]]


def copied(view: FoldView, made: Mapping[str, frozenset[str]], order: Index) -> ReplacedView:
    """The fold with these columns in another order of rows."""
    return ReplacedView(
        view, permuted(view.table("train"), made, places(order, view.train_rows)),
        permuted(view.table("test"), made, places(order, view.test_rows)),
    )  # fmt: skip


def guard(job: Job, folder: TaskFolder) -> Guarded | Failure:
    """Fit one fold of a recipe with its set as it is (copy 0) and with permuted copies of it, `job.copies`.

    Columns are made once, from the original rows; a copy permutes the result of all steps. Every copy is a fit of its
    own, with its own seeds, and its tested rows may stop it early, as for the set itself. A Failure where the set made
    no columns in this fold, or where the deadline cut a fit.
    """
    meter = Meter.start()
    fold, recipe = folder.split.fold(job.fold), job.experiment.recipe
    seeds = seeds_of(job).child("guard")
    view = LabFoldView(folder, recipe, fold, folder.task.loss, seeds)
    plain = LabFoldView(folder, without_set(recipe, job.experiment.adds), fold, folder.task.loss, seeds)
    made = added(plain.table("train"), view.table("train"))
    if not made:
        message = f"The set made no columns in fold {job.fold + 1}, so that there was nothing to permute."
        return Failure(kind="invalid", step="guard", message=message, fold=job.fold)
    answers, folds = [], folder.split.numbers[:, 0].astype(np.int64)
    units = folder.units
    for copy in job.copies:
        order = row_order(folds, Seeds(folder.task.seed).child("guard", copy), units)
        rows = copied(view, made, order) if copy else ReplacedView(view, view.table("train"), view.table("test"))
        fitted = built_model(recipe.model, folder).fit(rows, limits=limits_of(job), seeds=seeds.child(copy))
        if fitted.ended == "deadline":
            message = f"Copy {copy} of fold {job.fold} was cut by its time limit."
            return Failure(kind="time", step="guard", message=message, fold=job.fold)
        predicted = stored(fitted.predict(rows.test, rounds=fitted.rounds), view.link)
        answers.append(restricted(predicted, folder, train=fold.train, rows=fold.test))
    name = f"{fold_name(job.experiment, job.fold)}-guard-{job.copies[0]}.npy"
    save_array(folder.work / name, np.stack(answers))
    return Guarded(
        fold=job.fold, copies=job.copies, predictions=name, columns=sum(map(len, made.values())),
        wall_seconds=meter.wall_seconds, cpu_seconds=meter.cpu_seconds,
    )  # fmt: skip
