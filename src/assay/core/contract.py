"""Contracts of the roles (model, step, metric, researcher, executor, ledger), and the types they are written in."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal, Protocol, TypeVar, runtime_checkable

from assay.core.array import AnyArray, Floats, Index, JsonObject
from assay.core.clock import Limits
from assay.core.effort import NOTHING, Effort
from assay.core.experiment import Experiment
from assay.core.feature_idea import Idea, has_columns
from assay.core.fold_scores import Ended
from assay.core.problem import Form, Problem
from assay.core.recipe import Entry, Frozen, Recipe, Step
from assay.core.researcher import ColumnCard, LabView, Observation, Researcher, ResearcherTraits
from assay.core.result import Cost, StepCost
from assay.core.schema import Facts
from assay.core.seed import Seeds
from assay.core.space import Space
from assay.core.table import Table
from assay.core.target import Target
from assay.core.task import Loss
from assay.core.traits import ModelTraits, StepTraits

__all__ = [
    "NOTHING", "AnyMetric", "Batched", "ChecksTarget", "ColumnCard", "Cost", "Effort", "Encoder", "Ended", "Entry",
    "Experiment", "Facts", "Fitted", "FittedEncoder", "FoldView", "Form", "Frozen", "Idea", "LabView",
    "Ledger", "LedgerRecord", "Limits", "Loss", "Metric", "Model", "ModelTraits", "Need", "Observation", "OfTables",
    "Part", "Problem", "Recipe", "Resampled", "Researcher", "ResearcherTraits", "ScoreFunction", "Seeds", "Space",
    "State", "Step", "StepCost", "StepTraits", "SupportsCheaper", "Table", "Target", "TargetEncoder", "has_columns",
]  # fmt: skip

T = TypeVar("T")
Part = Literal["train", "test"]


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Everything a fitted object needs to predict: JSON and arrays. Never code, a pickle or a library's own bytes.

    name: the registered name that can restore it.
    """

    name: str
    meta: JsonObject
    arrays: Mapping[str, AnyArray] = field(default_factory=dict)


class FoldView(Protocol):
    """The rows of one fold over a shared, cached design.

    `test` has no rows in a refit; a model then trains for a given number of rounds.
    """

    @property
    def problem(self) -> Problem: ...
    @property
    def loss(self) -> Loss: ...
    @property
    def quantile(self) -> float: ...
    @property
    def facts(self) -> Facts: ...
    @property
    def design(self) -> str | None:
        """Key of the design all folds share; None when a step learned from the target, so that it differs by fold."""
        ...

    @property
    def train_rows(self) -> Index:
        """Positions of the training rows in whole()."""
        ...

    @property
    def test_rows(self) -> Index: ...
    def table(self, part: Part) -> Table:
        """The encoded rows of one part; made once, then kept."""
        ...

    def target(self, part: Part) -> Target: ...
    def whole(self) -> Table:
        """Every row of the shared design; only when `design` is not None."""
        ...

    def shared_file(self, name: str, build: Callable[[Path], None]) -> Path:
        """A file shared by all workers, made once per design: `build` writes it to the path it is given."""
        ...

    def keep(self, name: str, build: Callable[[], T]) -> T:
        """An object cached in this process per design, the last few of them."""
        ...


class Fitted(Protocol):
    """A trained model. rounds: those in use, None where the family has none."""

    @property
    def rounds(self) -> int | None: ...
    @property
    def rounds_done(self) -> int | None: ...
    @property
    def ended(self) -> Ended: ...
    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        """Regression: (n,) on the scale trained. Classes: (n, n_classes) probabilities, rows summing to 1.

        rounds: use only the first so many (at most rounds_done); ignored by families without rounds.
        """
        ...

    def effort(self, *, rounds: int | None = None) -> Effort:
        """Cost of `predict` for one row, counted from its sizes: equal for equal models."""
        ...

    def state(self) -> State: ...


class Model(Protocol):
    """One family per file; an instance is one configuration, its dataclass fields are the Step's parameters."""

    traits: ClassVar[ModelTraits]

    @classmethod
    def space(cls, facts: Facts) -> Space: ...
    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]: ...
    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> Fitted:
        """Train on the view's training rows; its test rows may stop it early, never teach it.

        rounds: train exactly so many, without early stopping and without reading the clock (refit, replay).
        """
        ...

    def cost(self, facts: Facts) -> Cost: ...
    @classmethod
    def restore(cls, state: State) -> Fitted: ...


@runtime_checkable
class SupportsCheaper(Protocol):
    """A Model that can be had for less time. Both give the settings to change; {} where there is no way."""

    def cheaper(self, factor: float) -> Mapping[str, Frozen]:
        """For a fit in about so many times less time, of nearly the same quality."""
        ...

    def with_fewer_rounds(self, factor: float) -> Mapping[str, Frozen]:
        """For a fit that is told so many times fewer rounds."""
        ...


