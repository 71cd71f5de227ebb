"""Whether a search stayed within what was fixed before any score was seen: a flag that only rises."""

from assay.core.experiment import Experiment

UNCONFIRMED = "unconfirmed"
"""The rule of a verdict that waits for other folds; so it stays where no time is left for them."""


def why_adaptive(experiment: Experiment) -> str:
    """Why a proposal is of no pool that a correction for choosing covers; "" where it is.

    A bounded space counts as a pool, which is an approximation.
    """
    return f"#{experiment.number} by {experiment.by} may build on scores" if experiment.pool == "adaptive" else ""


def is_searched(experiment: Experiment) -> bool:
    """Whether it was proposed after scores were seen, in a bounded space or not: of no pool fixed in advance."""
    return experiment.pool != "fixed"


CHANGED = "another search was asked for after a figure had been shown"
