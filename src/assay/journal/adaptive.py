"""Whether a search stayed within what was fixed before any score was seen: a flag that is never taken back."""

from assay.core.experiment import Experiment

UNCONFIRMED = "unconfirmed"
"""The rule of a verdict that waits for other folds; it stays where no time is left for them."""


def why_adaptive(experiment: Experiment) -> str:
    """Why the correction for choosing does not cover a proposal; "" where it does.

    A bounded space counts as a fixed pool, which is an approximation.
    """
    return f"#{experiment.number} by {experiment.by} may build on scores" if experiment.pool == "adaptive" else ""


def is_searched(experiment: Experiment) -> bool:
    """Whether a proposal was made after scores were seen, in a bounded space or not, and not from a fixed pool."""
    return experiment.pool != "fixed"


CHANGED = "another search was asked for after a figure had been shown"
STEERED = "a person steered the search after scores had been seen"
