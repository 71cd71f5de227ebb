"""The blend of a finished lab as one small model, and what that costs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

from assay.core.array import AnyArray
from assay.core.errors import LabError
from assay.core.figure import Difference, Figure
from assay.core.recipe import Recipe
from assay.core.seed import Seeds
from assay.core.split import Fold
from assay.ensemble.calibrate import Calibration, calibrate
from assay.ensemble.candidate import Blend
from assay.lab.student import Student, Teacher, teach
from assay.pipeline.fit_jobs import placed
from assay.predictor.member import Ingredient, Trained
from assay.predictor.passport import Passport
from assay.predictor.predictor import Predictor
from assay.research.portfolio import entries
from assay.search.second_level import lay_out_all
from assay.search.time_reserve import REFIT_ROUNDS
from assay.views.open_lab import OpenLab

PUPILS = ("lgb_small", "linear")
"""Portfolio entries that may be taught; the one with the better score on held-out rows ships. Names, as
each costs a fit per fold: two small kinds of model that differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distilled:
    """The small model: what it is, where it lies, its score out of fold, and its difference from the blend (below zero:
    what it loses). Both are of rows that taught the student nothing, not even through its teachers.
    """

    what: str
    path: Path
    size_bytes: int
    score: Figure
    against: Difference


def distil(lab: OpenLab, out: Path, *, say: Callable[[str], None] = lambda line: None) -> Distilled:
    """Teach a small model what a lab's shipped blend predicts, save it as a predictor and say what it loses.

    Every fold's student learns from nested predictions (pipeline.nested_predictions), at K (K - 1) / 2 fits of each
    member, in this process. LabError where the lab has no blend of the first level, or rows without out-of-fold
    predictions.
    """
    blend = _taught_by(lab)
    lay_out_all(lab.folder, lab.ledger, lab.state, blend.numbers)
    teacher = Teacher(weights=dict(zip(blend.numbers, blend.weights, strict=True)), scale=blend.scale)
    known = {entry.name: entry for entry in entries(lab.task.facts)}
    found: list[tuple[float, str, Recipe, list[Student], AnyArray]] = []
    sign = 1.0 if lab.metric.higher_is_better else -1.0
    for entry in (known[name] for name in PUPILS if name in known):
        students = [_student(lab, entry.recipe, teacher, fold) for fold in range(lab.folder.split.n_folds)]
        prediction = _placed(lab, students)
        score = lab.scorer.figure_score(prediction)
        say(f"{entry.what}, taught by the blend: {lab.metric.title} {lab.scorer.figure(prediction).text}")
        found.append((sign * score, entry.what, entry.recipe, students, prediction))
    _, what, recipe, students, prediction = max(found, key=lambda one: one[0])
    stored = {number: np.asarray(lab.oof(number)) for number in blend.numbers}
    against = lab.scorer.compare(blend.predict(stored), prediction, noise=lab.scorer.noise(lab.state))
    predictor = _shipped(lab, recipe, teacher, students, prediction, what)
    path = predictor.save(out)
    size = Predictor.load(path).size_bytes
    return Distilled(
        what=f"{what}, taught by the blend", path=path, size_bytes=size, score=lab.scorer.figure(prediction),
        against=against,
    )  # fmt: skip


def _taught_by(lab: OpenLab) -> Blend:
    blend, state = lab.state.blend, lab.state
    if state.model is None or blend is None:
        raise LabError(f"{lab.name} has no model to learn from yet.", do=(f"assay status {lab.name}",))
    if not lab.folder.split.scored().all() or lab.folder.split.n_folds < 3:
        raise LabError(f"{lab.name} has rows without out-of-fold predictions, so a student has nothing to learn there.")
    if any(state.entries[number].experiment.recipe.on for number in blend.numbers):
        raise LabError(f"The blend of {lab.name} has a second level, which cannot be distilled yet.")
    return blend


def _student(lab: OpenLab, recipe: Recipe, teacher: Teacher, fold: int) -> Student:
    seeds = Seeds(lab.task.seed).child("distil", recipe.key, fold)
    return teach(lab.folder, recipe, teacher, lab.folder.split.fold(fold), seeds=seeds)


def _placed(lab: OpenLab, students: list[Student]) -> AnyArray:
    """(n, …) each fold predicted at the rounds that the others chose: its own rows stopped its own training."""
    known = [student.recipe.rounds for student in students]
    out: AnyArray | None = None
    for fold, student in enumerate(students):
        others = [rounds for other, rounds in enumerate(known) if rounds is not None and other != fold]
        done = student.recipe.model.rounds_done
        used = max(1, min(round(median(others)), done or 1)) if others else None
        rows = lab.folder.split.held(fold)
        out = placed(out, student.predict(used), rows, target=lab.folder.target)
    assert out is not None  # a lab has folds
    return out


def _shipped(
    lab: OpenLab, recipe: Recipe, teacher: Teacher, students: list[Student], prediction: AnyArray, what: str
) -> Predictor:
    """One fit on all rows, for a little longer than the folds agreed on, calibrated by the held-out predictions."""
    rows = np.arange(len(lab.folder.target))
    known = [student.recipe.rounds for student in students if student.recipe.rounds is not None]
    rounds = max(1, round(REFIT_ROUNDS * median(known))) if known else None
    seeds = Seeds(lab.task.seed).child("distil", recipe.key, "all")
    whole = teach(lab.folder, recipe, teacher, Fold(0, rows, rows[:0]), seeds=seeds, rounds=rounds)
    ingredient = Ingredient(number=1, name=what, weight=1.0, trained=(Trained.of(whole.recipe, "refit"),))
    calibration = Calibration()
    if lab.task.classes:
        folds = lab.folder.split.numbers[:, 0].astype(np.int64)
        calibration = calibrate(
            prediction, lab.folder.target, folds, ranks=lab.metric.by_fold,
            restricted=lab.task.candidates is not None,
        )  # fmt: skip
    passport = Passport.of(lab.task, metric_title=lab.metric.title)
    return Predictor.of(replace(passport, calibration=calibration), [ingredient])
