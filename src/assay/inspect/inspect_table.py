"""The entry of this room: from a table and the options of its question to all findings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.argument import list_argument
from assay.core.array import Index
from assay.core.clock import SystemClock
from assay.core.inspection import (
    ColumnView,
    Drift,
    Inspection,
    LeakFound,
    Reading,
    Replay,
    TargetView,
    TextView,
    UnivariateScore,
)
from assay.core.schema import Column, Schema
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.data import leak
from assay.data.encode import encode_frame
from assay.data.infer_schema import check_names, infer_schema
from assay.data.options import TaskOptions
from assay.data.prepare import check_width
from assay.data.raw import RawTable
from assay.data.repairs import repairs_of
from assay.data.row_groups import row_groups_of
from assay.data.target_reading import TargetReading, read_target
from assay.features.row_sample import sampled_rows
from assay.inspect.bins import Cells, cells_of, of_values, spark
from assay.inspect.column_distribution import frequent_of, spread_of
from assay.inspect.column_score import dealt, univariate_score
from assay.inspect.drift import drift_of
from assay.inspect.label_in_text import label_in_text
from assay.inspect.missing_cells import gaps_of
from assay.inspect.oddities import oddities
from assay.inspect.open_questions import asks_of
from assay.inspect.order_in_time import with_order
from assay.inspect.relations import relations_of
from assay.inspect.step_leak_test import replay_steps
from assay.inspect.suspicion import id_likeness, suspicions
from assay.inspect.text_views import text_view, texts_of
from assay.inspect.twins import twins_of

if TYPE_CHECKING:
    import pandas as pd

SAMPLED = 50_000
"""Rows for plots, scores, near twins and drift: a ROC AUC of 0.5 is known to ±0.005 from them (95 %)."""
SAID, REPLAYED = 20_000, 400
_WIDEST = 200
"""Columns up to which every feature step is replayed."""


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """Rows that have a target (all, without one), and the question about them."""

    frame: "pd.DataFrame"
    question: TargetReading | None
    target: Target | None


def inspect_table(
    raw: RawTable, options: TaskOptions, *, against: RawTable | None = None, size_bytes: int | None = None,
    deep: bool = False,
) -> Inspection:  # fmt: skip
    """All findings about a table before anything is fitted.

    Kinds, missing cells, exact twins and proved leaks are of all rows; plots, scores, near twins and drift of at most
    50,000, drawn once with options.seed; relations of 10,000. deep: every feature step is tried on rows of the table,
    too, which takes longer than all the rest. Raises what prepare raises of names and targets. 1,000,000 rows of 50
    columns take some ten seconds after reading.
    """
    clock = SystemClock()
    started = clock.now()
    seeds = Seeds(options.seed).child("inspect")
    check_names(tuple(map(str, raw.frame.columns)), options, source=raw.source)
    check_width(raw, options)
    asked, options = options, with_order(raw, options)
    known = _known(raw, options)
    schema, leaks = _without_leaks(known, infer_schema(known.frame, options), options)
    rows = sampled_rows(len(known.frame), SAMPLED, seeds.child("rows"))
    frame = known.frame if len(rows) == len(known.frame) else known.frame.iloc[rows].reset_index(drop=True)
    cells = {c.name: found for c in schema if (found := _cells(frame, c)) is not None}
    target = None if known.target is None else known.target.take(rows)
    scores, folds = _scores(cells, target, options, seeds)
    own, in_time = _features(cells, schema), options.order_by is not None
    suspected = () if target is None else suspicions(own, scores, target, folds, seeds=seeds, in_time=in_time)
    features = [c.name for c in schema.features]
    texts = {c.name: texts_of(frame[c.name], c) for c in schema.of_kind("text")}
    gaps = {} if target is None else gaps_of(own.values(), target, folds)
    return Inspection(
        file=raw.name, path=raw.path, size_bytes=size_bytes, read=_reading(raw, schema), rows=len(raw.frame),
        n_columns=raw.frame.shape[1],
        columns=tuple(
            _view(c, frame, cells.get(c.name), len(known.frame), (scores.get(c.name), gaps.get(c.name)),
                  None if c.name not in texts else text_view([text for text in texts[c.name] if text], seeds=seeds))
            for c in schema if c.kind != "target"
        ),
        target=_target_view(known, options),
        leaks=(
            *leaks, *suspected, *_labels_said(texts, known, target, options, seeds), *_ids(cells, scores, options)
        ),
        asks=asks_of(schema, cells, scores, options),
        twins=replace(twins_of(known.frame, features, rows, seeds=seeds), said=_tied(known, schema, options)),
        drift=None if against is None else _drift(frame, against, schema, seeds),
        replay=_replay(frame, schema, target, seeds) if deep else (),
        relations=relations_of(frame, cells, features, seeds=seeds),
        notices=(*raw.notices, *(known.question.notices if known.question else ())),
        order_by=options.order_by or "" if asked.order_by is None else "",
        sampled=len(rows), seconds=raw.seconds + clock.now() - started,
    )  # fmt: skip


def _tied(known: _Known, schema: Schema, options: TaskOptions) -> str:
    """How `fit` treats rows that repeat others, in its words; "" in order of time, where folds are blocks."""
    if known.target is None or options.order_by is not None:
        return ""
    _, notices = row_groups_of(known.frame, schema, options, known.target)
    return "; ".join(notice.message for notice in notices)


def _known(raw: RawTable, options: TaskOptions) -> _Known:
    if options.target is None:
        return _Known(raw.frame, None, None)
    question = read_target(raw.frame[options.target], options, source=raw.source, padded=raw.padded)
    frame = raw.frame if question.rows.all() else raw.frame.loc[question.rows].reset_index(drop=True)
    return _Known(frame, question, Target(question.values, len(question.classes)))


def _without_leaks(known: _Known, schema: Schema, options: TaskOptions) -> tuple[Schema, tuple[LeakFound, ...]]:
    """What `fit` would drop is dropped here too, so that both show the same columns."""
    if known.target is None or known.question is None:
        return schema, ()
    found = leak.find_leaks(known.frame, schema, known.target, name=options.target or "",
                            classes=known.question.classes)  # fmt: skip
    left, _ = leak.without(schema, found, options.keep)
    proved = tuple(
        LeakFound(column=one.column, code=one.code, verdict="proved", what=f"{one.column} {one.what}", do=one.do)
        for one in found
    )
    return left, proved


def _cells(frame: "pd.DataFrame", column: Column) -> Cells | None:
    return None if column.kind == "target" else cells_of(frame[column.name], column)


def _features(cells: Mapping[str, Cells], schema: Schema) -> dict[str, Cells]:
    return {c.name: cells[c.name] for c in schema.features if c.name in cells}


def _scores(
    cells: Mapping[str, Cells], target: Target | None, options: TaskOptions, seeds: Seeds
) -> tuple[dict[str, UnivariateScore], Index]:
    if target is None:
        return {}, np.empty(0, dtype=np.int64)
    unit = cells.get(options.group_column or "")
    folds = dealt(len(target), seeds.child("folds").rng(), None if unit is None else unit.codes)
    return {name: univariate_score(c.codes, c.n_bins, target, folds) for name, c in cells.items()}, folds


def _labels_said(
    texts: Mapping[str, Sequence[str]], known: _Known, target: Target | None, options: TaskOptions, seeds: Seeds
) -> tuple[LeakFound, ...]:
    """Texts that contain the class of their row; of more than SAID rows a sample is read."""
    if target is None or known.question is None or not known.question.classes:
        return ()
    labels, rows = tuple(map(str, known.question.classes)), sampled_rows(len(target), SAID, seeds.child("said"))
    own = target.values[rows].astype(np.int64)
    found = (label_in_text(name, [cells[i] for i in rows], own, labels, target=options.target or "")
             for name, cells in texts.items() if name not in options.keep)  # fmt: skip
    return tuple(leak for leak in found if leak is not None)


def _ids(
    cells: Mapping[str, Cells], scores: Mapping[str, UnivariateScore], options: TaskOptions
) -> tuple[LeakFound, ...]:
    """A note on identifiers that predict the target, as they are no features unless they are kept."""
    if not scores:
        return ()
    return tuple(
        LeakFound(
            column=name, code="leak/identifier", verdict="suspected", score=scores[name].value,
            measure=scores[name].measure, do=f"--keep {list_argument(name)} only if new rows are numbered on",
            what=f"{name} numbers the rows and yet predicts the target ({scores[name].measure} "
            f"{scores[name].value:.2f}); it is not used",
        )
        for name in id_likeness(cells, scores) if name not in options.keep
    )  # fmt: skip


def _view(
    column: Column,
    frame: "pd.DataFrame",
    cells: Cells | None,
    n_rows: int,
    own_scores: tuple[UnivariateScore | None, UnivariateScore | None],
    text: TextView | None,
) -> ColumnView:
    """scores: univariate scores of the column and of its gaps."""
    repairs = repairs_of(column)
    notes = (*column.notes, *oddities(frame[column.name], cells, column))
    levels = column.n_levels or len(column.levels)
    return ColumnView(
        name=column.name, kind=column.kind, why=column.reason, missing=column.missing / max(n_rows, 1), levels=levels,
        spark=() if cells is None or column.kind == "identifier" else spark(cells), notes=notes,
        repairs=tuple(repair.text for repair in repairs), refuse=tuple(repair.refuse for repair in repairs),
        spread=None if column.kind == "identifier" else spread_of(cells), frequent=frequent_of(cells),
        alone=own_scores[0] if column.is_feature else None, gaps=own_scores[1], text=text,
    )  # fmt: skip


def _target_view(known: _Known, options: TaskOptions) -> TargetView | None:
    question = known.question
    if question is None or known.target is None:
        return None
    counts = np.bincount(question.values, minlength=len(question.classes)) if question.classes else np.empty(0)
    order = np.argsort(-counts, kind="stable")
    shares = tuple((str(question.classes[i]), float(counts[i] / counts.sum())) for i in order)
    numbers = of_values(question.values, Column(name="", kind="numeric", reason="")) if not question.classes else None
    return TargetView(
        name=str(options.target), problem=question.problem.name, reason=question.reason, shares=shares,
        notes=tuple(notice.message for notice in question.notices), spark=() if numbers is None else spark(numbers),
        spread=spread_of(numbers),
    )  # fmt: skip


def _reading(raw: RawTable, schema: Schema) -> Reading:
    if raw.form is None:
        return Reading()
    marks = {c.number.decimal for c in schema if c.kind == "numeric" and c.reason != "whole numbers"}
    return Reading(encoding=raw.form.encoding, delimiter=raw.form.delimiter, decimal="," if marks == {","} else ".",
                   skipped=raw.form.skipped)  # fmt: skip


def _drift(frame: "pd.DataFrame", against: RawTable, schema: Schema, seeds: Seeds) -> Drift:
    rows = sampled_rows(len(against.frame), SAMPLED, seeds.child("against").child("rows"))
    new = against.frame.iloc[rows].reset_index(drop=True)
    return drift_of(frame, new, schema, other=against.name, rows=len(against.frame), seeds=seeds)


def _replay(frame: "pd.DataFrame", schema: Schema, target: Target | None, seeds: Seeds) -> tuple[Replay, ...]:
    if target is None or len(schema.features) > _WIDEST or not schema.features:
        return ()
    rows = seeds.child("replayed").rng().permutation(len(frame))[:REPLAYED]
    if target.is_class and len(np.unique(target.values[rows])) < target.n_classes:
        return ()
    table = encode_frame(schema, frame.iloc[rows].reset_index(drop=True))
    return replay_steps(table, target.take(rows), seeds=seeds)
