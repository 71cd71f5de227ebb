"""The commands that go on with a lab: research, certify."""

import shlex
import sys
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from assay.cli.command_options import (
    AimArguments,
    BudgetArguments,
    LabArgument,
    OutputOptions,
    ProgressArguments,
    TableArguments,
)
from assay.cli.option_groups import option
from assay.core.errors import AssayError, UsageError, Where

if TYPE_CHECKING:
    from collections.abc import Callable

    from assay.cli.console import Console
    from assay.core.event import Event
    from assay.core.task import Notice
    from assay.core.views import Summary
    from assay.lab.research_lab import GoOn
    from assay.lab.run_context import RunContext
    from assay.search.session_limits import SessionLimits

VAULT_SHARE = 0.2
MISSED = 1


@dataclass(frozen=True, slots=True)
class SessionArguments:
    """The end of this session, and who proposes."""

    until: Annotated[
        str | None, option("--until", metavar="TIME", help="End this session: 2h, or a clock time such as 18:30.")
    ] = None
    goal: Annotated[str | None, option("--goal", metavar="SCORE", help="End at a score, e.g. 'roc_auc>=0.9'.")] = None
    forever: Annotated[bool, option("--forever", help="Go on until it is stopped.")] = False
    at_plateau: Annotated[
        Literal["stop", "go-on", "ask"],
        option("--at-plateau", metavar="stop|go-on|ask", help="What to do when nothing is gained any more."),
    ] = "go-on"
    detach: Annotated[bool, option("--detach", help="Run without this terminal; a log lies in the lab.")] = False

    def limits(self, budget: BudgetArguments) -> "SessionLimits":
        """What ends this session; an hour where nothing else does."""
        from assay.search.session_limits import SessionLimits

        if self.forever and self.until is not None:
            raise UsageError("--forever and --until say two things. Give one.", where=Where(option="--forever"))
        others = self.forever or budget.time_limit is not None or budget.experiments is not None
        return SessionLimits.of(self.until, ends_otherwise=others, goal=self.goal, at_plateau=self.at_plateau)


def research(
    what: Annotated[str, typer.Argument(metavar="LAB|FILE", help="A lab to go on with, or a table to begin one.")],
    table: TableArguments,
    aim: AimArguments,
    budget: BudgetArguments,
    session: SessionArguments,
    progress: ProgressArguments,
    output: OutputOptions,
    out: Annotated[
        str | None,
        option("--out", "-o", metavar="LAB", help="Folder of a new lab (named after the file if not given)."),
    ] = None,
) -> int:
    """Go on experimenting, for as long as given.

    assay research bank --until 2h
    assay research bank.csv.gz --target y --drop duration --until 18:30
    """
    console = output.console()
    path = _lab_of(what, out, console)
    limits, asked = session.limits(budget), None
    if path is not None:
        _refuse_question(table, aim)
        asked = _asked(budget)
    if session.detach and (path is not None or _is_there(what)):
        return _detached(console, what, path, out)
    if path is not None and asked is not None:
        return _go_on(console, path, asked, limits, progress)
    begun = NewLab(what, table, aim, budget, out)
    return _begin(console, begun, limits, progress)


def certify(output: OutputOptions, progress: ProgressArguments, lab: LabArgument = None) -> int:
    """Open the vault: the figure to quote.

    assay certify bank
    assay certify -
    """
    from assay.cli.fit_commands import hand_back
    from assay.cli.lab_argument import open_lab
    from assay.cli.progress_watchers import watching
    from assay.lab.research_lab import certify_lab
    from assay.lab.run_context import RunContext

    console = output.console()
    opened = open_lab(lab, console)
    path = opened.path
    opened.close()
    with watching(console, events=progress.events, verbose=progress.verbose) as watcher:
        summary = certify_lab(path, context=RunContext(listener=watcher.hear))
    hand_back(console, summary, again=None)
    return 0


