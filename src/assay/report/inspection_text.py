"""Results of `inspect` in sentences, shared by terminal and page."""

from assay.core.figure import Figure, number_text
from assay.core.inspection import (
    ColumnView,
    Drift,
    Inspection,
    LeakFound,
    Relation,
    Spread,
    TargetView,
    UnivariateScore,
    advice_on_kept,
)
from assay.data.currency import is_of_amounts
from assay.report.phrases import count_text, name_list, plural, share_text, size_text
from assay.report.text_column import text_parts

BARS = "▁▂▃▄▅▆▇█"
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
NO_FEATURE = ("identifier", "constant", "dropped")
_BEYOND = 0.5
_ORDINARY = 0.2
"""Share of near duplicates above which a table has few distinct values, so that similarity says nothing."""
_MISSING = "read as missing"
_DAY = "2024-01-05"
LEVEL = 12
"""Letters of a level that are shown."""


def heading(found: Inspection) -> str:
    """ "38,412 rows × 14 columns, 6.1 MB" """
    size = f", {size_text(found.size_bytes)}" if found.size_bytes is not None else ""
    return f"{count_text(found.rows)} rows × {plural(found.n_columns, 'column')}{size}"


def reading(found: Inspection) -> str:
    """ "latin-1 · semicolons · decimal comma · day first"; empty for an ordinary file."""
    read = found.read
    if not read.encoding:
        return ""
    notes = [note for column in found.columns for note in column.notes]
    parts = [
        read.encoding if read.encoding != "utf-8" else "",
        DELIMITERS.get(read.delimiter, "") if read.delimiter != "," else "",
        "decimal comma" if read.decimal == "," else "",
        "day first" if any("day first" in note for note in notes) else "",
    ]
    return " · ".join(part for part in parts if part)


def target_text(found: Inspection) -> str:
    """ "churned: yes 23.1 %, no 76.9 % → binary; 211 rows left out: ..." """
    target = found.target
    if target is None:
        return ""
    shares = [f"{label} {share_text(share)}" for label, share in target.shares]
    what = name_list(tuple(shares), 4) if shares else _numbers_text(target)
    return "; ".join([f"{target.name}: {what} → {target.problem}", *target.notes])


def _numbers_text(target: TargetView) -> str:
    plot = f"numbers {spark_text(target.spark)}".rstrip()
    if target.spread is None:
        return plot
    low, median, high = span_parts(target.spread)
    far = outliers_text(target.spread)
    return f"{plot} {low} to {high}, median {median}{f', outliers {far}' if far not in ('', '–') else ''}"


def spark_text(shares: tuple[float, ...]) -> str:
    """A one-line histogram, scaled to the fullest bin."""
    most = max(shares, default=0.0)
    return "".join(BARS[min(int(share / most * 7.999), 7)] for share in shares) if most > 0 else ""


def missing_text(column: ColumnView) -> str:
    """ "2.0 %", a dash where nothing is missing."""
    return "–" if column.missing == 0 else share_text(column.missing)


def spread_text(column: ColumnView) -> str:
    """The histogram of numbers and dates, of levels that of the most frequent."""
    return spark_text(column.spark)


def spread_parts(column: ColumnView) -> tuple[str, str, str]:
    """Minimum, median and maximum in as few digits as distinguish them; of levels their number, and
    the most frequent."""
    if column.spread is not None:
        return span_parts(column.spread)
    if not column.levels:
        return "", "", ""
    first = column.frequent[0] if column.frequent else None
    most = "" if first is None else f"{shortened(first.level)} {share_text(first.share, 0)}"
    return plural(column.levels, "level"), most, ""


def shortened(level: str) -> str:
    """A level cut to LEVEL letters."""
    return level if len(level) <= LEVEL else f"{level[: LEVEL - 1]}…"


def span_parts(spread: Spread) -> tuple[str, str, str]:
    """Minimum, median and maximum; of dates that are years apart by month."""
    ends = (spread.low, spread.median, spread.high)
    is_long = str(spread.low)[:4] != str(spread.high)[:4]
    first, second, third = (
        _short(end) if not isinstance(end, str) else end[:7] if is_long and len(end) == len(_DAY) else end
        for end in ends
    )
    return first, second, third


def _short(value: float) -> str:
    """Three significant digits, and all before the point: 0.0123, 12.3, 1,234,567, 1.2e+09."""
    size = abs(value)
    if size >= 1e8 or 0 < size < 1e-4:
        return f"{value:.1e}"
    if size >= 1000 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def outliers_text(spread: Spread | None) -> str:
    """ "0.4 %", "–" for none, "" where outliers are not defined."""
    if spread is None or spread.outliers is None:
        return ""
    if spread.outliers == 0:
        return "–"
    return share_text(spread.outliers) if spread.outliers >= 0.0005 else "<0.1 %"


def alone_text(alone: UnivariateScore | None) -> str:
    """ "0.71" """
    return "" if alone is None else number_text(alone.value, 2)


def alone_title(found: Inspection) -> str:
    """The measure of univariate scores: "AUC", "R²"; "" without a target."""
    measure = next((column.alone.measure for column in found.columns if column.alone is not None), "")
    return {"ROC AUC": "AUC", "R2": "R²"}.get(measure, "")


