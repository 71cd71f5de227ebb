"""The researcher of hints: what a person asked to try, made into experiments on the best parents there are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import ClassVar

from assay.core.contract import LabView, Observation, ResearcherTraits, Seeds, Step
from assay.core.experiment import Experiment
from assay.core.feature_idea import FeatureSet
from assay.core.hint import Hint, Wish
from assay.core.move import Changed, Parent
from assay.features import registry as steps
from assay.features import traits_of
from assay.features.combine_columns import OPERATIONS
from assay.models import registry as models
from assay.pipeline.monotone_recipes import honours
from assay.research import register
from assay.research.feature_sets import has_set, with_set
from assay.research.moves import catalogue
from assay.research.moves_by_credit import looked_for
from assay.research.portfolio import BASELINE, FLOOR, entries

TRIES = {1: 2, 2: 3, 3: 6}
"""Experiments that a hint asks for, by its strength."""
MOST_PAIRS = 6
"""Pairs of the named columns that are combined."""
COMBINE, HUMAN = "combine", "human"


@register(HUMAN)
@dataclass(frozen=True)
class Human:
    """Proposes what the hints in force ask for: moves, steps and columns on the heaviest members of the blend, families
    by their entries of the portfolio.

    What it proposes follows from a person, who may have seen scores: no fixed pool. The director asks it before all
    others, in labs where anybody said anything.
    """

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(pool="adaptive", looks_for=looked_for)

    seed: int = 0
    name: str = HUMAN

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        out: list[Experiment] = []
        asked = set(view.asked)
        for hint in view.hints:
            if hint.wish.kind not in ("try", "prefer") or hint.wish.subject == "metric":
                continue
            tried = sum(hint.number in past.experiment.hints for past in view.history)
            most = TRIES[min(max(hint.wish.strength, 1), 3)]
            wanted = max(min(most, hint.wish.expires or most) - tried, 0)  # "once" is one
            fresh = (one for one in self._proposals(hint, view) if one.recipe.key not in asked)
            for made in islice(fresh, wanted):
                if len(out) == n:
                    return tuple(out)
                asked.add(made.recipe.key)
                out.append(replace(made, number=view.next_number + len(out)))
        return tuple(out)

    def _proposals(self, hint: Hint, view: LabView) -> Iterator[Experiment]:
        wish = hint.wish
        if wish.subject == "family":
            made = _of_families(wish, view)
        else:
            own = {past.experiment.number for past in view.history if hint.number in past.experiment.hints}
            parents = (parent for parent in parents_of(view) if parent.number not in own)
            made = (one for parent in parents for one in _changes(wish, parent, view, self.seed))
        for one, entry in made:
            yield Experiment(
                number=view.next_number, recipe=one.recipe, what=one.what, question=one.question, by=self.name,
                entry=entry, parents=tuple(number for number in one.parents if number), seed=self.seed, adds=one.adds,
                hints=(hint.number,), move=_move_of(wish), reason=f"{hint.name} asks for it",
            )  # fmt: skip


def parents_of(view: LabView) -> tuple[Parent, ...]:
    """What is changed: members of the blend, the heaviest first, then the best others; before there is any, the
    standard booster's entry of the portfolio."""
    able = [past for past in view.history if _is_able(past, view)]
    able.sort(key=lambda past: (-past.weight, -(past.gain or 0.0), past.experiment.number))
    if able:
        return tuple(Parent.of(past.experiment) for past in able)
    found = [entry for entry in entries(view.facts, without=view.without) if entry.name == BASELINE]
    return tuple(Parent(recipe=entry.recipe, what=entry.what) for entry in found)


def _is_able(past: Observation, view: LabView) -> bool:
    one = past.experiment
    is_plain = not one.recipe.on and not one.partition and one.entry not in FLOOR
    return past.gain is not None and is_plain and one.recipe.model.name not in view.without


def _of_families(wish: Wish, view: LabView) -> Iterator[tuple[Changed, str]]:
    for entry in entries(view.facts, without=view.without):
        if entry.recipe.model.name in wish.names:
            question = f"How far does {entry.what} get on these columns, as was asked for?"
            yield Changed(recipe=entry.recipe, what=entry.what, question=question, parents=()), entry.name
    offered = {entry.recipe.model.name for entry in entries(view.facts, without=view.without)}
    for name in wish.names:
        if name in models and name not in offered and name not in view.without:
            for entry in models.get(name).portfolio(view.facts):
                question = f"How far does {entry.what} get on these columns, as was asked for?"
                yield Changed(recipe=entry.recipe, what=entry.what, question=question, parents=()), entry.name


def _changes(wish: Wish, parent: Parent, view: LabView, seed: int) -> Iterator[tuple[Changed, str]]:
    """What a wish makes of a parent."""
    moves = {move.name: move for move in catalogue()}
    operations = tuple(name for name in wish.names if name in OPERATIONS and wish.subject == "move")
    if wish.subject == "column" or (operations and wish.columns):
        columns = wish.columns or wish.names
        yield from ((one, "") for one in _combined(parent, columns, operations or OPERATIONS, view))
        return
    for name in wish.names:
        if wish.subject == "move":
            move = moves.get("arithmetic" if name in OPERATIONS else name)
            rng = Seeds(seed).child(HUMAN, name, parent.number).rng()
            yield from ((one, "") for one in (move.changes(parent, view, rng) if move and move.suits(view) else ()))
        elif wish.subject == "step" and name in steps:
            added = FeatureSet(name=name, what=name, steps=(Step.of(name),), is_raw=traits_of(name).unpacks)
            if not has_set(parent.recipe, added):
                yield from ((one, "") for one in _with(parent, added, view))


def _combined(
    parent: Parent, columns: tuple[str, ...], operations: tuple[str, ...], view: LabView
) -> Iterator[Changed]:
    """The operations on the pairs of the named columns that are numbers; dates have differences alone."""
    kinds = {card.name: card.kind for card in view.columns}
    for kind, able in (("numeric", operations), ("datetime", tuple({*operations} & {"difference"}))):
        own = [name for name in columns if kinds.get(name) == kind]
        pairs = tuple(combinations(own, 2))[:MOST_PAIRS]
        if pairs and able:
            step = Step.of(COMBINE, pairs=pairs, operations=able)
            words = f"{' and '.join(able)} of {' and '.join(own)}"
            yield from _with(parent, FeatureSet(name=COMBINE, what=words, steps=(step,)), view)


def _with(parent: Parent, added: FeatureSet, view: LabView) -> Iterator[Changed]:
    recipe = with_set(parent.recipe, added)
    has_it = any(step in parent.recipe.steps for step in added.steps)
    if not has_it and honours(recipe, view.facts):
        over = f"#{parent.number}, {parent.what}" if parent.number else parent.what
        yield Changed(
            recipe=recipe, what=f"{parent.what} + {added.what}", parents=(parent.number,) if parent.number else (),
            question=f"What do {added.what} add to {over}, as was asked for?",
            adds=added.steps if added.adds_columns else (),
        )  # fmt: skip


def _move_of(wish: Wish) -> str:
    if wish.subject != "move" or len(wish.names) > 1:
        return COMBINE if wish.subject == "column" else ""
    return COMBINE if wish.columns and wish.names[0] in OPERATIONS else wish.names[0]
