"""One small model taught by a blend: its targets are what the blend predicted, rows never by models that saw them.

Distillation (Bucilua, Caruana and Niculescu-Mizil, 2006; Hinton, Vinyals and Dean, 2015). A class is taught by its
probability: a row is learned once for every class it may have, weighing as much as the blend believes in it, so that
any family can be the student.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.clock import Limits
from assay.core.recipe import Recipe
from assay.core.seed import Seeds
from assay.core.split import Fold
from assay.core.table import Table
from assay.core.target import Target
from assay.ensemble.combine import Scale, combine
from assay.models import registry as models
from assay.pipeline.fitted_recipe import FittedRecipe, stored
from assay.pipeline.fold_view import LabFoldView
from assay.pipeline.nested_predictions import predictions_without_fold
from assay.pipeline.replaced_view import ReplacedView
from assay.pipeline.stacking_inputs import stored_base, stored_prediction
from assay.pipeline.store import TaskFolder
from assay.pipeline.trained_candidates import TrainedCandidates

LEAST_BELIEF = 0.01
"""Classes of which the blend believes less are not taught; they cost a row each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher:
    """A blend of first-level experiments laid out by pipeline.stacking_inputs: weights, and where they are mixed."""

    weights: Mapping[int, float]
    scale: Scale = "plain"

    def lesson(self, folder: TaskFolder, fold: Fold | None) -> AnyArray:
        """Stored-form predictions of all rows to learn from; NaN where there is nothing to learn.

        fold: the one the student is to be judged on, whose rows then taught nothing of it, at the price of nested fits;
        None: out of fold, for the student that ships.
        """
        known = [
            stored_prediction(folder, number)
            if fold is None
            else predictions_without_fold(folder, stored_base(folder, number), fold, 0)
            for number in self.weights
        ]
        return combine(known, list(self.weights.values()), self.scale)


def soft_targets(taught: AnyArray, own: Target) -> tuple[Index, Target]:
    """Positions of rows, one for each class that is taught of them, and what is taught; regression: each row once.

    taught: stored-form predictions of the rows of `own`, whose weights are kept.
    """
    weight = np.ones(len(own)) if own.weight is None else own.weight
    if not own.is_class:
        return np.arange(len(own)), replace(own, values=np.asarray(taught, dtype=np.float64), n_classes=0)
    p = np.column_stack([1.0 - taught, taught]) if taught.ndim == 1 else taught
    rows, classes = np.nonzero(p >= LEAST_BELIEF)
    return rows, replace(own.take(rows), values=classes.astype(np.int32), weight=p[rows, classes] * weight[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Student:
    """A fitted recipe with all of its steps, and the held-out rows of its fold, encoded and as they were."""

    recipe: FittedRecipe
    held: Table
    raw: Table

    def predict(self, rounds: int | None) -> AnyArray:
        """Stored-form predictions of the held-out rows, in their order, after so many rounds; None: all in use."""
        used = self.recipe.rounds if rounds is None else rounds
        answered = stored(self.recipe.model.predict(self.held, rounds=used), self.recipe.link)
        return np.asarray(self.recipe.candidates.restricted(answered, self.raw))


def teach(
    folder: TaskFolder, recipe: Recipe, teacher: Teacher, fold: Fold, *, seeds: Seeds, rounds: int | None = None
) -> Student:
    """Fit a recipe on a fold's training rows as the teacher sees them; without held-out rows, for so many rounds."""
    view = LabFoldView(folder, recipe, fold, folder.task.loss, seeds)
    own = view.target("train")
    taught = teacher.lesson(folder, fold if len(fold.test) else None)[fold.train]
    if not own.is_class:
        taught = view.link.encode(taught)
    rows, target = soft_targets(taught, own)
    lesson = ReplacedView(view, view.table("train").take(rows), view.table("test"), target, rows)
    fitted = models.build(recipe.model).fit(lesson, limits=Limits(), seeds=seeds, rounds=rounds)
    candidates = TrainedCandidates.of(folder, fold.train)
    whole = FittedRecipe((*view.base.encoders, *view.encoders()), fitted, view.link, fitted.rounds, candidates)
    return Student(whole, view.table("test"), folder.table.take(fold.test))
