"""The director of a lab, and what it would give the next free slot to."""

import math
from dataclasses import replace
from functools import cache, partial

from assay.core.clock import Budget
from assay.core.schema import Facts
from assay.core.text_model import TextModel
from assay.journal.state import LabState
from assay.pipeline.store import TaskFolder
from assay.research.lesson_table import Lesson, lessons
from assay.research.moves import catalogue
from assay.search.applicable_steps import applicable_steps
from assay.search.barred_facts import facts_without
from assay.search.director import Director
from assay.search.known_so_far import columns_of
from assay.search.next_slot import NextSlot, next_slot
from assay.search.scorer import Scorer
from assay.search.settings import FitSettings
from assay.search.stored_settings import settings_as_before
from assay.views.open_lab import OpenLab


def known_models(state: LabState) -> tuple[TextModel, ...]:
    """The encoders of texts that its last session found."""
    return () if state.session is None else state.session.text_models


def known_priors(state: LabState) -> tuple[tuple[str, float], ...]:
    """What its last session expected of moves by other labs."""
    return () if state.session is None else state.session.priors


def was_exact(state: LabState) -> bool:
    """Whether its last session counted experiments alone, so that no decision may read a clock."""
    session = state.session
    return session is not None and session.seconds is None and session.experiments is not None


def director_of(
    folder: TaskFolder,
    scorer: Scorer,
    settings: FitSettings,
    *,
    text_models: tuple[TextModel, ...] = (),
    priors: tuple[tuple[str, float], ...] = (),
) -> Director:
    """Who decides whose turn it is, in a lab with these settings, these encoders of texts, these priors of moves."""

    def without(columns: frozenset[str]) -> Facts:
        return replace(facts_without(folder, columns), text_models=text_models)

    return Director(
        facts=replace(folder.task.facts, text_models=text_models),
        without=settings.without, families=settings.families, seed=settings.seed,
        names=settings.proposers,
        partitions=folder.split.n_repeats, n_folds=folder.split.n_folds,
        higher_is_better=scorer.metric.higher_is_better,
        sigma=lambda state: scorer.noise(state).sigma, applicable_steps=cache(partial(applicable_steps, folder)),
        facts_without=cache(without),
        columns=columns_of(folder.task), priors=priors, budget=settings.budget.experiments,
    )  # fmt: skip


def _director(lab: OpenLab) -> Director:
    return director_of(
        lab.folder,
        lab.scorer,
        settings_as_before(lab.state, out=str(lab.path), budget=Budget()),
        text_models=known_models(lab.state),
        priors=known_priors(lab.state),
    )


def lessons_of_lab(lab: OpenLab) -> tuple[Lesson, ...]:
    """What its moves have gained so far, as the researcher of moves reads it."""
    view = _director(lab).view(lab.state, seconds_left=None)
    return lessons({move.name: move for move in catalogue()}, view)


def slot_of(lab: OpenLab) -> NextSlot:
    """What would be tried next as things stand, and why."""
    director = _director(lab)
    return next_slot(director, lab.state, seconds_left=None if was_exact(lab.state) else math.inf)
