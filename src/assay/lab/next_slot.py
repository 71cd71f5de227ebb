"""The director of a lab, and what it would give the next free slot to."""

from functools import cache, partial

from assay.core.clock import Budget
from assay.core.experiment import Experiment
from assay.pipeline.store import TaskFolder
from assay.search.applicable_steps import applicable_steps
from assay.search.barred_facts import facts_without
from assay.search.director import Director
from assay.search.known_so_far import columns_of
from assay.search.scorer import Scorer
from assay.search.settings import FitSettings
from assay.search.stored_settings import settings_as_before
from assay.views.open_lab import OpenLab


def director_of(folder: TaskFolder, scorer: Scorer, settings: FitSettings) -> Director:
    """Who decides whose turn it is, in a lab with these settings."""
    return Director(
        facts=folder.task.facts, without=settings.without, families=settings.families, seed=settings.seed,
        names=settings.proposers,
        partitions=folder.split.n_repeats, higher_is_better=scorer.metric.higher_is_better,
        sigma=lambda state: scorer.noise(state).sigma, applicable_steps=cache(partial(applicable_steps, folder)),
        facts_without=cache(partial(facts_without, folder)),
        columns=columns_of(folder.task),
    )  # fmt: skip


def next_slot(lab: OpenLab) -> Experiment | None:
    """What would be tried next as things stand, whatever time is left; None where nothing is left to propose."""
    director = director_of(lab.folder, lab.scorer, settings_as_before(lab.state, out=str(lab.path), budget=Budget()))
    waiting = director.confirmations(lab.state, n=1)
    found = waiting or director.ask(lab.state, n=1, seconds_left=None)
    return found[0] if found else None
