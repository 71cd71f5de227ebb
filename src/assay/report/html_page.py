"""The brief as one HTML file: no script, no network, light and dark, printable."""

import re
from html import escape

from assay.core.lab_views import Record
from assay.core.views import Brief
from assay.report import experiment_text as words
from assay.report.brief_page import Code, Page, PageItem, Paragraph, Picture, RowText, Section, TableBlock, WordTable
from assay.report.calibration_plot import calibration
from assay.report.html_parts import document, isolated, section, table
from assay.report.importance_plot import importance
from assay.report.plot import Drawing
from assay.report.progress_plot import progress
from assay.report.svg import sheet, svg
from assay.report.word_blocks import row_html, words_html

DRAWN = {"progress": progress, "importance": importance, "calibration": calibration}
FULL_RECORDS = 200
"""Number of experiments above which only kept ones are shown in full, to stay under 300 kB."""
_UNIT = re.compile(r"(?<=\d) (?=(?:%|σ|s|ms|min|h|d|kB|MB|GB|TB)(?!\w))")
_REFERENCE = re.compile(r"#(\d+)\b")


def html(content: Page, brief: Brief) -> str:
    """The brief as one self-contained file; each #n links to its experiment in the appendix."""
    known = frozenset(record.number for record in brief.records)
    body = "".join(_section(part, brief, known) for part in content.sections)
    details = "".join(_section(part, brief, known) for part in content.details)
    return document(
        content.title, stamp=content.stamp, style=_more_styles(content, brief) + _foot(content.stamp),
        body=f'<main><p class="lead">{_text(content.lead, known)}</p>\n{body}'
        f'<div class="details"><h2 class="part">Details</h2>\n{details}</div></main>\n{_appendix(brief, known)}',
    )  # fmt: skip


def _more_styles(content: Page, brief: Brief) -> str:
    """Of marked words and of proposers, where there are any: a page without is written as it was before there were
    such."""
    blocks = (block for part in (*content.sections, *content.details) for block in part.blocks)
    words = sheet("words.css") + "\n" if any(isinstance(block, WordTable | RowText) for block in blocks) else ""
    return words + (sheet("proposers.css") + "\n" if brief.long is not None else "")


def _foot(stamp: str) -> str:
    safe = re.sub(r'["\\<\n]', " ", stamp)
    return f'@media print{{@page{{@bottom-left{{content:"{safe}";font:9pt system-ui,sans-serif}}}}}}'


def _text(text: str, known: frozenset[int]) -> str:
    """Escaped text; units stay with their numbers, experiment numbers link to the appendix."""

    def linked(match: re.Match[str]) -> str:
        number = int(match[1])
        return f'<a href="#e{number}">#{number}</a>' if number in known else match[0]

    return _REFERENCE.sub(linked, _UNIT.sub("\u00a0", isolated(escape(text, quote=False))))


def _section(part: Section, brief: Brief, known: frozenset[int]) -> str:
    return section(part.title, "".join(_block(block, brief, known) for block in part.blocks))


def _block(block: PageItem, brief: Brief, known: frozenset[int]) -> str:
    if isinstance(block, Paragraph):
        return f"<p>{_text(block.text, known)}</p>"
    if isinstance(block, Code):
        return f"<pre><code>{escape(chr(10).join(block.lines))}</code></pre>"
    if isinstance(block, Picture):
        return _figure(DRAWN[block.name](brief), block.caption, block.name, known)
    if isinstance(block, WordTable):
        return f'<div class="words">{words_html(block.words)}</div>'
    if isinstance(block, RowText):
        return row_html(block.row, block.target)
    return _table_block(block, known)


def _table_block(grid: TableBlock, known: frozenset[int]) -> str:
    rows = ("<tr>" + "".join(f"<td>{_text(cell, known)}</td>" for cell in row) + "</tr>" for row in grid.rows)
    return table(grid.header, rows)


def _figure(drawing: Drawing, caption: str, name: str, known: frozenset[int]) -> str:
    return f'<figure class="{name}">{svg(drawing)}<figcaption>{_text(caption, known)}</figcaption></figure>'


def _appendix(brief: Brief, known: frozenset[int]) -> str:
    if not brief.records:
        return ""
    short = len(brief.records) > FULL_RECORDS
    entries = "".join(
        _line(record) if short and record.status != "kept" else _entry(record, known) for record in brief.records
    )
    return (
        '<aside class="appendix" aria-labelledby="experiments"><h2 id="experiments">All experiments</h2>'
        f"{entries}</aside>\n"
    )


def _summary(record: Record) -> str:
    score = "" if record.score is None else f" · {record.score.text}"
    return f"{escape(words.headline(record), quote=False)} · {record.status}{score}"


def _line(record: Record) -> str:
    return f'<div id="e{record.number}">{_summary(record)}</div>\n'


def _entry(record: Record, known: frozenset[int]) -> str:
    facts = "".join(
        f"<dt>{escape(fact.name)}</dt><dd>{_text(fact.text, known)}"
        + (f' <span class="dim">{_text(fact.aside, known)}</span>' if fact.aside else "")
        + "</dd>"
        for fact in words.facts(record)
        if fact.text
    )
    steps = escape("\n".join(words.recipe_lines(record.recipe, record.rounds)))
    return (
        f'<details id="e{record.number}"><summary>{_summary(record)}</summary>'
        f"<dl>{facts}</dl><pre><code>{steps}</code></pre></details>\n"
    )
