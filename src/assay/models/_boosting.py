"""What the boosters share: the matrix trees read, when to stop, and the trained model around native bytes."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol, get_args

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Json, Singles
from assay.core.clock import Deadline, Limits
from assay.core.contract import FoldView, State
from assay.core.effort import Effort
from assay.core.errors import BundleError, UsageError
from assay.core.recipe import Step
from assay.core.result import Cost, Ended
from assay.core.schema import Facts
from assay.core.table import Table
from assay.core.target import Target
from assay.models.flat import FlatTrees

MAX_ROUNDS = 2000
LEAST_ROWS, MOST_CLASSES = 10, 200
NEED = 6.0
"""Learning rate x rounds until a booster is through, of two classes or values."""
NATIVE_LEVELS = 50
"""Code columns with more levels are read as numbers (their codes fall by frequency)."""


def patience_of(learning_rate: float) -> int:
    """Rounds without a better validation loss before a fit stops: 2 / rate, from 25 to 200."""
    return int(min(max(2.0 / learning_rate, 25.0), 200.0))


def expected_rounds(learning_rate: float, max_rounds: int) -> int:
    """How many rounds a fit is expected to want, 6 / rate; what is trained when nothing can stop it."""
    return max(1, min(max_rounds, math.ceil(NEED / learning_rate)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What a library needs on one thread. setup: seconds a cell before the first round; per_round: seconds of a round
    without rows; per_cell: seconds a cell, round and tree; cell_bytes: memory a cell (libraries: 50 MB beside).
    classes: a round of k > 2 classes costs k ** classes of one's.
    """

    setup: float
    per_round: float
    per_cell: float
    cell_bytes: int
    classes: float = 1.0


def cost(facts: Facts, pace: Pace, *, rate: float, max_rounds: int, need: float = NEED) -> Cost:
    """The expected use of one fit. need: rate x rounds that several classes take (fewer are expected as ever)."""
    cells = facts.n_rows * max(facts.n_features, 1)
    is_many = facts.problem == "multiclass"
    trees = facts.n_classes**pace.classes if is_many else 1.0
    rounds = (math.ceil(need / rate) if is_many else expected_rounds(rate, max_rounds)) + patience_of(rate)
    return Cost(
        setup_seconds=0.02 + pace.setup * cells, round_seconds=(pace.per_round + pace.per_cell * cells) * trees,
        rounds=min(max_rounds, rounds), bytes=pace.cell_bytes * cells + 50_000_000,
    )  # fmt: skip


def is_served(facts: Facts) -> bool:
    """Whether boosted trees are worth a try: not of fewer than ten rows, of which a fold leaves a library too few to
    draw from (they end in errors of its own), nor of more than 200 classes, each of which is a tree a round.
    """
    return facts.n_rows >= LEAST_ROWS and facts.n_classes <= MOST_CLASSES


def is_wide(facts: Facts) -> bool:
    """More than 500 columns, or more columns than rows: each tree should see a fifth of them."""
    return facts.n_features > 500 or facts.n_features > facts.n_rows


def base_steps(facts: Facts) -> tuple[Step, ...]:
    """Steps that turn every block of a table into what trees can read."""
    steps = []
    if facts.n_dates:
        steps.append(Step.of("dates"))
    if facts.n_text:
        steps.append(Step.of("text_svd"))
    return tuple(steps)


def tree_steps(facts: Facts) -> tuple[Step, ...]:
    """base_steps, and counts and target means beside the codes of columns with too many levels for sets."""
    if not facts.high_columns:
        return base_steps(facts)
    return (
        *base_steps(facts),
        Step.of("counts", above=NATIVE_LEVELS),
        Step.of("target_mean", above=NATIVE_LEVELS, m=10.0, keep=True),
    )


def is_category(table: Table) -> Bools:
    """(code columns,) whether a column has few enough levels to be split by sets of levels."""
    return np.array([levels <= NATIVE_LEVELS for levels in table.levels], dtype=np.bool_)


def refuse_unread(table: Table) -> None:
    """UsageError if the table has columns no tree can read, or none at all."""
    if table.date_names:
        raise UsageError(f"Column {table.date_names[0]!r} is still a date. Put the step 'dates' before the model.")
    if table.text_names:
        raise UsageError(f"Column {table.text_names[0]!r} is still text. Put the step 'text_svd' before the model.")
    if not table.numeric_names and not table.code_names:
        raise UsageError("There is no column to learn from. Use the model 'constant'.")


