"""The main job: a table and a question in, a lab with a model and its evidence out."""

from assay.core.views import Summary
from assay.data.options import TaskOptions
from assay.lab.run_context import RunContext
from assay.lab.single_fit import fit_once
from assay.models import registry as models
from assay.search.session_text_models import check_text_models
from assay.search.settings import FitSettings, check_researchers
from assay.search.task_setup import check_asked
from assay.search.validation_rows import check_alone


def fit(source: object, options: TaskOptions, settings: FitSettings, *, context: RunContext | None = None) -> Summary:
    """Run the main job and hand back its summary; the lab is written, the model saved.

    source: whatever data.read understands. The clock starts at context.started (process start for the command) or now.
    The same call again continues the lab; with nothing left to do it hands back the summary at once.
    Raises AssayError of the kind that fits; a lab begun stays sound whatever happens.
    """
    context, settings = context or RunContext(), settings.allowed(models)
    check_researchers(settings.researchers)
    check_asked(options, settings)
    check_alone(options, settings)
    check_text_models(settings)
    return fit_once(source, options, settings, context=context)
