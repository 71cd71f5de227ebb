"""Target transforms and class weights, raced on one entry."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from assay.core.contract import Entry, Facts, LabView
from assay.research.moves.target_form import ALIKE, BALANCED, MOVES, WORDS, balanced, balances, transformed, transforms

ANCHORS = ("lgb_std", "cat_std")
"""Entries on which variants are raced: the one that comes first in the portfolio."""


def forms_of(name: str) -> frozenset[str]:
    """Names of an entry and of its variants."""
    return frozenset({name, f"{name}_balanced", *(f"{name}_{transform}" for transform in WORDS)})


def tried(portfolio: Sequence[Entry], view: LabView) -> Iterator[Entry]:
    """The portfolio in its order, with variants after their anchor; later entries use the best variant with a result.
    An entry that was proposed in one form is not proposed in another."""
    anchor = next((entry for entry in portfolio if entry.name in ANCHORS), None)
    best, is_later = "identity", False
    for entry in portfolio:
        if not is_later:
            yield entry
        elif not any(form.recipe.key in view.asked for form in _forms(entry, view.facts)):
            yield _transformed(entry, best)
        if anchor is not None and entry is anchor:
            is_later, best = True, _best_transform(anchor, view)
            yield from _variants(anchor, view.facts)


def _forms(entry: Entry, facts: Facts) -> Iterator[Entry]:
    yield entry
    for transform in transforms(facts):
        yield _transformed(entry, transform)


def _transformed(entry: Entry, transform: str) -> Entry:
    """The entry with that target transform; unchanged if it has its own, or is of an averaging family."""
    recipe = entry.recipe if transform == "identity" else transformed(entry.recipe, transform)
    return entry if recipe is entry.recipe else replace(entry, what=f"{entry.what}, {WORDS[transform]}", recipe=recipe)


def _variants(anchor: Entry, facts: Facts) -> Iterator[Entry]:
    for transform in transforms(facts):
        yield replace(_transformed(anchor, transform), name=f"{anchor.name}_{transform}", move=MOVES[transform])
    if balances(facts):
        yield replace(
            anchor, name=f"{anchor.name}_balanced", what=f"{anchor.what}, {ALIKE}", recipe=balanced(anchor.recipe),
            move=BALANCED,
        )  # fmt: skip


def _best_transform(anchor: Entry, view: LabView) -> str:
    """The transform of the anchor's form with the largest gain; ties go to the earlier.

    Before any variant has a result, the power: nothing waits for the race, and on skewed targets it is rarely worse.
    """
    raced = transforms(view.facts)
    names = {anchor.name, *(f"{anchor.name}_{transform}" for transform in raced)}
    known = [past for past in view.history if past.experiment.entry in names and past.gain is not None]
    if not any(past.experiment.entry != anchor.name for past in known):
        return raced[-1] if raced else "identity"
    return max(known, key=lambda past: past.gain or 0.0).experiment.recipe.transform
