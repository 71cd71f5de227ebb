"""The task folder: a lab's rows on disk, which workers open by name."""

import json
import shutil
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.atomic_files import atomic_file, sweep_unfinished
from assay.core.codec import from_json, to_json
from assay.core.contract import Seeds, Table, Target
from assay.core.errors import MissingExtraError
from assay.core.job import LocalStore
from assay.core.row_ties import RowTies
from assay.core.split import LATER, Split
from assay.core.task import Task
from assay.embeddings.text_models import TextModels
from assay.pipeline.surroundings import Surroundings
from assay.pipeline.table_files import damaged, load_array, load_table, save_array, save_table
from assay.pipeline.worker_cache import WORKER_CACHE
from assay.terms.kept_terms import KeptTerms
from assay.user_code.access import CodeAccess
from assay.user_code.runners import SandboxRunner

INNER_FOLDS = 5
FEWEST_OUTER = 3
"""With two, a row's statistics would come from half of the training rows, with one from none."""
EARLIER = 0.7
"""Weight of a block of time relative to the next one where a blend is chosen. Equal weights keep members that were
right before a jump; with this decay five blocks carry the information of four."""
BLOCKS, UNLABELLED, FILE_ROWS = "blocks.npy", "unlabelled", "file_rows.npy"


@dataclass(frozen=True)
class TaskFolder:
    """A lab's working files: `data/` rows and question, `cache/` what can be recomputed, `work/` models and predictions
    of jobs."""

    path: Path

    @classmethod
    def create(
        cls, path: Path, *, task: Task, table: Table, target: Target, split: Split, groups: Index | None = None
    ) -> "TaskFolder":
        """Write a task's rows into a lab's folder; task.json comes last, so that its presence means all is there."""
        folder = cls.open(path)
        save_table(folder.data, table)
        save_array(folder.data / "y.npy", target.values)
        _save_or_forget(folder.data / "weight.npy", target.weight)
        save_array(folder.data / "folds.npy", split.numbers)
        _save_or_forget(folder.data / "groups.npy", groups)
        with atomic_file(folder.data / "task.json") as temporary:
            temporary.write_text(json.dumps(to_json(task)))
        return folder

    @classmethod
    def open(cls, path: Path) -> "TaskFolder":
        """The folder of a lab to work in; missing cache and work folders are created."""
        folder = cls(path)
        for room in (folder.data, folder.cache, folder.work):
            room.mkdir(parents=True, exist_ok=True)
        return folder

    def save_blocks(self, blocks: Index | None) -> None:
        """Store `blocks`, before `create` writes task.json, which marks completeness; None: there are none."""
        _save_or_forget(self.data / BLOCKS, blocks)

    def save_file_rows(self, rows: Index | None) -> None:
        """Store `file_rows`, as `save_blocks`, before `create`; None: they are not known."""
        _save_or_forget(self.data / FILE_ROWS, rows)

    def save_unlabelled(self, table: Table | None) -> None:
        """Store rows without a target, as `save_blocks`, before `create`; None: there are none."""
        shutil.rmtree(self.data / UNLABELLED, ignore_errors=True)
        if table is not None:
            (self.data / UNLABELLED).mkdir()
            save_table(self.data / UNLABELLED, table)

    @property
    def store(self) -> LocalStore:
        """By which jobs name this folder."""
        return LocalStore(self.path)

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def cache(self) -> Path:
        return self.path / "cache"

    @property
    def work(self) -> Path:
        return self.path / "work"

    @cached_property
    def task(self) -> Task:
        file = self.data / "task.json"
        try:
            seen = file.stat()  # every job asks, and the columns of a wide table take half a second to read
            key = ("task", str(file.resolve()), f"{seen.st_mtime_ns} {seen.st_size} {seen.st_ino}")
            return WORKER_CACHE.get(key, lambda: from_json(Task, json.loads(file.read_text("utf-8"))))
        except MissingExtraError:  # of a problem that is not installed
            raise
        except (ValueError, RecursionError) as error:
            raise damaged(file, error) from error

    @property
    def text_models(self) -> TextModels:
        """Where steps of this lab look for text models, and keep their vectors."""
        return TextModels.read(self.data)

    @property
    def code(self) -> CodeAccess:
        """The sources of this lab, and who runs them: one sandbox for all of this process."""
        return CodeAccess.of_lab(self.data, WORKER_CACHE.get(("sandbox",), SandboxRunner))

    @property
    def surroundings(self) -> Surroundings:
        """What steps and models of this lab need to know beside the table."""
        terms = WORKER_CACHE.get(("terms", str(self.path), self.task.hash), KeptTerms)
        return Surroundings(self.text_models, self.code, terms)

    @cached_property
    def table(self) -> Table:
        return load_table(self.data)

    @cached_property
    def unlabelled(self) -> Table | None:
        """Raw rows without a target, in no fold and no vault; None where the lab was given none."""
        return load_table(self.data / UNLABELLED) if self.task.facts.n_unlabelled else None

    @cached_property
    def target(self) -> Target:
        """All rows' target on the user's scale."""
        is_weighted = any(column.kind == "weight" for column in self.task.schema.columns)
        weight = self._array("weight.npy", there=is_weighted)
        return Target(np.asarray(load_array(self.data / "y.npy")), self.task.n_classes, weight, self._ties)

    @property
    def _ties(self) -> RowTies | None:
        """By which inner folds part rows as the lab does: groups, and the order of time where folds are in it."""
        moments = self.table.moment if self.task.split_kind == "time" else None
        if self.groups is None and moments is None:
            return None
        return RowTies(units=self.groups, moments=moments)

    def _array(self, name: str, *, there: bool) -> AnyArray | None:
        """An array that not every task has. there: this one has it, so that LabError says when it is gone."""
        path = self.data / name
        return np.asarray(load_array(path)) if there or path.exists() else None

    @cached_property
    def chosen_by(self) -> Target:
        """The target by which a blend's members and weights are chosen: in order of time older blocks weigh less, as
        the shipped model is used on later rows."""
        target, split = self.target, self.split
        if split.kind != "time" or split.n_folds < 2:
            return target
        age = split.n_folds - 1.0 - np.minimum(split.numbers[:, 0], split.n_folds - 1)
        weight = EARLIER**age
        return replace(target, weight=weight if target.weight is None else target.weight * weight)

    @cached_property
    def split(self) -> Split:
        numbers = np.asarray(load_array(self.data / "folds.npy"))
        return Split(self.task.split_kind, self.task.n_folds, numbers, self.task.split_reason)

    @property
    def fits_steps_per_fold(self) -> bool:
        """Whether each fold fits all steps, even those that need no target, on its training rows alone: for rows in
        order of time, where the other rows are the future."""
        return self.task.split_kind == "time"

    @cached_property
    def groups(self) -> Index | None:
        """(n_rows,) codes of rows that belong together; None for independent rows."""
        return self._array("groups.npy", there=self.task.split_kind == "grouped")

    @cached_property
    def blocks(self) -> Index | None:
        """(n_rows,) codes of neighbours in time, the units of statistics for ordered rows; None in other splits."""
        return self._array(BLOCKS, there=False)

    @cached_property
    def file_rows(self) -> Index | None:
        """(n_rows,) positions of the rows among those of the file they were read from; None where that was not stored:
        by an earlier version, or of rows from two files."""
        return self._array(FILE_ROWS, there=False)

    @property
    def units(self) -> Index | None:
        """(n_rows,) codes of the units of all statistics: groups, or blocks of time; None for rows."""
        return self.groups if self.blocks is None else self.blocks

    @cached_property
    def refit_growth(self) -> float:
        """Rows of the final fit relative to one fold's fit: 1.25 with five folds, more where search subsamples."""
        return len(self.split.numbers) / max(len(self.split.fold(self.split.n_folds - 1).train), 1)

    def inner_numbers(self, train: Index, partition: int) -> Index:
        """(n_train,) fold numbers for steps that learn from the target on their own training rows.

        The outer folds are reused, so that groups stay together and statistics nest by subtraction. Where fewer than
        three are left among the training rows (a holdout, two folds, the first blocks of time), or rows without a fold
        number are trained on (the final fit of a large table), units are assigned anew.
        """
        column: Index = np.asarray(self.split.numbers[train, partition], dtype=np.int64)
        if len(np.unique(column)) >= FEWEST_OUTER and not (column == LATER).any():
            return column
        units = np.arange(len(train)) if self.groups is None else np.unique(self.groups[train], return_inverse=True)[1]
        rng = Seeds(self.task.seed).child("inner").rng()
        dealt: Index = (rng.permutation(int(units.max(initial=0)) + 1) % INNER_FOLDS)[units]
        return dealt

    def sweep(self) -> None:
        """Delete unfinished files of killed workers."""
        for room in (self.data, self.cache, self.work):
            sweep_unfinished(room)

    def predictions(self, name: str) -> AnyArray:
        """A job's stored predictions."""
        return np.asarray(np.load(self.work / name, allow_pickle=False))


def _save_or_forget(path: Path, array: AnyArray | None) -> None:
    """Store an optional array; without one, delete the file of an earlier unfinished task."""
    if array is None:
        path.unlink(missing_ok=True)
    else:
        save_array(path, array)
