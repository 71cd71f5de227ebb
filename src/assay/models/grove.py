"""Flat trees of one or many models walked together: one row of all of them in the time of a few array operations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index, Singles
from assay.models.flat import FlatTrees, Tests, numeric_key


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """All tests of a grove, answered for all rows at once; answer 0 is the No that leaves give.

    The numeric ones that send a missing cell left come first, then those that send it right, then the sets.
    """

    column: Index
    threshold: Singles
    n_left: int
    set_column: Index
    set_stride: Index
    set_bit: Index
    bit_stride: Index
    sets: Bools

    def answers(self, X: Singles) -> Bools:
        """(1 + n_tests, n) Yes and No for the rows of X (n, n_columns)."""
        n_numeric, n = len(self.threshold), len(X)
        across = np.ascontiguousarray(X.T)
        out = np.zeros((1 + n_numeric + len(self.sets), n), dtype=np.bool_)
        x, cut = across.take(self.column, axis=0), 1 + self.n_left
        # comparing with NaN is false
        np.greater(x[: self.n_left], self.threshold[: self.n_left, None], out=out[1:cut])
        right = out[cut : 1 + n_numeric]
        np.less_equal(x[self.n_left :], self.threshold[self.n_left :, None], out=right)
        np.logical_not(right, out=right)
        if len(self.sets):
            place = self._places(across, out)
            self.sets.ravel().take(place, out=out[1 + n_numeric :], mode="clip")
        return out

    def _places(self, across: Singles, answers: Bools) -> Index:
        """(n_sets, n) where in `sets` the answers stand; across: (n_columns, n)."""
        width = self.sets.shape[1]
        whole = np.nan_to_num(across, posinf=0.0, neginf=0.0)
        place = (whole.take(self.set_column, axis=0) * self.set_stride[:, :, None]).sum(axis=1)
        if self.set_bit.shape[1]:
            place += (answers.take(self.set_bit, axis=0) * self.bit_stride[:, :, None]).sum(axis=1)
        inside = np.minimum(np.maximum(place, 0.0), width - 1.0).astype(np.int64)
        return np.asarray(inside + (np.arange(len(self.sets)) * width)[:, None])


def _joined(all_tests: Sequence[Tests], offsets: Sequence[int]) -> tuple[_Asked, list[Index]]:
    """The distinct tests of several models, and for each model the answer that each of its tests has."""
    column = np.concatenate([t.column + offset for t, offset in zip(all_tests, offsets, strict=True)])
    threshold = np.concatenate([t.threshold for t in all_tests])
    right = np.concatenate([t.missing_right for t in all_tests])
    _, first, which = np.unique(numeric_key(column, threshold, right), return_index=True, return_inverse=True)
    places, n_numeric, n_sets = list[Index](), 0, 0
    for tests in all_tests:
        numeric = which[n_numeric : n_numeric + len(tests.threshold)]
        of_sets = len(first) + n_sets + np.arange(len(tests.sets))
        places.append(1 + np.concatenate([numeric, of_sets]))
        n_numeric, n_sets = n_numeric + len(tests.threshold), n_sets + len(tests.sets)
    found = [(t, offset, place) for t, offset, place in zip(all_tests, offsets, places, strict=True) if len(t.sets)]
    asked = _Asked(
        column[first], threshold[first], int((~right[first]).sum()),
        _padded([t.set_column + offset for t, offset, _ in found]), _padded([t.set_stride for t, _, _ in found]),
        _padded([place[t.set_bit] if t.set_bit.size else t.set_bit for t, _, place in found]),
        _padded([t.bit_stride for t, _, _ in found]), _padded([t.sets for t, _, _ in found], "edge"),
    )  # fmt: skip
    return asked, places


def _padded(blocks: Sequence[AnyArray], mode: Literal["constant", "edge"] = "constant") -> AnyArray:
    """The rows of blocks of different widths under each other."""
    if not blocks:
        return np.zeros((0, 0), dtype=np.int64)
    width = max(block.shape[1] for block in blocks)
    return np.concatenate([np.pad(block, ((0, 0), (0, width - block.shape[1])), mode=mode) for block in blocks])


@dataclass(frozen=True, slots=True, eq=False)
class _Walk:
    """Binary trees of all models, the deepest first, so that those still on their way are always the first ones.

    packed: (n_nodes,) steps to the left child, then (low bits) the answer that is added to them: 0 and 0 at leaves.
    value: (n_nodes,) of leaves. roots: (n_trees,). on_way: trees deeper than 0, 1, … steps.
    order: (n_trees,) places of trees by output; first: (n_outputs,) of each output's first in it; has: which outputs
    have trees at all.
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
        """Add to out (n_outputs, n) what the trees say; answers: (n_answers, n)."""
        n = out.shape[1]
        node, row = np.repeat(self.roots, n), np.tile(np.arange(n), len(self.roots))
        flat, mask = answers.ravel(), (1 << self.bits) - 1
        for n_trees in self.on_way:
            going = node[: n_trees * n]
            packed = self.packed.take(going, mode="clip")
            going += packed >> self.bits
            packed &= mask
            if n > 1:
                packed *= n
                packed += row[: n_trees * n]
            going += flat.take(packed, mode="clip")
        value = self.value.take(node).reshape(len(self.roots), n)
        out[self.has] += np.add.reduceat(value[self.order], self.first, axis=0)


