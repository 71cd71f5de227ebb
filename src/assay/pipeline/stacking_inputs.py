"""Inputs of a stacked recipe: predictions of other experiments as columns beside the table's own.

Out-of-fold predictions for training and scoring the second level, so that no row's inputs depend on its own target
(Wolpert, 1992; van der Laan, Polley and Hubbard, 2007); predictions of the shipped first level for new rows.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.atomic_files import atomic_file
from assay.core.codec import from_json, to_json
from assay.core.contract import Experiment, Recipe, Table
from assay.core.errors import LabError
from assay.pipeline.store import TaskFolder
from assay.pipeline.table_files import load_array, save_array

SUREST = 1e-6
"""Least distance of probabilities from 0 and 1; float32, in which they are stored, is no finer near 1."""


def beside(table: Table, predictions: Mapping[int, AnyArray], *, is_class: bool) -> Table:
    """The table with stored predictions appended as numeric columns, by experiment in the mapping's order.

    Classes: log odds of one probability, logarithms of several, so that a linear second level pools on the log scale;
    regression: the values. NaN, where a row has no prediction, is a missing cell.
    """
    blocks = [_columns(stored, is_class=is_class) for stored in predictions.values()]
    if not blocks:
        return table
    names = [
        f"#{number}" if block.shape[1] == 1 else f"#{number}:{k}"
        for number, block in zip(predictions, blocks, strict=True)
        for k in range(block.shape[1])
    ]
    return table.with_numeric(np.concatenate(blocks, axis=1), tuple(names))


def names_predictions(recipe: Recipe) -> bool:
    """Whether a step names columns of predictions, as `beside` calls them."""
    own = tuple(f"#{number}" for number in recipe.on)
    named = (dict(step.params).get("columns") for step in recipe.steps)
    names = [str(name).partition(":")[0] for columns in named if isinstance(columns, tuple) for name in columns]
    return any(name in own for name in names)


def _columns(stored: AnyArray, *, is_class: bool) -> Floats:
    values = np.asarray(stored, dtype=np.float64)
    if is_class:
        p = np.clip(values, SUREST, 1.0 - SUREST)
        values = np.log(p) - np.log1p(-p) if p.ndim == 1 else np.log(p)
    return values.reshape(len(values), -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackingBase:
    """A first-level experiment, and the number of rounds its folds agreed on; None without rounds."""

    experiment: Experiment
    rounds: int | None = None


def store_base(folder: TaskFolder, base: StackingBase, stored: AnyArray) -> None:
    """Store an experiment and its out-of-fold predictions in the work folder; idempotent."""
    path = _place(folder, base.experiment.number)
    if path.exists():
        return
    with atomic_file(path.with_suffix(".json")) as temporary:
        temporary.write_text(json.dumps(to_json(base)))
    save_array(path, np.asarray(stored, dtype=np.float32))  # last: its presence means that both are there


def stored_base(folder: TaskFolder, number: int) -> StackingBase:
    """The stored experiment."""
    return from_json(StackingBase, json.loads(_load(folder, number).with_suffix(".json").read_text()))


def stored_prediction(folder: TaskFolder, number: int) -> AnyArray:
    """Its stored out-of-fold predictions."""
    return load_array(_load(folder, number))


def table_on(folder: TaskFolder, on: Sequence[int]) -> Table:
    """The task's raw table with the stored predictions of these experiments; LabError if one is missing."""
    predictions = {number: load_array(_load(folder, number)) for number in on}
    return beside(folder.table, predictions, is_class=folder.target.is_class)


def content_key(folder: TaskFolder, on: Sequence[int]) -> str:
    """A hash of the stored predictions, as numbers mean other experiments in another lab; "" for none."""
    if not on:
        return ""
    digest = sha256()
    for number in on:
        digest.update(f"{number}\0".encode())
        digest.update(_load(folder, number).read_bytes())
    return digest.hexdigest()


def files_stamp(folder: TaskFolder, on: Sequence[int]) -> tuple[str, ...]:
    """Names and times of the stored files: detects that a lab was replaced, without reading its content."""
    return tuple(f"{number}@{_load(folder, number).stat().st_mtime_ns}" for number in on)


def _place(folder: TaskFolder, number: int) -> Path:
    return folder.work / f"{number}-below.npy"


def _load(folder: TaskFolder, number: int) -> Path:
    path = _place(folder, number)
    if not path.exists():
        raise LabError(
            f"The out-of-fold predictions of #{number}, which a stacked experiment reads, are not in {path.parent}.",
            do=("run the same fit command again: it puts them there",),
        )
    return path
