"""Assumptions, each looked at and put into a sentence; what fails says what would help."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from assay.core.argument import list_argument
from assay.core.array import AnyArray, Floats, Index
from assay.infer.design import Design, variance_inflation
from assay.infer.errors import ENOUGH_GROUPS, FEW_GROUPS, by_row
from assay.infer.fit import LONE, Fit, fit_glm, pearson_ratio
from assay.infer.independence import independence
from assay.infer.ordered import fit_ordered
from assay.infer.proportional import Rated, proportional
from assay.infer.result import Check
from assay.infer.subject import Subject

COLLINEAR = 10.0
FEW_PER_TERM = 10
BENT = 0.01
"""p from which a bend, a spread or a tail is named: with many rows the smallest is found, so its size is said too."""
SLIGHT, NEAR = 0.02, 1.1
"""Bends that explain less than this share of what straight effects do, errors within this ratio: of no weight."""
MANY, MANY_PER_SKEW = 200, 25
"""Rows from which the shape of residuals matters little: so many per squared skewness (Cochran, 1977)."""
PILED = 0.2
"""Share of one value from which a number is rather two questions: whether it is that value, and what else it is."""

_FEW = {
    True: ": few, so p comes from the wild cluster bootstrap, intervals from leaving out one group at a time",
    False: ": few, so p and intervals come from leaving out one group at a time",
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Examined:
    """What the checks look at. residuals: (n,) quantile residuals; order_by: the column of time rows are sorted by;
    effect: the column the question names."""

    fit: Fit
    design: Design
    subject: Subject
    residuals: Floats
    order_by: str | None = None
    effect: str | None = None

    @property
    def y(self) -> AnyArray:
        return self.subject.y


def checks_of(seen: Examined) -> tuple[Check, ...]:
    """All that apply to this family, the most important first."""
    return tuple(_checks(seen))


def _checks(seen: Examined) -> Iterator[Check]:
    yield from _converged(seen.fit)
    yield _enough_rows(seen)
    yield from _groups(seen)
    yield from independence(seen.residuals, seen.subject, seen.design.columns, order_by=seen.order_by)
    yield from _collinear(seen)
    family = seen.fit.family
    if family == "ordered":
        yield proportional(seen.design, _rated(seen), effect=seen.effect)
    if family != "multinomial" and not seen.fit.firth:
        yield from _straight(seen)
    if family == "gaussian":
        yield _equal_spread(seen)
        yield _normal(seen)
        yield from _piled(np.asarray(seen.y, dtype=np.float64))
    if family in ("poisson", "negative_binomial"):
        yield _dispersed(seen)
        yield _zeros(seen)
    if family == "binomial":
        yield _calibrated(seen)
    yield from _influence(seen)


def _converged(fit: Fit) -> Iterator[Check]:
    if not fit.converged:
        yield Check(name="fit", verdict="bad", message="the iterations did not settle: do not quote these numbers",
                    do="fewer columns, or merge rare classes and levels")  # fmt: skip


def _enough_rows(seen: Examined) -> Check:
    """Rows of the rarer class, rows, or counted events for each coefficient (Peduzzi et al., 1996, for classes)."""
    fit, k = seen.fit, max(len(seen.fit.params) - 1, 1)
    if fit.family == "ordered":
        counts = np.unique(seen.y, return_counts=True)[1]
        k, what = seen.design.z.shape[1] - 1, "rows"
        n = len(seen.y) - int((counts**3).sum() / len(seen.y) ** 2)  # Harrell (2015, 4.4): unequal levels tell less
    elif fit.family in ("binomial", "multinomial"):
        n, what = int(np.bincount(np.asarray(seen.y, dtype=np.int64)).min()), "rows of the rarest class"
    else:
        n, what = len(seen.y), "rows"
    ratio = n / k
    what = what.replace("rows", "row", 1) if f"{ratio:.0f}" == "1" else what
    text = f"{ratio:,.0f} {what} for each coefficient"
    text += ", so it is fitted by penalised likelihood (Firth)" if fit.firth and ratio < FEW_PER_TERM else ""
    if ratio >= FEW_PER_TERM:
        return Check(name="rows", verdict="good", message=text, statistic=ratio)
    return Check(name="rows", verdict="bad" if ratio < FEW_PER_TERM / 2 else "look", message=f"only {text}",
                 statistic=ratio, do="name fewer columns: --effect COLUMN --adjust COLUMNS")  # fmt: skip


def _groups(seen: Examined) -> Iterator[Check]:
    groups = seen.subject.groups
    if groups is None:
        return
    n_groups = int(groups.max()) + 1
    few = n_groups < FEW_GROUPS
    yield Check(
        name="groups", verdict="bad" if n_groups < ENOUGH_GROUPS else "look" if few else "good", statistic=n_groups,
        message=f"{n_groups:,} groups" + (_FEW[seen.fit.is_linear] if few else ""), do="more groups" if few else "",
    )  # fmt: skip


def _collinear(seen: Examined) -> Iterator[Check]:
    """Of a named effect only its own columns count: what it is adjusted for may be alike among itself."""
    vif, terms = variance_inflation(seen.design.z), seen.design.terms
    if len(vif) < 2:
        return
    asked = [j for j in range(len(vif)) if seen.effect is None or terms[j].column == seen.effect]
    worst = max(asked, key=lambda j: vif[j])
    if vif[worst] <= COLLINEAR:
        yield Check(name="collinearity", verdict="good", statistic=float(vif[worst]),
                    message=f"columns can be told apart: variance inflation at most {vif[worst]:.1f}")  # fmt: skip
        return
    alike = [terms[j] for j in sorted(asked, key=lambda j: -vif[j])[:3] if vif[j] > COLLINEAR]
    columns = tuple(dict.fromkeys(term.column for term in alike))
    do = "more rows: dropping a column that causes both would bias what is left"
    if seen.effect is None:
        do = f"test them together: --jointly {','.join(map(list_argument, columns))}"
    yield Check(
        name="collinearity", verdict="look", statistic=float(vif[worst]), do=do,
        message=f"{', '.join(term.name for term in alike)}: other columns nearly tell it (variance inflation "
        f"{vif[worst]:,.0f}), so its interval is wide",
    )  # fmt: skip


def _straight(seen: Examined) -> Iterator[Check]:
    """Powers of the fitted value add nothing where effects are straight lines (RESET; Ramsey, 1969; Pregibon, 1980)."""
    from assay.infer.joint import wald

    eta = seen.fit.eta if seen.fit.offset is None else seen.fit.eta - seen.fit.offset
    spread = float(eta.std())
    if spread <= 1e-10 or seen.fit.df < 4:
        return
    scaled = (eta - eta.mean()) / spread
    powers = np.column_stack([scaled**2, scaled**3] if seen.fit.is_linear else [scaled**2])
    if np.linalg.matrix_rank(np.column_stack([seen.design.z, powers])) < seen.design.z.shape[1] + powers.shape[1]:
        return
    z = np.column_stack([seen.design.z, powers])
    fit, base = (_alike(seen, part) for part in (z, z[:, :1]))
    which = np.arange(seen.design.z.shape[1], z.shape[1])
    p = wald(fit, by_row(fit, z), which, ()).p
    if p is None or p >= BENT:
        yield Check(name="linearity", verdict="good", message="no sign of a bend in the effects", p=p)
        return
    more = max(seen.fit.deviance - fit.deviance, 0.0) / max(base.deviance - seen.fit.deviance, 1e-300)
    size = f"bends explain {min(100 * more, 999):,.{0 if more > 0.1 else 1}f} % of what straight effects do"
    if more < SLIGHT:
        yield Check(name="linearity", verdict="good", p=p, statistic=more, message=f"{size}: of no weight")
        return
    yield Check(name="linearity", verdict="look", p=p, statistic=more, message="effects bend, or depend on each other "
                f"({size}, beside them): a coefficient is an average slope",
                do="look at the residuals, or let a model find the form: assay fit")  # fmt: skip


def _rated(seen: Examined) -> Rated:
    subject, codes = seen.subject, np.unique(seen.y, return_inverse=True)[1].astype(np.int64)
    return Rated(codes, seen.fit.mean, subject.levels, groups=subject.groups, weight=subject.weight)


def _alike(seen: Examined, z: Floats) -> Fit:
    """The same model of other columns, what varies beyond the law's spread as it was found."""
    if seen.fit.family == "ordered":
        return fit_ordered(z, seen.y, weight=seen.subject.weight)
    return fit_glm(z, seen.y, seen.fit.family, weight=seen.subject.weight, alpha=seen.fit.alpha,
                   offset=seen.fit.offset)  # fmt: skip


