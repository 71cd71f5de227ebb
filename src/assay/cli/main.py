"""The command `assay`: all commands, help, and the conversion of errors to exit codes."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand

from assay.cli import audit_commands as trust
from assay.cli import distill_command as distilling
from assay.cli import doctor_command as care
from assay.cli import explain_command as explain
from assay.cli import fit_commands as start
from assay.cli import infer_command as inferring
from assay.cli import inspect_command as inspecting
from assay.cli import lab_commands as look
from assay.cli import league_command as ranking
from assay.cli import lessons_command as learning
from assay.cli import pack_command as packing
from assay.cli import predict_command as use
from assay.cli import research_command as going
from assay.cli import score_command as scoring
from assay.cli import steer_commands as steer
from assay.cli import study_command as studying
from assay.cli import watch_command as watching
from assay.cli.add_command import add
from assay.cli.new_command import new
from assay.cli.option_groups import flattened
from assay.core.errors import AssayError, UsageError

COMMANDS: tuple[tuple[str, str, Callable[..., int]], ...] = (
    ("start", "fit", start.fit), ("start", "inspect", inspecting.inspect),
    ("start", "demo", start.demo), ("start", "research", going.research),
    ("steer", "hint", steer.hint), ("steer", "add", add), ("steer", "new", new), ("steer", "pin", steer.pin),
    ("steer", "forbid", steer.forbid), ("steer", "veto", steer.veto), ("steer", "pause", steer.pause),
    ("steer", "resume", steer.resume), ("steer", "stop", steer.stop),
    ("look", "leaderboard", look.leaderboard), ("look", "league", ranking.league),
    ("look", "show", look.show), ("look", "why", look.why),
    ("look", "diff", look.diff), ("look", "status", look.status),
    ("look", "report", look.report),
    ("look", "watch", watching.watch), ("look", "study", studying.study), ("look", "lessons", learning.lessons),
    ("look", "labs", look.labs), ("trust", "certify", going.certify),
    ("trust", "audit", trust.audit), ("trust", "replay", trust.replay),
    ("trust", "compare", trust.compare), ("trust", "infer", inferring.infer),
    ("trust", "pack", packing.pack), ("trust", "unpack", packing.unpack),
    ("use", "predict", use.predict), ("use", "score", scoring.score),
    ("use", "explain", explain.explain),
    ("use", "distill", distilling.distill),
    ("care", "doctor", care.doctor),
)  # fmt: skip
HELP = ("--help", "-h")
COMPLETION = "_ASSAY_COMPLETE"


class SettledCommand(TyperCommand):
    """A command that first says which settings of a file in a folder act on it."""

    def invoke(self, ctx: Any) -> Any:
        """Say it and run."""
        _say_settings(ctx)
        return super().invoke(ctx)


def _say_settings(context: Any) -> None:
    """The settings from a folder that act here, on stderr whatever else is quiet; as events where these are asked."""
    from assay.cli.settings_files import FoundSettings, acting

    said = acting(context.obj, context) if isinstance(context.obj, FoundSettings) else []
    if not said:
        return
    from assay.cli.console import Console
    from assay.cli.json_documents import event_document
    from assay.cli.line_layout import line
    from assay.core.event import Noted
    from assay.core.task import Notice

    console = Console.open()
    if not context.params.get("events"):
        console.complain([line(words) for words in said])
        return
    for words in said:
        console.event(event_document(Noted(elapsed_seconds=0.0, notice=Notice(code="settings/folder", message=words))))


def commands() -> Any:
    """The group of all commands, as typer's click command."""
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, context_settings={"help_option_names": []})
    for panel, name, function in COMMANDS:
        app.command(name, cls=SettledCommand, rich_help_panel=panel)(flattened(function))
    return typer.main.get_command(app)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _open_closed()
    from assay.cli.console import ReaderGoneError

    try:
        return _run(arguments)
    except (ReaderGoneError, BrokenPipeError):
        return _silenced(0)
    except KeyboardInterrupt:
        return 130
    except AssayError as error:
        return _refuse(error, arguments)
    except Exception as error:
        return _fault(error, arguments)


def _open_closed() -> None:
    """Open closed standard streams (`>&-`) as null: else the first opened file would take their place, and output would
    go into a ledger."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115, it stays open


def _silenced(code: int) -> int:
    """The exit code, with both outputs redirected to null, so that flushing them raises nothing."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
            continue
        os.dup2(nothing, stream.fileno())
    return code