class FittedEncoder(Protocol):
    def transform(self, table: Table) -> Table: ...
    def effort(self) -> Effort:
        """Cost of `transform` for one row, counted from its sizes."""
        ...

    def state(self) -> State: ...


class Encoder(Protocol):
    """A feature step. One that needs the target (`traits`) is a TargetEncoder, fitted inside each fold.

    One that takes time worth planning for, or adds columns, has a method `cost(facts) -> StepCost` beside these;
    others, a setting called `cost` among them, are counted as free.
    """

    traits: ClassVar[StepTraits]

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedEncoder: ...
    @classmethod
    def restore(cls, state: State) -> FittedEncoder: ...


class TargetEncoder(Encoder, Protocol):
    """A step that learns from the target; the values of its own training rows must not depend on their targets."""

    def fit_transform(self, table: Table, target: Target, *, inner: Index, seeds: Seeds) -> tuple[FittedEncoder, Table]:
        """inner: (n_rows,) fold number of each training row; a row's value never uses rows of its own fold."""
        ...


Need = Literal["value", "label", "probability"]

ScoreFunction = Callable[..., float]
"""A metric function as scikit-learn has them: of the truth, the prediction, and maybe weights."""


@runtime_checkable
class Metric(Protocol):
    """A score. Prediction by `needs`: value (n,); label (n,) class codes; probability (n,) of the positive class for
    a binary task, else (n, n_classes)."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str:
        """For people, e.g. "ROC AUC"."""
        ...

    @property
    def higher_is_better(self) -> bool: ...
    @property
    def needs(self) -> Need: ...
    @property
    def forms(self) -> frozenset[Form]:
        """Of stored predictions that it measures, and so of the problems it is for."""
        ...

    @property
    def loss(self) -> Loss:
        """What models should minimise for it."""
        ...

    @property
    def by_fold(self) -> bool:
        """Whether it compares rows by rank: out-of-fold scores of different models must not be mixed, so it is
        computed in each fold and averaged by fold size."""
        ...

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest score there can be; infinite where there is none. Decides the scale of intervals."""
        ...

    def score(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> float: ...
    def influence(self, y: AnyArray, prediction: AnyArray, *, weight: Floats | None = None) -> Floats | None:
        """(n,) influence of each row on the score, not oriented, mean 0; None: use the jackknife."""
        ...


AnyMetric = str | ScoreFunction | Metric
"""What a person may name as the metric: a registered name, a function or scorer, a metric of ours."""


@runtime_checkable
class Resampled(Protocol):
    """A Metric that also scores many weightings at once, much faster than one by one (bootstraps)."""

    def scores(self, y: AnyArray, predictions: Sequence[AnyArray], weights: AnyArray) -> Floats:
        """weights: (b, n), non-negative, one weighting a row. Returns (b, len(predictions)); NaN where undefined."""
        ...


@runtime_checkable
class Batched(Protocol):
    """A Metric that also scores many predictions of the same rows at once, much faster than one by one (boards).

    Where it is undefined it is so by the rows, whatever is predicted.
    """

    def scores_and_influences(
        self, y: AnyArray, predictions: AnyArray, *, weight: Floats | None = None
    ) -> tuple[Floats, Floats]:
        """predictions: (c, n) or (c, n, k). Returns, up to rounding, (c,) each one's `score` and (c, n) `influence`."""
        ...


@runtime_checkable
class OfTables(Protocol):
    """A Metric of labels that depends on the confusion matrix only."""

    @property
    def higher_is_better(self) -> bool: ...

    def of_tables(self, tables: Floats) -> Floats:
        """(b,) scores of (b, k, k) cell shares; rows are true classes, columns predicted ones; NaN where undefined."""
        ...


@runtime_checkable
class ChecksTarget(Protocol):
    """A Metric that is meaningless for some targets."""

    def refuse(self, y: AnyArray) -> None:
        """DataError where the metric is meaningless for this target. Called for whole tables: a part may happen to hold
        more of what is refused, and is scored nevertheless."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRecord:
    """One line of the ledger; `hash` covers the body and the hash before it."""

    number: int
    kind: str
    experiment: int | None
    at: str
    body: JsonObject
    previous: str
    hash: str


class Ledger(Protocol):
    """Append-only storage of records. Artifacts lie beside it by content hash."""

    def append(
        self, kind: str, body: JsonObject, *, experiment: int | None = None, durable: bool = False
    ) -> LedgerRecord: ...
    def records(self, *, after: int = 0) -> Sequence[LedgerRecord]: ...
    def ends(self, numbers: Collection[int] = ()) -> Sequence[LedgerRecord]:
        """The first record, the last, and those of these numbers, in order: what a head is compared with."""
        ...

    def put_array(self, array: AnyArray) -> str: ...
    def array(self, key: str) -> AnyArray: ...
    def put_bytes(self, data: bytes, suffix: str = "") -> str: ...
    def bytes(self, key: str, *, check: bool = False) -> bytes: ...
    def close(self) -> None: ...
