"""A single readable decision tree (Breiman et al., 1984): shallow, pruned on inner folds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, get_args

import numpy as np

from assay.core.array import Floats, Index, Singles
from assay.core.clock import Deadline, Limits
from assay.core.contract import Cost, Effort, Ended, Facts, Fitted, FoldView, ModelTraits, Seeds, State, Table, Target
from assay.core.inner_folds import inner_folds
from assay.core.recipe import Entry, Recipe, Step
from assay.core.space import Int, Space
from assay.models import register
from assay.models.coding import Coding, branches
from assay.models.constant import best_constant, fit_constant
from assay.models.fitted_bases import WithoutRounds
from assay.models.forest_trees import FlatForest, flatten
from assay.models.gam import readable_steps
from assay.models.matrix import need_time
from assay.models.wording import Wording, answer_words

INNER_FOLDS = 4
CUTS = 6
PRUNED_ON = 10_000
"""Rows that choose the pruning; the tree is then grown on all rows."""
PRIOR_ROWS = 2.0
"""Rows of the overall class shares mixed into every leaf."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedTree(WithoutRounds):
    """forest: a single tree; its values: (leaves, n_classes) or (leaves, 1); rows: (leaves,) training rows in each."""

    coding: Coding
    forest: FlatForest
    rows: Index
    n_classes: int
    ended: Ended

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        answer = self.forest.values[self.forest.leaves(self.coding.matrix(table), 0)]
        return answer if self.n_classes else answer[:, 0]

    def describe(self, words: Wording | None = None) -> tuple[str, ...]:
        """One line per leaf, indented by the splits above it: "fare <= 3: yes 12% (40 rows)"."""
        return tuple(self._lines(0, words or Wording(), ""))

    def _lines(self, node: int, words: Wording, indent: str) -> Iterator[str]:
        child = int(self.forest.left[node])
        if child == node:
            yield f"{indent}{self._leaf(node, words)}"
            return
        for below, condition in zip((child, child + 1), branches(self.forest, node), strict=True):
            question = self.coding.words(condition, words)
            if self.forest.left[below] == below:
                yield f"{indent}{question}: {self._leaf(below, words)}"
            else:
                yield f"{indent}{question}"
                yield from self._lines(below, words, indent + "  ")

    def _leaf(self, node: int, words: Wording) -> str:
        leaf = int(self.forest.leaf[node])
        return f"{answer_words(self.forest.values[leaf], words, self.n_classes)} ({self.rows[leaf]:,} rows)"

    def effort(self, *, rounds: int | None = None) -> Effort:
        return self.forest.effort() + Effort(calls=30)

    def state(self) -> State:
        meta = {"n_classes": self.n_classes, "ended": self.ended, **self.coding.meta()}
        arrays = {**self.forest.arrays(), "values": self.forest.values, "rows": self.rows, **self.coding.arrays()}
        return State("tree", meta, arrays)


@dataclass(frozen=True, slots=True, kw_only=True)
class _TreeGrowth:
    """Growth parameters. cut: complexity cost of a leaf, in loss per row (Breiman's alpha)."""

    max_depth: int
    min_leaf: int
    seed: int
    cut: float = 0.0

    def learner(self, target: Target) -> Any:
        from sklearn import tree

        kind = tree.DecisionTreeClassifier if target.is_class else tree.DecisionTreeRegressor
        return kind(
            max_depth=self.max_depth, min_samples_leaf=self.min_leaf, ccp_alpha=self.cut, random_state=self.seed
        )

    def grow(self, X: Singles, target: Target) -> FlatForest:
        """The tree with scikit-learn's leaf values."""
        tree = self.learner(target).fit(X, target.values, sample_weight=target.weight)
        return flatten([tree.tree_], X.shape[1])


def _cuts(growth: _TreeGrowth, X: Singles, target: Target) -> list[float]:
    """Candidate complexity costs, each giving another tree: geometric means between successive prunings (Breiman et
    al.), from the whole tree to the root alone."""
    path = growth.learner(target).cost_complexity_pruning_path(X, target.values, target.weight)
    falls = np.unique(np.maximum(path.ccp_alphas, 0.0))
    between = np.sqrt(falls[1:-1] * falls[2:])
    some = between[np.unique(np.linspace(0, len(between) - 1, CUTS).astype(np.int64))] if len(between) else between
    return [0.0, *map(float, some), float(2.0 * falls[-1] + 1e-9)]


def _answers(forest: FlatForest, X: Singles, view: FoldView, target: Target) -> tuple[Floats, Index]:
    """(leaves, k) best constant of each leaf's rows, class shares shrunk to those of all rows; and its rows."""
    whole = best_constant(target, view.loss, view.quantile)
    leaf = forest.leaves(X, 0)
    answers = np.tile(whole, (len(forest.values), 1))
    for number in np.unique(leaf):
        rows = np.flatnonzero(leaf == number)
        answer = best_constant(target.take(rows), view.loss, view.quantile)
        answers[number] = (
            (len(rows) * answer + PRIOR_ROWS * whole) / (len(rows) + PRIOR_ROWS) if target.is_class else answer
        )
    return answers, np.bincount(leaf, minlength=len(answers))


