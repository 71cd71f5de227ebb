"""The rows of an evaluation: truth, folds, weights and groups."""

from dataclasses import dataclass, field

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.errors import DataError
from assay.core.figure import FigureOrigin
from assay.core.problem import Problem
from assay.core.seed import Seeds


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Truth and structure of all rows of a task, scored or not; predictions are handed in beside it.

    y: (n,) class codes or numbers. folds: (n,) fold number of each row, None for a vault or a test set. weight: (n,)
    positive. groups: (n,) any values; rows of one group are one unit (also for blocks of time). unit: what such groups
    are called where they are counted for people. in_time: units are in order of time, so that their errors may be
    autocorrelated. origin: what figures and differences of these rows are, wherever they are printed. seeds: the
    randomness of bootstraps and permutations over these rows, the same for every comparison.
    """

    y: AnyArray
    problem: Problem
    folds: AnyArray | None = None
    weight: Floats | None = None
    groups: AnyArray | None = None
    unit: str = "groups"
    in_time: bool = False
    origin: FigureOrigin = "oof"
    seeds: Seeds = field(default=Seeds(0))
    _parts: list[tuple[Index, ...]] = field(default_factory=list, repr=False, compare=False, init=False)
    """Cache of fold_rows, which a search calls thousands of times."""

    def __post_init__(self) -> None:
        for name in ("folds", "weight", "groups"):
            values = getattr(self, name)
            if values is not None and len(values) != len(self.y):
                raise DataError(f"{name} has {len(values):,} entries for {len(self.y):,} rows.")

    def __len__(self) -> int:
        return len(self.y)

    @property
    def is_class(self) -> bool:
        return self.problem.is_class

    def take(self, rows: AnyArray) -> "Rows":
        """Some of the rows, by position or mask."""
        return Rows(
            y=self.y[rows], problem=self.problem, unit=self.unit, in_time=self.in_time,
            origin=self.origin, seeds=self.seeds,
            folds=None if self.folds is None else self.folds[rows],
            weight=None if self.weight is None else self.weight[rows],
            groups=None if self.groups is None else self.groups[rows],
        )  # fmt: skip

    def units(self) -> Index:
        """(n,) number of each row's unit, from 0: the row itself, or its group."""
        if self.groups is None:
            return np.arange(len(self))
        return np.asarray(np.unique(self.groups, return_inverse=True)[1], dtype=np.int64)

    @property
    def is_uneven(self) -> bool:
        """Whether units have unequal weight or rows come in groups: what `group_jackknife` is for."""
        return self.groups is not None or self.weight is not None

    def is_of_one_class(self) -> bool:
        """Whether no unit holds rows of two classes."""
        units = self.units()
        first = np.zeros(int(units.max(initial=-1)) + 1, dtype=np.asarray(self.y).dtype)
        first[units] = self.y
        return not self.in_time and bool(np.array_equal(first[units], self.y))

    def n_rarest(self) -> int:
        """Units of the rarest class; regression: all units."""
        if self.groups is None:
            counts = np.unique(self.y, return_counts=True)[1] if self.is_class else np.array([len(self)])
            return int(counts.min())
        units = self.units()
        if not self.is_class:
            return int(units.max(initial=-1)) + 1
        return min(len(np.unique(units[self.y == c])) for c in np.unique(self.y))

    def mass(self) -> Floats:
        """(n,) each row's weight by the mean weight."""
        return np.ones(len(self)) if self.weight is None else self.weight / self.weight.mean()

    def fold_rows(self) -> tuple[Index, ...]:
        """Positions of each fold's rows, one array a fold; () without folds."""
        if self.folds is None:
            return ()
        if not self._parts:
            self._parts.append(tuple(np.flatnonzero(self.folds == number) for number in np.unique(self.folds)))
        return self._parts[0]
