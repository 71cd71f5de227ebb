"""The step symbolic: expressions of numeric columns that are bred until they explain what single columns do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import Floats, Index
from assay.core.contract import (
    Effort,
    Facts,
    Idea,
    Seeds,
    State,
    Step,
    StepCost,
    StepTraits,
    Table,
    Target,
    has_columns,
)
from assay.core.errors import UsageError
from assay.core.inner_folds import halves, unit_errors
from assay.core.row_ties import RowTies
from assay.expressions.column_reading import ReadColumn
from assay.expressions.expression_compiler import program_of
from assay.expressions.expression_tree import Tree, columns_of, size_of
from assay.expressions.written_expression import written
from assay.features import register
from assay.features.arithmetic_pairs import few_classes, varying
from assay.features.expression import FittedExpression
from assay.features.row_sample import sampled_rows
from assay.features.select_trees import boosted
from assay.features.smoothed_means import needed

_NAME = "symbolic"
_MOST_ROWS, _FEWEST_ROWS = 4_000, 100
_MOST_COLUMNS = 12
_BORN, _GENERATIONS, _DUEL = 80, 8, 4
_LARGEST_TREE = 5
_PAIRED, _SINGLE = ("+", "-", "*", "/"), ("log1p", "sqrt", "abs")
_ALIKE = 0.95
"""Correlation from which two expressions say the same."""
_ERRORS_ABOVE = 3.5
"""Standard errors that a correlation must be above 0 on rows that bred nothing: a handful are looked at."""
_MOST_VALUE = float(np.finfo(np.float32).max)


@dataclass(frozen=True, slots=True, eq=False)
class FittedSymbolic:
    """expressions: what was bred, computed as a person's expressions are."""

    expressions: FittedExpression

    def transform(self, table: Table) -> Table:
        return self.expressions.transform(table)

    def effort(self) -> Effort:
        return self.expressions.effort()

    def state(self) -> State:
        own = self.expressions.state()
        return State(_NAME, own.meta, own.arrays)

    @classmethod
    def restore(cls, state: State) -> "FittedSymbolic":
        return cls(FittedExpression.restore(state))


@dataclass(frozen=True, slots=True, eq=False)
class _Nursery:
    """Where trees are bred. table: rows; columns: those they may read; left: (n, k) what single columns leave of the
    target, of mean 0 and spread 1; ties: of the rows.
    """

    table: Table
    columns: tuple[ReadColumn, ...]
    left: Floats
    ties: RowTies | None

    def values(self, trees: Sequence[Tree]) -> Floats:
        """(n, trees) values, standardised, gross ones cut, gaps at 0; ranks would bend a product."""
        names = columns_of(*trees)
        read = tuple(one for name in names for one in self.columns if one.name == name)
        made = program_of(trees, read, ()).run(self.table)
        made[~(np.abs(made) <= _MOST_VALUE)] = np.nan
        return _standard(made)

    def fitness(self, trees: Sequence[Tree]) -> Floats:
        """(trees,) the largest correlation with what is left, either sign, less a little for each part."""
        strength = np.abs(self.values(trees).T @ self.left).max(axis=1) / len(self.left)
        return np.asarray(strength - 0.002 * np.array([size_of(tree) for tree in trees]))

    def certainty(self, values: Floats) -> Floats:
        """(trees,) the same in standard errors, by units where rows belong together. values: (n, trees)."""
        if self.ties is None or self.ties.units is None:
            return np.asarray(np.abs(values.T @ self.left).max(axis=1) / np.sqrt(len(self.left)))
        found = np.zeros(values.shape[1])
        for left in self.left.T:
            products = values * left[:, None]
            errors = np.maximum(unit_errors(products, self.ties), 1e-12)
            found = np.maximum(found, np.abs(products.sum(axis=0)) / errors)
        return found


def _standard(values: Floats) -> Floats:
    """(n, k) columns of mean 0 and spread 1, cut at 4 robust spreads; what is missing, or does not vary, is 0."""
    out = np.zeros(values.shape)
    for j, column in enumerate(values.T):
        known = np.isfinite(column)
        if known.sum() < 2:
            continue
        low, middle, high = np.quantile(column[known], [0.02, 0.5, 0.98])
        reach = 2.0 * max(high - low, 1e-300)
        cut = np.clip(column[known], middle - reach, middle + reach)
        spread = float(cut.std())
        if np.isfinite(spread) and spread > 0:
            out[known, j] = (cut - cut.mean()) / spread
    return out


