"""The workers of a lab: which function they run, what they have imported, how much memory they may use."""

from assay.core.job import Executor, WorkerOptions
from assay.execute import registry as executors
from assay.lab.preload import PRELOAD
from assay.pipeline.machine import cores, free_memory
from assay.search.memory_needs import MemoryNeeds
from assay.search.settings import FitSettings

RUN = "assay.search.worker_jobs:run"


def executor_of(settings: FitSettings, *, inline: bool) -> Executor:
    """As the settings name it; inline: in this process, which is quicker for a search of seconds."""
    options = WorkerOptions(
        run=RUN, workers=settings.jobs or cores(), preload=PRELOAD, memory_bytes=settings.memory_bytes,
        needs=MemoryNeeds(), free=free_memory,
    )  # fmt: skip
    return executors.get("inline" if inline else settings.executor).start(options)
