"""Warnings that point at the user's own line of code."""

import sys
import warnings

from assay.core.errors import AssayWarning

_BETWEEN = frozenset({"assay", "sklearn", "joblib", "contextlib"})
"""Packages that are skipped in the stack: ours, those that call estimators for the user, and context managers."""


def warn_caller(warning: AssayWarning) -> None:
    """Warn at the innermost line outside this package and those above; else at the outermost line."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] in _BETWEEN:
        level, frame = level + 1, frame.f_back
    warnings.warn(warning, stacklevel=level)
