"""What a job is expected to use of memory, before it is started."""

from dataclasses import replace

import pytest

from assay.core.job import Job
from assay.lab.lab import Lab
from assay.models import registry as models
from assay.search.memory_needs import MOST_COUNTS, MOST_NUMBERS, MemoryNeeds, kept_bytes


@pytest.fixture
def job(made, here):
    """A fold of the first experiment with a model of its own."""
    made(experiments=4)
    lab = Lab.open(here / "shop.lab")
    experiment = next(e.experiment for e in lab.state.scored() if e.experiment.recipe.model.name != "constant")
    yield Job(kind="fold", store=lab.folder.store, experiment=experiment)
    lab.close()


def test_a_fold_needs_what_its_family_says_of_so_many_rows(job, here):
    lab = Lab.open(here / "shop.lab")
    facts = lab.task.facts
    lab.close()
    assert MemoryNeeds()(job) == models.build(job.experiment.recipe.model).cost(facts).bytes > 0


def test_a_refit_needs_as_much_as_a_fit_on_all_rows_and_no_less_than_a_fold(job):
    needs = MemoryNeeds()
    assert needs(replace(job, kind="refit")) >= needs(job)


@pytest.mark.parametrize("kind", ["rescore", "importance", "measure"])
def test_what_fits_nothing_needs_no_room(job, kind):
    assert MemoryNeeds()(replace(job, kind=kind)) == 0


def test_what_a_worker_keeps_of_texts_is_counted_up_to_what_it_may_keep(job, here):
    lab = Lab.open(here / "shop.lab")
    facts = lab.task.facts
    lab.close()
    assert kept_bytes(replace(facts, text_chars=0.0)) == 0
    some, many = (kept_bytes(replace(facts, n_rows=rows, text_chars=700.0)) for rows in (1_000, 10_000_000))
    assert some > 1_000 * 700 * 8
    assert many == 8 * MOST_COUNTS + 4 * MOST_NUMBERS
