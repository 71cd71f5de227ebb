"""The members of a blend that are fitted on all rows, and how far each is grown."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from assay.core.clock import Deadline
from assay.core.job import Job
from assay.ensemble.candidate import Blend
from assay.models import traits_of
from assay.models.cheaper_variants import faster
from assay.search.second_level import with_below
from assay.search.session import Session
from assay.search.time_reserve import REFIT_ROUNDS, SAMPLED_GROWTH, USED, affordable, refit_seconds
from assay.ship.shipping import has_bag

GROWN = 0.6
"""Share of the remaining time for more trees: a forest that is late is lost with all of them."""
MOST_TREES = 4.0
"""A bag's refit ships in the place of five fold models and a refit, and grows up to so many times a fold's trees: few
fully grown ones rank rows of a rare class badly (docs/log.md)."""
MOST_BAG_BYTES = 36e6
"""Of all grown bags together, as fitted; on disk it is about a third."""


@dataclass(frozen=True)
class Refitting:
    """Jobs that fit a blend's members on all rows. copies: models of an experiment that ship as planned
    (shipping.copies_of). beside: seconds of a worker that another job may take meanwhile.
    """

    session: Session
    copies: int
    beside: float = 0.0

    def jobs(self, chosen: Blend, hard: Deadline) -> list[Job]:
        """Refits that can end in time, the longest first; members left out ship as their fold models."""
        shipped = with_below(self.session.state, chosen.numbers)
        if self.copies == self.session.folder.split.n_folds > 1:
            lost = [n for n in shipped if not has_bag(self.session.folder, self.session.state.entries[n].experiment)]
            return [self._job(number) for number in lost]
        longest = math.inf if self.session.is_exact else (1.0 if self.copies > 1 else USED) * hard.left
        heaviest_first = sorted(shipped, key=lambda n: -chosen.weight_of(n))
        taken = affordable(heaviest_first, self._seconds, longest=longest, workers=self.session.workers)
        if not taken and self.session.folder.refit_growth >= SAMPLED_GROWTH:
            first = chosen.numbers[0]
            return [self._hurried(first, max(self._seconds(first) / max(longest, 0.1), 1.0))]
        trees = self._trees(taken, longest)
        longest_first = sorted(taken, key=lambda n: -self._seconds(n))
        return [self._job(number, trees=trees.get(number)) for number in longest_first]

    def idle_seconds(self, jobs: Sequence[Job], hard: Deadline) -> float:
        """Of one worker until then, beside these refits; 0 where forests grow as far as there is time."""
        if self.session.is_exact or any(traits_of(job.experiment.recipe.model.name).is_bag for job in jobs):
            return 0.0
        needed = sum(self._seconds(job.experiment.number) for job in jobs)
        return USED * max(min(hard.left, self.session.workers * hard.left - needed), 0.0)

    def _seconds(self, number: int) -> float:
        return refit_seconds(self.session.state, number, growth=self.session.folder.refit_growth)

    def _trees(self, taken: Sequence[int], longest: float) -> dict[int, int]:
        """Trees of the bags among them whose fold models do not ship beside the refit, as time and size allow."""
        entries = self.session.state.entries
        bags = [n for n in taken if traits_of(entries[n].experiment.recipe.model.name).is_bag]
        if not bags or self.copies <= self.session.folder.split.n_folds:
            return {}
        needed = sum(self._seconds(n) for n in taken) + self.beside
        spare = max(longest * self.session.workers - needed, 0.0) / len(bags)
        return {n: trees for n in bags if (trees := self._trees_of(n, spare, longest, MOST_BAG_BYTES / len(bags)))}

    def _trees_of(self, number: int, spare: float, longest: float, most_bytes: float) -> int | None:
        result, seconds = self.session.state.entries[number].result, self._seconds(number)
        grown = [fold.rounds_done for fold in result.folds if fold.rounds_done] if result is not None else []
        if result is None or not grown:
            return None
        in_time = min(1.0 + GROWN * spare / max(seconds, 1e-3), GROWN * longest / max(seconds, 1e-3))
        in_size = most_bytes / max(self.session.folder.refit_growth * result.model_bytes, 1.0)
        return round(median(grown) * max(min(MOST_TREES, in_time, in_size), 1.0))

    # -- jobs ---------------------------------------------------------------------------------------------------

    def _rounds(self, number: int) -> int | None:
        result = self.session.state.entries[number].result
        return None if result is None else result.rounds

    def _job(self, number: int, *, trees: int | None = None) -> Job:
        rounds = self._rounds(number)
        grown = trees if rounds is None else max(1, round(REFIT_ROUNDS * rounds))
        experiment = self.session.state.entries[number].experiment
        return Job(kind="refit", store=self.session.folder.store, experiment=experiment, rounds=grown)

    def _hurried(self, number: int, factor: float) -> Job:
        """The one refit of a search on a sample, with so many times fewer rounds at a higher learning rate."""
        job, rounds = self._job(number), self._rounds(number)
        if factor == 1.0 or rounds is None:
            return job
        fewer = max(1, round(REFIT_ROUNDS * rounds / factor))
        recipe = job.experiment.recipe
        hurried = replace(job.experiment, recipe=replace(recipe, model=faster(recipe.model, factor)))
        self.session.journal.write("hurried", {"factor": factor, "rounds": fewer}, experiment=number)
        return replace(job, experiment=hurried, rounds=fewer)
