"""What hints that lean, and do not bind, change: families that wait for the others, the threshold of labels."""

from collections.abc import Iterable

from assay.core.hint import Hint
from assay.core.labels import LabelCost, LabelRule

COSTS = {1: 2.0, 2: 3.0, 3: 5.0}
"""By strength: how many of the other error one counts as, where a rate matters more."""


def avoided_families(hints: Iterable[Hint]) -> frozenset[str]:
    """Families that are proposed only when nothing else is."""
    asked = (hint.wish for hint in hints if hint.wish.kind == "avoid" and hint.wish.subject == "family")
    return frozenset(name for wish in asked for name in wish.names)


def leaning(labels: LabelRule, hints: Iterable[Hint]) -> LabelRule:
    """The rule for labels of two classes where recall or precision matters more; a rule that was set otherwise stays.

    A missed positive then counts as COSTS false alarms, or a false alarm as so many misses. The last such hint holds.
    """
    if labels != LabelRule():
        return labels
    found = labels
    for hint in hints:
        wish = hint.wish
        if wish.subject != "metric" or wish.kind not in ("prefer", "try"):
            continue
        cost = COSTS[min(max(wish.strength, 1), 3)]
        if "recall" in wish.names:
            found = LabelRule(cost=LabelCost(fp=1.0, fn=cost))
        elif "precision" in wish.names:
            found = LabelRule(cost=LabelCost(fp=cost, fn=1.0))
    return found
