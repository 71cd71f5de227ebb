"""The document inspect/1."""

from typing import TYPE_CHECKING

from assay.cli.json_documents import document
from assay.core.codec import to_json
from assay.core.inspection import ColumnView, Inspection

if TYPE_CHECKING:
    from assay.core.array import Json, JsonObject


def inspect_document(found: Inspection, following: tuple[str, ...]) -> "JsonObject":
    """inspect/1; drift[] are the columns of the second file, told_apart its figure."""
    drift = found.drift
    body: JsonObject = {
        "file": found.file, "size_bytes": found.size_bytes, "rows": found.rows, "sampled_rows": found.sampled,
        "read": to_json(found.read), "columns": [_column_view(column) for column in found.columns],
        "target": to_json(found.target), "leaks": [to_json(leak) for leak in found.leaks],
        "asks": [to_json(ask) for ask in found.asks], "twins": to_json(found.twins),
        "drift": [] if drift is None else [
            {**_object(to_json(c)), "beyond_chance": c.is_beyond_chance} for c in drift.columns
        ],
        "told_apart": None if drift is None or drift.separability is None else drift.separability.as_json(),
        "against": None if drift is None else {
            "file": drift.other, "rows": drift.rows, "lacking": list(drift.lacking), "extra": list(drift.extra),
        },
        "replay": [
            {"step": one.step, "ok": one.ok, "moved": list(one.moved), "shuffled": one.shuffled, "chance": one.chance}
            for one in found.replay
        ],
        "relations": [to_json(one) for one in found.relations],
        "warnings": [to_json(notice) for notice in found.notices], "elapsed_seconds": found.seconds,
        "next": list(following),
    }  # fmt: skip
    return document("inspect", None, body)


def _column_view(column: ColumnView) -> "JsonObject":
    return {
        "name": column.name, "kind": column.kind, "why": column.why, "missing": column.missing,
        "levels": column.levels, "spark": list(column.spark), "notes": list(column.notes),
        "repairs": list(column.repairs), "refuse": list(column.refuse),
        "spread": to_json(column.spread), "frequent": [to_json(one) for one in column.frequent],
        "alone": to_json(column.alone), "gaps": to_json(column.gaps),
    }  # fmt: skip


def _object(body: "Json") -> "JsonObject":
    assert isinstance(body, dict)
    return body
