"""Studies of a lab that nobody searches: run one after the other, and recorded."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from assay.core.clock import Deadline, SystemClock
from assay.core.contract import AnyMetric
from assay.core.durations_and_sizes import parse_seconds
from assay.core.errors import LabError, UsageError, Where
from assay.core.job import Executor
from assay.core.study import StudyNote
from assay.execute.inline import InlineExecutor
from assay.journal.find_labs import shown_path
from assay.journal.replayed_state import replay
from assay.lab.director_of_lab import director_of, known_models, known_priors, was_exact
from assay.lab.research_lab import GoOn, HeldLab, held_lab
from assay.search.scorer import Scorer
from assay.search.settings import FitSettings
from assay.search.worker_jobs import run
from assay.ship.file_digests import record_shipped
from assay.studies import registry
from assay.studies.literature import lines_of
from assay.studies.run_study import TOO_LONG, StudyQuestion, kinds_in_order, run_study, why_not
from assay.studies.study_context import StudyContext
from assay.studies.study_questions import kind_of, kinds_text
from assay.views.brief_file import write_brief
from assay.views.open_lab import LabSnapshot

USUAL_SECONDS = 60.0
PERSON, LITERATURE = "person", "literature"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedStudy:
    """What a person asks for. kinds: one, or all in their order; words: the question as it was asked; seconds: for all
    of them; notes: what is read."""

    kinds: tuple[str, ...]
    words: str = ""
    seconds: float = USUAL_SECONDS
    notes: Path | None = None

    @classmethod
    def of(
        cls, question: str, *, kind: str = "", seconds: str | float | None = None,
        read: "str | os.PathLike[str] | None" = None,
    ) -> Self:  # fmt: skip
        """UsageError for a kind or a question that is not understood, a time that is none, notes that are not there."""
        if kind and kind not in registry:
            raise UsageError(
                f"No kind of study is called {kind!r}. Kinds: {kinds_text()}", nearest=registry.nearest(kind),
                where=Where(option="--kind"),
            )  # fmt: skip
        limit = parse_seconds(str(seconds), option="--for") if seconds is not None else USUAL_SECONDS
        notes = None if read is None else Path(read)
        if notes is not None:
            next(lines_of(notes), None)  # raises where there is nothing to read
        if notes is not None and not question and not kind:
            kind = LITERATURE
        chosen = kind or (kind_of(question) if question else "")
        return cls(kinds=(chosen,) if chosen else kinds_in_order(), words=question, seconds=limit, notes=notes)


def study_lab(path: Path, asked: AskedStudy, *, metric: AnyMetric | None = None) -> tuple[StudyNote, ...]:
    """Run what was asked for, and record what was found. A study that dies is recorded as failed.

    In a lab that was last searched by a number of experiments alone no clock is read: time is counted by estimates that
    are the same on every machine, so that what a study proposes is, too.

    UsageError where the one kind that was asked for cannot be run, or none fits into the time, saying what it would
    need; LabError where a search holds the lab. Of all kinds those that do not suit are left out.
    """
    _refuse_running(path)
    with held_lab(path, GoOn(metric=metric), SystemClock()) as lab:
        clock, settings = SystemClock(), lab.settings(GoOn())
        is_exact = was_exact(lab.journal.state)
        began, notes, executor, estimated = clock.now(), list[StudyNote](), InlineExecutor(run), 0.0
        too_long: dict[float, str] = {}
        for kind in asked.kinds:
            spent = estimated if is_exact else clock.now() - began
            context = study_context(lab, settings, executor, asked, asked.seconds - spent)
            why = why_not(kind, context)
            if why and len(asked.kinds) == 1:
                raise UsageError(f"The study {kind} of {shown_path(path)} {why}.", do=_instead(why))
            if why.startswith(TOO_LONG):
                too_long[registry.get(kind)().seconds(context)] = f"{kind}, {why}"
            if not why:
                note = run_study(StudyQuestion(kind=kind, words=asked.words, asked_by=PERSON), context)
                lab.journal.write("study", note, durable=True)
                notes.append(note)
                estimated += registry.get(kind)().seconds(context)
        if too_long and not notes:
            shortest = too_long[min(too_long)]
            raise UsageError(f"No study of {shown_path(path)} fits: the shortest, {shortest}.", do=_instead(TOO_LONG))
        _tell(lab)
        return tuple(notes)


def _refuse_running(path: Path) -> None:
    """LabError where a session holds the lab: it studies itself on a plateau."""
    lab = LabSnapshot.open(path)
    try:
        is_held = getattr(lab.ledger, "writer", None) is not None
    finally:
        lab.close()
    if is_held:
        name = shown_path(path)
        raise LabError(
            f"{name} is being searched, and one process at a time writes a lab. On a plateau a search studies itself.",
            do=(f"assay stop {name}  (then study it, and go on with assay research {name})", f"assay watch {name}"),
        )


def _instead(why: str) -> tuple[str, ...]:
    if why.startswith(TOO_LONG):
        return ("more time: --for 10m",)
    more = ("assay research LAB  (more experiments)",) if "scored experiment" in why else ()
    return (*more, "assay study LAB  (runs all that suit)")


def study_context(
    lab: HeldLab, settings: FitSettings, executor: Executor, asked: AskedStudy, seconds: float
) -> StudyContext:
    """What the next study sees: those before it are in the state."""
    scorer = Scorer.of(lab.folder, lab.metric)
    snapshot = LabSnapshot(lab.path, lab.ledger, replay(lab.ledger.records()), lab.metric)
    state = snapshot.state
    director = director_of(lab.folder, scorer, settings, text_models=known_models(state), priors=known_priors(state))
    return StudyContext(
        folder=lab.folder, state=state, scorer=scorer, executor=executor, seconds=seconds, notes=asked.notes,
        read=lambda number: snapshot.oof(number) if number in state.entries else None,
        view=director.view(state, seconds_left=None), is_exact=was_exact(state),
        deadline=Deadline() if was_exact(state) else Deadline.after(max(seconds, 0.0)),
    )  # fmt: skip


def _tell(lab: HeldLab) -> None:
    """The brief of a lab whose search has ended, with what the studies found."""
    if lab.journal.state.end is None:
        return
    record_shipped(lab.journal, lab.folder)
    snapshot = LabSnapshot(lab.path, lab.ledger, replay(lab.ledger.records()), lab.metric)
    if not snapshot.has_brief:
        write_brief(snapshot)
