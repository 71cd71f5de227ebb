"""What became of functions that were added, as lines and as a document."""

import math
from typing import TYPE_CHECKING

from assay.cli.line_layout import Line, LineLayout, Span, commands, labelled, line
from assay.cli.steer_lines import sent_document, sent_lines
from assay.core.figure import number_text
from assay.report.phrases import plural

if TYPE_CHECKING:
    from assay.core.array import JsonObject
    from assay.lab.add_code import AddedCode

SIZE = 8


def added_lines(layout: LineLayout, added: "AddedCode", *, lab: str) -> list[Line]:
    """How it was tried, what holds it, and what follows."""
    source, tried = added.source, added.tried
    lines = [line(Span(source.file, "number"), f", a {source.shape.kind}, {source.digest[:12]}")]
    if tried.columns:
        shown = "; ".join(f"{name}: {', '.join(_cell(x) for x in cells[:4])}, …" for name, cells in tried.columns[:4])
        more = f"; and {len(tried.columns) - 4} more" if len(tried.columns) > 4 else ""
        lines += labelled(layout, "makes", f"{shown}{more}", size=SIZE)
    elif tried.answers:
        lines += labelled(layout, "answers", ", ".join(_cell(x) for x in tried.answers) + ", …", size=SIZE)
    if source.shape.kind == "metric":
        way = "higher is better" if source.shape.constants.get("HIGHER_IS_BETTER", True) else "lower is better"
        lines += labelled(layout, "ranks", f"{way}, as HIGHER_IS_BETTER = True or False says in the file", size=SIZE)
    how = "" if source.shape.kind == "metric" else ": alone, in another order, again"
    lines += labelled(layout, "tried", f"on {plural(tried.rows, 'row')}{how}", size=SIZE)
    lines += labelled(layout, "held by", added.held_by, size=SIZE)
    answer = added.sent.answer
    if source.shape.kind != "metric" or answer is None or answer.ended != "acted on":
        return [*lines, *sent_lines(layout, added.sent, lab=lab)]
    return [*lines, *commands(layout, [(f"assay leaderboard {lab} --by {source.name}", "ranks by it")])]


def _cell(value: float) -> str:
    return "nan" if math.isnan(value) else number_text(value, 3)


def added_document(added: "AddedCode", lab: str) -> "JsonObject":
    """hint/1 of the message, with what the source did."""
    return {
        **sent_document(added.sent, lab),
        "code": {
            "name": added.source.name, "sha256": added.source.digest, "kind": added.source.shape.kind,
            "rows": added.tried.rows, "columns": [name for name, _ in added.tried.columns], "held_by": added.held_by,
        },
    }  # fmt: skip
