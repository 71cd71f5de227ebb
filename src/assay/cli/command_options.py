"""Options of the commands, with the same name in all of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from assay.cli.option_groups import option
from assay.core.argument import listed_names
from assay.core.errors import UsageError, Where

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assay.cli.console import Console
    from assay.core.schema import Kind
    from assay.data.options import TaskOptions
    from assay.search.settings import FitSettings

Names = list[str] | None


def lab_names() -> list[str]:
    """Labs in this folder, for the shell's completion."""
    from assay.journal.find_labs import labs_in, short_name

    return sorted(short_name(path.name) for path in labs_in(Path.cwd()))


LabArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[LAB]", help="Folder or name of a lab; - is the last one used.", envvar="ASSAY_LAB",
        autocompletion=lab_names,
    ),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """Output options."""

    json: Annotated[bool, option("--json", help="Print one JSON document.")] = False
    quiet: Annotated[bool, option("--quiet", "-q", help="Print only the answer and errors.")] = False
    debug: Annotated[bool, option("--debug", help="Show tracebacks.")] = False
    color: Annotated[
        Literal["auto", "always", "never"], option("--color", metavar="auto|always|never", help="When to use colour.")
    ] = "auto"
    width: Annotated[int | None, option("--width", metavar="COLUMNS", help="Width of the output in characters.")] = None

    def console(self) -> "Console":
        """The console for these options."""
        from assay.cli.console import Console

        if self.width is not None and self.width < 20:
            raise UsageError(f"--width {self.width} is too narrow to read. Give at least 20.")
        return Console.open(
            color=self.color, columns=self.width, quiet=self.quiet, json=self.json, debug=self.debug
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableArguments:
    """Target, columns and rows."""

    target: Annotated[str | None, option("--target", "-t", metavar="COLUMN", help="What to predict.")] = None
    drop: Annotated[Names, option("--drop", metavar="COLUMNS", help="Leave columns out.")] = None
    keep: Annotated[Names, option("--keep", metavar="COLUMNS", help="Use columns Assay would leave out.")] = None
    raw: Annotated[Names, option("--raw", metavar="COLUMNS", help="Columns or repairs to leave as they are.")] = None
    missing: Annotated[Names, option("--missing", metavar="TEXTS", help="Other texts that mean missing.")] = None
    kind: Annotated[Names, option("--kind", metavar="COLUMN=KIND", help="Set the kind of a column.")] = None
    group: Annotated[str | None, option("--group", metavar="COLUMN", help="Keep rows of one value together.")] = None
    order_by: Annotated[
        str | None, option("--order-by", metavar="COLUMN", help="Predict from earlier rows (none: in no order).")
    ] = None
    candidates_by: Annotated[
        str | None, option("--candidates-by", metavar="COLUMN", help="Only give labels seen with its value.")
    ] = None
    weights: Annotated[str | None, option("--weights", metavar="COLUMN", help="How much each row counts.")] = None
    positive: Annotated[str | None, option("--positive", metavar="CLASS", help="The positive class.")] = None
    sheet: Annotated[str | None, option("--sheet", metavar="NAME", help="Sheet of the workbook.")] = None
    query: Annotated[str | None, option("--query", metavar="SQL", help="SQL query, if FILE is a database.")] = None

    def options(
        self,
        *,
        seed: int,
        metric: str | None = None,
        monotone: "Mapping[str, int] | None" = None,
        problem: str | None = None,
    ) -> "TaskOptions":
        """The options in the form of the data room."""
        from assay.data.options import TaskOptions

        return TaskOptions(
            target=self.target, metric=metric, drop=listed(self.drop), keep=listed(self.keep), raw=listed(self.raw),
            missing=listed(self.missing), kinds=kinds(self.kind), group=self.group, order_by=self.order_by,
            weights=self.weights, positive=self.positive, sheet=self.sheet, query=self.query, seed=seed,
            monotone=monotone or {}, problem=problem, candidates_by=self.candidates_by,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AimArguments:
    """Metric, problem and constraints."""

    metric: Annotated[str | None, option("--metric", metavar="NAME", help="What counts as good, e.g. roc_auc.")] = None
    problem: Annotated[
        str | None,
        option("--problem", metavar="binary|multiclass|regression", help="Kind of problem, if the guess is wrong."),
    ] = None
    monotone: Annotated[
        Names, option("--monotone", metavar="COLUMN=+1|-1", help="Let predictions only rise, or only fall, with it.")
    ] = None

    def options(self, table: TableArguments, *, seed: int) -> "TaskOptions":
        """The task in the form of the data room."""
        return table.options(seed=seed, metric=self.metric, monotone=signs(self.monotone), problem=self.problem)


@dataclass(frozen=True, slots=True)
class BudgetArguments:
    """Resources and goals of the search."""

    time_limit: Annotated[
        str | None,
        option("--time-limit", metavar="TIME", help="Finish within: 90s, 10m, 2h30m (fit: 5m if not given)."),
    ] = None
    experiments: Annotated[
        int | None, option("--experiments", metavar="N", help="Stop at N experiments of the lab; exactly repeatable.")
    ] = None
    patience: Annotated[
        bool,
        option(
            "--patience/--no-patience", help="Stop early when a quarter of the time, a minute at least, gained nothing."
        ),
    ] = True
    jobs: Annotated[int, option("--jobs", metavar="N", help="Worker processes (all cores if not given).")] = 0
    memory: Annotated[str | None, option("--memory", metavar="SIZE", help="Memory of a worker, e.g. 2GiB.")] = None
    seed: Annotated[int, option("--seed", metavar="N", help="Random seed.")] = 0
    preset: Annotated[
        Literal["fast", "balanced", "best", "tiny", "interpretable"],
        option("--preset", metavar="fast|balanced|best|tiny|interpretable", help="What matters in the model."),
    ] = "balanced"
    valid: Annotated[
        str | None, option("--valid", metavar="FILE|COLUMN", help="Score on these rows, or on folds of this column.")
    ] = None
    unlabelled: Annotated[
        str | None,
        option("--unlabelled", metavar="FILE|missing", help="Rows without a target that moves may let teach."),
    ] = None
    vault: Annotated[
        float | None, option("--vault", metavar="SHARE", help="Set a share of rows aside until the end, e.g. 0.2.")
    ] = None
    ship: Annotated[
        Literal["all", "certified"],
        option("--ship", metavar="all|certified", help="After a vault: refitted on all rows, or as certified."),
    ] = "all"
    ship_code: Annotated[
        bool, option("--ship-code", help="Let a model ship that calls functions of yours; loading it must be allowed.")
    ] = False
    sandbox: Annotated[
        Literal["any", "required"],
        option("--sandbox", metavar="any|required", help="Run functions only where a sandbox holds everything."),
    ] = "any"
    without: Annotated[Names, option("--without", metavar="FAMILIES", help="Leave model families out.")] = None
    threshold: Annotated[
        float | None, option("--threshold", metavar="P", help="Label rows positive above this probability.")
    ] = None
    cost: Annotated[str | None, option("--cost", metavar="fp=1,fn=5", help="What wrong labels cost; two classes.")] = (
        None
    )
    families: Annotated[Names, option("--families", metavar="FAMILIES", help="Try these model families only.")] = None
    researchers: Annotated[
        Names, option("--researchers", metavar="NAMES", help="Who may propose, e.g. portfolio,random.")
    ] = None
    max_latency: Annotated[
        float | None, option("--max-latency", metavar="MS", help="Most milliseconds one row may take.")
    ] = None
    text_model: Annotated[
        list[str] | None,
        option("--text-model", metavar="FOLDER|none", help="A pretrained encoder of texts on this machine, or none."),
    ] = None
    text_store: Annotated[
        str | None, option("--text-store", metavar="FOLDER|off", help="Where vectors of texts are kept for you.")
    ] = None
    lab_memory: Annotated[
        str | None,
        option("--lab-memory", metavar="FILE|off", help="What moves earned in your other labs, read and added to."),
    ] = None
    max_size: Annotated[str | None, option("--max-size", metavar="SIZE", help="Largest model, e.g. 5MB.")] = None

    def settings(self, *, out: str | None, force: bool, default_seconds: float) -> "FitSettings":
        """The settings in the form of the lab."""
        from assay.search.option_values import budget_of, bytes_of, label_rule
        from assay.search.settings import FitSettings

        return FitSettings(
            budget=budget_of(
                self.time_limit, self.experiments, default_seconds=default_seconds, option="--time-limit"
            ),
            out=out, force=force, jobs=self.jobs, memory_bytes=bytes_of(self.memory, option="--memory") or 0,
            without=frozenset(listed(self.without)), families=frozenset(listed(self.families)),
            patience=self.patience, seed=self.seed, preset=self.preset, vault=self.vault,
            ship=self.ship, labels=label_rule(self.threshold, self.cost),
            researchers=listed(self.researchers),
            max_latency_ms=self.max_latency, max_size_bytes=bytes_of(self.max_size, option="--max-size"),
            text_models=tuple(self.text_model or ()), text_store=self.text_store or "",
            lab_memory=self.lab_memory or "",
            sandbox=self.sandbox, ship_code=self.ship_code,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProgressArguments:
    """Progress output of a long command."""

    events: Annotated[bool, option("--events", help="Show progress as JSON lines on stderr.")] = False
    verbose: Annotated[bool, option("--verbose", "-v", help="Print a line for each experiment.")] = False


def listed(values: Names) -> tuple[str, ...]:
    """See listed_names."""
    return listed_names(values or ())


def kinds(values: Names) -> "dict[str, Kind]":
    """ "COLUMN=KIND" as a mapping; UsageError when a pair has no kind."""
    chosen: dict[str, str] = {}
    for pair in listed(values):
        column, sign, kind = pair.rpartition("=")
        if not sign or not column or not kind:
            raise UsageError(
                f"--kind {pair!r} is not COLUMN=KIND. For example --kind signed_up=datetime.",
                where=Where(option="--kind"),
            )
        chosen[column] = kind
    return chosen  # TaskOptions checks the kinds and names the known ones


def signs(values: Names) -> dict[str, int]:
    """ "COLUMN=+1" or "COLUMN=-1" as a mapping; UsageError for anything else."""
    chosen: dict[str, int] = {}
    for pair in listed(values):
        column, _, sign = pair.rpartition("=")
        if not column or sign not in ("1", "+1", "-1"):
            raise UsageError(
                f"--monotone {pair!r} is not COLUMN=+1 or COLUMN=-1. For example --monotone price=-1.",
                where=Where(option="--monotone"),
            )
        chosen[column] = int(sign)
    return chosen