def left_by_columns(table: Table, target: Target, *, seeds: Seeds) -> Floats:
    """(n, k) what a booster of stumps, a sum of curves of single columns, leaves of the target: residuals, one column a
    class of more than two; each of mean 0 and spread 1.
    """
    X = np.concatenate([table.numeric, table.codes.astype(np.float32)], axis=1)
    own = few_classes(target)
    answer = np.asarray(boosted(X, own, seeds, leaves=2).predict(X, num_threads=1), dtype=np.float64)
    if not own.is_class:
        left = (own.values - answer)[:, None]
    elif answer.ndim == 1:
        left = ((own.values == 1) - answer)[:, None]
    else:
        left = np.eye(answer.shape[1])[own.values] - answer
    return _standard(np.asarray(left, dtype=np.float64))


def _random(names: Sequence[str], rng: np.random.Generator, size: int = 3) -> Tree:
    """A tree of 1, 2, 3 or 5 parts."""
    if size <= 1:
        return ("column", names[int(rng.integers(len(names)))])
    if size == 2 or (size < _LARGEST_TREE and rng.random() < 0.15):
        return (_SINGLE[int(rng.integers(len(_SINGLE)))], _random(names, rng, 1))
    head = _PAIRED[int(rng.integers(len(_PAIRED)))]
    first, second = _random(names, rng, size - 2), _random(names, rng, 1)
    return (head, first, second) if rng.random() < 0.5 else (head, second, first)


def _parts(tree: Tree) -> list[Tree]:
    """The tree, and every part of it."""
    if not isinstance(tree, tuple) or tree[0] == "column":
        return [tree]
    return [tree, *(part for child in tree[1:] for part in _parts(child))]


def _with_part(tree: Tree, old: Tree, new: Tree) -> Tree:
    """The tree with one part in place of another, wherever that is."""
    if tree == old:
        return new
    if not isinstance(tree, tuple) or tree[0] == "column":
        return tree
    return (tree[0], *(_with_part(child, old, new) for child in tree[1:]))


def _child(trees: Sequence[Tree], fitness: Floats, names: Sequence[str], rng: np.random.Generator) -> Tree:
    """A tree bred of the winners of two duels: a part of one in the other, or a new part."""
    first, second = (trees[int(max(rng.integers(len(trees), size=_DUEL), key=lambda k: fitness[k]))] for _ in range(2))
    parts = _parts(first)
    old = parts[int(rng.integers(len(parts)))]
    others = _parts(second)
    size = int(rng.choice([1, 3]))
    new = others[int(rng.integers(len(others)))] if rng.random() < 0.6 else _random(names, rng, size)
    return _with_part(first, old, new)