def _equal_spread(seen: Examined) -> Check:
    """Squared residuals regressed on the columns (Breusch and Pagan, 1979; Koenker, 1981)."""
    from scipy.special import chdtrc

    e2 = (np.asarray(seen.y, dtype=np.float64) - seen.fit.mean) ** 2
    centred = e2 - e2.mean()
    total = float(centred @ centred)
    found = seen.design.z @ (np.linalg.pinv(seen.design.z) @ e2)
    share = 1.0 - float(((e2 - found) ** 2).sum()) / total if total > 0 else 0.0
    k = seen.design.z.shape[1] - 1
    p = float(chdtrc(k, max(len(e2) * share, 0.0)))
    if p >= BENT:
        return Check(
            name="spread", verdict="good", message="the spread is the same everywhere, as far as it shows", p=p
        )
    held = by_row(seen.fit, seen.design.z).matrix
    ratio = np.sqrt(np.diag(held) / np.maximum(np.diag(seen.fit.bread) * seen.fit.dispersion, 1e-300))[1:]
    off = float(ratio[np.abs(np.log(np.maximum(ratio, 1e-300))).argmax()])
    times = f"classical errors would be {'too small' if off > 1 else 'too large'}, HC3's are {off:.2f} times them"
    if 1 / NEAR <= off <= NEAR:
        return Check(name="spread", verdict="good", p=p, statistic=off, message=f"the spread differs hardly: {times}")
    return Check(name="spread", verdict="look", p=p, statistic=off, do="none where HC3 or clustered errors are shown",
                 message=f"the spread differs with the columns: {times}")  # fmt: skip


