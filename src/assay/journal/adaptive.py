"""Whether a search stayed within what was fixed before any score was seen: a flag that only rises."""

from assay.core.experiment import Experiment

CONFIRM = "confirm"
"""By whom a known recipe is fitted on other folds, to see whether a keep holds (lab.confirm)."""
UNCONFIRMED = "unconfirmed"
"""The rule of a verdict that waits for other folds; so it stays where no time is left for them."""
FIXED = frozenset({"portfolio", "small", "repeats", "readable", "features", "ensemble", "twin", CONFIRM})
"""Who draws on a pool that is fixed in advance, or blends what was drawn (the correction makes blends anew)."""
BOUNDED = frozenset({"random", "grid", "tpe", "cma_es", "nsga2", "neighbours", "stack"})
"""Who searches a space that is bounded in advance; counted as a pool, which is an approximation."""


def why_adaptive(experiment: Experiment) -> str:
    """Why a proposal is of no pool that a correction for choosing covers; "" where it is.

    Whoever is not known here may have built it from scores: people, language models, code, researchers of others.
    """
    if experiment.by in BOUNDED or not is_searched(experiment):
        return ""
    return f"#{experiment.number} by {experiment.by} may build on scores"


def is_searched(experiment: Experiment) -> bool:
    """Whether it was proposed after scores were seen, in a bounded space or not: of no pool fixed in advance."""
    return experiment.by not in FIXED or not experiment.fixed_pool


CHANGED = "another search was asked for after a figure had been shown"
