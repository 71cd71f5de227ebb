"""Experiments by a metric that a person brought, as a table and as a document."""

import math
from typing import TYPE_CHECKING

from assay.cli.json_documents import document
from assay.cli.line_layout import Line, LineLayout, Span, line
from assay.cli.terminal_table import TableColumn, table
from assay.core.figure import number_text
from assay.views.own_metric import OwnBoard, OwnScore, board_rows, own_board

if TYPE_CHECKING:
    from assay.cli.console import Console
    from assay.core.array import JsonObject
    from assay.lab.lab import Lab

DECIMALS = 4


def print_own_board(console: "Console", lab: "Lab", name: str) -> int:
    """Rank by the metric of that name, and print."""
    board = own_board(lab, name)
    console.document(own_board_document(board, lab.name))
    console.answer(own_board_lines(console.out.layout, board, lab.name))
    return 0


def own_board_document(board: OwnBoard, lab: str) -> "JsonObject":
    """own-metric/1."""
    return document(
        "own-metric", lab,
        {"metric": board.name, "higher_is_better": board.higher_is_better, "n_rows": board.rows,
         "rows": [dict(row) for row in board_rows(board)]},
    )  # fmt: skip


def own_board_lines(layout: LineLayout, board: OwnBoard, lab: str) -> list[Line]:
    """A title, the table, and what a tie is."""
    better = "higher" if board.higher_is_better else "lower"
    head = line(
        Span(lab, "number"),
        f" · {board.name}, {better} is better · out-of-fold, {board.rows:,} rows · a metric of yours",
    )
    if not board.scores:
        return [head, line("No experiment has a score on every fold yet.")]
    columns = [
        TableColumn("rank", [_rank(board, at) for at in range(len(board.scores))]),
        TableColumn("#", [str(one.number) for one in board.scores]),
        TableColumn("what", [one.what for one in board.scores], right=False, stretch=True),
        TableColumn(board.name, [number_text(one.value, DECIMALS) for one in board.scores]),
        TableColumn("95 %", [_interval(one) for one in board.scores], gives=1),
    ]  # fmt: skip
    note = "= not told apart from the best (paired bootstrap, under 2 σ); the search does not follow this metric"
    lines = [head, *table(layout, columns), line(Span(f"  {note}", "dim"))]
    if board.others:
        more = f"the {len(board.scores)} best by the lab's own metric are ranked; {board.others:,} others are not"
        lines.append(line(Span(f"  {more}", "warn")))
    return lines


def _rank(board: OwnBoard, at: int) -> str:
    """Its place; those not told apart from the best share the first, if there are several."""
    several = sum(one.tied for one in board.scores) > 1
    return ("1=" if several else "1") if board.scores[at].tied else f"{at + 1}"


def _interval(one: OwnScore) -> str:
    if math.isnan(one.low):
        return "unknown"
    return f"{number_text(one.low, DECIMALS)} to {number_text(one.high, DECIMALS)}"
