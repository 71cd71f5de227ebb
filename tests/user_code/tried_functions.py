"""Sources of functions through the steps and models that call them, on small tables."""

from assay.core.array import AnyArray
from assay.core.clock import Deadline, Limits
from assay.core.contract import Seeds, Table, Target
from assay.core.schema import Schema
from assay.features.code_step import CodeStep, FittedCodeStep, PlacedCodeStep
from assay.models.code_model import CodeModel, FittedCodeModel
from assay.sandbox.sandbox import CallLimits
from assay.testing.memory_view import MemoryView
from assay.testing.tables import Asked, folds_of, tiny_table, tiny_target
from assay.user_code.access import CodeAccess
from assay.user_code.runners import CodeRunner
from assay.user_code.source import CodeSource

NOTHING = Schema(columns=())
USUAL = CodeAccess().limits


def placed(
    source: CodeSource, runner: CodeRunner, *, schema: Schema = NOTHING, limits: CallLimits = USUAL
) -> PlacedCodeStep:
    """The step that calls a source, as a lab would have it."""
    step = CodeStep(source.digest, source.name).knowing(schema)
    return step.with_code(CodeAccess(runner=runner, known=(source,), limits=limits))


def fitted_step(
    text: str, runner: CodeRunner, *, problem: Asked = "regression", n: int = 120, limits: CallLimits = USUAL
) -> tuple[FittedCodeStep, Table]:
    """A step fitted as in a fold of a tiny table, and the training block."""
    table = tiny_table(n=n)
    step = placed(CodeSource("fault", text), runner, limits=limits)
    return step.fit_transform(table, tiny_target(problem, table), inner=folds_of(n), seeds=Seeds(7))


def fitted_model(
    text: str, runner: CodeRunner, *, problem: Asked = "binary", n: int = 120, seconds: float = 60.0
) -> FittedCodeModel:
    """A model fitted as in a fold of a tiny table without text and dates; its columns have missing cells."""
    source = CodeSource("fault", text)
    table = tiny_table(n=n, plain=True)
    target = tiny_target(problem, table)
    model = CodeModel(source.digest, source.name).with_code(CodeAccess(runner=runner, known=(source,)))
    return model.fit(MemoryView.of(table, target), limits=Limits(deadline=Deadline.after(seconds)), seeds=Seeds(7))


def new_values(made: Table, before: Table) -> AnyArray:
    """(n, k) of the columns that a step added."""
    return made.numeric[:, len(before.numeric_names) :]


def binary(table: Table) -> Target:
    """A target of two classes."""
    return tiny_target("binary", table)
