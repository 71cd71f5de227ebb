"""Post-processing by functions that a person brought: they read predictions of other experiments, and correct them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.clock import Limits
from assay.core.contract import Cost, Effort, Facts, FoldView, ModelTraits, Seeds, State, Table
from assay.core.schema import Schema
from assay.models import register
from assay.models.fitted_bases import Converged
from assay.models.matrix import sigmoid
from assay.sandbox.rows import Rows
from assay.user_code.access import NOWHERE, CodeAccess
from assay.user_code.calls import Functions, Learned
from assay.user_code.checked_fit import checked_model
from assay.user_code.code_family import CodeFamily
from assay.user_code.given_rows import GivenColumn, given_columns, rows_of
from assay.user_code.source import CodeSource
from assay.user_code.stored_code import ARRAYS, columns_in, learned_in, source_in, state_with_code, whole_in

PREDICTION = "prediction"
"""The name of the predictions that are corrected, where they are of one experiment and one number a row."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedCodePost(Converged):
    """A source with what its `fit` learned; columns: what it is given, those of predictions among them."""

    source: CodeSource
    learned: Learned
    columns: tuple[GivenColumn, ...]
    n_classes: int
    code: CodeAccess = NOWHERE

    def with_code(self, code: CodeAccess) -> Self:
        return replace(self, code=code)

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        functions = Functions(source=self.source, runner=self.code.runs(self.source), limits=self.code.limits)
        X = predictions_and_rows(table, self.columns, self.n_classes)
        return functions.predict(self.learned, X, table.n_rows, self.n_classes)

    def effort(self, *, rounds: int | None = None) -> Effort:
        """As it ships: in the process that predicts."""
        return Effort(calls=100 + 20 * len(self.columns), cells=4 * len(self.columns))

    def state(self) -> State:
        return state_with_code(CodePost.family, self.source, self.learned, self.columns, n_classes=self.n_classes)


def is_prediction(name: str) -> bool:
    """Whether a column holds predictions of an experiment (pipeline/stacking_inputs.py): `#7`, or `#7:0` of a class."""
    return name.startswith("#") and name[1:].replace(":", "", 1).isdecimal()


def predictions_and_rows(table: Table, given: Sequence[GivenColumn], n_classes: int) -> Rows:
    """The columns as a function is given them; predictions of classes as probabilities, not on the scale of logits."""
    found = dict(rows_of(table, given).items())
    found.pop(PREDICTION, None)  # a column of the table that has the name of what is corrected
    stacked = [name for name in found if is_prediction(name)]
    for name in stacked:
        found[name] = _natural(found[name], n_classes)
    if len(stacked) == 1:
        found = {PREDICTION: found[stacked[0]], **found}
    return Rows(found, table.n_rows)


def _natural(stored: AnyArray, n_classes: int) -> AnyArray:
    if not n_classes:
        return stored
    return sigmoid(stored) if n_classes == 2 else np.exp(stored)


@register("code_post")
@dataclass(frozen=True)
class CodePost(CodeFamily):
    """Corrects predictions of the experiments that its recipe is on (docs/howto/your-code.md), cross-fitted and judged
    like any second level. X holds the predictions, under "prediction" or "#7", beside the columns of the table.

    code: the SHA-256 of its source, which the lab holds; name: of its file.
    """

    family: ClassVar[str] = "code_post"
    traits: ClassVar[ModelTraits] = ModelTraits(
        called=("post-processing",), runs_code=True, nan_arrays=frozenset(ARRAYS)
    )

    def knowing(self, schema: Schema) -> "PlacedCodePost":
        """The model, with how the columns were read."""
        return PlacedCodePost(self, schema)

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FittedCodePost:
        return self.knowing(Schema(columns=())).fit(view, limits=limits, seeds=seeds, rounds=rounds)

    def cost(self, facts: Facts) -> Cost:
        """Unknown before it was tried."""
        cells = facts.n_rows * (facts.n_features + 1)
        return Cost(setup_seconds=0.1 + 2e-7 * cells, bytes=20_000_000 + 24 * cells)

    @classmethod
    def restore(cls, state: State) -> FittedCodePost:
        return FittedCodePost(source_in(state), learned_in(state), columns_in(state), whole_in(state, "n_classes"))


@dataclass(frozen=True, slots=True)
class PlacedCodePost:
    """CodePost that knows how columns were read, and where its source is."""

    model: CodePost
    schema: Schema
    code: CodeAccess = NOWHERE

    def with_code(self, code: CodeAccess) -> Self:
        return replace(self, code=code)

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FittedCodePost:
        source = self.code.source(self.model.code, self.model.name)
        functions = Functions(source=source, runner=self.code.runs(source), within=limits)
        table, target = view.table("train"), view.target("train")
        given = given_columns(table, {column.name: column for column in self.schema}, _of_table(source))
        X = predictions_and_rows(table, given, target.n_classes)
        kinds = {**dict.fromkeys(X, "number"), **{column.name: column.kind for column in given}}
        learned = checked_model(functions, X, target, kinds, seeds)
        return FittedCodePost(source, learned, given, target.n_classes, self.code)


def _of_table(source: CodeSource) -> Sequence[str] | None:
    """The columns that it reads; all where it reads the predictions by that word, as these have another name there."""
    return None if source.columns is None or PREDICTION in source.columns else source.columns