def _walk(models: Sequence[FlatTrees], places: Sequence[Index], outputs: Sequence[int], n_answers: int) -> _Walk | None:
    branches = [model.branches for model in models]
    splits = np.concatenate([b.splits for b in branches])
    if not len(splits):
        return None
    is_leaf = np.concatenate([b.is_leaf for b in branches])
    test = np.concatenate([place[b.test] for place, b in zip(places, branches, strict=True)])
    sizes = 2 * splits + 1
    roots = np.cumsum(sizes) - sizes
    at = np.flatnonzero(~is_leaf)
    tree = np.repeat(np.arange(len(splits)), splits)
    rank = np.arange(len(at)) - np.repeat(np.cumsum(splits) - splits, splits)
    bits = max(int(n_answers).bit_length(), 1)
    packed = np.zeros(len(is_leaf), dtype=np.int64)
    packed[at] = ((roots[tree] + 2 * rank + 1 - at) << bits) | test
    value = np.zeros(len(is_leaf))
    value[is_leaf] = np.concatenate([b.leaves for b in branches])
    depth = _depths(roots, packed >> bits)
    order = np.argsort(-depth, kind="stable")
    of_tree = [
        first + np.arange(len(m.branches.splits)) % m.n_outputs for m, first in zip(models, outputs, strict=True)
    ]
    output = np.concatenate(of_tree)[order]
    by_output = np.argsort(output, kind="stable")
    has, first = np.unique(output[by_output], return_index=True)
    on_way = tuple(int((depth > d).sum()) for d in range(int(depth.max())))
    return _Walk(packed, bits, value, roots[order], on_way, by_output, first, has)


def _depths(roots: Index, steps: Index) -> Index:
    """(n_trees,) the longest way down each tree."""
    depth, node, tree = np.zeros(len(roots), dtype=np.int64), roots, np.arange(len(roots))
    level = 0
    while True:
        step = steps[node]
        going = step > 0
        if not going.any():
            return depth
        level += 1
        left, tree = (node + step)[going], np.repeat(tree[going], 2)
        depth[tree] = level
        node = np.stack([left, left + 1], axis=1).ravel()


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """Symmetric trees of models with equally many outputs: their answers are the number of the leaf.

    test: (n_trees, 8 or 16) answers that are the bits of the leaf, the lowest first, No beyond a tree's depth.
    leaves: (n, n_outputs); start: (n_trees,) first leaf. first: first tree of each model; outputs: (n_models,
    n_outputs) rows of the grove's outputs.
    """

    test: Index
    leaves: Floats
    start: Index
    first: Index
    outputs: Index

    def add(self, answers: AnyArray, out: Floats) -> None:
        """As _Walk.add."""
        n_trees, n = len(self.test), out.shape[1]
        bits = answers.take(self.test.ravel(), axis=0).reshape(n_trees, -1, n)
        words = np.packbits(bits, axis=1, bitorder="little").astype(np.int64)
        leaf = words[:, 0] if words.shape[1] == 1 else words[:, 0] + 256 * words[:, 1]
        value = self.leaves.take(leaf + self.start[:, None], axis=0)  # (n_trees, n, n_outputs)
        out[self.outputs] += np.add.reduceat(value, self.first, axis=0).transpose(0, 2, 1)


