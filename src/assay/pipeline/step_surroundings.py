"""Steps and models of a recipe with what they need to know of the lab that they are fitted in."""

from assay.core.contract import Encoder, Model, Step
from assay.features import registry as steps
from assay.features.row_text import informed
from assay.models import registry as models
from assay.pipeline.store import TaskFolder


def built(step: Step, folder: TaskFolder) -> Encoder:
    """The step, with what it asks for."""
    return folder.surroundings.equipped(informed(steps.build(step), folder.task.schema))


def built_model(model: Step, folder: TaskFolder) -> Model:
    """The model, with what it asks for."""
    return folder.surroundings.equipped(informed(models.build(model), folder.task.schema))
