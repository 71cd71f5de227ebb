"""What the residuals still follow: columns, pairs of columns, and slopes that differ by a category."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.core.study import Findings, Leaning, StudyFact, StudyProposal
from assay.research.moves import catalogue
from assay.studies import register
from assay.studies.added_columns import with_combined
from assay.studies.held_out_tests import LEVEL, HeldOutShare, corrected, first_half, ranked, sampled, tested, z_score
from assay.studies.slope_columns import slope_proposals, why_no_slopes
from assay.studies.study_context import StudyContext
from assay.studies.study_contract import StudyTraits

MOST_COLUMNS, MOST_LEVELS, MOST_TESTED, MOST_REPORTED = 15, 20, 3, 3
"""Numbers whose pairs are looked at, levels of a category, signals of a kind that are tested, those that are told."""
LEAST_SHARE = 0.01
"""Of the residuals' variance: less is not worth a column."""
CELLS_PER_SECOND = 4e6
RAISED = {"segment_slope": "segment_models", "residual_pair": "arithmetic", "residual_column": "curves"}
"""The move that a signal of that kind raises."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Signal:
    """Something that may follow the residuals. values: (n,) of the rows looked at; operation: of a pair, else ""."""

    code: str
    columns: tuple[str, ...]
    what: str
    values: Floats
    operation: str = ""


@register("residuals")
@dataclass(frozen=True)
class ResidualFeatures:
    """Screens signals on half of the units and tests the best few on the other half, corrected by Holm: columns and
    their squares, differences, ratios and products of pairs, means by level, slopes by level."""

    traits: ClassVar[StudyTraits] = StudyTraits(
        question="What do the residuals still follow?", place=30, rows=200,
        asked_as=("residual", "residuals", "feature", "features", "column", "columns", "missing feature", "interaction",
                  "interactions", "ratio", "slope"),
    )  # fmt: skip

    def why_not(self, context: StudyContext) -> str:
        """Residuals of several classes are no one column of numbers."""
        is_many = context.best is not None and context.best.ndim > 1
        return "is for numbers and two classes" if is_many else ""

    def seconds(self, context: StudyContext) -> float:
        n = min(len(context.y), 20_000)
        return 1.0 + n * (len(context.columns) + 4 * MOST_COLUMNS**2) / CELLS_PER_SECOND

    def run(self, context: StudyContext) -> Findings:
        residuals = context.residuals
        if residuals is None or not context.has_errors:
            return Findings()
        seen = _ScreenedRows.of(context, residuals)
        chosen = [one for code in _by_code(seen) for one in code]
        results = [tested(one.values[~seen.half], seen.residual[~seen.half], seen.unit[~seen.half]) for one in chosen]
        found = [
            (one, result, p)
            for one, result, p in zip(chosen, results, corrected([one.p for one in results]), strict=True)
            if p < LEVEL and result.share - 2 * result.sigma > 0 and result.share >= LEAST_SHARE
        ]
        found.sort(key=lambda one: one[1].share)
        each = {frozenset(one[0].columns): one for one in found}  # of what the same columns say, the strongest
        strongest = sorted(each.values(), key=lambda one: -one[1].share)
        return _findings(context, strongest[:MOST_REPORTED])


@dataclass(frozen=True, eq=False)
class _ScreenedRows:
    """The rows looked at. half: those that signals are chosen on."""

    residual: Floats
    unit: Index
    half: Bools
    numbers: dict[str, Floats]
    levels: dict[str, Index]

    @classmethod
    def of(cls, context: StudyContext, residuals: Floats) -> "_ScreenedRows":
        """Residuals by rank, so that one gross error decides nothing, and the columns' cells of these rows."""
        rows = sampled(context.scored & np.isfinite(residuals), context.seeds)
        unit = context.unit[rows]
        half = first_half(np.unique(unit, return_inverse=True)[1], context.seeds)
        residual = residuals[rows]
        spread = np.quantile(np.abs(residual - residual.mean()), 0.99)
        residual = np.clip(residual - residual.mean(), -spread, spread)
        return cls(
            residual, unit, half,
            {name: cells[rows] for name, cells in context.numbers.items()},
            {name: np.maximum(codes[rows], -1) + 1 for name, codes in context.levels.items()},
        )  # fmt: skip

    def strength(self, values: Floats) -> float:
        """How clearly a signal follows the residuals where it is chosen."""
        return z_score(values[self.half], self.residual[self.half], self.unit[self.half])

    def oriented(self, values: Floats) -> Floats:
        return values if self.strength(values) >= 0 else -values


def _by_code(seen: _ScreenedRows) -> Iterator[list[Signal]]:
    """The strongest few of each kind of signal."""
    for signals in (_columns(seen), _levels(seen), _pairs(seen), _slopes(seen)):
        ordered = sorted(signals, key=lambda one: -seen.strength(one.values))
        yield ordered[:MOST_TESTED]


