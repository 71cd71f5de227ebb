"""Scores with interval and origin; the only module that formats scores."""

import math
from dataclasses import dataclass
from typing import Literal

from assay.core.array import JsonObject

FigureOrigin = Literal["oof", "corrected", "confirm", "vault", "test"]
ORIGIN_WORDS: dict[FigureOrigin, str] = {
    "oof": "out-of-fold", "corrected": "corrected", "confirm": "confirm rows", "vault": "vault", "test": "test",
}  # fmt: skip

FEWEST_DECIMALS = -300
"""A score in millions with a standard deviation of a million is shown in millions."""
MOST_DECIMALS = 9
MOST_PERCENT = 99.99
BEYOND_MOST = f"more than {MOST_PERCENT} %"
"""Levels beyond it are told by words."""
Z95 = 1.959963984540054
"""Standard deviations around the mean that hold 95 % of a normal distribution."""


def decimals_for(sigma: float, *, at_least: int = 0, at_most: int = 300) -> int:
    """Decimals of a score: up to the first significant digit of its standard deviation.

    at_least: negative values allow rounding before the point, e.g. -3 for whole thousands.
    """
    if not math.isfinite(sigma) or sigma <= 0:
        return 4
    return min(max(-math.floor(math.log10(sigma)), at_least), at_most)


FEW_ROWS = 100
"""Below it a score without an interval has two significant digits: one row more or less changes the second."""


def few_decimals(value: float) -> int:
    """Decimals of a score of few rows: two significant digits, and no more than four."""
    size = abs(value) if math.isfinite(value) else 0.0
    return min(max(1 - math.floor(math.log10(size)), FEWEST_DECIMALS), 4) if size else 1


def two_digits(value: float, *, signed: bool = False) -> str:
    """ "7.1", "0.083", "1,200", with a sign "+7.1" """
    size = float(f"{abs(value):.2g}")
    decimals = max(0, 1 - math.floor(math.log10(size))) if size else 0
    return number_text(size if value >= 0 else -size, decimals, signed=signed)


def level_text(level: float) -> str:
    """ "95 %", "98.7 %", "99.92 %": an interval's level, rounded down where it is not a whole one; "more than 99.99 %"
    beyond that, as nobody reads further nines."""
    return BEYOND_MOST if round(100.0 * level, 9) > MOST_PERCENT else exact_level_text(level)


def exact_level_text(level: float) -> str:
    """The same with all its nines: "99.99998 %"."""
    percent = round(100.0 * level, 9)
    decimals = 0 if percent.is_integer() else decimals_for(100.0 - percent, at_least=1)
    return f"{math.floor(percent * 10.0**decimals) / 10.0**decimals:.{decimals}f} %"


def number_text(value: float | None, decimals: int, *, signed: bool = False) -> str:
    """A formatted number: thousands separated, a true minus sign, an en dash when unknown.

    Negative decimals round before the point: 323,082 to -3 decimals is 323,000. More than nine are shown as a power of
    ten: 4.2e-17.
    """
    if value is None or not math.isfinite(value):
        return "–"
    text = f"{abs(value):,.{decimals}f}" if decimals >= 0 else f"{round(abs(value), decimals):,.0f}"
    if decimals > MOST_DECIMALS and value:
        text = f"{abs(value):.{max(decimals + math.floor(math.log10(abs(value))), 0)}e}"
    is_zero = not any(c in "123456789" for c in text)
    sign = "−" if value < 0 and not is_zero else "+" if signed else ""
    return sign + text


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A quotable score: value, interval, origin. `level` is the interval's, e.g. 0.95.

    method: how the interval was made, e.g. "BBC-CV over 12 recipes"; certified: whether it may be promised. digits:
    decimals to show without an interval; chosen_among: number of recipes whose choice a corrected figure covers.
    adaptive: some experiments were built on scores, which no correction for choosing covers.
    """

    value: float
    metric: str
    origin: FigureOrigin
    rows: int
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    method: str = ""
    certified: bool = False
    title: str = ""
    digits: int | None = None
    chosen_among: int | None = None
    adaptive: bool = False
    ahead: int | None = None
    """Rows of the next stretch of time that it is promised of; None: of rows drawn as these were."""

    def __float__(self) -> float:
        return self.value

    @property
    def decimals(self) -> int:
        """Significant decimals: `digits`, else from the interval's half width taken as Z95 standard deviations."""
        if self.digits is not None:
            return self.digits
        if self.low is None or self.high is None:
            return 4 if self.rows >= FEW_ROWS else few_decimals(self.value)
        return decimals_for((self.high - self.low) / (2 * Z95), at_least=FEWEST_DECIMALS)

    @property
    def text(self) -> str:
        return number_text(self.value, self.decimals)

    @property
    def interval_text(self) -> str:
        if self.low is None or self.high is None:
            return ""
        low, high = number_text(self.low, self.decimals), number_text(self.high, self.decimals)
        return f"{level_text(self.level)} {low} to {high}"

    def __repr__(self) -> str:
        interval = f" ({self.interval_text})" if self.interval_text else ""
        return f"{self.text} {self.title or self.metric}{interval}, {ORIGIN_WORDS[self.origin]}, {self.rows:,} rows"

    def as_json(self) -> JsonObject:
        return {
            "value": self.value, "metric": self.metric, "origin": self.origin, "rows": self.rows, "low": self.low,
            "high": self.high, "level": self.level, "method": self.method, "certified": self.certified,
        }  # fmt: skip


def z_score(value: float, sigma: float) -> float:
    """A value in units of its standard deviation; 0 when both are 0."""
    if sigma > 0:
        return value / sigma
    return 0.0 if value == 0 else math.copysign(math.inf, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A paired difference, oriented so that positive is better.

    origin: of which rows, and whether corrected, as a figure's; sigma: its standard deviation; df: degrees of freedom;
    p: one-sided; e: e-value; over: experiment compared with. method: how interval and p were found, in words; "" where
    the difference was computed for a decision only.
    """

    value: float
    origin: FigureOrigin
    sigma: float
    df: float
    n_units: int
    low: float | None
    high: float | None
    p: float | None
    e: float | None
    over: int | None = None
    notes: tuple[str, ...] = ()
    method: str = ""

    @property
    def z(self) -> float:
        """The difference in units of its standard deviation; 0 when both are 0."""
        return z_score(self.value, self.sigma)

    @property
    def decimals(self) -> int:
        """Significant decimals: up to the first significant digit of sigma; none where both are 0, as of models that
        say the same of every row."""
        return decimals_for(self.sigma, at_least=FEWEST_DECIMALS) if self.sigma or self.value else 0

    @property
    def text(self) -> str:
        return number_text(self.value, self.decimals, signed=True)

    @property
    def sigma_text(self) -> str:
        return number_text(self.sigma, self.decimals)

    @property
    def interval_text(self) -> str:
        if self.low is None or self.high is None:
            return ""
        return f"95 % {number_text(self.low, self.decimals)} to {number_text(self.high, self.decimals)}"

    def as_json(self) -> JsonObject:
        return {
            "value": self.value, "origin": self.origin, "sigma": self.sigma, "low": self.low, "high": self.high,
            "p": self.p, "e": self.e, "over": self.over, "method": self.method,
        }  # fmt: skip
