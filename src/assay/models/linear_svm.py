"""Linear support vector machines: rows that are told apart with room to spare do not pull at the boundary."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.clock import Deadline, Limits
from assay.core.contract import Cost, Facts, Fitted, FoldView, ModelTraits, Seeds, State
from assay.core.errors import UsageError
from assay.core.recipe import Entry, Recipe, Step
from assay.core.space import Float, Space
from assay.models import register
from assay.models.calibrated_scores import Fit, Fits, ScoreProblem, fit_calibrated
from assay.models.constant import fit_constant
from assay.models.linear import FittedLinear, Linear, steps, with_text
from assay.models.linear_fit import LinearProblem
from assay.models.matrix import SeenClasses, need_time
from assay.models.text_recipes import characters, counts, words
from assay.solvers.newton import NewtonRows, newton, squared_hinge


@register("linear_svm", also=("linear_svc",))
@dataclass(frozen=True)
class LinearSvm:
    """Squared hinge loss by Newton steps (Lin et al., 2008), one class against the others; scores become probabilities
    by a calibration on held-out rows.

    C: weight of the loss against the penalty; None: chosen from `grid` by three inner folds. For classes.
    """

    traits: ClassVar[ModelTraits] = ModelTraits(called=("linear support vector machine",), only_classes=True)

    C: float | None = None
    grid: tuple[float, ...] = (0.05, 0.3, 1.0)

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space.of(C=Float(1e-3, 1e1, log=True))

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        """svm_terms, where there are texts and classes; svm_counts, where columns count terms."""
        if not facts.problem.is_class:
            return ()
        terms = (words(keep=True, skips=2), characters())
        forms = {
            "svm_terms": (facts.n_text, "words and characters", with_text(facts, terms)),
            "svm_counts": (facts.n_counts, "counts as terms", (*counts(facts), *steps(facts))),
        }
        return tuple(
            Entry(name=name, what=f"linear SVM, {what}", place=0,
                  recipe=Recipe(steps=made, model=Step.of("linear_svm")))
            for name, (there, what, made) in forms.items() if there
        )  # fmt: skip

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> Fitted:
        """rounds: if given, no clock is read. UsageError for a target without classes."""
        table, target = view.table("train"), view.target("train")
        if not target.is_class:
            raise UsageError("A linear SVM tells classes apart, and the target is a number. Use the model 'linear'.")
        seen = SeenClasses.of(target)
        deadline = limits.deadline if rounds is None else Deadline()
        linear = LinearProblem.of(table, target, seen, seeds=seeds.child("linear_svm"), deadline=deadline)
        if len(seen.present) < 2 or not linear.X.shape[1]:
            return fit_constant(view)
        if rounds is None:
            need_time(limits, 0.1 * self.cost(view.facts).seconds, "A linear SVM")
        weight = np.ones(len(target)) if linear.weight is None else linear.weight
        problem = ScoreProblem(linear.X, linear.y, len(seen.present), weight, linear.folds, deadline, linear.ties)
        found = fit_calibrated(problem, _hinge(deadline), self.grid if self.C is None else (self.C,))
        d = linear.n_dense
        return FittedLinear(
            found.coef[:d], found.intercept, found.coef[d:], seen.present, target.n_classes, found.setting, found.ended
        )

    def cost(self, facts: Facts) -> Cost:
        """Some five fits, each of fifty passes over the cells, those of terms among them."""
        d = 4 + 2 * facts.n_numeric + 8 * facts.n_category + 8 * facts.n_dates + facts.text_chars
        seconds = 0.02 + 1e-9 * 5 * 50 * facts.n_rows * d * facts.n_outputs
        return Cost(setup_seconds=seconds, bytes=1_000_000 + int(12 * facts.n_rows * d))

    @classmethod
    def restore(cls, state: State) -> FittedLinear:
        return Linear.restore(state)


def _hinge(deadline: Deadline) -> Fits:
    """Fits that go on from one strength to the next."""

    def fits(X: Any, y: AnyArray, weight: Floats) -> Fit:
        rows, k = NewtonRows.of(X), int(y.max()) + 1
        of_class = np.array([1]) if k == 2 else np.arange(k)
        loss = squared_hinge(np.where(y[:, None] == of_class, 1.0, -1.0))
        at = np.zeros((X.shape[1] + 1, len(of_class)))

        def fit(C: float) -> tuple[Floats, Floats]:
            nonlocal at
            at = newton(rows, loss, at, C * weight, deadline).weights
            return rows.parted(at)

        return fit

    return fits
