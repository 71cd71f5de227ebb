"""The command league: who and what proposed well for the time it took."""

from typing import TYPE_CHECKING, Annotated

from assay.cli.command_options import LabArgument, OutputOptions
from assay.cli.line_layout import Line, LineLayout, Span, line, wrap
from assay.cli.option_groups import option

if TYPE_CHECKING:
    from assay.core.array import JsonObject
    from assay.core.long_run_views import LeagueRow


def league(
    output: OutputOptions,
    lab: LabArgument = None,
    moves: Annotated[bool, option("--moves", help="Of moves in place of proposers.")] = False,
) -> int:
    """What each proposer gained for the time it took.

    assay league bank
    assay league bank --moves
    """
    from assay.cli.json_documents import document
    from assay.cli.lab_argument import open_lab
    from assay.cli.void_lines import void_lines
    from assay.views.long_run import leagues

    console = output.console()
    opened = open_lab(lab, console)
    proposers, by_move = leagues(opened)
    void = void_lines(console.out.layout, opened)
    body: JsonObject = {
        "proposers": [_row_document(row) for row in proposers], "moves": [_row_document(row) for row in by_move],
        "all_void": bool(void),
    }  # fmt: skip
    console.document(document("league", opened.name, body))
    shown, name = (by_move, "move") if moves else (proposers, "proposer")
    console.answer(void or league_lines(console.out.layout, shown, name))
    return 0


def _row_document(row: "LeagueRow") -> "JsonObject":
    known, gain = row.calibration, row.gain
    return {
        "name": row.name, "tries": row.tries, "kept": row.kept, "failed": row.failed, "stopped": row.stopped,
        "cpu_seconds": row.cpu_seconds, "credit_sigma": row.credit, "credit_per_minute": row.per_minute,
        "gain": None if gain is None else {
            "value": gain.value, "sigma": gain.sigma, "low": gain.low, "high": gain.high, "tries": gain.tries,
        },
        "calibration": None if known is None else {
            "tries": known.n, "predicted_sigma": known.predicted, "came_sigma": known.came, "error_sigma": known.error,
        },
    }  # fmt: skip


DROPPED = ("stopped", "failed", "predicted → came", "mean gain over parents", "credit", "CPU")
"""Columns that a narrow terminal does without, the first first."""


def league_lines(layout: LineLayout, rows: "tuple[LeagueRow, ...]", name: str) -> list[Line]:
    """A table, and what its credit is."""
    from assay.cli.terminal_table import TableColumn, table
    from assay.report.long_run_text import league_table

    grid = league_table(rows, name)
    if grid is None:
        return [line("  Nothing was tried that is a move." if name == "move" else "  Nothing has ended yet.")]
    header, cells = grid
    columns = [
        TableColumn(
            title, [row[place] for row in cells], right=place > 0,
            gives=1 + DROPPED.index(title) if title in DROPPED else 0,
        )
        for place, title in enumerate(header)
    ]  # fmt: skip
    note = "credit: σ of keeps over the champion of their time, on other folds where they were tried there; 3 at most"
    return [*table(layout, columns), *(line(Span(f"  {part}", "dim")) for part in wrap(layout, note, indent=2))]
