"""A fitted booster of any library: flat trees, compared with the library once and predicted without it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import get_args

import numpy as np

from assay.core.array import AnyArray, Floats, Singles
from assay.core.contract import Effort, Ended, FoldView, Seeds, State, Table
from assay.core.errors import BundleError, UsageError
from assay.models import _boosting as boosting
from assay.models.bitsliced_trees import BitslicedTrees
from assay.models.early_stopping import EarlyStopping
from assay.models.flat import FlatTrees
from assay.models.joint_trees import JointTrees
from assay.models.matrix import sigmoid, softmax

FORMAT = 1
FEW_ROWS = 32
"""Up to this many rows are walked side by side: 0.07 µs per tree for one row, some 0.3 µs per row and tree for more."""
COMPARED = 16
"""Training rows on which trees are compared with their library, and as many again with altered cells, for values that
no training row has."""
ODD = 0.2
"""Share of altered cells."""
LARGEST = 700.0
"""Logarithm above which a float64 overflows; no training row leads there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """A boosting library by the name of its family. tree: cost of one tree of usual depth in a walk down flat trees.

    tolerance: largest difference allowed between raw scores of flat trees and the library's (float32 sums), relative to
    the largest score.
    """

    name: str
    tree: Effort
    tolerance: float = 1e-6


@dataclass(frozen=True, eq=False, kw_only=True)
class FlatBoosted:
    """A trained booster. All trained rounds are kept, so that any number up to rounds_done can be used.

    n_rows: training rows. rounds: in use; there may be fewer trees where the last rounds found no split.
    """

    library: Library
    trees: FlatTrees
    n_classes: int
    n_rows: int
    rounds: int
    rounds_done: int
    ended: Ended

    @classmethod
    def of(
        cls, library: Library, trees: FlatTrees, raw: Callable[[Table], AnyArray], view: FoldView,
        stopping: EarlyStopping,
    ) -> "FlatBoosted":  # fmt: skip
        """Trees read from the library's model; leaves become float32 where that stays within the tolerance.

        raw: the library's (n,) or (n, n_outputs) scores of all rounds before they become probabilities. ValueError
        where the trees answer otherwise, or for other classes.
        """
        target = view.target("train")
        _check_outputs(library, trees, target.n_classes)
        table = _compared(view)
        X, want = boosting.matrix(table), np.asarray(raw(table), dtype=np.float64).reshape(table.n_rows, -1)
        room = library.tolerance * max(1.0, np.abs(want).max(initial=0.0))
        for form in (trees.rounded(), trees):
            if np.abs(JointTrees.of([form]).sums(X).T - want).max(initial=0.0) <= room:
                return cls(
                    library=library, trees=form, n_classes=target.n_classes, n_rows=len(target),
                    rounds=stopping.best_round, rounds_done=stopping.done, ended=stopping.ended,
                )  # fmt: skip
        raise ValueError(f"{library.name} trees made flat answer otherwise than the library.")

    @cached_property
    def _used(self) -> "FlatBoosted":
        return self.first(self.rounds)

    @cached_property
    def _joint_trees(self) -> JointTrees:
        return JointTrees.of([self.trees])

    @cached_property
    def _bitsliced(self) -> BitslicedTrees:
        return BitslicedTrees.of([self.trees])

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        used = self._used if rounds in (None, self.rounds) else self.first(rounds)
        if not table.n_rows:
            return np.empty((0, self.n_classes) if self.n_classes else 0)
        return used.finish(used.sums(boosting.matrix(table)))

    def first(self, rounds: int) -> "FlatBoosted":
        """The model of its first `rounds` rounds, as it ships."""
        if rounds == self.rounds == self.rounds_done:
            return self
        if not 1 <= rounds <= self.rounds_done:
            raise UsageError(f"{rounds} rounds were asked for, 1 to {self.rounds_done} are trained.")
        trees = self.trees.first(min(rounds, self.trees.rounds))
        return replace(self, trees=trees, rounds=rounds, rounds_done=rounds)

    def sums(self, X: Singles) -> Floats:
        """(n_outputs, n) sums of all leaves, base included, for rows of `matrix`."""
        return self._joint_trees.sums(X) if len(X) <= FEW_ROWS else self._bitsliced.sums(X)

    def effort(self, *, rounds: int | None = None) -> Effort:
        return self.first(rounds or self.rounds)._joint_trees.effort() + Effort(calls=20)

    def of_trees(self, rounds: int) -> Effort:
        """Cost these rounds add to a walk down flat trees (models.joint_trees)."""
        return self.library.tree.times(rounds * (1 if len(self.trees.symmetric.depths) else self.trees.n_outputs))

    def finish(self, sums: Floats) -> Floats:
        """The output of `predict` from sums (n_outputs, n)."""
        if not self.n_classes:
            return np.asarray(np.exp(np.minimum(sums[0], LARGEST)) if self.trees.output == "exp" else sums[0])
        raw = sigmoid(sums[0]) if self.trees.output == "sigmoid" else softmax(sums.T)
        return boosting.never_zero(raw, self.n_rows)

    def state(self) -> State:
        return State(
            name=self.library.name,
            meta={
                "format": FORMAT, "n_classes": self.n_classes, "n_rows": self.n_rows, "rounds": self.rounds,
                "rounds_done": self.rounds_done, "ended": self.ended, **self.trees.meta,
            },
            arrays=self.trees.arrays(),
        )  # fmt: skip

    @classmethod
    def restore(cls, library: Library, state: State) -> "FlatBoosted":
        """BundleError or ValueError when the state is another family's, incomplete, or invalid."""
        ended = next((known for known in get_args(Ended) if known == state.meta.get("ended")), None)
        if state.name != library.name or state.meta.get("format") != FORMAT or ended is None:
            raise BundleError(
                f"A {state.name!r} state of format {state.meta.get('format')!r} that ended by "
                f"{state.meta.get('ended')!r} is no {library.name} model of format {FORMAT}. Save it again."
            )
        trees = FlatTrees.restore(state)
        n_classes, n_rows, rounds, done = (
            whole(state, key) for key in ("n_classes", "n_rows", "rounds", "rounds_done")
        )
        _check_outputs(library, trees, n_classes)
        if n_rows < 1 or not max(1, trees.rounds) <= done >= rounds >= 1:
            raise ValueError(f"{library.name} trees of {n_rows} rows and {done} rounds, {rounds} in use, are none")
        return cls(
            library=library, trees=trees, n_classes=n_classes, n_rows=n_rows, rounds=rounds, rounds_done=done,
            ended=ended,
        )  # fmt: skip


