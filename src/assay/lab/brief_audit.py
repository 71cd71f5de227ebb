"""The brief beside a ledger, held against the one that the ledger gives."""

import hashlib
import re
import tempfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from assay.core.face import Brief
from assay.lab.beside_audit import Pairs
from assay.lab.lab import Lab
from assay.lab.state import LabState
from assay.report.html import html
from assay.report.markdown import markdown
from assay.report.page import Page, page
from assay.report.png import write_png
from assay.report.progress import progress
from assay.report.written import NAMES

TEXT, SHOWN, PLOT = NAMES
MOST_CHARACTERS = 100
_HIDDEN = re.compile(r"<(style|pre|header|title)\b.*?</\1>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def brief_pairs(lab: Lab, state: LabState) -> Pairs:
    """(what, as written, as the ledger gives it) of the lines of a brief and of its files; none where there is none.

    The stamp under the title, what is to be typed, and what tells of the machine may differ: a lab may have another
    name now.
    """
    there = [name for name in NAMES if (lab.path / name).is_file()]
    if state.end is None or not there:
        return
    brief = lab.brief()
    content = page(brief)
    drawn = {TEXT: markdown(content), SHOWN: html(content, brief)}
    told = dict(() if state.brief is None else state.brief.files)
    for name in there:
        written = (lab.path / name).read_bytes()
        if name in drawn:
            now = drawn[name].encode()
            yield from _lines(name, written.decode(errors="replace"), drawn[name], content)
        digest = hashlib.sha256(written).hexdigest()
        if told.get(name) != digest:
            now = _plot(brief) if name == PLOT else now
            yield f"{name}, its bytes", told.get(name, "not written down")[:16], (
                told.get(name, "not written down")[:16] if written == now else digest[:16]
            )  # fmt: skip


def _lines(name: str, written: str, now: str, content: Page) -> Pairs:
    """Every line that was written must be one of those that the ledger gives, and none of these may be missing."""
    pick = _of_text if name == TEXT else _of_html
    there, given = list(pick(written)), list(pick(now))
    known, present = set(given), set(there)
    for text in there:
        yield name, text[:MOST_CHARACTERS], text[:MOST_CHARACTERS] if text in known else "another line"
    for text in given:
        if text not in present:
            yield f"{name} lacks a line", "", text[:MOST_CHARACTERS]


def _of_text(text: str) -> Iterator[str]:
    is_code = False
    for number, line in enumerate(text.splitlines()):
        is_code ^= line.startswith("```")
        if number > 2 and not is_code and line.strip() and "python" not in line:
            yield line


def _of_html(text: str) -> Iterator[str]:
    for piece in _TAG.split(_HIDDEN.sub("", text)):
        line = unescape(piece).strip()
        if line and "python" not in line:
            yield line


def _plot(brief: Brief) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / PLOT
        write_png(progress(brief), path)
        return path.read_bytes()
