"""What `inspect` prints: the file, the target, a table of columns, and what a person should decide."""

import shlex
from typing import TYPE_CHECKING

from assay.cli.asked import asked
from assay.cli.layout import Layout, Line, Role, Span, cut_middle, labelled, line, with_right
from assay.cli.table import Column, table
from assay.core.inspection import ColumnView, Inspection
from assay.report import inspection as words
from assay.report.words import plural

if TYPE_CHECKING:
    from assay.data.options import TaskOptions

SHOWN = 12
LABEL = 10
NAME = 24


def inspection_lines(layout: Layout, found: Inspection, command: str, *, everything: bool) -> list[Line]:
    """All of it within the layout; columns with nothing to say give way first unless everything is asked for.

    command: that goes on from here.
    """
    first = line(Span(found.file, "number"), f"   {words.heading(found)}")
    lines = [with_right(layout, first, words.reading(found), role="")]
    lines += _labelled(layout, "skipped", "; ".join(found.read.skipped))
    lines += _labelled(layout, "target", words.target_text(found))
    shown = found.columns if everything else worth_showing(found)
    lines += _columns(layout, found, shown)
    lines += _rest(layout, found, len(found.columns) - len(shown))
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
    """At most SHOWN columns in the file's order, those with something to say before others."""
    order = sorted(range(len(found.columns)), key=lambda i: (not words.seen_text(found.columns[i], found.leaks), i))
    return tuple(found.columns[i] for i in sorted(order[:SHOWN]))


def _labelled(layout: Layout, label: str, text: str) -> list[Line]:
    return labelled(layout, label, text, size=LABEL) if text else []


def _columns(layout: Layout, found: Inspection, shown: tuple[ColumnView, ...]) -> list[Line]:
    roles: list[Role] = ["bad" if any(c.name == leak.column for leak in found.proved) else "" for c in shown]
    seen = [words.seen_text(c, found.leaks) for c in shown]
    return table(layout, [
        Column("column", [cut_middle(c.name, NAME) for c in shown], right=False),
        Column("kind", [c.kind for c in shown], right=False),
        Column("missing", [words.missing_text(c) for c in shown], gives=2),
        Column("spread", [words.spread_text(c) for c in shown], right=False, gives=1),
        Column("seen → done", seen, right=False, stretch=True, least=16),
    ], indent=2, roles=roles)  # fmt: skip


def _rest(layout: Layout, found: Inspection, left: int) -> list[Line]:
    more = f"{plural(left, 'more column')}: --all" if left > 0 else ""
    text = "    ".join(part for part in (more, words.twins_text(found)) if part)
    return [line(f"  {text}")] if text and len(text) <= layout.columns - 2 else _labelled(layout, "rows", text)


def _following(layout: Layout, found: Inspection, command: str) -> list[Line]:
    if len(found.columns) + (found.target is not None) < 2:
        return _labelled(layout, "fit", "one column: a model needs at least one more to predict it from")
    refusals = [refusal for c in found.columns for refusal in c.refuse][:1]
    refusals += [leak.do for leak in found.proved][:1]
    lines = _labelled(layout, "fit with", command)
    return lines + (_labelled(layout, "refuse", " ".join(refusals)) if refusals else [])


def fit_command(found: Inspection, options: "TaskOptions") -> str:
    """The command that goes on from here, with all that was asked."""
    last = found.columns[-1].name if found.columns else "COLUMN"
    target = last if found.target is None else found.target.name
    command = shlex.join(["assay", "fit", found.path or found.file, "--target", target])
    return f"{command} {asked(options)}".rstrip()