def _tables(models: Sequence[FlatTrees], places: Sequence[Index], outputs: Sequence[int]) -> tuple[_Tables, ...]:
    """One for each number of outputs."""
    found = []
    for k in sorted({m.n_outputs for m in models if len(m.symmetric.depths)}):
        ours = [i for i, m in enumerate(models) if m.n_outputs == k and len(m.symmetric.depths)]
        trees = [models[i].symmetric for i in ours]
        depths = np.concatenate([s.depths for s in trees])
        asked = np.concatenate([places[i][models[i].symmetric.test] for i in ours])
        test = np.zeros((len(depths), 8 if depths.max() <= 8 else 16), dtype=np.int64)
        test[np.arange(test.shape[1]) < depths[:, None]] = asked
        sizes, counts = 1 << depths, np.array([len(s.depths) for s in trees])
        found.append(
            _Tables(
                test, np.concatenate([s.leaves for s in trees]), np.cumsum(sizes) - sizes, np.cumsum(counts) - counts,
                np.array([outputs[i] + np.arange(k) for i in ours]),
            )
        )  # fmt: skip
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class Grove:
    """Models compiled to be asked together. Right for up to a few hundred rows; it takes memory by rows and trees."""

    asked: _Asked
    walk: _Walk | None
    tables: tuple[_Tables, ...]
    base: Floats

    @classmethod
    def of(cls, models: Sequence[FlatTrees], offsets: Sequence[int] | None = None) -> "Grove":
        """offsets: the column of X where each model's own begin."""
        offsets = offsets or [0] * len(models)
        asked, places = _joined([model.tests for model in models], offsets)
        outputs = np.cumsum([0, *(model.n_outputs for model in models)])[:-1].tolist()
        n_answers = 1 + len(asked.threshold) + len(asked.sets)
        return cls(
            asked, _walk(models, places, outputs, n_answers), _tables(models, places, outputs),
            np.concatenate([model.base for model in models]),
        )  # fmt: skip

    def sums(self, X: Singles) -> Floats:
        """(n_outputs of all models in turn, n) base and leaves for the rows of X (n, n_columns)."""
        answers = self.asked.answers(X)
        out = np.repeat(self.base[:, None], len(X), axis=1)
        if self.walk is not None:
            self.walk.add(answers, out)
        for table in self.tables:
            table.add(answers, out)
        return out


CHUNK_ROWS = 8192


def table_sums(model: FlatTrees, X: Singles) -> Floats:
    """(n_outputs, n) as Grove.sums of one model of symmetric trees, for many rows: 3 ns a row and tree."""
    grove = Grove.of([model])
    depths, starts = model.symmetric.depths.tolist(), np.cumsum(1 << model.symmetric.depths).tolist()
    test = grove.tables[0].test
    out = np.repeat(model.base[:, None], len(X), axis=1)
    for begin in range(0, len(X), CHUNK_ROWS):
        answers = grove.asked.answers(X[begin : begin + CHUNK_ROWS]).view(np.uint8)
        part = out[:, begin : begin + CHUNK_ROWS]
        for tree, (depth, end) in enumerate(zip(depths, starts, strict=True)):
            leaf: AnyArray = np.zeros(part.shape[1], dtype=np.uint8 if depth <= 8 else np.uint16)
            for bit in range(depth):
                leaf |= answers[test[tree, bit]].astype(leaf.dtype, copy=False) << leaf.dtype.type(bit)
            leaves = model.symmetric.leaves[end - (1 << depth) : end]
            for k, column in enumerate(leaves.T):
                part[k] += column.take(leaf)
    return out
