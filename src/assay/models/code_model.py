"""A model by functions that a person brought: fit(X, y) and predict(state, X), on the columns after the steps."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from assay.core.array import Floats
from assay.core.clock import Limits
from assay.core.contract import Cost, Effort, Facts, FoldView, ModelTraits, Seeds, State, Table
from assay.models import register
from assay.models.fitted_bases import Converged
from assay.models.matrix import columns
from assay.user_code.access import NOWHERE, CodeAccess
from assay.user_code.calls import Functions, Learned
from assay.user_code.checked_fit import checked_model
from assay.user_code.code_family import CodeFamily
from assay.user_code.source import CodeSource
from assay.user_code.stored_code import ARRAYS, learned_in, source_in, state_with_code, whole_in


@dataclass(frozen=True, slots=True, eq=False)
class FittedCodeModel(Converged):
    """A source with what its `fit` learned of (n, n_columns) matrices."""

    source: CodeSource
    learned: Learned
    n_classes: int
    n_columns: int
    code: CodeAccess = NOWHERE

    def with_code(self, code: CodeAccess) -> Self:
        return replace(self, code=code)

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        X = columns(table).astype(np.float64)
        functions = Functions(source=self.source, runner=self.code.runs(self.source), limits=self.code.limits)
        return functions.predict(self.learned, X, table.n_rows, self.n_classes)

    def effort(self, *, rounds: int | None = None) -> Effort:
        """As it ships: in the process that predicts."""
        return Effort(calls=100, cells=4 * self.n_columns)

    def state(self) -> State:
        return state_with_code(
            CodeModel.family, self.source, self.learned, (), n_classes=self.n_classes, n_columns=self.n_columns
        )


@register("code_model")
@dataclass(frozen=True)
class CodeModel(CodeFamily):
    """A model that a person brought (docs/howto/your-code.md). X is the (n, d) matrix of the columns after the steps.

    code: the SHA-256 of its source, which the lab holds; name: of its file. In every fold some rows are asked for
    again, alone and in another order, and an answer that differs is a CodeError.
    """

    family: ClassVar[str] = "code_model"
    traits: ClassVar[ModelTraits] = ModelTraits(
        called=("model of one's own",), runs_code=True, nan_arrays=frozenset(ARRAYS)
    )

    def with_code(self, code: CodeAccess) -> "PlacedCodeModel":
        """The model, with where its source is."""
        return PlacedCodeModel(self, code)

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FittedCodeModel:
        return self.with_code(NOWHERE).fit(view, limits=limits, seeds=seeds, rounds=rounds)

    def cost(self, facts: Facts) -> Cost:
        """Unknown before it was tried: some calls of a sandbox, and what a simple model takes."""
        cells = facts.n_rows * max(facts.n_features, 1)
        return Cost(setup_seconds=0.1 + 2e-7 * cells, bytes=20_000_000 + 24 * cells)

    @classmethod
    def restore(cls, state: State) -> FittedCodeModel:
        return FittedCodeModel(
            source_in(state), learned_in(state), whole_in(state, "n_classes"), whole_in(state, "n_columns")
        )


@dataclass(frozen=True, slots=True)
class PlacedCodeModel:
    """CodeModel that knows where its source is."""

    model: CodeModel
    code: CodeAccess

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FittedCodeModel:
        source = self.code.source(self.model.code, self.model.name)
        functions = Functions(source=source, runner=self.code.runs(source), within=limits)
        table, target = view.table("train"), view.target("train")
        kinds = dict.fromkeys((*table.numeric_names, *table.code_names, *table.date_names), "number")
        X = columns(table).astype(np.float64)
        learned = checked_model(functions, X, target, kinds, seeds)
        return FittedCodeModel(source, learned, target.n_classes, X.shape[1], self.code)
