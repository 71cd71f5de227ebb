"""Warnings shown at the line of the person's own code, however many of our calls lie between."""

import sys
import warnings

from assay.core.errors import AssayWarning

_BETWEEN = frozenset({"assay", "sklearn", "joblib", "contextlib"})
"""Packages whose lines tell nobody what to change: ours, those that call an estimator on somebody's behalf, and
blocks around a call.
"""


def warn_caller(warning: AssayWarning) -> None:
    """Warn at the innermost line outside this package and those above; at the outermost of all where none is."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] in _BETWEEN:
        level, frame = level + 1, frame.f_back
    warnings.warn(warning, stacklevel=level)