def relation_text(one: Relation) -> str:
    """ "age and income: Pearson 0.83, 6,000 rows" """
    a, b = (f"gaps of {name}" if one.gaps in (side, "both") else name for name, side in ((one.a, "a"), (one.b, "b")))
    rows = plural(one.rows, "row")
    if one.measure == "equal":
        return f"{b} repeats {a}: one tells the other in all of {rows}"
    return f"{a} and {b}: {one.measure} {number_text(one.value, 2)}, {rows}"


def seen_text(column: ColumnView, leaks: tuple[LeakFound, ...]) -> str:
    """Findings on a column and what was done: leak, repairs, oddities, or why it is no feature."""
    proved = next((leak for leak in leaks if leak.column == column.name and leak.verdict == "proved"), None)
    if proved is not None:
        end = "dropped" if column.kind == "dropped" else "kept as asked"
        return f"LEAK {proved.what.removeprefix(column.name).strip()} → {end}"
    if column.kind in NO_FEATURE:
        notes = () if any(map(is_of_amounts, column.notes)) else column.notes  # the question about money says these
        return f"{'; '.join(notes) or column.why} → not a feature"
    is_noted = any(_MISSING in note for note in column.notes)
    said = [*(repair for repair in column.repairs if not (is_noted and repair.startswith(_MISSING))), *column.notes]
    if column.gaps is not None:
        said.append(f"its gaps tell the target ({column.gaps.measure} {column.gaps.value:.2f} by them alone)")
    if column.text is not None:
        said += text_parts(column.text)
    if not said and any(word in column.why for word in ("as asked", "formats")):
        said = [column.why]
    return "; ".join(said)


def leak_lines(leak: LeakFound) -> tuple[str, str]:
    """(finding, what is done about it)"""
    if leak.verdict == "proved":
        return f"{leak.what}.", f"Dropped. If it is known when you predict: {leak.do}"
    if leak.column is None or leak.code in ("leak/identifier", "leak/unit"):
        return f"{leak.what}.", leak.do
    return f"{leak.what}.", f"{advice_on_kept(leak.code)}: {leak.do}"


def twins_text(found: Inspection) -> str:
    """ "37 rows have equal features; they are kept in one fold · 5 rows are like another in 9 of 10 cells" """
    twins = found.twins
    parts = []
    if twins.said or twins.repeated:
        parts.append(twins.said or f"{plural(twins.repeated, 'row')} with equal features")
    if 0 < twins.near <= _ORDINARY * twins.looked_at:
        among = "" if twins.looked_at == found.rows else f" of {count_text(twins.looked_at)} looked at"
        rows = "row is" if twins.near == 1 else "rows are"
        parts.append(f"{count_text(twins.near)} {rows} like another in 9 of 10 cells{among}; folds may part them")
    return " · ".join(parts)


def drift_text(drift: Drift) -> str:
    """Differences of the second file, the most different columns first."""
    beyond = tuple(f"{c.column} ({c.distance:.2f} apart, PSI {c.psi:.2f})" for c in drift.columns if c.is_beyond_chance)
    parts = [f"{drift.other}, {count_text(drift.rows)} rows: {_separability_text(drift.separability)}"]
    parts.append(f"beyond chance: {name_list(beyond, 5)}" if beyond else "no column differs beyond chance")
    parts += [f"lacks {name_list(drift.lacking)}"] if drift.lacking else []
    parts += [f"has also {name_list(drift.extra)}"] if drift.extra else []
    return " · ".join(parts)


def _separability_text(separability: Figure | None) -> str:
    if separability is None:
        return "too few rows to tell apart"
    interval = (
        ""
        if separability.low is None or separability.high is None
        else f", 95 % {separability.low:.2f} to {separability.high:.2f}"
    )
    same = separability.low is None or separability.low <= _BEYOND
    return f"{'not ' if same else ''}told apart (old against new rows: ROC AUC {separability.value:.2f}{interval})"


def replay_text(found: Inspection) -> str:
    """Results of the leak tests of feature steps: changed or shuffled data that a step must not use."""
    if not found.replay:
        return ""
    moved = tuple(f"{one.step} ({name_list(one.moved, 2)})" for one in found.replay if one.moved)
    knows = tuple(f"{one.step} ({one.shuffled:.2f})" for one in found.replay if one.knows_shuffled)
    parts = (
        [f"training features moved when held-out rows or own targets were changed: {name_list(moved)}"] if moved else []
    )
    parts += [f"shuffled targets were predicted (correlation): {name_list(knows)}"] if knows else []
    if parts:
        return " · ".join(parts)
    tried = f"{plural(len(found.replay), 'feature step')} tried: none sees held-out rows or a row's own target"
    most = max((one.shuffled for one in found.replay if one.shuffled is not None), default=None)
    if most is None:
        return tried
    limit = found.replay[0].chance
    return f"{tried}; shuffled targets stay unknown (correlation at most {max(most, 0.0):.2f}, chance {limit:.2f})"


def sample_text(found: Inspection) -> str:
    """A note where only a sample of rows was examined."""
    if found.sampled >= found.rows:
        return ""
    return (
        f"plots, scores, near repeats and drift are of {count_text(found.sampled)} of "
        f"{count_text(found.rows)} rows; kinds, missing cells and proved leaks of all"
    )
