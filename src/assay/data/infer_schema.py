"""Schema inference: the kind of every column, with a reason, in the frame's order."""

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.argument import list_argument
from assay.core.errors import DataError, UsageError, Where, nearest_names
from assay.core.schema import LEVELLED, ORDERS, ORDERS_AS_FOUND, Column, Kind, NumberFormat, Schema
from assay.data import kind_guess as kinds
from assay.data import vectorized as vector
from assay.data.ambiguous_decimal_mark import FileDecimalMark, with_file_decimal_mark
from assay.data.dates import DateReader, date_formats
from assay.data.named_files import are_addresses, names_files, not_kept
from assay.data.number_format import NumberReader, format_of
from assay.data.numeric_kinds import held
from assay.data.options import TaskOptions
from assay.data.raw import Source
from assay.data.refusal import raw_columns
from assay.data.texts import Texts
from assay.data.times import clock_formats, duration_format
from assay.data.two_digit_years import short_years
from assay.data.zones import zone_of, zone_of_texts

if TYPE_CHECKING:
    import pandas as pd


def infer_schema(frame: "pd.DataFrame", options: TaskOptions) -> Schema:
    """The inferred schema. Options win over inference; roles (target, group, ...) are no features.

    Raises UsageError when an option names a column the frame lacks, DataError when a kind cannot be had.
    """
    names = tuple(map(str, frame.columns))
    check_names(names, options, source=Source("The table"))
    series = {name: frame.iloc[:, j] for j, name in reversed(list(enumerate(names)))}
    columns, hand = (_column(name, series[name], options) for name in names), FileDecimalMark(frame)
    return Schema(
        columns=tuple(with_file_decimal_mark(column, series[column.name], hand, options.refused) for column in columns)
    )


def check_names(names: tuple[str, ...], options: TaskOptions, *, source: Source) -> None:
    """Refuse options that name columns which are not there, or give one column two roles (UsageError)."""
    raw = (("--raw", column) for column in raw_columns(options.raw, frozenset(names)))
    for option, column in (*options.named, *raw):
        if column not in names:
            raise _no_such_column(column, names, option=option, source=source)
    roles = [
        c for c in (options.target, options.group, options.order_by, options.weights, options.valid) if c is not None
    ]
    twice = [column for column, count in Counter(roles).items() if count > 1]
    if twice:
        raise UsageError(
            f'The column "{twice[0]}" is given two roles. Give it one of target, group, order, weights, valid.'
        )
    if options.target in options.drop:
        raise UsageError(f'The target "{options.target}" is to be dropped. Take it out of --drop.')


def _no_such_column(column: str, names: tuple[str, ...], *, option: str, source: Source) -> UsageError:
    near = nearest_names(column, names)
    hint = f" Near: {', '.join(near)}." if near else ""
    listed = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    do = source.command("fit", option, near[0]) if near and option == "--target" else ("check the column's name",)
    if source.sheets:
        hint += " Other sheets: " + ", ".join(f'"{sheet}"' for sheet in source.sheets[:5]) + "."
        do = do if near else ("name the sheet: --sheet NAME",)
    return UsageError(
        f'{source.name} has no column "{column}".{hint} Columns: {listed} ({len(names)}).',
        where=Where(file=source.name, column=column, option=option), nearest=near, do=do,
    )  # fmt: skip


def _role(name: str, options: TaskOptions) -> tuple[Kind, str] | None:
    roles: dict[str | None, tuple[Kind, str]] = {
        options.weights: ("weight", "the weight of each row, as asked"),
        options.order_by: (
            "time",
            "the rows lie in its order" if options.drifts else "orders the rows in time, as asked",
        ),
        options.group_column: ("group", "its rows stay in one fold, as asked"),
        options.target: ("target", "to be predicted"),
    }
    return roles.get(name)


def _column(name: str, series: "pd.Series", options: TaskOptions) -> Column:
    marks = options.missing
    role = _role(name, options)
    if role is not None and role[0] == "time" and name not in options.drop:
        return _of_order(name, series, options) or _in_role(name, series, role, marks)
    if role is not None:
        return _in_role(name, series, role, marks)
    if name == options.valid:
        return Column(name=name, kind="dropped", reason=options.valid_reason)
    if name in options.drop:
        return Column(name=name, kind="dropped", reason="left out as asked")
    if name in options.kinds:
        return as_kind(name, series, options.kinds[name], marks=marks)
    return _kept_or_found(name, series, options)


def _in_role(name: str, series: "pd.Series", role: tuple[Kind, str], marks: tuple[str, ...]) -> Column:
    missing = vector.n_missing(vector.plain(series))
    return Column(name=name, kind=role[0], reason=role[1], missing=missing, missing_marks=marks)


