"""The target-free part of a recipe's steps, fitted once per task, or once per fold, and cached.

It is fitted on all rows, those of held-out folds included: their cells, never their targets. From the first step that
learns its columns from many rows' cells (StepTraits.fits_in_fold) a fold has a design of its own, fitted on its
training rows; a search meets the same few designs again and again, so that it pays once for each. In order of time all
steps are fitted in the fold, as other rows are the future.
"""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import Index, Json
from assay.core.atomic_files import UNFINISHED, atomic_folder
from assay.core.contract import Encoder, FittedEncoder, Seeds, State, Table
from assay.core.errors import AssayError, at_step
from assay.core.recipe import Recipe, Step, canonical, short_hash
from assay.features import registry
from assay.pipeline.left_out_columns import numbered
from assay.pipeline.stacking_inputs import content_key, table_on
from assay.pipeline.states import read_states, write_states
from assay.pipeline.step_output_check import with_rows
from assay.pipeline.step_surroundings import built
from assay.pipeline.store import TaskFolder
from assay.pipeline.table_files import load_table, save_table
from assay.pipeline.text_steps import RAW, TextSteps, texts_after

if TYPE_CHECKING:
    from collections.abc import Iterator


LAYOUT = "layout.json"
"""The file of a design that says that all others are there."""
OF_FOLD = "-"
"""Between the key of a design and what names the rows of a fold."""


@dataclass(frozen=True, slots=True, eq=False)
class SharedDesign:
    """All rows after the target-free steps, these steps as fitted, and the steps left to the experiment's own fit."""

    key: str
    folder: Path
    table: Table
    encoders: tuple[FittedEncoder, ...]
    rest: tuple[Step, ...]


def split_steps(steps: Sequence[Step]) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The longest prefix of steps that need no target, and the rest, which each experiment fits inside each fold."""
    for i, step in enumerate(steps):
        if registry.build(step).traits.needs_target:
            return tuple(steps[:i]), tuple(steps[i:])
    return tuple(steps), ()


def fits_in_fold(steps: Sequence[Step]) -> bool:
    """Whether any of these learns its columns from many rows' cells (StepTraits.fits_in_fold)."""
    return _first_in_fold(steps) < len(steps)


def _first_in_fold(steps: Sequence[Step]) -> int:
    return next((i for i, step in enumerate(steps) if registry.build(step).traits.fits_in_fold), len(steps))


def name_of_rows(rows: Index) -> str:
    """A short hash of row positions."""
    return sha256(np.ascontiguousarray(rows, dtype=np.int64).tobytes()).hexdigest()[:16]


def design_key(task_hash: str, steps: Sequence[Step], below: str = "") -> str:
    """Cache key of a design: the task, the steps, and any stacking inputs."""
    parts: list[Json] = [task_hash, [step.as_json() for step in steps]]
    return short_hash(canonical([*parts, below] if below else parts))


@contextmanager
def locked(path: Path) -> "Iterator[None]":
    """Hold a file lock, so that two workers do not make the same thing.

    Without fcntl both make it, each under a temporary name, and one wins.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def open_design(
    folder: TaskFolder, steps: Sequence[Step], on: Sequence[int] = (), *, train: Index | None = None
) -> SharedDesign:
    """The design of a recipe's steps, from the cache or made now.

    on: see Recipe. Stacking inputs differ by fold, so that all steps are fitted in the fold then, as in order of time
    (TaskFolder.fits_steps_per_fold). train: rows of the fold, by which steps that are fitted in it learn; None for all.
    """
    free, rest, key = _shared_part(folder, steps, on)
    if train is None or len(train) == folder.table.n_rows or not (folder.task.steps_in_fold and fits_in_fold(free)):
        train = None
    else:
        key = f"{key}{OF_FOLD}{name_of_rows(train)}"
    place = folder.cache / key
    if not free:
        place.mkdir(parents=True, exist_ok=True)
        return SharedDesign(key, place, table_on(folder, on), (), rest)
    folder.cache.mkdir(parents=True, exist_ok=True)
    try:
        states, made = _read(place)
    except (OSError, AssayError):  # not made yet, or dropped while it was read: nobody drops it under its lock
        with locked(_lock(folder, key)):
            if not (place / LAYOUT).exists():
                _make(folder, free, place, train)
            states, made = _read(place)
    return SharedDesign(key, place, made, _restored(folder, states), rest)


def _restored(folder: TaskFolder, states: Sequence[State]) -> tuple[FittedEncoder, ...]:
    found = list[FittedEncoder]()
    for one in states:
        with at_step(one.name):
            found.append(folder.surroundings.equipped(registry.get(one.name).restore(one)))
    return tuple(found)


def _read(place: Path) -> tuple[tuple[State, ...], Table]:
    """A design's fitted steps, and its table. The layout comes last into a folder, and is read first."""
    table = load_table(place)
    return read_states(place / "encoders.state"), table


