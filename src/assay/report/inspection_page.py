"""Results of `inspect` as one HTML file: no script, no network, the brief's style sheet."""

from html import escape

from assay.core.inspection import ColumnDrift, ColumnView, Inspection
from assay.report import inspection_text as words
from assay.report.html_parts import document, facts, main_part, section, table
from assay.report.phrases import count_text

_SPARK = 9
_STYLE = (
    "main{max-width:60rem}body{max-width:64rem}.bars{font-family:monospace;white-space:nowrap}.leak{font-weight:600}"
)


def inspection_html(found: Inspection) -> str:
    """The whole result with all columns, as one self-contained page."""
    inner = (_facts(found), _leaks(found), _asks(found), _columns(found), _relations(found), _drift(found))
    return document(
        f"What is in {found.file}", stamp=words.reading(found), style=_STYLE,
        body=main_part(words.heading(found), "".join(inner)),
    )  # fmt: skip


def _facts(found: Inspection) -> str:
    pairs = (
        ("skipped", "; ".join(found.read.skipped)), ("target", words.target_text(found)),
        ("rows", words.twins_text(found)), ("replay", words.replay_text(found)), ("sample", words.sample_text(found)),
    )  # fmt: skip
    return facts(pairs)


def _leaks(found: Inspection) -> str:
    if not found.leaks:
        return ""
    items = []
    for leak in found.leaks:
        what, done = words.leak_lines(leak)
        word = "Leak" if leak.verdict == "proved" else "Suspicion"
        items.append(f'<p><span class="leak">{word}</span> {escape(what)} <span class="dim">{escape(done)}</span></p>')
    return section("What knows the answer", "".join(items))


def _asks(found: Inspection) -> str:
    inner = "".join(f"<p>{escape(ask.message)}: <code>{escape(ask.do)}</code>?</p>" for ask in found.asks)
    return section("To be decided", inner)


def _columns(found: Inspection) -> str:
    alone = words.alone_title(found)
    header = (
        "column", "kind", "why", "missing", "min, or levels", "median, or most", "max", "outliers", alone or "alone",
        "spread", "seen → done", "refuse",
    )  # fmt: skip
    return section("Columns", table(header, [_column(column, found) for column in found.columns]))


def _relations(found: Inspection) -> str:
    if not found.relations:
        return ""
    items = "".join(f"<li>{escape(words.relation_text(one))}</li>" for one in found.relations)
    return section("Columns that go together", f"<ul>{items}</ul>")


def _column(column: ColumnView, found: Inspection) -> str:
    cells = (
        column.name, column.kind, column.why, words.missing_text(column), *words.spread_parts(column),
        words.outliers_text(column.spread), words.alone_text(column.alone), words.spread_text(column),
        words.seen_text(column, found.leaks), " ".join(column.refuse),
    )  # fmt: skip
    inner = "".join(
        f'<td class="bars">{escape(cell)}</td>' if j == _SPARK else f"<td>{escape(cell)}</td>"
        for j, cell in enumerate(cells)
    )
    return f"<tr>{inner}</tr>"


def _drift(found: Inspection) -> str:
    if found.drift is None:
        return ""
    rows = [_drift_row(item) for item in found.drift.columns[:50]]
    note = "Chance: the distance that equal tables of these sizes stay under in 95 of 100 cases, all columns together."
    inner = f"<p>{escape(words.drift_text(found.drift))}</p>"
    if rows:
        inner += table(("column", "distance", "chance", "PSI", "never seen"), rows) + f'<p class="dim">{note}</p>'
    if len(found.drift.columns) > len(rows):
        inner += f'<p class="dim">{count_text(len(found.drift.columns) - len(rows))} more columns differ less.</p>'
    return section("Drift", inner)


def _drift_row(item: ColumnDrift) -> str:
    mark = ' class="leak"' if item.is_beyond_chance else ""
    cells = (f"{item.distance:.3f}", f"{item.chance:.3f}", f"{item.psi:.3f}", f"{item.unseen * 100:.1f} %")
    return f"<tr><td{mark}>{escape(item.column)}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
