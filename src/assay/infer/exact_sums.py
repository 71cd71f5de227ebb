"""Targets that are an exact sum of other columns: such an identity leaves no error to test by."""

from shlex import quote

import numpy as np

from assay.core.array import Floats, Index
from assay.core.errors import TaskError, Where
from assay.infer.design_matrix import DesignMatrix

EXACT = 1e-9
"""Share of the target's norm below which the residual is rounding."""
NEARLY = 1e-3
"""Share of the target's variance below which the residual shows that effects are additive, not multiplicative."""
_NAMED = 5


def refuse_exact_sum(design: DesignMatrix, y: Floats, *, target: str, source: str) -> None:
    """TaskError with the equation where the columns add up to the target in every row.

    The residuals would be rounding errors, and coefficients of unrelated columns would look significant.
    """
    found, left = _least_squares(design.z, y)
    length = float(np.linalg.norm(y - y.mean()))
    if left > EXACT * max(length, float(np.abs(y).max())):
        return
    parts = np.flatnonzero(np.abs(found[1:]) * np.sqrt(len(y)) > 1e-6 * length)
    if not len(parts):
        return
    values = design.unscaling() @ np.where(np.isin(np.arange(len(found)), [0, *(parts + 1)]), found, 0.0)
    columns = tuple(dict.fromkeys(design.terms[j].column for j in parts if not design.terms[j].parts))
    equation = _equation(design, values, parts, length / np.sqrt(len(y)))
    raise TaskError(
        f"{source}: {target} = {equation} in each of {len(y):,} rows. "
        "What adds up exactly leaves no error to test by.", where=Where(file=source, column=target),
        do=(*(f"--drop {quote(name)}" for name in columns[:2]), "another target"),
    )  # fmt: skip


def adds_up(z: Floats, y: Floats) -> bool:
    """Whether a sum of the columns gives the target nearly exactly, whatever its distribution."""
    _, left = _least_squares(z, y)
    return bool(left**2 < NEARLY * float(((y - y.mean()) ** 2).sum()))


def _least_squares(z: Floats, y: Floats) -> tuple[Floats, float]:
    """(coefficients on z, the norm of the residuals)"""
    found = np.linalg.lstsq(z, y, rcond=None)[0]
    return np.asarray(found, dtype=np.float64), float(np.linalg.norm(y - z @ found))


def _equation(design: DesignMatrix, values: Floats, parts: Index, spread: float) -> str:
    """ "net + 1.19 × tax − 3"; of many columns the first."""
    terms = [(float(values[j + 1]), design.terms[j].name) for j in parts[:_NAMED].tolist()]
    constant = [(float(values[0]), "")] if abs(values[0]) > 1e-6 * spread else []
    more = [(1.0, f"{len(parts) - _NAMED} more columns")] if len(parts) > _NAMED else []
    said = "".join(
        f" {'−' if value < 0 else '+'} {_times(abs(value), name)}" for value, name in terms + more + constant
    )
    return said.removeprefix(" + ").removeprefix(" ")


def _times(size: float, name: str) -> str:
    size = float(f"{size:.6g}")
    number = f"{size:,.6g}"
    return name if name and size == 1 else f"{number} × {name}" if name else number
