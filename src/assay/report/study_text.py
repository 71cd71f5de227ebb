"""Studies in words: what was asked, what was found, what was only measured."""

from collections.abc import Sequence

from assay.core.figure import number_text
from assay.core.study import NOTHING_FOUND, StudyFact, StudyNote
from assay.report.event_text import as_sentence
from assay.report.phrases import plural

MOST_REPORTED = 6
LEAST_P = 1e-4


def study_paragraphs(notes: Sequence[StudyNote]) -> tuple[str, ...]:
    """For the brief: a paragraph for the last study of each kind that has anything to tell, then one of all that saw
    nothing, and one of those that failed."""
    last = latest(notes)
    said = [_paragraph(note) for note in last if note.facts]
    empty = ", ".join(note.kind for note in last if not note.facts and not note.failed)
    unrun = "; ".join(f"{note.kind}: {note.failed}" for note in last if note.failed)
    said += [as_sentence(f"{empty}: {NOTHING_FOUND}")] if empty else []
    return (*said, as_sentence(f"not studied: {unrun}")) if unrun else tuple(said)


def latest(notes: Sequence[StudyNote]) -> tuple[StudyNote, ...]:
    """The last study of each kind, those that found something first."""
    last = {note.kind: note for note in notes}
    return tuple(sorted(last.values(), key=lambda note: (not note.found, note.number)))


def _paragraph(note: StudyNote) -> str:
    facts = [as_sentence(fact_text(fact)) for fact in reported_facts(note)]
    head = note.question if note.question.endswith("?") else as_sentence(note.question)
    body = " ".join(facts) if facts else as_sentence(NOTHING_FOUND)
    return f"{head} {body}{_consequence(note)}"


def reported_facts(note: StudyNote) -> tuple[StudyFact, ...]:
    """What was found before what was only measured, as many as are read."""
    return (*note.found, *(fact for fact in note.facts if fact.is_measure))[:MOST_REPORTED]


def fact_text(fact: StudyFact) -> str:
    """What it says, with the chance of seeing it by luck where that was tested."""
    if fact.p is None or fact.is_measure:
        return fact.says
    return f"{fact.says} (p {p_text(fact.p)}, corrected for all that was looked at)"


def p_text(p: float) -> str:
    """ "0.003", "under 0.0001" """
    return f"under {LEAST_P:g}" if p < LEAST_P else number_text(p, 4)


def _consequence(note: StudyNote) -> str:
    """What the search does with it."""
    raised = ", ".join(dict.fromkeys(one.move for one in note.leanings if one.factor > 1.0))
    parts = [f"raises {raised}"] if raised else []
    parts += [f"proposes {plural(len(note.proposals), 'experiment')}"] if note.proposals else []
    return f" It {' and '.join(parts)}." if parts else ""


def studied_texts(notes: Sequence[StudyNote]) -> tuple[str, ...]:
    """For displays: of the last study of each kind a line where it found a fault or a structure, and one line of those
    that found nothing."""
    last = latest(notes)
    lines = [f"{note.kind}: {fact.says}" for note in last for fact in note.found[:1]]
    empty = [note.kind for note in last if not note.found and not note.failed]
    nothing = f"{', '.join(empty)}: {NOTHING_FOUND}" if empty else ""
    return (*lines, nothing) if nothing else tuple(lines)
