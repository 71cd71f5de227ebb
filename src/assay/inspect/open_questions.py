"""Questions about a table that data cannot answer: its order in time, units of rows, columns known only afterwards."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from shlex import quote

import numpy as np

from assay.core.argument import list_argument
from assay.core.array import Floats
from assay.core.inspection import Ask, UnivariateScore
from assay.core.schema import Column, Schema
from assay.data.currency import is_of_amounts
from assay.data.numeric_kinds import is_called_id
from assay.data.options import TaskOptions
from assay.data.time_order import later_rows
from assay.inspect.bins import Cells

_PARTS = ("year", "month", "day", "day_of_month", "hour")
_SPLIT_NAME = re.compile(r"(^|[_\W])(split|fold|subset|partition)s?($|[_\W])", re.IGNORECASE)
_SPLIT_LEVELS = frozenset({"train", "test", "val", "valid", "validation", "dev", "training", "trial", "holdout"})
_UNITS = frozenset({"numeric", "category", "identifier", "text"})
_TELLS = {"ROC AUC": 0.55, "R2": 0.02}
_UNIT_NAME = re.compile(
    r"(^|[_\s.-])(patient|customer|client|user|person|subject|participant|respondent|student|pupil|employee|member|"
    r"household|family|borrower|applicant|donor|driver|player|speaker|animal|device|machine|sensor|vehicle|kunde|"
    r"proband|schüler|utilisateur|cliente|paciente|paziente)([_\s.-]?(no|nr|num|number|code|name|ref))?$",
    re.IGNORECASE,
)  # fmt: skip
"""Names of what several rows often belong to, at the end of a name; columns about them end otherwise (customer_age)."""
_GO_ON = 0.9
"""Of the units, with a row in the last twentieth of the time: then --group leaves nothing to score in order of time."""
_OF_ONE = {"ROC AUC": 0.85, "R2": 0.7}
"""Score that a category with a few rows of each value reaches where rows of a unit mostly share the target."""
MOST_OF_UNIT = 20
"""Rows of one value, on average, up to which a category may be a patient or a customer rather than a sort of them."""


def asks_of(
    schema: Schema, columns: Mapping[str, Cells], scores: Mapping[str, UnivariateScore], options: TaskOptions
) -> tuple[Ask, ...]:
    """Questions, at most one of each sort, without those that an option answers already. Rows that are predicted from
    earlier ones meet no later row of their unit, so that units need not be kept together.
    """
    found = [
        *_time(schema, columns, scores, options),
        *(() if options.group_column or options.order_by else _groups(schema, columns, scores)),
        *(_split(column) for column in schema.features if _is_split(column)),
        *[_amounts(column) for column in schema if any(map(is_of_amounts, column.notes))][:1],
    ]
    return tuple(found)


def _time(
    schema: Schema, columns: Mapping[str, Cells], scores: Mapping[str, UnivariateScore], options: TaskOptions
) -> Sequence[Ask]:
    """What was found to order the rows, with the way back; else whether anything does."""
    if options.drifts:
        found = later_rows(options)
        return (Ask(code="ask/time", message=found.message, do=found.do, column=found.column),)
    if options.order_by or options.in_no_order:
        return ()
    asked = _order(schema, columns, scores)
    group, date = (columns.get(name or "") for name in (options.group_column, asked[0].column if asked else None))
    return () if group is not None and date is not None and _end_together(group, date) else asked


def _end_together(group: Cells, date: Cells) -> bool:
    """Whether nearly all units go on to the end, so that hardly one is over before another begins to be scored."""
    assert date.values is not None
    codes = group.codes if group.values is None else np.unique(group.values, return_inverse=True)[1]
    last = np.full(int(codes.max(initial=0)) + 1, -np.inf)
    np.fmax.at(last, codes, date.values)
    ends = last[np.isfinite(last)]
    return bool((ends >= np.nanquantile(date.values, 0.95)).mean() >= _GO_ON)


def _order(schema: Schema, columns: Mapping[str, Cells], scores: Mapping[str, UnivariateScore]) -> Sequence[Ask]:
    """Of the date columns that are filled everywhere the one that the rows are closest to being sorted by."""
    dates = [columns[c.name] for c in schema.of_kind("datetime") if c.name in columns and not c.is_clock]
    full = [c for c in dates if c.values is not None and not c.column.missing]
    if full:
        best = max(full, key=_sortedness)
        name, days = best.column.name, best.values
        assert days is not None
        later = "later rows have other targets" if tells(scores.get(name)) else "later rows may differ"
        ends = [(float(end), best.zone) for end in (np.nanmin(days), np.nanmax(days))]
        first, last = (_month(*end) for end in ends)
        if first == last:
            first, last = (_month(*end, to="%Y-%m-%d") for end in ends)
        message = f"{name} runs {first} to {last}; {later}"
        return (Ask(code="ask/time", message=message, do=f"--order-by {quote(name)}", column=name),)
    by_name = {c.name.casefold(): c.name for c in schema.features if c.kind in {"numeric", "category"}}
    stems = (name.removesuffix("year") for name in by_name if name.endswith("year"))
    stem = next((one for one in stems if f"{one}month" in by_name), None)
    if stem is None:
        return ()
    parts = [by_name[f"{stem}{part}"] for part in _PARTS if f"{stem}{part}" in by_name]
    message = f"{', '.join(parts)} look like a moment in parts; later rows may differ"
    return (Ask(code="ask/time", message=message, do="make one date column of them for --order-by", column=parts[0]),)


def _sortedness(cells: Cells) -> float:
    assert cells.values is not None
    steps = np.diff(cells.values)
    return float((steps >= 0).mean()) if len(steps) else 0.0


def _month(days: float, zone: tzinfo | None, *, to: str = "%Y-%m") -> str:
    """Year and month, or the day, of days since 1970-01-01 UTC, as clocks of that zone show them."""
    return moment_of(days, zone).strftime(to)


def moment_of(days: float, zone: tzinfo | None) -> datetime:
    """Days since 1970-01-01 UTC as clocks of that zone show them."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=float(np.clip(days, -700_000, 2_900_000)))
    return moment.astimezone(zone or UTC)


