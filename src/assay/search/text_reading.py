"""Texts of a lab are read by its pretrained encoders once, before any fit waits for vectors."""

from dataclasses import replace

from assay.core.clock import Deadline
from assay.core.experiment import Experiment
from assay.core.job import Executor, Job
from assay.core.recipe import Recipe, Step
from assay.core.result import Failure
from assay.core.task import Notice
from assay.core.text_model import TextModel
from assay.models.text_recipes import is_row_read, row_vectors, vectors
from assay.pipeline.store import TaskFolder
from assay.search.session_text_models import UNUSED, SessionTextModels

LEAST_SECONDS = 1.0
"""In which texts that are kept already are found."""
READS = Step.of("constant")


def read_all(found: SessionTextModels, folder: TaskFolder, executor: Executor, *, seconds: float) -> SessionTextModels:
    """The models, without those by which the texts could not be read now: in jobs of their own, on all workers, before
    any fit waits for vectors. seconds: until the jobs of all models are ended.
    """
    kept, notices, deadline = list[TextModel](), list(found.notices), Deadline.after(seconds)
    for model in found.models:
        failed = _read(model, folder, executor, max(deadline.left, LEAST_SECONDS))
        if failed is None:
            kept.append(model)
        else:
            message = f"the text model {model.name} is not used: {failed.message}"
            notices.append(Notice(code=UNUSED, message=message))
    return replace(found, models=tuple(kept), notices=tuple(notices))


def _read(model: TextModel, folder: TaskFolder, executor: Executor, seconds: float) -> Failure | None:
    steps: list[tuple[Step, ...]] = [(vectors(model),)]
    steps += [row_vectors(model)] if is_row_read(model, folder.task.facts) else []
    parts = max(1, executor.workers)
    jobs = [
        Job(
            kind="read", store=folder.store, copies=(part, parts), seconds=seconds, hard_seconds=seconds,
            experiment=Experiment(number=0, recipe=Recipe(steps=one, model=READS), what="", question="", by=""),
        )
        for one in steps
        for part in range(parts)
    ]  # fmt: skip
    outcomes = [future.result() for future in [executor.submit(job, deadline=Deadline.after(seconds)) for job in jobs]]
    return next((one for one in outcomes if isinstance(one, Failure)), None)
