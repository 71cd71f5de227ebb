"""The search for the terms of a formula: genetic programming over trees of expressions (Koza, 1992).

Each term is sought by the share of what the terms before it left that it explains with the best factor and offset
(linear scaling; Keijzer, 2003), so that no constants need be evolved; kept is, for each length, the best. Rows that the
search does not see choose the length.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from assay.core.array import Floats
from assay.core.clock import Deadline
from assay.core.contract import Seeds
from assay.expressions.expression_tree import Tree, columns_of, size_of
from assay.models.formula_terms import BINARY, UNARY, Cells, values_of

PAIRED = 14
"""Terminals that are combined with each other at the start, the most informative ones."""
TOURNAMENT = 5
PER_NODE = 0.002
"""Share that a node must explain to be worth it in a tournament."""
NEAR = 1.05
"""Held-out error, relative to the least, at which the shorter term is taken."""
WORTH = 0.99
"""Held-out error, relative to that without the term, above which no further term is taken."""
GAINS, PATIENCE = 1e-3, 4
"""Share of what is left that generations must add, and how many may add less."""
EXACT = 1e-10
"""Share left at which nothing is left to explain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormulaSettings:
    """population: trees of a generation; generations: for each term; most_terms; most_nodes: of one term."""

    population: int
    generations: int
    most_terms: int
    most_nodes: int


