"""The jobs of a worker: fit a fold, rescore an experiment, refit. Jobs and outcomes name files."""

import math
import resource
import sys
import time
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.clock import Deadline, Limits, SystemClock
from assay.core.contract import Experiment, Seeds, Target
from assay.core.fold_scores import FoldScore
from assay.core.job import Job
from assay.core.result import Failure, Refitted, Rescored
from assay.core.split import Fold
from assay.pipeline.fitted_recipe import FittedRecipe, restore, stored, with_link
from assay.pipeline.fold_view import LabFoldView, open_kept_design
from assay.pipeline.left_out_columns import learning
from assay.pipeline.monotone_recipes import refuse_unpromised
from assay.pipeline.nested_predictions import nested_rows
from assay.pipeline.recipe_fit import fit_model
from assay.pipeline.states import read_last_state, read_states, write_states
from assay.pipeline.store import TaskFolder
from assay.pipeline.table_files import save_array
from assay.pipeline.target_link import TargetLink, corrected, corrects_mean, cross_decoded, with_mean_shift
from assay.pipeline.trained_candidates import TrainedCandidates, restricted

LOOKED_AT = 1000
"""Rows predicted to check a refit."""


@dataclass(frozen=True, slots=True)
class Meter:
    """Wall clock and processor seconds since the start, and the process's peak memory."""

    wall: float
    cpu: float

    @classmethod
    def start(cls) -> "Meter":
        return cls(SystemClock().now(), time.process_time())

    @property
    def wall_seconds(self) -> float:
        return SystemClock().now() - self.wall

    @property
    def cpu_seconds(self) -> float:
        return time.process_time() - self.cpu

    @property
    def peak_bytes(self) -> int:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def seeds_of(job: Job) -> Seeds:
    """The seeds of a fit: by the recipe without columns left out, experiment seed, partition and fold, independent of
    the order of work."""
    experiment = job.experiment
    root = Seeds(experiment.seed).child("fit", learning(experiment.recipe).key, experiment.partition)
    return root.child(job.kind, job.fold) if job.kind == "refit" else root.child("fold", job.fold)


def fold_name(experiment: Experiment, fold: int) -> str:
    """The file name prefix of an experiment's fold."""
    return f"{experiment.number}-p{experiment.partition}-f{fold}"


def limits_of(job: Job) -> Limits:
    """A job's limits in the form models take."""
    deadline = Deadline() if math.isinf(job.seconds) else Deadline.after(job.seconds)
    return Limits(deadline=deadline, memory_bytes=job.memory_bytes, threads=job.threads)


def _view(job: Job, folder: TaskFolder, fold: Fold) -> LabFoldView:
    recipe, partition = job.experiment.recipe, job.experiment.partition
    view = LabFoldView(folder, recipe, fold, folder.task.loss, seeds_of(job), partition)
    refuse_unpromised(recipe, view.facts)
    return view


def invalid(job: Job, prediction: AnyArray, rows: Index) -> Failure | None:
    """The Failure of predictions that are not all finite; else None. rows: their positions, to name the first."""
    bad = np.flatnonzero(~np.isfinite(prediction.reshape(len(rows), -1)).all(axis=1))
    if not bad.size:
        return None
    message = f"{bad.size:,} of {len(rows):,} predictions are no finite numbers, first that of row {rows[bad[0]]}."
    return Failure(kind="invalid", step="predict", message=message, fold=job.fold)


def fit_fold(job: Job, folder: TaskFolder) -> FoldScore | Failure:
    """Train on a fold's rows, predict its held-out rows, keep the model."""
    meter = Meter.start()
    fold = folder.split.fold(job.fold, job.experiment.partition)
    view = _view(job, folder, fold)
    if view.recipe.on:
        view.nested = nested_rows(folder, view.recipe.on, fold, job.experiment.partition)
    fitted = fit_model(view, limits=limits_of(job), seeds=view.seeds, rounds=job.rounds)
    scores = fitted.predict(view.table("test"), rounds=job.fold_rounds[0] if job.fold_rounds else fitted.rounds)
    link, prediction = _linked(view, scores)
    member = FittedRecipe(view.encoders(), fitted, link, fitted.rounds)
    failure = invalid(job, prediction, fold.test)
    if failure is not None:
        return failure
    prediction = restricted(prediction, folder, train=fold.train, rows=fold.test)
    name = fold_name(job.experiment, job.fold)
    save_array(folder.work / f"{name}.npy", prediction)
    model_bytes = _keep_model(folder, name, member)
    alone, beside = member.efforts(shared=view.base.encoders)
    return FoldScore(
        fold=job.fold,
        partition=job.experiment.partition,
        score=math.nan,
        ended=fitted.ended,
        rounds=fitted.rounds,
        rounds_done=fitted.rounds_done,
        wall_seconds=meter.wall_seconds,
        cpu_seconds=meter.cpu_seconds,
        peak_bytes=meter.peak_bytes,
        model_bytes=model_bytes,
        row_ms=alone.ms,
        piece_ms=beside.ms,
        predictions=f"{name}.npy",
        model=f"{name}.state",
    )


def _linked(view: LabFoldView, scores: Floats) -> tuple[TargetLink, AnyArray]:
    """The view's link, its mean corrected by the held-out rows, and the predictions of these rows.

    Held-out rows are predicted with a correction from the fold's other half; with none in order of time, where the
    other half holds later rows.
    """
    if not corrects_mean(view.link, view.folder.task):
        return view.link, stored(scores, view.link)
    held = view.folder.target.take(view.test_rows)
    now = stored(scores, view.link) if view.folder.fits_steps_per_fold else cross_decoded(view.link, scores, held)
    return corrected(view.link, scores, held), now