def _groups(schema: Schema, columns: Mapping[str, Cells], scores: Mapping[str, UnivariateScore]) -> Sequence[Ask]:
    """A column that names units whose rows folds should keep together: its values repeat, and it is an identifier by
    name, or it is distributed like units and is named so (patient) or nearly determines the target.

    Of several the one with the most units. At least one row in twenty must share its unit, and no unit be so large that
    five folds could not be even.
    """
    found = []
    for column in schema:
        if column.kind not in _UNITS or column.name not in columns:
            continue
        cells = columns[column.name]
        units, repeated, largest = _units(cells)
        if not is_called_id(column.name) and not _is_unit(cells, scores.get(column.name)):
            continue
        if repeated > 0.05 and largest < 0.1:
            found.append((units, repeated, column.name))
    if not found:
        return ()
    units, repeated, name = max(found)
    message = (
        f"{name} comes again in {repeated * 100:.0f} % of the rows, {units:,} different ones: one unit each? Then "
        "folds drawn at random promise too much for new ones"
    )
    return (Ask(code="ask/group", message=message, do=f"--group {quote(name)}", column=name),)


def is_of_units(cells: Cells) -> bool:
    """Whether a category may name units: ten values or more, a few rows each, hardly one alone."""
    return cells.column.kind == "category" and _comes_again(cells)


def _comes_again(cells: Cells) -> bool:
    units, repeated, largest = _units(cells)
    return units >= 10 and len(cells.codes) <= MOST_OF_UNIT * units and repeated > 0.5 and largest < 0.1


def _is_unit(cells: Cells, alone: UnivariateScore | None) -> bool:
    """Whether a column of whole numbers or words is distributed like units, and its name or score suggests them."""
    if not _comes_again(cells):
        return False
    if _UNIT_NAME.search(cells.column.name):
        return cells.values is None or bool(np.all(np.isnan(cells.values) | (cells.values == np.floor(cells.values))))
    return cells.column.kind == "category" and alone is not None and alone.value >= _OF_ONE[alone.measure]


def tells(alone: UnivariateScore | None) -> bool:
    """Whether a date predicts the target better than chance."""
    return alone is not None and alone.value >= _TELLS[alone.measure]


def _units(cells: Cells) -> tuple[int, float, float]:
    """(different values, share of the cells whose value another cell has too, share of the most frequent value)"""
    values: Floats = cells.codes.astype(np.float64) if cells.values is None else cells.values
    if cells.values is None:  # all single levels share the last bin but one
        values = np.where(values >= cells.n_bins - 2, np.nan, values)
    filled = values[~np.isnan(values)]
    if not len(filled):
        return 0, 0.0, 1.0
    _, counts = np.unique(filled, return_counts=True)
    return len(counts), float(counts[counts > 1].sum() / len(values)), float(counts.max() / len(values))


def _amounts(column: Column) -> Ask:
    """The question about amounts in several currencies, whose rates only the user knows."""
    message = next(f"{column.name}: {note}" for note in column.notes if is_of_amounts(note))
    return Ask(code="ask/money", message=message, do=f"in one currency, or --drop {list_argument(column.name)}",
               column=column.name)  # fmt: skip


def _is_split(column: Column) -> bool:
    return bool(_SPLIT_NAME.search(column.name)) and {level.casefold() for level in column.levels} <= _SPLIT_LEVELS


def _split(column: Column) -> Ask:
    message = (
        f"{column.name} says which rows were a test once ({', '.join(column.levels[:3])}); new rows will have none"
    )
    return Ask(code="ask/split", message=message, do=f"--drop {list_argument(column.name)}", column=column.name)
