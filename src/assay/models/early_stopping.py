"""Early stopping of boosters: when rounds no longer help, or time is over."""

import math
from dataclasses import dataclass

from assay.core.clock import Deadline, Limits
from assay.core.contract import Ended, FoldView
from assay.core.errors import UsageError

NEED = 6.0
"""Learning rate x rounds at which a booster of two classes or of values has converged."""


def patience_of(learning_rate: float) -> int:
    """Rounds without a better validation loss before a fit stops: 2 / rate, from 25 to 200."""
    return int(min(max(2.0 / learning_rate, 25.0), 200.0))


def expected_rounds(learning_rate: float, max_rounds: int) -> int:
    """Rounds a fit is expected to need, 6 / rate; also the number trained when nothing can stop it early."""
    return max(1, min(max_rounds, math.ceil(NEED / learning_rate)))


@dataclass(kw_only=True)
class EarlyStopping:
    """Early stopping of one fit, updated after every round.

    rounds: upper bound; validates: whether the view's test rows are scored; best_round: the round of least validation
    loss, or the last one without validation. reading: seconds that each round takes after training, kept back.
    """

    rounds: int
    validates: bool
    patience: int
    deadline: Deadline
    reading: float = 0.0
    is_fixed: bool = False
    best_round: int = 0
    best_loss: float = math.inf
    done: int = 0
    ended: Ended = "rounds"

    @classmethod
    def of(
        cls, view: FoldView, limits: Limits, *, fixed_rounds: int | None, learning_rate: float, max_rounds: int,
        reading: float = 0.0,
    ) -> "EarlyStopping":  # fmt: skip
        """fixed_rounds: exactly this many, without validation or clock. None and no test rows: expected_rounds."""
        patience = patience_of(learning_rate)
        if fixed_rounds is not None:
            if fixed_rounds < 1:
                raise UsageError(f"{fixed_rounds} rounds train nothing. Ask for at least 1.")
            return cls(rounds=fixed_rounds, validates=False, patience=patience, deadline=Deadline(), is_fixed=True)
        validates = len(view.test_rows) > 0
        rounds = max_rounds if validates else expected_rounds(learning_rate, max_rounds)
        return cls(
            rounds=rounds, validates=validates, patience=patience, deadline=limits.deadline, reading=reading
        )  # fmt: skip

    def after(self, done: int, loss: float | None) -> bool:
        """Record that `done` rounds are trained, with that validation loss; True to stop now."""
        self.done = done
        if loss is None:
            self.best_round = done
        elif loss < self.best_loss or not self.best_round:
            self.best_round, self.best_loss = done, loss
        if done >= self.rounds:
            return False
        if done - self.best_round >= self.patience:
            self.ended = "converged"
        elif self.deadline.left <= done * self.reading:
            self.ended = "deadline"
        return self.ended != "rounds"

    def no_split(self) -> bool:
        """Record that the last round found no split and added no tree; True to stop, unless rounds are fixed."""
        if self.is_fixed:
            return False
        self.ended = "converged"
        return True
