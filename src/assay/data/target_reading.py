"""The target column: its problem type, classes, and rows with a usable value."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.argument import list_argument
from assay.core.array import AnyArray, Bools, Floats
from assay.core.errors import TaskError, Where, nearest_names
from assay.core.problem import Problem
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.core.schema import Column, Label, NumberFormat
from assay.core.task import Notice
from assay.data import kind_guess as kinds
from assay.data import vectorized as vector
from assay.data.alternative_problems import are_too_many, other_problems
from assay.data.cell import plain_number, text_of, truth_sides
from assay.data.options import TaskOptions
from assay.data.positive_class import _SAME_TRUTH, likely_positive
from assay.data.raw import Source
from assay.data.target_numbers import ENOUGH, mark_notices, marks_among_numbers, refuse_moments, target_numbers
from assay.data.target_outliers import code_targets, far_targets
from assay.data.texts import Texts
from assay.data.zero_padded import Spelling, as_written

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TargetReading:
    """The target as read.

    rows: (n_raw,) rows that have a usable target. values: of those rows, int32 class codes or float64. classes as in
    Task. number: how a regression target is read. also: what else --problem could make of it.
    """

    problem: Problem
    reason: str
    classes: tuple[Label, ...]
    rows: Bools
    values: AnyArray
    notices: tuple[Notice, ...]
    number: NumberFormat = field(default=NumberFormat())
    also: tuple[Problem, ...] = ()


def read_target(
    series: "pd.Series", options: TaskOptions, *, source: Source, padded: Mapping[str, Spelling] | None = None,
    table: "pd.DataFrame | None" = None,
) -> TargetReading:  # fmt: skip
    """The target column as read. padded: see RawTable; classes are named as they are written. table: all columns, for
    its decimal mark.

    Raises TaskError when it has no value, one class only, or cannot be the problem asked for.
    """
    name, given = str(series.name), series
    series = vector.plain(series)
    texts = Texts.of(name, series, frozenset(options.missing))
    if not texts.filled:
        raise TaskError(
            f'{source.name}: the target "{name}" has no value in any of {len(series):,} rows.',
            where=Where(file=source.name, column=name), do=("another target",),
        )  # fmt: skip
    column, values = target_numbers(given, texts, options, table=table)
    marks = marks_among_numbers(texts, values, options)
    if marks:
        again = replace(options, missing=(*options.missing, *marks))
        found = read_target(given, again, source=source, padded=padded, table=table)
        said = Notice(code="data/target-marks", message=f"{name}: {', '.join(map(repr, marks[:4]))} read as missing",
                      column=name, do=f"--raw {list_argument(name, '=missing')}")  # fmt: skip
        return replace(found, notices=(said, *found.notices))
    refuse_moments(series, texts, values, options, source=source)
    problem, reason = _problem(series, texts, values, options, is_lasting=bool(column.number.duration))
    if not problem.is_class and column.reason:
        reason = f"{column.reason}, {reason.removeprefix('numbers, ')}"
    also = other_problems(
        problem, values[texts.codes >= 0], frozenset(texts.texts), n_classes=_n_classes(texts, options)
    )
    if not problem.is_class:
        return replace(_numbers(column, texts, values, problem, reason, source=source), also=also)
    spelling = (padded or {}).get(name, {}) if vector.is_number(series) else {}
    if spelling:
        texts = replace(texts, texts=tuple(as_written(text, spelling) for text in texts.texts))
    question = replace(_classes(series, texts, problem, reason, options=options, source=source), also=also)
    if not spelling:
        return question
    return replace(question, classes=tuple(as_written(str(label), spelling) for label in question.classes))


def _problem(
    series: "pd.Series", texts: Texts, values: Floats, options: TaskOptions, *, is_lasting: bool
) -> tuple[Problem, str]:
    n_distinct = len(texts.texts)
    n_classes = _n_classes(texts, options)
    asked = options.asked_problem
    if asked is not None and asked.form == "probabilities" and n_classes == 2:
        return Binary(), "classes as asked, and there are two"
    if asked is not None:
        return asked, "as asked"
    kind = options.kinds.get(texts.name)
    if kind == "numeric":
        return Regression(), "numbers, as asked"
    if kind in ("category", "ordinal", "boolean"):
        return Binary() if n_classes <= 2 else Multiclass(), f"{n_classes} classes, as asked"
    if vector.is_number(series):
        return _problem_of_numbers(values[~np.isnan(values)])
    words = [text for text in texts.texts if text.lower().lstrip("+-") not in {"inf", "infinity"}]
    has_truth = series.dtype == bool or {text.lower() for text in words} <= {"true", "false"}
    is_number = not has_truth and int((~np.isnan(values)).sum()) >= ENOUGH * texts.filled and n_distinct > 2
    if is_number and is_lasting:
        return Regression(), f"{n_distinct:,} different ones"
    if is_number:
        return _problem_of_numbers(values[~np.isnan(values)])
    if n_classes <= 2:
        return Binary(), f"{n_classes} different values"
    return Multiclass(), f"{n_classes} different values that are no numbers"


def _problem_of_numbers(filled: Floats) -> tuple[Problem, str]:
    distinct = np.unique(filled)
    if len(distinct) <= 2:
        return Binary(), f"{len(distinct)} different values"
    if bool((distinct == np.floor(distinct)).all()) and len(distinct) <= 20 and _are_codes(distinct, filled):
        return Multiclass(), f"{len(distinct)} whole numbers, {distinct[0]:g} to {distinct[-1]:g}"
    return Regression(), f"numbers, {len(distinct):,} different ones"


def _are_codes(distinct: Floats, filled: Floats) -> bool:
    """Whether few whole numbers name classes: close together, each often; a count has a thin tail or wide gaps."""
    rarest, span = np.unique(filled, return_counts=True)[1].min(), distinct[-1] - distinct[0] + 1
    if len(filled) < 5 * len(distinct):
        return False
    if len(distinct) > 10:
        return bool(rarest >= 10 and span <= 2 * len(distinct))
    return bool(span <= 2 * len(distinct) or (rarest >= 5 and span <= 100))


def _left_out(n: int, name: str, why: str, code: str) -> tuple[Notice, ...]:
    if not n:
        return ()
    rows = "row" if n == 1 else "rows"
    return (Notice(code=code, message=f"{n:,} {rows} left out: {name} {why}", column=name),)


def _numbers(
    column: Column, texts: Texts, values: Floats, problem: Problem, reason: str, *, source: Source
) -> TargetReading:
    rows = ~np.isnan(values)
    name, no_number = column.name, int((texts.codes >= 0).sum() - rows.sum())
    if len(np.unique(values[rows])) < 2:
        some = next(iter(texts.texts))
        raise TaskError(
            f'{source.name}: the target "{name}" does not vary as a number ({some!r} for example); nothing to predict.',
            where=Where(file=source.name, column=name),
            do=(*(("leave out --problem, for classes",) if reason.endswith("as asked") else ()), "another target"),
        )  # fmt: skip
    _check_fit(problem, values[rows], name=name, source=source)
    notices = (
        *_left_out(texts.missing, name, "is missing", "data/missing-target"),
        *_left_out(
            no_number,
            name,
            f"is infinite or no {'duration' if column.number.duration else 'number'}",
            "data/infinite-target",
        ),
        *mark_notices(column, texts),
        *code_targets(name, values[rows]),
        *far_targets(name, values[rows]),
    )
    return TargetReading(problem=problem, reason=reason, classes=(), rows=rows, values=values[rows],
                         notices=notices, number=column.number)  # fmt: skip


def _check_fit(problem: Problem, values: AnyArray, *, name: str, source: Source) -> None:
    if why := problem.misfit(values):
        raise TaskError(
            f'{source.name}: the target "{name}" {why}, which is not {problem}.',
            where=Where(file=source.name, column=name), do=("leave out --problem", "another target"),
        )  # fmt: skip


def _spellings(texts: Texts) -> dict[str, list[int]]:
    """Positions of the texts by class: labels that differ in letter case only are one; y, n stand for yes, no.

    So are all spellings of two truth values, where one of them is a word (true, 1, False, 0).
    """
    groups: dict[str, list[int]] = {}
    folded = {text.casefold() for text in texts.texts}
    sides = truth_sides(folded) if kinds.are_truths(frozenset(folded)) else {}
    for position, text in enumerate(texts.texts):
        key = text.casefold()
        full = _SAME_TRUTH.get(key, key)
        groups.setdefault(sides.get(key) or (full if full in folded else key), []).append(position)
    return groups


def _n_classes(texts: Texts, options: TaskOptions) -> int:
    return len(_spellings(texts) if _may_merge(texts.name, options) else texts.texts)


def _may_merge(name: str, options: TaskOptions) -> bool:
    refused = options.refused
    return not (refused.of_table("label-spelling") or name in refused.words)


def _apart(texts: Texts) -> dict[str, list[int]]:
    return {text: [position] for position, text in enumerate(texts.texts)}


def _classes(
    series: "pd.Series", texts: Texts, problem: Problem, reason: str, *, options: TaskOptions, source: Source
) -> TargetReading:
    name, groups = texts.name, _spellings(texts) if _may_merge(texts.name, options) else _apart(texts)
    named = {max(members, key=lambda i: (texts.counts[i], texts.texts[i])): members for members in groups.values()}
    sizes = {texts.texts[best]: int(texts.counts[members].sum()) for best, members in named.items()}
    _check_count(sizes, problem, name=name, source=source, n_rows=len(series))
    order = sorted(sizes, key=kinds.natural)
    if problem.form == "probability":
        order, why = _positive_last(order, sizes, options, name=name)
        reason = f"{reason}; {why}"
    code_of, place = np.full(len(texts.texts) + 1, -1, dtype=np.int32), {text: code for code, text in enumerate(order)}
    for best, members in named.items():
        code_of[members] = place[texts.texts[best]]
    codes = code_of[texts.codes]
    rows = codes >= 0
    _check_fit(problem, codes[rows], name=name, source=source)
    labels = _labels(series, order)
    notices = (
        *_left_out(texts.missing, name, "is missing", "data/missing-target"),
        *_spelling_notice(name, texts, named, series),
        *_rare_notice(name, order, sizes),
    )
    return TargetReading(problem=problem, reason=reason, classes=labels, rows=rows, values=codes[rows], notices=notices)


def _check_count(sizes: dict[str, int], problem: Problem, *, name: str, source: Source, n_rows: int) -> None:
    where = Where(file=source.name, column=name)
    if len(sizes) < 2:
        only, count = next(iter(sizes.items()))
        rows = (
            "the only row"
            if n_rows == 1
            else f"all {n_rows:,} rows"
            if count == n_rows
            else f"all {count:,} rows that have a value"
        )
        raise TaskError(
            f'{source.name}: the target "{name}" is "{only}" in {rows}; two classes are needed.', where=where,
            do=(*_empty_means_no(only, n_rows - count), "another target, or add rows with another outcome"),
        )  # fmt: skip
    if problem.form == "probability" and len(sizes) > 2:
        raise TaskError(
            f'{source.name}: the target "{name}" has {len(sizes)} classes, which is not {problem}.', where=where,
            do=("leave out --problem, or give --problem multiclass",),
        )  # fmt: skip
    if are_too_many(len(sizes), sum(sizes.values())):
        raise TaskError(
            f'{source.name}: the target "{name}" has {len(sizes):,} different values in {sum(sizes.values()):,} rows, '
            "too many for classes.", where=where, do=("another target, of numbers or of few classes",),
        )  # fmt: skip


def _empty_means_no(only: str, n_empty: int) -> tuple[str, ...]:
    """What to do where a tick is one class and an empty cell may be the other."""
    cells = "cell" if n_empty == 1 else "cells"
    return (f'if an empty cell means no, write so in the file: no in {n_empty:,} {cells}, beside "{only}"',) * (
        n_empty > 0
    )


def _positive_last(
    order: list[str], sizes: dict[str, int], options: TaskOptions, *, name: str
) -> tuple[list[str], str]:
    if options.positive is not None:
        asked = text_of(options.positive) or ""
        same = [text for text in order if text.casefold() == asked.casefold()] or _same_number(asked, order)
        if not same:
            near = nearest_names(asked, order)
            raise TaskError(
                f'The target "{name}" never is "{options.positive}". Its values: {", ".join(order)}.',
                where=Where(column=name, option="--positive"), nearest=near,
            )  # fmt: skip
        positive, why = same[0], "as asked"
    else:
        positive, why = likely_positive(order, sizes)
    return [text for text in order if text != positive] + [positive], f'"{positive}" is the positive class, {why}'


def _same_number(asked: str, order: Sequence[str]) -> list[str]:
    """The labels that equal the number, with other zeros: 1 for "001"."""
    number = plain_number(asked) if asked else None
    return [] if number is None else [text for text in order if plain_number(text) == number]


def _labels(series: "pd.Series", order: Sequence[str]) -> tuple[Label, ...]:
    """The labels in the type they have in the frame; whole floats (a column with gaps) become integers."""
    native = _native(series)
    return tuple(_label(text, native) for text in order)


def _native(series: "pd.Series") -> str:
    """The name of the Python type of the cells, "str" when they are of several."""
    if series.dtype == "category":
        return _native(series.cat.categories.to_series())
    if vector.is_number(series):
        return "int"
    if str(series.dtype).lower().startswith("bool"):
        return "bool"
    found = (
        {type(cell).__name__ for cell in series.array if text_of(cell) is not None} if series.dtype == object else set()
    )
    return found.pop() if len(found) == 1 else "str"


def _label(text: str, native: str) -> Label:
    if native.startswith("bool"):
        return text == "true"
    if native.startswith(("int", "uint", "float")):
        number = float(text)
        return int(text) if math.isfinite(number) and number == int(number) else number
    return text


def _spelling_notice(name: str, texts: Texts, named: dict[int, list[int]], series: "pd.Series") -> tuple[Notice, ...]:
    merged = {texts.texts[best]: [texts.texts[i] for i in members] for best, members in named.items()}
    several = {best: members for best, members in merged.items() if len(members) > 1}
    if not several:
        return ()
    parts = [
        ", ".join(f'"{m}"' for m in members if m != best) + f' read as "{best}"' for best, members in several.items()
    ]
    return (Notice(code="data/label-spelling", message=f"{name}: {'; '.join(parts)}", column=name,
                   do="--raw label-spelling"),)  # fmt: skip


def _rare_notice(name: str, order: Sequence[str], sizes: dict[str, int]) -> tuple[Notice, ...]:
    rare = [text for text in order if sizes[text] < 5]
    if not rare:
        return ()
    listed = ", ".join(f'"{text}" ({sizes[text]})' for text in rare[:5])
    message = f"{name}: rare classes with under 5 rows, hardly to be learned: {listed}"
    return (Notice(code="data/rare-class", message=message, column=name),)
