"""The JSON documents: one schema per command; within a version fields are only added."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from assay.core.codec import to_json
from assay.core.event import Event
from assay.core.figure import Difference, Figure
from assay.core.lab_views import Diff, HintStory, LabStatus, Record
from assay.core.views import Board, BoardRow, Brief, Summary
from assay.report.experiment_text import why

if TYPE_CHECKING:
    from assay.audit.audit import Audit
    from assay.audit.replay import Replayed
    from assay.compare.comparison import Comparison
    from assay.core.array import Json, JsonObject
    from assay.core.usage import Usage
    from assay.search.next_slot import NextSlot

EVENT_NAMES = {
    "Understood": "understood", "NoiseKnown": "noise", "Progress": "progress", "Scored": "scored", "Noted": "noted",
    "Finishing": "finishing",
}  # fmt: skip

NOTICE = ("code", "column", "row", "message", "do")
EVENT_TASK = ("source", "target", "problem", "metric", "n_rows", "n_columns", "n_folds", "hash")


def document(schema: str, lab: str | None, body: "JsonObject") -> "JsonObject":
    """A document with its schema and lab; non-finite numbers become null, which means missing."""
    return {"schema": f"{schema}/1", "lab": lab, **{key: _finite(value) for key, value in body.items()}}


def _finite(value: "Json") -> "Json":
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return value


def _json(value: object) -> "Json":
    """A field of a view: figures and differences in their own form, tuples of views as lists."""
    if isinstance(value, Figure | Difference):
        return value.as_json()
    if isinstance(value, float):  # which may be infinite or missing
        return value
    return [_json(item) for item in value] if isinstance(value, tuple) else to_json(value)


def fields_of(value: object, *names: str) -> "JsonObject":
    """The fields of a view that a document has under the same name."""
    return {name: _json(getattr(value, name)) for name in names}


def _findings(summary: Summary) -> "list[Json]":
    """Changes that may be claimed, each with its gain over the model before it."""
    found = () if summary.vault is None else summary.vault.findings
    return [fields_of(one, "number", "what", "gain", "firm") for one in found]


def fit_document(value: Summary, following: tuple[str, ...]) -> "JsonObject":
    """fit/1; following: the commands to continue with."""
    task, model = value.task, value.model
    body: JsonObject = {
        "task": {
            **fields_of(task, "target", "problem", "metric"), "higher_is_better": value.higher_is_better,
            "rows": task.n_rows, "columns": task.n_columns, "folds": task.n_folds, "hash": task.hash,
        },
        **fields_of(value, "expect", "search", "optimism", "gain", "price"),
        "limit": None if value.limit is None else fields_of(value.limit, "asked", "cost", "free"),
        **fields_of(value, "experiments", "beside", "kept", "stopped_early", "failed"), "findings": _findings(value),
        **fields_of(value, "champion", "sigma"), "sigma_planned": value.is_sigma_planned,
        **fields_of(value, "detectable", "claimable"),
        "predictor": None if model is None else fields_of(
            model, "path", "size_bytes", "row_ms", "members", "form", "labels"
        ),
        "brief": {"md": value.brief_md, "html": value.brief_html},
        "warnings": [fields_of(notice, *NOTICE) for notice in value.warnings],
        **fields_of(value, "elapsed_seconds", "stopped_by", "learned"), "next": list(following),
        "vault": _json(value.vault), "more_rows": _json(value.more),
        **fields_of(value, "unfinished", "blocks"),
    }  # fmt: skip
    return document("fit", value.lab, body)


def status_document(value: LabStatus) -> "JsonObject":
    """status/1"""
    body: JsonObject = {
        **fields_of(
            value, "state", "pid", "elapsed_seconds", "left_seconds", "experiments", "beside", "kept", "dropped",
            "failed", "stopped_early", "unfinished", "running", "best", "best_number", "champion", "sigma",
        ),
        "sigma_planned": value.is_sigma_planned, **fields_of(value, "detectable", "claimable"),
        "plateau": value.since_keep, "advice": value.advice or None,
        "would_help": list(value.would_help), "expect": _json(value.expect),
        "studies": [to_json(note) for note in value.studies],
        "vault": None if value.vault is None else fields_of(value.vault, "rows", "openings"), "confirm": None,
        "proposers": [{"name": n, "experiments": tried, "kept": kept} for n, tried, kept in value.proposers],
        "hints": [to_json(hint) for hint in value.hints], "inbox": [to_json(one) for one in value.inbox],
        "paused": value.why_paused or None, "snapshot": value.snapshot or None, "void": value.void,
        **fields_of(value, "repeats", "path", "has_model", "head"), "restricted": value.restricted or None,
    }  # fmt: skip
    return document("status", value.lab, body)


def leaderboard_document(value: Board) -> "JsonObject":
    """leaderboard/1, always with all rows"""
    body: JsonObject = {
        **fields_of(value, "metric", "higher_is_better"), "rows_scored": value.scored_rows, "folds": value.n_folds,
        "sigma": value.sigma, "sigma_planned": value.is_sigma_planned, "expect": _json(value.expect),
        "rows": [_board_row(row) for row in value.rows],
        "unranked": [fields_of(one, "number", "what", "reason", "detail") for one in value.unranked],
    }  # fmt: skip
    return document("leaderboard", value.lab, body)


def _board_row(row: BoardRow) -> "JsonObject":
    return {
        **fields_of(row, "rank", "tied", "number", "what", "family", "score", "to_best"),
        "kept": row.kept == "kept", "unconfirmed": row.kept == "unconfirmed", "by": row.by,
        "baseline": row.is_baseline, **fields_of(row, "fit_seconds", "row_ms", "size_bytes"),
    }  # fmt: skip


def show_document(value: Record) -> "JsonObject":
    """show/1"""
    failure = value.failure
    body: JsonObject = {
        **fields_of(value, "number", "key", "what", "question", "by", "parents", "children", "move", "reason"),
        "hints": [hint.id for hint in value.hints], "void_by": None if value.void_by is None else value.void_by.id,
        "predicted": {"sigma": value.predicted_sigma, "p_keep": value.predicted_keep},
        **fields_of(value, "recipe", "status", "score"),
        "folds": [fold.score for fold in sorted(value.folds, key=lambda fold: fold.fold)],
        **fields_of(value, "against", "confirm", "gained"),
        "verdict": {"kept": value.status == "kept", "finding": value.change is not None and value.change.found,
                    "rule": value.verdict_rule, "why": value.verdict_why},
        "failure": None if failure is None else fields_of(failure, "kind", "step", "fold", "message"),
        "cost": {**fields_of(value, "wall_seconds", "cpu_seconds", "peak_bytes", "size_bytes", "row_ms"),
                 "tokens": None},
        **fields_of(value, "rounds", "weight"),
    }  # fmt: skip
    return document("show", value.lab, body)


def why_document(value: Record) -> "JsonObject":
    """why/1: the sentences, and the deciding values."""
    body: JsonObject = {
        **fields_of(value, "number", "what", "status", "question", "by", "asked_at_seconds", "against"),
        "verdict": {"kept": value.status == "kept", "rule": value.verdict_rule, "why": value.verdict_why},
        **fields_of(value, "children", "weight"),
        "sentences": [fields_of(fact, "name", "text") for fact in why(value)],
    }  # fmt: skip
    return document("why", value.lab, body)


def hint_document(lab: str, value: HintStory) -> "JsonObject":
    """why/1 of a hint: what came of it."""
    return document("why", lab, {
        "hint": to_json(value.hint), **fields_of(value, "words", "by", "at_experiment", "void"),
        "tries": [{"number": number, "what": what, "verdict": verdict} for number, what, verdict in value.tries],
    })  # fmt: skip


def next_document(lab: str, value: "NextSlot") -> "JsonObject":
    """why/1 of the next slot; next is null where nothing is left to propose."""
    names, one = ("what", "by", "question", "move", "hints", "parents"), value.experiment
    body: Json = None if one is None else {**fields_of(one, *names), "recipe": to_json(one.recipe)}
    proposers: Json = [to_json(turns) for turns in value.proposers]
    return document("why", lab, {"next": body, **fields_of(value, "phase", "reason"), "proposers": proposers})


def diff_document(value: Diff) -> "JsonObject":
    """diff/1"""
    return document("diff", value.lab, fields_of(value, "a", "b", "a_what", "b_what", "changes", "difference"))


def usage_body(used: "Usage") -> "JsonObject":
    """As JSON; effects of words are on the log odds of their class, or on the value."""
    words = () if used.words is None else used.words.words
    shown = ("label", "column", "word", "effect", "low", "high", "points", "rows")
    return {
        "columns": [{"column": c.name, "loss": c.loss, "low": c.low, "high": c.high} for c in used.columns],
        "unread": list(used.unread), "by_time": list(used.by_time), "told_by": list(used.told_by),
        "words": [{name: getattr(one, name) for name in shown} for one in words],
        "words_told_by": [] if used.words is None else list(used.words.told_by),
    }  # fmt: skip


def report_document(value: Brief, asked: str, answer: str, files: "JsonObject") -> "JsonObject":
    """report/1"""
    summary = value.summary
    body: JsonObject = {
        "asked": asked, "answer": answer, **fields_of(summary, "expect", "optimism", "gain"),
        "findings": _findings(summary),
        "kept": [{"number": number, "what": what, "gain": _json(gain), "by": by, "wall_seconds": seconds}
                 for number, what, gain, by, seconds in value.kept],
        "tried_in_vain": [{"number": number, "what": what, "z": z} for number, what, z in value.vain],
        "uses": usage_body(value.usage),
        "columns": [fields_of(column, "name", "loss", "low", "high") for column in value.usage.columns],
        "oddities": [fields_of(notice, *NOTICE) for notice in (*summary.task.notices, *summary.warnings)],
        "next": [], "files": files,
    }  # fmt: skip
    return document("report", summary.lab, body)


def compare_document(value: "Comparison") -> "JsonObject":
    """compare/1; the p of the difference is one-sided, two_sided_p beside it."""
    from assay.cli.comparison_lines import verdict_text

    gain = value.difference
    body: JsonObject = {
        **fields_of(value, "a", "b", "truth", "target", "metric", "higher_is_better", "rows"), "units": gain.n_units,
        **fields_of(value, "a_score", "b_score", "difference", "two_sided_p"), "df": gain.df, "method": gain.method,
        "verdict": verdict_text(value), "notes": list(value.notes),
    }  # fmt: skip
    return document("compare", None, body)


def audit_document(value: "Audit") -> "JsonObject":
    """audit/1"""
    checks: list[Json] = [
        {**fields_of(check, "name", "ok", "checked", "unknown"), "what": check.words,
         **fields_of(check, "differ", "remarks")}
        for check in value.checks
    ]  # fmt: skip
    body: JsonObject = {
        **fields_of(value, "ok", "experiments", "beside", "unfinished", "records", "head"),
        "checks": checks,
        "elapsed_seconds": value.elapsed_seconds,
    }
    return document("audit", value.lab, body)


def replay_document(value: "Replayed") -> "JsonObject":
    """replay/1"""
    body: JsonObject = {
        **fields_of(value, "ok", "replayed", "experiments"),
        "versions": [{"name": name, "then": then, "now": now} for name, then, now in value.versions],
        "elapsed_seconds": value.elapsed_seconds,
    }  # fmt: skip
    return document("replay", value.lab, body)


def event_document(event: Event) -> "JsonObject":
    """One line of --events: the event's name and its fields."""
    fields = to_json(event)
    assert isinstance(fields, dict)
    task = fields.get("task")
    if isinstance(task, dict):
        fields["task"] = {key: task[key] for key in EVENT_TASK}
    return {
        "schema": "event/1",
        "event": EVENT_NAMES[type(event).__name__],
        **{k: _finite(v) for k, v in fields.items()},
    }
