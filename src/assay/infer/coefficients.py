"""From a fit to coefficients in the columns' own units, with intervals, p, corrections and sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.multiple import benjamini_hochberg, holm
from assay.core.seed import Seeds
from assay.infer.asked import ErrorKind, FamilyName
from assay.infer.design import YEAR, Design, Term, variance_inflation
from assay.infer.errors import FEW_GROUPS, Covariance, jackknifed
from assay.infer.fit import Fit
from assay.infer.result import Coefficient, Role, Spread
from assay.infer.separation import firth_interval, firth_p
from assay.infer.wild import wild_p
from assay.infer.words import About, sentence, size_word, standardized

POWER = 0.8416212335729143
"""The 80 % quantile of the normal law."""
_MOST = 7.0
"""A coefficient of a logarithm beyond which a year is no step to tell of: a thousandfold."""
PROFILED = 3_000_000
"""Rows times columns squared times coefficients whose intervals are searched for; a few seconds."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Read:
    """A fit and what it takes to put it into words. classes: labels, () for numbers. tested: whether p may be had.

    separated: (p,) coefficients that only penalised likelihood keeps finite.
    """

    fit: Fit
    design: Design
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
    seeds: Seeds = field(default=Seeds(0))

    @property
    def kinds(self) -> tuple[ErrorKind, ...]:
        """The kind that counts, then the others."""
        return (self.kind, *(kind for kind in self.covariances if kind != self.kind))


def coefficients(read: Read) -> tuple[Coefficient, ...]:
    """All of them, class by class, an intercept first; p corrected but for intercepts and an effect of one number.

    Several coefficients of the named effect are corrected among themselves, all others among themselves.
    """
    found = [one for outcome in range(read.fit.outcomes) for one in _outcome(read, outcome)]
    if not read.tested:
        return tuple(found)
    others = [j for j, one in enumerate(found) if one.role == "other"]
    effects = [j for j, one in enumerate(found) if one.role == "effect"]
    for asked in (others, effects if len(effects) > 1 else []):
        p = [1.0 if (seen := found[j].shown.p) is None else seen for j in asked]
        for j, by_holm, bh in zip(asked, holm(p), benjamini_hochberg(p), strict=True):
            found[j] = replace(found[j], holm=float(by_holm), bh=float(bh))
    return tuple(found)


def _outcome(read: Read, outcome: int) -> Sequence[Coefficient]:
    width = read.design.x.shape[1]
    part = slice(outcome * width, (outcome + 1) * width)
    back = read.design.back()
    values = back @ read.fit.params[part]
    errors = {
        kind: np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", back, c.matrix[part, part], back), 0.0))
        for kind, c in read.covariances.items()
    }
    label = read.classes[outcome + 1] if read.fit.family == "multinomial" else ""
    vif = variance_inflation(read.design.z)
    effects = sum(term.column == read.effect for term in read.design.terms) * read.fit.outcomes
    others = len(read.design.terms) * read.fit.outcomes - effects
    made = [
        Coefficient(name="(intercept)", column="", role="intercept", value=float(values[0]), outcome=label,
                    spreads=tuple(_spread(read, kind, float(values[0]), float(errors[kind][0]))
                                  for kind in read.kinds))
    ]  # fmt: skip
    for j in range(1, width):
        one = _coefficient(read, j, float(values[j]), {kind: float(errors[kind][j]) for kind in errors}, label)
        alpha = read.level / max(effects if one.role == "effect" else others, 1)
        reach = read.covariances[read.kind].quantile(alpha) + POWER
        made.append(replace(one, vif=float(vif[j - 1]), visible=reach * one.shown.se if read.tested else None))
    return _exact(read, made, outcome)


def _spread(read: Read, kind: ErrorKind, value: float, se: float) -> Spread:
    c = read.covariances[kind]
    reach = c.quantile(read.level) * se
    p = c.tail(value / se) if se > 0 and read.tested else None
    return Spread(kind=kind, se=se, low=value - reach, high=value + reach, p=p, df=c.df)


