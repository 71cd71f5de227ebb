"""Coefficients as sentences, with Cohen's words for effect sizes."""

import math
from dataclasses import dataclass

from assay.core.figure import BEYOND_MOST, MOST_PERCENT, decimals_for, number_text
from assay.infer.inference_question import FamilyName
from assay.infer.term import ModelTerm

COHEN_D = (0.2, 0.5, 0.8)
COHEN_R = (0.1, 0.3, 0.5)
SIZES = ("very small", "small", "medium", "large")
"""Cohen (1988): for two groups in standard deviations, for a number by its correlation. A convention, no judgement."""
_LOGISTIC = math.sqrt(3.0) / math.pi
"""Log odds in standard deviations of the logistic distribution (Chinn, 2000)."""


def standardized(
    term: ModelTerm, value: float, *, spread: float, target_spread: float, family: FamilyName
) -> float | None:
    """The coefficient in standard deviations of the target: per standard deviation of a number, for a level as it is.

    target_spread: of all targets for a number, within the levels of its column for a level, which is Cohen's d.

    Classes: log odds in those of the logistic distribution. None for counts and multiplicative families, which have no
    such scale, and for products of columns.
    """
    if family in ("poisson", "negative_binomial", "gamma") or term.parts:
        return None
    step = value if term.level else value * spread
    if family == "gaussian":
        return step / target_spread if target_spread > 0 else None
    return step * _LOGISTIC


def size_word(term: ModelTerm, standard: float | None) -> str:
    """ "small"; "" where there is no scale."""
    if standard is None or not math.isfinite(standard):
        return ""
    bounds = COHEN_D if term.level else COHEN_R
    return SIZES[sum(abs(standard) >= bound for bound in bounds)]


@dataclass(frozen=True, slots=True)
class SentenceContext:
    """What a sentence is about. outcome: (class meant, class it is held against). are_numbers: whether ordered levels
    are."""

    family: FamilyName
    target: str
    outcome: tuple[str, str] = ("", "")
    are_numbers: bool = True


def sentence(about: SentenceContext, term: ModelTerm, value: float, se: float) -> str:
    """What the coefficient says of one step of its term (Term.per), all other columns equal."""
    if term.parts:
        return _of_product(about, term, value * term.per, se * term.per)
    said = _of_step(about, term, value * term.per, se * term.per)
    return f"{said}, {term.given}" if term.given else said


def _of_step(about: SentenceContext, term: ModelTerm, value: float, se: float) -> str:
    target = about.target
    if about.family == "gaussian":
        amount = number_text(abs(value), decimals_for(se))
        return f"{target} is {amount} {'higher' if value >= 0 else 'lower'} {_when(term, 'than')}"
    if about.family == "ordered":
        level = "" if about.are_numbers else "level of "
        return f"the odds of a higher {level}{target} are {times_text(value)} as high {_when(term, 'as')}"
    if about.family in ("binomial", "multinomial"):
        held = f" rather than {about.outcome[1]}" if about.family == "multinomial" else ""
        return f"the odds of {target} = {about.outcome[0]}{held} are {times_text(value)} as high {_when(term, 'as')}"
    amount = percent_text(value)
    return f"{target} is {amount} {_when(term, 'as' if amount.endswith('as high') else 'than')}"


def _of_product(about: SentenceContext, term: ModelTerm, value: float, se: float) -> str:
    """By how much a step of the second part moves what a step of the first does; a square's own step counts twice."""
    one, other = term.parts
    if one == other:
        value, se = 2.0 * value, 2.0 * se
    step, target = _step_of(one), about.target
    if about.family == "gaussian":
        amount = number_text(abs(value), decimals_for(se))
        return f"{step} adds {amount} {'more' if value >= 0 else 'less'} to {target} {_when(other, 'than')}"
    held = f", rather than {about.outcome[1]}," if about.family == "multinomial" else ""
    factor = f"{times_text(value)} as high {_when(other, 'as')}"
    if about.family == "ordered":
        return f"the odds ratio of {step} for a higher {target} is {factor}"
    if about.family in ("binomial", "multinomial"):
        return f"the odds ratio of {step} for {target} = {about.outcome[0]}{held} is {factor}"
    return f"the factor of {step} on {target} is {factor}"


def _step_of(term: ModelTerm) -> str:
    """ "a further year of age", "city = Bern rather than Oslo" """
    if term.level:
        return f"{term.column} = {term.level} rather than {term.against}"
    return f"a further {term.unit or ('unit' if term.per == 1 else per_text(term.per))} of {term.column}"


def per_text(per: float) -> str:
    """ "1,000", "0.01" """
    return f"{per:,.0f}" if per >= 1 else f"{per:g}"


def sure_text(level: float) -> str:
    """ "95 %", "99.9375 %": three digits of what is missing, so that it never rounds to certain; "more than 99.99 %"
    beyond that, as nobody reads further nines."""
    missing = 100 * level
    if missing < 100.0 - MOST_PERCENT - 1e-9:
        return BEYOND_MOST
    decimals = max(2 - math.floor(math.log10(missing)), 0)
    return f"{100 - missing:.{decimals}f}".rstrip("0").rstrip(".") + " %"


def _when(term: ModelTerm, against: str) -> str:
    """against: than or as, whichever the comparison takes."""
    if term.level:
        return f"for {term.column} = {term.level} {against} for {term.against}"
    unit = term.unit or ("unit" if term.per == 1 else per_text(term.per))
    return f"for each further {unit} of {term.column}"


def times_text(value: float) -> str:
    """ "1.35 times", of a logarithm."""
    factor = math.exp(min(max(value, -30.0), 30.0))
    return f"{factor:,.3g} times" if 0.001 <= factor <= 1000 else "hardly" if factor < 1 else "over 1,000 times"


def percent_text(value: float) -> str:
    """ "24 % higher"; from threefold on "3.2 times as high"."""
    factor = math.exp(min(max(value, -30.0), 30.0))
    if factor >= 3:
        return f"{factor:,.3g} times as high"
    share = abs(factor - 1.0) * 100
    return f"{share:.{0 if share >= 10 else 1 if share >= 1 else 2}f} % {'higher' if value >= 0 else 'lower'}"
