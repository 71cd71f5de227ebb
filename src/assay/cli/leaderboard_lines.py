"""The leaderboard as a table; scores without a significant difference share a rank."""

from assay.cli.line_layout import Line, LineLayout, Role, Span, first_that_fits, joined, labelled, line, width, wrap
from assay.cli.terminal_table import TableColumn, table
from assay.core.figure import decimals_for, number_text
from assay.core.views import Board, BoardRow, telling_rows
from assay.report.brief_text import kind_text
from assay.report.figure_text import short_origin, sigma_known
from assay.report.phrases import bracketed, count_text

WEIGHED = 88
"""Width from which time and size of models are shown."""


def board_lines(layout: LineLayout, board: Board, *, every: bool = False) -> list[Line]:
    """Title, ranked rows, and what the rows do not say. every: all rows, else the first and the best of each family."""
    if not board.rows:
        return [
            line(f"{board.lab} · {board.target}: no experiment has a score yet"),
            *_unranked(layout, board),
        ]
    rows = board.rows if every else shown_rows(board.rows)
    body = _records(layout, board, rows) if layout.is_narrow else _table(layout, board, rows)
    return [
        *_title(layout, board),
        *body,
        *_notes(layout, board, rows),
        *_weighed(layout),
        *_unconfirmed(layout, rows),
        *_unranked(layout, board),
        *_quote(layout, board),
    ]


def shown_rows(rows: tuple[BoardRow, ...]) -> tuple[BoardRow, ...]:
    """The first five, the baseline, and the best of each further family, in order."""
    return tuple(rows[place] for place in telling_rows([(row.family, row.is_baseline) for row in rows]))


def _title(layout: LineLayout, board: Board) -> list[Line]:
    way = "higher" if board.higher_is_better else "lower"
    folds = f", {board.n_folds} folds" if board.n_folds > 1 else ", one part held out"
    parts = [
        board.lab, board.target, f"{board.metric_title}, {way} is better",
        f"out-of-fold, {count_text(board.scored_rows)} rows{folds}",
    ]  # fmt: skip
    sigma = sigma_known(board.sigma, is_planned=board.is_sigma_planned)
    return [line(Span(part, "dim")) for part in wrap(layout, joined([*parts, sigma]), indent=0)]


def _decimals(board: Board, row: BoardRow) -> int:
    return decimals_for(board.sigma) if board.sigma else row.score.decimals


def _score(board: Board, row: BoardRow) -> str:
    return number_text(row.score.value, _decimals(board, row))


def _to_best(board: Board, row: BoardRow) -> str:
    return "–" if row.to_best is None else number_text(row.to_best.value, _decimals(board, row), signed=True)


def _rank(row: BoardRow) -> str:
    return f"{row.rank}=" if row.tied else str(row.rank)


def _kept(row: BoardRow) -> str:
    return {"kept": "●", "unconfirmed": "●–", "": ""}[row.kept]


def _what(row: BoardRow) -> str:
    return f"{row.what} (baseline)" if row.is_baseline else row.what


def _table(layout: LineLayout, board: Board, rows: tuple[BoardRow, ...]) -> list[Line]:
    columns = [
        TableColumn("rank", [_rank(r) for r in rows]),
        TableColumn("#", [str(r.number) for r in rows]),
        TableColumn("what", [_what(r) for r in rows], right=False, stretch=True, least=36),
        TableColumn("score", [_score(board, r) for r in rows], role="number"),
        TableColumn("to best", [_to_best(board, r) for r in rows]),
        TableColumn("kept", [_kept(r) for r in rows], right=False, role="good"),
        TableColumn("fit s", [number_text(r.fit_seconds, 1) for r in rows], gives=4),
        TableColumn("ms/row", [number_text(r.row_ms, 1) for r in rows], gives=3),
        TableColumn("MB", [number_text(r.size_bytes / 1e6, 1) for r in rows], gives=2),
        TableColumn("by", [r.by for r in rows], right=False, gives=1),
    ]
    return table(layout, columns)


def _records(layout: LineLayout, board: Board, rows: tuple[BoardRow, ...]) -> list[Line]:
    """Two lines per row, where a table would be too wide."""
    lines: list[Line] = []
    for row in rows:
        role: Role = "good" if row.kept else ""
        first, *more = wrap(layout, f"#{row.number} {_what(row)}", indent=5)
        lines.append(line(f"{_rank(row):>3}  ", Span(first, role)))
        lines += [line(" " * 5, Span(part, role)) for part in more]
        lines.append(
            line("     ", Span(_score(board, row), "number"), f"  to best {_to_best(board, row)}  {_kept(row)}")
        )
    return lines


def _notes(layout: LineLayout, board: Board, rows: tuple[BoardRow, ...]) -> list[Line]:
    more = board.left_out + len(board.rows) - len(rows)
    rest = f"{count_text(more)} more: --all" if more else ""
    if not any(row.tied for row in rows):
        return [line(f"  {rest}")] if rest else []
    tied = "= not told apart from the first of that rank"
    long = line(Span(f"  {tied} (paired difference under 2 σ)", "dim"))
    short = line(Span(f"  {tied}", "dim"))
    note = first_that_fits(layout, long, short)
    if not rest:
        return [note]
    gap = min(layout.columns, 100) - width(layout, note) - len(rest)
    return [(*note, Span(" " * 5 + rest))] if gap >= 5 else [note, line(f"  {rest}")]


def _weighed(layout: LineLayout) -> list[Line]:
    """Whose time and size the table shows, if there is room for both; the shipped model's are shown by `fit`."""
    if layout.columns < WEIGHED:
        return []
    return [line(Span("  ms/row and MB are those of one fold's models; the summary of fit measures what ships", "dim"))]


def _unranked(layout: LineLayout, board: Board) -> list[Line]:
    by_reason: dict[str, list[str]] = {}
    for item in board.unranked:
        named = f"#{item.number}" + (f" {item.what}: {kind_text(item.detail)}" if item.reason == "failed" else "")
        by_reason.setdefault(item.reason, []).append(named)
    if not by_reason:
        return []
    parts = [f"{len(names)} {reason} ({_few(names)})" for reason, names in by_reason.items()]
    failed = next((item.number for item in board.unranked if item.reason == "failed"), board.unranked[0].number)
    text = f"not ranked: {', '.join(parts)}: assay show {board.lab} {failed}"
    return [line(Span(f"  {part}", "dim")) for part in wrap(layout, text, indent=2)]


def _unconfirmed(layout: LineLayout, rows: tuple[BoardRow, ...]) -> list[Line]:
    if not any(row.kept == "unconfirmed" for row in rows):
        return []
    text = "●– kept, and not yet tried on a fresh partition"
    return [line(Span(f"  {part}", "dim")) for part in wrap(layout, text, indent=2)]


def _few(names: list[str], at_most: int = 6) -> str:
    sign = " " if all(" " not in name for name in names) else ", "
    more = f" and {len(names) - at_most} more" if len(names) > at_most else ""
    return sign.join(names[:at_most]) + more


def _quote(layout: LineLayout, board: Board) -> list[Line]:
    figure = board.expect
    if figure is None:
        return labelled(layout, "", "These scores steer the search; there is no figure to quote yet.", size=0)
    inner = ", ".join(part for part in (figure.interval_text, short_origin(figure)) if part)
    text = f"These scores steer the search. The figure to quote: {figure.text}{bracketed(inner)}."
    return [line(f"  {part}") for part in wrap(layout, text, indent=2)]
