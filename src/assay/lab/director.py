"""Who gets the next slot: a queue until the portfolio is done, then the researchers that search."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assay.core.contract import LabView, Told
from assay.core.experiment import Experiment
from assay.core.schema import Facts
from assay.lab.settings import RESEARCHERS
from assay.lab.state import LabState
from assay.research import registry as researchers


def told(state: LabState) -> tuple[Told, ...]:
    """What proposers may know: z rounded to half a sigma and cut to [-3, 3], never scores."""
    out = []
    for number, entry in state.entries.items():
        if entry.result is None or entry.experiment.by == "ensemble":
            continue
        z = None
        if entry.result.score is not None and entry.verdict is not None:
            raw = entry.verdict.against.z if entry.verdict.against is not None else 0.0
            z = round(2 * min(max(raw, -3.0), 3.0)) / 2  # cut first: without noise a difference is infinite
        out.append(
            Told(
                experiment=entry.experiment, status=entry.status, z=z,
                weight=state.weight_of(number), wall_seconds=entry.result.wall_seconds,
            )
        )  # fmt: skip
    return tuple(out)


@dataclass(frozen=True)
class Director:
    """Asks the researchers in the queue's order; the first with something to say gets the slot."""

    facts: Facts
    without: frozenset[str]
    seed: int
    queue: tuple[str, ...] = RESEARCHERS

    def view(self, state: LabState, *, seconds_left: float | None, passed: frozenset[str] = frozenset()) -> LabView:
        """What researchers see; `passed` are recipes that were proposed and cannot be afforded now."""
        asked = passed | {entry.experiment.recipe.key for entry in state.entries.values()}
        return LabView(
            facts=self.facts, without=self.without, asked=asked, told=told(state),
            seconds_left=seconds_left, next_number=state.next_number,
        )  # fmt: skip

    def ask(
        self, state: LabState, *, n: int, seconds_left: float | None, passed: frozenset[str] = frozenset()
    ) -> Sequence[Experiment]:
        """At most n new experiments, numbered; none when nobody has anything left to propose."""
        view = self.view(state, seconds_left=seconds_left, passed=passed)
        for name in self.queue:
            researcher = replace(researchers.get(name)(), seed=self.seed)  # type: ignore[type-var]  # our researchers are dataclasses with a seed
            proposals = researcher.ask(view, n=n)
            if proposals:
                return proposals
        return ()
