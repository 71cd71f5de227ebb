"""Commands that steer a lab: hint, pin, forbid, veto, pause, resume, stop."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assay.cli.command_options import LabArgument, OutputOptions
from assay.cli.option_groups import option
from assay.core.errors import UsageError, Where

if TYPE_CHECKING:
    from assay.cli.console import Console
    from assay.core.hint import WishKind
    from assay.journal.steering_records import MessageKind
    from assay.lab.sent_message import SentMessage

Said = Annotated[list[str], typer.Argument(metavar="[LAB] TEXT", help="What to do, in plain words, in quotes.")]
Named = Annotated[list[str], typer.Argument(metavar="[LAB] WHAT", help="A column, a family, a step, an experiment.")]
Experiments = Annotated[list[str], typer.Argument(metavar="[LAB] NUMBER", help="The number of an experiment.")]
SAMPLES = {"TEXT": '"ignore COLUMN, no neural networks"'}
"""What stands for an argument in advice, where its name would not tell."""


def hint(
    output: OutputOptions,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[LAB] TEXT", help="What to do, in plain words, in quotes.")
    ] = None,
    undo: Annotated[str | None, option("--undo", metavar="HINT", help="Take a hint back, e.g. h4.")] = None,
) -> int:
    """Tell the researcher something in plain words.

    assay hint bank "ignore day, try ratios of balance and age"
    assay hint bank --undo h2
    """
    console = output.console()
    given = words or []
    if undo is not None:
        return _undo(console, given, undo)
    reference, text = last_word(given, "hint", "TEXT")
    if not text.strip():
        raise UsageError("The hint is empty.", do=(f"assay hint LAB {SAMPLES['TEXT']}",))
    return _say(console, reference, text)


def pin(words: Named, output: OutputOptions) -> int:
    """Keep a column, a step or an experiment.

    assay pin bank month
    assay pin bank 17
    """
    return _wish(output.console(), words, "keep", "pin")


def forbid(words: Named, output: OutputOptions) -> int:
    """Never use a column, a step or a family.

    assay forbid bank knn
    assay forbid bank day
    """
    return _wish(output.console(), words, "never", "forbid")


def veto(words: Experiments, output: OutputOptions) -> int:
    """Take an experiment out of the lineage.

    assay veto bank 17
    assay veto bank 17 --json
    """
    return _wish(output.console(), words, "void", "veto")


def pause(output: OutputOptions, lab: LabArgument = None) -> int:
    """Pause a running session.

    assay pause bank
    assay pause -
    """
    return _send(output.console(), lab, "pause")


def resume(output: OutputOptions, lab: LabArgument = None) -> int:
    """Let a paused session go on.

    assay resume bank
    assay resume -
    """
    return _send(output.console(), lab, "resume")


def stop(output: OutputOptions, lab: LabArgument = None) -> int:
    """End a running session with the best so far.

    assay stop bank
    assay stop -
    """
    return _send(output.console(), lab, "stop")


def _undo(console: "Console", given: list[str], hint: str) -> int:
    number = hint.removeprefix("h")
    if len(given) > 1:
        raise UsageError(
            "--undo takes a hint back; say what is new in a command of its own.", where=Where(option="--undo"),
            do=(f"assay hint LAB --undo {shlex.quote(hint)}", f"assay hint LAB {SAMPLES['TEXT']}"),
        )  # fmt: skip
    if not number.isdecimal():
        raise UsageError(
            f"--undo {hint} names no hint; hints are named h1, h2, …", where=Where(option="--undo"),
            do=("assay status LAB  (lists them)",),
        )  # fmt: skip
    return _send(console, given[0] if given else None, "undo", number=int(number))


def last_word(words: list[str], command: str, what: str) -> tuple[str | None, str]:
    """(lab, the last word) of "[LAB] WHAT"; UsageError for more words, and for a lab alone."""
    from assay.journal.find_labs import is_lab_name

    sample = SAMPLES.get(what, what)
    if len(words) == 1 and is_lab_name(words[0], cwd=Path.cwd()):
        raise UsageError(
            f"assay {command} {words[0]}: {what} is missing.",
            do=(f"assay {command} {shlex.quote(words[0])} {sample}", f"assay {command} --help"),
        )  # fmt: skip
    if not 1 <= len(words) <= 2:
        said, do = "one at a time", f"assay {command} LAB {sample}"
        if what == "TEXT":
            said = "in quotes"
            at = int(is_lab_name(words[0], cwd=Path.cwd())) if words else 0
            do = shlex.join(["assay", command, *words[:at], " ".join(words[at:])]) if words else do
        raise UsageError(f"assay {command} takes [LAB] {what}, {said}.", do=(do,))
    return (words[0] if len(words) == 2 else None), words[-1]


def _wish(console: "Console", words: list[str], kind: "WishKind", command: str) -> int:
    from assay.cli.lab_argument import NAMED, number_of, open_lab
    from assay.steering.named_wish import wish_of

    reference, what = last_word(words, command, "NUMBER" if kind == "void" else "WHAT")
    lab = open_lab(reference, console)
    columns = tuple(column.name for column in lab.task.schema.features)
    if what in NAMED and what not in lab.task.schema.names:
        what = str(number_of(lab, what))
    wish = wish_of(kind, what, columns, lab.task.schema.names, target=lab.task.target)
    return _deliver(console, lab.path, "wish", reference, wishes=(wish,))


def _send(console: "Console", reference: str | None, kind: "MessageKind", **content: Any) -> int:
    from assay.cli.lab_argument import open_lab

    lab = open_lab(reference, console)
    lab.close()
    return _deliver(console, lab.path, kind, reference, **content)


def _say(console: "Console", reference: str | None, text: str) -> int:
    """Say it; what may be meant by what was not understood is said, too, where a person at the terminal says yes."""
    from assay.cli.lab_argument import open_lab
    from assay.cli.line_layout import line

    lab = open_lab(reference, console)
    lab.close()
    sent = delivered(console, lab.path, "say", reference, text=text)
    suggested = [one.perhaps for one in sent.answer.unknown if one.perhaps] if sent.answer is not None else []
    code = exit_code(sent)
    for said in dict.fromkeys(suggested) if console.can_ask else ():
        if console.ask([line(f"Is that meant: {console.err.layout.mark(said)}? [y/N]")]):
            code = _deliver(console, lab.path, "say", reference, text=said)
    return code


def _deliver(console: "Console", path: Path, kind: "MessageKind", reference: str | None, **content: Any) -> int:
    return exit_code(delivered(console, path, kind, reference, **content))


def exit_code(sent: "SentMessage") -> int:
    """0 unless the lab refused the message."""
    return 0 if sent.answer is None or sent.answer.ended == "acted on" else 2


def delivered(
    console: "Console", path: Path, kind: "MessageKind", reference: str | None, **content: Any
) -> "SentMessage":
    """Send a message, and print what became of it."""
    from assay.cli.lab_argument import typed_name
    from assay.cli.steer_lines import sent_document, sent_lines
    from assay.lab.send_message import send

    sent: SentMessage = send(path, kind, **content)
    console.document(sent_document(sent, path.name))
    console.answer(sent_lines(console.out.layout, sent, lab=shlex.quote(typed_name(reference, path))))
    return sent
