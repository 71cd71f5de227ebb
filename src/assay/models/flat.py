"""Boosted trees of any library as flat arrays, in the stored form that is validated before any index is followed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index, Singles
from assay.core.contract import State
from assay.models.flat_stored import StoredArrays, shortest, single, small, whole_number

Output = Literal["value", "exp", "sigmoid", "softmax"]
"""Transform of the summed leaves: none, from a logarithm, or to probabilities."""
_COUNTS = ("n_columns", "n_outputs", "set_width", "set_columns", "set_bits")
NO_SPANS: Index = np.zeros((0, 2), dtype=np.int64)
MOST_DEPTH = 16
"""Depth limit of a symmetric tree, which has 2 ** depth leaves."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tests:
    """The split conditions of a model over `matrix`, each stored once; test t is numeric for t < len(threshold).

    column, threshold, missing_right: (a,) "x[column] > threshold", and the answer where x is missing. sets: (b, width)
    answers by position, where the position is the sum of x[set_column] * set_stride over columns of small whole numbers
    (0 for missing) plus bit_stride of those numeric tests set_bit that are true. set_column, set_stride: (b, m);
    set_bit, bit_stride: (b, q); unused entries have stride 0. True means right. keys: rising positions of all sets
    whose positions are too many; key_span: (b, 2) where a set's own begin and end in them, equal where it has none.
    Such a set answers by the rank of the position among its keys, and for all others after the last one.
    """

    column: Index
    threshold: Singles
    missing_right: Bools
    set_column: Index
    set_stride: Index
    set_bit: Index
    bit_stride: Index
    sets: Bools
    keys: Index = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    key_span: Index = field(default_factory=NO_SPANS.copy)

    @property
    def spans(self) -> Index:
        """(b, 2) key_span, of zeros where no set has keys."""
        return self.key_span if self.key_span.size else np.zeros((len(self.sets), 2), dtype=np.int64)

    def __len__(self) -> int:
        return len(self.threshold) + len(self.sets)

    @property
    def columns(self) -> Index:
        """(a + b,) the first column each test reads; tables without categories may have no set columns."""
        first = self.set_column[:, 0] if len(self.sets) else np.zeros(0, dtype=np.int64)
        return np.asarray(np.concatenate([self.column, first]), dtype=np.int64)

    def only(self, asked: Index) -> "tuple[Tests, Index]":
        """These tests and those their sets read, and (len(self),) the new number of each."""
        n, keep = len(self.threshold), np.zeros(len(self), dtype=np.bool_)
        keep[asked] = True
        sets = keep[n:]
        keep[self.set_bit[sets][self.bit_stride[sets] > 0]] = True
        numeric, place = keep[:n], np.maximum(np.cumsum(keep) - 1, 0)
        stride = self.bit_stride[sets]
        used = (stride > 0).any(axis=0)  # where no numeric test is left, no bit may read one
        has_keys = bool((self.spans[sets, 1] > self.spans[sets, 0]).any())
        tests = Tests(
            column=self.column[numeric], threshold=self.threshold[numeric], missing_right=self.missing_right[numeric],
            set_column=self.set_column[sets], set_stride=self.set_stride[sets],
            set_bit=np.where(stride > 0, place[self.set_bit[sets]], 0)[:, used], bit_stride=stride[:, used],
            sets=self.sets[sets], keys=self.keys if has_keys else self.keys[:0],
            key_span=self.spans[sets] if has_keys else NO_SPANS,
        )  # fmt: skip
        return tests, place

    def check(self, n_columns: int) -> None:
        """ValueError unless every test reads an existing column."""
        is_whole = len(self.column) == len(self.threshold) and self.set_column.shape == self.set_stride.shape
        is_whole &= self.set_bit.shape == self.bit_stride.shape
        is_whole &= len(self.set_column) == len(self.set_bit) == len(self.sets)
        columns = np.concatenate([self.column, self.set_column.ravel()])
        if (self.set_bit < 0).any() or (self.set_bit.size and self.set_bit.max() >= len(self.threshold)):
            raise ValueError("the sets of the trees ask tests that there are not")
        begin, end = self.spans.T
        if len(begin) != len(self.sets) or ((begin < 0) | (end < begin) | (end > len(self.keys))).any():
            raise ValueError("the sets of the trees have other keys than there are")
        if ((end > begin) & (end - begin >= self.sets.shape[1])).any():
            raise ValueError("the sets of the trees have more keys than answers")
        if (
            not is_whole
            or ((columns < 0) | (columns >= n_columns)).any()
            or (len(self.sets) and not self.sets.shape[1])
        ):
            raise ValueError("the tests of the trees do not fit their columns")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BinaryTrees:
    """Binary trees in breadth-first order: the i-th split of a tree has the children 2 i + 1 and 2 i + 2.

    splits: (n_trees,) number of splits; is_leaf: (n_nodes,) of all trees; test: (n_splits,); leaves: (n_leaves,) in
    node order. Tree i belongs to output i % n_outputs.
    """

    splits: Index
    is_leaf: Bools
    test: Index
    leaves: Floats

    @property
    def roots(self) -> Index:
        """(n_trees,) first node of each tree."""
        sizes = 2 * self.splits + 1
        return np.asarray(np.cumsum(sizes) - sizes)

    def check(self, n_tests: int) -> None:
        """ValueError unless every path stays in its tree and ends."""
        if (self.splits < 0).any() or (2 * self.splits + 1).sum() != len(self.is_leaf):
            raise ValueError("the nodes of the trees are not as many as their splits need")
        tree = np.repeat(np.arange(len(self.splits)), 2 * self.splits + 1)
        at = np.flatnonzero(~self.is_leaf)
        if not np.array_equal(np.bincount(tree[at], minlength=len(self.splits)), self.splits):
            raise ValueError("the splits of the trees are not where they should be")
        rank = np.arange(len(at)) - (np.cumsum(self.splits) - self.splits)[tree[at]]
        if (at - self.roots[tree[at]] > 2 * rank).any():
            raise ValueError("the trees go round in circles")
        if len(self.test) != len(at) or len(self.leaves) != len(self.is_leaf) - len(at):
            raise ValueError("the leaves or the tests of the trees are not as many as their nodes")
        if ((self.test < 0) | (self.test >= n_tests)).any():
            raise ValueError("the trees ask tests that there are not")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SymmetricTrees:
    """Trees with one test per depth (CatBoost's): the answers are the bits of the leaf number, lowest first.

    depths: (n_trees,); test: (sum of depths,); leaves: (sum of 2 ** depth, n_outputs).
    """

    depths: Index
    test: Index
    leaves: Floats

    def check(self, n_tests: int) -> None:
        """ValueError unless the sizes agree."""
        if ((self.depths < 0) | (self.depths > MOST_DEPTH)).any():
            raise ValueError(f"symmetric trees are at most {MOST_DEPTH} deep")
        if len(self.test) != self.depths.sum() or len(self.leaves) != (1 << self.depths).sum():
            raise ValueError("the symmetric trees have other leaves than they need")
        if ((self.test < 0) | (self.test >= n_tests)).any():
            raise ValueError("the symmetric trees ask tests that there are not")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FlatTrees:
    """A boosted model. n_columns: of `matrix`; base: (n_outputs,) initial scores.

    Either branches or symmetric is empty; there is a tree per round, of branches one for each output.
    """

    n_columns: int
    output: Output
    base: Floats
    tests: Tests
    branches: BinaryTrees
    symmetric: SymmetricTrees

    @property
    def n_outputs(self) -> int:
        return len(self.base)

    @property
    def rounds(self) -> int:
        return len(self.branches.splits) // self.n_outputs + len(self.symmetric.depths)

    def first(self, rounds: int) -> "FlatTrees":
        """The model of its first `rounds` rounds."""
        b, s = self.branches, self.symmetric
        splits, depths = b.splits[: rounds * self.n_outputs], s.depths[:rounds]
        nodes, n_splits = int((2 * splits + 1).sum()), int(splits.sum())
        by_node, by_depth = b.test[:n_splits], s.test[: depths.sum()]
        tests, place = self.tests.only(np.concatenate([by_node, by_depth]))
        branches = BinaryTrees(
            splits=splits, is_leaf=b.is_leaf[:nodes], test=place[by_node], leaves=b.leaves[: nodes - n_splits]
        )
        symmetric = SymmetricTrees(depths=depths, test=place[by_depth], leaves=s.leaves[: int((1 << depths).sum())])
        return replace(self, tests=tests, branches=branches, symmetric=symmetric)

    def rounded(self) -> "FlatTrees":
        """Leaves as float32; the common part of the first round's leaves is moved into the base first."""
        first, k = self.first(1), self.n_outputs
        b, s = self.branches, self.symmetric
        by_leaf, tables = b.leaves.copy(), s.leaves.copy()
        if len(b.splits):
            owner = np.repeat(np.arange(k), first.branches.splits + 1)
            shift = np.bincount(owner, first.branches.leaves, minlength=k) / (first.branches.splits + 1)
            by_leaf[: len(owner)] -= shift[owner]
        else:
            shift = first.symmetric.leaves.mean(axis=0) if len(s.depths) else np.zeros(k)
            tables[: len(first.symmetric.leaves)] -= shift
        return replace(
            self, base=self.base + shift, branches=replace(b, leaves=single(by_leaf)),
            symmetric=replace(s, leaves=single(tables)),
        )  # fmt: skip

    def arrays(self) -> Mapping[str, AnyArray]:
        """Arrays for a State, in the smallest types that hold the values; leaves as float32 where exact."""
        t, b, s = self.tests, self.branches, self.symmetric
        kept = {
            "base": self.base, "column": small(t.column), "threshold": t.threshold,
            "missing_right": np.packbits(t.missing_right),
            "set_column": small(t.set_column), "set_stride": small(t.set_stride),
            "set_bit": small(t.set_bit), "bit_stride": small(t.bit_stride),
            "keys": small(t.keys), "key_span": small(t.key_span),
            "sets": np.packbits(t.sets, axis=1), "splits": small(b.splits), "is_leaf": np.packbits(b.is_leaf),
            "test": small(b.test), "leaves": shortest(b.leaves), "depths": small(s.depths),
            "questions": small(s.test), "tables": shortest(s.leaves),
        }  # fmt: skip
        return {name: array for name, array in kept.items() if array.size}

    @property
    def meta(self) -> dict[str, int | str]:
        """The whole numbers and names stored beside arrays()."""
        tests = self.tests
        return {
            "n_columns": self.n_columns, "output": self.output, "n_outputs": self.n_outputs,
            "set_width": tests.sets.shape[1], "set_columns": tests.set_column.shape[1],
            "set_bits": tests.set_bit.shape[1],
        }  # fmt: skip

    @classmethod
    def restore(cls, state: State) -> "FlatTrees":
        """The model of arrays() and meta; ValueError if an index could leave its array, as bundles may be untrusted."""
        meta = {name: whole_number(state, name) for name in _COUNTS}
        output = next((known for known in get_args(Output) if known == state.meta.get("output")), None)
        if output is None or not meta["n_outputs"] > 0 or not meta["n_columns"] >= 0:
            raise ValueError(f"trees have no output {state.meta.get('output')!r}")
        read = StoredArrays(state.arrays)
        sets = read.sets(meta["set_width"])
        splits, threshold = read.whole("splits"), read.floats("threshold").astype(np.float32)
        trees = cls(
            n_columns=meta["n_columns"], output=output, base=read.floats("base"),
            tests=Tests(
                column=read.whole("column"), threshold=threshold,
                missing_right=read.bits("missing_right", len(threshold)), sets=sets,
                set_column=read.wholes("set_column", len(sets), meta["set_columns"]),
                set_stride=read.wholes("set_stride", len(sets), meta["set_columns"]),
                set_bit=read.wholes("set_bit", len(sets), meta["set_bits"]),
                bit_stride=read.wholes("bit_stride", len(sets), meta["set_bits"]), keys=read.whole("keys"),
                key_span=read.wholes("key_span", len(sets), 2 if "key_span" in state.arrays else 0),
            ),
            branches=BinaryTrees(
                splits=splits, is_leaf=read.bits("is_leaf", int((2 * splits + 1).sum())), test=read.whole("test"),
                leaves=read.floats("leaves"),
            ),
            symmetric=SymmetricTrees(
                depths=read.whole("depths"), test=read.whole("questions"),
                leaves=read.floats("tables", n_columns=meta["n_outputs"]),
            ),
        )  # fmt: skip
        if len(trees.base) != meta["n_outputs"]:
            raise ValueError("the trees start from other outputs than they have")
        trees.check()
        return trees

    def check(self) -> None:
        """ValueError unless sizes agree and no index leaves its array."""
        self.tests.check(self.n_columns)
        self.branches.check(len(self.tests))
        self.symmetric.check(len(self.tests))
        n_trees = len(self.branches.splits)
        if (n_trees and len(self.symmetric.depths)) or n_trees % self.n_outputs or not self.rounds:
            raise ValueError("the trees are not of whole rounds")


def numeric_key(column: Index, threshold: Singles, missing_right: Bools) -> Index:
    """(n,) one integer per numeric test, equal for equal tests; those that send missing cells left come first."""
    bits = np.ascontiguousarray(threshold, dtype=np.float32).view(np.uint32).astype(np.int64)
    return (missing_right.astype(np.int64) << 62) | (column << 32) | bits


def no_branches() -> BinaryTrees:
    """No binary trees."""
    none = np.zeros(0, dtype=np.int64)
    return BinaryTrees(splits=none, is_leaf=np.zeros(0, dtype=np.bool_), test=none, leaves=np.zeros(0))


def no_symmetric(n_outputs: int) -> SymmetricTrees:
    """No symmetric trees."""
    none = np.zeros(0, dtype=np.int64)
    return SymmetricTrees(depths=none, test=none, leaves=np.zeros((0, n_outputs)))
