"""Complement naive Bayes on the terms of texts: no fit to speak of, and strong where texts are few."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.clock import Deadline, Limits
from assay.core.contract import Cost, Facts, Fitted, FoldView, ModelTraits, Seeds, State
from assay.core.errors import UsageError
from assay.core.inner_folds import inner_folds
from assay.core.recipe import Entry, Recipe, Step
from assay.core.space import Float, Space
from assay.models import register
from assay.models.calibrated_scores import Fit, ScoreProblem, fit_calibrated
from assay.models.constant import fit_constant
from assay.models.linear import FittedLinear, Linear
from assay.models.matrix import SeenClasses, filled
from assay.models.text_recipes import characters, counts, words
from assay.solvers.sparse_scores import csr

INNER_FOLDS = 3


@register("naive_bayes", also=("complement_nb", "nb"))
@dataclass(frozen=True)
class NaiveBayes:
    """Complement naive Bayes (Rennie et al., 2003) on the sparse block alone; its scores become probabilities by a
    calibration on held-out rows.

    alpha: rows of each term that every class is taken to have had; None: chosen from `grid` by three inner folds.
    Ships as a linear model, which it is.
    """

    traits: ClassVar[ModelTraits] = ModelTraits(called=("naive Bayes",), only_classes=True, terms_alone=True)

    alpha: float | None = None
    grid: tuple[float, ...] = (0.03, 0.1, 0.3, 1.0)

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space.of(alpha=Float(1e-3, 3.0, log=True))

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        """nb_terms, where there are texts and classes; nb_counts, where columns count terms."""
        if not facts.problem.is_class:
            return ()
        forms = {
            "nb_terms": (facts.n_text, "words and characters", (words(keep=True), characters())),
            "nb_counts": (facts.n_counts, "counts as terms", counts(facts)),
        }
        dates = tuple(Step.of(name) for name in (["dates"] if facts.n_dates else []))
        return tuple(
            Entry(name=name, what=f"naive Bayes, {what}", place=0,
                  recipe=Recipe(steps=(*dates, *terms), model=Step.of("naive_bayes")))
            for name, (there, what, terms) in forms.items() if there
        )  # fmt: skip

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> Fitted:
        """rounds: if given, no clock is read. UsageError for a target without classes."""
        table, target = view.table("train"), view.target("train")
        if not target.is_class:
            raise UsageError("Naive Bayes tells classes apart, and the target is a number. Use the model 'linear'.")
        seen = SeenClasses.of(target)
        if table.sparse is None or len(seen.present) < 2:
            return fit_constant(view)
        weight = np.ones(len(target)) if target.weight is None else target.weight / target.weight.mean()
        problem = ScoreProblem(
            csr(table.sparse), seen.codes, len(seen.present), weight,
            inner_folds(target, INNER_FOLDS, seeds.child("naive_bayes")),
            limits.deadline if rounds is None else Deadline(), target.ties,
        )  # fmt: skip
        found = fit_calibrated(problem, _complement, self.grid if self.alpha is None else (self.alpha,))
        nothing = np.zeros((filled(table).shape[1], found.coef.shape[1]))
        return FittedLinear(
            nothing, found.intercept, found.coef, seen.present, target.n_classes, found.setting, found.ended
        )

    def cost(self, facts: Facts) -> Cost:
        """Some twelve passes over the terms."""
        terms = facts.n_rows * facts.text_chars
        return Cost(setup_seconds=0.02 + 3e-8 * terms * facts.n_outputs, bytes=1_000_000 + int(12 * terms))

    @classmethod
    def restore(cls, state: State) -> FittedLinear:
        return Linear.restore(state)


def _complement(X: Any, y: AnyArray, weight: Floats) -> Fit:
    """See calibrated_scores.Fits."""
    from sklearn.naive_bayes import ComplementNB

    def fit(alpha: float) -> tuple[Floats, Floats]:
        model = ComplementNB(alpha=alpha).fit(X, y, sample_weight=weight)
        found = np.asarray(model.feature_log_prob_, dtype=np.float64).T
        coef = found[:, 1:] - found[:, :1] if found.shape[1] == 2 else found - found.mean(axis=1, keepdims=True)
        return coef, np.zeros(coef.shape[1])

    return fit
