"""Coefficients of a fit in the columns' own units, with intervals, p-values, corrections and sentences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.p_value_corrections import benjamini_hochberg, holm
from assay.core.seed import Seeds
from assay.data.cell import plain_number
from assay.infer.coefficient_text import SentenceContext, sentence, size_word, standardized
from assay.infer.degrees_of_freedom import determined_by_one_row
from assay.infer.design_matrix import DesignMatrix, variance_inflation
from assay.infer.firth import ClassRows, firth_interval, firth_p
from assay.infer.inference_question import ErrorKind, FamilyName
from assay.infer.inference_result import Coefficient, ErrorEstimate, Role
from assay.infer.likelihood import Fit
from assay.infer.ordered_logit import expected_level, expected_level_slope
from assay.infer.standard_errors import FEW_GROUPS, Covariance
from assay.infer.term import YEAR, ModelTerm
from assay.infer.wild_bootstrap import wild_bootstrap_p

POWER = 0.8416212335729143
"""The 80 % quantile of the normal distribution."""
_MOST = 7.0
"""A coefficient on the log scale beyond which a step of a year is unreadable: a thousandfold."""
FEW_DEGREES = 5.0
"""Degrees of freedom below which a note says how few rows or groups a coefficient rests on."""
_NO_END = "no finite estimate by likelihood: penalised (Firth), whose profile counts rows and not "
UNGROUPED = (
    f"{_NO_END}groups: no interval and no p (one row for each group would have both; --errors classical takes rows to "
    "say nothing of each other)"
)
UNWEIGHTED = (
    f"{_NO_END}weights: no interval and no p (both without --weights: right where the weights follow from columns of "
    "the model; where they count equal rows, write each row so often)"
)
PROFILED, PROFILED_EFFECT = 7_000_000, 300_000_000
"""Most work for profile intervals (rows times squared columns times squared outcomes times coefficients): a few
seconds, for a named effect half a minute."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FitContext:
    """A fit with what its report needs. classes: labels, () for numbers. tested: whether p-values may be given.

    levels: labels of an ordered target, from low to high, as they are fitted. separated: (p,) coefficients that only
    penalised likelihood keeps finite.
    """

    fit: Fit
    design: DesignMatrix
    y: AnyArray
    target: str
    classes: tuple[str, ...]
    covariances: Mapping[ErrorKind, Covariance]
    kind: ErrorKind
    effect: str | None
    level: float
    tested: bool
    groups: Index | None = None
    weight: Floats | None = None
    separated: Bools | None = None
    levels: tuple[str, ...] = ()
    seeds: Seeds = field(default=Seeds(0))

    @property
    def kinds(self) -> tuple[ErrorKind, ...]:
        """The kind that counts, then the others."""
        return (self.kind, *(kind for kind in self.covariances if kind != self.kind))


def coefficients(read: FitContext) -> tuple[Coefficient, ...]:
    """All of them, class by class, an intercept first; p corrected but for intercepts and an effect of one number.

    Several coefficients of the named effect are corrected among themselves, all others among themselves.
    """
    found = [one for outcome in range(read.fit.outcomes) for one in _outcome(read, outcome)]
    found += _further_levels(read)
    if not read.tested:
        return tuple(found)
    others = [j for j, one in enumerate(found) if one.role == "other"]
    effects = [j for j, one in enumerate(found) if one.role == "effect"]
    for asked in (others, effects if len(effects) > 1 else []):
        p = [1.0 if (seen := found[j].shown.p) is None else seen for j in asked]
        for j, by_holm, bh in zip(asked, holm(p), benjamini_hochberg(p), strict=True):
            found[j] = replace(found[j], holm=float(by_holm), bh=float(bh))
    return tuple(found)


def _outcome(read: FitContext, outcome: int) -> Sequence[Coefficient]:
    width = read.design.x.shape[1]
    part = slice(outcome * width, (outcome + 1) * width)
    unscaling = read.design.unscaling()
    values = unscaling @ read.fit.params[part]
    errors = {
        kind: np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", unscaling, c.matrix[part, part], unscaling), 0.0))
        for kind, c in read.covariances.items()
    }
    label = read.classes[outcome + 1] if read.fit.family == "multinomial" else ""
    first = read.levels[1] if read.levels else label
    vif = variance_inflation(read.design.z)
    effects = sum(term.column == read.effect for term in read.design.terms) * read.fit.outcomes
    others = len(read.design.terms) * read.fit.outcomes - effects
    made = [
        Coefficient(name="(intercept)", column="", role="intercept", value=float(values[0]), outcome=first,
                    spreads=tuple(_spread(read, kind, float(values[0]), float(errors[kind][0]), part.start)
                                  for kind in read.kinds))
    ]  # fmt: skip
    for j in range(1, width):
        one = _coefficient(read, j, outcome, float(values[j]), {kind: float(errors[kind][j]) for kind in errors})
        alpha = read.level / max(effects if one.role == "effect" else others, 1)
        reach = (shown := read.covariances[read.kind]).quantile(alpha, part.start + j) + POWER
        seen = read.tested and not shown.is_unknown(part.start + j)
        made.append(replace(one, vif=float(vif[j - 1]), visible=reach * one.shown.se if seen else None,
                            note=_note(read, part.start + j)))  # fmt: skip
    made = _exact(read, made, outcome)
    return [made[0], *(_averaged(read, made[j], j) for j in range(1, width))]


