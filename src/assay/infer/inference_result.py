"""The result of inference, as values that terminal, page and JSON document render."""

from dataclasses import dataclass
from typing import Literal

from assay.core.task import Notice
from assay.infer.inference_question import ErrorKind, FamilyName

Role = Literal["effect", "other", "intercept"]
Verdict = Literal["good", "look", "bad"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEstimate:
    """A coefficient's standard error of one kind, with interval and p. df: of its t, None: normal.

    p is two-sided, None where nothing may be tested; low, high: the interval at 1 - level.
    """

    kind: ErrorKind
    se: float
    low: float
    high: float
    p: float | None
    df: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """One number of the model. level: of a category, against its baseline; outcome: the class, of several.

    value: on the scale of the link. spreads: by every kind of error, the one that counts first. holm, bh: p corrected
    for all that are asked at once, several of a named effect among themselves; None for a single one and the
    intercept. unit: of a number that has one (a date's year, a time's hour). visible: the smallest effect that
    these rows show in 80 of 100 cases, at the level of this test. standard: per standard deviation of the column
    (numbers) in standard deviations of the target, or as Cohen's d; size: that in a word. average: by how much the
    mean prediction moves, where the link is not the identity: for a level from the baseline to it, for a number its
    mean slope; average_low, average_high: the same at the ends of the interval. words: all of it in a sentence. per: so
    many units of a number are one step in what people are shown; value, spreads, visible and average are of one unit.
    """

    name: str
    column: str
    role: Role
    value: float
    spreads: tuple[ErrorEstimate, ...]
    level: str = ""
    against: str = ""
    outcome: str = ""
    holm: float | None = None
    bh: float | None = None
    visible: float | None = None
    standard: float | None = None
    size: str = ""
    average: float | None = None
    average_low: float | None = None
    average_high: float | None = None
    vif: float | None = None
    words: str = ""
    note: str = ""
    per: float = 1.0
    unit: str = ""

    @property
    def shown(self) -> ErrorEstimate:
        """The spread that counts."""
        return self.spreads[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class JointTest:
    """Several coefficients tested together. df2: of an F, None for a chi-squared; method: in words."""

    columns: tuple[str, ...]
    statistic: float
    df: int
    df2: float | None
    p: float | None
    method: str
    holm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleSlope:
    """The effect where the column it is multiplied by is held. held: "income at 30.1 (its mean)", "smoker = yes"; at:
    that number, None for a level. coefficient: in the same model; holm: over all slopes."""

    held: str
    at: float | None
    coefficient: Coefficient


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductEffect:
    """A product that a question is about. columns: its factors, the effect first, twice the same for a square.

    centred: (column, mean) of the numbers among them, taken away before they are multiplied. slopes: at low, middle and
    high values of the second, or at each of its levels.
    """

    name: str
    columns: tuple[str, str]
    centred: tuple[tuple[str, float], ...]
    slopes: tuple[SimpleSlope, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """One assumption looked at. p: of its test, None where there is none; do: what would help."""

    name: str
    verdict: Verdict
    message: str
    statistic: float | None = None
    p: float | None = None
    do: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnivariateTest:
    """A column against the target without any other: by ranks or a table. effect: its size, measure: which."""

    column: str
    test: str
    statistic: float
    p: float | None
    effect: float
    measure: str
    rows: int
    holm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineEffect:
    """One effect by double machine learning. value per unit of the effect (binary: with against without).

    adjusted_by: models of (target, effect). reach: share of the residual variance of both that a column left out
    would have to explain to bring the effect to 0 (reach_p: its interval), None where not known. outside: rows whose
    propensity lay outside [0.02, 0.98], None for an effect of more than two values; trimmed: those of them left out.
    outcome: the class whose share is meant, "" for a target of numbers. assumption: what must be true for it to be an
    effect. note: what keeps it from being compared with others.
    """

    method: str
    value: float
    se: float
    low: float
    high: float
    p: float | None
    rows: int
    adjusted_by: tuple[str, str]
    reach: float | None
    reach_p: float | None
    assumption: str
    trimmed: int = 0
    outside: int | None = None
    outcome: str = ""
    partitions: int = 1
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnImportance:
    """What a model loses when columns are shuffled together. rows: of which it was measured, out of fold."""

    columns: tuple[str, ...]
    loss: float
    low: float
    high: float
    p: float | None
    holm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotPoints:
    """What the plots show, at most 2,000 rows. residuals are quantile residuals: normal where the model holds."""

    fitted: tuple[float, ...]
    residuals: tuple[float, ...]
    leverage: tuple[float, ...]
    expected: tuple[float, ...]
    """Normal quantiles of the residuals, which are sorted for this plot only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """The model as a whole. family_why, errors_why: why it was chosen. explained: R², or McFadden's where not linear.

    units: rows or groups the errors count; equal_rows: as how many unweighted rows the weights leave (Kish).
    """

    family: FamilyName
    title: str
    link: str
    family_why: str
    errors: ErrorKind
    errors_why: str
    rows: int
    units: int
    coefficients: int
    loglik: float
    aic: float
    explained: float
    explained_name: str
    dispersion: float
    equal_rows: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """All that was found. level: what p is held against; selection: who chose the question, on which rows it is tested,
    and what is taken for granted of them; rows: as read; left_out: why rows or columns are not in the model."""

    file: str
    path: str
    target: str
    question: str
    effect: str | None
    adjust: tuple[str, ...]
    rows: int
    level: float
    selection: str
    tested: bool
    model: ModelFacts
    coefficients: tuple[Coefficient, ...]
    whole: JointTest
    columns: tuple[JointTest, ...]
    jointly: JointTest | None
    checks: tuple[Assumption, ...]
    alone: tuple[UnivariateTest, ...]
    machine: tuple[MachineEffect, ...]
    used: tuple[ColumnImportance, ...]
    used_metric: str
    points: PlotPoints
    left_out: tuple[str, ...]
    notes: tuple[str, ...]
    notices: tuple[Notice, ...]
    seconds: float
    product: ProductEffect | None = None
