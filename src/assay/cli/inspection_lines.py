"""Output of `inspect`: the file, the target, a table of columns, and what a person should decide."""

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from assay.cli.line_layout import Line, LineLayout, Role, Span, cut_middle, labelled, line, pad, with_right, wrap
from assay.cli.option_words import option_words
from assay.cli.terminal_table import TableColumn, table
from assay.core.inspection import ColumnView, Inspection
from assay.report import inspection_text as words
from assay.report.phrases import plural

if TYPE_CHECKING:
    from assay.data.options import TaskOptions

SHOWN = 20
RELATED = 6
LABEL = 10
INDENT = 6
NAME, LEAST_NAME, OTHERS = 24, 12, 58
"""Letters of a column's name, at most and at least, and the width of the figures beside it."""


def inspection_lines(layout: LineLayout, found: Inspection, command: str, *, everything: bool) -> list[Line]:
    """All of it within the layout; ordinary columns are left out first unless `everything` is set.

    command: the one to continue with.
    """
    first = line(Span(found.file, "number"), f"   {words.heading(found)}")
    lines = [with_right(layout, first, words.reading(found), role="")]
    lines += _labelled(layout, "skipped", "; ".join(found.read.skipped))
    lines += _labelled(layout, "target", words.target_text(found))
    shown = found.columns if everything else worth_showing(found)
    lines += _columns(layout, found, shown)
    lines += _rest(layout, found, len(found.columns) - len(shown))
    lines += _related(layout, found, everything=everything)
    for leak in found.leaks:
        what, done = words.leak_lines(leak)
        role: Role = "bad" if leak.verdict == "proved" else "warn"
        lines += labelled(
            layout, "LEAK" if leak.verdict == "proved" else "check", f"{what} {done}", size=LABEL, role=role
        )
    for ask in found.asks:
        lines += labelled(layout, ask.code.removeprefix("ask/"), f"{ask.message}: {ask.do}", size=LABEL)
    if found.drift is not None:
        lines += _labelled(layout, "drift", words.drift_text(found.drift))
    lines += _labelled(layout, "steps", words.replay_text(found))
    lines += _labelled(layout, "sample", words.sample_text(found))
    return [*lines, *_following(layout, found, command)]


def worth_showing(found: Inspection) -> tuple[ColumnView, ...]:
    """At most SHOWN columns in the file's order, those with findings before others."""
    order = sorted(range(len(found.columns)), key=lambda i: (not words.seen_text(found.columns[i], found.leaks), i))
    return tuple(found.columns[i] for i in sorted(order[:SHOWN]))


def _labelled(layout: LineLayout, label: str, text: str) -> list[Line]:
    return labelled(layout, label, text, size=LABEL) if text else []


def _columns(layout: LineLayout, found: Inspection, shown: tuple[ColumnView, ...]) -> list[Line]:
    """One row of figures per column, with its findings and treatment in full below it."""
    roles: list[Role] = ["bad" if any(c.name == leak.column for leak in found.proved) else "" for c in shown]
    alone = words.alone_title(found)
    lines = table(layout, [
        TableColumn("column", [cut_middle(c.name, _name_room(layout)) for c in shown], right=False),
        TableColumn("kind", [c.kind for c in shown], right=False, gives=4),
        TableColumn("missing", [words.missing_text(c) for c in shown], gives=3),
        *_spans(layout, shown),
        TableColumn("outliers", [words.outliers_text(c.spread) for c in shown], gives=2),
        *([TableColumn(alone, [words.alone_text(c.alone) for c in shown])] if alone else []),
        TableColumn("spread", [words.spread_text(c) for c in shown], right=False, gives=1),
    ], indent=2, roles=roles)  # fmt: skip
    out = lines[:1]
    for column, spans in zip(shown, lines[1:], strict=True):
        seen = words.seen_text(column, found.leaks)
        out.append(spans)
        out += [line(Span(f"{' ' * INDENT}{part}", "dim")) for part in wrap(layout, seen, indent=INDENT) if part]
    return out


def _name_room(layout: LineLayout) -> int:
    return min(max(layout.columns - OTHERS, LEAST_NAME), NAME)


def _spans(layout: LineLayout, shown: tuple[ColumnView, ...]) -> list[TableColumn]:
    """Minimum, median and maximum as one column of three parts, whose width the levels of others share."""
    parts = [words.spread_parts(c) for c in shown]
    numbers = [part for c, part in zip(shown, parts, strict=True) if c.spread is not None]
    titles = ("min", "median", "max")
    sizes = [max(len(layout.mark(cell)) for cell in cells) for cells in zip(titles, *numbers, strict=True)]

    def joined_up(cells: tuple[str, ...]) -> str:
        return "  ".join(pad(layout, cell, size, right=True) for cell, size in zip(cells, sizes, strict=True))

    cells = [
        joined_up(part) if c.spread is not None else ", ".join(cell for cell in part if cell)
        for c, part in zip(shown, parts, strict=True)
    ]
    return [TableColumn(joined_up(titles) if numbers else "levels", cells, right=False)]


def _rest(layout: LineLayout, found: Inspection, left: int) -> list[Line]:
    more = f"{plural(left, 'more column')}: --all" if left > 0 else ""
    text = "    ".join(part for part in (more, words.twins_text(found)) if part)
    return [line(f"  {text}")] if text and len(text) <= layout.columns - 2 else _labelled(layout, "rows", text)


def _related(layout: LineLayout, found: Inspection, *, everything: bool) -> list[Line]:
    """The strongest relations between columns, one a line."""
    said = [words.relation_text(one) for one in found.relations]
    shown = said if everything else said[:RELATED]
    left = len(said) - len(shown)
    shown += [f"{left} more: --all"] if left else []
    return [
        part for place, text in enumerate(shown) for part in _labelled(layout, "related" if place == 0 else "", text)
    ]  # fmt: skip


def _following(layout: LineLayout, found: Inspection, command: str) -> list[Line]:
    if len(found.columns) + (found.target is not None) < 2:
        return _labelled(layout, "fit", "one column: a model needs at least one more to predict it from")
    refusals = [refusal for c in found.columns for refusal in c.refuse][:1]
    refusals += [leak.do for leak in found.proved][:1]
    lines = _labelled(layout, "fit with", command)
    return lines + (_labelled(layout, "refuse", " ".join(refusals)) if refusals else [])


def fit_command(found: Inspection, options: "TaskOptions") -> str:
    """The fit command with the same options."""
    last = found.columns[-1].name if found.columns else "COLUMN"
    target = last if found.target is None else found.target.name
    command = shlex.join(["assay", "fit", found.path or found.file, "--target", target])
    said = replace(options, order_by=found.order_by) if found.order_by else options
    return f"{command} {option_words(said)}".rstrip()
