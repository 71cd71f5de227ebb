"""Joint prediction of a predictor's boosters: one walk down all trees, one output step for equal links."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.effort import Effort
from assay.core.table import Table
from assay.models._boosting import matrix
from assay.models.bitsliced_trees import BitslicedTrees
from assay.models.flat_boosted import FEW_ROWS, FlatBoosted
from assay.models.joint_trees import JointTrees
from assay.models.matrix import sigmoid
from assay.pipeline.fitted_recipe import stored
from assay.pipeline.target_link import TargetLink


@dataclass(frozen=True, slots=True, eq=False)
class TreePiece:
    """A piece of flat trees: the encoded table it reads, its share of its member's prediction."""

    node: int
    model: FlatBoosted
    link: TargetLink
    share: float
    member: int


@dataclass(frozen=True, slots=True, eq=False)
class _PlainPieces:
    """Pieces with identity links. sums: (p, n_outputs) rows of the joint sums; least: (p, 1) floor of class
    probabilities.

    shares: (n_members, p).
    """

    sums: Index
    least: Floats
    shares: Floats

    @classmethod
    def of(cls, pieces: Sequence[tuple[TreePiece, int]], n_members: int) -> "_PlainPieces":
        """From pieces with the first row of each one's sums."""
        k = pieces[0][0].model.trees.n_outputs
        shares = np.zeros((n_members, len(pieces)))
        for p, (tree_piece, _) in enumerate(pieces):
            shares[tree_piece.member, p] = tree_piece.share
        least = np.array([[1.0 / (10 * tree_piece.model.n_rows)] for tree_piece, _ in pieces])
        return cls(np.array([first + np.arange(k) for _, first in pieces]), least, shares)

    def means(self, sums: Floats, output: str) -> Floats:
        """(n_members, n) or (n_members, n, k) contributions of the pieces to their members (see FlatBoosted.finish)."""
        if output == "softmax":
            scores = sums[self.sums]  # (p, k, n)
            raised = np.exp(scores - scores.max(axis=1, keepdims=True))
            raised /= raised.sum(axis=1, keepdims=True)
            raised += self.least[:, :, None]
            raised /= raised.sum(axis=1, keepdims=True)
            return np.asarray(np.tensordot(self.shares, raised, axes=1).transpose(0, 2, 1))
        scores = sums[self.sums[:, 0]]
        if output == "sigmoid":
            scores = (sigmoid(scores) + self.least) / (1.0 + 2.0 * self.least)
        return np.asarray(self.shares @ scores)


@dataclass(frozen=True, eq=False)
class JointBoosters:
    """All tree pieces of a predictor. nodes: whose tables are concatenated; special: pieces with other
    links, or that learn a logarithm.

    starts: the first column of each piece. output: of all, as they predict one target.
    """

    nodes: tuple[int, ...]
    pieces: tuple[TreePiece, ...]
    starts: tuple[int, ...]
    output: str
    plain_pieces: _PlainPieces | None
    special: tuple[tuple[TreePiece, int], ...]
    n_members: int

    @classmethod
    def of(cls, pieces: Sequence[TreePiece], n_members: int) -> "JointBoosters | None":
        """None where there are no pieces, or where they cannot be combined."""
        outputs = {(tree_piece.model.trees.output, tree_piece.model.trees.n_outputs) for tree_piece in pieces}
        if len(outputs) != 1:
            return None
        widths = {tree_piece.node: tree_piece.model.trees.n_columns for tree_piece in pieces}
        if any(tree_piece.model.trees.n_columns != widths[tree_piece.node] for tree_piece in pieces):
            return None
        nodes = tuple(sorted(widths))
        starts = dict(zip(nodes, np.cumsum([0, *(widths[node] for node in nodes)]).tolist(), strict=False))
        ((output, k),) = outputs
        numbered = [(tree_piece, p * k) for p, tree_piece in enumerate(pieces)]
        has_link = [not tree_piece.link.is_plain or output == "exp" for tree_piece in pieces]
        plain = [one for one, linked in zip(numbered, has_link, strict=True) if not linked]
        special = tuple(one for one, linked in zip(numbered, has_link, strict=True) if linked)
        plain_pieces = _PlainPieces.of(plain, n_members) if plain else None
        first = tuple(starts[tree_piece.node] for tree_piece in pieces)
        return cls(nodes, tuple(pieces), first, output, plain_pieces, special, n_members)

    @cached_property
    def joint_trees(self) -> JointTrees:
        """For few rows."""
        return JointTrees.of([tree_piece.model.trees for tree_piece in self.pieces], self.starts)

    @cached_property
    def bitsliced(self) -> BitslicedTrees:
        """For many."""
        return BitslicedTrees.of([tree_piece.model.trees for tree_piece in self.pieces], self.starts)

    def means(self, tables: Sequence[Table]) -> AnyArray:
        """(n_members, n) or (n_members, n, k) shares of the members' stored predictions; tables: of all nodes."""
        blocks = [matrix(tables[node]) for node in self.nodes]
        X = blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)
        sums = self.joint_trees.sums(X) if len(X) <= FEW_ROWS else self.bitsliced.sums(X)
        means = self._zeros(sums.shape[1]) if self.plain_pieces is None else self.plain_pieces.means(sums, self.output)
        for tree_piece, first in self.special:
            own = sums[first : first + tree_piece.model.trees.n_outputs]
            means[tree_piece.member] += tree_piece.share * stored(tree_piece.model.finish(own), tree_piece.link)
        return means

    def effort(self) -> Effort:
        """Cost of `means` for one row."""
        columns = sum(tree_piece.model.trees.n_columns for tree_piece in self.pieces)
        mixing = Effort(calls=30 + 12 * len(self.special), cells=columns + 6 * len(self.joint_trees.base))
        return self.joint_trees.effort() + mixing + Effort(calls=4 * len(self.nodes))

    def _zeros(self, n: int) -> Floats:
        k = self.special[0][0].model.trees.n_outputs
        return np.zeros((self.n_members, n, k) if self.output == "softmax" else (self.n_members, n))
