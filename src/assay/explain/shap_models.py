"""Models whose Shapley values are exact: their answer before it becomes a prediction, as a game of input columns."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Floats, Index, Singles
from assay.core.contract import Fitted
from assay.core.table import Table
from assay.explain.shap_mixtures import NONE, SEVERAL
from assay.explain.shap_paths import LinkedNodes, branch_blocks, path_players, symmetric_blocks
from assay.explain.shap_tables import MOST_TABLE_BITS, LeafShares, TreeGame, signed
from assay.models import _boosting as boosting
from assay.models.flat import Tests
from assay.models.flat_boosted import FlatBoosted
from assay.models.forest import FittedForest
from assay.models.forest_trees import FlatForest
from assay.models.linear import FittedLinear
from assay.models.matrix import columns, filled, sigmoid, softmax, spread, two_columns
from assay.models.split_conditions import joined
from assay.models.tree import FittedTree

MOST_WIDE = 20_000
"""Leaves that depend on more players than a table has bits; a millisecond each. Larger forests are sampled."""
MOST_NODES = 200_000
"""Of trees whose ways are laid out, 24 bytes a node and depth."""
ANSWERS = 300_000_000
"""Signed answers of tests, a byte each, held at once."""
MOST_DEPTH_EXACT = 10
"""Of a symmetric tree, which is one block."""
ANSWERED = 1_024
"""Rows whose tests are answered at once."""


class ExactGame(ABC):
    """A game whose Shapley values are exact."""

    @abstractmethod
    def values(self, X: Singles) -> Floats:
        """(n_outputs, n_players, n) for rows of the model's own matrix."""


class ExactModel(ABC):
    """A fitted model as a game. Its scores are what Shapley values add up to."""

    __slots__ = ()

    @abstractmethod
    def matrix(self, table: Table) -> Singles:
        """(n, n_columns) of encoded rows."""

    @abstractmethod
    def scores(self, X: Singles) -> Floats:
        """(n_outputs, n) before they become predictions."""

    @abstractmethod
    def predictions(self, scores: Floats) -> Floats:
        """What the model predicts for these scores: (n, n_classes) or (n,)."""

    @abstractmethod
    def game(self, background: Singles, source: Index, n_players: int, shares: LeafShares) -> ExactGame | None:
        """The game against these rows; None where it is not exact: a column that is read depends on several inputs, or
        there are too many leaves. source: (n_columns,) the input of each column, NONE or SEVERAL."""


