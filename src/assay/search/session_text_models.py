"""Which pretrained encoders of texts a session may use: named or installed, where time and latency allow."""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assay.core.errors import UsageError, Where
from assay.core.schema import Facts
from assay.core.task import Notice
from assay.core.text_model import TextModel
from assay.core.user_folder import user_folder
from assay.embeddings.installed import EXTRAS, lacking
from assay.embeddings.model_folder import ModelFiles, read_folder
from assay.embeddings.text_models import DIGEST, TextModels, row_effort, seconds_of
from assay.embeddings.vector_store import VectorStore
from assay.pipeline.store import TaskFolder
from assay.search.serving_cost import SLOW_ROW_MS
from assay.search.settings import FitSettings

NONE, OFF = "none", "off"
TIME_SHARE = 0.25
"""Of the time limit that the reading of all texts may take, as expected; twice that it is waited for."""
SAMPLE = 200
"""Texts looked up in the store, to tell how many of all are there."""
UNUSED = "text/model-unused"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTextModels:
    """The models to propose, best known first, and what is said of the others."""

    models: tuple[TextModel, ...] = ()
    notices: tuple[Notice, ...] = ()


def check_text_models(settings: FitSettings) -> None:
    """UsageError, before anything else takes time, for a folder that is no encoder of texts or cannot be trusted."""
    if NONE in settings.text_models and len(settings.text_models) > 1:
        raise UsageError(
            f"--text-model {NONE} leaves all text models out, and others are named.",
            where=Where(option="--text-model"), do=("leave one of them out",),
        )  # fmt: skip
    for path in _folders(settings):
        read_folder(path)


def text_models_at(folder: TaskFolder, settings: FitSettings) -> TextModels:
    """Where this lab looks for models, and keeps vectors: for the user, or in the lab alone."""
    if not folder.task.facts.n_text or settings.text_models == (NONE,):
        return TextModels()
    if settings.text_store == OFF:
        store = folder.cache / "text-vectors"
    else:
        store = Path(settings.text_store).expanduser() if settings.text_store else users_store()
    return TextModels(tuple(path.resolve() for path in _folders(settings)), store.resolve())


def users_store() -> Path:
    """The folder of this user's vectors, where nothing else is said."""
    return user_folder(os.environ, kind="STATE") / "text-vectors"


def _folders(settings: FitSettings) -> tuple[Path, ...]:
    return tuple(Path(one).expanduser() for one in settings.text_models if one != NONE)


def session_text_models(folder: TaskFolder, settings: FitSettings) -> SessionTextModels:
    """The models for the texts of this lab; none, and nothing said, where there are no texts or no models."""
    if not folder.task.facts.n_text or settings.text_models == (NONE,):
        return SessionTextModels()
    at = text_models_at(folder, settings)
    models, notices = list[TextModel](), list[Notice]()
    left = math.inf if settings.budget.is_exact else TIME_SHARE * settings.budget.seconds
    for files in _candidates(at):
        seconds = _unread_seconds(files, folder, at, most=left)
        why = _why_not(files, folder.task.facts, settings, at) or _no_time(files, folder.task.facts, seconds, left)
        if why is None:
            models.append(files.model)
            notices += _of_store(at, files)
            left -= seconds
        else:
            notices.append(why)
    return SessionTextModels(models=tuple(dict.fromkeys(models)), notices=tuple(notices))


def _candidates(at: TextModels) -> Iterator[ModelFiles]:
    """The models named; where none is, those of installed packages."""
    return iter(map(read_folder, at.folders)) if at.folders else at.here()


def _why_not(files: ModelFiles, facts: Facts, settings: FitSettings, at: TextModels) -> Notice | None:
    """Why a model is not used, whatever time there is; None if it may be."""
    missing = lacking(files.kind)
    if missing:
        message = f"the text model {files.name} needs {', '.join(missing)}, not installed here; it goes on without"
        return Notice(code=UNUSED, message=message, do=f'pip install "assay-ml[{EXTRAS[files.kind]}]"')
    limit = settings.row_ms_limit
    if limit is None:
        limit = math.inf if at.folders else SLOW_ROW_MS
    ms = _row_ms(files, facts)
    if ms > limit:
        message = f"the text model {files.name} is not used: some {ms:.0f} ms a row, and {limit:g} are allowed"
        return Notice(code=UNUSED, message=message, do=f"--preset best, or --max-latency {math.ceil(2 * ms)}")
    return None


def _no_time(files: ModelFiles, facts: Facts, seconds: float, left: float) -> Notice | None:
    """That reading the texts takes so many seconds, more than are left; None where it does not."""
    if seconds <= left:
        return None
    message = f"the text model {files.name} is not used: reading the texts would take some {seconds:.0f} s"
    whole = seconds_of(files.work, facts.n_rows * facts.text_chars)
    return Notice(code=UNUSED, message=message, do=f"--time-limit {math.ceil(whole / TIME_SHARE / 60)}m")


def _unread_seconds(files: ModelFiles, folder: TaskFolder, at: TextModels, *, most: float) -> float:
    """Expected for the texts that the store lacks, which is looked into where all of them would take more than most."""
    facts = folder.task.facts
    seconds = seconds_of(files.work, facts.n_rows * facts.text_chars)
    return seconds if seconds <= most else seconds * _share_unread(files, folder, at)


def _row_ms(files: ModelFiles, facts: Facts) -> float:
    return row_effort(files.work, files.width, facts.text_chars, facts.n_text).ms


def _share_unread(files: ModelFiles, folder: TaskFolder, at: TextModels) -> float:
    """Of the texts, by a sample of rows at equal distances."""
    if at.store is None:
        return 1.0
    rows = np.unique(np.linspace(0, folder.table.n_rows - 1, SAMPLE).astype(np.int64))
    texts = folder.table.text[rows].ravel().tolist()
    _, there = VectorStore(at.store).read(files.digest[:DIGEST], texts, files.width)
    return 1.0 - float(there.mean())


def _of_store(at: TextModels, files: ModelFiles) -> Iterator[Notice]:
    """What is to be said of the store: that nothing can be kept, or that a damaged file was begun anew."""
    if at.store is None:
        return
    store = VectorStore(at.store)
    trouble = store.trouble()
    if trouble:
        message = f"vectors of texts cannot be kept in {at.store}: {trouble}; the texts are read anew each time"
        yield Notice(code="text/store-unwritable", message=message, do="--text-store FOLDER, or --text-store off")
    elif store.clear_damaged(files.digest[:DIGEST]):
        message = f"the kept vectors of {files.name} were damaged; they are made again"
        yield Notice(code="text/store-rebuilt", message=message)
