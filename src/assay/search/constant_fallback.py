"""The constant model, fitted where a search ended before it had any model."""

import math

from assay.core.clock import Deadline
from assay.core.experiment import Experiment
from assay.core.task import Notice
from assay.execute.inline import InlineExecutor
from assay.journal.state import LabState
from assay.pipeline.store import TaskFolder
from assay.report.phrases import seconds_text
from assay.research.portfolio import CONSTANT, OWN_NAME, entries
from assay.search.experiment_run import taken_up
from assay.search.job_outcomes import OutcomeHandler
from assay.search.session import Session
from assay.search.settings import FitSettings
from assay.search.worker_jobs import run

ONLY_CONSTANT = "budget/only-constant"


def fit_constant(session: Session, outcomes: OutcomeHandler) -> None:
    """Fit and score the constant in this process, in milliseconds, recorded like any experiment.

    Nothing is done where it was tried before or is left out (--without); an error is recorded as a failure.
    """
    folder, journal, settings = session.folder, session.journal, session.settings
    experiment = _experiment(folder, journal.state, settings)
    if experiment is None:
        return
    if experiment.number not in journal.state.entries:
        journal.write("asked", experiment, experiment=experiment.number)
    experiment_run = taken_up(folder, journal.state.entries[experiment.number])
    executor = InlineExecutor(run)
    if experiment_run.is_ended:  # its folds were recorded, its result was not
        outcomes.end(experiment_run)
    while (step := experiment_run.next_job()) is not None:
        job = experiment_run.start(*step, store=folder.store, seconds=math.inf)
        outcomes.take(experiment_run, job, executor.submit(job, deadline=Deadline()).result())


def only_constant(state: LabState) -> tuple[Notice, ...]:
    """A warning where time let nothing but the constant be scored, and it ships; else ()."""
    end = state.end
    if end is None or end.stopped_by != "time" or any(one.experiment.entry != CONSTANT for one in state.scored()):
        return ()
    return (Notice(code=ONLY_CONSTANT, message=constant_words(state), do="--time-limit 5m"),)


def constant_words(state: LabState) -> str:
    """ "only the constant could be fitted in 5.0 s: give more time" """
    session = state.session
    limit = "" if session is None or session.seconds is None else f" in {seconds_text(session.seconds)}"
    return f"only the constant could be fitted{limit}: give more time, this model knows nothing of the columns"


def _experiment(folder: TaskFolder, state: LabState, settings: FitSettings) -> Experiment | None:
    """The constant as already proposed and not ended, else a new one; None where it ended or is not wanted."""
    asked = [entry for entry in state.entries.values() if entry.experiment.entry == CONSTANT]
    if asked:
        return asked[0].experiment if asked[0].result is None else None
    offered = entries(folder.task.facts, without=settings.without, purpose=settings.wanted.name)
    found = next((entry for entry in offered if entry.name == CONSTANT), None)
    if found is None:
        return None
    return Experiment(
        number=state.next_number, recipe=found.recipe, what=found.what, by=OWN_NAME, entry=CONSTANT, pool="fixed",
        seed=settings.seed, question=f"How far does {found.what} get on these columns?",
    )  # fmt: skip
