"""Researchers of engineered columns: suitable sets on each family that works, and more sets on kept ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from assay.core.contract import LabView, Observation, ResearcherTraits, Seeds
from assay.core.experiment import Experiment
from assay.core.move import Changed, Parent, as_experiment
from assay.research import register
from assay.research.family_history import FEW_ROWS
from assay.research.feature_sets import looked_for
from assay.research.moves import column_moves
from assay.research.moves.column_set import ColumnSet
from assay.research.portfolio import FLOOR, is_of_portfolio
from assay.research.target_variants import forms_of

ANCHORS = ("lgb_std", "linear", "cat_std", "et")
"""Portfolio entries that sets are added to, one per family, from cheap and informative to expensive: kinds of models
that differ, a choice measured as a whole; more of them would try each set more often and find little more."""
EARLY_ANCHORS, MAIN_FAMILIES = ("lgb_std", "cat_std", "linear"), 4


@register("features")
@dataclass(frozen=True)
class Features:
    """Proposes sets of engineered columns, from cheap to expensive, once on one entry of each family.

    The sets follow from facts of the table alone, and steps choose inside the folds: a pool fixed in advance, so that
    the figure corrected for the choice stays valid. A family takes part once its own entry has ended (with the best
    target transform of the portfolio's race), whatever its score; a failed one does not. Where the table is searched
    too, it ends once it has used as much time as is left, with two workers about a third of the time after the
    portfolio. With a vault no pool needs to be fixed: `moves` tries the same sets there, where they pay.
    """

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(
        pool="fixed", queue=30, not_with_vault=True, looks_for=looked_for
    )  # fmt: skip

    seed: int = 0
    name: str = "features"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        if _has_had_its_share(view, by=self.name):
            return ()
        return tuple(_numbered(self._fresh(view), view, by=self.name, seed=self.seed))[:n]

    def _fresh(self, view: LabView) -> Iterator[tuple[ColumnSet, Changed]]:
        anchors = (_anchor(view, name) for name in ANCHORS)
        found = [list(_sets(view, base)) for base in anchors if base is not None]
        for place in range(max(map(len, found), default=0)):
            for own in found:
                yield from own[place : place + 1]


@register("features_first")
@dataclass(frozen=True)
class FeaturesFirst:
    """Proposes a few of the same sets early, where they apply: parts of codes, places, the past.

    No portfolio entry covers these, and on large tables the last entries may not get a turn. It begins when four
    families have ended, and proposes each set once for three of them.
    """

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(
        pool="fixed", queue=10, looks_for=partial(looked_for, early=True)
    )  # fmt: skip

    seed: int = 0
    name: str = "features_first"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        return tuple(_numbered(self._fresh(view), view, by=Features.name, seed=self.seed))[:n]

    def _fresh(self, view: LabView) -> Iterator[tuple[ColumnSet, Changed]]:
        ended = {t.experiment.recipe.model.name for t in view.history if t.experiment.entry not in FLOOR}
        if len(ended) < MAIN_FAMILIES:
            return
        for base in filter(None, (_anchor(view, name) for name in EARLY_ANCHORS)):
            yield from _sets(view, base, early=True)


@register("features_kept")
@dataclass(frozen=True)
class FeaturesKept:
    """Proposes one more set for members of the blend and the champion, the heaviest first.

    It builds on scores, so that its proposals are no fixed pool. Only by name: `moves` proposes the same and more.
    """

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(pool="adaptive", looks_for=looked_for)

    seed: int = 0
    name: str = "features_kept"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        return tuple(_numbered(self._fresh(view), view, by=self.name, seed=self.seed))[:n]

    def _fresh(self, view: LabView) -> Iterator[tuple[ColumnSet, Changed]]:
        for past in sorted(filter(_is_worth, view.history), key=lambda t: (-t.weight, t.experiment.number)):
            if past.experiment.recipe.model.name not in view.without:
                yield from _sets(view, past)


def _has_had_its_share(view: LabView, *, by: str) -> bool:
    """Whether it used as much time as is left, on tables that are searched afterwards; False in exact runs, which read
    no clock."""
    if view.seconds_left is None or view.facts.n_rows < FEW_ROWS:
        return False
    return sum(past.wall_seconds for past in view.history if past.experiment.by == by) > view.seconds_left


def _is_worth(past: Observation) -> bool:
    """Whether to build on a result: kept or a member, on the table's own columns and the first folds."""
    one = past.experiment
    is_plain = not one.recipe.on and not one.partition and bool(one.recipe.steps or one.recipe.model.params)
    return is_plain and past.gain is not None and (past.status == "kept" or past.weight > 0)


def _anchor(view: LabView, name: str) -> Observation | None:
    """The result of the portfolio's entry of that name in its best form; None before it ended, or if it failed."""
    ended = [t for t in view.history if is_of_portfolio(t.experiment) and t.experiment.entry in forms_of(name)]
    able = [t for t in ended if t.status != "failed" and t.experiment.recipe.model.name not in view.without]
    return max(able, key=lambda t: (-999.0 if t.gain is None else t.gain, -t.experiment.number), default=None)


def _sets(view: LabView, base: Observation, *, early: bool = False) -> Iterator[tuple[ColumnSet, Changed]]:
    """What each set makes of a recipe that lacks it, from cheap to expensive."""
    rng = Seeds(0).rng()  # no set draws
    for move in column_moves(early=early, fixed_pool=True):
        for made in move.changes(Parent.of(base.experiment), view, rng):
            yield move, made


def _numbered(found: Iterator[tuple[ColumnSet, Changed]], view: LabView, *, by: str, seed: int) -> Iterator[Experiment]:
    """New proposals, numbered."""
    asked, number = set(view.asked), view.next_number
    for move, made in found:
        if made.recipe.key not in asked:
            asked.add(made.recipe.key)
            yield as_experiment(made, move, number=number, by=by, seed=seed)
            number += 1
