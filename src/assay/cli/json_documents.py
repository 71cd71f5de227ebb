"""The JSON documents: one schema per command; within a version fields are only added."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from assay.core.codec import to_json
from assay.core.event import Event
from assay.core.figure import Difference, Figure
from assay.core.lab_views import Diff, LabStatus, Record
from assay.core.task import Notice
from assay.core.views import Board, BoardRow, Brief, Summary
from assay.report.experiment_text import why

if TYPE_CHECKING:
    from assay.audit.audit import Audit
    from assay.audit.reproduce import Replayed
    from assay.compare.comparison import Comparison
    from assay.core.array import Json, JsonObject

EVENT_NAMES = {
    "Understood": "understood", "NoiseKnown": "noise", "Progress": "progress", "Scored": "scored", "Noted": "noted",
    "Finishing": "finishing",
}  # fmt: skip

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


def _figure(figure: Figure | None) -> "Json":
    return None if figure is None else figure.as_json()


def _difference(difference: Difference | None) -> "Json":
    return None if difference is None else difference.as_json()


def _findings(summary: Summary) -> "list[Json]":
    """Changes that may be claimed, each with its gain over the model before it."""
    found = () if summary.vault is None else summary.vault.findings
    return [{"number": one.number, "what": one.what, "gain": _difference(one.gain), "firm": one.firm} for one in found]


def _notice(notice: Notice) -> "JsonObject":
    return {
        "code": notice.code, "column": notice.column, "row": notice.row, "message": notice.message, "do": notice.do,
    }  # fmt: skip


def fit_document(value: Summary, following: tuple[str, ...]) -> "JsonObject":
    """fit/1; following: the commands to continue with."""
    task, model = value.task, value.model
    body: JsonObject = {
        "task": {
            "target": task.target, "problem": task.problem, "metric": task.metric,
            "higher_is_better": value.higher_is_better, "rows": task.n_rows, "columns": task.n_columns,
            "folds": task.n_folds, "hash": task.hash,
        },
        "expect": _figure(value.expect), "search": _figure(value.search), "optimism": value.optimism,
        "gain": _difference(value.gain), "price": _difference(value.price),
        "limit": None if value.limit is None else {
            "asked": value.limit.asked, "cost": _difference(value.limit.cost), "free": list(value.limit.free),
        },
        "experiments": value.experiments, "beside": to_json(value.beside), "kept": value.kept,
        "stopped_early": value.stopped_early, "failed": value.failed, "findings": _findings(value),
        "champion": value.champion,
        "sigma": value.sigma, "sigma_planned": value.is_sigma_planned, "detectable": value.detectable,
        "claimable": value.claimable,
        "predictor": None if model is None else {
            "path": model.path, "size_bytes": model.size_bytes, "row_ms": model.row_ms,
            "members": [to_json(member) for member in model.members], "form": model.form,
            "labels": None if model.labels is None else to_json(model.labels),
        },
        "brief": {"md": value.brief_md, "html": value.brief_html},
        "warnings": [_notice(notice) for notice in value.warnings], "elapsed_seconds": value.elapsed_seconds,
        "stopped_by": value.stopped_by, "learned": value.learned, "next": list(following),
        "vault": None if value.vault is None else to_json(value.vault),
        "more_rows": None if value.more is None else to_json(value.more),
        "unfinished": [to_json(one) for one in value.unfinished],
        "blocks": None if value.blocks is None else to_json(value.blocks),
    }  # fmt: skip
    return document("fit", value.lab, body)


def status_document(value: LabStatus) -> "JsonObject":
    """status/1"""
    body: JsonObject = {
        "state": value.state, "pid": value.pid, "elapsed_seconds": value.elapsed_seconds,
        "left_seconds": value.left_seconds, "experiments": value.experiments, "beside": to_json(value.beside),
        "kept": value.kept,
        "dropped": value.dropped, "failed": value.failed, "stopped_early": value.stopped_early,
        "unfinished": value.unfinished,
        "running": list(value.running), "best": _figure(value.best), "best_number": value.best_number,
        "champion": value.champion, "sigma": value.sigma, "sigma_planned": value.is_sigma_planned,
        "detectable": value.detectable, "claimable": value.claimable, "plateau": value.since_keep,
        "advice": value.advice or None, "expect": _figure(value.expect),
        "vault": None if value.vault is None else {"rows": value.vault.rows, "openings": value.vault.openings},
        "confirm": None,
        "proposers": [{"name": n, "experiments": tried, "kept": kept} for n, tried, kept in value.proposers],
        "hints": [], "path": value.path, "has_model": value.has_model, "head": value.head,
    }  # fmt: skip
    return document("status", value.lab, body)


def leaderboard_document(value: Board) -> "JsonObject":
    """leaderboard/1, always with all rows"""
    body: JsonObject = {
        "metric": value.metric, "higher_is_better": value.higher_is_better, "rows_scored": value.scored_rows,
        "folds": value.n_folds, "sigma": value.sigma, "sigma_planned": value.is_sigma_planned,
        "expect": _figure(value.expect),
        "rows": [_board_row(row) for row in value.rows],
        "unranked": [{"number": u.number, "what": u.what, "reason": u.reason, "detail": u.detail}
                     for u in value.unranked],
    }  # fmt: skip
    return document("leaderboard", value.lab, body)


def _board_row(row: BoardRow) -> "JsonObject":
    return {
        "rank": row.rank, "tied": row.tied, "number": row.number, "what": row.what, "family": row.family,
        "score": _figure(row.score), "to_best": _difference(row.to_best), "kept": row.kept == "kept",
        "unconfirmed": row.kept == "unconfirmed", "by": row.by, "baseline": row.is_baseline,
        "fit_seconds": row.fit_seconds, "row_ms": row.row_ms, "size_bytes": row.size_bytes,
    }  # fmt: skip


def show_document(value: Record) -> "JsonObject":
    """show/1"""
    failure = value.failure
    body: JsonObject = {
        "number": value.number, "key": value.key, "what": value.what, "question": value.question, "by": value.by,
        "parents": list(value.parents), "children": list(value.children), "hints": [],
        "predicted": {"sigma": value.predicted_sigma, "p_keep": value.predicted_keep}, "recipe": value.recipe,
        "status": value.status, "score": _figure(value.score),
        "folds": [fold.score for fold in sorted(value.folds, key=lambda fold: fold.fold)],
        "against": _difference(value.against), "confirm": _difference(value.confirm),
        "gained": _difference(value.gained),
        "verdict": {"kept": value.status == "kept", "finding": value.change is not None and value.change.found,
                    "rule": value.verdict_rule, "why": value.verdict_why},
        "failure": None if failure is None else {"kind": failure.kind, "step": failure.step, "fold": failure.fold,
                                                 "message": failure.message},
        "cost": {"wall_seconds": value.wall_seconds, "cpu_seconds": value.cpu_seconds,
                 "peak_bytes": value.peak_bytes, "size_bytes": value.size_bytes, "row_ms": value.row_ms,
                 "tokens": None},
        "rounds": value.rounds, "weight": value.weight,
    }  # fmt: skip
    return document("show", value.lab, body)


def why_document(value: Record) -> "JsonObject":
    """why/1: the sentences, and the deciding values."""
    body: JsonObject = {
        "number": value.number, "what": value.what, "status": value.status, "question": value.question,
        "by": value.by, "asked_at_seconds": value.asked_at_seconds, "against": _difference(value.against),
        "verdict": {"kept": value.status == "kept", "rule": value.verdict_rule, "why": value.verdict_why},
        "children": list(value.children), "weight": value.weight,
        "sentences": [{"name": fact.name, "text": fact.text} for fact in why(value)],
    }  # fmt: skip
    return document("why", value.lab, body)


def diff_document(value: Diff) -> "JsonObject":
    """diff/1"""
    body: JsonObject = {
        "a": value.a,
        "b": value.b,
        "a_what": value.a_what,
        "b_what": value.b_what,
        "changes": [{"sign": change.sign, "text": change.text} for change in value.changes],
        "difference": _difference(value.difference),
    }
    return document("diff", value.lab, body)


def report_document(value: Brief, asked: str, answer: str, files: "JsonObject") -> "JsonObject":
    """report/1"""
    summary = value.summary
    body: JsonObject = {
        "asked": asked, "answer": answer, "expect": _figure(summary.expect), "optimism": summary.optimism,
        "gain": _difference(summary.gain), "findings": _findings(summary),
        "kept": [{"number": number, "what": what, "gain": _difference(gain), "by": by, "wall_seconds": seconds}
                 for number, what, gain, by, seconds in value.kept],
        "tried_in_vain": [{"number": number, "what": what, "z": z} for number, what, z in value.vain],
        "columns": [{"name": c.name, "loss": c.loss, "low": c.low, "high": c.high} for c in value.columns],
        "oddities": [_notice(notice) for notice in (*summary.task.notices, *summary.warnings)],
        "next": [], "files": files,
    }  # fmt: skip
    return document("report", summary.lab, body)


def compare_document(value: "Comparison") -> "JsonObject":
    """compare/1; the p of the difference is one-sided, two_sided_p beside it."""
    from assay.cli.comparison_lines import verdict_text

    gain = value.difference
    body: JsonObject = {
        "a": value.a, "b": value.b, "truth": value.truth, "target": value.target, "metric": value.metric,
        "higher_is_better": value.higher_is_better, "rows": value.rows, "units": gain.n_units,
        "a_score": _figure(value.a_score), "b_score": _figure(value.b_score), "difference": _difference(gain),
        "two_sided_p": value.two_sided_p, "df": gain.df, "method": gain.method, "verdict": verdict_text(value),
        "notes": list(value.notes),
    }  # fmt: skip
    return document("compare", None, body)


def audit_document(value: "Audit") -> "JsonObject":
    """audit/1"""
    checks: list[Json] = [
        {"name": check.name, "ok": check.ok, "checked": check.checked, "unknown": check.unknown, "what": check.words,
         "differ": [to_json(one) for one in check.differ], "remarks": list(check.remarks)}
        for check in value.checks
    ]  # fmt: skip
    body: JsonObject = {
        "ok": value.ok, "experiments": value.experiments, "beside": to_json(value.beside),
        "unfinished": value.unfinished, "records": value.records,
        "head": value.head, "checks": checks,
        "elapsed_seconds": value.elapsed_seconds,
    }  # fmt: skip
    return document("audit", value.lab, body)


def replay_document(value: "Replayed") -> "JsonObject":
    """replay/1"""
    body: JsonObject = {
        "ok": value.ok, "replayed": value.replayed, "experiments": [to_json(again) for again in value.experiments],
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
