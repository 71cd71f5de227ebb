"""A booster in the form that ships: flat trees that predict without the library that trained them."""

from dataclasses import dataclass
from functools import cached_property
from typing import get_args

import numpy as np

from assay.core.array import Floats, Singles
from assay.core.contract import Fitted, State
from assay.core.effort import Effort
from assay.core.errors import BundleError, UsageError
from assay.core.result import Ended
from assay.core.table import Table
from assay.models import _boosting as boosting
from assay.models.bitsliced_trees import BitslicedTrees
from assay.models.flat import FlatTrees
from assay.models.joint_trees import JointTrees
from assay.models.matrix import sigmoid, softmax

FORMAT = 2
"""Of the State; format 1 holds the library's own bytes."""
FEW_ROWS = 32
"""Up to this many rows are walked side by side: 0.07 µs per tree for one row, some 0.3 µs per row and tree for more."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FlatBoosted:
    """A trained booster of the family `name`, cut to the rounds it ships with.

    n_rows: training rows. rounds: in use; there may be fewer trees where the last rounds found no split.
    """

    name: str
    trees: FlatTrees
    n_classes: int
    n_rows: int
    rounds: int
    ended: Ended

    @property
    def rounds_done(self) -> int:
        return self.rounds

    @cached_property
    def _joint_trees(self) -> JointTrees:
        return JointTrees.of([self.trees])

    @cached_property
    def _bitsliced(self) -> BitslicedTrees:
        return BitslicedTrees.of([self.trees])

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        if rounds is not None and rounds != self.rounds:
            return self._cut(rounds).predict(table)
        if not table.n_rows:
            return np.empty((0, self.n_classes) if self.n_classes else 0)
        return self.finish(self.sums(boosting.matrix(table)))

    def _cut(self, rounds: int) -> "FlatBoosted":
        if not 1 <= rounds <= self.rounds:
            raise UsageError(f"{rounds} rounds were asked for, 1 to {self.rounds} are stored.")
        return FlatBoosted(
            name=self.name, trees=self.trees.first(min(rounds, self.trees.rounds)), n_classes=self.n_classes,
            n_rows=self.n_rows, rounds=rounds, ended=self.ended,
        )  # fmt: skip

    def sums(self, X: Singles) -> Floats:
        """(n_outputs, n) sums of leaves, base included, for rows of `matrix`."""
        return self._joint_trees.sums(X) if len(X) <= FEW_ROWS else self._bitsliced.sums(X)

    def effort(self, *, rounds: int | None = None) -> Effort:
        trees = self if rounds is None or rounds == self.rounds else self._cut(rounds)
        return trees._joint_trees.effort() + Effort(calls=20)

    def finish(self, sums: Floats) -> Floats:
        """The output of `predict` from sums (n_outputs, n)."""
        if self.trees.output == "value":
            return np.asarray(sums[0])
        raw = sigmoid(sums[0]) if self.trees.output == "sigmoid" else softmax(sums.T)
        return boosting.never_zero(raw, self.n_rows)

    def state(self) -> State:
        return State(
            name=self.name,
            meta={
                "format": FORMAT, "n_classes": self.n_classes, "n_rows": self.n_rows, "rounds": self.rounds,
                "ended": self.ended, **self.trees.meta,
            },
            arrays=self.trees.arrays(),
        )  # fmt: skip

    @classmethod
    def restore(cls, name: str, state: State) -> "FlatBoosted":
        """BundleError or ValueError when the state is another family's, incomplete, or invalid."""
        ended = next((known for known in get_args(Ended) if known == state.meta.get("ended")), None)
        if state.name != name or ended is None:
            raise BundleError(f"A {state.name!r} state that ended by {state.meta.get('ended')!r} is no {name} model.")
        trees = FlatTrees.restore(state)
        n_classes, n_rows, rounds = (boosting.whole(state, key) for key in ("n_classes", "n_rows", "rounds"))
        outputs = {"value": (0, 1), "sigmoid": (2, 1), "softmax": (n_classes, n_classes)}[trees.output]
        if (n_classes, trees.n_outputs) != outputs or n_rows < 1 or rounds < trees.rounds:
            raise ValueError(f"{name} trees with {trees.n_outputs} outputs do not answer for {n_classes} classes")
        return cls(name=name, trees=trees, n_classes=n_classes, n_rows=n_rows, rounds=rounds, ended=ended)


def restored(library: boosting.Library, state: State) -> Fitted:
    """A booster stored in either format."""
    if state.meta.get("format") == FORMAT:
        return FlatBoosted.restore(library.name, state)
    return boosting.Boosted.restore(library, state)


def flattened(model: boosting.Boosted, table: Table, *, rounds: int | None) -> FlatBoosted:
    """The booster's first `rounds` rounds (None: those in use) as flat trees, compared with it on a table's rows.

    table: encoded rows as the model reads them, including missing cells and unseen levels. ValueError where its trees
    cannot be flattened or predict differently. Leaves become float32 where raw scores stay within the tolerance.
    """
    rounds = model.rounds if rounds is None else min(rounds, model.rounds_done)
    library = model.library
    exact = library.flat(model, table, rounds=rounds)
    exact.check()
    want = np.asarray(library.raw(model.booster, table, rounds=rounds), dtype=np.float64).reshape(table.n_rows, -1)
    off = np.inf
    for trees in (exact.rounded(), exact):
        found = FlatBoosted(
            name=library.name, trees=trees, n_classes=model.n_classes, n_rows=model.n_rows, rounds=rounds,
            ended=model.ended,
        )  # fmt: skip
        off = _difference(found, table, want)
        if off <= library.tolerance and _same_answers(model, found, table):
            return found
    raise ValueError(f"{library.name} trees made flat answer otherwise, by {off:.1e} of the largest score")


def _difference(found: FlatBoosted, table: Table, want: Floats) -> float:
    """The largest difference of raw scores, relative to the largest score or 1."""
    X = boosting.matrix(table)
    few = np.arange(0, len(X), max(1, len(X) // FEW_ROWS))[:FEW_ROWS]
    apart = np.abs(found._joint_trees.sums(X[few]).T - want[few]).max(initial=0.0)
    return float(apart / max(1.0, np.abs(want).max(initial=0.0)))


def _same_answers(model: boosting.Boosted, found: FlatBoosted, table: Table) -> bool:
    few = table.take(np.arange(min(table.n_rows, FEW_ROWS)))
    want, got = model.predict(few, rounds=found.rounds), found.predict(few)
    return want.shape == got.shape and bool(np.allclose(got, want, rtol=1e-5, atol=1e-5 * np.abs(want).max(initial=0)))
