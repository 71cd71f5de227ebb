"""Fitted boosters in the compact form that ships: flat trees of the rounds in use, compared with the library."""

import numpy as np

from assay.core.job import Job
from assay.core.result import Compacted
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.models import registry as models
from assay.models._boosting import Boosted
from assay.models.flat_boosted import flattened
from assay.pipeline.fit_jobs import fold_name
from assay.pipeline.fitted_recipe import restore, with_link
from assay.pipeline.fold_view import open_kept_design
from assay.pipeline.states import read_states, write_states
from assay.pipeline.store import TaskFolder

REFIT = -1
"""The fold number of a Job that means the fit on all rows."""
ROWS = 128
"""Real rows compared, and as many again with altered cells, for values that a table has not shown yet."""
ODD = 0.2
"""Share of altered cells."""


def model_name(job: Job) -> str:
    """The file name prefix of a job's model."""
    return f"{job.experiment.number}-refit" if job.fold == REFIT else fold_name(job, job.fold)


def compact(job: Job, folder: TaskFolder) -> Compacted:
    """Write the model of a fold (or REFIT) as flat trees beside it, if it is a booster.

    job.rounds: number of its rounds that ship, None for those in use.
    """
    recipe, name = job.experiment.recipe, model_name(job)
    (*inner, state), link = with_link(read_states(folder.work / f"{name}.state"), recipe.transform)
    if not isinstance(models.get(state.name).restore(state), Boosted):
        return Compacted(model=None)
    member = restore(inner, state, link=link, rounds=job.rounds)
    base = open_kept_design(folder, recipe).table
    rows = np.arange(base.n_rows)[:: max(1, base.n_rows // ROWS)][:ROWS]
    real = base.take(rows)
    both = _under(real, disturbed(real, Seeds(folder.task.seed).child("compact")))
    booster = member.model
    assert isinstance(booster, Boosted)
    try:
        flat = flattened(booster, member.encode(both), rounds=job.rounds)
    except (ValueError, KeyError) as error:  # KeyError: a later version of a library names things otherwise
        return Compacted(model=None, why=f"{type(error).__name__}: {error}")
    write_states(folder.work / f"{name}.flat", [flat.state()])
    return Compacted(model=f"{name}.flat")


def disturbed(table: Table, seeds: Seeds) -> Table:
    """The rows with some numbers made missing, infinite or zero, and some codes replaced at random, unseen ones
    included."""
    rng = seeds.rng()
    odd = np.array([np.nan, np.inf, -np.inf, 0.0], dtype=np.float32)
    shape = table.numeric.shape
    numeric = np.where(rng.random(shape) < ODD, odd[rng.integers(0, len(odd), shape)], table.numeric)
    codes = table.codes
    if codes.shape[1]:
        any_code = rng.integers(-1, np.array(table.levels) + 1, codes.shape)
        codes = np.where(rng.random(codes.shape) < ODD, any_code, codes).astype(codes.dtype)
    return table.with_cells(numeric=numeric.astype(np.float32), codes=codes)


def _under(one: Table, other: Table) -> Table:
    """The rows of two tables with the same columns, concatenated; dates and texts are those of the first."""
    return one.take(np.tile(np.arange(one.n_rows), 2)).with_cells(
        numeric=np.concatenate([one.numeric, other.numeric]), codes=np.concatenate([one.codes, other.codes])
    )