def _check_outputs(library: Library, trees: FlatTrees, n_classes: int) -> None:
    """ValueError unless the trees' outputs and their transform are those of so many classes, 0 for values."""
    wanted = {"value": (0, 1), "exp": (0, 1), "sigmoid": (2, 1), "softmax": (n_classes, n_classes)}[trees.output]
    if (n_classes, trees.n_outputs) != wanted:
        raise ValueError(
            f"{library.name} trees of {trees.n_outputs} outputs ({trees.output}) do not answer for {n_classes} classes"
        )


def _compared(view: FoldView) -> Table:
    """Some training rows, and the same altered."""
    whole = view.whole() if view.design is not None else view.table("train")
    at = view.train_rows if view.design is not None else np.arange(whole.n_rows)
    real = whole.take(at[:: max(1, len(at) // COMPARED)][:COMPARED])
    return beside(real, disturbed(real, Seeds(0)))


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


def beside(one: Table, other: Table) -> Table:
    """The rows of two tables with the same columns, concatenated."""
    return one.take(np.tile(np.arange(one.n_rows), 2)).with_cells(
        numeric=np.concatenate([one.numeric, other.numeric]), codes=np.concatenate([one.codes, other.codes])
    )


def whole(state: State, name: str) -> int:
    """A whole number of a state's JSON; BundleError for anything else."""
    value = state.meta.get(name)
    if not isinstance(value, int):
        raise BundleError(f"The {state.name} state has no whole number {name!r} but {value!r}. Save it again.")
    return value
