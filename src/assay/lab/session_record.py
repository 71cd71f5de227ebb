"""What a session records of itself, and whether an end of one opens a vault."""

import math
import os
import platform
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

from assay.core.job import Executor
from assay.core.text_model import TextModel
from assay.core.views import StoppedBy
from assay.embeddings.installed import NEEDS
from assay.evidence.judge import HELD
from assay.journal.records import SessionRecord
from assay.journal.state import LabState
from assay.models import registry as models
from assay.search.settings import FitSettings
from assay.search.stored_settings import stored_settings

LIBRARIES = ("assay-ml", "numpy", "pandas", "scipy", "scikit-learn")
"""What a session records the version of, beside the libraries that families of models name."""
USED_UP: frozenset[StoppedBy] = frozenset({"time", "experiments", "goal", "pool"})
"""Ends at which the budget that was asked for is used up, or nothing is left to try: then a vault is opened."""


def is_owed(state: LabState) -> bool:
    """Whether a search ended whose vault should have been opened, and was not: a process was killed in between."""
    end = state.end
    return state.vault is not None and end is not None and end.stopped_by in USED_UP and state.certified is None


def _installed(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Name and version of those that are installed."""
    for name in names:
        with suppress(PackageNotFoundError):
            yield name, version(name)


def session_record(
    settings: FitSettings, executor: Executor, *, until: float | None, text_models: tuple[TextModel, ...] = ()
) -> SessionRecord:
    """The record that a session begins with. until: the lab's seconds at which it ends, None without such an end."""
    others = [name for _, family in models for name in family.traits.libraries]
    others += [name for one in text_models for name in NEEDS[one.kind]]
    versions = (("python", platform.python_version()), *_installed(dict.fromkeys((*LIBRARIES, *others))))
    exact, seconds = settings.budget.is_exact, settings.budget.seconds
    return SessionRecord(
        pid=os.getpid(), seed=settings.seed, seconds=None if exact or math.isinf(seconds) else seconds,
        experiments=settings.budget.experiments, workers=0 if exact else executor.workers, versions=versions,
        without=tuple(sorted(settings.without)), asked=settings.asked, labels=settings.labels.text,
        settings=stored_settings(settings), until=until, text_models=text_models, held=HELD,
    )  # fmt: skip
