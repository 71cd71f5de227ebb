"""Studies where a search gains nothing any more: within the share of time that measuring has, recorded as they end."""

from assay.core.study import PLATEAU, StudyNote
from assay.core.task import Notice
from assay.journal.replayed_state import replay
from assay.lab.plateau import PlateauMeasurement
from assay.report.event_text import as_sentence
from assay.report.study_text import studied_texts
from assay.studies.run_study import StudyQuestion, kinds_in_order, run_study, why_not
from assay.studies.study_context import StudyContext


def record_studies(measurement: PlateauMeasurement) -> tuple[StudyNote, ...]:
    """Run the kinds that suit and fit into the time, cheap ones first, and record what each found; those that were run
    on this champion are not run again."""
    session = measurement.session
    state, clock = session.state, session.journal.clock
    if state.champion is None:
        return ()
    known = {note.kind for note in state.studies if note.of == state.champion}
    began, share, notes = clock.now(), measurement.left(), list[StudyNote]()
    for kind in kinds_in_order():
        left = share - (clock.now() - began)
        if kind in known or left <= 0.0 or not measurement.goes_on():
            continue
        context = _context(measurement, left)
        if not why_not(kind, context):  # what cannot be run here is no news to anybody
            note = run_study(StudyQuestion(kind=kind, asked_by=PLATEAU), context)
            session.journal.write("study", note)
            notes.append(note)
    return tuple(notes)


def _context(measurement: PlateauMeasurement, seconds: float) -> StudyContext:
    session, loop = measurement.session, measurement.loop
    director = loop.admission.director
    return StudyContext(
        folder=session.folder, state=replay(session.journal.ledger.records()), scorer=session.scorer,
        read=loop.recorder.oof.get, executor=session.executor,
        view=director.view(session.state, seconds_left=None if session.is_exact else seconds), seconds=seconds,
        deadline=loop.stop_rule.freeze().earlier(0.0), goes_on=measurement.goes_on, clock=session.journal.clock,
    )  # fmt: skip


def study_notices(notes: tuple[StudyNote, ...]) -> tuple[Notice, ...]:
    """What studies found, a notice each; one of all that found nothing."""
    failed = [Notice(code="study/failed", message=as_sentence(f"study {note.kind}: {note.failed}"))
              for note in notes if note.failed]  # fmt: skip
    return (*(Notice(code="study/found", message=as_sentence(text)) for text in studied_texts(notes)), *failed)
