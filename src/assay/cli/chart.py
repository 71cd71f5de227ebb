"""The small chart of the live display, one column per experiment, four rows high."""

from dataclasses import dataclass

from assay.cli.line_layout import Line, Span, line
from assay.core.event import Dot, Progress
from assay.core.figure import number_text

ROWS = 4
BASE_ROW = 2
GAP = 3
MOST_COLUMNS = 36


@dataclass(frozen=True, slots=True)
class Chart:
    """Four lines of equal length, and their length."""

    lines: tuple[Line, ...]
    size: int


def chart(progress: Progress) -> Chart | None:
    """● kept, · tried, × failed, ↓ below the chart, ━ the champion; None until something beats the baseline.

    The top row is the best score and the third the baseline's; the last row lies as far below it as one row above.
    """
    oriented = {d.number: _oriented(d, progress) for d in progress.dots}
    base = None if progress.baseline_number is None else oriented.get(progress.baseline_number)
    best = max((value for value in oriented.values() if value is not None), default=None)
    if base is None or best is None or progress.best is None or best <= base:
        return None
    dots = progress.dots[-MOST_COLUMNS:]
    rows = [_row(oriented[dot.number], base, best) for dot in dots]
    grid = [[" "] * len(dots) for _ in range(ROWS)]
    for column, (dot, row) in enumerate(zip(dots, rows, strict=True)):
        if dot.status == "failed":
            grid[ROWS - 1][column] = "×"
        elif row is not None:
            grid[min(row, ROWS - 1)][column] = "●" if dot.status == "kept" else "·" if row < ROWS else "↓"
    _draw_champion(grid, progress.dots, len(dots), [_row(oriented[d.number], base, best) for d in progress.dots])
    return _labelled(grid, progress, base)


def _oriented(dot: Dot, progress: Progress) -> float | None:
    if dot.score is None:
        return None
    return dot.score if progress.higher_is_better else -dot.score


def _row(value: float | None, base: float, best: float) -> int | None:
    """0 at the best, BASE_ROW at the baseline; ROWS for anything below the chart."""
    if value is None:
        return None
    return min(max(round((best - value) / (best - base) * BASE_ROW), 0), ROWS)


def _draw_champion(grid: list[list[str]], dots: tuple[Dot, ...], shown: int, rows: list[int | None]) -> None:
    height: int | None = None
    first = len(dots) - shown
    for position, dot in enumerate(dots):
        if dot.status == "kept":
            height = rows[position]
        elif height is not None and position >= first:
            grid[min(height, ROWS - 1)][position - first] = "━"


def _labelled(grid: list[list[str]], progress: Progress, base: float) -> Chart:
    best = progress.best
    assert best is not None
    value = base if progress.higher_is_better else -base
    labels = {0: best.text, BASE_ROW: number_text(value, best.decimals)}
    size = max(map(len, labels.values()))
    lines = tuple(
        line(Span(f"  {labels.get(row, ''):>{size}} ┤", "dim"), *_spans("".join(cells)), " " * GAP)
        for row, cells in enumerate(grid)
    )
    return Chart(lines, size + 4 + len(grid[0]) + GAP)


def _spans(cells: str) -> list[Span]:
    roles = {"●": "good", "━": "good", "×": "bad"}
    return [Span(cell, "good" if roles.get(cell) == "good" else "bad" if cell == "×" else "dim") for cell in cells]
