"""What all HTML pages consist of: no script, no network, the brief's style sheet."""

import re
from collections.abc import Iterable, Sequence
from html import escape

from assay.core.safe_text import visible
from assay.report.svg import sheet

_FROM_RIGHT = r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
_RUN_FROM_RIGHT = re.compile(rf"{_FROM_RIGHT}(?:[ {_FROM_RIGHT[1:-1]}]*{_FROM_RIGHT})?")
"""Words of a script that is written from right to left, and the spaces between them."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def document(title: str, *, stamp: str, style: str, body: str) -> str:
    """A self-contained page; stamp: right of the title; style: more rules; body: ready elements after the header."""
    return visible(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>\n<style>{sheet('drawing.css', 'brief.css')}\n{style}</style></head>\n<body>"
        f'<header><h1>{escape(title)}</h1><span class="dim">{escape(stamp)}</span></header>\n{body}</body></html>\n'
    )


def isolated(text: str) -> str:
    """Escaped text whose words from right to left do not turn the figures and signs around them."""
    return _RUN_FROM_RIGHT.sub(lambda found: f"<bdi>{found[0]}</bdi>", text)


def main_part(lead: str, inner: str) -> str:
    """The body of a page of one part: what it says first, then its sections."""
    return f'<main><p class="lead">{escape(lead)}</p>{inner}</main>'


def section(title: str, inner: str) -> str:
    """A section under a heading; nothing where there is nothing in it."""
    name = title.lower().replace(" ", "-")
    return f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(title)}</h2>{inner}</section>\n' if inner else ""


def facts(pairs: Sequence[tuple[str, str]]) -> str:
    """Names with their texts, those without a text left out."""
    inner = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in pairs if text)
    return f"<dl>{inner}</dl>\n" if inner else ""


def table(header: Sequence[str], rows: Iterable[str]) -> str:
    """A table of ready rows."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