def _further_levels(read: FitContext) -> Iterator[Coefficient]:
    """Logits of reaching each level of an ordered target above the second, whose own is the first intercept."""
    if read.fit.level_values is None:
        return
    width, row = read.design.x.shape[1], read.design.unscaling()[0]
    for place in range(width, len(read.fit.params)):
        at = np.array([place, *range(1, width)])
        factors = np.array([1.0, *row[1:]])
        value = float(factors @ read.fit.params[at])
        parts = {kind: read.covariances[kind].matrix[np.ix_(at, at)] for kind in read.kinds}
        spreads = tuple(_spread(read, kind, value, float(np.sqrt(factors @ part @ factors)), place)
                        for kind, part in parts.items())  # fmt: skip
        yield Coefficient(name="(intercept)", column="", role="intercept", value=value, spreads=spreads,
                          outcome=read.levels[place - width + 2])  # fmt: skip


def _note(read: FitContext, at: int) -> str:
    """A note where a coefficient rests on very few rows or groups."""
    shown = read.covariances[read.kind]
    if shown.is_unknown(at):
        return "without one group nothing tells it, so that its error is not known: no interval and no p"
    if read.fit.is_glm and not read.fit.firth and determined_by_one_row(read.fit, read.design.z)[at]:
        return "one row alone decides it: its error is taken from how far the other rows spread"
    df = shown.df_of(at)
    if shown.each is None or df is None or df >= min(FEW_DEGREES, shown.df or 0.0):
        return ""
    units = "rows" if shown.kind == "hc3" else "groups"
    return f"hardly more than {df + 1:.0f} {units} stand behind it: t of {df:.1f} degrees of freedom"


def _spread(read: FitContext, kind: ErrorKind, value: float, se: float, at: int) -> ErrorEstimate:
    """at: its place among all coefficients of the fit."""
    c = read.covariances[kind]
    if c.is_unknown(at):
        return ErrorEstimate(kind=kind, se=np.inf, low=-np.inf, high=np.inf, p=None, df=c.df_of(at))
    reach = c.quantile(read.level, at) * se
    p = c.tail(value / se, at) if se > 0 and read.tested else None
    return ErrorEstimate(kind=kind, se=se, low=value - reach, high=value + reach, p=p, df=c.df_of(at))


def _coefficient(
    read: FitContext, j: int, outcome: int, value: float, errors: Mapping[ErrorKind, float]
) -> Coefficient:
    family, at = read.fit.family, outcome * read.design.x.shape[1] + j
    label = read.classes[outcome + 1] if family == "multinomial" else ""
    term = _step(read.design.terms[j - 1], value, family)
    role: Role = "effect" if term.column == read.effect else "other"
    x = read.design.x[:, j]
    spread = _within(read, j) if term.level else float(np.std(np.asarray(read.y, dtype=np.float64)))
    standard = standardized(term, value, spread=float(x.std()), target_spread=spread, family=family)
    meant = (label, read.classes[0]) if label else (read.classes[1], read.classes[0]) if read.classes else ("", "")
    return Coefficient(
        name=term.name, column=term.column, role=role, value=value, level=term.level, against=term.against,
        outcome=label, spreads=tuple(_spread(read, kind, value, errors[kind], at) for kind in read.kinds),
        standard=standard, size=size_word(term, standard),
        words=sentence(SentenceContext(family, read.target, meant, _are_numbers(read.levels)), term, value,
                       errors[read.kind]),
        per=term.per, unit=term.unit,
    )  # fmt: skip


def _are_numbers(levels: tuple[str, ...]) -> bool:
    return all(plain_number(level) is not None for level in levels)


def _within(read: FitContext, j: int) -> float:
    """The pooled within-level standard deviation of the target, as in Cohen's d."""
    y, at = np.asarray(read.y, dtype=np.float64), read.design.of([read.design.terms[j - 1].column])
    codes = (read.design.x[:, at] * np.arange(1, len(at) + 1)).sum(axis=1).astype(np.int64)
    counts = np.maximum(np.bincount(codes), 1)
    left = y - (np.bincount(codes, y) / counts)[codes]
    return float(np.sqrt((left**2).sum() / max(len(y) - len(at) - 1, 1)))


def _step(term: ModelTerm, value: float, family: FamilyName) -> ModelTerm:
    """The term in days instead of years where a year multiplies odds or means beyond what can be read."""
    if family == "gaussian" or term.unit != "year" or abs(value) <= _MOST:
        return term
    return replace(term, unit="day", per=1.0 / YEAR)