def _normal(seen: Examined) -> Check:
    """Skewness and tails (Jarque and Bera, 1980) matter with few rows only: with many they are told and not tested."""
    from scipy.special import chdtrc

    r = seen.residuals
    scaled = (r - r.mean()) / max(float(r.std()), 1e-300)
    skew, tails = float((scaled**3).mean()), float((scaled**4).mean()) - 3.0
    shape = f"skewness {skew:+.1f}, tails {tails:+.1f}".replace("-", "−")
    if len(r) >= max(MANY, MANY_PER_SKEW * skew**2):
        return Check(name="normality", verdict="good", statistic=skew,
                     message=f"the shape of residuals ({shape}) is of no weight with so many rows")  # fmt: skip
    p = float(chdtrc(2, len(r) / 6.0 * (skew**2 + tails**2 / 4.0)))
    if p >= BENT:
        return Check(name="normality", verdict="good", statistic=skew, p=p,
                     message=f"no sign against normal residuals ({shape})")  # fmt: skip
    return Check(name="normality", verdict="look", statistic=skew, p=p,
                 message=f"residuals are not normal ({shape}): intervals of no more rows lean on it",
                 do="--family gamma where effects multiply, or the rank tests below")  # fmt: skip


def _piled(y: Floats) -> Iterator[Check]:
    """Most targets 0 and the others spread out: an amount where there is one."""
    values, counts = np.unique(y, return_counts=True)
    most, share = float(values[counts.argmax()]), float(counts.max() / len(y))
    others = np.sort(counts)[:-1]
    if share < PILED or len(others) < 2 or others[-1] > counts.max() / 10:  # steps of a scale are piles, too
        return
    yield Check(name="zeros" if most == 0 else "one value", verdict="look", statistic=share,
                message=f"{share * 100:.0f} % of the targets are {most:g}, the others spread out: a line through both "
                "tells neither", do=f"ask about {most:g} or not, then about the others alone")  # fmt: skip


def _dispersed(seen: Examined) -> Check:
    ratio = pearson_ratio(seen.fit, np.asarray(seen.y, dtype=np.float64))
    text = f"the target varies {ratio:.2f} times as much as the model says"
    if 0.67 <= ratio <= 1.5:
        return Check(name="dispersion", verdict="good", message=text, statistic=ratio)
    return Check(name="dispersion", verdict="look", message=text, statistic=ratio,
                 do="--errors hc3 holds all the same")  # fmt: skip


