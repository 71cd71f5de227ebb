"""Text and HTML summaries of a predictor."""

from html import escape

from assay.core.figure import ORIGIN_WORDS, Figure
from assay.core.schema import Column
from assay.predictor.passport import Passport

SHOWN_CLASSES = 5
SHOWN_COLUMNS = 60
STYLE = (
    ".assay{font:14px/1.5 system-ui,sans-serif;color:#1a1a1a;max-width:46em}"
    ".assay td,.assay th{text-align:left;padding:0 1.2em 0 0;border:0;font-variant-numeric:tabular-nums}"
    "@media(prefers-color-scheme:dark){.assay{color:#e8e8e8}}"
)


def bytes_text(count: int) -> str:
    """A size for people: 812 bytes, 34 kB, 9.8 MB."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1e3:.0f} kB" if count < 999_500 else f"{count / 1e6:.1f} MB"


def figure_text(figure: Figure) -> str:
    """As in "ROC AUC 0.8081 (95 % 0.8008 to 0.8154, corrected)"."""
    inside = ", ".join(part for part in (figure.interval_text, ORIGIN_WORDS[figure.origin]) if part)
    return f"{figure.title or figure.metric} {figure.text} ({inside})"


def classes_text(passport: Passport) -> str:
    """The first few classes in brackets; of a number its unit where it differs from the file's."""
    if not passport.classes:
        return f" in {passport.unit}" if passport.unit else ""
    shown = ", ".join(str(label) for label in passport.classes[:SHOWN_CLASSES])
    more = len(passport.classes) - SHOWN_CLASSES
    return f" ({shown}, and {more} more)" if more > 0 else f" ({shown})"


def predictor_text(passport: Passport, size_bytes: int) -> str:
    """One line: target, number of columns, size, expected score."""
    n_columns = len(passport.schema.features)
    said = [
        f"{passport.target}{classes_text(passport)} from {n_columns} column{'' if n_columns == 1 else 's'}",
        bytes_text(size_bytes),
    ]
    if passport.expected is not None:
        said.append(figure_text(passport.expected))
    return f"<Predictor {', '.join(said)}>"


def predictor_html(passport: Passport, size_bytes: int) -> str:
    """The same with its columns, below 20 kB, without script, for light and dark pages."""
    expected = f"<p>{escape(figure_text(passport.expected))}</p>" if passport.expected else ""
    columns = passport.schema.features
    rows = "".join(_row(column) for column in columns[:SHOWN_COLUMNS])
    more = f"<p>{len(columns) - SHOWN_COLUMNS} more columns</p>" if len(columns) > SHOWN_COLUMNS else ""
    call = "predict_proba" if passport.classes else "predict"
    return (
        f'<div class="assay"><style>{STYLE}</style>'
        f"<p><b>{escape(_cut(passport.target))}</b>{escape(_cut(classes_text(passport), 400))}, "
        f"{bytes_text(size_bytes)}</p>{expected}"
        f"<table><tr><th>column</th><th>kind</th><th>levels</th></tr>{rows}</table>{more}"
        f"<p><code>predictor.{call}(frame)</code></p></div>"
    )


def _row(column: Column) -> str:
    assert column.is_feature, "only columns that are used"
    levels = str(len(column.levels)) if column.levels else ""
    return f"<tr><td>{escape(_cut(column.name))}</td><td>{column.kind}</td><td>{levels}</td></tr>"


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