def matrix(table: Table) -> Singles:
    """(n, numeric + code columns) float32, numeric first; used alike to train and to predict.

    A category is its code + 1, so that *missing* (0) and *never seen* (levels + 1) are levels like any other and no
    library meets the negative code it would treat in its own way. A column of many levels keeps its code as a
    number, NaN where missing.
    """
    refuse_unread(table)
    if not table.code_names:
        return np.ascontiguousarray(table.numeric)
    values = table.codes.astype(np.float32) + 1
    wide = ~is_category(table)
    if wide.any():
        numbers = values[:, wide]
        values[:, wide] = np.where(numbers == 0, np.nan, numbers)
    return np.concatenate([table.numeric, values], axis=1)


def category_positions(table: Table) -> tuple[int, ...]:
    """Positions of the category columns in matrix(table)."""
    return tuple(int(j) + table.numeric.shape[1] for j in np.flatnonzero(is_category(table)))


@dataclass(kw_only=True)
class EarlyStopping:
    """Follows one fit round by round and says when it is enough.

    rounds: at most so many; validates: whether the view's test rows are looked at; best_round: the round of the
    smallest validation loss, or the last one where there is none.
    """

    rounds: int
    validates: bool
    patience: int
    deadline: Deadline
    is_fixed: bool = False
    best_round: int = 0
    best_loss: float = math.inf
    done: int = 0
    ended: Ended = "rounds"

    @classmethod
    def of(
        cls, view: FoldView, limits: Limits, *, fixed_rounds: int | None, learning_rate: float, max_rounds: int
    ) -> "EarlyStopping":
        """told: exactly so many rounds, no validation, no clock. Without it and without test rows: expected_rounds."""
        patience = patience_of(learning_rate)
        if fixed_rounds is not None:
            if fixed_rounds < 1:
                raise UsageError(f"{fixed_rounds} rounds train nothing. Ask for at least 1.")
            return cls(rounds=fixed_rounds, validates=False, patience=patience, deadline=Deadline(), is_fixed=True)
        validates = len(view.test_rows) > 0
        rounds = max_rounds if validates else expected_rounds(learning_rate, max_rounds)
        return cls(rounds=rounds, validates=validates, patience=patience, deadline=limits.deadline)

    def after(self, done: int, loss: float | None) -> bool:
        """Note that `done` rounds are trained, with that validation loss; True to stop now."""
        self.done = done
        if loss is None:
            self.best_round = done
        elif loss < self.best_loss or not self.best_round:
            self.best_round, self.best_loss = done, loss
        if done >= self.rounds:
            return False
        if done - self.best_round >= self.patience:
            self.ended = "converged"
        elif self.deadline.is_over:
            self.ended = "deadline"
        return self.ended != "rounds"

    def no_split(self) -> bool:
        """Note that the last round found nothing to split and added no tree; True to stop, unless rounds were told."""
        if self.is_fixed:
            return False
        self.ended = "converged"
        return True


class Library(Protocol):
    """One boosting library: how its native bytes become a model, and how that predicts."""

    @property
    def name(self) -> str:
        """The registered name of the family."""
        ...

    @property
    def file(self) -> str:
        """Name of the native bytes in a State."""
        ...

    def check(self, native: bytes) -> None:
        """ValueError unless the library can follow every index in such bytes: they may be anyone's."""
        ...

    def load(self, native: bytes) -> object: ...
    @property
    def tolerance(self) -> float:
        """How far raw scores of flat trees may lie from its own, by the largest: it may add up in float32."""
        ...

    @property
    def call(self) -> Effort:
        """What one call of its predictor takes, beside the trees."""
        ...

    @property
    def tree(self) -> Effort:
        """What a tree of usual depth takes."""
        ...

    @property
    def shares_trees(self) -> bool:
        """Whether one tree speaks for all classes."""
        ...

    def predict(self, booster: object, table: Table, *, rounds: int, is_class: bool) -> AnyArray:
        """(n,) values; two classes: (n,) probability of class 1, or as more: (n, n_classes) probabilities."""
        ...

    def raw(self, booster: object, table: Table, *, rounds: int) -> AnyArray:
        """(n,) or (n, n_outputs) scores before they become probabilities."""
        ...

    def flat(self, model: "Boosted", table: Table, *, rounds: int) -> FlatTrees:
        """Its first rounds as flat trees over matrix(table); ValueError for what these cannot say."""
        ...


