"""The lab and experiment arguments of a command."""

import gc
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assay.core.errors import UsageError

if TYPE_CHECKING:
    from assay.audit.audit import Audit
    from assay.cli.console import Console
    from assay.journal.lab_list import LabList
    from assay.lab.lab import Lab

NAMED = ("best", "base")


def history(console: "Console", *, as_events: bool = False) -> "LabList":
    """The list of labs used on this machine; none with ASSAY_HISTORY=off. Problems with it are reported on stderr."""
    from assay.cli.json_documents import event_document
    from assay.cli.line_layout import Span, line
    from assay.core.event import Noted
    from assay.core.task import Notice
    from assay.lab.known_labs import labs_here

    def warn(words: str) -> None:
        if as_events:
            console.event(event_document(Noted(elapsed_seconds=0.0, notice=Notice(code="labs/list", message=words))))
        else:
            console.say([line(Span(words, "warn"))])

    return replace(labs_here(), say=warn)


def open_lab(reference: str | None, console: "Console") -> "Lab":
    """The lab of the argument, recorded as the last one used; an automatic choice is reported on stderr."""
    from assay.cli.line_layout import Span, line
    from assay.journal.find_labs import find, shown_path
    from assay.lab.lab import Lab

    known = history(console)
    path = find(reference, cwd=Path.cwd(), history=known)
    with _without_collection():
        lab = Lab.open(path)
    known.add(path, lab.ledger)
    if reference in (None, "-"):
        console.say([line(Span(f"lab {shown_path(path)}", "dim"))])
    return lab


def typed_name(reference: str | None, path: Path) -> str:
    """The lab as it is typed: as it was, or, where it was left out or the last one used, as it would be."""
    from assay.journal.find_labs import short_name, shown_path

    return reference if reference not in (None, "-") else short_name(shown_path(path))


def audited(reference: str | None, heads: Sequence[str], console: "Console") -> "Audit":
    """The audit of the lab, against heads given on the command line and those in the list of labs."""
    from assay.audit.audit import audit_at
    from assay.cli.line_layout import Span, line
    from assay.journal.find_labs import find, shown_path
    from assay.ledger.anchor import Anchor, NotedHead

    given = tuple(NotedHead(anchor=Anchor.parse(head), where="--head") for head in heads)
    known = history(console)
    path = find(reference, cwd=Path.cwd(), history=known)
    if reference in (None, "-"):
        console.say([line(Span(f"lab {shown_path(path)}", "dim"))])
    found = audit_at(path, noted=lambda records: (*given, *known.noted(path, records)))
    if found.ok:
        note(path, console)
    return found


def note(path: Path, console: "Console", *, as_events: bool = False) -> None:
    """Record a lab as the last one used, with the head of its ledger."""
    from assay.ledger.sqlite_ledger import SqliteLedger

    known = history(console, as_events=as_events)
    if known.file is None:
        return
    ledger = SqliteLedger.open(path, create=False, write=False)
    try:
        known.add(path, ledger)
    finally:
        ledger.close()


@contextmanager
def _without_collection() -> Iterator[None]:
    """Disables garbage collection while a ledger of thousands is read, as collecting its values takes half of the time.

    It stays off, as the command ends before it would pay.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was_on:
            gc.enable()


def is_experiment(word: str) -> bool:
    """Whether a word names an experiment: 17, #17, best, base."""
    return word.removeprefix("#").isdecimal() or word in NAMED


def split_words(words: list[str], *, experiments: int, command: str) -> tuple[str | None, tuple[str, ...]]:
    """(lab, experiments) of "[LAB] N …"; UsageError when there are too many or too few."""
    numbers, rest = tuple(words[-experiments:]), words[:-experiments]
    if len(rest) <= 1 and len(numbers) == experiments and all(is_experiment(word) for word in numbers):
        return (rest[0] if rest else None), numbers
    wanted = " ".join("AB"[:experiments]) if experiments > 1 else "NUMBER"
    lab = next((word for word in words if not is_experiment(word)), None)
    place = f"{lab} " if lab else ""
    sample = " ".join(("best", "base")[:experiments])
    raise UsageError(
        f"assay {command} takes [LAB] {wanted}, an experiment being a number, best or base.",
        do=(f"assay {command} {place}{sample}", f"assay leaderboard {place}".rstrip()),
    )


def number_of(lab: "Lab", word: str) -> int:
    """The number of an experiment word; best is the shipped one, or while a search runs the leader of the board.

    UsageError when there is none yet.
    """
    from assay.views.record_views import best_of

    if word not in NAMED:
        return int(word.removeprefix("#"))
    number = best_of(lab) if word == "best" else lab.baseline
    if number is None:
        what = "scored experiment that stands" if word == "best" else "baseline"
        do = (f"assay status {shlex.quote(typed_name(None, lab.path))}", "give a number")
        raise UsageError(f"{lab.name} has no {what} yet.", do=do)
    return number
