"""The workers of a lab: which function they run, what they have imported, how much memory they may use."""

from assay.core.contract import Executor
from assay.execute.inline import InlineExecutor
from assay.execute.local import LocalExecutor
from assay.execute.memory_budget import MemoryBudget
from assay.lab.preload import PRELOAD
from assay.pipeline.machine import cores, free_memory
from assay.search.memory_needs import MemoryNeeds
from assay.search.settings import FitSettings
from assay.search.worker_jobs import run

RUN = "assay.search.worker_jobs:run"


def executor_of(settings: FitSettings, *, inline: bool) -> Executor:
    """Processes as many as asked for, or this process itself (inline), which is quicker for a search of seconds."""
    if inline:
        return InlineExecutor(run)
    return LocalExecutor(
        RUN, workers=settings.jobs or cores(), preload=PRELOAD, memory_bytes=settings.memory_bytes,
        memory_budget=MemoryBudget(needs=MemoryNeeds(), free=free_memory),
    )  # fmt: skip