def _run(arguments: list[str]) -> int:
    group = commands()
    if not any(word in HELP for word in arguments):
        _check_folder()
    if COMPLETION not in os.environ:
        said = _say_first(group, arguments)
        if said:
            return 0
    from assay.cli.settings_files import default_map, read_settings
    from assay.cli.usage_errors import refuse_repeated

    refuse_repeated(group, arguments)

    found = read_settings(Path.cwd(), os.environ)
    settings = default_map(found, group)
    try:
        code = group.main(args=arguments, prog_name="assay", standalone_mode=False, default_map=settings, obj=found)
    except typer.Abort:
        return 130
    except _usage_error() as error:
        raise _understood(error, group, arguments) from error
    return int(code or 0)


def _check_folder() -> None:
    try:
        Path.cwd()
    except FileNotFoundError as error:
        raise UsageError("The folder you are in was removed.", do=("cd to a folder that is there",)) from error


def _usage_error() -> type[Exception]:
    """typer's base class of usage errors: the parent of its public BadParameter, whichever module it is in."""
    parent = typer.BadParameter.__mro__[1]
    assert issubclass(parent, Exception)
    return parent


def _say_first(group: Any, arguments: list[str]) -> bool:
    """Handle what needs no command: no arguments, --version, --help."""
    from assay.cli.console import Console

    asked = arguments[: arguments.index("--")] if "--" in arguments else arguments
    name = next((word for word in asked if not word.startswith("-")), None)
    wants_help = any(word in HELP for word in asked)
    if asked and not wants_help and asked != ["--version"]:
        return False
    console = Console.open()
    if asked == ["--version"]:
        console.text(f"assay {_version()}\n")
    elif not asked:
        _welcome(console)
    else:
        _help(console, group, name)
    return True


def _help(console: Any, group: Any, name: str | None) -> None:
    from assay.cli.error_lines import unknown_command
    from assay.cli.help_pages import overview, page

    layout = console.out.layout
    if name is None:
        console.answer(overview(layout, _version(), group))
    elif name in group.commands:
        console.answer(page(layout, name, group.commands[name]))
    else:
        raise unknown_command(name, tuple(group.commands))


def _welcome(console: Any) -> None:
    from assay.cli.status_lines import welcome_lines
    from assay.journal.find_labs import labs_in

    here = [status for path in labs_in(Path.cwd())[:3] if (status := _status(path)) is not None]
    console.answer(welcome_lines(console.out.layout, _version(), tuple(here)))


def _status(path: Path) -> Any:
    """A lab's status; None for an unreadable one, which `assay labs` explains."""
    from assay.lab.lab import Lab

    try:
        return Lab.open(path).status()
    except AssayError:
        return None


def _version() -> str:
    from importlib.metadata import version

    return version("assay-ml")


def _understood(error: Exception, group: Any, arguments: list[str]) -> AssayError:
    """A usage error of typer in our format, with similar names."""
    from assay.cli.error_lines import unknown_command, unknown_option
    from assay.cli.usage_errors import wrong_usage

    name = next((word for word in arguments if not word.startswith("-")), "")
    if name not in group.commands:
        if not name:
            return UsageError(f"assay has no option {arguments[0]}.", do=("assay --help",))
        return unknown_command(name, tuple(group.commands))
    wrong = getattr(error, "option_name", None)
    known = tuple(option for param in group.commands[name].params for option in param.opts if option.startswith("-"))
    if isinstance(wrong, str) and wrong not in known:
        return unknown_option(wrong, name, known)
    return wrong_usage(error, group.commands[name], name)


def _refuse(error: AssayError, arguments: list[str]) -> int:
    from assay.cli.console import Console
    from assay.cli.error_lines import error_document, error_lines

    console = Console.open(json="--json" in arguments, debug="--debug" in arguments)
    if console.debug:
        _show_traceback(console, error)
    return _complain(console, error_lines(console.err.layout, error), error_document(error), error.exit_code)


def _complain(console: Any, lines: Any, body: Any, code: int) -> int:
    """The exit code, after printing the reason; failing outputs are ignored."""
    from assay.cli.console import ReaderGoneError

    for say, what in ((console.complain, lines), (console.document, body)):
        try:
            say(what)
        except (ReaderGoneError, AssayError):
            _silenced(code)
    return code


def _fault(error: Exception, arguments: list[str]) -> int:
    from assay.cli.console import Console
    from assay.cli.error_lines import OURS, fault_document, fault_lines, saved_traceback

    console = Console.open(json="--json" in arguments, debug="--debug" in arguments)
    try:
        path = saved_traceback(error)
    except OSError:  # a full disk may be what the fault is about: it must still be told
        path = None
    if console.debug:
        _show_traceback(console, error)
    return _complain(console, fault_lines(console.err.layout, error, path), fault_document(error, path), OURS)


def _show_traceback(console: Any, error: Exception) -> None:
    import traceback

    from assay.cli.line_layout import line

    console.complain([line(part) for part in "".join(traceback.format_exception(error)).splitlines()])
