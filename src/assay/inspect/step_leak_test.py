"""Leak test of every registered feature step on rows of this table, by changing what features must not depend on.

Steps that need no target are fitted once on all rows of a task, their cells but never their targets (architecture); no
row's own target, and no held-out row, may influence the features that a model is trained on.
"""

from typing import TYPE_CHECKING, cast

import numpy as np

from assay.core.array import AnyArray, Bools, Index
from assay.core.inspection import Replay
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.features import registry
from assay.inspect.shuffled_target import chance, shuffled_score

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.core.contract import Encoder, TargetEncoder

_FOLDS = 4


def replay_steps(
    table: Table, target: Target, *, seeds: Seeds, steps: "Mapping[str, Encoder] | None" = None
) -> tuple[Replay, ...]:
    """One result for each of the steps, by name; None: all that are registered, but the one that calls a person's
    functions, which has checks of its own in every fold. table, target: some hundred rows.

    A fold is held out. Its cells and targets are changed: no feature of a training row may move. Then the targets of
    one inner fold are changed: no feature of its own rows may move (other rows' may: they learn from them). At last all
    targets are shuffled: no model behind the step may predict them out of fold (shuffled.py).
    """
    if steps is None:
        steps = {name: registry.build(Step.of(name)) for name, cls in registry if not cls.traits.runs_code}
    limit = chance(table.n_rows, len(steps))
    return tuple(
        _replay(name, steps[name], table, target, limit, seeds.child("replay", name)) for name in sorted(steps)
    )


def _replay(name: str, encoder: "Encoder", table: Table, target: Target, limit: float, seeds: Seeds) -> Replay:
    outer = np.arange(table.n_rows) % _FOLDS
    train, inner = np.flatnonzero(outer != 0), np.arange(int((outer != 0).sum())) % (_FOLDS - 1)
    before = _training_features(encoder, table, target, train, inner, seeds)
    held_out = outer == 0
    after = _training_features(
        encoder, _changed(table, held_out), with_other_targets(target, held_out), train, inner, seeds
    )
    moved = _moved(before, after, np.arange(len(train)))
    if encoder.traits.needs_target:
        own = np.zeros(len(target), dtype=bool)
        own[train[inner == 0]] = True
        other = _training_features(encoder, table, with_other_targets(target, own), train, inner, seeds)
        moved += _moved(before, other, np.flatnonzero(inner == 0))
    return Replay(step=name, moved=tuple(dict.fromkeys(moved)), chance=limit,
                  shuffled=shuffled_score(encoder, table, target, outer, seeds=seeds))  # fmt: skip


def _training_features(
    encoder: "Encoder", table: Table, target: Target, train: Index, inner: Index, seeds: Seeds
) -> Table:
    rows, known = table.take(train), target.take(train)
    if not encoder.traits.needs_target:
        return encoder.fit(rows, None, seeds=seeds).transform(rows)
    return cast("TargetEncoder", encoder).fit_transform(rows, known, inner=inner, seeds=seeds)[1]


def _changed(table: Table, rows: Bools) -> Table:
    """Other cells in these rows, of every block."""
    at = np.arange(table.n_rows)
    at[rows] = np.roll(at[rows], 1)
    other = table.take(at)
    other = other.with_cells(
        numeric=np.where(rows[:, None], other.numeric * np.float32(-3.0) + np.float32(7.0), table.numeric),
        dates=np.where(rows[:, None], other.dates + 400.0, table.dates),
    )
    return other if "moment" not in table.blocks else other.with_blocks(moment=table.blocks["moment"])


def with_other_targets(target: Target, rows: Bools) -> Target:
    """Other targets in these rows."""
    values = target.values.copy()
    values[rows] = (values[rows] + 1) % target.n_classes if target.is_class else -3.7 * values[rows] + 1.1
    return Target(values, target.n_classes, target.weight)


def _columns(table: Table) -> dict[str, AnyArray]:
    return {name: table.column(name) for name in (*table.numeric_names, *table.code_names, *table.date_names)}


def _moved(before: Table, after: Table, rows: Index) -> list[str]:
    """Common columns that differ in these rows (which columns are made may depend on the training targets)."""
    left, right = _columns(before), _columns(after)
    return [
        name for name in left
        if name in right and not np.array_equal(left[name][rows], right[name][rows], equal_nan=True)
    ]  # fmt: skip
