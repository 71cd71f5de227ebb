"""A lab in a line, and in a notebook cell."""

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assay.lab.lab import Lab

MOST_ROWS = 10


def lab_repr(lab: "Lab") -> str:
    """`<Lab bank: 31 experiments, 3 kept, expect ROC AUC 0.8081 (95 % …, corrected)>`."""
    done = len(lab.state.entries) - len(lab.state.open())
    text = f"<Lab {lab.name}: {done} experiments, {lab.state.count('kept')} kept"
    expected = lab.expected
    if expected is not None:
        text += f", expect {expected.title or expected.metric} {expected.text} ({expected.interval_text}, corrected)"
    return text + ">"


def lab_html(lab: "Lab") -> str:
    """The line, and the first rows of the leaderboard; no script, colours inherited."""
    rows = "".join(
        f"<tr><td>{row.rank}{'=' if row.tied else ''}</td><td>#{row.number}</td><td>{escape(row.what)}</td>"
        f"<td style='text-align:right'>{row.score.text}</td><td>{escape(row.by)}</td></tr>"
        for row in lab.board().rows[:MOST_ROWS]
    )
    title = escape(lab_repr(lab)[1:-1])
    head = "<tr><th>rank</th><th>#</th><th>what</th><th>score</th><th>by</th></tr>"
    return f"<div><p><b>{title}</b></p><table>{head}{rows}</table></div>"
