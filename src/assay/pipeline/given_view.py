"""A fold view of given rows: tables and targets of both parts, the question of another view."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from assay.core.array import Index
from assay.core.contract import Facts, FoldView, Loss, Part, Problem, Table, Target
from assay.core.errors import UsageError

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class GivenView:
    """A FoldView (core.contract) whose rows are given; of `view` it has what is asked. It has no shared design."""

    view: FoldView
    train: tuple[Table, Target]
    test: tuple[Table, Target]

    @property
    def problem(self) -> Problem:
        return self.view.problem

    @property
    def loss(self) -> Loss:
        return self.view.loss

    @property
    def quantile(self) -> float:
        return self.view.quantile

    @property
    def facts(self) -> Facts:
        return self.view.facts

    @property
    def design(self) -> str | None:
        return None

    @property
    def train_rows(self) -> Index:
        return np.arange(self.train[0].n_rows)

    @property
    def test_rows(self) -> Index:
        return np.arange(self.test[0].n_rows)

    def table(self, part: Part) -> Table:
        return self.train[0] if part == "train" else self.test[0]

    def target(self, part: Part) -> Target:
        return self.train[1] if part == "train" else self.test[1]

    def whole(self) -> Table:
        """UsageError: its rows belong to no shared design."""
        raise UsageError("A view of given rows has no whole(). Use table('train').")

    def shared_file(self, name: str, build: Callable[[Path], None]) -> Path:
        """UsageError, as whole()."""
        raise UsageError("A view of given rows shares no file with other folds.")

    def keep(self, name: str, build: Callable[[], T]) -> T:
        return build()
