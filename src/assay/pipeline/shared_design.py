"""The target-free part of a recipe's steps, fitted once per task and cached.

It is fitted on all rows, those of held-out folds included: their cells, never their targets. In order of time that
would use the future, so that all steps are fitted in the fold.
"""

import json
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assay.core.array import Json
from assay.core.atomic_files import atomic_folder
from assay.core.contract import Encoder, FittedEncoder, Seeds, State, Table
from assay.core.recipe import Step, canonical, short_hash
from assay.features import registry
from assay.pipeline.left_out_columns import numbered
from assay.pipeline.stacking_inputs import content_key, table_on
from assay.pipeline.states import read_states, write_states
from assay.pipeline.step_output_check import with_rows
from assay.pipeline.store import TaskFolder
from assay.pipeline.table_files import load_table, save_table

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, eq=False)
class SharedDesign:
    """All rows after the target-free steps, these steps as fitted, and the steps left to the fold."""

    key: str
    folder: Path
    table: Table
    encoders: tuple[FittedEncoder, ...]
    rest: tuple[Step, ...]


def split_steps(steps: Sequence[Step]) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The longest prefix of steps that need no target, and the rest, which is fitted inside each fold."""
    for i, step in enumerate(steps):
        if registry.build(step).traits.needs_target:
            return tuple(steps[:i]), tuple(steps[i:])
    return tuple(steps), ()


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


def open_design(folder: TaskFolder, steps: Sequence[Step], on: Sequence[int] = ()) -> SharedDesign:
    """The design of a recipe's steps, from the cache or made now.

    on: see Recipe. Stacking inputs differ by fold, so that all steps are fitted in the fold then, as in order of time
    (TaskFolder.fits_steps_per_fold).
    """
    free, rest = ((), tuple(steps)) if on or folder.fits_steps_per_fold else split_steps(steps)
    key = design_key(folder.task.hash, free, content_key(folder, on))
    place = folder.cache / key
    if not free:
        place.mkdir(parents=True, exist_ok=True)
        return SharedDesign(key, place, table_on(folder, on), (), rest)
    folder.cache.mkdir(parents=True, exist_ok=True)
    if not (place / "layout.json").exists():
        with locked(folder.cache / f"{key}.lock"):
            if not (place / "layout.json").exists():
                _make(folder, folder.table, free, place)
    encoders = tuple(registry.get(state.name).restore(state) for state in read_states(place / "encoders.state"))
    return SharedDesign(key, place, load_table(place), encoders, rest)


def _make(folder: TaskFolder, table: Table, steps: Sequence[Step], place: Path) -> None:
    fitted: list[State] = []
    seeds = Seeds(folder.task.seed).child("design")
    for i, step in numbered(steps):
        encoder: Encoder = registry.build(step)
        one = encoder.fit(table, None, seeds=seeds.child(i, step.name))
        table = with_rows(one.transform(table), table.n_rows, step.name)
        fitted.append(one.state())
    with atomic_folder(place) as temporary:
        save_table(temporary, table)
        write_states(temporary / "encoders.state", fitted)
        (temporary / "steps.json").write_text(json.dumps([step.as_json() for step in steps]))
