"""The functions of a source, called with what each asks for; their answers checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.clock import Limits
from assay.core.errors import CodeError
from assay.sandbox.rows import Rows
from assay.sandbox.sandbox import CallLimits
from assay.sandbox.wire import Value
from assay.user_code import answers
from assay.user_code.answers import NewColumns
from assay.user_code.asked_again import TRIED_ROWS, check_alone, check_asked_again, dealt
from assay.user_code.call_messages import with_input
from assay.user_code.given_rows import GivenColumn, kinds_of
from assay.user_code.runners import CodeRunner
from assay.user_code.source import CodeSource
from assay.user_code.stored_code import check_storable

Learned = Mapping[str, Value]
MOST_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Functions:
    """A source and who runs it. limits: of each call; within: of the fit that calls are part of, in place of these."""

    source: CodeSource
    runner: CodeRunner
    limits: CallLimits = field(default=CallLimits())
    within: Limits | None = None
    tried: ClassVar[int] = TRIED_ROWS

    # -- a step -------------------------------------------------------------------------------------------------

    def fit_step(self, X: Rows, y: AnyArray | None, columns: Sequence[GivenColumn], seed: int) -> Learned:
        """What `fit` learned; {} where the source has none."""
        if not self.source.shape.learns:
            return {}
        return self._fit({"X": X, "y": y, "columns": kinds_of(columns), "seed": seed})

    def transform(self, learned: Learned, X: Rows) -> NewColumns:
        """The new columns of these rows, which are given in an order that says nothing, and some of them once more."""
        order = dealt(len(X), self.source.digest)
        found = self._transformed(learned, X.take(order))
        made = replace(found, values=found.values[np.argsort(order)])

        def of(rows: Index) -> AnyArray:
            again = self._transformed(learned, X.take(rows))
            return again.like(made.names, self.source, f"for {len(X):,} rows, {len(rows)} of them among these").values

        check_alone(made.values, of, order, what=f"{self.source.file}: transform answers")
        return made

    def _transformed(self, learned: Learned, X: Rows) -> NewColumns:
        answer = self._call("transform", {"state": learned, "X": X})
        return answers.new_columns(answer, len(X), self.source)

    def check_transform(self, learned: Learned, X: Rows, made: NewColumns, seed: int) -> None:
        """CodeError where the columns of some of these rows are others when these are asked for without the others, in
        another order, again, or when one of them is asked for alone.
        """

        def of(rows: Index) -> AnyArray:
            found = self.transform(learned, X.take(rows))
            return found.like(made.names, self.source, f"for {len(X):,} rows, {len(rows)} of them among these").values

        check_asked_again(made.values, of, seed=seed, what=f"{self.source.file}: transform answers")

    # -- a model ------------------------------------------------------------------------------------------------

    def fit_model(
        self, X: Value, y: AnyArray, columns: Mapping[str, str], *, seed: int, weight: Floats | None, n_classes: int
    ) -> Learned:
        """What `fit` learned."""
        ones = np.ones(len(y)) if weight is None else weight
        return self._fit(
            {"X": X, "y": y, "columns": dict(columns), "seed": seed, "weight": ones, "n_classes": n_classes}
        )

    def predict(self, learned: Learned, X: AnyArray | Rows, n_rows: int, n_classes: int) -> Floats:
        """(n_rows,) values, or (n_rows, n_classes) probabilities; rows are given as for `transform`. It is not called
        for no rows.
        """
        if not n_rows:
            return np.empty((0, n_classes) if n_classes else 0)
        order = dealt(n_rows, self.source.digest)

        def of(rows: Index) -> Floats:
            asked = X.take(rows) if isinstance(X, Rows) else X[rows]
            answer = self._call("predict", {"state": learned, "X": asked})
            return answers.predictions(answer, len(rows), n_classes, self.source)

        made = of(order)[np.argsort(order)]
        check_alone(made, of, order, what=f"{self.source.file}: predict answers")
        return made

    def check_predict(self, learned: Learned, X: AnyArray | Rows, made: Floats, n_classes: int, seed: int) -> None:
        """As `check_transform`, of a model's predictions."""

        def of(rows: Index) -> Floats:
            return self.predict(learned, X.take(rows) if isinstance(X, Rows) else X[rows], len(rows), n_classes)

        check_asked_again(made, of, seed=seed, what=f"{self.source.file}: predict answers")

    # -- a metric -----------------------------------------------------------------------------------------------

    def score(self, y: AnyArray, prediction: AnyArray, weight: Floats | None) -> float:
        """CodeError where it is no finite number."""
        ones = np.ones(len(y)) if weight is None else weight
        return answers.number(self._call("score", {"y": y, "prediction": prediction, "weight": ones}), self.source)

    # -- calls --------------------------------------------------------------------------------------------------

    def _fit(self, given: Mapping[str, Value]) -> Learned:
        try:
            answer = self._call("fit", given)
        except CodeError as error:
            if error.reason != "code/not-arrays":
                raise
            raise CodeError("code/state", error.message, line=error.line, do=_PLAIN) from error
        learned = answers.state_of(answer, self.source)
        check_storable(learned, self.source)
        return learned

    def _call(self, function: str, given: Mapping[str, Value]) -> Value:
        asked = self.source.shape.asks[function]
        arguments = {name: given[name] for name in asked}
        limits = self.limits if self.within is None else limits_within(self.within)
        try:
            return self.runner.call(self.source, function, arguments, limits=limits).value
        except CodeError as error:
            raise with_input(error, self.source.file, function, arguments) from error


_PLAIN = ("keep arrays, numbers, texts, lists and dicts with texts as keys",)


def limits_within(limits: Limits) -> CallLimits:
    """Of a call within a fit: at most what is left of it, a second at least."""
    left = max(limits.deadline.left, 1.0)
    usual = CallLimits()
    seconds = min(left, MOST_SECONDS)
    return CallLimits(
        wall_seconds=seconds, cpu_seconds=seconds, memory_bytes=limits.memory_bytes or usual.memory_bytes,
        answer_bytes=usual.answer_bytes,
    )  # fmt: skip