@dataclass(frozen=True, slots=True, eq=False)
class _TestedTrees(ExactGame):
    """Trees whose tests are asked of a matrix."""

    trees: "BoostedGame | ForestGame"
    game: TreeGame

    def values(self, X: Singles) -> Floats:
        size = max(1, ANSWERS // max(1, len(self.game.background)))
        parts = [self.game.values(signed(self.trees.answers(X[at : at + size]))) for at in range(0, len(X), size)]
        return np.concatenate(parts, axis=2)


@dataclass(frozen=True, slots=True, eq=False)
class BoostedGame(ExactModel):
    """Boosted trees of any library."""

    model: FlatBoosted

    def matrix(self, table: Table) -> Singles:
        return boosting.matrix(table)

    def scores(self, X: Singles) -> Floats:
        return self.model.sums(X)

    def predictions(self, scores: Floats) -> Floats:
        return self.model.finish(scores)

    def answers(self, X: Singles) -> AnyArray:
        """(n_tests, n) of rows."""
        asked, (place,) = joined([self.model.trees.tests], [0])
        parts = [asked.answers(X[at : at + ANSWERED])[place] for at in range(0, max(len(X), 1), ANSWERED)]
        return np.concatenate(parts, axis=1)

    def game(self, background: Singles, source: Index, n_players: int, shares: LeafShares) -> ExactGame | None:
        trees = self.model.trees
        player = test_players(trees.tests, source)
        is_deep = bool((trees.symmetric.depths > MOST_DEPTH_EXACT).any())
        if is_deep or (player == SEVERAL).any():
            return None
        nodes = LinkedNodes.of_branches(trees.branches, trees.n_outputs)
        if not _is_small(nodes, player):
            return None
        blocks = (*symmetric_blocks(trees, player), *branch_blocks(nodes, player))
        game = TreeGame(blocks, signed(self.answers(background)), n_players, trees.n_outputs, shares)
        return _TestedTrees(self, game)


@dataclass(frozen=True, slots=True, eq=False)
class ForestGame(ExactModel):
    """A forest, or one tree: the mean of leaf values, for classes shares of those that training had."""

    model: FittedForest | FittedTree

    @property
    def _forest(self) -> FlatForest:
        return self.model.forest

    def matrix(self, table: Table) -> Singles:
        return columns(table) if isinstance(self.model, FittedForest) else self.model.coding.matrix(table)

    def scores(self, X: Singles) -> Floats:
        return self._forest.mean(X).T

    def predictions(self, scores: Floats) -> Floats:
        model = self.model
        if not model.n_classes:
            return np.asarray(scores[0] + (model.base if isinstance(model, FittedForest) else 0.0))
        if isinstance(model, FittedTree):
            return scores.T
        return spread((scores / scores.sum(axis=0)).T, model.present, model.n_classes)

    def answers(self, X: Singles) -> AnyArray:
        """(n_nodes, n) of rows."""
        forest, mirrored = self._forest, np.concatenate([X, -X], axis=1).T
        out = np.zeros((len(forest.left), len(X)), dtype=np.uint8)
        for at in range(0, len(forest.left), ANSWERED):
            part = slice(at, at + ANSWERED)
            out[part] = mirrored[forest.feature[part]] > forest.threshold[part, None]
        return out

    def game(self, background: Singles, source: Index, n_players: int, shares: LeafShares) -> ExactGame | None:
        forest = self._forest
        nodes = LinkedNodes.of_forest(forest)
        player = source[forest.feature % max(1, forest.n_columns)]
        player = np.where(nodes.is_leaf, 0, player)
        if (player == SEVERAL).any() or not _is_small(nodes, np.maximum(player, 0)):
            return None
        blocks = tuple(branch_blocks(nodes, np.maximum(player, 0)))
        game = TreeGame(blocks, signed(self.answers(background)), n_players, forest.values.shape[1], shares)
        return _TestedTrees(self, game)


@dataclass(frozen=True, slots=True, eq=False)
class _ColumnWeights(ExactGame):
    """A weighted sum of columns. coef: (n_columns, n_outputs); mean: (n_columns,) of the background; source."""

    coef: Floats
    mean: Floats
    source: Index
    n_players: int

    def values(self, X: Singles) -> Floats:
        out = np.zeros((self.coef.shape[1], self.n_players, len(X)))
        away = (X - self.mean).T
        for column, player in enumerate(self.source.tolist()):
            out[:, player] += self.coef[column, :, None] * away[column]
        return out


@dataclass(frozen=True, slots=True, eq=False)
class LinearGame(ExactModel):
    """A linear model of dense columns."""

    model: FittedLinear

    def matrix(self, table: Table) -> Singles:
        return filled(table)

    def scores(self, X: Singles) -> Floats:
        return (X @ self.model.coef + self.model.intercept).T

    def predictions(self, scores: Floats) -> Floats:
        if not self.model.n_classes:
            return np.asarray(scores[0])
        chances = two_columns(sigmoid(scores[0])) if len(scores) == 1 else softmax(scores.T)
        return spread(chances, self.model.present, self.model.n_classes)

    def game(self, background: Singles, source: Index, n_players: int, shares: LeafShares) -> ExactGame | None:
        used = np.abs(self.model.coef).sum(axis=1) > 0
        if (source[used] == SEVERAL).any():
            return None
        coef = np.where(used[:, None], self.model.coef, 0.0)
        return _ColumnWeights(coef, background.astype(np.float64).mean(axis=0), np.maximum(source, 0), n_players)


def exact_model(model: Fitted) -> ExactModel | None:
    """The model as a game; None for families that have no exact one."""
    if isinstance(model, FlatBoosted):
        return BoostedGame(model)
    if isinstance(model, FittedForest | FittedTree):
        return ForestGame(model)
    if isinstance(model, FittedLinear) and not len(model.sparse_coef):
        return LinearGame(model)
    return None


def test_players(tests: Tests, source: Index) -> Index:
    """(n_tests,) the one input that each test reads, SEVERAL where it is more than one; 0 where it is none, as such a
    test gives all rows the same answer."""
    own = source[tests.column] if len(tests.column) else np.zeros(0, dtype=np.int64)
    read = [np.where(tests.set_stride > 0, source[tests.set_column], NONE)] if len(tests.sets) else []
    if len(tests.sets) and tests.set_bit.shape[1]:
        read.append(np.where(tests.bit_stride > 0, own[tests.set_bit], NONE))
    if read:
        all_read = np.concatenate(read, axis=1)
        most = all_read.max(axis=1)
        others = (all_read != most[:, None]) & (all_read != NONE)
        own = np.concatenate([own, np.where(others.any(axis=1), SEVERAL, most)])
    return np.where(own == NONE, 0, own)


def _is_small(nodes: LinkedNodes, player: Index) -> bool:
    """Whether the leaves are few enough to be worked out."""
    if len(nodes.parent) > MOST_NODES:
        return False
    return int((path_players(nodes, player) > MOST_TABLE_BITS).sum()) <= MOST_WIDE
