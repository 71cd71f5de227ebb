"""The contract of functions that people bring, as checks without a lab: `check_code("ratio.py")`."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray
from assay.core.contract import Limits, Seeds, Table, Target
from assay.core.errors import CodeError
from assay.features.code_step import CodeStep
from assay.models.code_model import CodeModel
from assay.models.code_post import PREDICTION, CodePost
from assay.sandbox.rows import Rows
from assay.sandbox.sandbox import CallLimits, Sandbox
from assay.sandbox.wire import Value
from assay.testing.code_rows import Cells, encoded, predictions_for, rows_for, stacked
from assay.testing.encoders import through_disk
from assay.testing.memory_view import MemoryView
from assay.testing.tables import PROBLEMS, Asked, all_missing, all_unseen, folds_of
from assay.user_code.access import CodeAccess, may_run
from assay.user_code.calls import Functions
from assay.user_code.function_contract import CodeKind
from assay.user_code.runners import CodeRunner, SandboxRunner, TrustedRunner
from assay.user_code.source import CodeSource, read_source

SECONDS = 20.0
"""Of one call, on so few rows."""
_LIMITS = CallLimits(wall_seconds=SECONDS, cpu_seconds=SECONDS)
_SEEDS = Seeds(7)
_SEEN = 100
"""Rows that are learned from; those after them are new."""


@dataclass(frozen=True, slots=True)
class CheckedCode:
    """kind: of the functions; problems: on which they were tried; columns: that a step makes, by name."""

    kind: CodeKind
    problems: tuple[Asked, ...]
    columns: tuple[str, ...] = ()


def check_code(
    path: str | os.PathLike[str], *, rows: Mapping[str, Cells] | None = None, problems: Sequence[Asked] | None = None,
    trust: bool = False,
) -> CheckedCode:  # fmt: skip
    """Run the functions of a file as the folds of a lab do, on small tables, in the sandbox.

    rows: columns of one's own in place of the made-up ones, by name: numbers, texts or dates, None for missing.
    problems: those it must be fit for, all by default; of a metric, one of them at least. trust: without the sandbox.
    Raises CodeError, which says what is wrong with a function, on which line and on what; AssertionError for a metric
    that breaks a law of metrics.
    """
    source = read_source(Path(path)).checked(trusted=trust)
    with _runner(trust=trust) as runner:
        check = _Check(source, CodeAccess(runner=runner, known=(source,), limits=_LIMITS), rows)
        checks: dict[CodeKind, Callable[[Asked], tuple[str, ...]]] = {"step": check.step, "model": check.model}
        if source.shape.kind == "metric":
            return CheckedCode("metric", check.metric(problems))
        tried = tuple(problems or check.problems())
        columns = [name for problem in tried for name in checks[source.shape.kind](problem)]
    return CheckedCode(source.shape.kind, tried, tuple(dict.fromkeys(columns)))


def call_code(path: str | os.PathLike[str], function: str, *, trust: bool = False, **given: Value) -> Value:
    """What a function of a file answers, in the sandbox. given: its arguments; X may be a dict of columns, each a list
    of numbers, or of texts, with None for what is missing. CodeError says how it failed.
    """
    arguments = {name: _rows(value) if name == "X" else value for name, value in given.items()}
    source = read_source(Path(path)).checked(trusted=trust)
    with _runner(trust=trust) as runner:
        return runner.call(source, function, arguments, limits=_LIMITS).value


@contextmanager
def _runner(*, trust: bool) -> Iterator[CodeRunner]:
    if trust:
        yield TrustedRunner()
        return
    with Sandbox() as sandbox:
        yield SandboxRunner(sandbox)


def _rows(given: Value) -> Value:
    if not isinstance(given, Mapping):
        return given
    columns = {str(name): _column(list(cells)) for name, cells in given.items()}
    return Rows(columns, len(next(iter(columns.values()), ())))


def _column(cells: Cells) -> AnyArray:
    if any(isinstance(cell, str) for cell in cells):
        return np.array(cells, dtype=np.object_)
    return np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Check:
    source: CodeSource
    access: CodeAccess
    rows: Mapping[str, Cells] | None

    def problems(self) -> tuple[Asked, ...]:
        """Those that it can be asked about, where nobody says which."""
        if self.source.shape.kind == "step" and not self.source.shape.reads_target:
            return PROBLEMS[:1]
        one_number: tuple[Asked, ...] = ("binary", "regression")
        return one_number if self._corrects and PREDICTION in self.source.named else PROBLEMS

    @property
    def _corrects(self) -> bool:
        """Whether a model corrects predictions: its X has names then."""
        return self.source.shape.kind == "model" and bool(self.source.named)

    def step(self, problem: Asked) -> tuple[str, ...]:
        """Fitted and asked as in a fold; the names of its columns."""
        table, schema, target = rows_for(problem, self.rows)
        seen, new = np.arange(_SEEN), table.take(np.arange(_SEEN, table.n_rows))
        step = may_run(CodeStep(self.source.digest, self.source.name).knowing(schema), self.access)
        with self._on(problem):
            fitted, _ = step.fit_transform(table.take(seen), target.take(seen), inner=folds_of(_SEEN), seeds=_SEEDS)
            made = fitted.values(new)
        for what, few in _others(new):
            with self._on(problem, what):
                fitted.values(few)
        again = may_run(CodeStep.restore(through_disk(fitted.state())), self.access)
        same = np.array_equal(again.values(new), made, equal_nan=True)
        _require(same, f"{self.source.file}: read again from disk, transform answers otherwise.")
        return fitted.names

    def model(self, problem: Asked) -> tuple[str, ...]:
        """Fitted and asked as in a fold."""
        table, schema, target = rows_for(problem, self.rows, plain=True)
        placed = CodePost(self.source.digest, self.source.name).knowing(schema) if self._corrects else None
        model = placed or CodeModel(self.source.digest, self.source.name)
        view = MemoryView.of(stacked(table, target) if self._corrects else encoded(table, target), target)
        test = view.table("test")
        with self._on(problem):
            fitted = model.with_code(self.access).fit(view, limits=Limits(), seeds=_SEEDS)
            made = fitted.predict(test)
        for what, few in (("one row", test.take(np.arange(1))), ("no rows", test.take(np.arange(0)))):
            with self._on(problem, what):
                fitted.predict(few)
        kind = CodePost if self._corrects else CodeModel
        again = may_run(kind.restore(through_disk(fitted.state())), self.access)
        same = np.array_equal(again.predict(test), made)
        _require(same, f"{self.source.file}: read again from disk, predict answers otherwise.")
        return ()

    def metric(self, problems: Sequence[Asked] | None) -> tuple[Asked, ...]:
        """Scored as a leaderboard does; the problems that it is for."""
        done, refused = [], None
        for problem in problems or PROBLEMS:
            try:
                with self._on(problem):
                    self._score(rows_for(problem, None)[2])
            except CodeError as error:
                if problems:
                    raise
                refused = refused or error
            else:
                done.append(problem)
        if refused is not None and not done:
            raise refused
        return tuple(done)

    def _score(self, target: Target) -> None:
        source, constants = self.source, self.source.shape.constants
        functions = Functions(source=source, runner=self.access.runs(source), limits=_LIMITS)
        right = predictions_for(target, labels=constants.get("NEEDS") == "label" and target.is_class)
        rng = _SEEDS.child("metric").rng()
        order, times = rng.permutation(len(target)), rng.integers(1, 4, len(target))
        wrong, repeated = right[order], np.repeat(np.arange(len(target)), times)

        def score(rows: AnyArray, prediction: AnyArray, weight: AnyArray | None = None) -> float:
            return functions.score(target.values[rows], prediction[rows], weight)

        all_rows = np.arange(len(target))
        best, worse = score(all_rows, right), score(all_rows, wrong)
        _require_near(score(all_rows, right), best, f"{source.file}: score answers differently when it is asked again")
        _require_near(score(order, wrong), worse, f"{source.file}: score depends on the order of rows")
        if "weight" in source.shape.asks["score"]:
            weighted, counted = score(all_rows, wrong, times.astype(np.float64)), score(repeated, wrong)
            _require_near(weighted, counted, f"{source.file}: weight is not how often a row counts")
        sign = 1.0 if constants.get("HIGHER_IS_BETTER", True) else -1.0
        said = "HIGHER_IS_BETTER = False is missing" if sign > 0 else "HIGHER_IS_BETTER = False should not be there"
        _require(
            sign * (best - worse) >= 0,
            f"{source.file}: predictions that are right score {best:g}, and shuffled ones {worse:g}; {said}, or the "
            "score is turned round.",
        )

    @contextmanager
    def _on(self, problem: Asked, rows: str = "") -> Iterator[None]:
        """An error inside says of which problem and rows it is."""
        try:
            yield
        except CodeError as error:
            where = f"{problem}, {rows}" if rows else problem
            message = f"{error.message.removesuffix('.')} (on {where})."
            if self.rows is None and "there is no column" in message:
                message += ' Give columns of your own: check_code(path, rows={"price": [1.5, None, 2.0]}).'
            raise CodeError(error.reason, message, line=error.line, where=error.where, do=error.do) from error


def _others(new: Table) -> Sequence[tuple[str, Table]]:
    return (
        ("one row", new.take(np.arange(1))), ("no rows", new.take(np.arange(0))),
        ("rows without a single value", all_missing(new)), ("rows of categories never seen", all_unseen(new)),
    )  # fmt: skip


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise AssertionError(message)


def _require_near(one: float, other: float, message: str) -> None:
    _require(bool(np.isclose(one, other, rtol=1e-6, atol=1e-9)), f"{message}: {one:g} and {other:g}.")
