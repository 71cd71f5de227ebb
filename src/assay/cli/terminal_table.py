"""Tables in a terminal: columns are dropped to fit, numbers never wrap."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assay.cli.line_layout import Line, LineLayout, Role, Span, cut, line, pad

GAP = 2


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column. gives: its position in the order of dropping (0: never); stretch: its cells are cut to the remaining
    width; other columns are dropped until that is at least `least`."""

    title: str
    cells: Sequence[str]
    right: bool = True
    gives: int = 0
    stretch: bool = False
    least: int = 24
    role: Role = ""


def table(
    layout: LineLayout, columns: Sequence[TableColumn], *, indent: int = 1, roles: Sequence[Role] = ()
) -> list[Line]:
    """Header and rows within the layout; columns are dropped in their order until the rest fits. roles: one per row."""
    kept = [replace(column, cells=[_in_one_line(cell) for cell in column.cells]) for column in columns]
    for place in sorted({column.gives for column in columns if column.gives}):
        if _least_width(layout, kept) + indent <= layout.columns:
            break
        kept = [column for column in kept if column.gives != place]
    sizes = _sizes(layout, kept, layout.columns - indent)
    n_rows = max((len(column.cells) for column in kept), default=0)
    lines = [_row(layout, [column.title for column in kept], kept, sizes, indent, "dim")]
    for row in range(n_rows):
        cells = [column.cells[row] for column in kept]
        lines.append(_row(layout, cells, kept, sizes, indent, roles[row] if roles else ""))
    return lines


def _in_one_line(cell: str) -> str:
    """Without line breaks, which column names may hold."""
    return cell if cell.isprintable() else re.sub(r"[\t\n\v\f\r\x85\u2028\u2029]", lambda c: repr(c[0])[1:-1], cell)


def _natural(layout: LineLayout, column: TableColumn) -> int:
    return max(len(layout.mark(text)) for text in (column.title, *column.cells))


def _least_width(layout: LineLayout, columns: Sequence[TableColumn]) -> int:
    sizes = [min(_natural(layout, c), c.least) if c.stretch else _natural(layout, c) for c in columns]
    return sum(sizes) + GAP * (len(sizes) - 1)


def _sizes(layout: LineLayout, columns: Sequence[TableColumn], room: int) -> list[int]:
    natural = [_natural(layout, column) for column in columns]
    over = sum(natural) + GAP * (len(columns) - 1) - room
    return [
        max(size - over, 8) if column.stretch and over > 0 else size
        for size, column in zip(natural, columns, strict=True)
    ]


def _cut(layout: LineLayout, cell: str, size: int) -> str:
    """The marked cell cut to a size; three dots take three characters where … cannot be shown."""
    text, dots = layout.mark(cell), layout.mark("…")
    return text if len(text) <= size else cut(text, size - len(dots) + 1).removesuffix("…") + dots


def _row(
    layout: LineLayout,
    cells: Sequence[str],
    columns: Sequence[TableColumn],
    sizes: Sequence[int],
    indent: int,
    role: Role,
) -> Line:
    shown = []
    for cell, column, size in zip(cells, columns, sizes, strict=True):
        text = pad(layout, _cut(layout, cell, size), size, right=column.right)
        shown.append(Span(text, role or column.role))
    spans: list[Span] = [Span(" " * indent)]
    for position, span in enumerate(shown):
        spans += [Span(" " * GAP), span] if position else [span]
    spans[-1] = Span(spans[-1].text.rstrip(), spans[-1].role)
    return line(*spans)