def _zeros(seen: Examined) -> Check:
    """Zeros there are against zeros the model expects, in standard deviations."""
    fit = seen.fit
    chance = np.exp(-fit.mean) if fit.alpha == 0 else (1.0 + fit.alpha * fit.mean) ** (-1.0 / fit.alpha)
    found, expected = int((np.asarray(seen.y) == 0).sum()), float(chance.sum())
    z = (found - expected) / max(float(np.sqrt((chance * (1 - chance)).sum())), 1e-12)
    text = f"{found:,} zeros, {expected:,.0f} expected"
    if abs(z) <= 3.0:
        return Check(name="zeros", verdict="good", message=text, statistic=z)
    return Check(name="zeros", verdict="look", message=text, statistic=z, do="ask about 0 or not as well: a target of "
                 "its own")  # fmt: skip


def _calibrated(seen: Examined) -> Check:
    """Rows in ten parts by predicted probability, seen against expected (Hosmer and Lemeshow, 1980)."""
    from scipy.special import chdtrc

    y, mean = np.asarray(seen.y, dtype=np.float64), seen.fit.mean
    parts = np.array_split(np.argsort(mean, kind="stable"), 10 if len(y) >= 100 else 4)
    mass = np.ones(len(y)) if seen.subject.weight is None else seen.subject.weight
    gaps = [((mass * (y - mean))[part].sum(), (mass**2 * mean * (1 - mean))[part].sum()) for part in parts]
    value = float(sum(gap**2 / max(variance, 1e-12) for gap, variance in gaps))
    p = float(chdtrc(len(parts) - 2, value))
    worst = max(abs(gap) / mass[part].sum() for (gap, _), part in zip(gaps, parts, strict=True))
    text = f"probabilities are off by at most {worst * 100:.1f} points in any tenth of the rows"
    good = p >= BENT or worst < 0.02
    return Check(name="calibration", verdict="good" if good else "look", message=text, p=p, statistic=value,
                 do="" if good else "effects that bend or depend on each other")  # fmt: skip


def _decided(seen: Examined, alone: Index) -> Check:
    """Rows that are fitted without error, whatever they say."""
    reach = seen.fit.working[alone, None] * (seen.design.z[alone] @ seen.fit.bread) ** 2 / np.diag(seen.fit.bread)
    at = int(reach[0, 1:].argmax())
    rest = f", and {len(alone) - 1:,} more do so" if len(alone) > 1 else ""
    line = int(seen.design.rows[alone[0]]) + 1
    return Check(name="influence", verdict="look", statistic=float(len(alone)), do="more such rows, or merge levels",
                 message=f"row {line:,} alone decides {seen.design.terms[at].name}{rest}")  # fmt: skip


def _influence(seen: Examined) -> Iterator[Check]:
    """By how many of its errors one row moves a coefficient (DFBETAS; Belsley, Kuh and Welsch, 1980)."""
    fit = seen.fit
    moved = (fit.scores / (1.0 - fit.leverage)[:, None]) @ fit.bread
    sizes = np.abs(moved) / np.sqrt(np.maximum(np.diag(fit.bread) * fit.dispersion, 1e-300))
    width = seen.design.z.shape[1]
    sizes[:, ::width] = 0.0  # intercepts are nobody's question
    sizes[:, fit.outcomes * width :] = 0.0  # nor are the logits of further levels
    row, at = np.unravel_index(int(sizes.argmax()), sizes.shape)
    most, name = float(sizes[row, at]), seen.design.terms[int(at) % width - 1].name
    line = int(seen.design.rows[row]) + 1
    alone = np.flatnonzero(fit.leverage > LONE)
    if len(alone):
        yield _decided(seen, alone)
        return
    if most <= 1.0:
        yield Check(name="influence", verdict="good", statistic=most,
                    message=f"no row moves a coefficient by more than {most:.2f} of its errors")  # fmt: skip
        return
    yield Check(name="influence", verdict="look", statistic=most, do=f"look at row {line:,}",
                message=f"row {line:,} alone moves {name} by {most:.1f} of its errors")  # fmt: skip
