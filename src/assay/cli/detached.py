"""A search without a terminal: a process of its own session, whose output goes to a log in the lab."""

import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assay.core.clock import Deadline
from assay.core.errors import AssayError, StorageError
from assay.core.special_files import refuse_link
from assay.lab.lab_folder import RESEARCH_LOG as LOG

if TYPE_CHECKING:
    from assay.cli.console import Console

BEGIN_SECONDS, LOOKS_A_SECOND = 120.0, 5.0
TAIL = 12
"""Lines of the log that are shown where it did not begin."""


def spawn(arguments: Sequence[str], lab: Path) -> "subprocess.Popen[bytes]":
    """Start the same command without --detach; it outlives this terminal. StorageError where no log can be written.

    -P: a module of the working folder, which may be anybody's, is not taken for one of Python's.
    """
    command = [sys.executable, "-P", "-m", "assay", *(word for word in arguments if word != "--detach")]
    try:
        lab.mkdir(parents=True, exist_ok=True)
        refuse_link(lab / LOG)
        with (lab / LOG).open("ab") as log:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, close_fds=True
            )
    except OSError as error:
        raise StorageError(f"{lab / LOG} cannot be written: {error.strerror or error}.") from error


def log_bytes(lab: Path) -> int:
    """How long the log is, of the sessions before."""
    return (lab / LOG).stat().st_size if (lab / LOG).exists() else 0


def begun(console: "Console", process: "subprocess.Popen[bytes]", lab: Path, *, after: int = 0) -> int:
    """Wait until its session is recorded, and say how to follow and end it; its own exit code where it ended before,
    with what it wrote into the log. after: bytes of the log that are not its own.
    """
    from assay.cli.json_documents import status_document
    from assay.cli.line_layout import commands, line
    from assay.journal.find_labs import short_name, shown_path
    from assay.lab.lab import Lab

    end = Deadline.after(BEGIN_SECONDS)
    while process.poll() is None and not has_begun(lab, process.pid) and not end.is_over:
        time.sleep(1.0 / LOOKS_A_SECOND)
    if process.poll() not in (None, 0):
        console.complain([line(text) for text in tail_of(lab, after=after)])
        return int(process.returncode)
    name = shlex.quote(short_name(shown_path(lab)))
    if console.json:
        console.document(status_document(Lab.open(lab).status()))
    console.answer([
        line(f"{shown_path(lab)} goes on without this terminal, as process {process.pid}."),
        *commands(console.out.layout, [
            (f"assay watch {name}", "see what it does"), (f"assay status {name}", "where it stands"),
            (f'assay hint {name} "…"', "tell it something"), (f"assay stop {name}", "end it with the best so far"),
        ]),
    ])  # fmt: skip
    return 0


def has_begun(lab: Path, pid: int) -> bool:
    """Whether that process has recorded a session in the lab."""
    from assay.journal.find_labs import is_lab
    from assay.ledger.sqlite_ledger import SqliteLedger

    if not is_lab(lab):
        return False
    try:
        ledger = SqliteLedger.open(lab, create=False, write=False)
    except AssayError:
        return False  # its file is being made
    try:
        bodies = (record.body.get("value") for record in ledger.records() if record.kind == "session")
        return any(isinstance(body, dict) and body.get("pid") == pid for body in bodies)
    except AssayError:
        return False
    finally:
        ledger.close()


def tail_of(lab: Path, *, after: int = 0) -> list[str]:
    """The last lines of the log, after so many bytes."""
    return (lab / LOG).read_bytes()[after:].decode("utf-8", "replace").splitlines()[-TAIL:]