def _loss(answer: Floats, target: Target) -> float:
    """Weighted mean log loss, or squared error."""
    if target.is_class:
        losses = -np.log(np.maximum(answer[np.arange(len(target)), target.values], 1e-6))
    else:
        losses = (answer[:, 0] - target.values) ** 2
    return float(np.average(losses, weights=target.weight))


def _chosen_cut(growth: _TreeGrowth, view: FoldView, sample: Index, deadline: Deadline) -> tuple[float, Ended]:
    """The complexity cost of least loss on inner folds, the larger (smaller tree) on a tie."""
    table, target = view.table("train").take(sample), view.target("train").take(sample)
    cuts = _cuts(growth, Coding.of(table, target).matrix(table), target)
    losses = np.zeros(len(cuts))
    for part in inner_folds(target, INNER_FOLDS, Seeds(growth.seed).child("folds")).splits():
        if deadline.is_over:
            return cuts[len(cuts) // 2], "deadline"
        rows, held = part.train, part.held
        own, other = target.take(rows), target.take(held)
        coding = Coding.of(table.take(rows), own)
        X, H = coding.matrix(table.take(rows)), coding.matrix(table.take(held))
        for i, cut in enumerate(cuts):
            forest = replace(growth, cut=cut).grow(X, own)
            answers, _ = _answers(forest, X, view, own)
            losses[i] += _loss(answers[forest.leaves(H, 0)], other) * len(held)
    best = losses.min()
    return cuts[int(np.flatnonzero(losses <= best + 1e-12 * abs(best))[-1])], "converged"


@register("tree", also=("decision_tree",))
@dataclass(frozen=True)
class Tree:
    """Successive splits, at most max_depth deep; min_leaf: least rows of a leaf.

    Numbers are split by a threshold, levels by a set; missing cells go to the better side. Inner folds choose the
    cost-complexity pruning.
    """

    traits: ClassVar[ModelTraits] = ModelTraits(readable=True, called=("decision tree", "tree"))

    max_depth: int = 5
    min_leaf: int = 10

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space.of(max_depth=Int(2, 5), min_leaf=Int(2, max(3, min(100, facts.n_rows // 20)), log=True))

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        model = Step.of("tree", min_leaf=int(np.clip(facts.n_rows // 100, 5, 100)))
        recipe = Recipe(steps=readable_steps(facts), model=model)
        return (
            Entry(name="tree", what="one decision tree, five questions deep", recipe=recipe, only_for="interpretable"),
        )

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> Fitted:
        """rounds: if given, no clock is read."""
        table, target = view.table("train"), view.target("train")
        deadline = limits.deadline if rounds is None else Deadline()
        if not (table.numeric.shape[1] + table.codes.shape[1]) or len(target) < 2 * self.min_leaf:
            return fit_constant(view)
        if rounds is None:
            need_time(limits, 0.3 * self.cost(view.facts).seconds, "A decision tree")
        sample = np.sort(seeds.child("sample").rng().permutation(len(target))[:PRUNED_ON])
        growth = _TreeGrowth(max_depth=self.max_depth, min_leaf=self.min_leaf, seed=seeds.child("tree").number)
        cut, ended = _chosen_cut(growth, view, sample, deadline)
        coding = Coding.of(table, target)
        X = coding.matrix(table)
        grown = replace(growth, cut=cut).grow(X, target)
        values, rows = _answers(grown, X, view, target)
        forest = FlatForest(
            grown.n_columns, grown.feature, grown.threshold, grown.left, values, grown.roots, grown.depths
        )
        return FittedTree(coding, forest, rows, target.n_classes, ended)

    def cost(self, facts: Facts) -> Cost:
        """Some thirty trees on the sample, one on all rows; each level sorts all columns."""
        d = max(1, facts.n_features)
        cells = d * (8 * INNER_FOLDS * min(facts.n_rows, PRUNED_ON) + facts.n_rows)
        return Cost(setup_seconds=0.05 + 5e-8 * cells * self.max_depth, bytes=8 * facts.n_rows * d)

    @classmethod
    def restore(cls, state: State) -> FittedTree:
        """ValueError unless tree, codes and answers fit together."""
        meta: Any = state.meta
        coding, n_classes = Coding.restore(meta, state.arrays), int(meta["n_classes"])
        forest = FlatForest.restore(state, len(coding.names))
        rows = np.asarray(state.arrays["rows"])
        if forest.n_trees != 1 or forest.values.shape[1] != max(1, n_classes) or len(rows) != len(forest.values):
            raise ValueError("the answers of the tree do not fit its leaves")
        if meta["ended"] not in get_args(Ended):
            raise ValueError(f"a tree does not end by {meta['ended']!r}")
        return FittedTree(coding, forest, rows, n_classes, meta["ended"])
