"""Errors for people and programs: what happened, then what to do."""

import os
import sys
import tempfile
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from assay.cli.line_layout import Line, LineLayout, Span, line, wrap
from assay.core.errors import AssayError, CodeError, UsageError, nearest_names
from assay.core.safe_text import without_secrets

if TYPE_CHECKING:
    from assay.core.array import JsonObject

OURS = 70
FAULT, MOST_FAULTS = "assay-fault-", 5
"""Files with tracebacks in the temporary folder, and their largest number."""


def error_lines(layout: LineLayout, error: AssayError) -> list[Line]:
    """ "error  what happened, near names" and one "try" line for each suggestion."""
    near = [name for name in error.nearest if name not in error.message]
    message = error.message + (f" Near: {', '.join(near)}." if near else "")
    first, *more = wrap(layout, message, indent=7)
    lines = [line(Span("error", "bad"), f"  {first}"), *(line(" " * 7 + part) for part in more)]
    for position, text in enumerate(error.do):
        lines.append(line(Span("  try" if position == 0 else "     ", "good"), f"  {text}"))
    return lines


def error_document(error: AssayError) -> "JsonObject":
    """The document error/1."""
    where: JsonObject = dict(error.where.as_json())
    code: JsonObject = {"reason": error.reason, "line": error.line} if isinstance(error, CodeError) else {}
    return {
        "schema": "error/1", "lab": None, "kind": error.kind, "message": error.message, "where": where,
        "nearest": list(error.nearest), "do": list(error.do), "exit": error.exit_code,
        **code,
    }  # fmt: skip


def saved_traceback(error: BaseException) -> Path:
    """Write the traceback of an unexpected error to a new file and return its path; only the latest few are kept.

    Raises OSError where the system's temporary folder cannot be written.
    """
    older = sorted(Path(tempfile.gettempdir()).glob(f"{FAULT}*.txt"), key=_written_at)
    for path in older[: max(0, len(older) + 1 - MOST_FAULTS)]:
        with suppress(OSError):  # another user's, or another process was faster
            path.unlink()
    text = "".join(traceback.format_exception(error))
    handle, name = tempfile.mkstemp(prefix=FAULT, suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(without_secrets(f"assay {' '.join(sys.argv[1:])}\n{sys.version}\n\n{text}"))
    return Path(name)


def _written_at(path: Path) -> float:
    """Modification time; 0 for a file that is gone."""
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def fault_lines(layout: LineLayout, error: BaseException, path: Path | None) -> list[Line]:
    """An internal error: its name, and the path of its traceback; None: it could not be saved."""
    report = "report what it shows" if path is None else "report it with that file"
    first, *more = wrap(layout, f"A bug in Assay: {type(error).__name__}: {error}", indent=7)
    return [
        line(Span("error", "bad"), f"  {first}"),
        *(line(" " * 7 + part) for part in more),
        line(f"       The traceback {'could not be saved' if path is None else f'is saved in {path}'}"),
        line(Span("  try", "good"), f"  the same command with --debug shows it; {report}"),
    ]


def unknown_command(name: str, known: tuple[str, ...]) -> AssayError:
    """The error for an unknown command, with similar names."""
    near = nearest_names(name, known)
    hint = "" if near else f" Commands: {', '.join(known)}."
    return UsageError(
        f"assay has no command {name!r}.{hint}", nearest=near, do=[*(f"assay {n}" for n in near), "assay --help"]
    )


def unknown_option(name: str, command: str, known: tuple[str, ...]) -> AssayError:
    """The error for an unknown option, with similar names."""
    bare = {option.lstrip("-"): option for option in known}
    near = tuple(bare[n] for n in nearest_names(name.lstrip("-"), bare))
    return UsageError(f"assay {command} has no option {name}.", nearest=near, do=[f"assay {command} --help"])


def fault_document(error: BaseException, path: Path | None) -> "JsonObject":
    """error/1 for an internal error; where.file is the saved traceback, null where it could not be saved."""
    file = None if path is None else str(path)
    return {
        "schema": "error/1", "lab": None, "kind": "fault", "message": f"{type(error).__name__}: {error}",
        "where": {"file": file, "column": None, "row": None, "option": None}, "nearest": [],
        "do": ["the same command with --debug"], "exit": OURS,
    }  # fmt: skip
