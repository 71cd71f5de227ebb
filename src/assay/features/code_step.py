"""Columns by a function that a person brought, fitted inside each fold like every step that may read the target."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import ClassVar, Self

import numpy as np

from assay.core.array import Index, Singles
from assay.core.contract import Effort, Facts, Seeds, State, StepCost, StepTraits, Table, Target
from assay.core.errors import BundleError, UsageError
from assay.core.schema import Schema
from assay.features import register
from assay.features.named_columns import there
from assay.features.stored_state import stored_names
from assay.user_code.access import NOWHERE, CodeAccess
from assay.user_code.calls import Functions, Learned
from assay.user_code.checked_fit import checked_step
from assay.user_code.given_rows import GivenColumn, given_columns, rows_of
from assay.user_code.own_target import check_own_target
from assay.user_code.source import CodeSource, called_in_words, check_digest
from assay.user_code.stored_code import ARRAYS, columns_in, learned_in, source_in, state_with_code


@dataclass(frozen=True, slots=True, eq=False)
class FittedCodeStep:
    """A source with what its `fit` learned; columns: what it is given; answered: (k,) names of the columns that it
    makes as it gave them, "" for none; names: (k,) of these columns in the table.
    """

    source: CodeSource
    learned: Learned
    columns: tuple[GivenColumn, ...]
    answered: tuple[str, ...]
    names: tuple[str, ...]
    code: CodeAccess = NOWHERE

    def with_code(self, code: CodeAccess) -> Self:
        return replace(self, code=code)

    def transform(self, table: Table) -> Table:
        return table.with_numeric(self.values(table), self.names)

    def values(self, table: Table) -> Singles:
        """(n, k) of the new columns. The function is not called for no rows."""
        if not table.n_rows:
            return np.empty((0, len(self.names)), dtype=np.float32)
        made = self.functions.transform(self.learned, rows_of(table, self.columns))
        return made.like(self.answered, self.source, "when it was fitted").values

    @property
    def functions(self) -> Functions:
        return _functions(self.source, self.code)

    def effort(self) -> Effort:
        """As it ships: in the process that predicts."""
        return Effort(calls=60 + 20 * len(self.columns), cells=4 * len(self.columns))

    def state(self) -> State:
        return state_with_code(
            "code_step", self.source, self.learned, self.columns, answered=list(self.answered), names=list(self.names)
        )


def _functions(source: CodeSource, code: CodeAccess) -> Functions:
    return Functions(source=source, runner=code.runs(source), limits=code.limits)


@register("code_step")
@dataclass(frozen=True)
class CodeStep:
    """Columns that a function of a person makes of the columns before it, added on the right (docs/howto/your-code.md).

    code: the SHA-256 of its source, which the lab holds; name: of its file; columns: those that its
    text names, () where that does not tell. Where `fit` takes y, a training row's
    columns come from the rows of other inner folds. In every fold some rows are asked for again, alone and in another
    order, and an answer that differs is a CodeError.
    """

    code: str = ""
    name: str = "code"
    columns: tuple[str, ...] = ()

    traits: ClassVar[StepTraits] = StepTraits(
        needs_target=True, runs_code=True, names_columns=True, nan_arrays=frozenset(ARRAYS)
    )

    def __post_init__(self) -> None:
        check_digest("step 'code_step'", self.code)

    @property
    def in_words(self) -> str:
        """The file, the beginning of its digest, and what it reads."""
        return called_in_words("code_step", self.name, self.code, self.columns)

    def knowing(self, schema: Schema) -> "PlacedCodeStep":
        """The step, with how the columns were read."""
        return PlacedCodeStep(self, schema)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedCodeStep:
        return self.knowing(Schema(columns=())).fit(table, target, seeds=seeds)

    def fit_transform(
        self, table: Table, target: Target, *, inner: Index, seeds: Seeds
    ) -> tuple[FittedCodeStep, Table]:
        return self.knowing(Schema(columns=())).fit_transform(table, target, inner=inner, seeds=seeds)

    def cost(self, facts: Facts) -> StepCost:
        """Unknown before it was tried: ten calls of a sandbox, and a microsecond a cell for the way there."""
        return StepCost(seconds=0.1 + 1e-6 * facts.n_rows * facts.n_features)

    @classmethod
    def restore(cls, state: State) -> FittedCodeStep:
        answered, names = stored_names(state, "answered"), stored_names(state, "names")
        if len(answered) != len(names):
            raise BundleError("The columns of the stored step 'code_step' cannot be read. Save the bundle again.")
        return FittedCodeStep(source_in(state), learned_in(state), columns_in(state), answered, names)


@dataclass(frozen=True, slots=True)
class PlacedCodeStep:
    """CodeStep that knows how columns were read, and where its source is."""

    step: CodeStep
    schema: Schema
    code: CodeAccess = NOWHERE
    traits: ClassVar[StepTraits] = CodeStep.traits

    def with_code(self, code: CodeAccess) -> Self:
        return replace(self, code=code)

    @classmethod
    def restore(cls, state: State) -> FittedCodeStep:
        return CodeStep.restore(state)

    def _source(self) -> CodeSource:
        return self.code.source(self.step.code, self.step.name)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedCodeStep:
        return self._fitted(table, target, seeds)[0]

    def fit_transform(
        self, table: Table, target: Target, *, inner: Index, seeds: Seeds
    ) -> tuple[FittedCodeStep, Table]:
        fitted, made = self._fitted(table, target, seeds)
        if fitted.source.shape.reads_target:
            check_own_target(fitted.functions, rows_of(table, fitted.columns), target, fitted.columns, seeds)
            made = self._crossed(fitted, table, target, inner, seeds)
        return fitted, table.with_numeric(made, fitted.names)

    def _fitted(self, table: Table, target: Target | None, seeds: Seeds) -> tuple[FittedCodeStep, Singles]:
        source = self._source()
        for name in self.step.columns:
            there("code_step", name, table.names)
        columns = given_columns(table, {column.name: column for column in self.schema}, source.columns)
        X, y = rows_of(table, columns), None if target is None else target.values
        learned, made = checked_step(_functions(source, self.code), X, y, columns, seeds)
        names = _names(made.names, source, table)
        return FittedCodeStep(source, learned, columns, made.names, names, self.code), made.values

    def _crossed(self, fitted: FittedCodeStep, table: Table, target: Target, inner: Index, seeds: Seeds) -> Singles:
        """(n, k) columns of the training rows, each by a fit on the inner folds that it is not in."""
        folds = np.unique(inner)
        if len(folds) < 2:
            raise UsageError(f"Columns learned from targets need at least 2 inner folds; there are {len(folds)}.")
        out, source = np.empty((table.n_rows, len(fitted.names)), dtype=np.float32), fitted.source
        for fold in folds.tolist():
            rest, own = np.flatnonzero(inner != fold), np.flatnonzero(inner == fold)
            X, seed = rows_of(table.take(rest), fitted.columns), seeds.child("inner", fold).number
            learned = fitted.functions.fit_step(X, target.values[rest], fitted.columns, seed)
            made = fitted.functions.transform(learned, rows_of(table.take(own), fitted.columns))
            out[own] = made.like(fitted.answered, source, "after fit on all rows, these among them").values
        return out


def _names(answered: Sequence[str], source: CodeSource, table: Table) -> tuple[str, ...]:
    """Names of the new columns, none of which the table has: as the function gave them, else the file's."""
    several, taken = len(answered) > 1, set(table.names)
    found: list[str] = []
    for i, given in enumerate(answered, start=1):
        name = given or (f"{source.name}:{i}" if several else source.name)
        if name in taken or name.startswith("#"):  # "#7" is the prediction of an experiment
            name = f"{source.name}:{name}"
        again = count(2)
        while name in taken:
            name = f"{source.name}:{given or i}:{next(again)}"
        taken.add(name)
        found.append(name)
    return tuple(found)
