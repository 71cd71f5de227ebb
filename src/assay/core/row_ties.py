"""What ties rows of a target to each other, so that inner folds part them as the folds of a lab do."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import Bools, Floats, Index


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RowTies:
    """Which rows may judge what others taught; None where rows have nothing of the kind.

    units: (n,) codes of rows that belong together, as those of one customer. moments: (n,) of rows in order of time,
    of which later ones are judged by models of earlier ones. guessed: (n,) rows whose targets are guesses, by models
    that knew the others: they neither judge nor teach what is judged.
    """

    units: Index | None = None
    moments: Floats | None = None
    guessed: Bools | None = None

    def take(self, rows: Index) -> "RowTies":
        """Those of the given row positions."""
        return RowTies(
            units=None if self.units is None else self.units[rows],
            moments=None if self.moments is None else self.moments[rows],
            guessed=None if self.guessed is None else self.guessed[rows],
        )

    def with_guesses(self, n_own: int, n_guessed: int) -> "RowTies":
        """The same for these rows and more with guessed targets after them, each a unit of its own, of the first
        moment. n_own: how many rows there are."""
        units, moments, guessed = self.units, self.moments, self.guessed
        if units is not None:
            after = int(units.max(initial=-1)) + 1
            units = np.concatenate([units, np.arange(after, after + n_guessed)])
        if moments is not None:
            moments = np.concatenate([moments, np.full(n_guessed, moments.min(initial=0.0))])
        before = np.zeros(n_own, dtype=np.bool_) if guessed is None else guessed
        return RowTies(units=units, moments=moments, guessed=np.concatenate([before, np.ones(n_guessed, np.bool_)]))