def _averaged(read: FitContext, one: Coefficient, j: int) -> Coefficient:
    """With its average marginal effect over these rows, also at both ends of the interval."""
    term = read.design.terms[j - 1]
    if read.fit.is_linear or read.fit.outcomes > 1 or term.parts or term.given:
        return one  # of a product, or of a column that is in one, no single mean says it
    low, high = one.shown.low, one.shown.high
    found = [_average(read, one, j, at) if np.isfinite(at) else None for at in (one.value, low, high)]
    return replace(one, average=found[0], average_low=found[1], average_high=found[2])


def _average(read: FitContext, one: Coefficient, j: int, value: float) -> float:
    """The average marginal effect at coefficient `value`: of a level against the baseline, of a number its mean
    slope."""
    fit, is_class = read.fit, read.fit.family == "binomial"
    mean = fit.mean
    if fit.level_values is not None:
        return _average_step(read, one, j, value)
    if not one.level:
        return value * float(np.average(mean * (1.0 - mean) if is_class else mean, weights=read.weight))
    bare = fit.eta - one.value * read.design.x[:, j]
    with np.errstate(over="ignore"):
        off, on = (1.0 / (1.0 + np.exp(-e)) if is_class else np.exp(e) for e in (bare, bare + value))
    return float(np.average(on - off, weights=read.weight))


def _average_step(read: FitContext, one: Coefficient, j: int, value: float) -> float:
    """The same of the mean of an ordered target's numbers, or places."""
    if not one.level:
        return value * float(np.average(expected_level_slope(read.fit), weights=read.weight))
    bare = read.fit.eta - one.value * read.design.x[:, j]
    moved = expected_level(read.fit, bare + value) - expected_level(read.fit, bare)
    return float(np.average(moved, weights=read.weight))


def _exact(read: FitContext, made: list[Coefficient], outcome: int) -> list[Coefficient]:
    """Replacements where Wald's approximation fails: profile likelihood under separation, a bootstrap for few
    groups."""
    fit = read.fit
    if fit.firth and read.separated is not None:
        width = len(made)
        return _penalised(read, made, read.separated[outcome * width : (outcome + 1) * width])
    few = read.groups is not None and int(read.groups.max()) + 1 < FEW_GROUPS
    return _bootstrapped(read, made) if few and read.kind == "cluster" and fit.is_linear and read.tested else made


def _bootstrapped(read: FitContext, made: list[Coefficient]) -> list[Coefficient]:
    """p of a linear model of few groups from the wild cluster bootstrap."""
    assert read.groups is not None
    wild = wild_bootstrap_p(read.design.z, read.y, read.groups, seeds=read.seeds, weight=read.weight).tolist()
    return [
        one if one.role == "intercept" or one.shown.p is None else _shown(one, p=p)
        for one, p in zip(made, wild, strict=True)
    ]


def _penalised(read: FitContext, made: list[Coefficient], separated: Bools) -> list[Coefficient]:
    """Separated coefficients by profile likelihood; where that would take minutes, the interval by Wald.

    separated: (p,) of this outcome's coefficients, as they stand in `made`.
    """
    at = [j for j, one in enumerate(made) if one.role != "intercept" and separated[j]]
    if why := why_no_profile(read):
        return [_without_interval(one, why) if j in at else one for j, one in enumerate(made)]
    cost = read.design.z.size * read.design.z.shape[1] * read.fit.outcomes**2
    named = [j for j in at if made[j].role == "effect"]
    named = named if len(named) * cost * read.fit.outcomes <= PROFILED_EFFECT else []
    by_profile = frozenset(at if len(at) * cost <= PROFILED else named)
    note = "no finite estimate by likelihood: penalised (Firth), interval and p by Wald"
    return [
        _profiled(read, one, j) if j in by_profile else replace(one, note=note, visible=None) if j in at else one
        for j, one in enumerate(made)
    ]


def why_no_profile(read: FitContext) -> str:
    """Why profile likelihood gives neither interval nor p (it counts rows as independent and equal); "" where it does.

    Rescaled weights would not help: larger ones in a separating level make its few rows count as many.
    """
    return UNGROUPED if read.kind == "cluster" else UNWEIGHTED if read.weight is not None else ""


def _without_interval(one: Coefficient, why: str) -> Coefficient:
    first = replace(one.shown, se=np.inf, low=-np.inf, high=np.inf, p=None)
    return replace(one, spreads=(first, *one.spreads[1:]), note=why, visible=None)


def _profiled(read: FitContext, one: Coefficient, j: int) -> Coefficient:
    scale = float(read.design.unscaling()[j, j])
    at = read.classes.index(one.outcome) - 1 if one.outcome else 0
    column = at * read.design.z.shape[1] + j
    rows = ClassRows.of(read.design.z, read.y, read.fit.outcomes + 1)
    low, high = firth_interval(read.fit, rows, column, level=read.level)
    p = firth_p(read.fit, rows, column) if read.tested else None
    first = replace(one.shown, low=low * scale, high=high * scale, p=p)
    note = "no finite estimate by likelihood: penalised (Firth), interval and p by profile"
    return replace(one, spreads=(first, *one.spreads[1:]), note=note, visible=None)


def _shown(one: Coefficient, *, p: float | None) -> Coefficient:
    return replace(one, spreads=(replace(one.shown, p=p), *one.spreads[1:]))
