"""Separation of classes: detected by linear programming, named, and estimated by penalised likelihood."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.errors import TaskError
from assay.infer.design_matrix import DesignMatrix
from assay.infer.firth import ClassRows, fit_firth
from assay.infer.likelihood import Fit, fit_classes, fit_glm
from assay.infer.term import ModelTerm

FEW_PER_TERM = 10
MOST_CELLS = 30_000_000
"""Cells of the linear programme, of which it takes seconds."""
FIRST_STEPS = 30
"""Newton steps after which separation is looked for: under separation they would never end."""
_SUSPECT = 8.0
"""A coefficient per standard deviation from which separation is looked for; odds of 3,000 to 1."""
_CERTAIN = 1e-8
_NEVER = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Separation:
    """columns: (p,) coefficients on z with infinite likelihood estimates, outcome by outcome; complete: all rows are
    separated."""

    columns: Bools
    complete: bool


def separation(z: Floats, y: AnyArray, fit: Fit) -> Separation | None:
    """Complete or quasi-complete separation of the classes (Albert and Anderson, 1984); None without it.

    Decided by a linear programme (Konis, 2007): maximise Σ z_i (β_y - β_c) over rows and the classes c they are not,
    each at least 0, β of the base 0, the others in [-1, 1]. Solved only where the fit looks like it (a huge
    coefficient, a probability of 0 or 1, no convergence), and up to 30 million cells.
    """
    from scipy.optimize import linprog

    slopes = fit.params.reshape(fit.outcomes, -1)[:, 1:]
    looks_so = bool((np.abs(slopes) > _SUSPECT).any()) or bool((fit.mean < _CERTAIN).any())
    looks_so = looks_so or bool((np.abs(fit.eta) > 15).any())
    if (fit.converged and not looks_so) or len(z) * fit.outcomes**2 * z.shape[1] > MOST_CELLS:
        return None
    signed = _margins(z, np.asarray(y, dtype=np.int64), fit.outcomes + 1)
    found = linprog(
        -signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1.0, 1.0), method="highs"
    )  # fmt: skip
    if found.x is None or found.fun is None or -float(found.fun) <= _NEVER * len(z):
        return None
    margins = signed @ found.x
    return Separation(np.abs(found.x) > 1e-9, complete=bool((margins > _NEVER).all()))


def _margins(z: Floats, codes: Index, n_classes: int) -> Floats:
    """(n (classes - 1), (classes - 1) p) by how much each row's class lies above each other one, per coefficient."""
    n, p = z.shape
    out = np.zeros((n, n_classes - 1, n_classes, p))
    others = (codes[:, None] + np.arange(1, n_classes)) % n_classes
    rows, places = np.arange(n)[:, None], np.arange(n_classes - 1)
    out[rows, places, codes[:, None]] += z[:, None, :]
    out[rows, places, others] -= z[:, None, :]
    return out[:, :, 1:, :].reshape(n * (n_classes - 1), (n_classes - 1) * p)


def fit_binary(z: Floats, y: AnyArray, *, weight: Floats | None = None) -> tuple[Fit, Separation | None]:
    """(fit, separation): by likelihood; penalised where that has no finite answer, or fewer than ten rows of the rarer
    class for each coefficient.

    With so few, likelihood's estimates lie too far out and its errors are too small (Sur and Candès, 2019): at 1,000
    rows and 200 noise columns 7.5 % of p lie below 0.05, of the penalised fit 3.5 %. Weighted rows: likelihood unless
    they are separated.
    """
    fit = fit_glm(z, y, "binomial", weight=weight)
    found = separation(z, y, fit)
    rarer = int(np.bincount(np.asarray(y, dtype=np.int64), minlength=2).min())
    few = weight is None and rarer < FEW_PER_TERM * (z.shape[1] - 1)
    return (fit_firth(ClassRows.of(z, y, weight=weight)) if found is not None or few else fit), found


def fit_multinomial(z: Floats, y: AnyArray, n_classes: int) -> tuple[Fit, Separation | None]:
    """(fit, separation) of several classes: penalised where some are separated. TaskError where neither fit
    converges."""
    fit = fit_classes(z, y, n_classes, steps=FIRST_STEPS)
    found = separation(z, y, fit)
    if found is not None:
        return fit_firth(ClassRows.of(z, y, n_classes)), found
    if not fit.converged:
        fit = fit_classes(z, y, n_classes)
    if not fit.converged and not fit.params.any():
        raise TaskError(
            "The multinomial model cannot be fitted: its iterations leave the numbers.",
            do=("--effect COLUMN --adjust FEWER,COLUMNS", "merge rare classes"),
        )
    return fit, None


def separated_text(found: Separation, terms: Sequence[ModelTerm], target: str) -> str:
    """ "city = Bern tells late without exception" """
    is_separated = np.asarray(found.columns.reshape(-1, len(terms) + 1).any(axis=0))
    names = [term.name for term, is_in in zip(terms, is_separated[1:], strict=True) if is_in]
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    verb = "tells" if len(names) == 1 else "together tell"
    where = "in every row" if found.complete else "in some rows without exception"
    return f"{shown or 'the columns'} {verb} {target} {where}"


def levels_without_events(design: DesignMatrix, y: Floats) -> tuple[str, ...]:
    """Levels, alone or two together, in which no row counts anything, so that their log rate has no lower bound."""
    total = y @ (design.x[:, 1:] != 0)
    return tuple(
        term.name for term, some in zip(design.terms, total, strict=True) if term.is_level and not some > 0
    )  # fmt: skip
