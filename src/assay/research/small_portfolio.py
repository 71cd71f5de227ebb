"""The few configurations a tiny budget can pay for: a piece of the portfolio, chosen without looking at a clock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from assay.core.contract import LabView
from assay.core.experiment import Experiment, Pool
from assay.research import register
from assay.research.portfolio import Portfolio

ORDER = ("linear", "lgb_small", "et")
"""A linear model, small trees, then a forest: different from each other, and the cheapest of their kind."""


@register("small")
@dataclass(frozen=True)
class SmallPortfolio:
    """Asks for the portfolio's cheapest entries, each once; says nothing when they are done.

    Its experiments are by the portfolio, for that is where their settings are kept.
    """

    pool: ClassVar[Pool] = "fixed"

    seed: int = 0
    name: str = "small"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        found = {
            experiment.entry: experiment for experiment in Portfolio(self.seed, only=ORDER).ask(view, n=len(ORDER))
        }
        wanted = [found[name] for name in ORDER if name in found][:n]
        return tuple(replace(one, number=view.next_number + i) for i, one in enumerate(wanted))
