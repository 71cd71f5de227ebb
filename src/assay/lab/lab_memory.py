"""What a lab reads from the memory of its person's other labs when a session begins, and adds when one ends."""

from collections.abc import Iterator

from assay.core.event import Noted
from assay.core.task import Notice
from assay.journal.journal import Journal
from assay.journal.state import LabState
from assay.lab.director_of_lab import director_of, known_models, known_priors
from assay.lab.run_context import RunContext
from assay.memory.content_sketch import ContentSketch
from assay.memory.lab_facts import DataIdentity, LabFacts, facts_of
from assay.memory.memory_store import MemoryStore, memory_file
from assay.memory.task_kind import TaskKind
from assay.memory.warm_priors import warm_priors
from assay.pipeline.store import TaskFolder
from assay.research.lessons import trials
from assay.research.moves import catalogue
from assay.research.search_settings import SHIPPED
from assay.search.session import Session
from assay.search.settings import FitSettings


def memory_of(context: RunContext, journal: Journal, settings: FitSettings) -> MemoryStore:
    """The memory these settings name; what is wrong with it is said to the lab's listener."""

    def say(words: str) -> None:
        notice = Notice(code="memory/unused", message=words)
        context.listener(Noted(elapsed_seconds=journal.seconds, notice=notice))

    return MemoryStore(memory_file(settings.lab_memory), say)


def priors_here(
    folder: TaskFolder, state: LabState, settings: FitSettings, store: MemoryStore
) -> tuple[tuple[str, float], ...]:
    """What moves are expected to gain here by labs on other data; () where nobody asks, or nothing is known, and in an
    exact run unless a file was named, as the same command has to search the same way whatever was searched before."""
    is_left_out = settings.budget.is_exact and not settings.lab_memory
    if state.vault is None or "moves" not in settings.proposers or is_left_out:
        return ()
    known = store.all()
    if not known:
        return ()
    usual = {**{move.name: move.traits.prior for move in catalogue()}, **SHIPPED.priors}
    return warm_priors(TaskKind.of(folder.task.facts), _identity(folder, state), known, usual)


def remember(session: Session, store: MemoryStore) -> None:
    """Add what this lab has seen its moves gain, if anything, in place of what its earlier sessions added."""
    if store.file is None:
        return
    state, task = session.state, session.folder.task
    director = director_of(
        session.folder, session.scorer, session.settings, text_models=known_models(state), priors=known_priors(state)
    )  # fmt: skip
    tried = trials(director.view(state, seconds_left=None), [move.name for move in catalogue()])
    if tried:
        store.add(LabFacts(
            lab=session.journal.ledger.ends()[0].hash[:24], identity=_identity(session.folder, state),
            kind=TaskKind.of(task.facts), experiments=len(state.entries), moves=facts_of(tried),
        ))  # fmt: skip


def _identity(folder: TaskFolder, state: LabState) -> DataIdentity:
    content = ContentSketch.of(folder.task, folder.table, folder.target)
    return DataIdentity.of(folder.task, content, _keys(state))


def _keys(state: LabState) -> Iterator[str]:
    """Fingerprints of the keys that chose the lab's vault."""
    if state.vault is not None:
        yield state.vault.key
