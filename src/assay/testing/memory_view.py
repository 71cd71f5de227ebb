"""A FoldView in memory: what a model's tests give to `fit`, without a task folder."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

from assay.core.array import Index
from assay.core.contract import Facts, Loss, Part, Problem, Table, Target
from assay.core.errors import UsageError
from assay.core.scratch import ScratchFolder

T = TypeVar("T")


def facts_of(table: Table, target: Target) -> Facts:
    """The facts of a task with these rows, all of them searched."""
    values = np.asarray(target.values)
    rarest = int(np.bincount(values, minlength=target.n_classes).min()) if target.is_class else len(values)
    return Facts(
        problem=target.problem, n_rows=table.n_rows, n_classes=target.n_classes, minority=rarest,
        n_numeric=len(table.numeric_names), n_category=len(table.code_names),
        n_dates=len(table.date_names), n_text=len(table.text_names),
        most_levels=max(table.levels, default=0), high_columns=sum(levels > 50 for levels in table.levels),
        missing_share=float(np.isnan(table.numeric).mean()) if table.numeric.size else 0.0,
    )  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class MemoryView:
    """The rows of one fold, held in memory.

    rows: the whole design; values: the target of all its rows; train_rows, test_rows: positions in them. design: its
    key, or None for a design that differs by fold, for which whole() is refused. kept: what `keep` made;
    `dataclasses.replace` passes it and the folder on, so that the folds of one design share both.
    """

    rows: Table
    values: Target
    train_rows: Index
    test_rows: Index
    design: str | None = "design"
    loss: Loss = "squared"
    quantile: float = 0.5
    monotone: tuple[tuple[str, int], ...] = ()
    folder: ScratchFolder = field(default_factory=ScratchFolder)
    kept: dict[tuple[str, str | None], Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls, rows: Table, values: Target, *,
        test_rows: Index | None = None, design: str | None = "design", loss: Loss | None = None,
    ) -> "MemoryView":  # fmt: skip
        """A fold of these rows: every fourth is tested, the others are for training.

        loss: by default log loss for classes, squared error for numbers.
        """
        if test_rows is None:
            test_rows = np.arange(0, rows.n_rows, 4)
        train_rows = np.setdiff1d(np.arange(rows.n_rows), test_rows)
        usual: Loss = "log_loss" if values.is_class else "squared"
        return cls(
            rows=rows, values=values, train_rows=train_rows, test_rows=test_rows, design=design, loss=loss or usual
        )

    @property
    def problem(self) -> Problem:
        return self.values.problem

    @property
    def facts(self) -> Facts:
        return replace(facts_of(self.rows, self.values), monotone=self.monotone)

    def _positions(self, part: Part) -> Index:
        return self.train_rows if part == "train" else self.test_rows

    def table(self, part: Part) -> Table:
        return self.rows.take(self._positions(part))

    def target(self, part: Part) -> Target:
        return self.values.take(self._positions(part))

    def whole(self) -> Table:
        if self.design is None:
            raise UsageError("This design differs by fold, so it has no whole(). Use table('train').")
        return self.rows

    def shared_file(self, name: str, build: Callable[[Path], None]) -> Path:
        path = self.folder.path / f"{self.design}-{name}"
        if not path.exists():
            temporary = path.with_name(path.name + ".part")
            build(temporary)
            temporary.replace(path)
        return path

    def keep(self, name: str, build: Callable[[], T]) -> T:
        key = (name, self.design)
        if key not in self.kept:
            self.kept[key] = build()
        return cast("T", self.kept[key])
