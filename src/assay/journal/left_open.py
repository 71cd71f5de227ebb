"""Why an experiment was left open."""

from assay.core.views import StoppedBy

_ENDED = "the search ended before it did"
LEFT: dict[StoppedBy, str] = {
    "time": "cut off by the limit", "interrupt": "cut off when the search was stopped", "patience": _ENDED,
    "pool": _ENDED, "experiments": _ENDED, "goal": _ENDED, "until": "cut off by the end of the session",
}  # fmt: skip
"""By what stopped the search."""
KILLED = "cut off when its process ended"