@dataclass(frozen=True, eq=False, kw_only=True)
class Boosted:
    """A trained booster of any library; its bytes are parsed when it first predicts.

    All trained rounds are kept, so that any number up to rounds_done can be asked for. n_rows: training rows.
    """

    library: Library
    native: bytes
    n_classes: int
    n_rows: int
    rounds: int
    rounds_done: int
    ended: Ended

    @classmethod
    def of(cls, library: Library, native: bytes, *, target: Target, stopping: EarlyStopping) -> "Boosted":
        return cls(
            library=library, native=native, n_classes=target.n_classes, n_rows=len(target),
            rounds=stopping.best_round, rounds_done=stopping.done, ended=stopping.ended,
        )  # fmt: skip

    @cached_property
    def booster(self) -> object:
        """The library's own model."""
        return self.library.load(self.native)

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        if rounds is None:
            rounds = self.rounds
        if not 1 <= rounds <= self.rounds_done:
            raise UsageError(f"{rounds} rounds were asked for, 1 to {self.rounds_done} are trained.")
        if not table.n_rows:
            return np.empty((0, self.n_classes) if self.n_classes else 0)
        raw = np.asarray(
            self.library.predict(self.booster, table, rounds=rounds, is_class=self.n_classes > 0), dtype=np.float64
        )
        return never_zero(raw, self.n_rows) if self.n_classes else raw

    def effort(self, *, rounds: int | None = None) -> Effort:
        """As its library answers."""
        return self.library.call + self.of_trees(rounds or self.rounds)

    def of_trees(self, rounds: int) -> Effort:
        """What so many rounds add to a walk down flat trees (models.joint_trees)."""
        n = rounds * (1 if self.library.shares_trees or self.n_classes <= 2 else self.n_classes)
        return self.library.tree.times(n)

    def state(self) -> State:
        return State(
            name=self.library.name,
            meta={
                "format": 1, "n_classes": self.n_classes, "n_rows": self.n_rows,
                "rounds": self.rounds, "rounds_done": self.rounds_done, "ended": self.ended,
            },
            blobs={self.library.file: self.native},
        )  # fmt: skip

    @classmethod
    def restore(cls, library: Library, state: State) -> "Boosted":
        """BundleError when the state is another family's, of a later format, or incomplete. Bytes are not looked at:
        a search reads its own thousands of times (`check`).
        """
        if state.name != library.name or library.file not in state.blobs or state.meta.get("format") != 1:
            raise BundleError(
                f"A {state.name!r} state of format {state.meta.get('format')!r} with files {sorted(state.blobs)} is no "
                f"{library.name} model of format 1. Save it again with this version."
            )
        ended = next((known for known in get_args(Ended) if known == state.meta.get("ended")), None)
        if ended is None:
            raise BundleError(f"A fit does not end by {state.meta.get('ended')!r}. Save the model again.")
        return cls(
            library=library, native=state.blobs[library.file],
            n_classes=whole(state, "n_classes"), n_rows=whole(state, "n_rows"),
            rounds=whole(state, "rounds"), rounds_done=whole(state, "rounds_done"), ended=ended,
        )  # fmt: skip

    def check(self) -> None:
        """ValueError where the bytes would lead the library astray: for models that come from elsewhere."""
        self.library.check(self.native)


def whole(state: State, name: str) -> int:
    """A whole number of a state's JSON; BundleError if it is none."""
    value: Json = state.meta.get(name)
    if not isinstance(value, int):
        raise BundleError(f"The {state.name} state has no whole number {name!r} but {value!r}. Save it again.")
    return value


def never_zero(raw: Floats, n_rows: int) -> Floats:
    """(n, n_classes): every class keeps about 1 / (10 n_rows), also one that no training row had.

    raw: (n, n_classes) probabilities, or (n,) of class 1 of two.
    """
    if raw.ndim == 1:
        raw = np.stack([1.0 - raw, raw], axis=1)
    raised = raw + 1.0 / (10 * n_rows)
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


Objective = Literal["binary", "multiclass", "squared", "absolute", "quantile"]


def objective_of(view: FoldView) -> Objective:
    """What a booster minimises for the view's problem and loss; UsageError where the two do not fit.

    Boosters fill leaves with medians after a tree is grown, which would break a promise of monotony: then squared
    error takes the place of the absolute one. For quantiles there is nothing in its place.
    """
    if view.problem != "regression":
        if view.loss != "log_loss":
            raise UsageError(f"Classes are learned by log loss, not by {view.loss!r}.")
        return view.problem
    if view.loss == "log_loss":
        raise UsageError("Numbers cannot be learned by log loss. Use squared, absolute or quantile.")
    if view.facts.monotone and view.loss == "quantile":
        raise UsageError("Boosted quantiles cannot be monotone. Use the model 'linear'.")
    return "squared" if view.facts.monotone and view.loss == "absolute" else view.loss