def bred(nursery: _Nursery, *, seeds: Seeds) -> list[Tree]:
    """The trees of most fitness of some generations, the fittest first (Koza, 1992)."""
    rng, names = seeds.rng(), [column.name for column in nursery.columns]
    known: dict[Tree, float] = {}
    trees = list(dict.fromkeys(_random(names, rng, 3 if k % 3 else 5) for k in range(_BORN)))
    for _ in range(_GENERATIONS):
        fresh = [tree for tree in trees if tree not in known]
        if fresh:
            known.update(zip(fresh, nursery.fitness(fresh).tolist(), strict=True))
        fitness = np.array([known[tree] for tree in trees])
        elite = [trees[k] for k in np.argsort(-fitness, kind="stable")[: _BORN // 8]]
        born = (_child(trees, fitness, names, rng) for _ in range(3 * _BORN))
        able = [tree for tree in born if size_of(tree) <= _LARGEST_TREE and columns_of(tree)]
        trees = list(dict.fromkeys([*elite, *able]))[:_BORN]
    return sorted(known, key=lambda tree: (-known[tree], written(tree)))


@register(_NAME)
@dataclass(frozen=True)
class Symbolic:
    """Expressions of up to five parts of numeric columns, bred by genetic programming (Koza, 1992), at most `top`.

    A tree is fit as far as its values correlate with what boosted stumps, a sum of curves of single columns, leave of
    the target: what it finds is what columns say together. Bred on one half of at most 4,000 rows, 80 trees of the 12
    numeric columns of most gain in 8 generations; kept where the other half, which bred nothing, confirms it by 3.5
    standard errors, and none before it says the same. Groups stay whole, and of rows in order the
    earlier half breeds. Only the choice looks at the target.
    """

    top: int = 4

    traits: ClassVar[StepTraits] = StepTraits(
        needs_target=True,
        ideas=(Idea(
            name="symbolic", what="bred expressions", when=has_columns(numbers=2), only_moves=True, cost="minutes",
            trees=(Step.of("symbolic"),), distances=(Step.of("symbolic"),), prior=1.5, source="Koza (1992)",
            applies="two numeric columns or more",
            why="A law of three columns is found by no pair of them, and one column says it to every model.",
        ),),
    )  # fmt: skip

    def __post_init__(self) -> None:
        if self.top < 1:
            raise UsageError(f"Expressions to breed are 1 or more, not {self.top}.")

    def cost(self, facts: Facts) -> StepCost:
        """Two boosters, and some 600 trees on half of the rows."""
        rows = min(facts.n_rows, _MOST_ROWS)
        return StepCost(seconds=0.1 + 3e-4 * rows * max(1, min(facts.n_outputs, 10)), columns=self.top // 2)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedSymbolic:
        rows = sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows"))
        sample, labels = table.take(rows), needed(target, _NAME).take(rows)
        names = _able(sample, labels, seeds) if len(rows) >= _FEWEST_ROWS else ()
        trees = self._confirmed(sample, labels, names, seeds) if len(names) > 1 else []
        read = tuple(_read(table, name) for name in columns_of(*trees))
        taken, named = {*table.names}, list[str]()
        for tree in trees:
            name = written(tree)
            named.append(name if name not in taken else f"{name} (bred)")
        return FittedSymbolic(FittedExpression(tuple(trees), tuple(named), read, ()))

    def _confirmed(self, sample: Table, labels: Target, names: Sequence[str], seeds: Seeds) -> list[Tree]:
        """The trees that rows which bred nothing confirm."""
        parts = halves(labels, seeds.child("halves"))
        assert parts is not None  # of some hundred rows
        columns = tuple(_read(sample, name) for name in names)
        breeds, tests = (
            _Nursery(part, columns, left_by_columns(part, own, seeds=seeds.child("left", k)), own.ties)
            for k, rows in enumerate((parts.train, parts.held))
            for part, own in [(sample.take(rows), labels.take(rows))]
        )  # fmt: skip
        found = [tree for tree in bred(breeds, seeds=seeds.child("trees")) if size_of(tree) > 1][: 8 * self.top]
        return self._different(found, tests) if found else []

    def _different(self, found: Sequence[Tree], tests: _Nursery) -> list[Tree]:
        values, n = tests.values(found), len(tests.left)
        sure = tests.certainty(values)
        kept: list[int] = []
        for k in np.flatnonzero(sure >= _ERRORS_ABOVE).tolist():
            alike = np.abs(values[:, kept].T @ values[:, k]) / n
            if len(kept) < self.top and not (alike >= _ALIKE).any():
                kept.append(k)
        return [found[k] for k in kept]

    def fit_transform(
        self, table: Table, target: Target, *, inner: Index, seeds: Seeds
    ) -> tuple[FittedSymbolic, Table]:
        fitted = self.fit(table, target, seeds=seeds)
        return fitted, fitted.transform(table)

    @classmethod
    def restore(cls, state: State) -> FittedSymbolic:
        return FittedSymbolic.restore(state)


def _able(table: Table, target: Target, seeds: Seeds) -> tuple[str, ...]:
    """Names of the numeric columns that vary, of more than a dozen those of most gain; codes of one name are none."""
    varies = varying(table.numeric)
    X = np.concatenate([table.numeric, table.codes.astype(np.float32)], axis=1)
    names = table.numeric_names
    codes = frozenset(table.code_names)
    able = [j for j in np.flatnonzero(varies).tolist() if names[j] not in codes]
    if len(able) > _MOST_COLUMNS:
        gains = boosted(X, few_classes(target), seeds.child("gain")).feature_importance("gain")
        able = sorted(sorted(able, key=lambda j: (-float(gains[j]), j))[:_MOST_COLUMNS])
    return tuple(names[j] for j in able)


def _read(table: Table, name: str) -> ReadColumn:
    """The numeric column of that name."""
    return ReadColumn(name=name, kind="number", place=table.numeric_names.index(name))
