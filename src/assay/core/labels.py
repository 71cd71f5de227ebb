"""The labelling rule of two classes: as requested, and as resulted."""

import math
import re
from dataclasses import dataclass
from typing import Literal

from assay.core.errors import TaskError, UsageError, Where
from assay.core.problem import Problem

_PAIR = re.compile(r"^(fp|fn)=(\S+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCost:
    """Cost of wrong labels, in any unit. fp: of a false positive; fn: of a false negative."""

    fp: float
    fn: float

    def __post_init__(self) -> None:
        for name, value in (("fp", self.fp), ("fn", self.fn)):
            if not (math.isfinite(value) and value > 0):
                raise UsageError(
                    f"A cost of {name}={value:g} is not possible. Give numbers above 0.", where=Where(option="--cost"),
                    do=("--cost fp=1,fn=5",),
                )  # fmt: skip

    @classmethod
    def parse(cls, text: str) -> "LabelCost":
        """ "fp=1,fn=5" in any order; UsageError for all else."""
        found: dict[str, float] = {}
        for part in text.replace(" ", "").split(","):
            match = _PAIR.match(part)
            try:
                found[match[1] if match else ""] = float(match[2]) if match else math.nan
            except ValueError:
                found[""] = math.nan
        if found.keys() != {"fp", "fn"}:
            raise UsageError(
                f"--cost {text!r} does not say what a false alarm costs (fp) and what a miss (fn).",
                where=Where(option="--cost"), do=("--cost fp=1,fn=5",),
            )  # fmt: skip
        return cls(fp=found["fp"], fn=found["fn"])

    @property
    def threshold(self) -> float:
        """The probability above which a label of the positive class is expected to cost less."""
        return self.fp / (self.fp + self.fn)

    @property
    def text(self) -> str:
        return f"fp={self.fp:g},fn={self.fn:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRule:
    """The requested labelling of two classes: above a threshold, at least cost, or best for the metric (neither)."""

    threshold: float | None = None
    cost: LabelCost | None = None

    def __post_init__(self) -> None:
        if self.threshold is not None and self.cost is not None:
            raise UsageError(
                "--threshold and --cost both say which label a row is given. Give one of them.",
                where=Where(option="--threshold"),
            )
        check_threshold(self.threshold)

    @property
    def text(self) -> str:
        """Canonical text, "" for neither."""
        if self.cost is not None:
            return f"cost {self.cost.text}"
        return "" if self.threshold is None else f"threshold {self.threshold!r}"

    def check(self, problem: Problem) -> None:
        """TaskError where the target is not of two classes."""
        if not self.text or problem.form == "probability":
            return
        option = "--cost" if self.cost is not None else "--threshold"
        what = "of more than two classes" if problem.is_class else "a number"
        raise TaskError(
            f"{option} is for a target of two classes; this one is {what}.", where=Where(option=option),
            do=(f"leave out {option}",),
        )  # fmt: skip


def check_threshold(threshold: float | None) -> None:
    """UsageError for a threshold that is no probability between 0 and 1."""
    if threshold is not None and not 0.0 < threshold < 1.0:
        raise UsageError(
            f"A threshold of {threshold:g} is not possible. Give a probability above 0 and below 1.",
            where=Where(option="--threshold"), do=("--threshold 0.3",),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelThreshold:
    """The shipped model's threshold, where it is not one half. positive: the class given above the threshold.

    by: what chose it. before, after: by the metric, or by mean cost of wrong labels, at one half and at the threshold,
    both out of fold, each row by a threshold of the other folds; None where nothing is measured.
    """

    threshold: float
    by: Literal["threshold", "cost", "metric"]
    cost: LabelCost | None = None
    before: float | None = None
    after: float | None = None

    @property
    def asked(self) -> LabelRule:
        """The request that led to it."""
        return LabelRule(threshold=self.threshold if self.by == "threshold" else None, cost=self.cost)
