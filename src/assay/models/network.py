"""Training loop of neural networks, whatever computes the gradients: batches, schedule, held-out epoch selection."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from assay.core.array import AnyArray, Index, Singles
from assay.core.clock import Deadline
from assay.core.contract import Ended, Loss, Seeds, Target
from assay.core.inner_folds import inner_folds
from assay.core.row_ties import RowTies

HELD_SHARE, HELD_MOST, HELD_FROM = 0.1, 2_000, 200
"""Share of the training rows that select the epoch, its upper limit, and the least number of rows for doing so."""
LOOK_EVERY = 10
"""Batches between two deadline checks."""


@dataclass(frozen=True, slots=True, eq=False)
class NetworkData:
    """X: (n, d) float32; y: (n,) class positions, or standardised values when n_classes is 0; weight: mean 1; ties: of
    the rows, by which those that select the epoch are held out."""

    X: Singles
    y: AnyArray
    weight: Singles | None
    n_classes: int
    loss: Loss
    quantile: float
    seeds: Seeds
    ties: RowTies | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSchedule:
    """epochs of the schedule; is_exact: run all of them. share: fraction of learning_rate at a progress in [0, 1]."""

    epochs: int
    is_exact: bool
    learning_rate: float
    batch_rows: int
    share: Callable[[float], float]


@dataclass(frozen=True, slots=True, eq=False)
class TrainedNetwork:
    """The parameters of the best epoch, by name; epochs: of the schedule that was run."""

    arrays: Mapping[str, Singles]
    epochs: int
    ended: Ended


class NetworkLearner(Protocol):
    """A network in training on some rows."""

    def step(self, rows: Index, rate: float) -> None:
        """One step of the optimiser on these rows."""
        ...

    def loss(self, rows: Index) -> float:
        """Weighted mean loss of these rows, without smoothing."""
        ...

    def arrays(self) -> Mapping[str, Singles]:
        """A copy of the parameters."""
        ...


def wave(progress: float) -> float:
    """Share of the base rate at a progress in [0, 1]: four cosine waves, each twice as long (RealMLP's coslog4)."""
    return 0.5 - 0.5 * math.cos(2.0 * math.pi * math.log2(1.0 + 15.0 * progress))


def half_wave(progress: float) -> float:
    """One cosine fall from the whole base rate to nothing."""
    return 0.5 + 0.5 * math.cos(math.pi * progress)


@dataclass(frozen=True, slots=True, eq=False)
class _EpochTrainer:
    """The learner, its rows, and their order; `epoch` is one pass over them."""

    learner: NetworkLearner
    schedule: TrainingSchedule
    rows: Index
    rng: np.random.Generator

    @property
    def n_batches(self) -> int:
        """A short last batch is dropped, as its steps are noisy."""
        return max(1, len(self.rows) // self.schedule.batch_rows)

    def epoch(self, number: int, deadline: Deadline, *, at_most: int | None = None) -> bool:
        """False if the deadline stopped it. at_most: batches of a timing run."""
        order, size = self.rng.permutation(self.rows), self.schedule.batch_rows
        for i in range(min(self.n_batches, at_most or self.n_batches)):
            if i % LOOK_EVERY == 0 and deadline.is_over:
                return False
            progress = (number + i / self.n_batches) / self.schedule.epochs
            self.learner.step(
                order[i * size : (i + 1) * size], self.schedule.learning_rate * self.schedule.share(progress)
            )
        return True


def _held(data: NetworkData) -> tuple[Index, Index]:
    """The rows learned from, and those that select the epoch (none of few rows: the last epoch is taken).

    Rows of guessed targets teach, though what guessed them knew those that select: no later fit would learn them.
    """
    n, seeds = len(data.X), data.seeds.child("held")
    if data.ties is not None and n >= HELD_FROM:
        tied, n_parts = Target(data.y, data.n_classes, ties=data.ties), max(round(1 / HELD_SHARE), -(-n // HELD_MOST))
        part = inner_folds(tied, n_parts, seeds).first()
        if part is None:
            return np.arange(n), np.zeros(0, dtype=np.int64)
        guessed = np.zeros(n, dtype=np.bool_) if data.ties.guessed is None else data.ties.guessed
        return np.union1d(part.train, np.flatnonzero(guessed)), part.held
    order = seeds.rng().permutation(n)
    held = min(int(HELD_SHARE * n), HELD_MOST) if n >= HELD_FROM else 0
    return np.sort(order[held:]), np.sort(order[:held])


def _affordable(trainer: _EpochTrainer, deadline: Deadline) -> int:
    """Epochs of the schedule that end in time, by timing some batches of a throw-away learner."""
    trainer.epoch(0, Deadline(), at_most=1)  # the first batch pays for what a library does at its start
    before, batches = deadline.left, min(LOOK_EVERY, trainer.n_batches)
    trainer.epoch(0, Deadline(), at_most=batches)
    seconds = max(before - deadline.left, 1e-6) / batches * trainer.n_batches
    return max(1, min(trainer.schedule.epochs, int(0.85 * deadline.left / seconds)))


def _latest(learner: NetworkLearner, number: int) -> float:
    """Prefers later epochs, as long as the parameters are finite."""
    return -number if all(np.isfinite(array).all() for array in learner.arrays().values()) else math.inf


def train(
    data: NetworkData, schedule: TrainingSchedule, begin: Callable[[], NetworkLearner], deadline: Deadline
) -> TrainedNetwork:
    """The network of least held-out loss over the epochs; at a deadline the best so far.

    begin: creates an untrained learner, the same each time.
    """
    rows, held = _held(data)

    def trainer(schedule: TrainingSchedule) -> _EpochTrainer:
        return _EpochTrainer(begin(), schedule, rows, data.seeds.child("batches").rng())

    if not schedule.is_exact and not math.isinf(deadline.left):
        schedule = replace(schedule, epochs=_affordable(trainer(schedule), deadline))
    run = trainer(schedule)
    best, arrays = math.inf, run.learner.arrays()
    for number in range(schedule.epochs):
        is_whole = run.epoch(number, deadline)
        loss = run.learner.loss(held) if len(held) else _latest(run.learner, number)
        if loss < best:
            best, arrays = loss, run.learner.arrays()
        if not is_whole:
            return TrainedNetwork(arrays, schedule.epochs, "deadline")
    return TrainedNetwork(arrays, schedule.epochs, "rounds")
