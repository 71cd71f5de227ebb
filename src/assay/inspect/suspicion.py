"""Columns that seem to leak the target: kept, with a question to the user. Proved leaks are found by data.leak."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from shlex import quote

import numpy as np

from assay.core.argument import list_argument
from assay.core.array import Index
from assay.core.inspection import LeakFound, UnivariateScore
from assay.core.schema import Column
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.inspect.bins import MOST_BINS, Cells
from assay.inspect.column_score import FOLDS, dealt, univariate_score
from assay.inspect.open_questions import is_of_units

NEARLY_ALL = {"ROC AUC": 0.98, "R2": 0.98}
"""A column alone that reaches this leaves nothing to learn: real columns of the panel stay under it."""
LATER = {"ROC AUC": 0.70, "R2": 0.30}
"""For columns whose name suggests that they are known only afterwards."""
GAPS = 0.90
"""ROC AUC of a column's gaps alone."""
ORDER = {"ROC AUC": 0.55, "R2": 0.02}
_DRAWS = 20
UNIT = "leak/unit"
"""Code of a column of units whose rows share the target."""
_AFTERWARDS = re.compile(
    r"(^|[_\W])(outcome|result|final|closed?|cancel(l?ed)?|left|churned|exit|refund(ed)?|resolved|resolution|after|"
    r"post|actual|duration|end(ed)?|settled|paid|default(ed)?|discharge[d]?|death|died|returned)($|[_\W])|"
    r"(casual|registered)$", re.IGNORECASE,
)  # fmt: skip


def suspicions(
    columns: Mapping[str, Cells], scores: Mapping[str, UnivariateScore], target: Target, folds: Index, *, seeds: Seeds,
    in_time: bool = False,
) -> tuple[LeakFound, ...]:  # fmt: skip
    """Every suspicion about these columns and about the order of the rows, the strongest first.

    in_time: the rows are known to be in an order, and later rows are predicted from earlier ones: what a unit answered
    before may then tell what it answers next.
    """
    each = [(c, leak) for name, c in columns.items() for leak in leaks_of_column(c, scores[name], target, folds)]
    found = apart(each, target, seeds)
    found = [one for one in found if one.code != UNIT] if in_time else [*found, *_of_order(target, folds, seeds)]
    return tuple(sorted(found, key=lambda leak: -(leak.score or 0.0)))


def apart(found: Sequence[tuple[Cells, LeakFound]], target: Target, seeds: Seeds) -> list[LeakFound]:
    """Suspicions that remain where rows of one unit stay together.

    A patient's rows share the target, and with it the patient's name, year of birth and all else that is the same in
    them: random folds take that for a leak. Where one of the columns names such units, that is reported, and the others
    stay only if they predict the target of units never seen.
    """
    units = [cells for cells, leak in found if leak.code == "leak/nearly-target" and is_of_units(cells)]
    if not units:
        return [leak for _, leak in found]
    unit = max(units, key=lambda cells: len(np.unique(cells.codes)))
    folds = dealt(len(target), seeds.child("units").rng(), unit.codes)
    scored = ((cells, univariate_score(cells.codes, cells.n_bins, target, folds)) for cells, _ in found)
    others = [leak for cells, alone in scored if cells is not unit
              for leak in leaks_of_column(cells, alone, target, folds)]  # fmt: skip
    reached = next(leak for cells, leak in found if cells is unit)
    return [_of_units(unit, reached), *dict.fromkeys(others)]


def _of_units(cells: Cells, reached: LeakFound) -> LeakFound:
    name, n_units = cells.column.name, len(np.unique(cells.codes))
    what = (
        f"{name} alone reaches {reached.measure} {reached.score:.2f}: its {n_units:,} values come again, and rows of "
        "one have the same answer. Unless new rows are of the same ones, scores look too good"
    )
    return replace(reached, code=UNIT, what=what, do=f"--group {quote(name)}")


def leaks_of_column(cells: Cells, alone: UnivariateScore, target: Target, folds: Index) -> Sequence[LeakFound]:
    """The suspicions about one column whose own score is known."""
    name = cells.column.name
    reached = f"{name} alone reaches {alone.measure} {alone.value:.2f}"
    if alone.value >= NEARLY_ALL[alone.measure]:
        what = f"{reached}, out of fold: it may say what the target says"
        return (suspicion(cells.column, "leak/nearly-target", what, alone),)
    found = []
    gaps = _gaps(cells, target, folds)
    if gaps is not None and gaps.value >= GAPS:
        what = f"{name} is empty or filled nearly as the target says: {gaps.measure} {gaps.value:.2f} by its gaps alone"
        found.append(suspicion(cells.column, "leak/gaps", what, gaps))
    if _AFTERWARDS.search(name) and alone.value >= LATER[alone.measure]:
        what = f"{reached}, and its name sounds as if it were known only afterwards"
        found.append(suspicion(cells.column, "leak/known-later", what, alone))
    return found


def _gaps(cells: Cells, target: Target, folds: Index) -> UnivariateScore | None:
    is_missing = (cells.codes == cells.missing).astype(np.int64)
    if not target.is_class or not 0.01 <= is_missing.mean() <= 0.99:
        return None
    return univariate_score(is_missing, 2, target, folds)


def suspicion(column: Column, code: str, what: str, alone: UnivariateScore) -> LeakFound:
    """The suspicion about a column with this score, with the option that leaves it out."""
    do = f"--drop {list_argument(column.name)}"
    return LeakFound(column=column.name, code=code, verdict="suspected", what=what, do=do,
                     score=alone.value, measure=alone.measure)  # fmt: skip


def _of_order(target: Target, folds: Index, seeds: Seeds) -> list[LeakFound]:
    """Whether the place of a row in the file predicts its target, beyond twenty shuffles of the rows."""
    n = len(target)
    blocks = np.arange(n) * MOST_BINS // max(n, 1)
    alone = univariate_score(blocks, MOST_BINS, target, folds)
    if n < 10 * FOLDS or alone.value < ORDER[alone.measure]:
        return []
    rng = seeds.child("order").rng()
    by_chance = max(
        univariate_score(blocks, MOST_BINS, target.take(rng.permutation(n)), folds).value for _ in range(_DRAWS)
    )
    if alone.value <= by_chance:
        return []
    what = (
        f"rows near each other in the file have similar targets: from the row number alone {alone.measure} "
        f"{alone.value:.2f} (shuffled rows at most {by_chance:.2f}). Is the file sorted, or in order of time? A column "
        "that counts rows would give the answer away"
    )
    do = "--order-by COLUMN where the order is time; drop columns that number the rows"
    return [LeakFound(column=None, code="leak/row-order", verdict="suspected", what=what, do=do,
                      score=alone.value, measure=alone.measure)]  # fmt: skip


def id_likeness(columns: Mapping[str, Cells], scores: Mapping[str, UnivariateScore]) -> tuple[str, ...]:
    """Identifiers that predict the target out of fold all the same: their numbers carry time or order."""
    return tuple(
        name for name, cells in columns.items()
        if cells.column.kind == "identifier" and scores[name].value >= 2 * ORDER[scores[name].measure] - 0.5
        and scores[name].value >= ORDER[scores[name].measure] + 0.02
    )  # fmt: skip
