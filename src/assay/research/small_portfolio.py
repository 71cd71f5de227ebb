"""The portfolio's cheapest configurations, for budgets of seconds, chosen without reading a clock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from assay.core.contract import LabView
from assay.core.experiment import Experiment, Pool
from assay.research import register
from assay.research.portfolio import Portfolio

ORDER = ("linear", "lgb_small", "et")
"""A linear model, small trees, then a forest: diverse, and the cheapest of their kind. Names, as
three are all that so short a search has time for."""


@register("small")
@dataclass(frozen=True)
class SmallPortfolio:
    """Proposes the portfolio's cheapest entries, each once.

    Its experiments are attributed to the portfolio, which holds their settings.
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
