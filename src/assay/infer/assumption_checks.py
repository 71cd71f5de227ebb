"""Checks of the model's assumptions, each as a sentence; a failed one says what would help."""

from collections.abc import Iterator

import numpy as np

from assay.core.argument import list_argument
from assay.core.array import Index
from assay.infer.check_input import CheckInput
from assay.infer.design_matrix import variance_inflation
from assay.infer.distribution_checks import distribution_checks
from assay.infer.independence import independence_checks
from assay.infer.inference_result import Assumption
from assay.infer.likelihood import FULL_LEVERAGE, Fit
from assay.infer.linearity import linearity_checks
from assay.infer.proportional_odds import OrderedTarget, proportional
from assay.infer.standard_errors import ENOUGH_GROUPS, FEW_GROUPS

COLLINEAR = 10.0
FEW_PER_TERM = 10
_FEW = {
    True: ": few, so p comes from the wild cluster bootstrap, intervals from leaving out one group at a time",
    False: ": few, so p and intervals come from leaving out one group at a time",
}


def checks_of(seen: CheckInput) -> tuple[Assumption, ...]:
    """All that apply to this family, the most important first."""
    return tuple(_checks(seen))


def _checks(seen: CheckInput) -> Iterator[Assumption]:
    yield from _converged(seen.fit)
    yield _enough_rows(seen)
    yield from _groups(seen)
    yield from independence_checks(seen.residuals, seen.data, seen.design.columns, order_by=seen.order_by)
    yield from _collinear(seen)
    family = seen.fit.family
    if family == "ordered":
        yield proportional(seen.design, _rated(seen), effect=seen.effect)
    if family != "multinomial" and not seen.fit.firth:
        yield from linearity_checks(seen)
    yield from distribution_checks(seen)
    yield from _influence(seen)


def _converged(fit: Fit) -> Iterator[Assumption]:
    if not fit.converged:
        yield Assumption(name="fit", verdict="bad", message="the iterations did not settle: do not quote these numbers",
                         do="fewer columns, or merge rare classes and levels")  # fmt: skip


def _enough_rows(seen: CheckInput) -> Assumption:
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
        return Assumption(name="rows", verdict="good", message=text, statistic=ratio)
    return Assumption(name="rows", verdict="bad" if ratio < FEW_PER_TERM / 2 else "look", message=f"only {text}",
                      statistic=ratio, do="name fewer columns: --effect COLUMN --adjust COLUMNS")  # fmt: skip


def _groups(seen: CheckInput) -> Iterator[Assumption]:
    groups = seen.data.groups
    if groups is None:
        return
    n_groups = int(groups.max()) + 1
    few = n_groups < FEW_GROUPS
    yield Assumption(
        name="groups", verdict="bad" if n_groups < ENOUGH_GROUPS else "look" if few else "good", statistic=n_groups,
        message=f"{n_groups:,} groups" + (_FEW[seen.fit.is_linear] if few else ""), do="more groups" if few else "",
    )  # fmt: skip


def _collinear(seen: CheckInput) -> Iterator[Assumption]:
    """Of a named effect only its own columns count: collinearity among the adjustment columns does no harm."""
    vif, terms = variance_inflation(seen.design.z), seen.design.terms
    if len(vif) < 2:
        return
    asked = [j for j in range(len(vif)) if seen.effect is None or terms[j].column == seen.effect]
    worst = max(asked, key=lambda j: vif[j])
    if vif[worst] <= COLLINEAR:
        yield Assumption(name="collinearity", verdict="good", statistic=float(vif[worst]),
                         message=f"columns can be told apart: variance inflation at most {vif[worst]:.1f}")  # fmt: skip
        return
    alike = [terms[j] for j in sorted(asked, key=lambda j: -vif[j])[:3] if vif[j] > COLLINEAR]
    columns = tuple(dict.fromkeys(term.column for term in alike))
    do = "more rows: dropping a column that causes both would bias what is left"
    if alike[0].parts:
        do = "rows in which its columns go less together: both belong beside their product"
    elif seen.effect is None:
        do = f"test them together: --jointly {','.join(map(list_argument, columns))}"
    yield Assumption(
        name="collinearity", verdict="look", statistic=float(vif[worst]), do=do,
        message=f"{', '.join(term.name for term in alike)}: other columns nearly tell it (variance inflation "
        f"{vif[worst]:,.0f}), so its interval is wide",
    )  # fmt: skip


def _rated(seen: CheckInput) -> OrderedTarget:
    data, codes = seen.data, np.unique(seen.y, return_inverse=True)[1].astype(np.int64)
    return OrderedTarget(codes, seen.fit.mean, data.levels, groups=data.groups, weight=data.weight)


def _decided(seen: CheckInput, alone: Index) -> Assumption:
    """Rows with leverage 1, whose residual is 0 whatever their target."""
    reach = seen.fit.working[alone, None] * (seen.design.z[alone] @ seen.fit.bread) ** 2 / np.diag(seen.fit.bread)
    at = int(reach[0, 1:].argmax())
    rest = f", and {len(alone) - 1:,} more do so" if len(alone) > 1 else ""
    line = int(seen.design.rows[alone[0]]) + 1
    return Assumption(name="influence", verdict="look", statistic=float(len(alone)),
                      do="more such rows, or merge levels",
                      message=f"row {line:,} alone decides {seen.design.terms[at].name}{rest}")  # fmt: skip


def _influence(seen: CheckInput) -> Iterator[Assumption]:
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
    alone = np.flatnonzero(fit.leverage > FULL_LEVERAGE)
    if len(alone):
        yield _decided(seen, alone)
        return
    if most <= 1.0:
        yield Assumption(name="influence", verdict="good", statistic=most,
                         message=f"no row moves a coefficient by more than {most:.2f} of its errors")  # fmt: skip
        return
    yield Assumption(name="influence", verdict="look", statistic=most, do=f"look at row {line:,}",
                     message=f"row {line:,} alone moves {name} by {most:.1f} of its errors")  # fmt: skip
