"""Durations and sizes as typed by people."""

import math
import re

from assay.core.errors import UsageError, Where

DURATION_FORMS = "90, 90s, 1.5h, 2h30m, 1d"
SIZE_FORMS = "800MB, 2GiB, 500kB"
_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_BYTES = {
    "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "k": 10**3, "m": 10**6, "g": 10**9,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip
_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)d)?(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?:in)?)?(?:(\d+(?:\.\d+)?)s)?")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)([a-z]+)")


def parse_seconds(text: str, *, option: str = "--time-limit") -> float:
    """Seconds of "90", "90s", "1.5h", "2h30m" or "1d"; UsageError that names the forms for anything else."""
    tight = "".join(text.lower().split())
    if re.fullmatch(r"\d+(?:\.\d+)?", tight):
        seconds = float(tight)
    else:
        match = _DURATION.fullmatch(tight)
        parts = match.groups() if match else ()
        if not any(parts):
            raise UsageError(
                f"{option} {text!r} is not a duration. Forms: {DURATION_FORMS}.", where=Where(option=option)
            )
        seconds = sum(float(part) * unit for part, unit in zip(parts, _SECONDS.values(), strict=True) if part)
    if not seconds > 0 or not math.isfinite(seconds):
        raise UsageError(f"{option} {text!r} leaves no time. Forms: {DURATION_FORMS}.", where=Where(option=option))
    return seconds


def parse_bytes(text: str, *, option: str) -> int:
    """Bytes of "800MB", "2GiB" or "500kB"; a bare number is refused, as its unit is unclear."""
    match = _SIZE.fullmatch("".join(text.lower().split()))
    unit = _BYTES.get(match[2]) if match else None
    if match is None or unit is None or float(match[1]) <= 0:
        raise UsageError(f"{option} {text!r} is not a size. Forms: {SIZE_FORMS}.", where=Where(option=option))
    return round(float(match[1]) * unit)


def duration_argument(seconds: float) -> str:
    """The shortest way to write whole seconds as an argument: 60s, 10m, 2h, 1h30m."""
    whole = round(seconds)
    parts = []
    for name, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count}{name}")
    return "".join(parts) or "0s"
