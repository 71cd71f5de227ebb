"""Linear models: logistic regression and ridge, regularisation chosen on the training rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import Floats, Index
from assay.core.block.sparse import Sparse
from assay.core.clock import Deadline, Limits
from assay.core.contract import NOTHING, Cost, Effort, Ended, Facts, Fitted, FoldView, ModelTraits, Seeds, State, Table
from assay.core.recipe import Entry, Recipe, Step
from assay.core.space import Choice, Float, Space
from assay.models import register
from assay.models.constant import fit_constant
from assay.models.fitted_bases import WithoutRounds
from assay.models.linear_fit import Found, LinearProblem, fit_classes, fit_values
from assay.models.matrix import SeenClasses, filled, need_time, sigmoid, softmax, spread, two_columns
from assay.models.monotonicity import signs_of
from assay.models.text_recipes import characters, counts, is_row_read, names, numbered, row_vectors, vectors, words

UNCUT = 1e9
"""Standard deviations at which columns are clipped in the variants that should extrapolate."""
EARLIEST = -1
"""The place right behind `linear`: with a network nothing else was as good on trec6 and toxicity (docs/log.md)."""
SPARSE_CHUNK = 4_096
"""Rows multiplied at a time; values x classes floats are held."""


def sparse_times(block: Sparse, coef: Floats) -> Floats:
    """(n, k) product with (n_columns, k), each row summed separately, so that no result depends on other rows."""
    out = np.zeros((block.n_rows, coef.shape[1]))
    for start in range(0, block.n_rows, SPARSE_CHUNK):
        ends = block.indptr[start : start + SPARSE_CHUNK + 1]
        first, last = int(ends[0]), int(ends[-1])
        filled_rows = np.flatnonzero(np.diff(ends))
        if not len(filled_rows):
            continue
        terms = block.data[first:last, None] * coef[block.indices[first:last]]
        out[start + filled_rows] = np.add.reduceat(terms, ends[:-1][filled_rows] - first, axis=0)
    return out


@dataclass(frozen=True, slots=True, eq=False)
class FittedLinear(WithoutRounds):
    """coef: (d, k); intercept: (k,); sparse_coef: (e, k), e = 0 without a sparse block.

    k = 1 for regression and for two classes (the score of the second), else the number of classes seen.
    """

    coef: Floats
    intercept: Floats
    sparse_coef: Floats
    present: Index
    n_classes: int
    strength: float
    ended: Ended

    def _scores(self, table: Table) -> Floats:
        scores: Floats = filled(table) @ self.coef + self.intercept
        if len(self.sparse_coef) and table.sparse is not None:
            scores += sparse_times(table.sparse, self.sparse_coef)
        return scores

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        scores = self._scores(table)
        if not self.n_classes:
            return scores[:, 0]
        chances = two_columns(sigmoid(scores[:, 0])) if scores.shape[1] == 1 else softmax(scores)
        return spread(chances, self.present, self.n_classes)

    def effort(self, *, rounds: int | None = None) -> Effort:
        return Effort(calls=12 + 12 * bool(self.n_classes), cells=len(self.coef), products=self.coef.size) + (
            Effort(calls=30, cells=500) if len(self.sparse_coef) else NOTHING
        )

    def state(self) -> State:
        meta = {"n_classes": self.n_classes, "strength": self.strength, "ended": self.ended}
        arrays = {"coef": self.coef, "intercept": self.intercept, "present": self.present}
        return State("linear", dict(meta), {**arrays, "sparse_coef": self.sparse_coef})


@register(
    "linear", also=("logistic", "logreg", "ridge", "lasso", "elastic_net", "linear_regression", "logistic_regression")
)
@dataclass(frozen=True)
class Linear:
    """Logistic regression by L-BFGS, or ridge regression.

    penalty: "ridge", or "elastic" (half L1, half L2; for wide tables). C: inverse strength; None: chosen from `grid` by
    three inner folds (classes, sparse regression) or by closed-form leave-one-out (dense regression, which has its own
    grid). Absolute and quantile loss: the least squares fit, its intercept moved to that quantile of the residuals.
    """

    traits: ClassVar[ModelTraits] = ModelTraits(monotone=True, called=("linear model",))

    penalty: str = "ridge"
    C: float | None = None
    grid: tuple[float, ...] = (0.03, 0.3, 3.0)

    @classmethod
    def space(cls, facts: Facts) -> Space:
        """Of texts without the elastic net: on their terms it takes some thirty times as long (docs/log.md)."""
        strength = Float(1e-3, 1e2, log=True)
        return Space.of(C=strength) if facts.n_text else Space.of(penalty=Choice(("ridge", "elastic")), C=strength)

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        return portfolio(facts)

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> Fitted:
        """rounds: if given, no clock is read."""
        table, target = view.table("train"), view.target("train")
        deadline = limits.deadline if rounds is None else Deadline()
        seen = SeenClasses.of(target) if target.is_class else None
        is_bare = not filled(table).shape[1] and table.sparse is None
        if is_bare or (seen is not None and len(seen.present) < 2):
            return fit_constant(view)
        if rounds is None:
            need_time(limits, 0.2 * self.cost(view.facts).seconds, "A linear model")
        problem = LinearProblem.of(table, target, seen, seeds=seeds.child("linear"), deadline=deadline)
        found = self._promised(problem, signs_of(table, view.facts), view, is_class=seen is not None)
        d = problem.n_dense
        return FittedLinear(
            found.coef[:d], found.intercept, found.coef[d:],
            np.zeros(0, dtype=np.int64) if seen is None else seen.present, target.n_classes,
            found.strength, found.ended,
        )  # fmt: skip

    def _found(self, problem: LinearProblem, view: FoldView, *, is_class: bool) -> Found:
        if is_class:
            return fit_classes(problem, self.penalty, self.C, self.grid)
        return fit_values(problem, self.penalty, self.C, self.grid, view.loss, view.quantile)

    def _promised(self, problem: LinearProblem, signs: Index, view: FoldView, *, is_class: bool) -> Found:
        """The fit under monotone constraints: columns whose coefficient has the wrong sign are removed
        until none has."""
        found = self._found(problem, view, is_class=is_class)
        left_out = np.zeros(len(signs), dtype=np.bool_)
        while True:
            wrong = (found.coef[: len(signs), 0] * signs < 0) & ~left_out
            if not wrong.any():
                break
            left_out |= wrong
            problem = problem.without(np.flatnonzero(left_out))
            found = self._found(problem, view, is_class=is_class)
        found.coef[np.flatnonzero(left_out)] = 0.0
        return found

    def cost(self, facts: Facts) -> Cost:
        """Eight fits of some 30 passes over rows and columns, with about 8 one-hot columns per code column; of terms
        fewer fits, each of more and slower passes."""
        d = 4 + 2 * facts.n_numeric + 8 * facts.n_category + 8 * facts.n_dates
        k = max(1, facts.n_classes if facts.n_classes > 2 else 1)
        fits = 1.0 if self.C is None else 0.2
        passes = 8 * 30 if facts.problem.is_class else 30 + d / 4
        if self.penalty == "elastic":
            passes = 30 * 8 * 30 if facts.problem.is_class else 1_200
        seconds = 0.01 + facts.n_rows * k * (4e-10 * passes * d + 2.5e-7 * fits * facts.text_chars)
        return Cost(setup_seconds=seconds, bytes=12 * facts.n_rows * (d + round(facts.text_chars)))

    @classmethod
    def restore(cls, state: State) -> FittedLinear:
        arrays, meta = state.arrays, state.meta
        strength, n_classes = meta["strength"], meta["n_classes"]
        ended: Ended = "deadline" if meta["ended"] == "deadline" else "converged"
        if not isinstance(strength, int | float) or not isinstance(n_classes, int):
            raise ValueError("The state of a linear model lacks its strength or its number of classes.")
        return FittedLinear(
            np.asarray(arrays["coef"]), np.asarray(arrays["intercept"]), np.asarray(arrays["sparse_coef"]),
            np.asarray(arrays["present"]), n_classes, float(strength), ended,
        )  # fmt: skip


def steps(facts: Facts, *, text: str = "") -> tuple[Step, ...]:
    """Codes to columns, cells filled, columns scaled: preprocessing of all models of distances and products. text: the
    step that reads texts, words where it is "".
    """
    wanted = [
        (facts.n_dates, Step.of("dates", cyclic=True)),
        (facts.n_text, Step.of(text) if text else words()),
        (facts.high_columns, Step.of("target_mean", above=50, keep=False)),
        (facts.n_category, Step.of("one_hot", max_levels=50, min_rows=5)),
        (1, Step.of("impute", indicators=True)),
        (1, Step.of("scale", clip=8.0)),
    ]
    return tuple(step for count, step in wanted if count)


def with_text(facts: Facts, terms: tuple[Step, ...]) -> tuple[Step, ...]:
    """steps, with these in place of the one that reads texts."""
    return tuple(one for step in steps(facts) for one in (terms if step.name == "tfidf" else (step,)))


def _of_characters(facts: Facts, learner: str) -> list[Entry]:
    """linear_chars: runs of characters in place of words; linear_terms: beside them."""
    model = Step.of("linear", grid=(0.3, 3.0, 30.0))
    variants = {
        "linear_chars": ("characters", (characters(longest=6),)),
        "linear_terms": ("words and characters", (words(keep=True, skips=2), characters())),
    }
    return [
        Entry(
            name=name, what=f"{learner}, {what}", recipe=Recipe(steps=with_text(facts, terms), model=model), place=0
        )
        for name, (what, terms) in variants.items()
    ]  # fmt: skip


def _of_vectors(facts: Facts, learner: str) -> list[Entry]:
    """linear_vectors: words, characters and vectors of a pretrained encoder, for each that is here; of several also
    each one's vectors alone, so that they are compared.
    """
    model = Step.of("linear", grid=(0.3, 3.0, 30.0))
    found = list[Entry]()
    for place, one in enumerate(facts.text_models):
        beside = (vectors(one), words(keep=True, skips=2), characters())
        forms: dict[str, tuple[str, tuple[Step, ...]]] = {
            "linear_vectors": (f"words, characters and vectors of {one.name}", beside)
        }
        if len(facts.text_models) > 1:
            forms["vectors_alone"] = (f"vectors of {one.name} alone", (vectors(one).with_params(keep=False),))
        if is_row_read(one, facts):
            forms["linear_row"] = (
                f"words, characters and vectors of the row by {one.name}",
                (*row_vectors(one), words(keep=True, skips=2), characters()),
            )
        for name, (what, terms) in forms.items():
            recipe = Recipe(steps=with_text(facts, terms), model=model)
            at = EARLIEST if one.work and name == "linear_vectors" else 0
            found.append(Entry(name=numbered(name, place), what=f"{learner}, {what}", recipe=recipe, place=at))
    return found


def portfolio(facts: Facts) -> tuple[Entry, ...]:
    """linear; with columns that count terms linear_counts; with numbers linear_fe (splines, products) and, for values,
    linear_free, whose columns are not clipped, so that it extrapolates; with more columns than rows linear_l1.
    """
    learner = "logistic" if facts.problem.is_class else "ridge"
    is_text = facts.n_text > 0 and facts.n_features == facts.n_text
    model = Step.of("linear", grid=(0.3, 3.0, 30.0, 100.0)) if is_text else Step.of("linear")
    what = f"{learner}, words" if is_text else f"{learner}, one-hot"
    entries = [Entry(name="linear", what=what, recipe=Recipe(steps=steps(facts), model=model))]
    if facts.n_names:
        recipe = Recipe(steps=(names(), *steps(facts)), model=model)
        entries.append(Entry(name="linear_names", what=f"{learner}, names by their pieces", recipe=recipe, place=0))
    if facts.n_counts:
        recipe = Recipe(steps=(*counts(facts), *steps(facts)), model=Step.of("linear", grid=(0.3, 3.0, 30.0)))
        entries.append(Entry(name="linear_counts", what=f"{learner}, counts as terms", recipe=recipe, place=0))
    if facts.n_text:
        entries += _of_characters(facts, learner)
        entries += _of_vectors(facts, learner)
    if facts.n_features > min(500, facts.n_rows):
        l1 = Recipe(steps=steps(facts), model=Step.of("linear", penalty="elastic"))
        entries.append(Entry(name="linear_l1", what=f"{learner}, few columns", recipe=l1))
    elif 1 <= facts.n_numeric <= 100:
        plain = steps(facts)
        products = (Step.of("arithmetic", top=5, kinds=("product",)),) if facts.n_numeric > 1 else ()
        ends = (Step.of("outliers", rule="range"),) if facts.n_dates else ()  # later rows lie beyond these
        made = (*ends, *products, Step.of("splines", knots=5))
        at = next(i for i, step in enumerate(plain) if step.name in ("one_hot", "impute"))
        recipe = Recipe(steps=(*plain[:at], *made, *plain[at:]), model=model)
        entries.append(Entry(name="linear_fe", what=f"{learner}, splines and products", recipe=recipe))
        if not facts.problem.is_class:
            free = (*plain[:-1], Step.of("scale", clip=UNCUT))
            entries.append(Entry(name="linear_free", what="ridge, nothing cut", recipe=Recipe(steps=free, model=model)))
    return tuple(entries)