def _of_order(name: str, series: "pd.Series", options: TaskOptions) -> Column | None:
    """What orders the rows as a feature: without it a model answers for the mean of the past. None where it is neither
    dates nor numbers, or the same in all rows.
    """
    found = kinds.describe(name, series, marks=options.missing, refused=options.refused)
    if found.kind == "identifier" and vector.is_number(vector.plain(series)):  # numbers its rows
        found = as_kind(name, series, "numeric", marks=options.missing)
    reason = ORDERS_AS_FOUND if options.drifts else ORDERS
    return replace(found, reason=reason) if found.kind in {"numeric", "datetime"} else None


def _kept_or_found(name: str, series: "pd.Series", options: TaskOptions) -> Column:
    marks = options.missing
    found = kinds.describe(name, series, marks=marks, refused=options.refused)
    if name in options.keep and not found.is_feature and found.kind != "constant":
        if names_files(found):
            raise not_kept(found)
        return _kept(found, series, marks)
    return found


def _kept(found: Column, series: "pd.Series", marks: tuple[str, ...]) -> Column:
    kind: Kind = "numeric" if vector.is_number(vector.plain(series)) else "category"
    if kind == "category" and are_addresses(Texts.of(found.name, vector.plain(series), frozenset(marks)).sample()):
        kind = "text"  # parts of addresses come again, whole ones do not
    return replace(as_kind(found.name, series, kind, marks=marks), reason=f"{found.reason}; kept as asked")


def as_kind(name: str, series: "pd.Series", kind: Kind, *, marks: tuple[str, ...] = ()) -> Column:
    """The column as the kind a person gave it. Raises DataError when less than half of its cells can be read so."""
    given, series = series, vector.plain(series)
    texts = Texts.of(name, series, frozenset(marks))
    column = Column(name=name, kind=kind, reason="as asked", missing=texts.missing, missing_marks=marks,
                    n_levels=len(texts.texts) if kind in LEVELLED else 0)  # fmt: skip
    if kind in {"category", "ordinal"}:
        return kinds.with_rare(replace(column, levels=kinds.levels_of(texts, ordinal=kind == "ordinal")), texts)
    if kind == "boolean":
        return _boolean(column, texts)
    if kind == "numeric":
        found = _numeric(column, series, texts)
        return replace(found, number=kinds.DURATION) if vector.is_duration(given) else found
    if kind == "datetime" and not vector.is_date(series):
        formats = _date_formats(texts)
        years = short_years(formats, texts.sample())
        zone, zoned = zone_of_texts(texts.texts)
        column = replace(column, date_formats=formats, short_year=years.first, zone=zone, notes=(*years.notes, *zoned))
        reader = DateReader(column)
        return _readable(column, texts, sum(not math.isnan(reader.of_text(text)) for text in texts.texts))
    if kind == "datetime":
        return replace(column, date_formats=vector.period_formats(given), zone=zone_of(series.dtype))
    return column


def _date_formats(texts: Texts) -> tuple[str, ...]:
    return clock_formats(texts.sample()) or date_formats(texts.sample())[0]


def _boolean(column: Column, texts: Texts) -> Column:
    found = kinds.as_boolean(column, texts)
    if len(found.levels) > 2:
        raise DataError(
            f'The column "{column.name}" has {len(found.levels)} different values, so it is no boolean.',
            where=Where(column=column.name), do=(f"--kind {list_argument(column.name, '=category')}",),
        )  # fmt: skip
    return replace(found, reason="as asked")


def _numeric(column: Column, series: "pd.Series", texts: Texts) -> Column:
    if not vector.is_number(series):
        column = replace(column, number=_number_format(texts) if texts.texts else NumberFormat())
    values = vector.raw_numbers(series, NumberReader(column))
    known = values[~np.isnan(values)]
    column = replace(column, missing=int(np.isnan(values).sum()))
    column = held(column, known) if len(known) else column
    reader = NumberReader(column)
    return _readable(column, texts, sum(not math.isnan(reader(text)) for text in texts.texts))


def _number_format(texts: Texts) -> NumberFormat:
    return duration_format(texts.sample()) or format_of(texts.sample(), texts.texts)


def _readable(column: Column, texts: Texts, n_read: int) -> Column:
    if texts.texts and n_read < 0.5 * len(texts.texts):
        raise DataError(
            f'The column "{column.name}" cannot be read as {column.kind}: {len(texts.texts) - n_read:,} of '
            f"{len(texts.texts):,} different values are none, such as {texts.texts[0]!r}.",
            where=Where(column=column.name), do=(f"--kind {list_argument(column.name, '=category')}",),
        )  # fmt: skip
    return column
