"""What words do, as HTML and as Markdown: texts of strangers, in any script and direction."""

import re
from collections.abc import Sequence
from html import escape

from assay.core.figure import two_digits
from assay.core.word_views import Excerpt, RowView, WordsView, WordView
from assay.report.html_parts import isolated, table
from assay.report.phrases import count_text
from assay.report.word_text import moved_text, row_lead

_MARKUP, _AT_START = re.compile(r"[\\`*_\[\]<>|~]"), re.compile(r"^(\s*\d*)([#+.)-])")
"""What would be read as Markdown, anywhere in a line and at its beginning."""


def header(words: WordsView) -> tuple[str, ...]:
    """Of the table of words; the columns that there is something to say in."""
    columns = (
        ("speaks for", words.is_class), ("word", True), ("column", words.n_columns > 1),
        ("points" if words.is_class else "adds", True), ("rows", True), ("for example", _is_quoted(words)),
    )  # fmt: skip
    return tuple(name for name, there in columns if there)


def _is_quoted(words: WordsView) -> bool:
    return any(one.excerpt is not None for one in words.words)


def _cells(one: WordView, words: WordsView) -> dict[str, str]:
    """Plain cells by their names in the header."""
    moved = two_digits(one.moved, signed=True)
    return {
        "speaks for": one.label, "word": one.word, "column": one.column, "points": moved, "adds": moved,
        "rows": count_text(one.rows),
    }  # fmt: skip


def words_html(words: WordsView) -> str:
    """The table of words; "" of none."""
    if not words.words:
        return ""
    head = header(words)
    rows = []
    for one in words.words:
        cells = _cells(one, words)
        rows.append("<tr>" + "".join(_cell(name, cells, one) for name in head) + "</tr>")
    return table(head, rows)


def _cell(name: str, cells: dict[str, str], one: WordView) -> str:
    if name == "for example":
        inner = "" if one.excerpt is None else excerpt_html(one.excerpt, figures=False)
        return f'<td class="quote" dir="auto">{inner}</td>'
    text = escape(cells[name], quote=False)
    if name == "word":
        return f"<td><bdi><b>{text}</b></bdi></td>"
    return f'<td class="n">{text}</td>' if name in ("points", "adds", "rows") else f"<td><bdi>{text}</bdi></td>"


def excerpt_html(excerpt: Excerpt, *, figures: bool) -> str:
    """Its words marked, with their figures where these are given."""
    parts = []
    for run in excerpt.runs:
        text = escape(run.text, quote=False)
        if run.effect is None:
            parts.append(text)
            continue
        side = "up" if run.effect >= 0 else "down"
        moved = escape(moved_text(run.effect, run.label), quote=False)
        said = f"<sup><bdi>{moved}</bdi></sup>" if figures else ""
        parts.append(f'<mark class="{side}">{text}{said}</mark>')
    return "".join(parts)


def row_html(row: RowView, target: str) -> str:
    """Who is who, then the row's text."""
    quotes = "".join(f'<p dir="auto">{excerpt_html(one, figures=True)}{_of_passage(one)}</p>' for one in row.excerpts)
    return f"<p>{isolated(escape(row_lead(row, target), quote=False))}</p><blockquote>{quotes}</blockquote>"


def _of_passage(excerpt: Excerpt) -> str:
    if excerpt.effect is None:
        return ""
    return f' <span class="dim"><bdi>{escape(moved_text(excerpt.effect, excerpt.label), quote=False)}</bdi></span>'


def words_markdown(words: WordsView) -> list[str]:
    """The table of words as lines; [] of none."""
    if not words.words:
        return []
    head = header(words)
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join(" --- " for _ in head) + "|"]
    for one in words.words:
        cells = {name: plain(text) for name, text in _cells(one, words).items()}
        cells["for example"] = "" if one.excerpt is None else excerpt_markdown(one.excerpt, figures=False)
        lines.append("| " + " | ".join(cells[name] for name in head) + " |")
    return [*lines, ""]


def row_markdown(row: RowView, target: str) -> list[str]:
    """Who is who, then the row's text as a quotation."""
    lines = [plain(row_lead(row, target)), ""]
    for one in row.excerpts:
        of_passage = "" if one.effect is None else f" ({plain(moved_text(one.effect, one.label))})"
        text = _AT_START.sub(r"\1\\\2", excerpt_markdown(one, figures=True))
        lines += [f"> {text}{of_passage}", ">"]
    return [*lines[:-1], ""]


def excerpt_markdown(excerpt: Excerpt, *, figures: bool) -> str:
    """Marked words in bold, each with its figure where these are given."""
    parts: Sequence[str] = [
        plain(run.text)
        if run.effect is None
        else f"**{plain(run.text)}**" + (f" ({plain(moved_text(run.effect, run.label))})" if figures else "")
        for run in excerpt.runs
    ]
    return "".join(parts).strip()


def plain(text: str) -> str:
    """A text that Markdown shows as it is."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", text.replace("\n", " "))
