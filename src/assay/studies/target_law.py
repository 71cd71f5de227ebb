"""What law the target follows: a mass of one value beside a continuous part, or one column of two others."""

from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.core.study import Findings, Leaning, StudyFact
from assay.studies import register
from assay.studies.added_columns import with_combined
from assay.studies.held_out_tests import LEVEL, HeldOutShare, first_half, sampled, upper_tail
from assay.studies.residual_features import MOST_COLUMNS
from assay.studies.study_context import StudyContext
from assay.studies.study_contract import StudyTraits

LEAST_MASS, MOST_OTHER = 0.05, 0.1
"""Of the rows that hold the one value; of the next most frequent, as a share of the first."""
LEAST_DISTINCT = 0.5
"""Of the other rows, that differ from each other: less is a count or a grade."""


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """A column made of two, with the mean of the target that it gives by a line. values: (n,) that mean."""

    columns: tuple[str, str]
    operation: str
    values: Floats
    error: float


@register("law")
@dataclass(frozen=True)
class TargetLaw:
    """Counts the target's values, and fits a line of it on every ratio, product and difference of two columns on half
    of the units; the best is told if it predicts the other half better than all that was tried."""

    traits: ClassVar[StudyTraits] = StudyTraits(
        question="Does the target follow a simple law?", place=15, rows=200,
        asked_as=("law", "formula", "two-stage", "two stage", "zeros", "zero", "target", "ratio"),
    )  # fmt: skip

    def why_not(self, context: StudyContext) -> str:
        """Classes have neither."""
        return "is for numbers" if context.folder.task.problem.is_class else ""

    def seconds(self, context: StudyContext) -> float:
        return 1.0 + min(len(context.y), 20_000) * 4e-5

    def run(self, context: StudyContext) -> Findings:
        mass, law = _mass(context), _law(context)
        facts = tuple(fact for fact in (mass, law and law[0]) if fact is not None)
        leanings = (
            *([Leaning(move="zero_then_amount", factor=4.0, why=mass.says)] if mass else ()),
            *([Leaning(move="arithmetic", factor=2.0, why=law[0].says)] if law else ()),
            *([Leaning(move="symbolic", factor=2.0, why=law[0].says)] if law else ()),
        )
        question = "" if law is None else f"Does one column say it all, as a study found? {law[0].says}"
        made = () if law is None else tuple(with_combined(context, law[1].columns, law[1].operation, question=question))
        return Findings(facts=facts, leanings=leanings, proposals=made)


def _mass(context: StudyContext) -> StudyFact | None:
    """The one value that many rows have, where the others are a continuum."""
    y = np.asarray(context.y, dtype=np.float64)
    values, counts = np.unique(y, return_counts=True)
    top = int(counts.argmax())
    share = float(counts[top] / len(y))
    others = np.delete(counts, top)
    if share < LEAST_MASS or not len(others) or others.max() > MOST_OTHER * counts[top]:
        return None
    if len(others) < LEAST_DISTINCT * others.sum():
        return None
    spread = 1.96 * (share * (1 - share) / len(y)) ** 0.5
    said = (
        f"{100 * share:.0f} % of the targets are exactly {values[top]:g}, the others differ from each other: a law in "
        f"two stages, whether it is {values[top]:g}, and how much otherwise"
    )
    return StudyFact(code="two_stage", says=said, value=share, low=share - spread, high=share + spread,
                     sigma=spread / 1.96, unit="share of rows", where=f"target is {values[top]:g}")  # fmt: skip


def _law(context: StudyContext) -> tuple[StudyFact, Law] | None:
    best = context.best
    if best is None or not context.has_errors:
        return None
    rows = sampled(context.scored, context.seeds)
    y, unit = np.asarray(context.y, dtype=np.float64)[rows], context.unit[rows]
    half = first_half(np.unique(unit, return_inverse=True)[1], context.seeds)
    law = _best_law({name: cells[rows] for name, cells in context.numbers.items()}, y, half)
    if law is None:
        return None
    gain, spread = _gain(y, law.values, best[rows], ~half, unit)
    if gain.p > LEVEL or gain.share <= 0:
        return None
    a, b = law.columns
    said = (
        f"the target is close to the {law.operation} of {a} and {b}: that alone leaves {100 * gain.share:.0f} % less "
    )
    return StudyFact(
        code="formula", says=said + "error than the best that was tried, on rows it was not chosen on",
        value=gain.share, low=gain.share - 1.96 * spread, high=gain.share + 1.96 * spread, sigma=spread,
        unit="share of the absolute error", p=gain.p, columns=law.columns, experiments=context.members,
    ), law  # fmt: skip


def _gain(y: Floats, law: Floats, best: Floats, rows: Bools, unit: Index) -> tuple[HeldOutShare, float]:
    """What the law alone leaves less of the best prediction's absolute error, with its σ: ratios have long tails, and
    squares would be those of a few rows."""
    errors = np.abs(y - best)
    less = np.where(np.isfinite(law), errors - np.abs(y - law), 0.0)[rows]
    by_unit = np.bincount(np.unique(unit[rows], return_inverse=True)[1], weights=less)
    sigma = float(np.sqrt(((by_unit - by_unit.mean()) ** 2).sum()))
    whole = float(errors[rows].sum()) or 1.0
    z = float(by_unit.sum()) / sigma if sigma > 0 else 0.0
    return HeldOutShare(float(by_unit.sum()) / whole, sigma / whole, upper_tail(z, len(by_unit))), sigma / whole


def _best_law(numbers: dict[str, Floats], y: Floats, half: Bools) -> Law | None:
    """The pair whose line leaves least on the rows it is chosen on."""
    able = {name: cells for name, cells in numbers.items() if np.isfinite(cells).mean() > 0.8 and np.nanstd(cells) > 0}
    leading = sorted(able, key=lambda name: -abs(_correlation(able[name][half], y[half])))[:MOST_COLUMNS]
    found: Law | None = None
    for a, b in combinations(sorted(leading), 2):
        for pair, operation in (((a, b), "ratio"), ((b, a), "ratio"), ((a, b), "product"), ((a, b), "difference")):
            values, error = _line(_made(able[pair[0]], able[pair[1]], operation), y, half)
            if found is None or error < found.error:
                found = Law(pair, operation, values, error)
    return found


def _made(a: Floats, b: Floats, operation: str) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        made = a / b if operation == "ratio" else a * b if operation == "product" else a - b
    made[~np.isfinite(made)] = np.nan
    return np.asarray(made)


def _line(x: Floats, y: Floats, half: Bools) -> tuple[Floats, float]:
    """The line of y on x fitted where it is chosen, and its mean squared error there."""
    known = np.isfinite(x) & half
    if known.sum() < 20 or np.std(x[known]) <= 0:
        return np.full(len(x), np.nan), np.inf
    slope = float(np.cov(x[known], y[known])[0, 1] / np.var(x[known], ddof=1))
    values = y[known].mean() + slope * (x - x[known].mean())
    filled = np.where(np.isfinite(values), values, y[half].mean())
    return filled, float(((y - filled)[half] ** 2).mean())


def _correlation(a: Floats, b: Floats) -> float:
    known = np.isfinite(a)
    if known.sum() < 20 or np.std(a[known]) <= 0 or np.std(b[known]) <= 0:
        return 0.0
    return float(np.corrcoef(a[known], b[known])[0, 1])
