"""The brief beside a ledger, compared with the one that the ledger gives."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import PurePath

from assay.audit.check_result import Compared, where_they_differ
from assay.core.figure import BEYOND_MOST, exact_level_text
from assay.core.views import Brief
from assay.journal.state import LabState
from assay.report.brief_names import NAMES
from assay.report.brief_page import page
from assay.report.html_page import html
from assay.report.markdown import markdown
from assay.report.progress_plot import progress
from assay.report.svg import picture
from assay.views.open_lab import OpenLab
from assay.views.summary import brief as brief_of

TEXT, _, PICTURE = NAMES
MOST_CHARACTERS = 100
_PIECE = re.compile(r"[^\n<]*\n|<[^>]*>|[^\n<]+|<")
"""Lines of text, and tags with what stands between them."""


def brief_pairs(lab: OpenLab, state: LabState) -> Compared:
    """(what, as written, as the ledger gives it) of a brief's files, line by line in their order; () without files.

    All of it must be what the ledger gives, under the name that the lab's folder had when the brief was written: only
    that name may differ now.
    """
    there = [name for name in NAMES if (lab.path / name).is_file()]
    if state.end is None or not there:
        return
    brief, recorded_brief = brief_of(lab), state.brief
    for name in there:
        texts = _texts(
            name,
            brief,
            (lab.name,) if recorded_brief is None or not recorded_brief.lab else (recorded_brief.lab, lab.name),
        )
        yield from _in_order(name, (lab.path / name).read_bytes().decode(errors="replace"), texts)


def renamed(lab: OpenLab, state: LabState) -> Iterator[str]:
    """A remark where the brief has an earlier name of the folder, which nothing else confirms."""
    recorded_brief, there = state.brief, any((lab.path / name).is_file() for name in NAMES)
    if recorded_brief is not None and recorded_brief.lab not in ("", lab.name) and there:
        yield f"written when this folder is said to have been named {recorded_brief.lab!r}; it is {lab.name!r} now"


def _texts(name: str, brief: Brief, folders: Sequence[str]) -> list[str]:
    """A text as it is under each name of the lab's folder, and as earlier versions worded it."""
    named = [_in_folder(brief, folder) for folder in dict.fromkeys(folders)]
    if name == PICTURE:
        return [picture(progress(one)) for one in named]
    texts = [markdown(page(one)) if name == TEXT else html(page(one), one) for one in named]
    return [*texts, *(text for one in texts if (text := _with_all_nines(one, brief)) != one)]


def _with_all_nines(text: str, brief: Brief) -> str:
    """As earlier versions wrote it: with every digit of a level beyond 99.99 %."""
    figure = brief.summary.expect
    return text if figure is None else text.replace(BEYOND_MOST, exact_level_text(figure.level))


def _in_folder(brief: Brief, folder: str) -> Brief:
    """The brief of the same lab where its folder has that name."""
    summary = brief.summary
    path = str(PurePath(summary.lab_path).with_name(folder)) if folder else summary.lab_path
    records = tuple(replace(record, lab=folder) for record in brief.records)
    return replace(brief, summary=replace(summary, lab=folder, lab_path=path), records=records)


def _in_order(name: str, written: str, texts: Sequence[str]) -> Compared:
    """Every piece of a text as it was written, beside the one at its place in the first of the texts, unless it is one
    of the others as a whole."""
    now = written if written in texts else texts[0]
    old, new = _PIECE.findall(written), _PIECE.findall(now)
    for one, other in _beside(old, new):
        if one == other:
            yield name, one[:MOST_CHARACTERS], one[:MOST_CHARACTERS]
        else:
            yield f"{name} {_said(one, other)}", *where_they_differ(one, other, most=MOST_CHARACTERS)


def _beside(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pieces at the same place in both; "" where one has none there."""
    first = next((at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), -1)
    if first < 0 and len(old) == len(new):
        yield from zip(old, new, strict=True)
        return
    for _, i, i_end, j, j_end in SequenceMatcher(None, old, new).get_opcodes():
        for place in range(max(i_end - i, j_end - j)):
            yield (
                old[i + place] if i + place < i_end else "",
                new[j + place] if j + place < j_end else "",
            )


def _said(one: str, other: str) -> str:
    return "has a line more" if not other else "lacks a line" if not one else "has another line"
