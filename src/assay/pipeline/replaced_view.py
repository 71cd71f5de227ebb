"""A fold view with replaced tables: other rows, other targets, or permuted columns."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from assay.core.array import Index
from assay.core.contract import Facts, FoldView, Loss, Part, Problem, Table, Target
from assay.core.errors import UsageError

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class ReplacedView:
    """A FoldView (core.contract) that differs from another one in its encoded tables.

    train, test: replace the tables. train_target: of the training rows, None for the view's own; rows: positions of
    these among the view's training rows, None for all. It has no shared design.
    """

    view: FoldView
    train: Table
    test: Table
    train_target: Target | None = None
    rows: Index | None = None

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
        return self.view.train_rows if self.rows is None else self.view.train_rows[self.rows]

    @property
    def test_rows(self) -> Index:
        return self.view.test_rows

    def table(self, part: Part) -> Table:
        return self.train if part == "train" else self.test

    def target(self, part: Part) -> Target:
        return self.train_target if part == "train" and self.train_target is not None else self.view.target(part)

    def whole(self) -> Table:
        """UsageError: its rows belong to no shared design."""
        raise UsageError("A view of given tables has no whole(). Use table('train').")

    def shared_file(self, name: str, build: Callable[[Path], None]) -> Path:
        """UsageError, as whole()."""
        raise UsageError("A view of given tables shares no file with other folds.")

    def keep(self, name: str, build: Callable[[], T]) -> T:
        return build()
