"""Durations and sizes on the command line; what they mean is settled in core, for Python takes them too."""

from assay.core.units import DURATION_FORMS, SIZE_FORMS, duration_argument, parse_bytes, parse_seconds

__all__ = ["DURATION_FORMS", "SIZE_FORMS", "duration_argument", "parse_bytes", "parse_seconds"]
