"""The command lessons, which shows what a lab has seen its moves gain."""

from typing import TYPE_CHECKING, Annotated

from assay.cli.command_options import LabArgument, OutputOptions
from assay.cli.line_layout import Line, LineLayout, Span, line, wrap
from assay.cli.option_groups import option

if TYPE_CHECKING:
    from assay.core.array import Json
    from assay.research.lesson_table import Lesson

NONE_YET = "no move was tried here yet against a parent that has a score"


def lessons(
    output: OutputOptions,
    lab: LabArgument = None,
    every: Annotated[bool, option("--all", help="Also what was tried and says nothing yet.")] = False,
) -> int:
    """Show what was learned of moves: their gains, how sure, over what.

    assay lessons bank
    assay lessons bank --all
    """
    from assay.cli.json_documents import document
    from assay.cli.lab_argument import open_lab
    from assay.lab.director_of_lab import lessons_of_lab

    console = output.console()
    opened = open_lab(lab, console)
    found = lessons_of_lab(opened)
    console.document(document("lessons", opened.name, {"lessons": [_body(one) for one in found]}))
    console.answer(lesson_lines(console.out.layout, found, every=every))
    return 0


def _body(one: "Lesson") -> "Json":
    from assay.core.codec import to_json

    return to_json(one)


def lesson_lines(layout: LineLayout, found: "tuple[Lesson, ...]", *, every: bool = False) -> list[Line]:
    """A table: those that say something, then those that were withdrawn; every: the others, too."""
    from assay.cli.terminal_table import TableColumn, table
    from assay.core.figure import number_text

    shown = [one for one in found if every or one.says or one.withdrawn is not None]
    if not shown:
        more = "" if not found else f"; {len(found)} were tried and say nothing yet (--all lists them)"
        return [line(part) for part in wrap(layout, NONE_YET if not found else f"no lesson yet{more}", indent=1)]
    gains = [f"{number_text(one.mean, 2)} ± {number_text(one.sigma, 2)}" for one in shown]
    columns = [
        TableColumn("what", [one.move or "all such moves" for one in shown], right=False, stretch=True, least=12),
        TableColumn("over", [_over(one) for one in shown], right=False),
        TableColumn("gain in σ", gains),
        TableColumn("seen", [number_text(one.seen, 2) for one in shown], gives=3),
        TableColumn("tries", [_tries(one) for one in shown], gives=2),
        TableColumn("says", [one.says or "-" for one in shown], right=False),
        TableColumn("since", [_since(one) for one in shown], right=False, gives=1),
    ]
    note = (
        "gain: over the parent, shrunk to what was expected; of columns: beyond what was expected of such moves. "
        "seen: the mean of the tries as they were; one that failed or was stopped early counts as −1"
    )
    return [*table(layout, columns), *(line(Span(part, "dim")) for part in wrap(layout, note, indent=1))]


def _over(one: "Lesson") -> str:
    return {"move": "all parents", "family": one.scope, "columns": f"columns: {one.scope}"}[one.over]


def _tries(one: "Lesson") -> str:
    counts = (f"{one.failed} failed" if one.failed else "", f"{one.stopped} stopped" if one.stopped else "")
    return ", ".join([str(one.n), *filter(None, counts)])


def _since(one: "Lesson") -> str:
    if one.withdrawn is not None:
        return f"withdrawn at #{one.withdrawn}, {one.ended}"
    return "" if one.since is None else f"#{one.since}"
