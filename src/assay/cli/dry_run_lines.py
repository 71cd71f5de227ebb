"""Output of `fit --dry-run`: the table as understood and the first experiments, for people and programs."""

from typing import TYPE_CHECKING

from assay.cli.json_documents import document
from assay.cli.line_layout import Line, LineLayout, labelled, line
from assay.cli.task_summary import head_lines
from assay.cli.terminal_table import TableColumn, table
from assay.core.codec import to_json
from assay.lab.dry_run import DryRun
from assay.report.phrases import name_list, seconds_text

if TYPE_CHECKING:
    from assay.core.array import JsonObject


def plan_lines(layout: LineLayout, found: DryRun) -> list[Line]:
    """The summary of a fit, a line for each known experiment, and what would follow."""
    shown = [one.experiment for one in found.known]
    columns = [
        TableColumn("#", [str(one.number) for one in shown]),
        TableColumn("experiment", [one.what for one in shown], right=False, stretch=True),
        TableColumn("by", [one.by for one in shown], right=False, gives=1),
        TableColumn("core s", [f"{one.seconds:.1f}" for one in found.known]),
        TableColumn("", ["" if one.fits else f"no {one.lacks}" for one in found.known], right=False),
    ]
    return [
        *head_lines(layout, found.seen),
        line(),
        *table(layout, columns, roles=["" if one.fits else "dim" for one in found.known]),
        line(),
        *labelled(layout, "then", _then(found), size=10),
        *labelled(
            layout, "seconds", "of all folds on one core, at the speed that this machine has now", size=10, role="dim"
        ),
    ]


def _then(found: DryRun) -> str:
    total = sum(one.seconds for one in found.known if one.fits) / found.workers
    if found.limit_seconds is None:
        return "the model, as soon as all that was asked for has run"
    names = name_list(tuple(dict.fromkeys(name.removesuffix("_kept") for name in found.searchers)), 6)
    rest = f"; {names} search in what is left" if names else ""
    return f"about {seconds_text(total)} on {found.workers} cores of {seconds_text(found.limit_seconds)}{rest}"


def plan_document(found: DryRun, following: tuple[str, ...]) -> "JsonObject":
    """plan/1"""
    return document("plan", found.seen.lab, {
        "task": to_json(found.seen.task), "workers": found.workers, "limit_seconds": found.limit_seconds,
        "known": [
            {"number": one.experiment.number, "what": one.experiment.what, "by": one.experiment.by,
             "recipe": one.experiment.recipe.as_json(), "expected_cpu_seconds": one.seconds,
             "expected_bytes": one.bytes, "fits": one.fits, "lacks": one.lacks}
            for one in found.known
        ],
        "searchers": list(found.searchers), "set_aside": found.seen.set_aside,
        "next": list(following),
    })  # fmt: skip
