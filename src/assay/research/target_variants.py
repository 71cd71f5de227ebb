"""Target transforms and class weights, raced on one entry.

Measured on training rows (2,500 at most, three folds, RMSE against the raw target): on six tables with a skew above
1.5, log1p changed the error of LightGBM by −13 to +2 %, of CatBoost by −8 to +3 %, the power by −8 to +0.5 % and −8 to
+5 %; normal scores of ranks won by no more than 1 %. On two tables below it, the logarithm cost up to 37 %.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from assay.core.contract import Entry, Facts, LabView
from assay.models import traits_of

ANCHORS = ("lgb_std", "cat_std")
"""Entries on which variants are raced: the one that comes first in the portfolio."""
SKEWED = 1.5
EVEN_METRICS = frozenset({"balanced_accuracy", "macro_f1", "f1", "mcc"})
"""Metrics of labels that weight classes equally, or count the rare one only."""
WORDS = {"log1p": "on the logarithm of the target", "yeo_johnson": "on a power of the target"}


def transforms(facts: Facts) -> tuple[str, ...]:
    """The transforms raced against the raw target, the power last; () where there is no race."""
    if facts.problem.is_class or facts.metric == "rmsle":
        return ()
    if facts.target_skew > SKEWED and facts.target_min >= 0:
        return ("log1p", "yeo_johnson")
    return ("yeo_johnson",) if abs(facts.target_skew) > SKEWED else ()


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
    if transform == "identity" or entry.recipe.transform != "identity" or traits_of(entry.recipe.model.name).averages:
        return entry
    return replace(entry, what=f"{entry.what}, {WORDS[transform]}", recipe=replace(entry.recipe, transform=transform))


def _variants(anchor: Entry, facts: Facts) -> Iterator[Entry]:
    for transform in transforms(facts):
        yield replace(_transformed(anchor, transform), name=f"{anchor.name}_{transform}")
    if facts.problem.is_class and facts.metric in EVEN_METRICS:
        recipe = replace(anchor.recipe, weighting="balanced")
        yield replace(
            anchor, name=f"{anchor.name}_balanced", what=f"{anchor.what}, classes weighed alike", recipe=recipe
        )


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
