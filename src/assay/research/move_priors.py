"""What is expected of a move before it was tried here, and who leans to it: a person, a study."""

import math
from collections.abc import Iterable, Mapping, Sequence

from assay.core.contract import LabView
from assay.core.hint import WishKind
from assay.core.move import Move
from assay.core.study import StudyNote
from assay.research.lessons import NOISE, MovePrior, Trial
from assay.research.search_settings import SHIPPED

LEANINGS: dict[WishKind, float] = {"try": 1.2, "prefer": 1.5, "avoid": 0.5}
"""By kind of hint, for each degree of its strength."""
STUDY_LASTS = 100
"""Experiments for which what a study leans to counts."""
FEWEST_AGAINST = 2
"""Tries after which evidence can contradict a study."""


def priors_of(moves: Mapping[str, Move], view: LabView, tried: Sequence[Trial]) -> dict[str, MovePrior]:
    """By name: measured by other labs, else by the project, else the move's own; times what a person, and studies,
    lean to it."""
    measured = {**SHIPPED.priors, **dict(view.priors)}
    found = {}
    for name, move in moves.items():
        plain = measured.get(name, move.traits.prior)
        factor = by_person(name, view) * by_studies(name, view, [one for one in tried if one.move == name], plain)
        found[name] = MovePrior(mean=leant(plain, factor), columns=" and ".join(move.traits.columns))
    return found


def leant(prior: float, factor: float) -> float:
    """The prior of a move that is leant to (factor above 1) or away from; of an expected loss the same way."""
    return prior * factor if prior >= 0 else prior / factor


def by_person(name: str, view: LabView) -> float:
    """What a prior is multiplied by where a person leans to a move or away from it."""
    share = 1.0
    for hint in view.hints:
        if hint.wish.subject == "move" and name in hint.wish.names and hint.wish.kind in LEANINGS:
            share *= LEANINGS[hint.wish.kind] ** hint.wish.strength
    return share


def by_studies(name: str, view: LabView, tried: Sequence[Trial], prior: float) -> float:
    """The same of studies, as long as they are not old and no tries since contradict them. tried: of this move."""
    share = 1.0
    for note in view.studies:
        if view.next_number - note.at_experiment <= STUDY_LASTS:
            share *= _of_study(note, name, [one.effect for one in tried if one.number > note.at_experiment], prior)
    return share


def _of_study(note: StudyNote, name: str, effects: Sequence[float], prior: float) -> float:
    factors = (one.factor for one in note.leanings if one.move == name and one.factor > 0)
    return math.prod(factor for factor in factors if not is_contradicted(factor, effects, prior))


def is_contradicted(factor: float, effects: Iterable[float], prior: float) -> bool:
    """Whether tries say that a move gains less than was expected even before it was raised, by more than their error;
    of one that was lowered, more."""
    found = list(effects)
    if len(found) < FEWEST_AGAINST:
        return False
    mean, error = sum(found) / len(found), NOISE / math.sqrt(len(found))
    return mean + error < prior if factor > 1 else mean - error > prior
