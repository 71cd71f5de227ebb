"""The frozen task: data, target, metric, split."""

from dataclasses import dataclass
from typing import Literal

from assay.core.candidates import Candidates
from assay.core.problem import Problem
from assay.core.schema import Facts, Label, Schema
from assay.core.split import SplitKind

Loss = Literal["log_loss", "squared", "absolute", "quantile"]
"""The loss that models minimise, derived from the metric. "quantile" uses Task.quantile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice about the data, with a code that `assay help` explains."""

    code: str
    message: str
    column: str | None = None
    row: int | None = None
    do: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A question about a table. The rows live in the lab's data folder, never here.

    classes: labels in the order of their codes, () for regression; for a binary task classes[1] is the positive one.
    reasons: why the problem, the metric and the split were chosen, in one sentence each, under those names.
    hash: identifies data and question; equal hashes mean comparable results.
    sheet, raw: how its file was read: the sheet that was asked for, repairs of the file that were refused.
    steps_in_fold: steps that learn their columns from many rows' cells (StepTraits.fits_in_fold) are fitted in each
    fold; labs of before that fitted them on all rows, and go on so.
    candidates: which labels may come out for which value of a column, where that was asked.
    """

    source: str
    target: str
    schema: Schema
    problem: Problem
    problem_reason: str
    classes: tuple[Label, ...]
    metric: str
    metric_reason: str
    split_kind: SplitKind
    split_reason: str
    n_folds: int
    n_rows: int
    n_columns: int
    facts: Facts
    data_hash: str
    seed: int = 0
    loss: Loss = "squared"
    quantile: float = 0.5
    notices: tuple[Notice, ...] = ()
    hash: str = ""
    sheet: str = ""
    raw: tuple[str, ...] = ()
    candidates: Candidates | None = None
    steps_in_fold: bool = False

    @property
    def restricted(self) -> str:
        """How labels are restricted by a column, in words; "" where they are not."""
        return "" if self.candidates is None else self.candidates.text(self.n_classes)

    @property
    def moments(self) -> frozenset[str]:
        """Columns that tell when a row was and nothing else, where rows are in an order of time."""
        return frozenset((*self.facts.period, *(column.name for column in self.schema if column.orders_rows)))

    @property
    def n_classes(self) -> int:
        return len(self.classes)
