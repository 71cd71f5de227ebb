"""The document inspect/1."""

from typing import TYPE_CHECKING

from assay.cli.json_documents import document, fields_of
from assay.core.codec import to_json
from assay.core.inspection import Inspection

if TYPE_CHECKING:
    from assay.core.array import Json, JsonObject


def inspect_document(found: Inspection, following: tuple[str, ...]) -> "JsonObject":
    """inspect/1; drift[] are the columns of the second file, told_apart its figure."""
    drift = found.drift
    body: JsonObject = {
        **fields_of(found, "file", "size_bytes", "rows"), "sampled_rows": found.sampled,
        **fields_of(found, "read", "columns", "target", "leaks", "asks", "twins"),
        "drift": [] if drift is None else [
            {**_object(to_json(c)), "beyond_chance": c.is_beyond_chance} for c in drift.columns
        ],
        "told_apart": None if drift is None or drift.separability is None else drift.separability.as_json(),
        "against": None if drift is None else {"file": drift.other, **fields_of(drift, "rows", "lacking", "extra")},
        "replay": [fields_of(one, "step", "ok", "moved", "shuffled", "chance") for one in found.replay],
        "relations": to_json(found.relations), "warnings": to_json(found.notices), "elapsed_seconds": found.seconds,
        "next": list(following),
    }  # fmt: skip
    return document("inspect", None, body)


def _object(body: "Json") -> "JsonObject":
    assert isinstance(body, dict)
    return body