def _coefficient(read: Read, j: int, value: float, errors: Mapping[ErrorKind, float], label: str) -> Coefficient:
    family = read.fit.family
    term = _step(read.design.terms[j - 1], value, family)
    role: Role = "effect" if term.column == read.effect else "other"
    x = read.design.x[:, j]
    target = np.asarray(read.y, dtype=np.float64)
    standard = standardized(term, value, spread=float(x.std()), target_spread=float(target.std()), family=family)
    meant = (label, read.classes[0]) if label else (read.classes[1], read.classes[0]) if read.classes else ("", "")
    return Coefficient(
        name=term.name, column=term.column, role=role, value=value, level=term.level, against=term.against,
        outcome=label, spreads=tuple(_spread(read, kind, value, errors[kind]) for kind in read.kinds),
        standard=standard, size=size_word(term, standard), average=_average(read, value),
        words=sentence(About(family, read.target, meant), term, value, errors[read.kind]),
        per=term.per, unit=term.unit,
    )  # fmt: skip


def _step(term: Term, value: float, family: FamilyName) -> Term:
    """A term of years told of by the day where a year changes odds or means beyond what can be read."""
    if family == "gaussian" or term.unit != "year" or abs(value) <= _MOST:
        return term
    return replace(term, unit="day", per=1.0 / YEAR)


def _average(read: Read, value: float) -> float | None:
    """The mean slope of the prediction: by how much it moves for one unit, averaged over these rows."""
    fit = read.fit
    if fit.family == "binomial":
        return float(value * np.mean(fit.mean * (1.0 - fit.mean)))
    if fit.family in ("poisson", "negative_binomial", "gamma"):
        return float(value * np.mean(fit.mean))
    return None


def _exact(read: Read, made: list[Coefficient], outcome: int) -> list[Coefficient]:
    """What replaces the usual laws where they fail: a profile under separation, other errors for few groups."""
    fit = read.fit
    if fit.firth and read.separated is not None:
        return _penalised(read, made, read.separated)
    few = read.groups is not None and int(read.groups.max()) + 1 < FEW_GROUPS
    return _of_few_groups(read, made) if few and read.kind == "cluster" and fit.outcomes == 1 else made


def _of_few_groups(read: Read, made: list[Coefficient]) -> list[Coefficient]:
    """Intervals from leaving out one group at a time; p of a linear model from the wild cluster bootstrap."""
    assert read.groups is not None
    fit, back, cluster = read.fit, read.design.back(), read.covariances["cluster"]
    spread = np.einsum("ij,jk,ik->i", back, jackknifed(fit, read.design.z, read.groups), back)
    errors, reach = np.sqrt(np.maximum(spread, 0.0)).tolist(), cluster.quantile(read.level)
    if not read.tested:
        tested: list[float | None] = [None] * len(made)
    elif fit.is_linear:
        wild = wild_p(read.design.z, read.y, read.groups, seeds=read.seeds, weight=read.weight).tolist()
        tested = [made[0].shown.p, *wild[1:]]
    else:
        tested = [cluster.tail(one.value / se) if se > 0 else None for one, se in zip(made, errors, strict=True)]
    return [
        _shown(one, low=one.value - reach * se, high=one.value + reach * se, p=p)
        for one, se, p in zip(made, errors, tested, strict=True)
    ]


def _penalised(read: Read, made: list[Coefficient], separated: Bools) -> list[Coefficient]:
    """What was separated, by profile; where that would take minutes, the interval by Wald."""
    at = [j for j, one in enumerate(made) if one.role != "intercept" and separated[j]]
    cost = read.design.z.size * read.design.z.shape[1]
    by_profile = frozenset(at if len(at) * cost <= PROFILED else [j for j in at if made[j].role == "effect"])
    note = "no finite estimate by likelihood: penalised (Firth), interval and p by Wald"
    return [
        _profiled(read, one, j) if j in by_profile else replace(one, note=note) if j in at else one
        for j, one in enumerate(made)
    ]


def _profiled(read: Read, one: Coefficient, j: int) -> Coefficient:
    scale = float(read.design.back()[j, j])
    low, high = firth_interval(read.fit, read.design.z, read.y, j, level=read.level)
    p = firth_p(read.fit, read.design.z, read.y, j) if read.tested else None
    first = replace(one.shown, low=low * scale, high=high * scale, p=p)
    note = "no finite estimate by likelihood: penalised (Firth), interval and p by profile"
    return replace(one, spreads=(first, *one.spreads[1:]), note=note)


def _shown(one: Coefficient, *, low: float, high: float, p: float | None) -> Coefficient:
    return replace(one, spreads=(replace(one.shown, low=low, high=high, p=p), *one.spreads[1:]))
