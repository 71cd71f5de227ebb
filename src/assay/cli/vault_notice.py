"""What is said of a lab without a vault before it goes on."""

from pathlib import Path

from assay.cli.console import Console
from assay.cli.json_documents import event_document
from assay.cli.line_layout import commands, labelled
from assay.core.event import Noted
from assay.core.task import Notice
from assay.journal.find_labs import shown_path
from assay.journal.source_stamp import Stamp
from assay.lab.lab import Lab
from assay.lab.lab_folder import vaulted_lab_command


def uncertified(path: Path) -> Notice | None:
    """Of a lab without a vault: what its figure will be, and the command for one that has a figure to quote."""
    lab = Lab.open(path)
    try:
        if lab.state.vault is not None:
            return None
        message = (
            f"{shown_path(path)} has no vault: its figure will read not certified, however long the search. A new lab "
            "sets rows aside first; what this one kept was chosen on all rows, so it cannot be carried there."
        )
        command = vaulted_lab_command(path, lab.task, Stamp.read(path))
        return Notice(code="vault/none", message=message, do=command)
    finally:
        lab.close()


def say_notice(console: Console, notice: Notice, *, as_event: bool) -> None:
    """A notice and the command it advises: as lines for people, or as one of --events."""
    if as_event:
        console.event(event_document(Noted(elapsed_seconds=0.0, notice=notice)))
        return
    layout = console.err.layout
    text = labelled(layout, "", notice.message, indent=0, size=0)
    console.say([*text, *commands(layout, [(notice.do, "")])])
