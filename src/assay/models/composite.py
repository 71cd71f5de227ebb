"""Families over other families: how they fit them inside their own training rows, and store them without a pickle.

What an inner model needs to be stopped by, or calibrated on, are rows of the outer training rows; the outer test rows
are never shown to it. So these families have no rounds of their own: each inner booster keeps those it chose.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index, JsonObject
from assay.core.clock import Deadline, Limits
from assay.core.contract import (
    Cost,
    Effort,
    Ended,
    Entry,
    Facts,
    Fitted,
    FoldView,
    Frozen,
    Loss,
    Model,
    ModelTraits,
    Part,
    Problem,
    Seeds,
    Space,
    State,
    Step,
    Table,
    Target,
)  # fmt: skip
from assay.core.effort import total
from assay.core.errors import BundleError, UsageError
from assay.core.inner_folds import InnerSplit, inner_folds
from assay.core.recipe import Recipe
from assay.models import _boosting as boosting
from assay.models import registry
from assay.models.fitted_bases import WithoutRounds
from assay.models.flat_boosted import FlatBoosted

T = TypeVar("T")
HELD_PARTS = 5
"""One of so many parts of the training rows stops an inner model and says how good it is."""
FEWEST_ROWS = 20
"""Below it nothing is held out: an inner booster then trains for its expected rounds."""
BY_NAME = "asked for by name"
"""The purpose of entries that no preset has: whoever names the family gets them."""
Settings = tuple[tuple[str, Frozen], ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class InnerView:
    """A FoldView (core.contract) of rows of an outer one, which may ask another question of them.

    rows, values: of all of them; train_rows, test_rows: positions in these. It has no shared design.
    """

    rows: Table
    values: Target
    train_rows: Index
    test_rows: Index
    problem: Problem
    loss: Loss
    quantile: float
    facts: Facts

    @property
    def design(self) -> str | None:
        return None

    def table(self, part: Part) -> Table:
        return self.rows.take(self.train_rows if part == "train" else self.test_rows)

    def target(self, part: Part) -> Target:
        return self.values.take(self.train_rows if part == "train" else self.test_rows)

    def whole(self) -> Table:
        """UsageError: its rows belong to no shared design."""
        raise UsageError("A view of inner rows has no whole(). Use table('train').")

    def shared_file(self, name: str, build: Callable[[Path], None]) -> Path:
        """UsageError, as whole()."""
        raise UsageError("A view of inner rows shares no file with other folds.")

    def keep(self, name: str, build: Callable[[], T]) -> T:
        return build()

    def split(self, train: Index, test: Index) -> "InnerView":
        """The same rows, trained and tested on others."""
        return replace(self, train_rows=train, test_rows=test)


def inner_view(view: FoldView, table: Table, target: Target) -> InnerView:
    """All of these rows for training, with the question that their target asks; the loss of the view where it fits."""
    is_same = target.n_classes == view.target("train").n_classes
    problem = view.problem if is_same else target.problem
    usual: Loss = "log_loss" if target.is_class else "squared"
    counts = target.class_rows
    facts = replace(
        view.facts, problem=problem, n_rows=max(1, len(target)), n_classes=target.n_classes, monotone=(),
        minority=min(counts) if counts else len(target),
    )  # fmt: skip
    rows = np.arange(len(target))
    return InnerView(
        rows=table, values=target, train_rows=rows, test_rows=rows[:0], problem=problem, quantile=view.quantile,
        loss=view.loss if is_same else usual, facts=facts,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HeldFit:
    """An inner model on all rows, with how an earlier fit without the held rows answered for them.

    held: (m,) positions; answer: (m,) or (m, n_classes). Both empty where there were too few rows to hold any out.
    """

    fitted: Fitted
    held: Index
    answer: Floats


def cut(fitted: Fitted) -> Fitted:
    """The model as it ships: a booster with the rounds in use alone."""
    return fitted.first(fitted.rounds) if isinstance(fitted, FlatBoosted) else fitted


def held_part(target: Target, seeds: Seeds) -> InnerSplit | None:
    """About a fifth of the rows that stops what the others taught; None of few rows, or where all belong together."""
    return inner_folds(target, HELD_PARTS, seeds).first() if len(target) >= FEWEST_ROWS else None


def fit_held(model: Model, view: InnerView, *, limits: Limits, seeds: Seeds, part: InnerSplit | None = None) -> HeldFit:
    """Fit without a part of the rows, which stops it, then on all rows for as many rounds.

    part: what to hold out, `held_part` where it is not given, nothing where it is empty. Past the deadline the first of
    the two is the model.
    """
    n, part = len(view.values), held_part(view.values, seeds.child("held")) if part is None else part
    if part is None or not len(part.held) or not len(part.train):
        empty = np.zeros((0, view.values.n_classes) if view.values.is_class else 0)
        fitted = model.fit(view, limits=limits, seeds=seeds.child("all"))
        return HeldFit(fitted=cut(fitted), held=view.train_rows[:0], answer=empty)
    held = part.held
    first = cut(model.fit(view.split(part.train, held), limits=limits, seeds=seeds.child("first")))
    answer = first.predict(view.rows.take(held))
    if limits.deadline.is_over:
        return HeldFit(fitted=first, held=held, answer=answer)
    again = model.fit(view.split(np.arange(n), held[:0]), limits=limits, seeds=seeds.child("all"), rounds=first.rounds)
    return HeldFit(fitted=cut(again), held=held, answer=answer)


def out_of_fold(model: Model, view: InnerView, *, limits: Limits, seeds: Seeds) -> tuple[Floats, Index, Fitted]:
    """(n,) or (n, n_classes) predictions by a fit without the row's part, the positions of the rows that have one (in
    order of time the oldest have none), and the fit on all rows."""
    n = len(view.values)
    fitted = cut(model.fit(view, limits=limits, seeds=seeds.child("all")))
    parts = list(inner_folds(view.values, HELD_PARTS, seeds.child("held")).splits()) if n >= FEWEST_ROWS else []
    if not parts:  # nothing can be left out: what is usual, which tells nothing of a row's own target
        usual = view.values.one_hot().mean(axis=0)
        return np.repeat(usual[None] if view.values.is_class else usual, n, axis=0), np.arange(n), fitted
    out = np.zeros((n, view.values.n_classes) if view.values.is_class else n)
    for number, part in enumerate(parts):
        own = model.fit(view.split(part.train, part.held[:0]), limits=limits, seeds=seeds.child("fold", number))
        out[part.held] = own.predict(view.rows.take(part.held))
    return out, np.sort(np.concatenate([part.held for part in parts])), fitted


def without_clock(limits: Limits, rounds: int | None) -> Limits:
    """Limits that read no clock where rounds are given, as in a replay."""
    return limits if rounds is None else replace(limits, deadline=Deadline())


def ended_of(limits: Limits) -> Ended:
    """How a fit of several parts ended."""
    return "deadline" if limits.deadline.is_over else "converged"


class FittedComposite(WithoutRounds, ABC):
    """Base of fitted models that hold others. family: its registered name; parts: the others, by name."""

    family: ClassVar[str]
    parts: Mapping[str, Fitted]
    ended: Ended

    @abstractmethod
    def meta(self) -> JsonObject:
        """What it stores of itself beside its parts, JSON."""

    def arrays(self) -> Mapping[str, AnyArray]:
        """What it stores of itself as arrays; names without a slash."""
        return {}

    def effort(self, *, rounds: int | None = None) -> Effort:
        return total(part.effort() for part in self.parts.values()) + Effort(calls=10 + 6 * len(self.parts))

    def state(self) -> State:
        states = {name: part.state() for name, part in self.parts.items()}
        heads: JsonObject = {name: {"name": state.name, "meta": state.meta} for name, state in states.items()}
        inner = {f"{name}/{key}": array for name, state in states.items() for key, array in state.arrays.items()}
        meta: JsonObject = {"format": 1, "ended": self.ended, "parts": heads, **self.meta()}
        return State(self.family, meta, {**self.arrays(), **inner})


def restored_parts(state: State) -> dict[str, Fitted]:
    """The inner models of a state, by name; BundleError where one is missing, damaged, or runs code."""
    meta: Any = state.meta
    heads = meta.get("parts")
    if meta.get("format") != 1 or not isinstance(heads, dict) or not heads:
        raise BundleError(
            f"A {state.name} state of format {meta.get('format')!r} holds no inner models. Save it again."
        )
    return {str(name): _restored(state, str(name), head) for name, head in heads.items()}


def _restored(state: State, part: str, head: Any) -> Fitted:
    own, given = head.get("name"), head.get("meta")
    if not isinstance(own, str) or not isinstance(given, dict) or own not in registry:
        raise BundleError(f"The part {part!r} of a {state.name} state is of an unknown family. Save it again.")
    family = registry.get(own)
    if family.traits.runs_code:
        raise BundleError(f"The part {part!r} of a {state.name} state would run code of a person, which it may not.")
    arrays = {key[len(part) + 1 :]: array for key, array in state.arrays.items() if key.startswith(f"{part}/")}
    return family.restore(State(own, given, arrays))


def restored_end(state: State) -> Ended:
    """How the fit of a state ended."""
    return "deadline" if state.meta.get("ended") == "deadline" else "converged"


def whole_part(state: State, key: str) -> int:
    """A whole number of a state; BundleError for anything else."""
    value = state.meta.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BundleError(f"The {state.name} state has no whole number {key!r} but {value!r}. Save it again.")
    return value


class CompositeFamily(ABC):
    """Base of families over other families. entry: the name and words of its one entry, over standard LightGBM.

    The entry is no part of the portfolio: moves bring these families in, and a person who asks for one by name.
    """

    entry: ClassVar[tuple[str, str]]
    traits: ClassVar[ModelTraits]

    @abstractmethod
    def cost(self, facts: Facts) -> Cost:
        """As in Model: several times what the inner family costs."""

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space()

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        if not boosting.is_served(facts) or (cls.traits.only_classes and not facts.problem.is_class):
            return ()
        name, what = cls.entry
        recipe = Recipe(steps=boosting.tree_steps(facts), model=Step.of(name))
        return (Entry(name=name, what=what, recipe=recipe, only_for=BY_NAME),)


def inner_model(base: str, settings: Settings, *, without: Sequence[str] = ()) -> Model:
    """The inner family with its settings but those left out; UsageError for one that runs code of a person."""
    if base in registry and registry.get(base).traits.runs_code:
        raise UsageError(f"The model {base!r} runs code of a person and cannot be a part of another model.")
    return registry.build(Step.of(base, **{name: value for name, value in settings if name not in without}))


def trained_losses(answer: Floats, target: Target, loss: Loss, quantile: float) -> Floats:
    """(n,) log loss, squared or absolute error, or pinball loss of predictions in the form of `predict`."""
    values = np.asarray(target.values)
    if target.is_class:
        return np.asarray(-np.log(np.maximum(answer[np.arange(len(values)), values], 1e-9)))
    away = values - answer
    level = quantile if loss == "quantile" else 0.5
    return np.asarray(away**2 if loss == "squared" else np.maximum(level * away, (level - 1.0) * away))


def times(cost: Cost, n: float) -> Cost:
    """The cost of n fits, one after the other."""
    return Cost(setup_seconds=0.02 + n * cost.seconds, bytes=cost.bytes)
