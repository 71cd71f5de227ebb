"""Base of the selecting steps, which record why each column is dropped."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index, JsonObject
from assay.core.contract import Effort, Seeds, State, StepTraits, Table, Target
from assay.core.errors import BundleError
from assay.core.p_value_corrections import benjamini_hochberg
from assay.features.stored_state import stored, stored_index

Labels = TypeVar("Labels")


@dataclass(frozen=True, slots=True, eq=False)
class FittedSelection:
    """numeric, codes: positions of the columns that stay. removed: why each of the others went, by name.

    step: the registered name of the step that chose. Dates, texts and sparse columns are never touched.
    """

    step: str
    numeric: Index
    codes: Index
    removed: Mapping[str, str]

    def transform(self, table: Table) -> Table:
        if not self.removed:
            return table
        return table.select(numeric=self.numeric.tolist(), codes=self.codes.tolist())

    def effort(self) -> Effort:
        return Effort(calls=14, cells=60 * (len(self.numeric) + len(self.codes)))

    def state(self) -> State:
        meta: JsonObject = {"removed": dict(self.removed)}
        return State(self.step, meta, {"numeric": self.numeric, "codes": self.codes})

    @classmethod
    def restore(cls, state: State) -> "FittedSelection":
        removed = stored(state, "removed")
        if not isinstance(removed, dict):
            raise BundleError(f"What the stored step {state.name!r} removed cannot be read. Save the bundle again.")
        reasons = {name: str(why) for name, why in removed.items()}
        return cls(state.name, stored_index(state, "numeric"), stored_index(state, "codes"), reasons)


class Selecting(ABC):
    """What the steps that select by the target have in common."""

    traits: ClassVar[StepTraits] = StepTraits(needs_target=True)

    @abstractmethod
    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedSelection:
        """The columns that stay."""

    def fit_transform(
        self, table: Table, target: Target, *, inner: Index, seeds: Seeds
    ) -> tuple[FittedSelection, Table]:
        fitted = self.fit(table, target, seeds=seeds)
        return fitted, fitted.transform(table)

    @classmethod
    def restore(cls, state: State) -> FittedSelection:
        return FittedSelection.restore(state)


@dataclass(frozen=True, slots=True)
class Method(Generic[Labels]):
    """judge: scores (p,) of columns X (n, p) by their labels, the higher the better; kept are those of at least
    `least`, and above 0; says: the score in words.
    """

    judge: Callable[[AnyArray, Labels, Seeds], Floats]
    least: float
    says: str


def selected(step: str, table: Table, keep: Bools, reasons: Sequence[str], *, score: Floats) -> FittedSelection:
    """The selection that keeps these columns (numeric first, then codes); if it were none, the one of best score.

    reasons: why each column would go; score: (columns,) the higher the better. Where two columns of the numeric and the
    code block share a name, the reasons are told by block.
    """
    keep = keep.copy()
    if len(keep) and not keep.any():
        keep[int(np.argmax(np.where(np.isnan(score), -np.inf, score)))] = True
    names, a = (*table.numeric_names, *table.code_names), len(table.numeric_names)
    removed: dict[str, str] = {}
    for name, stays, why in zip(names, keep.tolist(), reasons, strict=True):
        if not stays:
            removed[f"{name} (category)" if name in removed else name] = why
    return FittedSelection(step, np.flatnonzero(keep[:a]), np.flatnonzero(keep[a:]), removed)


def everything(step: str, table: Table) -> FittedSelection:
    """The selection that keeps all columns."""
    return FittedSelection(step, np.arange(len(table.numeric_names)), np.arange(len(table.code_names)), {})


def discoveries(p: Floats, alpha: float) -> Bools:
    """Which p-values (NaN: none) are small enough that at most a share alpha of those kept are false in expectation
    (Benjamini and Hochberg, 1995).
    """
    return np.asarray(benjamini_hochberg(np.where(np.isnan(p), 1.0, p)) <= alpha)
