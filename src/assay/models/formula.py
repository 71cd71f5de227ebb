"""A formula found by symbolic regression: a few readable terms, with a factor each.

What it predicts can be computed by hand. Terms that are not defined on a row (a quotient by 0) count as their mean over
the training rows, and numbers stay near those of the training rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, JsonObject
from assay.core.clock import Deadline
from assay.core.contract import (
    Cost,
    Effort,
    Ended,
    Entry,
    Facts,
    Fitted,
    FoldView,
    Limits,
    ModelTraits,
    Seeds,
    State,
    Table,
    Target,
)  # fmt: skip
from assay.core.inner_folds import inner_folds
from assay.core.recipe import Recipe, Step
from assay.core.space import Int, Space
from assay.expressions.expression_tree import Tree, checked_tree, columns_of
from assay.models import register
from assay.models._boosting import never_zero, refuse_unread
from assay.models.constant import fit_constant
from assay.models.fitted_bases import WithoutRounds
from assay.models.formula_search import FormulaRows, FormulaSettings, FoundFormula, found_formulas
from assay.models.formula_terms import FormulaColumns, in_words, is_formula, values_of
from assay.models.gam import readable_steps
from assay.models.matrix import softmax, weighted_quantile
from assay.models.wording import Wording, number

MOST_ROWS = 2_500
"""Rows that the search and its choice of a length read; factors are fitted on all rows."""
PARTS = 4
"""One of so many parts of these chooses the length."""
MOST_CLASSES = 30
STRENGTH = 1e-3
"""Of the pull of factors of classes towards 0, on standardised terms."""
BEYOND = 0.5
"""Of the training range that a number may lie outside of it."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedFormula(WithoutRounds):
    """terms: expressions; means: (t,) of each over the training rows; factors: (1 + t, k), offsets first; bounds: (2,)
    of a number; front: shorter and longer formulas, with the share of the variance that each leaves."""

    terms: tuple[Tree, ...]
    columns: FormulaColumns
    means: Floats
    factors: Floats
    bounds: Floats
    n_classes: int
    n_rows: int
    front: tuple[FoundFormula, ...]
    ended: Ended

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        scores = np.tile(self.factors[0], (table.n_rows, 1))
        cells = self.columns.cells(table, self.terms)
        for term, mean, factor in zip(self.terms, self.means, self.factors[1:], strict=True):
            values = values_of(term, cells, table.n_rows)
            scores += np.where(np.isfinite(values), values, mean)[:, None] * factor
        if not self.n_classes:
            return np.asarray(scores[:, 0].clip(self.bounds[0], self.bounds[1]), dtype=np.float64)
        if self.n_classes == 2:
            scores = np.concatenate([np.zeros_like(scores), scores], axis=1)
        return never_zero(softmax(scores), self.n_rows)

    def describe(self, words: Wording | None = None) -> tuple[str, ...]:
        """The formula, of each class where there are more than two; what a gap is read as; the front of formulas."""
        words = words or Wording()
        lines = [f"{self._subject(k, words)} = {self._sum(k, words)}" for k in range(self.factors.shape[1])]
        used = [name for name in columns_of(*self.terms) if name in self.columns.fill]
        gaps = [f"{words.name(name)} as {words.threshold(name, self.columns.fill[name])}" for name in used]
        if gaps:
            lines.append(f"missing: {', '.join(gaps)}")
        for one in self.front[1:]:
            texts = ", ".join(in_words(term, self.columns, words) for term in one.terms)
            lines.append(f"of length {one.length}, {one.left:.2%} unexplained: {texts}")
        return tuple(lines)

    def _subject(self, k: int, words: Wording) -> str:
        if not self.n_classes:
            return words.outcome
        return f"log odds of {words.label(1)}" if self.n_classes == 2 else f"score of {words.label(k)}"

    def _sum(self, k: int, words: Wording) -> str:
        text = number(float(self.factors[0, k]))
        for term, factor in zip(self.terms, self.factors[1:, k], strict=True):
            sign = "-" if factor < 0 else "+"
            text += f" {sign} {number(abs(float(factor)))} * ({in_words(term, self.columns, words)})"
        return text

    def effort(self, *, rounds: int | None = None) -> Effort:
        return Effort(calls=20 + 30 * len(self.terms))

    def state(self) -> State:
        front: Any = [{"terms": [_listed(term) for term in one.terms], "left": one.left} for one in self.front]
        meta: JsonObject = {
            "format": 1, "terms": [_listed(term) for term in self.terms], "fill": dict(self.columns.fill),
            "levels": dict(self.columns.levels), "n_classes": self.n_classes, "n_rows": self.n_rows, "front": front,
            "ended": self.ended,
        }  # fmt: skip
        arrays: Mapping[str, AnyArray] = {"means": self.means, "factors": self.factors, "bounds": self.bounds}
        return State("formula", meta, arrays)


