"""A score that ends a search once it is reached."""

import re
from dataclasses import dataclass

from assay.core.contract import Metric
from assay.core.errors import UsageError, Where, nearest_names
from assay.metrics import registry as metrics

_FORM = re.compile(r"^\s*([A-Za-z_]\w*)\s*(>=|<=|>|<|=)\s*([-+]?\d*\.?\d+(?:[eE][-+]?\d+)?)\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreGoal:
    """metric: its registered name; above: whether the score has to reach the value from below."""

    metric: str
    above: bool
    value: float

    @classmethod
    def parse(cls, text: str) -> "ScoreGoal":
        """ "roc_auc>=0.9", "log_loss<=0.3"; UsageError for all else."""
        match = _FORM.match(text)
        if match is None or match[2] == "=":
            raise UsageError(
                f"--goal {text!r} does not say which score to reach.", where=Where(option="--goal"),
                do=("--goal 'roc_auc>=0.9'", "--goal 'log_loss<=0.3'"),
            )  # fmt: skip
        return cls(metric=match[1], above=match[2].startswith(">"), value=float(match[3]))

    @property
    def text(self) -> str:
        return f"{self.metric}{'>=' if self.above else '<='}{self.value:g}"

    def check(self, metric: Metric) -> None:
        """UsageError where it is of another metric than the lab's, or asks for a worse score than any."""
        if self.metric != metric.name:
            is_known = self.metric in metrics
            near = (metric.name,) if is_known else nearest_names(self.metric, metrics.names()) or (metric.name,)
            what = "the lab is judged by another metric" if is_known else "no metric is called so"
            raise UsageError(
                f"--goal {self.text}: {what}; its own is {metric.name}.", where=Where(option="--goal"), nearest=near,
                do=(f"--goal '{metric.name}{'>=' if metric.higher_is_better else '<='}VALUE'",),
            )  # fmt: skip
        if self.above != metric.higher_is_better:
            better = "higher" if metric.higher_is_better else "lower"
            sign = ">=" if metric.higher_is_better else "<="
            raise UsageError(
                f"--goal {self.text}: of {metric.name} {better} is better.", where=Where(option="--goal"),
                do=(f"--goal '{metric.name}{sign}{self.value:g}'",),
            )  # fmt: skip
        low, high = metric.bounds
        if not low <= self.value <= high:
            raise UsageError(
                f"--goal {self.text}: {metric.name} lies between {low:g} and {high:g}.", where=Where(option="--goal"),
                do=(f"--goal '{metric.name}{'>=' if metric.higher_is_better else '<='}VALUE'",),
            )  # fmt: skip

    def is_met(self, score: float) -> bool:
        """Whether a score reaches it."""
        return score >= self.value if self.above else score <= self.value