def _lab_of(what: str, out: str | None, console: "Console") -> Path | None:
    """The lab that the argument means; None where it is a file to begin one with."""
    from assay.cli.lab_argument import history
    from assay.journal.find_labs import SUFFIX, find, is_lab

    path = Path(what)
    if is_lab(path) or is_lab(path.with_name(path.name + SUFFIX)) or what == "-":
        if out is not None:
            raise UsageError(f"{what} is a lab, and goes on where it lies.", where=Where(option="--out"),
                             do=("leave out --out",))  # fmt: skip
        return find(what, cwd=Path.cwd(), history=history(console))
    if _is_there(what) or path.suffix not in ("", SUFFIX):  # one that is not there is refused as by fit
        return None
    return find(what, cwd=Path.cwd(), history=history(console))  # names what is near


def _is_there(what: str) -> bool:
    return Path(what).exists() or "://" in what


def _refuse_question(table: TableArguments, aim: AimArguments) -> None:
    """What a lab asks is settled; options that would ask otherwise are refused and not passed over."""
    for given, usual in ((table, TableArguments()), (aim, AimArguments())):
        for one in fields(given):
            if getattr(given, one.name) != getattr(usual, one.name):
                option_name = f"--{one.name.replace('_', '-')}"
                raise UsageError(
                    f"{option_name} is settled where a lab begins; this one goes on with its own question.",
                    where=Where(option=option_name),
                    do=('assay hint LAB "ignore COLUMN"  (leaves a column out)', "assay research FILE  (a new lab)"),
                )  # fmt: skip


def _asked(budget: BudgetArguments) -> "GoOn":
    """What is asked of a lab that goes on: what differs from the defaults of the options."""
    from assay.lab.research_lab import GoOn
    from assay.search.option_values import budget_of

    usual = BudgetArguments()
    for name in ("vault", "seed", "valid", "unlabelled"):
        if getattr(budget, name) != getattr(usual, name):
            option_name = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"{option_name} is settled where a lab begins.", where=Where(option=option_name),
                do=("assay research FILE --target COLUMN --out OTHER  (a new lab)",),
            )  # fmt: skip
    settings = budget.settings(out=None, force=False, default_seconds=float("inf"))
    plain = usual.settings(out=None, force=False, default_seconds=float("inf"))
    names = ("jobs", "memory_bytes", "without", "families", "preset", "max_latency_ms", "max_size_bytes", "labels",
             "ship", "patience", "researchers", "text_models", "ship_code", "sandbox")  # fmt: skip
    changes: dict[str, Any] = {
        name: getattr(settings, name) for name in names if getattr(settings, name) != getattr(plain, name)
    }
    limit = budget_of(
        budget.time_limit, budget.experiments, default_seconds=float("inf"), option="--time-limit"
    )  # fmt: skip
    changes["text_store"] = settings.text_store
    if settings.lab_memory != plain.lab_memory:  # off stays off until something else is said
        changes["lab_memory"] = settings.lab_memory
    return GoOn(budget=limit, changes=tuple(changes.items()))


