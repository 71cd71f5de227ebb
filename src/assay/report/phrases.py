"""Durations, sizes, counts and shares in words; scores are formatted by Figure."""

import math

from assay.core.figure import number_text
from assay.core.uncounted_runs import UncountedRuns


def count_text(count: int) -> str:
    """45,211"""
    return f"{count:,}"


def plural(count: int, noun: str, nouns: str = "") -> str:
    """ "1 experiment", "31 experiments"; `nouns` where the plural is not noun + s."""
    return f"{count_text(count)} {noun if count == 1 else nouns or noun + 's'}"


def beside_text(beside: UncountedRuns) -> str:
    """ "a blend", "2 runs on other folds and 3 blends"; "" for nothing."""
    runs = ("a run" if beside.confirmations == 1 else f"{count_text(beside.confirmations)} runs") + " on other folds"
    blends = "a blend" if beside.blends == 1 else f"{count_text(beside.blends)} blends"
    return " and ".join([runs] * bool(beside.confirmations) + [blends] * bool(beside.blends))


def tried_text(experiments: int, beside: UncountedRuns) -> str:
    """ "6 experiments", "6 experiments and a blend", "31 experiments, 2 runs on other folds and a blend" """
    more = beside_text(beside)
    joint = ", " if " and " in more else " and "
    return plural(experiments, "experiment") + (f"{joint}{more}" if more else "")


def clock_text(seconds: float) -> str:
    """Time on a running clock: 0:34, 12:05, 1:02:03."""
    whole = max(int(seconds), 0)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def seconds_text(seconds: float | None) -> str:
    """A duration: 0.3 s, 58.7 s, 4 min 10 s, 2 h 10 min, 3 d 4 h; an en dash when unknown."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for size, name, below, below_name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            large, rest = divmod(whole, size)
            small = rest // below
            return f"{large} {name} {small} {below_name}" if small else f"{large} {name}"
    return f"{whole} s"


def size_text(size_bytes: float | None) -> str:
    """Bytes in decimal units: 830 kB, 9.8 MB, 412 MB, 1.2 GB; an en dash when unknown."""
    if size_bytes is None or not math.isfinite(size_bytes):
        return "–"
    value, unit = float(size_bytes), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    decimals = 1 if value < 99.95 and unit not in ("B", "kB") else 0
    return f"{value:.{decimals}f} {unit}"


def row_time_text(milliseconds: float) -> str:
    """Time per row: "3.1 ms a row"; empty when it was not measured."""
    if not math.isfinite(milliseconds):
        return ""
    return f"{number_text(milliseconds, 1)} ms a row" if milliseconds >= 0.05 else "under 0.1 ms a row"


def share_text(share: float, decimals: int = 1) -> str:
    """A part of one in percent: "11.7 %"."""
    return f"{share * 100:.{decimals}f} %"


def sigma_text(z: float | None, *, signed: bool = True) -> str:
    """A difference in units of its standard deviation: "+2.7 σ"; large ones without decimals."""
    if z is None or not math.isfinite(z):
        return "–"
    return f"{number_text(z, 1 if abs(z) < 9.95 else 0, signed=signed)} σ"


def p_text(p: float | None) -> str:
    """A p-value: two significant digits down to 0.001."""
    if p is None or not math.isfinite(p):
        return "–"
    if p < 0.001:
        return "below 0.001"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def name_list(names: tuple[str, ...], at_most: int = 3) -> str:
    """ "a, b, c and 4 more"."""
    shown = ", ".join(names[:at_most])
    left = len(names) - at_most
    return f"{shown} and {left} more" if left > 0 else shown


def bracketed(text: str) -> str:
    """The text in brackets after a space, or nothing."""
    return f" ({text})" if text else ""
