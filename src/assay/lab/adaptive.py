"""Whether a search stayed within what was fixed before any score was seen: a flag that only rises."""

from assay.core.experiment import Experiment

FIXED = frozenset({"portfolio", "small", "repeats", "readable", "features", "ensemble", "twin"})
"""Who draws on a pool that is fixed in advance, or blends what was drawn (the correction makes blends anew)."""
BOUNDED = frozenset({"random", "grid", "tpe", "cma_es", "nsga2", "neighbours", "stack"})
"""Who searches a space that is bounded in advance; counted as a pool, which is an approximation."""


def why_adaptive(experiment: Experiment) -> str:
    """Why a proposal is of no pool that a correction for choosing covers; "" where it is.

    Whoever is not known here may have built it from scores: people, language models, code, researchers of others.
    """
    by = experiment.by
    if by in BOUNDED or (by in FIXED and experiment.fixed_pool):
        return ""
    return f"#{experiment.number} by {by} may build on scores"


CHANGED = "another search was asked for after a figure had been shown"