def _keep_model(folder: TaskFolder, name: str, member: FittedRecipe) -> int:
    encoders, model = member.states()
    link = () if member.link.is_plain else (member.link.state(),)
    return write_states(folder.work / f"{name}.state", [*encoders, model, *link])


def load_fold_member(folder: TaskFolder, name: str, *, transform: str, rounds: int | None) -> FittedRecipe:
    """A fold's model from the work folder; its encoders are those fitted inside the fold only."""
    (*encoders, model), link = with_link(read_states(folder.work / f"{name}.state"), transform)
    return restore(encoders, model, link=link, rounds=rounds, surroundings=folder.surroundings)


def _fold_links(folder: TaskFolder, job: Job) -> list[TargetLink]:
    """The links of the experiment's folds, in order; of an incomplete one those that exist."""
    paths = [folder.work / f"{fold_name(job.experiment, fold)}.state" for fold in range(folder.split.n_folds)]
    return [with_link((read_last_state(path),), job.experiment.recipe.transform)[1] for path in paths if path.exists()]


def rescore(job: Job, folder: TaskFolder) -> Rescored | Failure:
    """Predict every fold's held-out rows at the rounds and with the mean correction that the *other* folds chose; in
    order of time, with the correction of the *earlier* folds."""
    meter = Meter.start()
    recipe, links = job.experiment.recipe, _fold_links(folder, job)
    out: AnyArray | None = None
    for number, rounds in enumerate(job.fold_rounds or (None,) * folder.split.n_folds):
        fold = folder.split.fold(number, job.experiment.partition)
        one = load_fold_member(folder, fold_name(job.experiment, number), transform=recipe.transform, rounds=rounds)
        later = [] if folder.fits_steps_per_fold else links[number + 1 :]
        link = with_mean_shift(replace(one.link, shift=None), links[:number] + later)
        member = FittedRecipe(one.encoders, one.model, link, rounds)
        design = open_kept_design(folder, recipe, fold.train)
        prediction = member.predict(design.table.take(fold.test))
        failure = invalid(job, prediction, fold.test)
        if failure is not None:
            return failure
        prediction = restricted(prediction, folder, train=fold.train, rows=fold.test)
        out = placed(out, prediction, fold.test, target=folder.target)
    name = f"{job.experiment.number}-p{job.experiment.partition}.npy"
    save_array(folder.work / name, out if out is not None else np.empty(0))
    return Rescored(predictions=name, wall_seconds=meter.wall_seconds, cpu_seconds=meter.cpu_seconds)


def stored_type(target: Target) -> "type[np.float32] | type[np.float64]":
    """Type of predictions in files: probabilities as float32, values as float64, as they may be large with small
    differences."""
    return np.float32 if target.is_class else np.float64


def placed(out: AnyArray | None, prediction: AnyArray, rows: Index, *, target: Target) -> AnyArray:
    """Predictions placed at their rows in an array of all rows, NaN elsewhere, in stored form."""
    if out is None:
        out = np.full((len(target), *prediction.shape[1:]), np.nan, dtype=stored_type(target))
    out[rows] = prediction
    return out


def refit(job: Job, folder: TaskFolder) -> Refitted | Failure:
    """Train on all rows for the rounds the folds agreed on."""
    meter = Meter.start()
    rows = np.arange(len(folder.target))
    view = _view(job, folder, Fold(0, rows, rows[:0]))
    fitted = fit_model(view, limits=limits_of(job), seeds=view.seeds, rounds=job.rounds)
    link = with_mean_shift(view.link, _fold_links(folder, job)) if corrects_mean(view.link, folder.task) else view.link
    member = FittedRecipe(view.encoders(), fitted, link, fitted.rounds)
    looked_at = rows[:: max(1, len(rows) // LOOKED_AT)]
    failure = invalid(job, member.predict(view.base.table.take(looked_at)), looked_at)
    if failure is not None:
        return failure
    name = f"{job.experiment.number}-refit"
    model_bytes = _keep_model(folder, name, member)
    return Refitted(
        model=f"{name}.state",
        rounds=fitted.rounds if fitted.rounds is not None else job.rounds,
        wall_seconds=meter.wall_seconds,
        cpu_seconds=meter.cpu_seconds,
        peak_bytes=meter.peak_bytes,
        model_bytes=model_bytes,
        row_ms=member.efforts(shared=view.base.encoders)[0].ms,
    )


def fold_member(job: Job, folder: TaskFolder, number: int, *, rounds: int | None = None) -> FittedRecipe:
    """The experiment's fit of one fold, as it answers raw rows. rounds: to use, None for those it chose itself."""
    experiment = job.experiment
    one = load_fold_member(
        folder, fold_name(experiment, number), transform=experiment.recipe.transform, rounds=rounds
    )  # fmt: skip
    train = folder.split.fold(number, experiment.partition).train
    design = open_kept_design(folder, experiment.recipe, train)
    candidates = TrainedCandidates.of(folder, train)
    return FittedRecipe((*design.encoders, *one.encoders), one.model, one.link, one.rounds, candidates)


def fold_members(job: Job, folder: TaskFolder) -> list[FittedRecipe]:
    """The experiment's fit of each fold, at the rounds of the job, as it answers raw rows."""
    used = job.fold_rounds or (None,) * folder.split.n_folds
    return [fold_member(job, folder, number, rounds=rounds) for number, rounds in enumerate(used)]