def _go_on(console: "Console", path: Path, asked: "GoOn", limits: "SessionLimits", progress: ProgressArguments) -> int:
    from assay.cli.vault_notice import uncertified
    from assay.lab.research_lab import research_lab

    notice = uncertified(path)
    return _run(
        console, limits, progress, lambda context: research_lab(path, asked, context=context), notice=notice
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewLab:
    """What a new lab is asked for."""

    source: str
    table: TableArguments
    aim: AimArguments
    budget: BudgetArguments
    out: str | None


def _begin(console: "Console", new: NewLab, limits: "SessionLimits", progress: ProgressArguments) -> int:
    """A new lab with rows set aside; the same command again goes on with it."""
    from assay.cli.fit_commands import start_workers
    from assay.cli.vault_notice import uncertified
    from assay.journal.find_labs import is_lab, short_name, shown_path
    from assay.lab.fit import fit
    from assay.lab.lab_folder import lab_path
    from assay.search.settings import FitSettings
    from assay.vault.key import has_key

    start_workers()
    path = lab_path(new.source, FitSettings(out=new.out))
    budget, notice = new.budget, None
    if is_lab(path) and new.table.target is None:
        name = shlex.quote(short_name(shown_path(path)))
        raise UsageError(
            f"No target is named. {shown_path(path)} was made of a table of this name.",
            where=Where(option="--target"),
            do=(f"assay research {name}", f"assay research {shlex.quote(new.source)} --target COLUMN --out OTHER"),
        )  # fmt: skip
    if is_lab(path) and not has_key(path):
        notice = uncertified(path)
    elif budget.vault is None:
        budget = replace(budget, vault=VAULT_SHARE)
    settings = budget.settings(out=new.out, force=False, default_seconds=float("inf"))
    options = new.aim.options(new.table, seed=new.budget.seed)
    options = replace(options, valid=new.budget.valid, unlabelled=new.budget.unlabelled)

    def work(context: "RunContext") -> "Summary":
        try:
            return fit(new.source, options, settings, context=context)
        except AssayError as error:
            if error.where.option != "--vault" or new.budget.vault is not None:
                raise
            raise _without_vault(error, new) from error

    return _run(console, limits, progress, work, notice=notice)


def _without_vault(error: AssayError, new: NewLab) -> UsageError:
    """The refusal of a table that is too small for the vault that a new lab has, with what can be done instead."""
    question = f"{shlex.quote(new.source)} --target {shlex.quote(str(new.table.target))}"
    return UsageError(
        f"A lab of research sets rows aside, and here that is not possible. {error.message}",
        do=(f"assay fit {question}  (no vault; then assay research LAB goes on with it)",),
    )  # fmt: skip


def _run(
    console: "Console", limits: "SessionLimits", progress: ProgressArguments,
    work: "Callable[[RunContext], Summary]", *, notice: "Notice | None",
) -> int:  # fmt: skip
    """The exit code of a session. notice: what is said of the lab once nothing refuses it and before it works."""
    from assay.cli.fit_commands import STARTED, hand_back, is_worth_having
    from assay.cli.lab_argument import note
    from assay.cli.line_layout import Span, line
    from assay.cli.plateau_prompt import person_at
    from assay.cli.progress_watchers import watching
    from assay.cli.prompts import decide_at
    from assay.cli.stop_signals import stopping
    from assay.cli.vault_notice import say_notice
    from assay.lab.run_context import RunContext

    with watching(console, events=progress.events, verbose=progress.verbose) as watcher, stopping(watcher.stop) as stop:
        heard: set[str] = set()

        def hear(event: "Event") -> None:
            if notice is not None and not heard:
                say_notice(console, notice, as_event=progress.events)
            heard.add(type(event).__name__)
            watcher.hear(event)

        decide = None if progress.events else decide_at(console)
        person = None if progress.events else person_at(console, clear=watcher.close)
        context = RunContext(
            listener=hear, interrupt=stop, started=STARTED, decide=decide, limits=limits, person=person
        )
        summary = work(context)
    note(Path(summary.lab_path), console, as_events=progress.events)
    again = _again(sys.argv[1:], summary)
    hand_back(console, summary, again=again, is_done="Scored" not in heard and summary.stopped_by == "experiments")
    if not is_worth_having(summary):
        return 3
    if limits.goal is None or summary.stopped_by == "goal":
        return 0
    console.say([line(Span(f"The goal {limits.goal.text} was not reached.", "warn"))])
    return MISSED


def _again(arguments: list[str], summary: "Summary") -> str:
    """The command that goes on with the lab for as long again."""
    from assay.cli.summary_lines import quoted_lab
    from assay.journal.find_labs import shown_path
    from assay.search.session_limits import USUAL

    until = next((arguments[i + 1] for i, word in enumerate(arguments[:-1]) if word == "--until"), "")
    length = until if until and ":" not in until else USUAL
    shown = replace(summary, lab_path=shown_path(Path(summary.lab_path)))
    return f"assay research {quoted_lab(shown)} --until {length}"


def _detached(console: "Console", what: str, path: Path | None, out: str | None) -> int:
    from assay.cli.detached import begun, log_bytes, spawn

    place = path or _place_of(what, out)
    before = log_bytes(place)
    process = spawn(sys.argv[1:], place)
    return begun(console, process, place, after=before)


def _place_of(what: str, out: str | None) -> Path:
    from assay.lab.lab_folder import lab_path
    from assay.search.settings import FitSettings

    return lab_path(what, FitSettings(out=out))
