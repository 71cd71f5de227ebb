"""Facts of a predictor's task: target, columns, training rows, and the expected score."""

from dataclasses import dataclass, field

from assay.core.candidates import Candidates
from assay.core.figure import Figure
from assay.core.labels import LabelThreshold
from assay.core.problem import Problem
from assay.core.schema import Label, Schema
from assay.core.task import Task
from assay.ensemble.calibrate import Calibration
from assay.ensemble.combine import LogitModel, Scale
from assay.ensemble.conformal import Conformal
from assay.ensemble.labelling import Labelling


@dataclass(frozen=True, slots=True, kw_only=True)
class Passport:
    """The facts of a predictor; stored in its manifest and schema.

    expected: the score to promise on new rows, None if none may be promised. threshold: of the positive class's
    probability (binary). scale: where members are averaged; learned: what combines those with weight in
    place of the average, in their order. rows: those it learned from. task: hash of the question.
    sheet, raw: how the file it learned from was read, and new ones are: the sheet, repairs of the file refused.
    multipliers, cuts: how labels follow from the probabilities of several classes (ensemble.threshold), () for the
    likeliest. labels: what chose the threshold, where that is not one half. conformal: what holds the truth how often:
    intervals of numbers, sets of classes. head: number and hash of its lab's last record when it was saved
    (ledger.anchor), "" where it has no lab. candidates: which labels may come out for which value of a column.
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
    multipliers: tuple[float, ...] = ()
    cuts: tuple[float, ...] = ()
    labels: LabelThreshold | None = None
    scale: Scale = "plain"
    learned: LogitModel | None = None
    calibration: Calibration = field(default=Calibration())
    conformal: Conformal = field(default=Conformal())
    sheet: str = ""
    raw: tuple[str, ...] = ()
    head: str = ""
    candidates: Candidates | None = None

    def __post_init__(self) -> None:
        k, calibrated = len(self.classes), len(self.calibration.curves)
        if len(self.multipliers) not in (0, k) or (self.cuts and len(self.cuts) != k - 1):
            raise ValueError(f"Labels of {k} classes need {k} multipliers, {k - 1} cuts, or neither.")
        if calibrated not in (0, 1 if k == 2 else k):
            raise ValueError(f"{calibrated} curves do not calibrate {k} classes.")
        if self.labels is not None and self.labels.threshold != self.threshold:
            raise ValueError(f"Labels above {self.labels.threshold} and above {self.threshold} are two things.")
        if len(self.conformal.cuts) not in (0, k) or (self.conformal.below and k):
            raise ValueError(f"{len(self.conformal.cuts)} cuts of coverage do not go with {k} classes.")
        if self.candidates is not None:
            self.candidates.check(n_classes=k, n_values=len(self.candidates.labels))
        _ = self.labelling  # refuses numbers that make none

    @property
    def unit(self) -> str:
        """Unit of predictions: "seconds" of a duration; "" for all else, which is as in the training file."""
        return "" if self.classes or self.target not in self.schema.names else self.schema[self.target].unit

    @property
    def labelling(self) -> Labelling:
        """How probabilities become labels."""
        return Labelling(threshold=self.threshold, multipliers=self.multipliers, cuts=self.cuts)

    @classmethod
    def of(cls, task: Task, *, metric_title: str = "") -> "Passport":
        """The facts a task knows; the rest is set with `dataclasses.replace`."""
        return cls(
            target=task.target, problem=task.problem, classes=task.classes, metric=task.metric,
            metric_title=metric_title or task.metric, schema=task.schema, rows=task.n_rows, task=task.hash,
            sheet=task.sheet, raw=task.raw, candidates=task.candidates,
        )  # fmt: skip
