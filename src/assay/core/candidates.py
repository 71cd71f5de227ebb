"""Candidate labels, as a task and a model store them: which labels were seen with each value of a column."""

from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """column: by whose values labels are restricted. For each value that is known (`Column.restricts`, in its order):

    labels: the codes of the classes seen with it, rising; rows: how many rows of each.
    """

    column: str
    labels: tuple[tuple[int, ...], ...]
    rows: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        if len(self.labels) != len(self.rows) or not self.labels:
            raise ValueError(f"{len(self.labels)} values have labels and {len(self.rows)} rows.")
        for labels, rows in zip(self.labels, self.rows, strict=True):
            if not labels or len(labels) != len(rows) or any(n < 1 for n in rows):
                raise ValueError(f"The labels {labels[:5]} of a value need a count of rows each, unlike {rows[:5]}.")
            if labels[0] < 0 or any(not a < b for a, b in pairwise(labels)):
                raise ValueError(f"The codes of candidate labels rise from 0, unlike {labels[:5]}.")

    @property
    def mean(self) -> float:
        """Candidates of a row, on average over the rows they were learned from."""
        sizes = [(len(labels), sum(rows)) for labels, rows in zip(self.labels, self.rows, strict=True)]
        return sum(n * rows for n, rows in sizes) / sum(rows for _, rows in sizes)

    def text(self, n_classes: int) -> str:
        """ "restricted to those seen for the same question: 65 → 5.2 on average", of labels"""
        return f"restricted to those seen for the same {self.column}: {n_classes} → {self.mean:.1f} on average"

    def check(self, *, n_classes: int, n_values: int) -> None:
        """ValueError unless they are of so many values and classes, of which there are three or more."""
        most = max(labels[-1] for labels in self.labels)
        if n_classes < 3 or most >= n_classes or len(self.labels) != n_values:
            raise ValueError(
                f"Candidates of {len(self.labels)} values with codes up to {most} do not go with {n_values} values and "
                f"{n_classes} classes."
            )