def _columns(seen: _ScreenedRows) -> Iterator[Signal]:
    for name, cells in seen.numbers.items():
        rank = ranked(cells)
        yield Signal(code="residual_column", columns=(name,), what=name, values=seen.oriented(rank))
        bent = seen.oriented((rank - rank.mean()) ** 2)
        yield Signal(code="residual_column", columns=(name,), what=f"the square of {name}", values=bent)


def _levels(seen: _ScreenedRows) -> Iterator[Signal]:
    for name, codes in seen.levels.items():
        means = _by_level(codes, seen.residual, seen.half)
        yield Signal(code="residual_column", columns=(name,), what=name, values=means[codes])


def _by_level(codes: Index, values: Floats, half: Bools, *, weight: Floats | None = None) -> Floats:
    """(levels,) means of values in the half, or slopes on a weight, shrunk as by twenty more rows at 0."""
    n = int(codes.max(initial=0)) + 1
    by = np.ones(len(values)) if weight is None else weight
    top = np.bincount(codes[half], weights=(by * values)[half], minlength=n)
    under = np.bincount(codes[half], weights=(by**2)[half], minlength=n)
    return np.asarray(top / (under + 20.0 * float((by[half] ** 2).mean() or 1.0)))


def _leading(seen: _ScreenedRows) -> list[str]:
    """The numbers whose pairs are looked at: those that vary, the ones nearest the residuals first."""
    names = [name for name, cells in seen.numbers.items() if np.nanstd(cells) > 0]
    return sorted(names, key=lambda name: -abs(seen.strength(ranked(seen.numbers[name]))))[:MOST_COLUMNS]


def _pairs(seen: _ScreenedRows) -> Iterator[Signal]:
    for a, b in combinations(sorted(_leading(seen)), 2):
        x, y = seen.numbers[a], seen.numbers[b]
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            made = {("ratio", a, b): x / y, ("ratio", b, a): y / x, ("product", a, b): x * y,
                    ("difference", a, b): x - y}  # fmt: skip
        centred = (x - np.nanmean(x)) * (y - np.nanmean(y))
        for (operation, first, second), values in made.items():
            rank = seen.oriented(ranked(values))
            yield Signal(code="residual_pair", columns=(first, second), operation=operation, values=rank,
                         what=f"the {operation} of {first} and {second}")  # fmt: skip
        yield Signal(code="residual_pair", columns=(a, b), operation="product", values=seen.oriented(ranked(centred)),
                     what=f"{a} and {b} together")  # fmt: skip


def _slopes(seen: _ScreenedRows) -> Iterator[Signal]:
    """Of a number by level of a category, on what the number alone does not say."""
    for category, codes in seen.levels.items():
        if int(codes.max(initial=0)) > MOST_LEVELS:
            continue
        for name in _leading(seen):
            rank = ranked(seen.numbers[name])
            own = _by_level(codes, seen.residual, seen.half, weight=rank)
            yield Signal(code="segment_slope", columns=(category, name), values=own[codes] * rank,
                         what=f"{name}, with another slope for each {category}")  # fmt: skip


def _findings(context: StudyContext, found: list[tuple[Signal, HeldOutShare, float]]) -> Findings:
    facts, leanings, proposals = list[StudyFact](), list[Leaning](), list[StudyProposal]()
    able = {move.name for move in catalogue() if move.suits(context.view)}
    for signal, result, p in found:
        made, why_none = _proposals(context, signal)
        proposals += made
        facts.append(StudyFact(
            code=signal.code, says=f"the residuals follow {signal.what}: {100 * result.share:.1f} % of their variance "
            f"on rows that it was not chosen on{why_none}", value=result.share,
            low=max(result.share - 1.96 * result.sigma, 0.0), high=result.share + 1.96 * result.sigma,
            sigma=result.sigma, unit="share of the residuals' variance", p=p, columns=signal.columns,
            experiments=context.members,
        ))  # fmt: skip
        if RAISED[signal.code] in able:
            leanings.append(Leaning(move=RAISED[signal.code], factor=2.0, why=f"the residuals follow {signal.what}"))
    return Findings(facts=tuple(facts), leanings=tuple({one.move: one for one in leanings}.values()),
                    proposals=tuple(proposals))  # fmt: skip


def _proposals(context: StudyContext, signal: Signal) -> tuple[list[StudyProposal], str]:
    """What a signal asks to be tried, and why nothing where a slope asks for nothing."""
    if signal.operation:
        why = f"Do the residuals of the best follow {signal.what}, as a study found?"
        return list(with_combined(context, signal.columns, signal.operation, question=why)), ""
    if signal.code != "segment_slope":
        return [], ""
    made, why_none = list(slope_proposals(context, *signal.columns)), why_no_slopes(context, *signal.columns)
    return made, f"; no columns of it are proposed: {why_none}" if why_none else ""
