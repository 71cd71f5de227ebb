"""Checks of linearity: nonlinear effects (RESET), and interactions that may stand for a quadratic term."""

from collections.abc import Iterator

import numpy as np

from assay.core.array import Floats
from assay.infer.check_input import BENT, CheckInput
from assay.infer.inference_question import LEVEL
from assay.infer.inference_result import Assumption
from assay.infer.likelihood import Fit, fit_glm
from assay.infer.ordered_logit import fit_ordered
from assay.infer.standard_errors import by_row

SLIGHT = 0.02
"""Nonlinearity that explains less than this share of what linear effects do is negligible."""
TOGETHER = 0.3
"""Correlation of two columns from which their product looks like the square of either."""


def linearity_checks(seen: CheckInput) -> Iterator[Assumption]:
    """All checks of linearity, for models with one linear predictor."""
    yield from _bent(seen)
    yield from _instead(seen)


def _bent(seen: CheckInput) -> Iterator[Assumption]:
    """RESET: powers of the fitted value add nothing where effects are linear (Ramsey, 1969; Pregibon, 1980)."""
    from assay.infer.joint_tests import wald

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
        yield Assumption(name="linearity", verdict="good", message="no sign of a bend in the effects", p=p)
        return
    more = max(seen.fit.deviance - fit.deviance, 0.0) / max(base.deviance - seen.fit.deviance, 1e-300)
    size = f"bends explain {min(100 * more, 999):,.{0 if more > 0.1 else 1}f} % of what straight effects do"
    if more < SLIGHT:
        yield Assumption(name="linearity", verdict="good", p=p, statistic=more, message=f"{size}: of no weight")
        return
    yield Assumption(name="linearity", verdict="look", p=p, statistic=more,
                     message="effects bend, or depend on each other "
                     f"({size}, beside them): a coefficient is an average slope",
                     do="look at the residuals, or let a model find the form: assay fit")  # fmt: skip


def _instead(seen: CheckInput) -> Iterator[Assumption]:
    """With correlated columns a quadratic effect looks like an interaction: does it remain beside both squares
    (Ganzach, 1997)?"""
    from assay.infer.joint_tests import wald

    names = [term.name for term in seen.design.terms]
    for at, term in enumerate(seen.design.terms, start=1):
        if not term.parts or term.parts[0] == term.parts[1] or any(part.level for part in term.parts):
            continue
        sides = seen.design.z[:, [names.index(part.name) + 1 for part in term.parts]]
        alike = float((sides[:, 0] * sides[:, 1]).mean())
        z = np.column_stack([seen.design.z, sides**2])
        if abs(alike) < TOGETHER or np.linalg.matrix_rank(z) < z.shape[1]:
            continue
        which = np.array([at])
        alone, beside = (wald(fit, by_row(fit, part), which, ()).p
                         for part, fit in ((seen.design.z, seen.fit), (z, _alike(seen, z))))  # fmt: skip
        if alone is not None and beside is not None and alone <= LEVEL < beside:
            yield Assumption(name="bend", verdict="look", statistic=alike, p=beside,
                             message=f"{term.name} may stand for a bend: its columns go together (correlation "
                             f"{alike:.2f}), and with the squares of both beside it p is {beside:.2g}",
                             do="ask of each by itself: --effect 'COLUMN^2'")  # fmt: skip


def _alike(seen: CheckInput, z: Floats) -> Fit:
    """The same model on other columns, with the dispersion that was estimated before."""
    if seen.fit.family == "ordered":
        return fit_ordered(z, seen.y, weight=seen.data.weight)
    return fit_glm(z, seen.y, seen.fit.family, weight=seen.data.weight, alpha=seen.fit.alpha,
                   offset=seen.fit.offset)  # fmt: skip
