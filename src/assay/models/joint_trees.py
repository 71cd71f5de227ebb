"""Flat trees of one or many models walked jointly: all trees of a row in a few array operations."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Floats, Index, Singles
from assay.core.effort import Effort, total
from assay.models.bitslice_layout import one_after_another, splits_by_level
from assay.models.flat import FlatTrees
from assay.models.split_conditions import SplitConditions, joined


@dataclass(frozen=True, slots=True, eq=False)
class _Walk:
    """Binary trees of all models, the deepest first, so that those not yet at a leaf are always a prefix.

    packed: (n_nodes,) offset of the left child, then (low bits) the condition whose answer is added to it: 0 and 0 at
    leaves. value: (n_nodes,) of leaves. roots: (n_trees,). on_way: trees deeper than 0, 1, … steps. order: (n_trees,)
    trees by output; first: (n_outputs,) offset of each output in it; has: outputs with any trees.
    """

    packed: Index
    bits: int
    value: Floats
    roots: Index
    on_way: tuple[int, ...]
    order: Index
    first: Index
    has: Index

    def add(self, answers: AnyArray, out: Floats) -> None:
        """Add the trees' values to out (n_outputs, n); answers: (n_answers, n)."""
        n = out.shape[1]
        node, row = np.repeat(self.roots, n), np.tile(np.arange(n), len(self.roots)) if n > 1 else None
        flat, mask = answers.ravel(), (1 << self.bits) - 1
        for n_trees in self.on_way:
            going = node[: n_trees * n]
            packed = self.packed.take(going, mode="clip")
            going += packed >> self.bits
            packed &= mask
            if row is not None:
                packed *= n
                packed += row[: n_trees * n]
            going += flat.take(packed, mode="clip")
        value = self.value.take(node).reshape(len(self.roots), n)
        out[self.has] += np.add.reduceat(value[self.order], self.first, axis=0)


def _walk(models: Sequence[FlatTrees], places: Sequence[Index], outputs: Sequence[int], n_answers: int) -> _Walk | None:
    b = one_after_another(models, places)
    if not len(b.splits):
        return None
    bits, at = max(int(n_answers).bit_length(), 1), np.flatnonzero(~b.is_leaf)
    # from a tree's i-th split to its left child, node 2 i + 1 of the tree
    steps = 2 * np.arange(len(at)) - at
    steps += np.repeat(b.roots + 1 - 2 * (np.cumsum(b.splits) - b.splits), b.splits)
    packed, value = np.zeros(len(b.is_leaf), dtype=np.int64), np.zeros(len(b.is_leaf))
    packed[at] = (steps << bits) | b.test
    value[np.flatnonzero(b.is_leaf)] = b.leaves
    depth = (splits_by_level(b) > 0).sum(axis=0)
    order = np.argsort(-depth, kind="stable")
    of_tree = [
        first + np.arange(len(m.branches.splits)) % m.n_outputs for m, first in zip(models, outputs, strict=True)
    ]
    output = np.concatenate(of_tree)[order]
    by_output = np.argsort(output, kind="stable")
    has, first = np.unique(output[by_output], return_index=True)
    on_way = tuple(int((depth > d).sum()) for d in range(int(depth.max())))
    return _Walk(packed, bits, value, b.roots[order], on_way, by_output, first, has)


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """Symmetric trees of models with equally many outputs: their answers are the bits of the leaf number.

    test: (n_trees, 8 or 16) answers, the lowest bit first, False beyond a tree's depth. leaves: (n, n_outputs); start:
    (n_trees,) first leaf. first: first tree of each model; outputs: (n_models, n_outputs) output rows.
    """

    test: Index
    leaves: Floats
    start: Index
    first: Index
    outputs: Index

    def add(self, answers: AnyArray, out: Floats) -> None:
        """As _Walk.add."""
        n = out.shape[1]
        bits = answers.take(self.test.ravel(), axis=0).reshape(*self.test.shape, n)
        words = np.packbits(bits, axis=1, bitorder="little").astype(np.int64)
        leaf = words[:, 0] if words.shape[1] == 1 else words[:, 0] + 256 * words[:, 1]
        value = self.leaves.take(leaf + self.start[:, None], axis=0)  # (n_trees, n, n_outputs)
        out[self.outputs] += np.add.reduceat(value, self.first, axis=0).transpose(0, 2, 1)


def _tables(models: Sequence[FlatTrees], places: Sequence[Index], outputs: Sequence[int]) -> tuple[_Tables, ...]:
    """One table for each number of outputs."""
    found = []
    for k in sorted({m.n_outputs for m in models if len(m.symmetric.depths)}):
        ours = [i for i, m in enumerate(models) if m.n_outputs == k and len(m.symmetric.depths)]
        trees = [models[i].symmetric for i in ours]
        depths = np.concatenate([s.depths for s in trees])
        conditions = np.concatenate([places[i][models[i].symmetric.test] for i in ours])
        test = np.zeros((len(depths), 8 if depths.max() <= 8 else 16), dtype=np.int64)
        test[np.arange(test.shape[1]) < depths[:, None]] = conditions
        sizes, counts = 1 << depths, np.array([len(s.depths) for s in trees])
        found.append(
            _Tables(
                test, np.concatenate([s.leaves for s in trees]), np.cumsum(sizes) - sizes, np.cumsum(counts) - counts,
                np.array([outputs[i] + np.arange(k) for i in ours]),
            )
        )  # fmt: skip
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class JointTrees:
    """Models compiled for joint prediction of up to a few hundred rows; memory grows with rows x trees."""

    conditions: SplitConditions
    walk: _Walk | None
    tables: tuple[_Tables, ...]
    base: Floats

    @classmethod
    def of(cls, models: Sequence[FlatTrees], offsets: Sequence[int] | None = None) -> "JointTrees":
        """offsets: the column of X where each model's own begin."""
        offsets = offsets or [0] * len(models)
        conditions, places = joined([model.tests for model in models], offsets)
        outputs = np.cumsum([0, *(model.n_outputs for model in models)])[:-1].tolist()
        return cls(
            conditions, _walk(models, places, outputs, conditions.n_answers), _tables(models, places, outputs),
            np.concatenate([model.base for model in models]),
        )  # fmt: skip

    def effort(self) -> Effort:
        """Cost of `sums` for one row."""
        found = Effort(
            calls=16 + 14 * bool(len(self.conditions.sets)), cells=self.conditions.n_answers + len(self.base)
        )
        if self.walk is not None:
            on_way, n_trees = self.walk.on_way, len(self.walk.roots)
            found += Effort(calls=10 + 8 * len(on_way), hops=sum(on_way), cells=4 * n_trees)
        return found + total(
            Effort(calls=14, cells=3 * table.test.size + table.leaves.shape[1] * len(table.test))
            for table in self.tables
        )

    def sums(self, X: Singles) -> Floats:
        """(n_outputs of all models in turn, n) base and leaves for the rows of X (n, n_columns)."""
        answers = self.conditions.answers(X)
        out = np.repeat(self.base[:, None], len(X), axis=1)
        if self.walk is not None:
            self.walk.add(answers, out)
        for table in self.tables:
            table.add(answers, out)
        return out
