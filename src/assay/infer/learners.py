"""Our models as estimators of conditional means, chosen by out-of-fold loss: nuisance models and importance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.clock import Limits
from assay.core.contract import Part
from assay.core.problem import Problem
from assay.core.recipe import Step
from assay.core.schema import Facts
from assay.core.scratch import ScratchFolder
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.core.task import Loss
from assay.features import registry as steps
from assay.models import registry as models
from assay.models.linear import steps as linear_steps

T = TypeVar("T")
ROUNDS = 150
STRENGTHS = (0.03, 0.3, 3.0)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MeanLearner:
    """A name for people, feature steps, a model, and how long a booster is trained (None: no rounds)."""

    name: str
    steps: tuple[Step, ...]
    model: Step
    rounds: int | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class InMemoryFold:
    """A FoldView of rows in memory: train and test already encoded, nothing shared between folds."""

    train: Table
    test: Table
    train_target: Target
    test_target: Target
    facts: Facts
    quantile: float = 0.5
    design: str | None = None
    _kept: dict[str, object] = field(default_factory=dict)

    @property
    def problem(self) -> Problem:
        return self.facts.problem

    @property
    def loss(self) -> Loss:
        return "log_loss" if self.train_target.is_class else "squared"

    @property
    def train_rows(self) -> Index:
        return np.arange(self.train.n_rows)

    @property
    def test_rows(self) -> Index:
        return np.arange(self.train.n_rows, self.train.n_rows + self.test.n_rows)

    def table(self, part: Part) -> Table:
        return self.train if part == "train" else self.test

    def target(self, part: Part) -> Target:
        return self.train_target if part == "train" else self.test_target

    def whole(self) -> Table:
        raise TypeError("Each fold is encoded by itself, so that no design is shared.")

    def shared_file(self, name: str, build: Callable[[Path], None]) -> Path:
        path = self.keep("scratch", ScratchFolder).path / name
        build(path)
        return path

    def keep(self, name: str, build: Callable[[], T]) -> T:
        return self._kept.setdefault(name, build())  # type: ignore[return-value]  # what build made


def learners(facts: Facts) -> tuple[MeanLearner, ...]:
    """A linear model, and boosted trees for nonlinearity and interactions.

    For classes the linear one comes in three strengths of penalty, chosen once, as a search within every fit would take
    ten fits in place of one. For numbers the fit finds its strength in closed form.
    """
    plain = tuple(step for step in linear_steps(facts) if not steps.build(step).traits.needs_target)
    unpacking = tuple(step for step in plain if steps.get(step.name).traits.unpacks)
    boosted = Step.of("lightgbm", learning_rate=0.05, leaves=7, min_data=20, feature_fraction=0.8)
    straight = [Step.of("linear")]
    if facts.problem.is_class:
        straight = [Step.of("linear", C=strength) for strength in STRENGTHS]
    return (
        *(MeanLearner(name="linear", steps=plain, model=model) for model in straight),
        MeanLearner(name="boosted trees", steps=unpacking, model=boosted, rounds=ROUNDS),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class FittedLearner:
    """A fitted learner."""

    predict: Callable[[Table], Floats]

    def __call__(self, table: Table) -> Floats:
        """(n,) means: of numbers, or the probability of class 1; several classes: (n, classes)."""
        found = self.predict(table)
        return found if found.ndim == 1 or found.shape[1] != 2 else found[:, 1]


def fit(
    learner: MeanLearner, table: Table, target: Target, facts: Facts, *, rows: Index, seeds: Seeds
) -> FittedLearner:
    """The learner on these rows of a table; steps are fitted on them alone."""
    train = table.take(rows)
    encoders = []
    for i, step in enumerate(learner.steps):
        encoder = steps.build(step).fit(train, None, seeds=seeds.child("step", i))
        train = encoder.transform(train)
        encoders.append(encoder)
    own = target.take(rows)
    view = InMemoryFold(
        train=train, test=train.take(rows[:0]), train_target=own, test_target=own.take(rows[:0]), facts=facts
    )
    model = models.build(learner.model).fit(
        view, limits=Limits(), seeds=seeds.child("model"), rounds=learner.rounds or 0
    )  # fmt: skip

    def predict(new: Table) -> Floats:
        for encoder in encoders:
            new = encoder.transform(new)
        return model.predict(new, rounds=learner.rounds)

    return FittedLearner(predict)


def folds_of(units: Index, k: int, seeds: Seeds) -> Index:
    """(n,) fold of each row; rows of a unit share one. units: (n,) codes from 0."""
    n_units = int(units.max()) + 1
    return (seeds.rng().permutation(n_units) % k)[units]


def out_of_fold(
    learner: MeanLearner, table: Table, target: Target, facts: Facts, *, folds: Index, seeds: Seeds
) -> Floats:
    """(n,) means, or (n, classes), each row by a fit that did not see its fold."""
    parts: list[tuple[Index, Floats]] = []
    for number in np.unique(folds):
        held = np.flatnonzero(folds == number)
        asker = fit(learner, table, target, facts, rows=np.flatnonzero(folds != number),
                    seeds=seeds.child(int(number)))  # fmt: skip
        parts.append((held, asker(table.take(held))))
    out = np.empty((len(folds), *parts[0][1].shape[1:]))
    for held, values in parts:
        out[held] = values
    return out


def best_learner(
    candidates: Sequence[MeanLearner], table: Table, target: Target, facts: Facts, *, folds: Index, seeds: Seeds
) -> tuple[MeanLearner, Floats]:
    """(the learner of least squared error out of fold, its means): chosen by prediction alone, never by an effect."""
    y = np.asarray(target.values, dtype=np.float64)
    found = [(one, out_of_fold(one, table, target, facts, folds=folds, seeds=seeds.child(one.name)))
             for one in candidates]  # fmt: skip
    return min(found, key=lambda pair: float(np.mean(_errors(y, pair[1]))))


def _errors(y: Floats, mean: AnyArray) -> Floats:
    """(n,) squared error; several classes: of all probabilities together."""
    if mean.ndim == 1:
        return np.asarray((y - mean) ** 2)
    return np.asarray(((np.eye(mean.shape[1])[y.astype(np.int64)] - mean) ** 2).sum(axis=1))
