"""What comes of jobs that the recipes are not to blame for."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from assay.core.errors import StorageError
from assay.core.experiment import Experiment
from assay.core.job import Job, LocalStore
from assay.core.recipe import Recipe, Step
from assay.core.result import Failure
from assay.search.experiment_run import ExperimentRun
from assay.search.job_outcomes import OutcomeHandler


def test_a_full_disk_ends_the_search_and_leaves_the_experiment_open():
    experiment = Experiment(number=3, recipe=Recipe(model=Step.of("linear")), what="", question="", by="portfolio")
    run = ExperimentRun(experiment, 5, races=False, fold_seconds=1.0)
    job = run.start("fold", 0, store=LocalStore(Path("shop.lab")), seconds=1.0)
    session = SimpleNamespace(folder=SimpleNamespace(path=Path("shop.lab")))
    outcomes = OutcomeHandler(SimpleNamespace(session=session), None, {3: run})
    with pytest.raises(StorageError, match=r"shop.lab cannot be written: No space left on device\."):
        outcomes.take(run, job, Failure(kind="disk", step="", message="No space left on device"))
    assert run.failure is None
    assert outcomes.runs == {3: run}


def test_a_job_that_was_started_is_not_started_again_until_it_is_done():
    experiment = Experiment(number=3, recipe=Recipe(model=Step.of("linear")), what="", question="", by="portfolio")
    run = ExperimentRun(experiment, 2, races=False, fold_seconds=1.0)
    first = run.start(*run.next_job(), store=LocalStore(Path()), seconds=1.0)
    second = run.start(*run.next_job(), store=LocalStore(Path()), seconds=1.0)
    assert (first.fold, second.fold, run.next_job()) == (0, 1, None)
    run.done(first)
    assert run.next_job() == ("fold", 0)
    assert isinstance(first, Job)
