"""What steps need to know beside the table: the text models of the machine, and how its columns were read."""

from assay.core.contract import Encoder, Step
from assay.embeddings.text_models import given
from assay.features import registry
from assay.features.row_text import informed
from assay.pipeline.store import TaskFolder


def built(step: Step, folder: TaskFolder) -> Encoder:
    """The step, with what it asks for."""
    return informed(given(registry.build(step), folder.text_models), folder.task.schema)
