"""Questions that `fit` asks a person before it begins."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.cli.line_layout import Span, labelled, line

if TYPE_CHECKING:
    from assay.cli.console import Console
    from assay.core.task import Notice
    from assay.search.suspicious_columns import Decide

LABEL = 10
MOST_ASKED = 5


def decide_at(console: "Console") -> "Decide | None":
    """Asks about the five most suspicious columns; None without a terminal: then they are kept, with a warning."""
    return (lambda suspicions: _left_out(console, suspicions)) if console.can_ask else None


def _left_out(console: "Console", suspicions: "Sequence[Notice]") -> tuple[str, ...]:
    from assay.core.inspection import without_advice

    columns = dict.fromkeys(notice.column for notice in suspicions if notice.column is not None)
    left_out = []
    for column in list(columns)[:MOST_ASKED]:
        reasons = [without_advice(notice.message) for notice in suspicions if notice.column == column]
        question = labelled(console.err.layout, "ask", f"{'; '.join(reasons)}.", size=LABEL, role="warn")
        asked = f"Leave {column} out? Yes if it is not known when you predict. [y/N]"
        if console.ask([*question, line(Span(" " * LABEL), Span(asked))]):
            left_out.append(column)
    return tuple(left_out)
