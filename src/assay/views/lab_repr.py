"""A lab in a line, and in a notebook cell; a search in six."""

from html import escape
from typing import TYPE_CHECKING

from assay.core.views import Summary
from assay.journal.experiment_counts import counts
from assay.report.brief_text import gain_origin, is_of_vault, optimism_text, vault_gap
from assay.report.figure_text import promise_words, short_origin
from assay.report.label_text import labels_wordings
from assay.report.phrases import bracketed, plural, row_time_text, size_text
from assay.views.board import board

if TYPE_CHECKING:
    from assay.views.open_lab import OpenLab

MOST_ROWS = 10


def lab_repr(lab: "OpenLab") -> str:
    """`<Lab bank: 31 experiments, 3 kept, expect ROC AUC 0.8081 (95 % …, corrected)>`."""
    done = counts(lab.state)
    text = f"<Lab {lab.name}: {plural(done.experiments, 'experiment')}, {done.kept} kept"
    expected = lab.expected
    if expected is not None:
        inside = ", ".join(part for part in (expected.interval_text, short_origin(expected)) if part)
        text += f", expect {expected.title or expected.metric} {expected.text} ({inside})"
    return text + ">"


def lab_html(lab: "OpenLab") -> str:
    """The line, and the first rows of the leaderboard; no script, colours inherited."""
    rows = "".join(
        f"<tr><td>{row.rank}{'=' if row.tied else ''}</td><td>#{row.number}</td><td>{escape(row.what)}</td>"
        f"<td style='text-align:right'>{row.score.text}</td><td>{escape(row.by)}</td></tr>"
        for row in board(lab, at_most=MOST_ROWS).rows
    )
    title = escape(lab_repr(lab)[1:-1])
    head = "<tr><th>rank</th><th>#</th><th>what</th><th>score</th><th>by</th></tr>"
    return f"<div><p><b>{title}</b></p><table>{head}{rows}</table></div>"


def summary_rows(summary: Summary) -> tuple[tuple[str, str], ...]:
    """The outcome of a search, as (label, text): figures, model, labels, what was learned, the lab; what is known."""
    expect, search, gain, model = summary.expect, summary.search, summary.gain, summary.model
    rows = [("lab", summary.lab_path), ("learned", summary.learned)]
    if model is not None:
        parts = (plural(len(model.members), "member"), size_text(model.size_bytes), row_time_text(model.row_ms))
        rows.append(("labels", next(iter(labels_wordings(summary)), "")))
        rows.append(("model", ", ".join(part for part in parts if part)))
    if gain is not None:
        shown = f"{gain.text}{bracketed(gain.interval_text)} over standard LightGBM"
        rows.append(("gain", f"{shown}, {gain_origin(summary)}"))
    if search is not None:
        luck = ""
        if summary.optimism is not None:
            size = optimism_text(summary)
            luck = f", so the optimism of choosing was {size}" if size else ", so no optimism of choosing was seen"
            if summary.blocks is not None:
                luck = f" over all blocks; optimism of choosing {size or 'none'}"
            elif is_of_vault(summary):
                luck = f"; {vault_gap(summary)}: by choosing, and by which rows these are"
        rows.append(("search", f"{search.text} out-of-fold{luck}"))
    if expect is not None:
        quote = f"{summary.metric_title} {expect.text}{bracketed(expect.interval_text)}"
        rows.append(("expect", f"{quote}, {promise_words(expect)}"))
    return tuple((label, text) for label, text in reversed(rows) if text)
