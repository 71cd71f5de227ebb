"""Columns that tell early rows from late ones, left out."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Bools
from assay.core.contract import Idea, Seeds, State, Step, StepTraits, Table, Target
from assay.core.errors import UsageError
from assay.features import register
from assay.features.row_sample import sampled_rows
from assay.features.selection import FittedSelection, everything, selected

_MOST_ROWS, _FEWEST_ROWS = 20_000, 100


def area_of_late_rows(column: AnyArray, late: Bools) -> float:
    """Area under the ROC curve of late rows over early ones by a number, in the better direction; of codes by the share
    of late rows at each level, learned on every other row. Missing cells are a level, or the lowest number.
    """
    from scipy.stats import rankdata

    if column.dtype.kind == "i":
        odd = np.arange(len(column)) % 2 == 1
        slot = column - column.min()
        sums = np.bincount(slot[odd], late[odd], minlength=int(slot.max()) + 1)
        rows = np.bincount(slot[odd], minlength=int(slot.max()) + 1)
        column, late = ((sums + 1.0) / (rows + 2.0))[slot][~odd], late[~odd]
    n = int(late.sum())
    if n in (0, len(late)):
        return 0.5
    ranks = rankdata(np.where(np.isnan(column), -np.inf, column))
    area = (float(ranks[late].sum()) - n * (n + 1) / 2.0) / (n * (len(late) - n))
    return max(area, 1.0 - area)


@register("select_steady")
@dataclass(frozen=True)
class SelectSteady:
    """Where rows are in an order of time, numbers and categories that tell the later half of the training rows from the
    earlier are left out: by an area under the ROC curve above `most` (adversarial validation, a column at a time).

    No target is looked at. On at most 20,000 rows; nothing is left out of fewer than 100, or of rows in no order.
    """

    most: float = 0.75

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="drop_drifting", what="without columns that drift", finds=("select_steady",), adds_columns=False,
            when=lambda facts: facts.ordered, trees=(Step.of("select_steady"),),
            distances=(Step.of("select_steady"),), only_moves=True,
            applies="rows in an order of time, with columns that tell early from late ones", prior=1.0,
            why="What a model learns of values that do not come again it cannot use on later rows.",
        ),),
    )  # fmt: skip

    def __post_init__(self) -> None:
        if not 0.5 < self.most <= 1:
            raise UsageError(f"Columns are steady up to an area between 0.5 and 1, not {self.most}.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedSelection:
        rows = sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows"))
        moment = None if table.moment is None else table.moment[rows]
        if moment is None or len(rows) < _FEWEST_ROWS:
            return everything("select_steady", table)
        late, sample = moment > np.median(moment), table.take(rows)
        columns = [*sample.numeric.T.astype(np.float64), *sample.codes.T.astype(np.int64)]
        area = np.array([area_of_late_rows(column, late) for column in columns])
        reasons = [f"tells late rows from early ones, area {value:.2f}" for value in area.tolist()]
        return selected("select_steady", table, area <= self.most, reasons, score=-area)

    @classmethod
    def restore(cls, state: State) -> FittedSelection:
        return FittedSelection.restore(state)