def _listed(tree: Tree) -> Any:
    """A tree as JSON has it."""
    return [_listed(part) for part in tree] if isinstance(tree, tuple) else tree


@register("formula", also=("symbolic", "symbolic_regression", "genetic_programming"))
@dataclass(frozen=True)
class Formula:
    """At most most_terms terms of most_nodes parts each, sought over `generations` generations of `population` trees.

    Squared error, or log loss; absolute and quantile loss move the offset to that quantile of the residuals.
    """

    traits: ClassVar[ModelTraits] = ModelTraits(readable=True, called=("formula", "symbolic regression"))

    most_terms: int = 4
    most_nodes: int = 9
    population: int = 120
    generations: int = 10

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space.of(most_terms=Int(1, 6), most_nodes=Int(3, 15))

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        """One entry, of preset interpretable; none above 30 classes."""
        if facts.n_classes > MOST_CLASSES:
            return ()
        recipe = Recipe(steps=readable_steps(facts), model=Step.of("formula"))
        return (Entry(name="formula", what="a formula of a few terms", recipe=recipe, only_for="interpretable"),)

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> Fitted:
        """rounds: if given, no clock is read. Past the deadline the best formula so far."""
        table, target = view.table("train"), view.target("train")
        refuse_unread(table)
        columns = FormulaColumns.of(table)
        if len(target) < 2 * PARTS or not columns.terminals():
            return fit_constant(view)
        deadline = limits.deadline if rounds is None else Deadline()
        front = self._found(table, target, columns, seeds=seeds, deadline=deadline)
        return self._fitted(front, view, columns, "deadline" if deadline.is_over else "converged")

    def _found(
        self, table: Table, target: Target, columns: FormulaColumns, *, seeds: Seeds, deadline: Deadline
    ) -> tuple[FoundFormula, ...]:
        sample = np.sort(seeds.child("sample").rng().permutation(len(target))[:MOST_ROWS])
        own = target.take(sample)
        part = inner_folds(own, PARTS, seeds.child("parts")).first()
        assert part is not None  # of two rows or more
        settings = FormulaSettings(
            population=self.population, generations=self.generations, most_terms=self.most_terms,
            most_nodes=self.most_nodes,
        )  # fmt: skip
        searched, held = (_rows(table.take(sample[rows]), own.take(rows), columns) for rows in (part.train, part.held))
        return found_formulas(
            searched, held, columns.terminals(), settings, seeds=seeds.child("search"), deadline=deadline
        )

    def _fitted(self, front: tuple[FoundFormula, ...], view: FoldView, columns: FormulaColumns, ended: Ended) -> Fitted:
        table, target = view.table("train"), view.target("train")
        terms = front[-1].terms
        if not terms:
            return fit_constant(view)
        cells = columns.cells(table, terms)
        T = np.column_stack([values_of(term, cells, table.n_rows) for term in terms])
        known = np.isfinite(T)
        means = np.where(known, T, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        T = np.where(known, T, means)
        weight = np.ones(len(target)) if target.weight is None else target.weight / target.weight.mean()
        factors = _class_factors(T, target, weight) if target.is_class else _value_factors(T, target, weight, view)
        return FittedFormula(
            terms, columns.only([term for one in front for term in one.terms]), means, factors, _bounds(target),
            target.n_classes, len(target), front, ended,
        )  # fmt: skip

    def cost(self, facts: Facts) -> Cost:
        """An expression on 2,000 rows takes some 60 µs."""
        tried = self.most_terms * self.population * self.generations
        rows = min(facts.n_rows, MOST_ROWS) / 2000 + 0.3
        return Cost(setup_seconds=0.1 + 6e-5 * tried * rows + 1e-7 * facts.n_rows, bytes=50_000_000)

    @classmethod
    def restore(cls, state: State) -> FittedFormula:
        """ValueError or UsageError unless the terms are formulas of the columns, with a factor each."""
        meta: Any = state.meta
        terms = tuple(checked_tree(term) for term in meta["terms"])
        front = tuple(
            FoundFormula(tuple(checked_tree(term) for term in one["terms"]), float(one["left"]))
            for one in meta["front"]
        )
        columns = FormulaColumns(
            {str(name): float(value) for name, value in meta["fill"].items()},
            {str(name): int(value) for name, value in meta["levels"].items()},
        )
        means, factors, bounds = (np.asarray(state.arrays[name], dtype=np.float64) for name in _ARRAYS)
        n_classes, n_rows = int(meta["n_classes"]), int(meta["n_rows"])
        every = [*terms, *(term for one in front for term in one.terms)]
        unknown = [name for name in columns_of(*every) if name not in columns.fill and name not in columns.levels]
        wanted = (1 + len(terms), n_classes if n_classes > 2 else 1)
        if meta.get("format") != 1 or unknown or not all(is_formula(term) for term in every) or not terms:
            raise ValueError("the terms of a formula are none of its columns")
        if factors.shape != wanted or len(means) != len(terms) or bounds.shape != (2,) or n_rows < 1:
            raise ValueError("the factors of a formula do not fit its terms")
        ended: Ended = "deadline" if meta["ended"] == "deadline" else "converged"
        return FittedFormula(terms, columns, means, factors, bounds, n_classes, n_rows, front, ended)


_ARRAYS = ("means", "factors", "bounds")


def _rows(table: Table, target: Target, columns: FormulaColumns) -> FormulaRows:
    Y = target.one_hot()
    weight = np.ones(len(target)) if target.weight is None else target.weight
    return FormulaRows(columns.cells(table), Y[:, 1:] if target.n_classes == 2 else Y, np.sqrt(weight / weight.mean()))


def _bounds(target: Target) -> Floats:
    if target.is_class:
        return np.zeros(2)
    low, high = float(target.values.min()), float(target.values.max())
    room = BEYOND * (high - low)
    return np.array([low - room, high + room])


def _value_factors(T: Floats, target: Target, weight: Floats, view: FoldView) -> Floats:
    """(1 + t, 1) by weighted least squares."""
    root = np.sqrt(weight)
    y = np.asarray(target.values, dtype=np.float64)
    means, scale = _scales(T, weight)
    design = np.column_stack([np.ones(len(y)), (T - means) / scale]) * root[:, None]
    coef, *_ = np.linalg.lstsq(design, y * root, rcond=None)
    coef = _unscaled(coef[:, None], means, scale)
    if view.loss in ("absolute", "quantile"):
        level = 0.5 if view.loss == "absolute" else view.quantile
        coef[0, 0] += weighted_quantile(y - coef[0, 0] - T @ coef[1:, 0], target.weight, level)
    return coef


def _class_factors(T: Floats, target: Target, weight: Floats) -> Floats:
    """(1 + t, k) by logistic regression with a slight pull towards 0; k = 1, of the second, for two classes."""
    from scipy.optimize import minimize

    means, scale = _scales(T, weight)
    Z = np.column_stack([np.ones(len(T)), (T - means) / scale])
    Y = target.one_hot()
    k = Y.shape[1] if Y.shape[1] > 2 else 1
    pull = STRENGTH * len(T) * np.concatenate([[1e-3], np.ones(T.shape[1])])[:, None]

    def loss(flat: Floats) -> tuple[float, Floats]:
        coef = flat.reshape(-1, k)
        scores = Z @ coef if k > 1 else np.concatenate([np.zeros((len(Z), 1)), Z @ coef], axis=1)
        top = np.logaddexp.reduce(scores, axis=1)
        value = float(weight @ (top - (scores * Y).sum(axis=1))) + 0.5 * float((pull * coef**2).sum())
        away = (np.exp(scores - top[:, None]) - Y) * weight[:, None]
        slope = Z.T @ (away if k > 1 else away[:, 1:]) + pull * coef
        return value / len(Z), slope.ravel() / len(Z)

    found = minimize(loss, np.zeros(Z.shape[1] * k), jac=True, method="L-BFGS-B")
    return _unscaled(np.asarray(found.x).reshape(-1, k), means, scale)


def _scales(T: Floats, weight: Floats) -> tuple[Floats, Floats]:
    means = weight @ T / weight.sum()
    scale = np.sqrt(weight @ (T - means) ** 2 / weight.sum())
    return means, np.where(scale > 0, scale, 1.0)


def _unscaled(coef: Floats, means: Floats, scale: Floats) -> Floats:
    """Factors of the terms themselves from those of standardised terms."""
    out = coef.copy()
    out[1:] /= scale[:, None]
    out[0] -= means @ out[1:]
    return out
