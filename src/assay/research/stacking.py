"""Stacking: second-level models on the out-of-fold predictions of the best first-level ones, beside the columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from assay.core.contract import Facts, LabView, Observation, ResearcherTraits
from assay.core.experiment import Experiment
from assay.models import traits_of
from assay.research import register
from assay.research.portfolio import FLOOR, entries

FEWEST_ROWS = 5000
"""Below it stacking did not beat the blend on held-out rows: on three tables of 2,000 to 3,500 rows it
lost a little."""
LEAST_SECONDS = 90.0
"""Least time left when the researchers before it are done; a search of less than 300 s does not get there."""
MOST_BELOW, MOST_COLUMNS = 4, 40
FEWEST_BELOW = 2
NESTED_COST = 2.0
"""Cost of nested columns relative to the experiment itself: K (K - 1) / 2 fits of (K - 2) / K of the rows, for K = 5,
with a margin."""
SHARE = 0.5
"""Most of the time left that may go into nested columns."""

ABOVE = ("linear", "lgb_small", "et")
"""Portfolio entries used as a second level, the cheapest and, on most tables, best one first."""


@register("stack")
@dataclass(frozen=True)
class Stack:
    """Proposes a few cheap models on the heaviest members of the blend (Wolpert, 1992), each once.

    Their inputs are those of the first one with a result, so that all of them share them.
    """

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(pool="bounded", queue=70)

    seed: int = 0
    name: str = "stack"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        on = _earlier_inputs(view) or _heaviest(view)
        if not _is_time(view) or len(on) < FEWEST_BELOW:
            return ()
        return tuple(self._proposals(view, on))[:n]

    def _proposals(self, view: LabView, on: tuple[int, ...]) -> Iterator[Experiment]:
        known = {entry.name: entry for entry in entries(view.facts, without=view.without)}
        numbers = " ".join(f"#{number}" for number in on)
        number = view.next_number
        for entry in (known[name] for name in ABOVE if name in known):
            above = dict(traits_of(entry.recipe.model.name).second_level)
            recipe = replace(entry.recipe, model=entry.recipe.model.with_params(**above), on=on)
            one = Experiment(
                number=number, recipe=recipe, what=f"{entry.what}, on {numbers}", by=self.name,
                question=f"Is there more in what {numbers} predicted than their weighted mean says?",
                parents=on, predicted_sigma=0.0, predicted_keep=0.1, seed=self.seed,
            )  # fmt: skip
            if one.recipe.key not in view.asked:
                yield one
                number += 1


def _is_time(view: LabView) -> bool:
    """With one partition (a holdout, or time) most rows have no out-of-fold prediction to learn from."""
    if view.partitions < 2 or view.facts.n_rows < FEWEST_ROWS:
        return False
    return view.seconds_left is None or view.seconds_left >= LEAST_SECONDS


def _earlier_inputs(view: LabView) -> tuple[int, ...]:
    """Inputs of an earlier second-level experiment; () before there is one."""
    return next((past.experiment.recipe.on for past in view.history if past.experiment.recipe.on), ())


def _heaviest(view: LabView) -> tuple[int, ...]:
    """Members of the blend that can be fitted again in time, the heaviest, in order of number."""
    able = [past for past in view.history if past.weight > 0 and _may_be_input(past, view.facts)]
    chosen: list[Observation] = []
    for past in sorted(able, key=lambda t: (-t.weight, t.experiment.number)):
        more = [*chosen, past]
        if len(more) <= MOST_BELOW and view.facts.n_outputs * len(more) <= MOST_COLUMNS and _affordable(more, view):
            chosen = more
    return tuple(sorted(past.experiment.number for past in chosen))


def _may_be_input(past: Observation, facts: Facts) -> bool:
    """Of the first level, of the first partition, and learned on the scale it answers on.

    A model of a transformed target has its mean corrected by held-out rows (pipeline.target_link), which nested columns
    must not see; a metric of logarithms needs no such correction.
    """
    one = past.experiment
    plain = one.recipe.transform == "identity" or facts.metric == "rmsle"
    return past.z is not None and one.entry not in FLOOR and not one.recipe.on and not one.partition and plain


def _affordable(below: Sequence[Observation], view: LabView) -> bool:
    if view.seconds_left is None:
        return True
    return NESTED_COST * sum(past.wall_seconds for past in below) <= SHARE * view.seconds_left