@dataclass(frozen=True, slots=True, eq=False)
class FormulaRows:
    """Rows of the search. cells: of columns; Y: (n, k) targets; root: (n,) roots of the weights."""

    cells: Cells
    Y: Floats
    root: Floats

    def design(self, terms: tuple[Tree, ...]) -> Floats:
        """(n, 1 + terms), a column of ones first, each row times the root of its weight."""
        n = len(self.Y)
        return np.column_stack([np.ones(n), *(values_of(term, self.cells, n) for term in terms)]) * self.root[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class FoundFormula:
    """terms: of one formula; left: share of the target's variance that it leaves unexplained on held-out rows."""

    terms: tuple[Tree, ...]
    left: float

    @property
    def length(self) -> int:
        return sum(size_of(term) for term in self.terms)


@dataclass(eq=False)
class _TermSearch:
    """The search for one more term. basis: orthonormal columns of what is explained; residual: (n, k) of what is left;
    front: by length, (share explained, tree)."""

    rows: FormulaRows
    settings: FormulaSettings
    terminals: list[Tree]
    constants: Floats
    basis: Floats
    residual: Floats
    known: dict[Tree, float] = field(default_factory=dict)
    front: dict[int, tuple[float, Tree]] = field(default_factory=dict)

    def score(self, tree: Tree) -> float:
        """The share of the residual that the tree explains; -1 where it is not defined on some row, or too long."""
        if tree not in self.known:
            self.known[tree] = self._score(tree)
            size = size_of(tree)
            if self.known[tree] > self.front.get(size, (1e-9, tree))[0]:
                self.front[size] = self.known[tree], tree
        return self.known[tree]

    def _score(self, tree: Tree) -> float:
        if size_of(tree) > self.settings.most_nodes or not columns_of(tree):
            return -1.0
        v = values_of(tree, self.rows.cells, len(self.residual)) * self.rows.root
        if not np.isfinite(v).all() or np.abs(v).max() > 1e12:
            return -1.0
        size = float(v @ v)
        own = v - self.basis @ (self.basis.T @ v)
        rest = float(own @ own)
        if rest <= 1e-10 * size or rest <= 0.0:
            return -1.0
        along = own @ self.residual
        return float(along @ along) / rest / float((self.residual**2).sum())

    def first(self, rng: np.random.Generator) -> list[Tree]:
        """Terminals, functions of them, pairs of the best, then random trees."""
        start = [*self.terminals, *((name, one) for name in UNARY for one in self.terminals if one[0] == "column")]  # type: ignore[index]  # terminals are tuples
        ranked = sorted(start, key=lambda tree: -self.score(tree))
        best = [tree for tree in ranked if size_of(tree) <= 2][:PAIRED]
        pairs: list[Tree] = [(op, a, b) for op, a, b in product(BINARY, best, best) if a != b or op == "*"]
        pool = sorted([*start, *pairs], key=lambda tree: -self.score(tree))
        n = self.settings.population
        return [*pool[: n // 2], *(self.random_tree(rng, 3) for _ in range(n - min(len(pool), n // 2)))]

    def random_tree(self, rng: np.random.Generator, depth: int) -> Tree:
        if depth <= 1 or rng.random() < 0.3:
            return self.random_leaf(rng)
        if rng.random() < 0.2:
            return UNARY[int(rng.integers(len(UNARY)))], self.random_tree(rng, depth - 1)
        op = BINARY[int(rng.integers(len(BINARY)))]
        return op, self.random_tree(rng, depth - 1), self.random_tree(rng, depth - 1)

    def random_leaf(self, rng: np.random.Generator) -> Tree:
        if rng.random() < 0.15 and len(self.constants):
            return float(self.constants[int(rng.integers(len(self.constants)))])
        return self.terminals[int(rng.integers(len(self.terminals)))]

    def child(self, population: list[Tree], rng: np.random.Generator) -> Tree:
        """Of one winner of a tournament with a part of another's, or with a part drawn anew."""
        one = self.winner(population, rng)
        part = _part(self.winner(population, rng), rng) if rng.random() < 0.6 else self.random_tree(rng, 3)
        places = _places(one)
        return _replaced(one, places[int(rng.integers(len(places)))], part)

    def winner(self, population: list[Tree], rng: np.random.Generator) -> Tree:
        drawn = [population[int(i)] for i in rng.integers(len(population), size=TOURNAMENT)]
        return max(drawn, key=lambda tree: self.score(tree) - PER_NODE * size_of(tree))

    def run(self, rng: np.random.Generator, deadline: Deadline) -> None:
        """Fill the front; at the deadline with what was tried so far."""
        population = self.first(rng)
        best, since = 0.0, 0
        for _ in range(self.settings.generations):
            now = max((score for score, _ in self.front.values()), default=0.0)
            best, since = (now, 0) if now > best + GAINS else (best, since + 1)
            if deadline.is_over or since > PATIENCE:
                return
            elite = [tree for _, tree in self.front.values()]
            fresh = [self.child(population, rng) for _ in range(self.settings.population)]
            ranked = sorted(dict.fromkeys([*elite, *fresh]), key=lambda tree: -self.score(tree))
            population = [*elite, *ranked[: self.settings.population - len(elite)]]
            if any(1.0 - score < EXACT for score, _ in self.front.values()):
                return


def _places(tree: Tree, at: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    """Where its parts are, itself first; a question of a level is one part."""
    if not isinstance(tree, tuple) or tree[0] in ("column", "=="):
        return [at]
    return [at, *(place for i, part in enumerate(tree[1:], 1) for place in _places(part, (*at, i)))]


def _part(tree: Tree, rng: np.random.Generator) -> Tree:
    places = _places(tree)
    for step in places[int(rng.integers(len(places)))]:
        tree = tree[step]  # type: ignore[index]  # places lead through tuples
    return tree


def _replaced(tree: Tree, at: tuple[int, ...], part: Tree) -> Tree:
    if not at:
        return part
    assert isinstance(tree, tuple)
    return (*tree[: at[0]], _replaced(tree[at[0]], at[1:], part), *tree[at[0] + 1 :])


def found_formulas(
    searched: FormulaRows,
    held: FormulaRows,
    terminals: list[Tree],
    settings: FormulaSettings,
    *,
    seeds: Seeds,
    deadline: Deadline,
) -> tuple[FoundFormula, ...]:
    """Formulas of more and more terms, each the shortest whose held-out error is near the least; the first has none.

    The same seeds find the same, unless the deadline ends the search.
    """
    constants = _constants(searched.cells)
    chosen = FoundFormula((), left_of((), searched, held))
    out = [chosen]
    for number in range(settings.most_terms if terminals else 0):
        design = searched.design(chosen.terms)
        basis, _ = np.linalg.qr(design)
        weighted = searched.Y * searched.root[:, None]
        residual = weighted - basis @ (basis.T @ weighted)
        if float((residual**2).sum()) <= EXACT * max(float((weighted**2).sum()), 1e-300):
            break
        search = _TermSearch(searched, settings, terminals, constants, basis, residual)
        search.run(seeds.child("term", number).rng(), deadline)
        better = _shortest(search.front, chosen, searched, held)
        if better is None or better.left > WORTH * chosen.left:
            break
        chosen = better
        out.append(chosen)
        if deadline.is_over:
            break
    return tuple(out)


def _constants(cells: Cells) -> Floats:
    """Numbers that expressions may contain: small whole ones, and quantiles of columns to two digits."""
    found = [float(f"{q:.2g}") for x in cells.values() for q in np.quantile(x, (0.1, 0.5, 0.9))] if cells else []
    return np.array(sorted({1.0, 2.0, *(one for one in found if np.isfinite(one))}))


def left_of(terms: tuple[Tree, ...], searched: FormulaRows, held: FormulaRows) -> float:
    """The share of the held-out rows' variance that a least-squares fit on the searched rows leaves; infinite where a
    term is not defined on a held-out row."""
    design = held.design(terms)
    if not np.isfinite(design).all():
        return float("inf")
    coef, *_ = np.linalg.lstsq(searched.design(terms), searched.Y * searched.root[:, None], rcond=None)
    error = held.Y * held.root[:, None] - design @ coef
    mean = (held.root**2 @ held.Y) / (held.root**2).sum()
    around = (held.Y - mean) * held.root[:, None]
    return float((error**2).sum()) / max(float((around**2).sum()), 1e-300)


def _shortest(
    front: Mapping[int, tuple[float, Tree]], chosen: FoundFormula, searched: FormulaRows, held: FormulaRows
) -> FoundFormula | None:
    """The chosen formula with the shortest term of the front whose held-out error is near the least."""
    tried = []
    for size in sorted(front):
        terms = (*chosen.terms, front[size][1])
        tried.append(FoundFormula(terms, left_of(terms, searched, held)))
    if not tried:
        return None
    least = min(one.left for one in tried)
    return next(one for one in tried if one.left <= NEAR * least + EXACT)
