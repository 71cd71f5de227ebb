"""The commands that start a search: fit, demo."""

import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from assay.cli.command_options import AimArguments, BudgetArguments, OutputOptions, ProgressArguments, TableArguments
from assay.cli.option_groups import option

if TYPE_CHECKING:
    from assay.cli.console import Console
    from assay.core.event import Event
    from assay.core.views import Summary
    from assay.data.options import TaskOptions
    from assay.search.settings import FitSettings

STARTED = time.monotonic()
DEFAULT_SECONDS = 300.0
DEMO_SECONDS = 60.0
LADDER = (300.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 86400.0)
NO_MODEL = 3

OutOption = Annotated[
    str | None, option("--out", "-o", metavar="LAB", help="Folder of the lab (named after the file if not given).")
]
ForceOption = Annotated[bool, option("--force", help="Replace a lab that asks another question.")]
DryRunOption = Annotated[bool, option("--dry-run", help="Show what would be done, and do nothing.")]


def fit(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A table: CSV, Parquet, Excel, …, - or a database URL.")],
    table: TableArguments,
    aim: AimArguments,
    budget: BudgetArguments,
    progress: ProgressArguments,
    output: OutputOptions,
    out: OutOption = None,
    force: ForceOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Find the best model for a table within a time limit.

    assay fit bank.csv.gz --target y
    assay fit bank.csv.gz --target y --drop duration --time-limit 60s
    """
    if not dry_run:
        start_workers()
    console = output.console()
    settings = budget.settings(out=out, force=force, default_seconds=DEFAULT_SECONDS)
    options = replace(aim.options(table, seed=budget.seed), valid=budget.valid, unlabelled=budget.unlabelled)
    if dry_run:
        return _plan(console, file, options, settings)
    return _run(console, file, options, settings, progress)


def demo(
    progress: ProgressArguments,
    output: OutputOptions,
    time_limit: Annotated[str, option("--time-limit", metavar="TIME", help="Finish within this time.")] = "60s",
    jobs: Annotated[int, option("--jobs", metavar="N", help="Worker processes (all cores if not given).")] = 0,
    out: OutOption = None,
    force: ForceOption = False,
) -> int:
    """Try a fit on a bundled table.

    assay demo
    assay demo --out try.lab --time-limit 30s
    """
    from importlib.resources import as_file, files

    from assay.core.errors import DataError

    start_workers()
    budget = BudgetArguments(time_limit=time_limit, jobs=jobs)
    settings = budget.settings(out=out, force=force, default_seconds=DEMO_SECONDS)
    table = files("assay").joinpath("demo", "bank.csv.gz")
    if not table.is_file():
        raise DataError("The bundled table is not part of this installation.", do=("assay fit FILE --target COLUMN",))
    options = TableArguments(target="y", drop=["duration"]).options(seed=0)
    with as_file(table) as path:
        return _run(output.console(), str(path), options, settings, progress)


def start_workers() -> None:
    """Start the workers' imports first, as they take longer than everything this process does before."""
    from assay.execute.prestart import warm
    from assay.lab.preload import PRELOAD

    warm(PRELOAD)


def _plan(console: "Console", source: str, options: "TaskOptions", settings: "FitSettings") -> int:
    from assay.cli.dry_run_lines import plan_document, plan_lines
    from assay.lab.dry_run import dry_run

    found = dry_run(source, options, settings)
    again = shlex.join(["assay", *(word for word in sys.argv[1:] if word != "--dry-run")])
    console.document(plan_document(found, (again,)))
    console.answer(plan_lines(console.out.layout, found))
    return 0


def _run(
    console: "Console", source: str, options: "TaskOptions", settings: "FitSettings", progress: ProgressArguments
) -> int:
    from pathlib import Path

    from assay.cli.doctor_command import lost_text
    from assay.cli.lab_argument import note
    from assay.cli.line_layout import Span, line
    from assay.cli.progress_watchers import watching
    from assay.cli.prompts import decide_at
    from assay.cli.stop_signals import stopping
    from assay.lab.fit import fit as run_fit
    from assay.lab.run_context import RunContext

    lost = lost_text()
    if lost and not progress.events:
        console.say([line(Span(lost, "warn"))])
    with watching(console, events=progress.events, verbose=progress.verbose) as watcher, stopping(watcher.stop) as stop:
        heard: list[Event] = []

        def hear(event: "Event") -> None:
            if not heard:
                heard.append(event)
            watcher.hear(event)

        decide = None if progress.events else decide_at(console)
        context = RunContext(listener=hear, interrupt=stop, started=STARTED, decide=decide)
        summary = run_fit(source, options, settings, context=context)
    note(Path(summary.lab_path), console, as_events=progress.events)
    hand_back(console, summary, again=go_on(sys.argv[1:], summary), is_done=not heard)
    return 0 if is_worth_having(summary) else NO_MODEL


def is_worth_having(summary: "Summary") -> bool:
    """Whether there is a model other than the constant that ships when time allowed no other."""
    from assay.search.constant_fallback import ONLY_CONSTANT

    return summary.model is not None and all(notice.code != ONLY_CONSTANT for notice in summary.warnings)


def hand_back(console: "Console", summary: "Summary", *, again: str | None, is_done: bool = False) -> None:
    """Print the summary, with what to type next. again: the command that goes on; is_done: nothing was left to do."""
    from assay.cli.json_documents import fit_document
    from assay.cli.summary_lines import quoted_lab, summary_lines

    summary = _from_here(summary)
    following = [f"assay predict {quoted_lab(summary)} new.csv"] if summary.model is not None else []
    console.document(fit_document(summary, (*following, *([again] if again else []))))
    console.answer(summary_lines(console.out.layout, summary, again=again, is_done=is_done))


def _from_here(summary: "Summary") -> "Summary":
    """The summary with paths relative to this folder."""
    from dataclasses import replace
    from pathlib import Path

    from assay.journal.find_labs import shown_path

    def shown(path: str) -> str:
        return shown_path(Path(path))

    return replace(
        summary, lab_path=shown(summary.lab_path), brief_md=shown(summary.brief_md),
        brief_html=shown(summary.brief_html),
        model=None if summary.model is None else replace(summary.model, path=shown(summary.model.path)),
    )  # fmt: skip


def go_on(arguments: Sequence[str], summary: "Summary") -> str | None:
    """The same command with a longer limit, quoted for the shell; None where nothing is left to try."""
    from assay.core.durations_and_sizes import duration_argument

    if summary.stopped_by not in ("time", "experiments", "interrupt"):
        return None
    kept = _without(arguments, ("--time-limit", "--experiments", "--force"))
    if summary.stopped_by == "experiments":
        longer = ["--experiments", str(summary.experiments * 2)]
    else:
        used = summary.elapsed_seconds
        next_limit = next((step for step in LADDER if step >= 1.9 * used), 2 * used)
        longer = ["--time-limit", duration_argument(next_limit)]
    return shlex.join(["assay", *kept, *longer])


def _without(arguments: Sequence[str], dropped: tuple[str, ...]) -> list[str]:
    """Arguments without some options and their values; --force has none."""
    kept: list[str] = []
    skip = False
    for argument in arguments:
        name = argument.split("=", 1)[0]
        if skip or name in dropped:
            skip = not skip and "=" not in argument and name != "--force"
            continue
        kept.append(argument)
    return kept