def key_of(folder: TaskFolder, recipe: Recipe) -> str:
    """The name of a recipe's design in the cache; those of its folds have the part before OF_FOLD."""
    return _shared_part(folder, recipe.steps, recipe.on)[2]


def drop_design(folder: TaskFolder, key: str) -> None:
    """Delete a design from the cache. Who has opened it keeps it, as a mapped file outlives its name; who comes later
    makes it again, with the same bits."""
    place = folder.cache / key
    gone = _beside(place)
    with locked(_lock(folder, key)):
        place.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _shared_part(
    folder: TaskFolder, steps: Sequence[Step], on: Sequence[int]
) -> tuple[tuple[Step, ...], tuple[Step, ...], str]:
    """(the steps of the shared design, those left to the fold, the design's key)"""
    free, rest = ((), tuple(steps)) if on or folder.fits_steps_per_fold else split_steps(steps)
    return free, rest, design_key(folder.task.hash, free, content_key(folder, on))


def _lock(folder: TaskFolder, key: str) -> Path:
    return folder.cache / f"{key}.lock"


def _make(folder: TaskFolder, steps: Sequence[Step], place: Path, train: Index | None) -> None:
    """train: rows that steps learn by from the first one that is fitted in the fold; None for all."""
    fitted: list[State] = []
    table, seeds = folder.table, Seeds(folder.task.seed).child("design")
    own = len(steps) if train is None else _first_in_fold(steps)
    texts, kept = RAW, TextSteps.of(folder)
    for position, (i, step) in enumerate(numbered(steps)):
        encoder: Encoder = built(step, folder)
        rows = None if train is None or position < own else train
        seen = "" if rows is None else name_of_rows(rows)
        own_seeds = seeds.child(step.name) if encoder.traits.texts_alone else seeds.child(i, step.name)
        with at_step(step.name):
            fit = _fit_of(encoder, table, rows, own_seeds)
            if encoder.traits.texts_alone:
                key = (texts, *table.text_names, canonical(step.as_json()), seen, str(own_seeds.number))
                one, made = kept.applied(key, table, partial(_with_made, fit, table))
            else:
                one, made = _with_made(fit, table)
            made = with_rows(made, table.n_rows, step.name)
        texts, table = texts_after(texts, table, made, step, seen), made
        fitted.append(one.state())
    with made_folder(place) as temporary:
        save_table(temporary, table)
        write_states(temporary / "encoders.state", fitted)
        (temporary / "steps.json").write_text(json.dumps([step.as_json() for step in steps]))


def _fit_of(encoder: Encoder, table: Table, rows: Index | None, seeds: Seeds) -> Callable[[], FittedEncoder]:
    """The fit of a step on these rows, None for all, when it is called."""
    return lambda: encoder.fit(table if rows is None else table.take(rows), None, seeds=seeds)


def _with_made(fit: Callable[[], FittedEncoder], table: Table) -> tuple[FittedEncoder, Table]:
    fitted = fit()
    return fitted, fitted.transform(table)


@contextmanager
def made_folder(place: Path) -> "Iterator[Path]":
    """A folder to fill that takes its place whole. Files that others have put there meanwhile stay: they are moved in
    one by one then, the layout, which says that all are there, last.
    """
    if not place.is_dir():
        with atomic_folder(place) as temporary:
            yield temporary
        return
    temporary = _beside(place)
    temporary.mkdir()
    try:
        yield temporary
        for file in sorted(temporary.iterdir(), key=lambda file: file.name == LAYOUT):
            file.replace(place / file.name)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _beside(place: Path) -> Path:
    """A new name of a kind that is swept once this process is gone."""
    return place.with_name(f".{place.name}.{token_hex(4)}.{os.getpid()}{UNFINISHED}")
