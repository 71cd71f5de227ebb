"""What a predictor knows of its task: what it answers, from which columns, and how well."""

from dataclasses import dataclass, field

from assay.core.figure import Figure
from assay.core.schema import Label, Problem, Schema
from assay.core.task import Task
from assay.ensemble.calibrate import Calibration
from assay.ensemble.combine import Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Passport:
    """The facts of a predictor; stored in its manifest and schema.

    expected: the score to promise on new rows, None if none may be promised. threshold: of the positive class's
    probability (binary). scale: where members are averaged. rows: those it learned from. task: hash of the question.
    """

    target: str
    problem: Problem
    classes: tuple[Label, ...]
    metric: str
    metric_title: str
    schema: Schema
    rows: int
    task: str = ""
    expected: Figure | None = None
    threshold: float = 0.5
    scale: Scale = "plain"
    calibration: Calibration = field(default=Calibration())

    @classmethod
    def of(cls, task: Task, *, metric_title: str = "") -> "Passport":
        """The facts a task knows; the rest is set with `dataclasses.replace`."""
        return cls(
            target=task.target, problem=task.problem, classes=task.classes, metric=task.metric,
            metric_title=metric_title or task.metric, schema=task.schema, rows=task.n_rows, task=task.hash,
        )  # fmt: skip
