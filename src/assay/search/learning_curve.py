"""The learning curve: the champion's recipe fitted on parts of its training rows, where time is left for it."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.clock import Deadline
from assay.core.errors import DataError
from assay.core.experiment import Experiment
from assay.core.fold_scores import FoldScore
from assay.core.job import Executor, Job
from assay.core.seed import Seeds
from assay.core.split import LATER, NEVER, Fold
from assay.core.views import MoreRows
from assay.evidence.learning_curve_fit import DRAWS, DRAWS_BELOW, SHARES, learning_curve
from assay.journal.state import LabState
from assay.pipeline.linked_folder import linked_folder
from assay.pipeline.store import TaskFolder
from assay.search.scorer import Scorer

FEWEST_ROWS = 200
"""Training rows below which a fifth of them is no table."""
AHEAD = 0.5
"""The curve is extended by half of the rows: one of four fifths of the rows reaches 1.6 times as far."""
SAFETY = 1.5
FOLDS_WORTH = sum(share * (DRAWS if share < DRAWS_BELOW else 1) for share in SHARES)
"""Fits of one fold that the whole curve takes."""
HALF = 0.5
LOOK_SECONDS = 0.1
"""Between two looks whether what is waited for is still wanted."""


def seconds_of(state: LabState, workers: int) -> float | None:
    """Expected seconds of a curve; None where there is no champion to measure it with."""
    number = _subject(state)
    result = None if number is None else state.entries[number].result
    if result is None or not result.folds:
        return None
    fold = sum(one.wall_seconds for one in result.folds) / len(result.folds)
    return SAFETY * fold * FOLDS_WORTH / workers


def more_rows(
    folder: TaskFolder, state: LabState, scorer: Scorer, executor: Executor, deadline: Deadline,
    goes_on: Callable[[], bool] = lambda: True,
) -> MoreRows | None:  # fmt: skip
    """What half as many rows again would gain the champion, by its learning curve on one fold, and what all training
    rows gained it over half of them.

    None without a champion, below 200 training rows, where a size could not be fitted in time, or where `goes_on`,
    asked ten times a second, said that nobody waits any more.
    """
    number, split = _subject(state), folder.split
    fold = split.fold(split.n_folds - 1 if split.kind == "time" else 0)
    if number is None or len(fold.train) < FEWEST_ROWS:
        return None
    predictions = _fitted(folder, state.entries[number].experiment, fold, executor, deadline, goes_on)
    if len(predictions) < len(SHARES):
        return None
    try:
        curve = learning_curve(scorer.metric, replace(scorer.rows, folds=None), predictions)
    except DataError:  # a class is absent from most resamples: the fold is too small to judge by
        return None
    now = len(folder.target)
    rows = round((1.0 + AHEAD) * now)
    if rows > 2 * max(predictions):
        return None
    found, most = curve.more(rows, now=now), max(predictions)
    fewer = min(predictions, key=lambda size: abs(size - HALF * most))
    half = curve.gained(fewer, most)
    return MoreRows(
        number=number, rows=rows - now, value=found.value, low=found.low_95, high=found.high_95,
        is_visible=found.is_visible, of_rows=most, half_rows=fewer, half=half.value, half_low=half.low_95,
        half_high=half.high_95,
    )  # fmt: skip


def ended(futures: Sequence["Future[object]"], goes_on: Callable[[], bool]) -> bool:
    """Wait for all of them; False, and what has not begun is cancelled, once it is not wanted any more."""
    left = set(futures)
    while left:
        _, left = wait(left, timeout=LOOK_SECONDS)
        if left and not goes_on():
            for future in left:
                future.cancel()
            return False
    return True


def _subject(state: LabState) -> int | None:
    """The champion, where it reads the table alone."""
    number = state.champion
    return None if number is None or state.entries[number].experiment.recipe.on else number


@dataclass(frozen=True, slots=True, eq=False)
class _Subsample:
    """One part of the training rows."""

    size: int
    folder: TaskFolder


def _fitted(
    folder: TaskFolder, experiment: Experiment, fold: Fold, executor: Executor, deadline: Deadline,
    goes_on: Callable[[], bool],
) -> Mapping[int, list[AnyArray]]:  # fmt: skip
    """By number of training rows: the predictions of each draw for the fold's rows, NaN elsewhere; none where it was
    not waited for.
    """
    root = folder.path / "work" / "rungs"
    shutil.rmtree(root, ignore_errors=True)  # of a session that was killed here
    try:
        subsamples = list(_subsamples(folder, fold, root))
        jobs = [Job(kind="fold", store=subsample.folder.store, experiment=experiment) for subsample in subsamples]
        futures = [executor.submit(job, deadline=deadline) for job in jobs]
        found: dict[int, list[AnyArray]] = {}
        if not ended(futures, goes_on):
            return found
        for subsample, future in zip(subsamples, futures, strict=True):
            outcome = future.result()
            if isinstance(outcome, FoldScore):
                own = subsample.folder.predictions(outcome.predictions)
                whole = np.full((len(folder.target), *own.shape[1:]), np.nan)
                whole[fold.test] = own
                found.setdefault(subsample.size, []).append(whole)
        return found
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _subsamples(folder: TaskFolder, fold: Fold, root: Path) -> Iterator[_Subsample]:
    """Nested parts of the fold's training rows, whole units, three draws below 70 %."""
    for draw in range(DRAWS):
        order = _in_units(folder, fold.train, draw)
        for share in SHARES:
            if draw and share >= DRAWS_BELOW:
                continue
            size = round(share * len(order))
            numbers = np.full((len(folder.target), 1), LATER, dtype=np.uint8)
            numbers[fold.test] = 0
            numbers[order[:size]] = NEVER
            yield _Subsample(size, _linked(folder, numbers, root / f"{size}-{draw}"))


def _in_units(folder: TaskFolder, train: Index, draw: int) -> Index:
    """The training rows in random order, rows of a group one after another."""
    rng = Seeds(folder.task.seed).child("rungs", draw).rng()
    units = np.arange(len(train)) if folder.groups is None else np.unique(folder.groups[train], return_inverse=True)[1]
    place = rng.permutation(int(units.max(initial=0)) + 1)
    return np.asarray(train[np.argsort(place[units], kind="stable")])


def _linked(folder: TaskFolder, numbers: AnyArray, path: Path) -> TaskFolder:
    """The same rows under another split."""
    task = replace(folder.task, split_kind="holdout", n_folds=1, hash=f"{folder.task.hash}-{path.name}")
    return linked_folder(folder, path, task=task, numbers=numbers)
